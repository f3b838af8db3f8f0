//! Receivers of webhooks, and the level at which they are configured.

use super::values::HttpMethod;

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
    pub(crate) method: HttpMethod,
    /// The URL, or the SID of a Studio flow.
    pub(crate) url: String,
    /// Whether it is a Studio flow, whose events are recorded and not sent.
    pub(crate) is_flow: bool,
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
