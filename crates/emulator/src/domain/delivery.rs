//! Webhook calls: their receivers, the calls that are pending in the outbox, and the records of the others.

use std::fmt;

use twilio_conversations_types::v1::EventType;

use super::values::HttpMethod;
use crate::time::Millis;

/// State of a webhook call.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DeliveryState {
    /// A post-event call before its first attempt or before a retry.
    #[default]
    Pending,
    /// A post-event call with a response of status 200 to 299.
    Delivered,
    /// A post-event call with a response of another status that is not retried: neither 429, 503 nor 504.
    Failed,
    /// A call without a response, or a post-event call with status 429, 503 or 504 only, after the last retry. After a
    /// pre-event call the action proceeds.
    GivenUp,
    /// A pre-event call after which the action proceeded, whether the response changed it or not.
    Proceeded,
    /// A pre-event call whose response rejected the action.
    Rejected,
    /// A pre-event call without a response in time. The action proceeded.
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

    /// Parses the result of [`as_str`](Self::as_str).
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
    pub(crate) account: i64,
    pub(crate) account_sid: String,
    /// Key of its queue; empty for a pre-event call, which is not queued.
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
    /// The cause, if there was no response.
    pub(crate) error: Option<String>,
    /// Duration of the last attempt, in microseconds.
    pub(crate) duration: Option<u64>,
}

/// Level at which a webhook is configured.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Scope {
    #[default]
    Account,
    Service,
    /// A conversation's webhook, by its SID.
    Conversation(String),
}

/// The receiver of a webhook.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Receiver {
    pub(crate) scope: Scope,
    pub(crate) target: Target,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Target {
    Url {
        method: HttpMethod,
        url: String,
    },
    /// A Studio flow, by its SID. Its events are recorded and not sent.
    Flow(String),
}

/// An event type in a row.
#[derive(Clone, Debug)]
pub(crate) struct EventName(pub(crate) EventType);

impl Default for EventName {
    fn default() -> Self {
        Self(EventType::from(""))
    }
}

impl EventName {
    /// Every name is an event type: the enum is open.
    pub(crate) fn read(name: &str) -> Option<Self> {
        Some(Self(EventType::from(name)))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Scope {
    /// Parses the result of [`as_str`](Self::as_str).
    pub(crate) fn read(text: &str) -> Option<Self> {
        Some(match text {
            "account" => Self::Account,
            "service" => Self::Service,
            sid => Self::Conversation(sid.to_owned()),
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Account => "account",
            Self::Service => "service",
            Self::Conversation(sid) => sid,
        }
    }
}
