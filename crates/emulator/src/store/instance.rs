//! The state of an emulator instance that everything above the database shares.

use crate::clock::{Clock, Reading};
use crate::error::Error;
use crate::settings::Settings;
use crate::store::account::Accounts;
use crate::store::{Cached as _, Store};
use crate::time::Millis;

/// Database, accounts, clock and settings of an emulator instance.
pub(crate) struct Instance {
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
}

/// Reads the clock as an earlier run left it in the data. If none did, it is frozen at a moment, or else the system's.
pub(crate) fn open_clock(store: &Store, frozen: Option<Millis>) -> Result<Clock, Error> {
    let reading = store.read(|db| {
        db.first("SELECT ahead, frozen FROM clock", [], |row| Ok(Reading { ahead: row.get(0)?, frozen: row.get(1)? }))
    });
    let reading = reading.map_err(|error| Error::because("cannot read the clock from the data", error))?;
    Ok(Clock::new(reading.unwrap_or(Reading { ahead: 0, frozen })))
}

impl Instance {
    /// Moves or stops the clock. The change is stored first: if that fails, the clock stays as it is.
    pub(crate) fn change_clock(&self, change: impl FnOnce(&mut Reading)) -> Result<(), Error> {
        let stored: rusqlite::Result<()> = self
            .store
            .write(|db| {
                let mut reading = self.clock.reading();
                change(&mut reading);
                db.execute_cached(
                    "INSERT OR REPLACE INTO clock (id, ahead, frozen) VALUES (1, ?, ?)",
                    rusqlite::params![reading.ahead, reading.frozen],
                )?;
                Ok(reading)
            })
            .map(|reading| self.clock.set(reading));
        stored.map_err(|error| Error::because("cannot store the clock", error))
    }
}
