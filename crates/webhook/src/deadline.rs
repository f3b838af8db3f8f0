//! A time limit for handlers of pre-event webhooks.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Keeps the handling of a pre-event within the 5 seconds that Twilio waits for an answer.
///
/// After 5 seconds without an answer Twilio lets the action go on unchanged (and reports error 50076 in its debugger), so
/// a filter that is slow is no filter. A deadline that passes sooner lets the program say what shall happen: refuse, or
/// accept, knowingly.
///
/// When the time is over, the handler's future is dropped at the point where it was waiting. What must go on has to be
/// spawned as a task of its own. A handler that blocks its thread is not interrupted.
///
/// With the `axum` feature there is `run`, which uses tokio's clock. With `webhook` alone, nothing of tokio is compiled
/// and [`race`](Self::race) takes whatever timer the program has.
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
    /// How long Twilio waits for the answer to a pre-event webhook: 5 seconds, the way there and back included.
    pub const VENDOR_LIMIT: Duration = Duration::from_secs(5);

    /// Sets the time a handler may take, from the moment in which it is run.
    pub const fn new(limit: Duration) -> Self {
        Self { limit }
    }

    /// Returns the time a handler may take.
    pub const fn limit(self) -> Duration {
        self.limit
    }

    /// Runs a handler until it is done or the timer is, and then takes the fallback instead.
    ///
    /// `timer` makes a future that ends after the given time: `tokio::time::sleep`, or that of another runtime. A
    /// handler that is ready in the same moment as the timer wins.
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

    /// Runs a handler until it is done or the time is over, and then takes the fallback instead.
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
    /// Outside a tokio runtime, or in one without its clock enabled.
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
