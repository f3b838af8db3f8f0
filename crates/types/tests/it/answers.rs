//! What the server answers, as documented and otherwise.

use serde_json::{Value, json};
use twilio_conversations_types::v1::{Conversation, ConversationMessage};

use crate::{
    spec::{self, as_read, example, operations, prefix, resolve, without_nulls},
    table::{answer_schemas, codec},
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

#[test]
fn an_answer_of_nothing_but_its_sid_is_read() {
    for (name, schema) in answer_schemas() {
        let least = least(&schema);
        assert_eq!(read(&name, &least), least, "{name}");
        let members: Vec<_> = least.as_object().unwrap().keys().collect();
        assert!(members.is_empty() || members == ["sid"], "{name} cannot do without {members:?}");
    }
}

#[test]
fn an_item_without_its_sid_is_an_error_that_says_so() {
    let mut count = 0;
    for (name, schema) in answer_schemas().into_iter().filter(|(_, schema)| schema.get("required").is_some()) {
        let error = (codec(&name).json)(&json!({})).unwrap_err();
        assert!(error.contains("missing field `sid`"), "{name}: {error}");
        let error = (codec(&name).json)(&json!({ "sid": null })).unwrap_err();
        assert!(error.contains("null"), "{name}: {error}");
        assert_eq!(schema["required"], json!(["sid"]), "{name}");
        count += 1;
    }
    assert!(count >= 15, "only {count} items have a sid");
}

/// Members that nobody knows are kept where the documentation is known to be incomplete, and left out elsewhere.
#[test]
fn members_that_nobody_knows_do_no_harm() {
    for (name, schema) in answer_schemas() {
        let full = example(&schema);
        let mut more = full.clone();
        more["tomorrow"] = json!({ "a": [1, "b"] });
        let expected = if schema["additionalProperties"] == true { &more } else { &full };
        assert_eq!(read(&name, &more), without_nulls(expected), "{name}");
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
                for (word, value) in [("False", json!(false)), ("true", json!(true)), ("maybe", Value::Null)] {
                    let mut answer = least(&schema);
                    answer[member] = json!(word);
                    let made = read(&name, &answer);
                    // What a sample shows is kept as it came where it is not understood.
                    let value = if is_tolerant(&schema) && value.is_null() { json!(word) } else { value };
                    assert_eq!(made.get(member).unwrap_or(&Value::Null), &value, "{name}.{member} of {word:?}");
                }
                count += 1;
            }
        }
    }
    assert!(count > 10, "only {count} booleans");
}

/// Whether the documentation knows the schema by samples only.
fn is_tolerant(schema: &Value) -> bool {
    schema["additionalProperties"] == true
}

/// A member that is not as documented is an error; where the documentation is a sample, it is kept as it came.
#[track_caller]
fn refused_or_kept(name: &str, schema: &Value, answer: &Value, member: &str) {
    match (codec(name).json)(answer) {
        Ok(made) => {
            assert!(is_tolerant(schema), "{name} took {} as {member}", answer[member]);
            assert_eq!(made[member], answer[member], "{name} lost {member}");
        }
        Err(error) => assert!(!is_tolerant(schema), "{name} refused {} as {member}: {error}", answer[member]),
    }
}

#[test]
fn a_member_of_another_type_is_an_error() {
    for (name, schema) in answer_schemas() {
        for (member, property) in schema["properties"].as_object().into_iter().flatten() {
            // Whatever it is, a list in a list is not it, unless anything is.
            if resolve(property).get("type").is_some() {
                let mut answer = least(&schema);
                answer[member] = json!([[]]);
                refused_or_kept(&name, &schema, &answer, member);
            }
        }
        for other in [json!(7), json!("text")] {
            assert!((codec(&name).json)(&other).is_err(), "{name} took {other}");
        }
    }
}

#[test]
fn a_date_that_is_none_is_an_error() {
    for (name, schema) in answer_schemas() {
        for (member, property) in schema["properties"].as_object().into_iter().flatten() {
            if property["format"] == "date-time" {
                for bad in ["", "yesterday", "2026-01-02", "2026-13-02T03:04:05Z"] {
                    let mut answer = least(&schema);
                    answer[member] = json!(bad);
                    refused_or_kept(&name, &schema, &answer, member);
                }
            }
        }
    }
}

#[test]
fn every_struct_is_an_answer_or_a_request() {
    let answers = answer_schemas();
    for name in types::structs().keys().filter(|name| !answers.contains_key(**name)) {
        let operation = name.strip_suffix("Request").or_else(|| name.strip_suffix("Params"));
        let known = operation.is_some_and(|id| operations().iter().any(|operation| operation.id == id));
        assert!(known, "{name} is neither an answer nor a request");
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
