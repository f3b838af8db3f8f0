//! What is sent: requests and the parameters of lists, as forms.

use serde_json::{Map, Value, json};

use crate::{
    spec::{Operation, example, grouped, operations, pairs},
    table::codec,
};

/// The pairs of what a type makes of the value.
#[track_caller]
fn form(name: &str, value: &Value) -> Vec<(String, String)> {
    parse(&bytes(name, value))
}

#[track_caller]
fn bytes(name: &str, value: &Value) -> String {
    (codec(name).form)(value).unwrap_or_else(|error| panic!("{name} does not take {value}: {error}"))
}

fn parse(form: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(form.as_bytes()).into_owned().collect()
}

/// One name and value, escaped as a form has it.
fn pair(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

#[test]
fn every_sample_of_a_request_is_the_same_pairs() {
    let mut count = 0;
    for operation in operations() {
        for (name, sample) in operation.request_samples() {
            let made = form(&operation.request_type(), sample);
            assert_eq!(grouped(made), grouped(pairs(sample)), "{} {name}", operation.id);
            count += 1;
        }
    }
    assert!(count > 50, "only {count} samples");
}

#[test]
fn every_operation_with_a_body_has_a_sample() {
    for operation in operations().into_iter().filter(|operation| operation.body().is_some()) {
        assert!(!operation.request_samples().is_empty(), "{} has no sample of its request", operation.id);
    }
}

#[test]
fn a_request_with_everything_sends_everything() {
    for operation in operations() {
        if let Some(schema) = operation.body() {
            let full = example(schema);
            let made = form(&operation.request_type(), &full);
            assert_eq!(grouped(made), grouped(pairs(&full)), "{}", operation.id);
        }
    }
}

/// The fields that must be there, and one field that may be.
fn least(schema: &Value) -> Map<String, Value> {
    let required = schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
    required.map(|name| (name.to_owned(), example(&schema["properties"][name]))).collect()
}

fn optional(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let least = least(schema);
    let properties = schema["properties"].as_object().unwrap();
    properties.iter().filter(move |(name, _)| !least.contains_key(*name))
}

fn updates() -> impl Iterator<Item = (Operation, &'static Value)> {
    operations().into_iter().filter_map(|operation| Some((operation, operation.body()?))).filter(is_update)
}

fn is_update((operation, _): &(Operation, &Value)) -> bool {
    operation.id.starts_with("Update")
}

/// What is sent of a field when it is set: as the wire has it, byte for byte.
fn set_bytes(name: &str, value: &Value) -> String {
    let parts: Vec<_> = pairs(&json!({ name: value })).iter().map(|(name, value)| pair(name, value)).collect();
    parts.join("&")
}

#[test]
fn every_field_of_every_update_is_kept_set_or_cleared() {
    let mut count = 0;
    for (operation, schema) in updates() {
        let name = operation.request_type();
        let least = Value::Object(least(schema));
        let kept = bytes(&name, &least);
        let beside = |own: &str| if kept.is_empty() { own.to_owned() } else { format!("{kept}&{own}") };
        for (field, property) in optional(schema) {
            let with = |value: Value| {
                let mut request = least.clone();
                request[field] = value;
                parse(&bytes(&name, &request))
            };
            let value = example(property);
            let set = set_bytes(field, &value);
            assert_eq!(grouped(with(value)), grouped(parse(&beside(&set))), "{name}.{field} set");
            let clear = format!("{}=", pair(field, "").trim_end_matches('='));
            assert_eq!(grouped(with(Value::Null)), grouped(parse(&beside(&clear))), "{name}.{field} cleared");
            assert!(!kept.contains(&clear), "{name}.{field} kept: {kept}");
            count += 1;
        }
        if schema.get("required").is_none() {
            assert_eq!(kept, "", "{name} with nothing in it");
        }
    }
    assert!(count > 100, "only {count} fields");
}

#[test]
fn the_bytes_of_a_single_field_are_those_of_the_wire() {
    let mut count = 0;
    for (operation, schema) in updates().filter(|(_, schema)| schema.get("required").is_none()) {
        let name = operation.request_type();
        for (field, property) in optional(schema) {
            let value = example(property);
            assert_eq!(bytes(&name, &json!({ field: value })), set_bytes(field, &value), "{name}.{field} set");
            assert_eq!(bytes(&name, &json!({ field: null })), format!("{field}="), "{name}.{field} cleared");
            if property["type"] == "array" {
                assert_eq!(bytes(&name, &json!({ field: [] })), format!("{field}="), "{name}.{field} of none");
                let item = example(&property["items"]);
                let twice = set_bytes(field, &json!([item, item]));
                assert_eq!(bytes(&name, &json!({ field: [item, item] })), twice, "{name}.{field} of two");
                assert_eq!(twice.matches(&format!("{field}=")).count(), 2, "{twice}");
            }
            count += 1;
        }
    }
    assert!(count > 100, "only {count} fields");
}

#[test]
fn a_create_leaves_out_what_is_not_given() {
    for operation in operations().into_iter().filter(|operation| operation.id.starts_with("Create")) {
        let schema = operation.body().unwrap();
        let name = operation.request_type();
        let least = Value::Object(least(schema));
        let mut nulls = least.clone();
        optional(schema).for_each(|(field, _)| nulls[field] = Value::Null);
        assert_eq!(bytes(&name, &nulls), bytes(&name, &least), "{name}");
        assert_eq!(grouped(form(&name, &least)), grouped(pairs(&least)), "{name}");
    }
}

#[test]
fn a_request_without_what_it_needs_is_an_error_that_names_it() {
    let mut count = 0;
    for operation in operations() {
        let Some(schema) = operation.body() else { continue };
        for field in schema["required"].as_array().into_iter().flatten().map(|field| field.as_str().unwrap()) {
            let mut request = least(schema);
            request.remove(field);
            let error = (codec(&operation.request_type()).form)(&Value::Object(request)).unwrap_err();
            assert!(error.contains(&format!("missing field `{field}`")), "{}: {error}", operation.id);
            count += 1;
        }
    }
    assert!(count > 10, "only {count} fields are required");
}

#[test]
fn every_parameter_of_a_list_is_a_pair() {
    let mut count = 0;
    for operation in operations() {
        let Some(schema) = operation.params() else { continue };
        let name = operation.params_type();
        assert_eq!(bytes(&name, &json!({})), "", "{name} with nothing in it");
        let full = example(&schema);
        assert_eq!(grouped(form(&name, &full)), grouped(pairs(&full)), "{name}");
        for (parameter, property) in schema["properties"].as_object().unwrap() {
            let value = example(property);
            assert_eq!(bytes(&name, &json!({ parameter: value })), set_bytes(parameter, &value), "{name}.{parameter}");
            count += 1;
        }
    }
    assert!(count > 50, "only {count} parameters");
}

#[test]
fn a_secret_is_sent_and_shown_by_no_debug() {
    let mut count = 0;
    for operation in operations() {
        let Some(schema) = operation.body() else { continue };
        let properties = schema["properties"].as_object().unwrap();
        let secrets: Vec<_> = properties.iter().filter(|(_, property)| property["x-secret"] == true).collect();
        let name = operation.request_type();
        let mut request = Value::Object(least(schema));
        secrets.iter().for_each(|(field, _)| request[field.as_str()] = json!("hush-hush"));
        assert_eq!(bytes(&name, &request).matches("=hush-hush").count(), secrets.len(), "{name}");
        for text in (codec(&name).debug)(&request).unwrap() {
            assert!(text.starts_with(&name), "{text}");
            assert!(!text.contains("hush"), "{name} shows a secret: {text}");
            assert_eq!(text.matches("(..)").count(), secrets.len(), "{name} does not show what is set: {text}");
        }
        count += secrets.len();
    }
    assert!(count > 0, "no request has a secret");
}

#[test]
fn a_field_with_the_name_of_a_secret_is_marked_as_one() {
    let words = ["secret", "key", "token", "password", "certificate", "credential"];
    for operation in operations() {
        let properties = operation.body().into_iter().flat_map(|schema| schema["properties"].as_object().unwrap());
        for (field, property) in properties {
            let sounds_secret = words.iter().any(|word| field.to_lowercase().contains(word));
            assert_eq!(property["x-secret"] == true, sounds_secret, "{}.{field}", operation.id);
        }
    }
}
