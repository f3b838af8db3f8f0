//! The emulator's clock, which can be moved and frozen.

use std::sync::{Mutex, PoisonError};

use crate::time::Millis;

/// The moment at which the clock is frozen if SIDs are generated from a seed: 2026-01-01T00:00:00Z.
pub(crate) const START: Millis = Millis(1_767_225_600_000);

/// The emulator's clock: the system's with an offset, or frozen.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    reading: Mutex<Reading>,
    /// Held until a change is stored and takes effect, so that concurrent changes are not lost.
    changing: Mutex<()>,
}

/// The difference between the clock and the system clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading {
    /// Milliseconds ahead of the system's clock.
    pub(crate) ahead: i64,
    /// The moment at which it is frozen.
    pub(crate) frozen: Option<Millis>,
}

impl Clock {
    pub(crate) fn new(reading: Reading) -> Self {
        Self { reading: Mutex::new(reading), changing: Mutex::default() }
    }

    pub(crate) fn now(&self) -> Millis {
        self.reading().now()
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.reading().frozen.is_some()
    }

    pub(crate) fn reading(&self) -> Reading {
        *self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs work without concurrent changes of the clock.
    pub(crate) fn changing<T>(&self, work: impl FnOnce() -> T) -> T {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        work()
    }

    pub(crate) fn set(&self, reading: Reading) {
        *self.reading.lock().unwrap_or_else(PoisonError::into_inner) = reading;
    }
}

impl Reading {
    fn now(&self) -> Millis {
        self.frozen.unwrap_or_else(|| Millis::system().plus(self.ahead))
    }

    /// Moves it forward by milliseconds.
    pub(crate) fn advance(&mut self, duration: i64) {
        self.ahead = self.ahead.saturating_add(duration);
        self.frozen = self.frozen.map(|frozen| frozen.plus(duration));
    }

    pub(crate) fn move_to(&mut self, to: Millis) {
        self.ahead = to.0.saturating_sub(Millis::system().0);
        self.frozen = self.frozen.map(|_| to);
    }

    /// Freezes the clock, or resumes it from its present time.
    pub(crate) fn freeze(&mut self, freeze: bool) {
        let now = self.now();
        if let (Some(frozen), false) = (self.frozen, freeze) {
            self.ahead = frozen.0.saturating_sub(Millis::system().0);
        }
        self.frozen = freeze.then_some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_seeded_runs_is_the_documented_one() {
        assert_eq!(START.to_millis_text(), "2026-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_frozen_clock_moves_only_when_moved() {
        let mut reading = Reading::default();
        reading.move_to(Millis(1000));
        reading.freeze(true);
        let then = reading.now();
        assert!((1000..2000).contains(&then.0));
        reading.advance(500);
        assert_eq!(reading.now(), then.plus(500));
        reading.freeze(false);
        assert!(reading.now() >= then.plus(500) && reading.now() < then.plus(5_000));
    }
}
