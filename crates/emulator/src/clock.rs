//! What time it is here. Tests and people may move it.

use std::sync::{Mutex, PoisonError};

use rusqlite::params;

use crate::error::Error;
use crate::store::{Cached, Store};
use crate::time::Millis;

/// The emulator's clock: the system's with an offset, or standing still.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    hand: Mutex<Hand>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Hand {
    /// Milliseconds ahead of the system's clock.
    offset: i64,
    /// The moment at which it stands still.
    frozen: Option<Millis>,
}

impl Clock {
    /// The clock as it was left in the data.
    pub(crate) fn open(store: &Store) -> Result<Self, Error> {
        let hand = store.read(|db| {
            db.first("SELECT ahead, frozen FROM clock", [], |row| {
                Ok(Hand { offset: row.get(0)?, frozen: row.get::<_, Option<i64>>(1)?.map(Millis) })
            })
        });
        let hand = hand.map_err(|error| Error::because("cannot read the clock from the data", error))?;
        Ok(Self { hand: Mutex::new(hand.unwrap_or_default()) })
    }

    /// Writes down how it stands, which is to be done whenever it was moved or stopped.
    pub(crate) fn keep(&self, store: &Store) -> Result<(), Error> {
        let kept: rusqlite::Result<usize> = store.write(|db| {
            // Looked at under the lock, so that what is written last is the latest.
            let hand = self.hand();
            db.execute_cached(
                "INSERT OR REPLACE INTO clock (id, ahead, frozen) VALUES (1, ?, ?)",
                params![hand.offset, hand.frozen.map(|frozen| frozen.0)],
            )
        });
        kept.map(|_| ()).map_err(|error| Error::because("cannot write down the clock", error))
    }

    pub(crate) fn now(&self) -> Millis {
        let hand = self.hand();
        hand.frozen.unwrap_or_else(|| Millis::system().plus(hand.offset))
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.hand().frozen.is_some()
    }

    /// Moves it forward by milliseconds.
    pub(crate) fn advance(&self, duration: i64) {
        self.change(|hand| {
            hand.offset = hand.offset.saturating_add(duration);
            hand.frozen = hand.frozen.map(|frozen| frozen.plus(duration));
        });
    }

    /// Moves it to a moment.
    pub(crate) fn set(&self, to: Millis) {
        self.change(|hand| {
            hand.offset = to.0.saturating_sub(Millis::system().0);
            hand.frozen = hand.frozen.map(|_| to);
        });
    }

    /// Stops it, or lets it run on from where it stands.
    pub(crate) fn freeze(&self, freeze: bool) {
        let now = self.now();
        self.change(|hand| {
            if let (Some(frozen), false) = (hand.frozen, freeze) {
                hand.offset = frozen.0.saturating_sub(Millis::system().0);
            }
            hand.frozen = freeze.then_some(now);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Hand)) {
        change(&mut self.hand.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn hand(&self) -> Hand {
        *self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_moved() {
        let clock = Clock::default();
        clock.set(Millis(1000));
        clock.freeze(true);
        let then = clock.now();
        assert!((1000..2000).contains(&then.0));
        clock.advance(500);
        assert_eq!(clock.now(), then.plus(500));
        clock.freeze(false);
        assert!(clock.now() >= then.plus(500) && clock.now() < then.plus(5_000));
    }
}
