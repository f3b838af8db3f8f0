//! Webhook calls: those that wait in the outbox, and those that were made.

use std::fmt;

use twilio_conversations_types::v1::EventType;

use super::receiver::Scope;
use super::values::HttpMethod;
use crate::time::Millis;

/// How far a webhook call came.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DeliveryState {
    /// A post-event call that is waiting for its first attempt or for a retry.
    #[default]
    Pending,
    /// A post-event call with a response of status 200 to 299.
    Delivered,
    /// A post-event call with a response of another status that is not retried: neither 429, 503 nor 504.
    Failed,
    /// No response arrived, or, to a post-event call, only status 429, 503 or 504, until no retry was left. After a
    /// pre-event call the action goes on.
    GivenUp,
    /// A pre-event call after which the action went on, changed by the response or not.
    Proceeded,
    /// A pre-event call whose response rejected the action.
    Rejected,
    /// A pre-event call without a response in time. The action went on.
    TimedOut,
    /// An event of a Studio flow, which the emulator records and does not send.
    Recorded,
}

impl DeliveryState {
    pub(crate) const ALL: [Self; 8] = [
        Self::Pending,
        Self::Delivered,
        Self::Failed,
        Self::GivenUp,
        Self::Proceeded,
        Self::Rejected,
        Self::TimedOut,
        Self::Recorded,
    ];

    /// The state as the control request `GET /_emulator/deliveries` spells it, such as `given_up`. A rejection is
    /// `refused` there.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
            Self::Proceeded => "proceeded",
            Self::Rejected => "refused",
            Self::TimedOut => "timed_out",
            Self::Recorded => "recorded",
        }
    }

    /// Reads what [`as_str`](Self::as_str) returns.
    pub(crate) fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A webhook call as it is stored.
#[derive(Clone, Debug, Default)]
pub(crate) struct WebhookCall {
    pub(crate) id: i64,
    /// Row of the account.
    pub(crate) account: i64,
    pub(crate) account_sid: String,
    /// Key of the queue that it waits in; empty for a pre-event call, which waits in none.
    pub(crate) queue: String,
    pub(crate) scope: Scope,
    pub(crate) event: EventName,
    pub(crate) conversation_sid: Option<String>,
    pub(crate) method: HttpMethod,
    /// The URL, or the SID of a Studio flow.
    pub(crate) url: String,
    /// The form, encoded, without `RetryCount`.
    pub(crate) fields: String,
    /// Idempotency token.
    pub(crate) token: String,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: u32,
    pub(crate) date_created: Millis,
    pub(crate) signature: Option<String>,
    /// Header that names the shared key of the signature, if it is not the auth token.
    pub(crate) signature_settings: Option<String>,
    /// HTTP status of the last response.
    pub(crate) status: Option<u16>,
    /// Beginning of the last response's body.
    pub(crate) response_body: Option<String>,
    /// Why there was no response.
    pub(crate) error: Option<String>,
    /// Duration of the last attempt, in microseconds.
    pub(crate) duration: Option<u64>,
}

/// An event type in a row.
#[derive(Clone, Debug)]
pub(crate) struct EventName(pub(crate) EventType);

impl Default for EventName {
    fn default() -> Self {
        Self(EventType::from(""))
    }
}
