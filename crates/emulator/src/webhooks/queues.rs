//! Which queues of the outbox have calls to be made, and which are being emptied.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc, watch};

/// Queues, by their keys. They are woken by those who fill them; the table is not searched, since many calls may wait.
pub(super) struct Queues {
    woken: mpsc::UnboundedSender<String>,
    receiver: Mutex<Option<mpsc::UnboundedReceiver<String>>>,
    /// Queues that a task empties.
    busy: Mutex<HashMap<String, Busy>>,
    /// Notified when a task no longer has a queue.
    freed: Notify,
    /// The generation of the store. Tasks of earlier ones end.
    generation: watch::Sender<u64>,
}

/// A queue that a task empties.
struct Busy {
    /// The generation of the store when it was taken.
    generation: u64,
    /// Whether it was woken meanwhile.
    woken: bool,
}

/// A queue that is given back when this is dropped, unless that was done before: also by a task that panics.
pub(super) struct Taken<'q> {
    queues: &'q Queues,
    queue: Option<&'q str>,
}

impl Taken<'_> {
    /// Gives an empty queue back. False if it was woken meanwhile: the task must look again.
    pub(super) fn give_back(&mut self) -> bool {
        let is_back = self.queue.is_none_or(|queue| self.queues.give_back(queue));
        if is_back {
            self.queue = None;
        }
        is_back
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(queue) = self.queue {
            lock(&self.queues.busy).remove(queue);
            self.queues.freed.notify_waiters();
        }
    }
}

impl Default for Queues {
    fn default() -> Self {
        let (woken, receiver) = mpsc::unbounded_channel();
        let (receiver, generation) = (Mutex::new(Some(receiver)), watch::channel(0).0);
        Self { woken, receiver, busy: Mutex::default(), freed: Notify::new(), generation }
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

    /// Takes a queue for a task of a generation of the store. False if another task has it; that one will look again.
    pub(super) fn take(&self, queue: &str, generation: u64) -> bool {
        let mut busy = lock(&self.busy);
        if let Some(busy) = busy.get_mut(queue) {
            busy.woken = true;
            return false;
        }
        busy.insert(queue.to_owned(), Busy { generation, woken: false });
        true
    }

    /// A queue that was taken, for the task that has it.
    pub(super) fn taken<'q>(&'q self, queue: &'q str) -> Taken<'q> {
        Taken { queues: self, queue: Some(queue) }
    }

    fn give_back(&self, queue: &str) -> bool {
        let mut busy = lock(&self.busy);
        match busy.get_mut(queue) {
            Some(busy) if busy.woken => {
                busy.woken = false;
                false
            }
            _ => {
                busy.remove(queue);
                self.freed.notify_waiters();
                true
            }
        }
    }

    /// The generation of the store, as it changes.
    pub(super) fn generation(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Has all tasks of earlier generations end, and waits until they have.
    pub(super) async fn end_before(&self, generation: u64) {
        self.generation.send_replace(generation);
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // From here on no notification is missed.
            freed.as_mut().enable();
            if lock(&self.busy).values().all(|busy| busy.generation >= generation) {
                return;
            }
            freed.await;
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
        assert!(queues.take("a", 0));
        assert!(queues.take("b", 0), "another queue");
        assert!(!queues.take("a", 0), "a task has it");
        assert!(!queues.take("a", 0));
        let mut taken = queues.taken("a");
        assert!(!taken.give_back(), "it was woken");
        assert!(taken.give_back());
        assert!(queues.take("a", 0), "no task has it any more");
        assert!(taken.give_back());
        drop(taken);
        assert!(!queues.take("a", 0), "another task has it");
    }

    #[tokio::test]
    async fn the_end_of_earlier_generations_is_waited_for_and_later_ones_go_on() {
        let queues = Queues::default();
        assert!(queues.take("old", 0) && queues.take("new", 1));
        let mut latest = queues.generation();
        tokio::join!(queues.end_before(1), async {
            latest.wait_for(|latest| *latest > 0).await.unwrap();
            assert!(!queues.take("old", 1), "its task has not ended yet");
            drop(queues.taken("old"));
        });
        assert!(queues.take("old", 1) && !queues.take("new", 1));
    }
}
