//! The queues of the outbox: which have pending calls, and which are claimed by a task that delivers them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc, watch};

/// Queues, by their keys. A queue is woken when a call is added to it. So the table of calls, which may be large, is not
/// polled.
pub(super) struct Queues {
    woken: mpsc::UnboundedSender<String>,
    receiver: Mutex<Option<mpsc::UnboundedReceiver<String>>>,
    /// Queues that are claimed by a task.
    busy: Mutex<HashMap<String, Busy>>,
    /// Notified when a queue is released.
    freed: Notify,
    /// The generation of the store. Tasks of earlier generations end.
    generation: watch::Sender<u64>,
}

/// A queue that is claimed by a task.
struct Busy {
    /// The generation of the store when it was claimed.
    generation: u64,
    /// Whether it was woken since the task last read it.
    woken: bool,
}

/// A task's claim on a queue. Dropping it releases the queue, also when the task panics.
pub(super) struct Claim<'q> {
    queues: &'q Queues,
    queue: Option<&'q str>,
}

impl Claim<'_> {
    /// Releases an empty queue. Returns `false` if it was woken meanwhile: the task must then read it again.
    pub(super) fn release(&mut self) -> bool {
        let Some(queue) = self.queue else { return true };
        let mut busy = lock(&self.queues.busy);
        if let Some(claimed) = busy.get_mut(queue).filter(|claimed| claimed.woken) {
            claimed.woken = false;
            return false;
        }
        busy.remove(queue);
        self.queues.freed.notify_waiters();
        self.queue = None;
        true
    }
}

impl Drop for Claim<'_> {
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
    pub(super) fn wake(&self, queue: String) {
        // Fails only after the emulator has stopped. The calls stay pending until the next start.
        let _ = self.woken.send(queue);
    }

    /// The receiver of the keys of woken queues; `None` from the second call on.
    pub(super) fn woken(&self) -> Option<mpsc::UnboundedReceiver<String>> {
        lock(&self.receiver).take()
    }

    /// Claims a queue for a task of a generation of the store. Returns `false` if another task has claimed it; that task
    /// then reads the queue again before it releases it.
    pub(super) fn claim(&self, queue: &str, generation: u64) -> bool {
        let mut busy = lock(&self.busy);
        if let Some(busy) = busy.get_mut(queue) {
            busy.woken = true;
            return false;
        }
        busy.insert(queue.to_owned(), Busy { generation, woken: false });
        true
    }

    /// The guard of a claimed queue, for the task that claimed it.
    pub(super) fn guard<'q>(&'q self, queue: &'q str) -> Claim<'q> {
        Claim { queues: self, queue: Some(queue) }
    }

    pub(super) fn generation(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Ends all tasks of earlier generations, and waits until they have released their queues.
    pub(super) async fn end_before(&self, generation: u64) {
        self.generation.send_replace(generation);
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // Registers for notifications before the check, so that none is missed.
            freed.as_mut().enable();
            if lock(&self.busy).values().all(|busy| busy.generation >= generation) {
                return;
            }
            freed.await;
        }
    }
}

/// Ignores the poison of a panic: every change leaves the value consistent.
fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_is_woken_while_it_is_claimed_is_read_again() {
        let queues = Queues::default();
        assert!(queues.claim("a", 0));
        assert!(queues.claim("b", 0), "another queue");
        assert!(!queues.claim("a", 0), "a task has claimed it");
        assert!(!queues.claim("a", 0));
        let mut claim = queues.guard("a");
        assert!(!claim.release(), "it was woken");
        assert!(claim.release());
        assert!(queues.claim("a", 0), "it was released");
        assert!(claim.release());
        drop(claim);
        assert!(!queues.claim("a", 0), "another task has claimed it");
    }

    #[tokio::test]
    async fn ending_earlier_generations_waits_for_their_tasks_and_keeps_later_ones() {
        let queues = Queues::default();
        assert!(queues.claim("old", 0) && queues.claim("new", 1));
        let mut latest = queues.generation();
        tokio::join!(queues.end_before(1), async {
            latest.wait_for(|latest| *latest > 0).await.unwrap();
            assert!(!queues.claim("old", 1), "its task has not ended yet");
            drop(queues.guard("old"));
        });
        assert!(queues.claim("old", 1) && !queues.claim("new", 1));
    }
}
