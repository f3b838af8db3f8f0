//! The retry policy.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{Response, StatusCode};
use twilio_conversations_client::{Operation, TransportError, is_retryable, retry_after};

/// Which outcomes of a call are retried, when, and how often.
///
/// | outcome | reads and deletes | creates and updates |
/// | --- | --- | --- |
/// | status 429: not processed | retried | retried |
/// | no connection could be made: nothing was sent | retried | retried |
/// | status 502, 503 or 504 | retried | final |
/// | a broken connection, or a timeout | retried | final |
/// | any other status | final | final |
/// | a request that cannot be sent, a response above the size limit | final | final |
///
/// The API has no idempotency key. If the response to a create is lost, a retry may create the item twice, so creates and
/// updates are retried only with [`retry_writes`](Self::retry_writes). The retry of a delete may find nothing: an error that
/// [is not found](crate::ApiError::is_not_found) after more than one [attempt](crate::ApiError::attempts).
///
/// The wait before the next attempt is `Retry-After` of the response, in seconds or as a date. Without it, the wait is a
/// random time from zero to an upper end that doubles with each attempt ("full jitter").
///
/// After a status 429, all clones of the client pause for that wait: an attempt of any call is sent after its end, plus a
/// random time up to the base delay. It is sent at once where the pause is longer than
/// [`max_retry_after`](Self::max_retry_after), the budget ends before it, or only one attempt is allowed. This pause
/// counts for the budget and is not reported to [`on_retry`](Self::on_retry).
///
/// ```
/// use std::time::Duration;
/// use twilio_conversations::{Client, RetryPolicy};
///
/// let patient = RetryPolicy::default()
///     .max_attempts(6)
///     .budget(Duration::from_secs(180))
///     .on_retry(|retry| eprintln!("{} again in {:?}: {}", retry.operation.id, retry.delay, retry.cause));
/// let builder = Client::builder().retry(patient);
/// ```
#[derive(Clone)]
pub struct RetryPolicy {
    max_attempts: u32,
    budget: Duration,
    base_delay: Duration,
    max_delay: Duration,
    max_retry_after: Duration,
    retry_writes: bool,
    on_retry: Option<Arc<Hook>>,
}

type Hook = dyn Fn(&Retry<'_>) + Send + Sync;

impl Default for RetryPolicy {
    /// 4 attempts within 60 seconds, waits from 200 milliseconds to 5 seconds, `Retry-After` up to 30 seconds.
    fn default() -> Self {
        Self {
            max_attempts: 4,
            budget: Duration::from_secs(60),
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(5),
            max_retry_after: Duration::from_secs(30),
            retry_writes: false,
            on_retry: None,
        }
    }
}

impl RetryPolicy {
    /// Sends everything once and at once: it waits for no pause either.
    #[must_use]
    pub fn off() -> Self {
        Self::default().max_attempts(1)
    }

    /// Limit of the attempts of a call, the first included; 0 counts as 1. 4 unless set.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Time from the beginning of a call in which an attempt may begin. 60 seconds unless set.
    ///
    /// If the wait would end later, the call fails at once. A call takes at most this time and the timeout of one attempt.
    #[must_use]
    pub fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// Upper end of the first random wait; doubles with each attempt. 200 milliseconds unless set.
    #[must_use]
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Upper end of every random wait. 5 seconds unless set.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// The longest `Retry-After` that is waited for. 30 seconds unless set.
    ///
    /// A longer one, or one that does not fit in a `u64`, ends the call at once: an earlier retry would be rejected again.
    /// [`Error::retry_after`](crate::Error::retry_after) returns it.
    #[must_use]
    pub fn max_retry_after(mut self, delay: Duration) -> Self {
        self.max_retry_after = delay;
        self
    }

    /// Whether creates and updates are retried like reads. Off unless set.
    ///
    /// **A create may then be done twice**: two messages instead of one, if the response to the first is lost. An update may
    /// overwrite one that another client made in between. This suits applications that tolerate it, such as those whose
    /// unique names make the second create fail.
    #[must_use]
    pub fn retry_writes(mut self, retry: bool) -> Self {
        self.retry_writes = retry;
        self
    }

    /// Calls `hook` before each wait, to count or to log. It must not block.
    #[must_use]
    pub fn on_retry(mut self, hook: impl Fn(&Retry<'_>) + Send + Sync + 'static) -> Self {
        self.on_retry = Some(Arc::new(hook));
        self
    }

    /// Whether there may be an attempt after this one, counted from 1.
    pub(crate) fn allows_another(&self, attempt: u32) -> bool {
        attempt < self.max_attempts
    }

    pub(crate) fn notify(&self, retry: &Retry<'_>) {
        if let Some(hook) = &self.on_retry {
            hook(retry);
        }
    }

    /// How long to wait before the next attempt; `None` when this outcome is the last word.
    pub(crate) fn delay(&self, tried: &Tried<'_>) -> Option<Duration> {
        let may_repeat = tried.operation.is_idempotent() || self.retry_writes;
        if !self.allows_another(tried.attempt) || !is_retryable(may_repeat, tried.outcome.map(Response::status)) {
            return None;
        }
        let delay = match tried.retry_after() {
            Some(delay) if delay > self.max_retry_after => return None,
            Some(delay) => delay,
            None => self.upper_end(tried.attempt).mul_f64(fastrand::f64()),
        };
        tried.elapsed().checked_add(delay).is_some_and(|begin| begin <= self.budget).then_some(delay)
    }

    /// How long all calls of the client pause after this outcome: after a status 429, the wait that the server requires,
    /// or the delay of this call's own retry. A wait above the policy's maximum is no pause.
    pub(crate) fn pause_after(&self, tried: &Tried<'_>, delay: Option<Duration>) -> Option<Duration> {
        if tried.status() != Some(StatusCode::TOO_MANY_REQUESTS) {
            return None;
        }
        tried.retry_after().filter(|pause| *pause <= self.max_retry_after).or(delay)
    }

    /// How long an attempt waits for a pause that has this long left: until its end, and a random time up to the base
    /// delay, so that not all calls are sent at the same instant. `None` if it does not wait.
    pub(crate) fn pause(&self, left: Duration, elapsed: Duration) -> Option<Duration> {
        if left.is_zero() || self.max_attempts == 1 || left > self.max_retry_after {
            return None;
        }
        self.spread(left, elapsed)
    }

    /// The delay and a random time up to the base delay. `None` where the budget ends before the delay.
    pub(crate) fn spread(&self, delay: Duration, elapsed: Duration) -> Option<Duration> {
        let room = self.budget.checked_sub(elapsed)?.checked_sub(delay)?;
        Some(delay + self.base_delay.mul_f64(fastrand::f64()).min(room))
    }

    fn upper_end(&self, attempt: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.base_delay.saturating_mul(factor).min(self.max_delay)
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("max_attempts", &self.max_attempts)
            .field("budget", &self.budget)
            .field("base_delay", &self.base_delay)
            .field("max_delay", &self.max_delay)
            .field("max_retry_after", &self.max_retry_after)
            .field("retry_writes", &self.retry_writes)
            .finish_non_exhaustive()
    }
}

/// One attempt and its outcome.
pub(crate) struct Tried<'a> {
    pub(crate) operation: &'a Operation,
    /// Counted from 1.
    pub(crate) attempt: u32,
    /// When the call began.
    pub(crate) begin: Instant,
    pub(crate) outcome: Result<&'a Response<Bytes>, &'a TransportError>,
}

impl Tried<'_> {
    fn status(&self) -> Option<StatusCode> {
        self.outcome.map_or_else(TransportError::status, |response| Some(response.status()))
    }

    /// The wait that the server requires.
    fn retry_after(&self) -> Option<Duration> {
        match self.outcome {
            Ok(response) => retry_after(response.headers(), SystemTime::now().into()),
            Err(error) => error.retry_after(),
        }
    }

    /// Since the beginning of the call.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }
}

/// A retry that is about to be made, for [`RetryPolicy::on_retry`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Retry<'a> {
    /// The operation that is called.
    pub operation: &'a Operation,
    /// The number of attempts so far.
    pub attempt: u32,
    /// The wait before the next attempt.
    pub delay: Duration,
    /// The outcome that is retried.
    pub cause: RetryCause<'a>,
}

impl<'a> Retry<'a> {
    pub(crate) fn new(tried: &Tried<'a>, delay: Duration) -> Self {
        let cause = match tried.outcome {
            Ok(response) => RetryCause::Status(response.status()),
            Err(error) => RetryCause::Transport(error),
        };
        Self { operation: tried.operation, attempt: tried.attempt, delay, cause }
    }
}

/// An outcome that is retried.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum RetryCause<'a> {
    /// The status of the response: 429, 502, 503 or 504.
    Status(StatusCode),
    /// No complete response arrived.
    Transport(&'a TransportError),
}

impl fmt::Display for RetryCause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {}", status.as_u16()),
            Self::Transport(error) => error.fmt(f),
        }
    }
}

/// A duration as traces have it.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_end_of_the_wait_doubles_up_to_a_limit() {
        let policy = RetryPolicy::default();
        let upper_ends: Vec<_> = (1..=7).map(|attempt| policy.upper_end(attempt).as_millis()).collect();
        assert_eq!(upper_ends, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(policy.upper_end(u32::MAX), Duration::from_secs(5));
        assert_eq!(policy.max_delay(Duration::MAX).upper_end(u32::MAX), Duration::from_millis(200) * u32::MAX);
    }

    #[test]
    fn zero_attempts_are_one() {
        assert!(!RetryPolicy::default().max_attempts(0).allows_another(1));
        assert!(!RetryPolicy::off().allows_another(1));
        assert!(RetryPolicy::default().allows_another(3) && !RetryPolicy::default().allows_another(4));
    }
}
