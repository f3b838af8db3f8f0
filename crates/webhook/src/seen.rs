//! A store of idempotency tokens, to handle each event once.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::IdempotencyToken;

/// A store of the tokens of handled events, to drop repeats.
///
/// Object-safe, and an `Arc` or a `Box` of a store is a store, so routers can share an `Arc<dyn SeenEvents>`.
/// [`RecentEvents`] is a store in memory; a database with a unique column can be another.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// use twilio_conversations_webhook::{IdempotencyToken, RecentEvents, SeenEvents};
///
/// let seen = RecentEvents::new(10_000);
/// let token = IdempotencyToken::new("7d2e9c5e-4f0c-4f2a-9c55-0b1f6a7d1e11").unwrap();
///
/// assert!(seen.claim(&token).await?);  // first time: handle it
/// assert!(!seen.claim(&token).await?); // repeated: respond with 200 and do nothing
/// seen.release(&token).await?;         // handling it failed: the next delivery is handled
/// assert!(seen.claim(&token).await?);
/// # Ok::<(), twilio_conversations_webhook::SeenError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub trait SeenEvents: Send + Sync {
    /// Marks an event as seen, atomically. True if it was not.
    ///
    /// Of two concurrent calls, one gets true.
    fn claim<'a>(&'a self, token: &'a IdempotencyToken) -> SeenFuture<'a, bool>;

    /// Removes the mark, because the event could not be handled: its next delivery is.
    fn release<'a>(&'a self, token: &'a IdempotencyToken) -> SeenFuture<'a, ()>;
}

/// The future of a store's result.
pub type SeenFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, SeenError>> + Send + 'a>>;

/// An error of a store.
pub type SeenError = Box<dyn Error + Send + Sync>;

/// The tokens of the last events, in memory.
///
/// Holds up to a fixed number of tokens; beyond it, the oldest is forgotten. Lost when the process ends, and not shared
/// between processes.
pub struct RecentEvents {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The claim of each token.
    claims: HashMap<Arc<str>, u64>,
    /// Claims in order, released ones included until they are the oldest: never more than the capacity.
    order: VecDeque<(u64, Arc<str>)>,
    next: u64,
}

impl RecentEvents {
    /// Creates a store for a number of tokens, at least 1. A token takes about 150 bytes.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), state: Mutex::default() }
    }

    /// Returns the number of tokens held.
    pub fn len(&self) -> usize {
        self.state().claims.len()
    }

    /// True if no token is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn claim_now(&self, token: &str) -> bool {
        let mut state = self.state();
        if state.claims.contains_key(token) {
            return false;
        }
        while state.order.len() >= self.capacity {
            let Some((claim, oldest)) = state.order.pop_front() else {
                break;
            };
            // A token that was released and claimed again is younger than this entry.
            if state.claims.get(&oldest) == Some(&claim) {
                state.claims.remove(&oldest);
            }
        }
        let token: Arc<str> = token.into();
        let claim = state.next;
        state.next += 1;
        state.claims.insert(Arc::clone(&token), claim);
        state.order.push_back((claim, token));
        true
    }

    /// Every change leaves the state consistent, so a poisoned lock can be used.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SeenEvents for RecentEvents {
    fn claim<'a>(&'a self, token: &'a IdempotencyToken) -> SeenFuture<'a, bool> {
        Box::pin(ready(Ok(self.claim_now(token.as_str()))))
    }

    fn release<'a>(&'a self, token: &'a IdempotencyToken) -> SeenFuture<'a, ()> {
        self.state().claims.remove(token.as_str());
        Box::pin(ready(Ok(())))
    }
}

impl<S: SeenEvents + ?Sized> SeenEvents for Arc<S> {
    fn claim<'a>(&'a self, token: &'a IdempotencyToken) -> SeenFuture<'a, bool> {
        (**self).claim(token)
    }

    fn release<'a>(&'a self, token: &'a IdempotencyToken) -> SeenFuture<'a, ()> {
        (**self).release(token)
    }
}

impl<S: SeenEvents + ?Sized> SeenEvents for Box<S> {
    fn claim<'a>(&'a self, token: &'a IdempotencyToken) -> SeenFuture<'a, bool> {
        (**self).claim(token)
    }

    fn release<'a>(&'a self, token: &'a IdempotencyToken) -> SeenFuture<'a, ()> {
        (**self).release(token)
    }
}

impl fmt::Debug for RecentEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecentEvents").field("capacity", &self.capacity).field("len", &self.len()).finish()
    }
}
