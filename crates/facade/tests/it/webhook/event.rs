//! Typed payloads, and which of their fields an answer may change.

use std::collections::BTreeSet;

use twilio_conversations::EventType;
use twilio_conversations::webhook::events::*;
use twilio_conversations::webhook::{
    Answer, AnswerTo, ConversationChange, Event, EventPayload, Fields, FromFields, MessageChange, NoChange, PreEvent,
    Reply,
};

/// Reads a payload from fields that name its event, and gives back what there was to read.
fn read<E: EventPayload>() -> EventType {
    let fields = Fields::from_iter([("EventType", E::TYPE.as_str()), ("Invented", "yes")]);
    let event: Event = E::from_fields(fields).unwrap().into();
    assert_eq!(event.event_type(), E::TYPE);
    let error = E::from_fields(Fields::from_iter([("EventType", "onPollAdded")])).err().unwrap();
    assert_eq!(error.found().unwrap().as_str(), "onPollAdded");
    assert!(!error.to_string().contains("Poll"), "{error}");
    let error = E::from_fields(Fields::default()).err().unwrap();
    assert_eq!(error.found(), None);
    let expected = format!("reading an event: expected {}, found no field EventType", E::TYPE);
    assert_eq!(error.to_string(), expected);
    E::TYPE
}

/// A pre-event whose change is `C`: this compiles for no other.
fn pre<C, E>() -> EventType
where
    C: twilio_conversations::webhook::Change,
    E: EventPayload<Answer = Answer<C>> + PreEvent<Change = C>,
{
    read::<E>()
}

fn post<E: EventPayload<Answer = ()>>() -> EventType {
    read::<E>()
}

#[test]
fn every_documented_event_is_typed_and_changes_what_the_documentation_says() {
    let pre_events = [
        pre::<ConversationChange, ConversationAdd>(),
        pre::<ConversationChange, ConversationUpdate>(),
        pre::<NoChange, ConversationRemove>(),
        pre::<MessageChange, MessageAdd>(),
        pre::<MessageChange, MessageUpdate>(),
        pre::<NoChange, MessageRemove>(),
        pre::<NoChange, ParticipantAdd>(),
        pre::<NoChange, ParticipantUpdate>(),
        pre::<NoChange, ParticipantRemove>(),
        pre::<NoChange, UserUpdate>(),
    ];
    let post_events = [
        post::<ConversationAdded>(),
        post::<ConversationUpdated>(),
        post::<ConversationRemoved>(),
        post::<ConversationStateUpdated>(),
        post::<MessageAdded>(),
        post::<MessageUpdated>(),
        post::<MessageRemoved>(),
        post::<DeliveryUpdated>(),
        post::<ParticipantAdded>(),
        post::<ParticipantUpdated>(),
        post::<ParticipantRemoved>(),
        post::<UserAdded>(),
        post::<UserUpdated>(),
    ];
    let names = |events: &[EventType]| events.iter().map(|event| event.as_str().to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names(&pre_events), names(EventType::PRE_EVENTS));
    assert_eq!(names(&post_events), names(EventType::POST_EVENTS));
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
