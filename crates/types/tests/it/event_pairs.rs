//! Events as form fields: every event is read back from the fields that it is written as.

use twilio_conversations_types::event::{ConversationAdded, Event, MessageAdded, UserUpdated};
use twilio_conversations_types::v1::EventType;

use crate::{events::field_names, types};

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn read(pairs: &[(&str, &str)]) -> Event {
    Event::from_pairs(pairs.iter().copied()).unwrap()
}

#[track_caller]
fn assert_read_back(event: &Event) {
    let pairs = event.to_pairs();
    assert_eq!(read(&borrowed(&pairs)), *event, "{pairs:#?}");
}

/// Values of every type, and values that no type accepts.
const VALUES: [&str; 17] = [
    "",
    "0",
    "-7",
    "true",
    "FALSE",
    "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "2026-01-02T03:04:05.678Z",
    "2026-01-02T04:04:05+01:00",
    "2016-12-31T23:59:60.500123Z",
    "PT5M",
    r#"[{"Sid":"MEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","Size":"large","Colour":[1,null]}]"#,
    "[]",
    "{ \"a\": 1 }",
    " +15550000002, +15550000001,",
    "\"Doe, Jo\"@example.com",
    "active",
    "é & = + %20 \u{1f600}\r\n",
];

#[test]
fn every_event_is_read_back_from_its_fields_whatever_their_values() {
    let names = field_names();
    for event_type in EventType::ALL.iter().map(EventType::as_str).chain(["onInventedAdded"]) {
        for first in VALUES {
            for second in VALUES {
                let mut pairs = vec![("EventType", event_type)];
                pairs.extend(names.iter().map(|name| (name.as_str(), first)));
                pairs.extend(names.iter().rev().map(|name| (name.as_str(), second)));
                assert_read_back(&read(&pairs));
            }
        }
    }
}

#[test]
fn every_event_that_a_program_builds_is_written_with_its_name_and_its_members() {
    for (event, event_type) in types::events() {
        let name = event_type.as_str().to_owned();
        let expected = [("EventType".to_owned(), name), ("RetryCount".to_owned(), "3".to_owned())];
        assert_eq!(event.to_pairs(), expected);
        assert_read_back(&event);
        assert_eq!(Event::from(&event), event);
    }
}

#[test]
fn a_request_in_the_forms_that_twilio_uses_is_written_unchanged() {
    let pairs = [
        ("EventType", "onConversationAdded"),
        ("RetryCount", "0"),
        ("ConversationSid", "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("DateCreated", "2026-01-02T03:04:05.600Z"),
        ("State", "active"),
        ("FriendlyName", ""),
        ("Attributes", "{ \"a\": 1 }"),
        ("MessagingBinding.Address", "+15550000002"),
        ("MessagingBinding.Address", "+15550000001"),
        ("Invented", "b"),
        ("Invented", "a"),
    ];
    let (mut written, mut expected) = (read(&pairs).to_pairs(), pairs.to_vec());
    let order = |pairs: &[(String, String)], name| {
        let values: Vec<_> = pairs.iter().filter(|(field, _)| field == name).map(|(_, value)| value.clone()).collect();
        values
    };
    assert_eq!(order(&written, "MessagingBinding.Address"), ["+15550000002", "+15550000001"]);
    assert_eq!(order(&written, "Invented"), ["b", "a"]);
    written.sort();
    expected.sort_unstable();
    assert_eq!(borrowed(&written), expected);

    let user = UserUpdated::from_pairs([("isOnline", "True"), ("isNotifiable", "false")]);
    let user = user.to_pairs();
    assert_eq!(borrowed(&user), [("EventType", "onUserUpdated"), ("isOnline", "true"), ("isNotifiable", "false")]);
}

#[test]
fn the_name_of_an_event_is_written_as_received_and_always_first_if_another_name_follows() {
    for (pairs, expected) in [
        (&[("EventType", "ONMESSAGEADDED")][..], &["ONMESSAGEADDED"][..]),
        (
            &[("EventType", "onMessageAdded"), ("EventType", "onMessageRemoved")],
            &["onMessageAdded", "onMessageRemoved"],
        ),
        (&[("EventType", "OnMessageAdded"), ("EventType", "onMessageAdded")], &["OnMessageAdded"]),
        (&[("EventType", "onInventedAdded"), ("EventType", "onMessageAdded")], &["onInventedAdded", "onMessageAdded"]),
    ] {
        let event = read(pairs);
        let names: Vec<_> = event.to_pairs().into_iter().map(|(_, value)| value).collect();
        assert_eq!(names, expected);
        assert_read_back(&event);
    }
    // Read as this event although its name says otherwise.
    let message = MessageAdded::from_pairs([("EventType", "onInventedAdded"), ("EventType", "ONMESSAGEADDED")]);
    assert_read_back(&message.into());
}

#[test]
fn an_undocumented_event_is_written_with_its_name_even_if_a_program_left_it_out() {
    let fields = vec![("Question".to_owned(), "why".to_owned())];
    let event = Event::Unknown { event_type: "onInventedAdded".into(), fields };
    let pairs = event.to_pairs();
    assert_eq!(borrowed(&pairs), [("EventType", "onInventedAdded"), ("Question", "why")]);
}

#[test]
fn a_comma_in_one_of_several_values_needs_a_quoted_local_part_to_be_read_as_one() {
    let mut conversation = ConversationAdded::default();
    conversation.messaging_binding_address = vec!["\"Doe, Jo\"@example.com".into(), "+15550000001".into()];
    assert_read_back(&conversation.clone().into());
    conversation.messaging_binding_address = vec!["a,b".into()];
    let pairs = conversation.to_pairs();
    let again = ConversationAdded::from_pairs(borrowed(&pairs));
    assert_eq!(again.messaging_binding_address, ["a", "b"]);
}
