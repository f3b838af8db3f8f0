//! Typed payloads, and which of their fields an answer may change.

use std::collections::BTreeSet;

use twilio_conversations_webhook::events::*;
use twilio_conversations_webhook::types::v1::EventType;
use twilio_conversations_webhook::{AnswerTo, ConversationChange, Fields, FromFields, MessageChange, PreEvent, Reply};

use super::event_types;

#[test]
fn every_documented_event_is_typed_and_changes_what_the_documentation_says() {
    let (pre_events, post_events) = (event_types::pre_events(), event_types::post_events());
    let names = |events: &[EventType]| events.iter().map(|event| event.as_str().to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names(&pre_events), names(EventType::PRE_EVENTS));
    assert_eq!(names(&post_events), names(EventType::POST_EVENTS));
    assert_eq!(pre_events.len() + post_events.len(), EventType::ALL.len(), "cargo xtask bless writes event_types.rs");
}

#[test]
fn an_answer_is_made_from_the_event_it_is_for() {
    let message = MessageAdd::from_fields(Fields::from_iter([("EventType", "onMessageAdd")])).unwrap();
    assert_eq!(message.modify(MessageChange::new().body("hi")), Reply::modify(MessageChange::new().body("hi")));
    let answer: AnswerTo<ConversationAdd> = ConversationChange::new().friendly_name("Support").into();
    assert_eq!(Reply::from(answer).body(), r#"{"friendly_name":"Support"}"#);
    assert_eq!(Reply::from(AnswerTo::<ParticipantAdd>::reject()).status(), 403);
}

#[test]
fn another_event_is_not_taken_for_the_one_asked_for() {
    let fields = Fields::from_iter([("EventType", "onMessageAdded"), ("Body", "pr1vate")]);
    let error = MessageAdd::from_fields(fields).unwrap_err();
    assert_eq!(error.to_string(), "reading an event: expected onMessageAdd, found onMessageAdded");
    assert_eq!(error.found(), Some(&EventType::MessageAdded));
}
