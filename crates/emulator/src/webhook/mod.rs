//! Webhooks: what is reported, to whom, and what comes back.

mod deliver;
mod delivery;
mod event;
mod send;
mod target;

use twilio_conversations_types::v1::EventType;

pub(crate) use self::deliver::{Deliverer, given_up, list as list_deliveries};
pub use self::delivery::{Delivery, DeliveryState};
pub(crate) use self::delivery::{Filter, list as deliveries};
pub(crate) use self::event::{Event, Place};
pub(crate) use self::send::Sender;
pub(crate) use self::target::{Hook, matches_trigger, scoped_hook};
use crate::error::Refusal;

/// A question to a pre-event webhook, on whose answer an action waits.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) account_id: i64,
    pub(crate) question: Question,
    pub(crate) event: EventType,
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
pub(crate) fn overtaken(event: &EventType) -> Refusal {
    match overtaken_object(event) {
        Some((code, what)) => {
            let message = format!("{what} was changed by others while the pre-event webhook was called");
            Refusal::conflict(code, message)
        }
        None => {
            Refusal::unimplemented(format_args!("an action that another request overtakes while {event} is called"))
        }
    }
}

/// The code for an action that was overtaken, and the object that it changes. A test names a pre-event without one.
fn overtaken_object(event: &EventType) -> Option<(u32, &'static str)> {
    Some(match event {
        EventType::UserUpdate => (50213, "User"),
        EventType::ParticipantAdd | EventType::ParticipantUpdate | EventType::ParticipantRemove => {
            (50419, "Participant")
        }
        EventType::ConversationAdd
        | EventType::ConversationUpdate
        | EventType::ConversationRemove
        | EventType::MessageAdd
        | EventType::MessageUpdate
        | EventType::MessageRemove => (50391, "Conversation"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pre_event_has_a_code_for_an_action_that_is_overtaken() {
        for event in EventType::PRE_EVENTS {
            assert!(
                overtaken_object(event).is_some(),
                "{event}: `overtaken_object` in crates/emulator/src/webhook/mod.rs has no code for it: add it there"
            );
        }
    }

    #[test]
    fn a_post_event_overtakes_nothing() {
        for event in EventType::POST_EVENTS {
            assert_eq!((overtaken_object(event), overtaken(event).status()), (None, 501), "{event}");
        }
    }
}
