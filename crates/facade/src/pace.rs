//! Limits that all clones of a client share: the requests in flight, and the pause after a status 429.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::retry::{RetryPolicy, millis};

pub(crate) struct Pace {
    slots: Option<Semaphore>,
    created: Instant,
    /// End of the pause in milliseconds after `created`.
    pause: AtomicU64,
}

impl Pace {
    pub(crate) fn new(max_in_flight: Option<usize>) -> Self {
        let slots = max_in_flight.map(|slots| Semaphore::new(slots.min(Semaphore::MAX_PERMITS)));
        Self { slots, created: Instant::now(), pause: AtomicU64::new(0) }
    }

    /// Waits until an attempt may be sent, and holds its slot. The time in the queue for a slot is added to `begin`, so
    /// that the budget of the call does not count it.
    pub(crate) async fn enter(&self, retry: &RetryPolicy, begin: &mut Instant) -> Option<SemaphorePermit<'_>> {
        loop {
            let slot = self.slot(begin).await;
            let Some(wait) = retry.pause(self.left(), begin.elapsed()) else { return slot };
            // Calls whose policy does not wait can have the slot.
            drop(slot);
            tracing::debug!(delay_ms = millis(wait), "waiting for the end of a rate limit");
            tokio::time::sleep(wait).await;
        }
    }

    async fn slot(&self, begin: &mut Instant) -> Option<SemaphorePermit<'_>> {
        let slots = self.slots.as_ref()?;
        if let Ok(slot) = slots.try_acquire() {
            return Some(slot);
        }
        let queued = Instant::now();
        // An error means that the semaphore is closed, which it never is.
        let slot = slots.acquire().await.ok();
        *begin += queued.elapsed();
        slot
    }

    /// Begins a pause, or makes it longer.
    pub(crate) fn pause(&self, length: Duration) {
        let end = self.created.elapsed().saturating_add(length);
        self.pause.fetch_max(u64::try_from(end.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn left(&self) -> Duration {
        match self.pause.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            end => Duration::from_millis(end).saturating_sub(self.created.elapsed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_made_longer_and_never_shorter() {
        let pace = Pace::new(None);
        assert_eq!(pace.left(), Duration::ZERO);
        pace.pause(Duration::from_secs(60));
        pace.pause(Duration::from_secs(1));
        assert!(pace.left() > Duration::from_secs(50));
        pace.pause(Duration::MAX);
        assert!(pace.left() > Duration::from_secs(1_000_000));
    }

    #[test]
    fn a_call_waits_for_a_pause_that_its_policy_allows() {
        let (long, short) = (Duration::from_secs(40), Duration::from_secs(10));
        let policy = RetryPolicy::default().base_delay(Duration::ZERO);
        assert_eq!(policy.pause(Duration::ZERO, Duration::ZERO), None);
        assert_eq!(policy.pause(short, Duration::ZERO), Some(short));
        assert_eq!(policy.pause(short, Duration::from_secs(50)), Some(short));
        assert_eq!(policy.pause(short, Duration::from_secs(51)), None, "the budget of 60 s ends before the pause");
        assert_eq!(policy.pause(long, Duration::ZERO), None, "longer than the longest Retry-After");
        assert_eq!(policy.clone().max_retry_after(long).pause(long, Duration::ZERO), Some(long));
        assert_eq!(RetryPolicy::off().pause(short, Duration::ZERO), None);
    }

    #[test]
    fn calls_after_a_pause_are_spread_by_the_base_delay_within_the_budget() {
        let (pause, spread) = (Duration::from_secs(10), Duration::from_secs(4));
        let policy = RetryPolicy::default().base_delay(spread);
        let waits: Vec<_> = (0..100).map(|_| policy.pause(pause, Duration::ZERO).unwrap()).collect();
        assert!(waits.iter().all(|wait| (pause..=pause + spread).contains(wait)), "{waits:?}");
        let spread = waits.iter().max().unwrap().abs_diff(*waits.iter().min().unwrap());
        assert!(spread > Duration::from_secs(1), "{waits:?}");
        assert_eq!(policy.budget(pause).pause(pause, Duration::ZERO), Some(pause));
    }
}
