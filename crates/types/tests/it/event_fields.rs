//! The fields of events: empty values, lists of addresses, and events that a program builds.

use std::collections::BTreeSet;

use serde_json::json;
use twilio_conversations_types::event::{
    ConversationUpdated, DeliveryUpdated, Event, MessageAdded, ParticipantAdded, UserUpdated,
};
use twilio_conversations_types::v1::EventType;

use crate::types;

#[test]
fn an_empty_field_of_a_type_other_than_a_string_is_absent() {
    let message = MessageAdded::from_pairs([
        ("EventType", "onMessageAdded"),
        ("ConversationSid", ""),
        ("Index", ""),
        ("DateCreated", ""),
        ("Media", ""),
        ("RetryCount", ""),
    ]);
    assert_eq!(message, MessageAdded::default());
    assert_eq!(serde_json::to_value(&message).unwrap(), json!({ "EventType": "onMessageAdded" }));

    let user = UserUpdated::from_pairs([("isOnline", ""), ("RoleSid", ""), ("DateUpdated", "")]);
    assert_eq!(user, UserUpdated::default());
    let conversation = ConversationUpdated::from_pairs([("State", "")]);
    assert_eq!(conversation, ConversationUpdated::default());
}

#[test]
fn an_empty_string_field_keeps_its_value() {
    let message = MessageAdded::from_pairs([("Body", ""), ("Attributes", ""), ("Author", "")]);
    assert_eq!(message.body.as_deref(), Some(""));
    assert_eq!(message.author.as_deref(), Some(""));
    assert_eq!(message.attributes.as_ref().unwrap().as_str(), "");
    assert!(message.other.is_empty());
}

#[test]
fn an_empty_undocumented_field_is_kept() {
    let message = MessageAdded::from_pairs([("Invented", "")]);
    assert_eq!(message.other("Invented"), Some(""));
}

#[test]
fn a_repeated_field_whose_first_value_is_empty_takes_the_second() {
    let delivery = DeliveryUpdated::from_pairs([("Status", ""), ("Status", "Delivered"), ("Status", "")]);
    assert_eq!(delivery.status.unwrap(), "delivered");
    assert!(delivery.other.is_empty());
}

#[test]
fn addresses_are_repeated_or_separated_by_commas() {
    let name = "MessagingBinding.Address";
    let addresses = |values: &[&str]| {
        let participant = ParticipantAdded::from_pairs(values.iter().map(|value| (name, *value)));
        assert!(participant.other.is_empty());
        participant.messaging_binding_address
    };
    let two = ["+15550000002", "+15550000001"];
    assert_eq!(addresses(&["+15550000002, +15550000001"]), two);
    assert_eq!(addresses(&["+15550000002,+15550000001,"]), two);
    assert_eq!(addresses(&["+15550000002", " +15550000001 "]), two);
    assert_eq!(addresses(&["a, b", "c"]), ["a", "b", "c"]);
    assert_eq!(addresses(&["whatsapp:+15550000002"]), ["whatsapp:+15550000002"]);
    assert_eq!(addresses(&["\"Doe, Jo\"@example.com"]), ["\"Doe, Jo\"@example.com"]);
    assert!(addresses(&["", " , "]).is_empty());
}

#[test]
fn a_program_can_build_an_event() {
    let mut message = MessageAdded::default();
    message.body = Some("Hello".to_owned());
    message.other.push(("Invented".to_owned(), "tomorrow".to_owned()));
    let event = Event::from(message.clone());
    assert_eq!(event, Event::MessageAdded(message));
    assert_eq!(event.event_type(), EventType::MessageAdded);
    assert_eq!(
        serde_json::to_value(&event).unwrap(),
        json!({ "EventType": "onMessageAdded", "Body": "Hello", "Invented": "tomorrow" })
    );
}

/// Compiles only if every event has a struct with `Default`, public fields, and a conversion into `Event`.
#[test]
fn every_event_can_be_built() {
    let events = types::events();
    let built: BTreeSet<_> = events.iter().map(|(_, event_type)| event_type.as_str()).collect();
    let documented: BTreeSet<_> = EventType::ALL.iter().map(EventType::as_str).collect();
    assert_eq!(built, documented, "cargo xtask bless writes tests/it/types.rs");
    for (event, event_type) in events {
        assert_eq!((event.event_type(), event.retry_count()), (event_type, Some(3)));
    }
}
