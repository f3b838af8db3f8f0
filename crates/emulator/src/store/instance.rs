//! The shared state of an emulator instance.

use rusqlite::params;

use crate::clock::{Clock, Reading, START};
use crate::error::Error;
use crate::settings::Settings;
use crate::store::account::Accounts;
use crate::store::{Cached as _, Candidate, Store, Unfit, stored_clock};

/// Database, accounts, clock and settings of an emulator instance.
pub(crate) struct Instance {
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
}

/// Reads the clock of an earlier run from the data. Without one, it is the system clock, or frozen if SIDs are generated
/// from a seed.
pub(crate) fn open_clock(store: &Store) -> Result<Clock, Error> {
    let reading =
        store.read(stored_clock).map_err(|error| Error::because("cannot read the clock from the data", error))?;
    Ok(Clock::new(reading.unwrap_or_else(|| first_reading(store))))
}

/// The clock of a state that has none stored.
fn first_reading(store: &Store) -> Reading {
    Reading { ahead: 0, frozen: store.ids.is_seeded().then_some(START) }
}

impl Instance {
    /// Moves or stops the clock. The change is stored first: if that fails, the clock stays as it is.
    pub(crate) fn change_clock(&self, change: impl FnOnce(&mut Reading)) -> Result<(), Error> {
        let changed: rusqlite::Result<()> = self.clock.changing(|| {
            let mut reading = self.clock.reading();
            change(&mut reading);
            let sql = "INSERT OR REPLACE INTO clock (id, ahead, frozen) VALUES (1, ?, ?)";
            self.store.write(|db| db.execute_cached(sql, params![reading.ahead, reading.frozen]))?;
            self.clock.set(reading);
            Ok(())
        });
        changed.map_err(|error| Error::because("cannot store the clock", error))
    }

    /// Replaces the state and the clock, completely or, if that fails, not at all.
    pub(crate) fn replace(&self, other: &Candidate) -> Result<(), Unfit> {
        let accounts: Vec<_> = self.accounts.all().iter().map(|account| (account.id, &*account.sid)).collect();
        other.renumber(&accounts)?;
        let reading = other.clock()?.unwrap_or_else(|| first_reading(&self.store));
        self.clock.changing(|| self.store.replace(other, || self.clock.set(reading)))?;
        Ok(())
    }
}
