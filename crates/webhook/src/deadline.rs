//! A time limit for handlers of pre-event webhooks.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Limits the handling of a pre-event to less than the 5 seconds that Twilio waits for a response.
///
/// After 5 seconds without a response Twilio lets the action go on unchanged (and reports error 50076 in its debugger), so
/// a slow filter does not filter. A deadline that passes sooner lets the program choose: reject or accept.
///
/// When the time is over, the handler's future is dropped where it waits. Spawn work that must be completed. A handler
/// that blocks its thread is not interrupted.
///
/// With the feature `axum`, `run` uses tokio's clock. Without it, tokio is not compiled, and [`race`](Self::race) takes
/// the program's own timer.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
/// # runtime.block_on(async {
/// use std::time::Duration;
/// use twilio_conversations_webhook::{Deadline, Reply};
///
/// let slow = async {
///     tokio::time::sleep(Duration::from_secs(60)).await;
///     Reply::accept()
/// };
/// let reply = Deadline::default().race(slow, tokio::time::sleep, Reply::reject).await;
/// assert_eq!(reply.status(), 403);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deadline {
    limit: Duration,
}

impl Deadline {
    /// The time that Twilio waits for the response to a pre-event webhook: 5 seconds, the network included.
    pub const VENDOR_LIMIT: Duration = Duration::from_secs(5);

    /// Sets the time of a handler, from when it is run. `EventRouter` counts from when
    /// the request reached it.
    pub const fn new(limit: Duration) -> Self {
        Self { limit }
    }

    /// Returns the time of a handler.
    pub const fn limit(self) -> Duration {
        self.limit
    }

    /// Runs a handler, and takes the fallback if the timer ends first.
    ///
    /// `timer` makes a future that ends after a time: `tokio::time::sleep`, or that of another runtime. If both are ready
    /// at once, the handler wins.
    pub async fn race<T, S: Future>(
        self,
        handler: impl Future<Output = T>,
        timer: impl FnOnce(Duration) -> S,
        fallback: impl FnOnce() -> T,
    ) -> T {
        let mut handler = pin!(handler);
        let mut timer = pin!(timer(self.limit));
        let in_time = poll_fn(|context| match handler.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => timer.as_mut().poll(context).map(|_| None),
        });
        in_time.await.unwrap_or_else(fallback)
    }

    /// Runs a handler, and takes the fallback if the time is over first.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    /// # runtime.block_on(async {
    /// use twilio_conversations_webhook::{Deadline, Reply};
    ///
    /// let reply = Deadline::default().run(async { Reply::reject() }, Reply::accept).await;
    /// assert_eq!(reply, Reply::reject());
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with its timer enabled.
    #[cfg(feature = "axum")]
    pub async fn run<T>(self, handler: impl Future<Output = T>, fallback: impl FnOnce() -> T) -> T {
        self.race(handler, tokio::time::sleep, fallback).await
    }
}

/// 4.5 seconds: half a second is left for the network.
impl Default for Deadline {
    fn default() -> Self {
        Self::new(Duration::from_millis(4500))
    }
}
