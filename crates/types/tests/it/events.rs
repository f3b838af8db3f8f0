//! Events, whatever case their names come in, and what they are as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use twilio_conversations_types::event::{Event, MessageAdded};
use twilio_conversations_types::v1::EventType;

#[test]
fn an_event_s_name_in_another_case_is_that_event() {
    for event_type in EventType::ALL {
        let name = event_type.as_str();
        for other in [name.to_ascii_uppercase(), name.to_ascii_lowercase()] {
            let event = Event::from_pairs([("EventType", other.as_str()), ("RetryCount", "1")]).unwrap();
            assert!(!matches!(event, Event::Unknown { .. }), "{other}");
            assert_eq!(event.event_type().as_str(), name, "{other}");
            assert_eq!(event.retry_count(), Some(1), "{other}");
        }
    }
}

#[test]
fn a_name_in_another_case_is_kept_as_it_came() {
    let fields = [("EventType", "ONMESSAGEADDED"), ("Body", "hi"), ("EventType", "onMessageAdded")];
    let Event::MessageAdded(message) = Event::from_pairs(fields).unwrap() else { panic!("another event") };
    assert_eq!(message.body.as_deref(), Some("hi"));
    assert_eq!(message.other, [("EventType".to_owned(), "ONMESSAGEADDED".to_owned())]);
    let message = MessageAdded::from_pairs([("EventType", "onMessageAdded"), ("Body", "hi")]);
    assert!(message.other.is_empty());
}

#[test]
fn a_name_that_only_resembles_one_is_no_event_that_is_known() {
    for name in ["onMessageAddedd", "onmessage", " onMessageAdded", "onMessageAdd\u{e9}", ""] {
        let event = Event::from_pairs([("EventType", name)]).unwrap();
        let Event::Unknown { event_type, fields } = event else { panic!("{name:?} is known") };
        assert_eq!(event_type.as_str(), name);
        assert_eq!(fields, [("EventType".to_owned(), name.to_owned())]);
    }
}

#[test]
fn an_event_that_nobody_knows_has_an_account_and_a_count() {
    let account = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for event_type in ["onInventedAdded", "onMessageAdded"] {
        let read = |fields: &[(&str, &str)]| {
            Event::from_pairs(fields.iter().copied().chain([("EventType", event_type)])).unwrap()
        };
        let event = read(&[("AccountSid", account), ("RetryCount", "3")]);
        assert_eq!((event.account_sid().unwrap().as_str(), event.retry_count()), (account, Some(3)), "{event_type}");
        let without = read(&[("AccountSid", "")]);
        assert_eq!((without.account_sid(), without.retry_count()), (None, None), "{event_type}");
        for odd in ["", "two", "-1", "1.5", "4294967296"] {
            assert_eq!(read(&[("RetryCount", odd)]).retry_count(), None, "{event_type} {odd:?}");
            assert_eq!(
                read(&[("RetryCount", odd), ("RetryCount", "2")]).retry_count(),
                Some(2),
                "{event_type} {odd:?}"
            );
        }
    }
}

fn to_json(fields: &[(&str, &str)]) -> Value {
    let event = Event::from_pairs(fields.iter().copied()).unwrap();
    let text = serde_json::to_string(&event).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    // Read back, a name that stands there twice would have lost one.
    assert_eq!(value.to_string().len(), text.len(), "{text}");
    value
}

#[test]
fn an_event_is_an_object_with_the_names_of_the_wire_and_typed_values() {
    let media = r#"[{"Sid":"MEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","Size":42,"Colour":"red"}]"#;
    let json = to_json(&[
        ("Index", "7"),
        ("EventType", "onMessageAdded"),
        ("RetryCount", "1"),
        ("Body", ""),
        ("Attributes", "{ \"a\": 1 }"),
        ("DateCreated", "2026-01-02T03:04:05.678Z"),
        ("Media", media),
    ]);
    let media = json!([{ "Sid": "MEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Size": 42, "Colour": "red" }]);
    assert_eq!(
        json,
        json!({ "EventType": "onMessageAdded", "Index": 7, "RetryCount": 1, "Body": "", "Attributes": "{ \"a\": 1 }",
            "DateCreated": "2026-01-02T03:04:05.678Z", "Media": media })
    );
    let json = to_json(&[("EventType", "onUserUpdated"), ("isOnline", "true"), ("isNotifiable", "False")]);
    assert_eq!(json, json!({ "EventType": "onUserUpdated", "isOnline": true, "isNotifiable": false }));
}

#[test]
fn a_date_is_the_text_that_twilio_sends_to_the_millisecond_and_never_less_than_came() {
    for (came, written) in [
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05.600Z", "2026-01-02T03:04:05.600Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02T04:04:05.678+01:00", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05.678912Z", "2026-01-02T03:04:05.678912Z"),
        ("2016-12-31T23:59:60.500Z", "2016-12-31T23:59:60.500Z"),
        ("yesterday", "yesterday"),
    ] {
        let json = to_json(&[("EventType", "onMessageAdded"), ("DateCreated", came)]);
        assert_eq!(json["DateCreated"], written);
    }
}

#[test]
fn several_values_of_a_name_are_a_list_and_a_field_of_many_always_is() {
    let json = to_json(&[
        ("EventType", "onConversationAdded"),
        ("MessagingBinding.Address", "+15551230001"),
        ("FriendlyName", "first"),
        ("Invented", "b"),
        ("FriendlyName", "second"),
        ("Invented", "a"),
        ("DateCreated", "soon"),
        ("DateCreated", "2026-01-02T03:04:05.678Z"),
        ("Once", "1"),
    ]);
    assert_eq!(
        json,
        json!({ "EventType": "onConversationAdded", "MessagingBinding.Address": ["+15551230001"],
            "FriendlyName": ["first", "second"], "Invented": ["b", "a"], "Once": "1",
            "DateCreated": ["2026-01-02T03:04:05.678Z", "soon"] })
    );
    let json = to_json(&[("EventType", "onMessageAdd"), ("Media", "[]"), ("Media", "not json")]);
    assert_eq!(json["Media"], json!([[], "not json"]));
}

#[test]
fn an_event_s_name_is_written_as_it_came() {
    assert_eq!(to_json(&[("EventType", "ONMESSAGEADD")]), json!({ "EventType": "ONMESSAGEADD" }));
    let json = to_json(&[("EventType", "onMessageAdd"), ("EventType", "onMessageRemove")]);
    assert_eq!(json, json!({ "EventType": ["onMessageAdd", "onMessageRemove"] }));
    let json = to_json(&[("Question", "why"), ("EventType", "onInventedAdded"), ("Question", "how")]);
    assert_eq!(json, json!({ "Question": ["why", "how"], "EventType": "onInventedAdded" }));
    let message = MessageAdded::from_pairs([("Body", "hi")]);
    assert_eq!(serde_json::to_value(&message).unwrap(), json!({ "EventType": "onMessageAdded", "Body": "hi" }));
}

#[test]
fn no_field_of_any_event_is_lost_in_json() {
    let names = field_names();
    let unknown = ["onInventedAdded".to_owned()];
    for event_type in EventType::ALL.iter().map(|event_type| event_type.as_str().to_owned()).chain(unknown) {
        // Texts that no number, date, flag or JSON is read from, twice and three times.
        let mut fields = vec![("EventType", event_type.as_str())];
        for (name, count) in names.iter().zip([2, 3, 1].into_iter().cycle()) {
            fields.extend(["x", "y", "z"][..count].iter().map(|text| (name.as_str(), *text)));
        }
        fields.rotate_left(5);
        let mut expected: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, text) in &fields {
            expected.entry(name).or_default().push(text);
        }
        let json = to_json(&fields);
        let members = json.as_object().unwrap();
        assert_eq!(members.len(), expected.len());
        for (name, texts) in expected {
            let found: Vec<_> = match &members[name] {
                Value::Array(values) => values.iter().map(|value| value.as_str().unwrap()).collect(),
                value => vec![value.as_str().unwrap()],
            };
            assert_eq!(found, texts, "{event_type} {name}");
        }
    }
}

/// The names of all fields of all events but for the event's own name, and one that nobody knows.
pub(crate) fn field_names() -> Vec<String> {
    let files = codegen::events(&crate::spec::SOURCES).unwrap();
    let names = files.values().flat_map(|file| file["fields"].as_object().unwrap().keys().cloned());
    let names: std::collections::BTreeSet<_> = names.filter(|name| name != "EventType").collect();
    names.into_iter().chain(["Invented".to_owned()]).collect()
}

/// A request as a WhatsApp button causes it, with fields that the guide does not have.
#[test]
fn fields_that_were_seen_and_are_not_documented_are_typed() {
    let webhook = format!("WH{}", "a".repeat(32));
    let service = format!("IS{}", "b".repeat(32));
    let content = format!("HX{}", "c".repeat(32));
    let metadata = r#"{"type":"whatsapp","data":{"context":{"ProfileName":"Ann"}}}"#;
    let fields = |event_type| {
        [
            ("EventType", event_type),
            ("ConversationSid", "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ("ChatServiceSid", service.as_str()),
            ("ContentSid", content.as_str()),
            ("ChannelMetadata", metadata),
            ("ButtonText", "Yes, please"),
            ("ButtonPayload", "yes"),
            ("Source", "WHATSAPP"),
            ("RetryCount", "0"),
        ]
    };
    let Ok(Event::MessageAdd(add)) = Event::from_pairs(fields("onMessageAdd")) else { panic!("another event") };
    assert_eq!(add.other, []);
    assert_eq!(add.chat_service_sid.unwrap().as_str(), service);
    assert_eq!(add.content_sid.unwrap().as_str(), content);
    let data: Value = serde_json::from_str(add.channel_metadata.unwrap().as_str()).unwrap();
    assert_eq!(data["data"]["context"]["ProfileName"], "Ann");
    assert_eq!((add.button_text.as_deref(), add.button_payload.as_deref()), (Some("Yes, please"), Some("yes")));

    let scoped = fields("onMessageAdded").into_iter().chain([("WebhookSid", webhook.as_str())]);
    let Ok(Event::MessageAdded(added)) = Event::from_pairs(scoped) else { panic!("another event") };
    assert_eq!(added.other, []);
    assert_eq!(added.webhook_sid.unwrap().as_str(), webhook);
    assert_eq!(added.button_payload.as_deref(), Some("yes"));
}
