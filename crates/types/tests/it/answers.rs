//! What the server answers, as documented and otherwise.

use serde_json::{Value, json};
use twilio_conversations_types::{
    ConversationSid,
    v1::{Configuration, Conversation, ConversationMessage, page::ListConversationParticipantResponse},
};

use crate::{
    spec::{self, as_read, example, operations, prefix, resolve, without_nulls},
    table::{answer_schemas, codec, is_page},
    types,
};

/// What a type makes of the value, without nulls.
#[track_caller]
fn read(name: &str, value: &Value) -> Value {
    match (codec(name).json)(value) {
        Ok(made) => without_nulls(&made),
        Err(error) => panic!("{name} does not take {value}: {error}"),
    }
}

#[test]
fn every_sample_of_an_answer_is_read_and_written_as_it_was() {
    let mut count = 0;
    for operation in operations() {
        for (status, name, sample) in operation.answer_samples() {
            let made = read(&operation.answer_type().unwrap(), sample);
            let expected = as_read(operation.answer().unwrap(), sample);
            assert_eq!(made, expected, "{} {status} {name}", operation.id);
            count += 1;
        }
    }
    assert!(count > 80, "only {count} samples");
}

#[test]
fn every_operation_that_answers_has_a_sample() {
    for operation in operations().into_iter().filter(|operation| operation.answer().is_some()) {
        assert!(!operation.answer_samples().is_empty(), "{} has no sample of its answer", operation.id);
    }
}

#[test]
fn every_sample_of_a_schema_is_read_and_written_as_it_was() {
    let mut count = 0;
    for (name, schema) in spec::schemas() {
        if let Some(sample) = schema.get("example") {
            assert_eq!(read(&spec::type_name(name), sample), without_nulls(sample), "{name}");
            count += 1;
        }
    }
    assert!(count > 0, "no schema has a sample");
}

#[test]
fn every_answer_is_read_in_full() {
    for (name, schema) in answer_schemas() {
        let full = example(&schema);
        assert_eq!(read(&name, &full), without_nulls(&full), "{name}");
    }
}

/// Bodies that have no documented member of any resource.
fn foreign_bodies() -> [Value; 5] {
    [
        json!({}),
        json!({ "ok": true }),
        json!({ "code": 20404, "message": "not found", "more_info": "https://example.com/", "status": 404 }),
        json!({ "title": "Not found", "status": 404, "code": 20404, "detail": "no such thing", "errors": [] }),
        json!({ "data": { "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "sid": "x" } }),
    ]
}

#[test]
fn a_response_without_any_documented_member_is_an_error() {
    let mut names = std::collections::BTreeSet::new();
    for operation in operations() {
        let Some(name) = operation.answer_type() else { continue };
        for body in foreign_bodies() {
            let error = (codec(&name).json)(&body).expect_err(&format!("{name} took {body}"));
            let expected = if WITHOUT_SID.contains(&&*name) {
                "expected an object with documented members, such as `"
            } else {
                "missing field `"
            };
            assert!(error.contains(expected), "{name}: {error}");
        }
        names.insert(name);
    }
    assert!(names.len() > 20, "{names:?}");
}

#[test]
fn an_item_without_any_documented_member_is_an_error() {
    for (name, schema) in answer_schemas().into_iter().filter(|(name, _)| is_page(name)) {
        let items = schema["required"][0].as_str().unwrap();
        for item in foreign_bodies().into_iter().chain([json!(null), json!([]), json!(7), json!("x")]) {
            let error = (codec(&name).json)(&json!({ items: [item] })).expect_err(&format!("{name} took {item}"));
            assert!(error.contains("missing field `sid`") || error.contains("expected an object"), "{name}: {error}");
        }
    }
}

#[test]
fn items_under_the_name_that_meta_gives_are_read_and_written_under_their_own() {
    for (name, schema) in answer_schemas().into_iter().filter(|(name, _)| is_page(name)) {
        let own = schema["required"][0].as_str().unwrap();
        let full = without_nulls(&example(&schema));
        let items = full[own].clone();
        assert!(!items.as_array().unwrap().is_empty(), "{name}");
        let meta = json!({ "key": "things", "page": 1 });
        let made = read(&name, &json!({ "meta": meta, "things": items }));
        assert_eq!(made, json!({ "meta": meta, own: items }), "{name}");
        // The documented name goes first, and the other is kept.
        let made = read(&name, &json!({ "meta": meta, own: items, "things": [1] }));
        assert_eq!((&made[own], &made["things"]), (&items, &json!([1])), "{name}");
    }
}

/// Reads from a string, since a `Value` has no order of its members.
fn page_of_participants(body: &str) -> Result<ListConversationParticipantResponse, String> {
    serde_json::from_str(body).map_err(|error| error.to_string())
}

#[test]
fn items_under_the_name_that_meta_gives_are_read_wherever_meta_is() {
    let item = r#"{"sid": "MBaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
    for body in [
        format!(r#"{{"meta": {{"key": "things"}}, "things": [{item}]}}"#),
        format!(r#"{{"things": [{item}], "meta": {{"key": "things"}}}}"#),
        format!(r#"{{"others": [], "things": [{item}], "meta": {{"key": "things"}}, "more": 1}}"#),
    ] {
        let page = page_of_participants(&body).unwrap();
        assert_eq!(page.participants.len(), 1, "{body}");
        assert!(!page.extra.contains_key("things"), "{body}");
    }
}

#[test]
fn items_that_meta_names_and_that_are_none_are_an_error() {
    for (body, problem) in [
        (r#"{"meta": {"key": "things"}}"#, "missing field `participants`"),
        (r#"{"meta": {"key": "things"}, "others": []}"#, "missing field `participants`"),
        (r#"{"meta": {"key": null}, "null": []}"#, "missing field `participants`"),
        (r#"{"meta": {"key": ""}, "others": []}"#, "missing field `participants`"),
        (r#"{"meta": {"key": "meta"}}"#, "missing field `participants`"),
        (r#"{"meta": null, "things": []}"#, "missing field `participants`"),
        (r#"{"meta": {"key": "things"}, "things": null}"#, "expected a sequence"),
        (r#"{"meta": {"key": "things"}, "things": {"a": 1}}"#, "expected a sequence"),
        (r#"{"meta": {"key": "things"}, "things": [{}]}"#, "missing field `sid`"),
        (r#"{"things": [{}], "meta": {"key": "things"}}"#, "expected items as documented"),
        (r#"{"things": null, "meta": {"key": "things"}}"#, "expected items as documented"),
        (r#"{"things": [], "meta": {"key": 7}}"#, "expected a string"),
    ] {
        let error = page_of_participants(body).expect_err(body);
        assert!(error.contains(problem), "{body}: {error}");
    }
}

/// The members that must be there, and no others.
fn least(schema: &Value) -> Value {
    let required = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
    required.map(|name| (name.to_owned(), example(&schema["properties"][name]))).collect()
}

#[test]
fn an_answer_of_nulls_is_read() {
    for (name, schema) in answer_schemas() {
        let least = least(&schema);
        let mut nulls = least.clone();
        for member in schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
            if least.get(member).is_none() {
                nulls[member] = Value::Null;
            }
        }
        assert_eq!(read(&name, &nulls), least, "{name}");
    }
}

/// The responses without required members.
const WITHOUT_SID: [&str; 7] = [
    "Configuration",
    "ConfigurationWebhook",
    "ParticipantConversation",
    "ServiceConfiguration",
    "ServiceNotification",
    "ServiceWebhookConfiguration",
    "UserConversation",
];

#[test]
fn an_answer_of_nothing_but_its_sid_or_one_documented_member_is_read() {
    for (name, schema) in answer_schemas() {
        let least = least(&schema);
        if WITHOUT_SID.contains(&&*name) {
            for (member, property) in schema["properties"].as_object().unwrap() {
                let one = json!({ member: example(property) });
                assert_eq!(read(&name, &one), one, "{name}");
                assert_eq!(read(&name, &json!({ member: null, "ok": true })), json!({ "ok": true }), "{name}");
            }
            continue;
        }
        assert_eq!(read(&name, &least), least, "{name}");
        let members: Vec<_> = least.as_object().unwrap().keys().collect();
        let is_least = members.is_empty() || members == ["sid"] || is_page(&name);
        assert!(is_least, "{name} cannot do without {members:?}");
    }
}

#[test]
fn an_item_without_its_sid_is_an_error_that_says_so() {
    let mut count = 0;
    let is_item = |(name, schema): &(String, Value)| schema.get("required").is_some() && !is_page(name);
    for (name, schema) in answer_schemas().into_iter().filter(is_item) {
        let error = (codec(&name).json)(&json!({})).unwrap_err();
        assert!(error.contains("missing field `sid`"), "{name}: {error}");
        let error = (codec(&name).json)(&json!({ "sid": null })).unwrap_err();
        assert!(error.contains("null"), "{name}: {error}");
        assert_eq!(schema["required"], json!(["sid"]), "{name}");
        count += 1;
    }
    assert!(count >= 10, "only {count} items have a sid");
}

#[test]
fn a_page_without_its_items_is_an_error_that_says_so() {
    for (name, schema) in answer_schemas().into_iter().filter(|(name, _)| is_page(name)) {
        let items = schema["required"][0].as_str().unwrap();
        for wrong in [json!({}), json!({ "meta": {} }), json!({ "others": [] })] {
            let error = (codec(&name).json)(&wrong).unwrap_err();
            assert!(error.contains(&format!("missing field `{items}`")), "{name}: {error}");
        }
        assert!((codec(&name).json)(&json!({ items: null })).is_err(), "{name}");
    }
}

#[test]
fn members_that_are_not_known_are_kept() {
    for (name, schema) in answer_schemas() {
        let mut more = example(&schema);
        more["tomorrow"] = json!({ "a": [1, "b"] });
        assert_eq!(read(&name, &more), without_nulls(&more), "{name}");
    }
}

/// The same value with enums of tomorrow and SIDs of 24 characters, as one of the documentation's samples has them.
fn odd(schema: &Value) -> Value {
    let schema = resolve(schema);
    if let Some(prefix) = prefix(schema) {
        return json!(format!("{prefix}{}", "X".repeat(22)));
    }
    if schema.get("enum").is_some() {
        return json!("of tomorrow");
    }
    match schema["properties"].as_object() {
        Some(properties) => properties.iter().map(|(name, schema)| (name.clone(), odd(schema))).collect(),
        None if schema["type"] == "array" => json!([odd(&schema["items"])]),
        None => example(schema),
    }
}

#[test]
fn unknown_enum_values_and_odd_sids_are_kept() {
    let (mut sids, mut values) = (0, 0);
    for (name, schema) in answer_schemas() {
        let odd = odd(&schema);
        assert_eq!(read(&name, &odd), without_nulls(&odd), "{name}");
        let text = odd.to_string();
        sids += text.matches("XXXXXXXXXXXXXXXXXXXXXX\"").count();
        values += text.matches("\"of tomorrow\"").count();
    }
    assert!(sids > 50 && values > 20, "only {sids} SIDs and {values} enum values were odd");
}

#[test]
fn a_boolean_may_come_as_a_word() {
    let mut count = 0;
    for (name, schema) in answer_schemas() {
        for (member, property) in schema["properties"].as_object().into_iter().flatten() {
            if resolve(property)["type"] == "boolean" {
                for (word, value) in [("False", json!(false)), ("true", json!(true)), ("maybe", json!("maybe"))] {
                    let mut answer = least(&schema);
                    answer[member] = json!(word);
                    let made = read(&name, &answer);
                    assert_eq!(made.get(member).unwrap_or(&Value::Null), &value, "{name}.{member} of {word:?}");
                }
                count += 1;
            }
        }
    }
    assert!(count >= 10, "only {count} booleans");
}

/// Whether a member of another type is an error: where a list is, and what is required.
fn is_strict(name: &str, schema: &Value, member: &str) -> bool {
    let required = schema["required"].as_array();
    is_page(name) || schema["x-strict"] == true || required.is_some_and(|names| names.contains(&json!(member)))
}

/// A member that is not as documented is kept verbatim, unless the response would mean something else without it.
#[track_caller]
fn kept_unless_strict(name: &str, schema: &Value, response: &Value, member: &str) {
    let is_strict = is_strict(name, schema, member);
    match (codec(name).json)(response) {
        Ok(made) => {
            assert!(!is_strict, "{name} took {} as {member}", response[member]);
            assert_eq!(made[member], response[member], "{name} lost {member}");
        }
        Err(error) => assert!(is_strict, "{name} rejected {} as {member}: {error}", response[member]),
    }
}

#[test]
fn a_member_of_another_type_fails_nothing_but_a_page_or_what_is_required() {
    for (name, schema) in answer_schemas() {
        for (member, property) in schema["properties"].as_object().into_iter().flatten() {
            // Whatever it is, a list in a list is not it, unless anything is.
            if resolve(property).get("type").is_some() {
                let mut response = least(&schema);
                response[member] = json!([[]]);
                kept_unless_strict(&name, &schema, &response, member);
            }
        }
        for other in [json!(7), json!("text"), json!([])] {
            assert!((codec(&name).json)(&other).is_err(), "{name} took {other}");
        }
    }
}

#[test]
fn a_date_that_is_none_is_kept_as_a_string() {
    let mut count = 0;
    for (name, schema) in answer_schemas() {
        for (member, property) in schema["properties"].as_object().into_iter().flatten() {
            if property["format"] == "date-time" {
                for bad in ["", "yesterday", "2026-01-02", "2026-13-02T03:04:05Z", "Fri, 02 Jan 2026 03:04:05 +0000"] {
                    let mut response = least(&schema);
                    response[member] = json!(bad);
                    kept_unless_strict(&name, &schema, &response, member);
                    count += 1;
                }
            }
        }
    }
    assert!(count > 100, "only {count} dates");
}

#[test]
fn one_odd_member_of_one_item_does_not_fail_the_page() {
    let page: ListConversationParticipantResponse = serde_json::from_value(json!({
        "participants": [
            { "sid": "MBaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "last_read_message_index": "12",
              "last_read_timestamp": "Fri, 02 Jan 2026 03:04:05 +0000", "identity": "alice" },
            { "sid": "MBbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "last_read_message_index": 12,
              "last_read_timestamp": "2026-01-02T03:04:05Z" },
        ],
    }))
    .unwrap();
    let [odd, usual] = page.participants.as_slice() else { panic!("{page:?}") };
    assert_eq!((odd.last_read_message_index, odd.identity.as_deref()), (None, Some("alice")));
    assert_eq!(odd.extra["last_read_message_index"], "12");
    assert_eq!(odd.extra["last_read_timestamp"], "Fri, 02 Jan 2026 03:04:05 +0000");
    assert_eq!(usual.last_read_message_index, Some(12));
    assert_eq!(usual.last_read_timestamp.unwrap().timestamp(), 1_767_323_045);
    assert!(usual.extra.is_empty());
}

#[test]
fn a_member_is_written_once_whatever_was_read_and_set() {
    let mut conversation: Conversation =
        serde_json::from_str(r#"{"sid": "CH1", "url": 7, "url": "x", "friendly_name": "y", "friendly_name": 8}"#)
            .unwrap();
    assert_eq!((conversation.url.as_deref(), &conversation.friendly_name), (Some("x"), &None));
    assert_eq!(Value::Object(conversation.extra.clone()), json!({ "friendly_name": 8 }));
    assert_eq!(serde_json::to_string(&conversation).unwrap(), r#"{"sid":"CH1","url":"x","friendly_name":8}"#);
    let nulls: Conversation =
        serde_json::from_str(r#"{"sid": "CH1", "url": "x", "url": null, "friendly_name": 8, "friendly_name": null}"#)
            .unwrap();
    assert_eq!(serde_json::to_string(&nulls).unwrap(), r#"{"sid":"CH1"}"#);
    conversation.friendly_name = Some("z".to_owned());
    assert_eq!(serde_json::to_string(&conversation).unwrap(), r#"{"sid":"CH1","friendly_name":"z","url":"x"}"#);
}

#[test]
fn responses_are_made_outside_of_the_crate() {
    let sid: ConversationSid = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap();
    let mut conversation = Conversation::new(&sid);
    conversation.friendly_name = Some("Order 4711".to_owned());
    let written = serde_json::to_value(&conversation).unwrap();
    assert_eq!(written, json!({ "sid": sid.as_str(), "friendly_name": "Order 4711" }));
    let mut configuration = Configuration::default();
    configuration.default_inactive_timer = Some("PT1H".parse().unwrap());
    assert_eq!(serde_json::to_value(&configuration).unwrap(), json!({ "default_inactive_timer": "PT1H" }));
    assert_eq!(Configuration::new(), Configuration::default());
}

#[test]
fn every_struct_is_a_response_or_a_request() {
    let responses = answer_schemas();
    let requests = operations().into_iter().flat_map(|operation| [operation.request_type(), operation.params_type()]);
    let requests: std::collections::BTreeSet<_> = requests.collect();
    for name in types::structs().keys().filter(|name| !responses.contains_key(**name)) {
        assert!(requests.contains(*name), "{name} is neither a response nor a request");
    }
}

#[test]
fn parts_known_by_samples_keep_what_is_not_as_expected_and_lose_nothing() {
    let wire = json!({
        "sid": "IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "delivery": { "total": 2, "sent": 1, "read": "all", "new": null },
        "media": [{ "sid": "ME1", "size": "12", "filename": "a.png" }],
        "links": { "delivery_receipts": "https://example.com/r", "gone": null },
    });
    let message: ConversationMessage = serde_json::from_value(wire.clone()).unwrap();
    let delivery = message.delivery.as_ref().unwrap();
    assert_eq!((delivery.total, &delivery.sent), (Some(2), &None));
    assert_eq!(delivery.read.as_ref().unwrap().as_str(), "all");
    assert_eq!(Value::Object(delivery.extra.clone()), json!({ "sent": 1, "new": null }));
    let media = &message.media.as_ref().unwrap()[0];
    assert_eq!((media.filename.as_deref(), media.size), (Some("a.png"), None));
    assert_eq!(media.extra["size"], "12");
    assert_eq!(message.links.as_ref().unwrap().len(), 1);
    let again = serde_json::to_value(&message).unwrap();
    assert_eq!((&again["delivery"], &again["media"]), (&wire["delivery"], &wire["media"]));

    let wire = json!({
        "sid": "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "timers": { "date_inactive": "", "date_closed": "2026-01-02T03:04:05Z" },
        "bindings": { "email": "a@example.com" },
    });
    let conversation: Conversation = serde_json::from_value(wire.clone()).unwrap();
    let timers = conversation.timers.as_ref().unwrap();
    assert!(timers.date_inactive.is_none() && timers.date_closed.is_some());
    assert_eq!(conversation.bindings.as_ref().unwrap().extra["email"], "a@example.com");
    let again = serde_json::to_value(&conversation).unwrap();
    assert_eq!((&again["timers"], &again["bindings"]), (&wire["timers"], &wire["bindings"]));
}
