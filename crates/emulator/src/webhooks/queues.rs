//! Which queues of the outbox have calls to be made, and which are being emptied.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

/// Queues, by their keys. They are woken by those who fill them; the table is not searched, since many calls may wait.
pub(super) struct Queues {
    woken: mpsc::UnboundedSender<String>,
    receiver: Mutex<Option<mpsc::UnboundedReceiver<String>>>,
    /// Queues that a task empties, and whether they were woken meanwhile.
    taken: Mutex<HashMap<String, bool>>,
}

impl Default for Queues {
    fn default() -> Self {
        let (woken, receiver) = mpsc::unbounded_channel();
        Self { woken, receiver: Mutex::new(Some(receiver)), taken: Mutex::default() }
    }
}

impl Queues {
    /// Wakes a queue that a call was put into.
    pub(super) fn wake(&self, queue: String) {
        // Fails only when the emulator has stopped. The calls then wait for the next start.
        let _ = self.woken.send(queue);
    }

    /// The keys of woken queues; none if they were taken before.
    pub(super) fn woken(&self) -> Option<mpsc::UnboundedReceiver<String>> {
        lock(&self.receiver).take()
    }

    /// Takes a queue for a task. False if another task has it; that one will look again.
    pub(super) fn take(&self, queue: &str) -> bool {
        let mut taken = lock(&self.taken);
        if let Some(woken) = taken.get_mut(queue) {
            *woken = true;
            return false;
        }
        taken.insert(queue.to_owned(), false);
        true
    }

    /// Gives an empty queue back. False if it was woken meanwhile: the task must look again.
    pub(super) fn give_back(&self, queue: &str) -> bool {
        let mut taken = lock(&self.taken);
        match taken.get_mut(queue) {
            Some(woken) if *woken => {
                *woken = false;
                false
            }
            _ => {
                taken.remove(queue);
                true
            }
        }
    }
}

/// Every change leaves the value whole, so that a poisoned lock can be used.
fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_is_woken_while_it_is_emptied_is_looked_at_again() {
        let queues = Queues::default();
        assert!(queues.take("a"));
        assert!(queues.take("b"), "another queue");
        assert!(!queues.take("a"), "a task has it");
        assert!(!queues.take("a"));
        assert!(!queues.give_back("a"), "it was woken");
        assert!(queues.give_back("a"));
        assert!(queues.take("a"), "no task has it any more");
    }
}
