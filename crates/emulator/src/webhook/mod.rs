//! Webhooks: what is reported, to whom, and what comes back.

mod deliver;
mod event;
mod send;
mod target;

pub(crate) use self::deliver::{Deliverer, given_up, list as list_deliveries};
pub(crate) use self::event::{Event, Place};
pub(crate) use self::send::Sender;
pub(crate) use self::target::{Hook, matches_trigger, scoped_hook};
use crate::error::Refusal;

/// A question to a pre-event webhook, on whose answer an action waits.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) account_id: i64,
    pub(crate) question: Question,
    pub(crate) event: &'static str,
    pub(crate) conversation_sid: Option<String>,
    /// The form, encoded, without the count of retries.
    pub(crate) fields: String,
}

/// What makes a question to a pre-event webhook this one: whom it is put to, and what it says. An answer is good for the
/// same question only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Question {
    pub(crate) hook: Hook,
    /// The form, encoded, without `DateUpdated`: that it moved on changes nothing about what is to be done.
    pub(crate) about: String,
}

/// What a pre-event webhook said.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Go on, with these fields changed.
    Proceed(serde_json::Map<String, serde_json::Value>),
    /// Don't.
    Refuse(Refusal),
}

/// The refusal of an action that others were quicker than, time and again.
pub(crate) fn overtaken(event: &str) -> Refusal {
    let (code, what) = match event {
        event if event.starts_with("onUser") => (50213, "User"),
        event if event.starts_with("onParticipant") => (50419, "Participant"),
        _ => (50391, "Conversation"),
    };
    Refusal::conflict(code, format!("{what} was changed by others while the pre-event webhook was asked about it"))
}
