//! Webhooks: what is reported, to whom, and what comes back.

mod deliver;
mod event;
mod send;
mod target;

pub(crate) use self::deliver::{Deliverer, list as list_deliveries};
pub(crate) use self::event::{Event, Place};
pub(crate) use self::send::Sender;
pub(crate) use self::target::{Hook, matches_trigger, scoped_hook};

/// A question to a pre-event webhook, on whose answer an action waits.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) account_id: i64,
    pub(crate) hook: Hook,
    pub(crate) event: &'static str,
    pub(crate) conversation_sid: Option<String>,
    /// The form, encoded, without the count of retries.
    pub(crate) fields: String,
}

/// What a pre-event webhook said.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Go on, with these fields changed.
    Proceed(serde_json::Map<String, serde_json::Value>),
    /// Don't.
    Refuse(crate::error::Refusal),
}
