//! Our specification as the vendor would publish it: a whole OpenAPI document with the vendor's manners.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::support::documented;

/// How the vendor writes enums.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Enums {
    Inline,
    /// With members beside the reference, which OpenAPI 3.0 ignores.
    ByReference,
}

const REFERENCE: &str = "#/components/schemas/";

/// Our document as the vendor would publish it.
pub(crate) fn vendor(root: &Value, enums: Enums) -> Value {
    let mut document = schema_shape(root, root, enums);
    let schemas = document["components"]["schemas"].as_object_mut().expect("schemas");
    schemas.retain(|name, schema| {
        !["page_meta", "error_body"].contains(&name.as_str())
            && (enums == Enums::ByReference || schema.get("enum").is_none())
    });
    document.as_object_mut().expect("a document").remove("security");
    document["info"] = json!({ "title": "Conversations", "version": "1.0.0", "termsOfService": "https://example.com" });
    document["tags"] = json!([{ "name": "ConversationsV1Conversation" }]);
    let paths = document["paths"].as_object_mut().expect("paths");
    for item in paths.values_mut().filter_map(Value::as_object_mut) {
        item["x-twilio"]["parent"] = json!("/Conversations");
        for (method, operation) in item.iter_mut().filter(|(name, _)| *name != "x-twilio") {
            assert!(["get", "post", "delete"].contains(&method.as_str()));
            vendor_operation(operation);
        }
        item.insert("servers".into(), json!([{ "url": "https://conversations.twilio.com" }]));
        item.insert("description".into(), json!("What the vendor says."));
    }
    document
}

fn vendor_operation(operation: &mut Value) {
    let members = operation.as_object_mut().expect("an operation");
    members.shift_remove("summary");
    members.insert("description".into(), json!("What the vendor says."));
    members.insert("security".into(), json!([{ "accountSid_authToken": [] }]));
    members.insert("x-maturity".into(), json!(["GA"]));
    if members.get("parameters") == Some(&json!([])) {
        members.shift_remove("parameters");
    }
    if let Some(body) = members.get_mut("requestBody") {
        body.as_object_mut().expect("a body").shift_remove("required");
    }
    for response in members["responses"].as_object_mut().expect("responses").values_mut() {
        response["headers"] =
            json!({ "Access-Control-Allow-Origin": { "schema": { "type": "string" }, "example": "*" } });
        response["description"] = json!("OK");
    }
}

/// The document with descriptions that name no events, for a specification without any.
pub(crate) fn without_events(mut document: Value) -> Value {
    fn change(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(words) if name == "description" => *words = "The vendor's words.".to_owned(),
                        other => change(other),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(change),
            _ => {}
        }
    }
    change(&mut document);
    document
}

/// Other words than ours about the same events.
fn vendors_words(description: &Value) -> String {
    let ours = description.as_str().unwrap_or_default();
    let events = ours.split('`').skip(1).step_by(2).filter(|quoted| quoted.starts_with("on"));
    format!("The vendor's words. {}", events.map(|event| format!("`{event}`")).collect::<Vec<_>>().join(", "))
}

/// Takes our extensions, words and samples away and puts the vendor's manners in.
fn schema_shape(root: &Value, value: &Value, enums: Enums) -> Value {
    let Value::Object(members) = value else {
        return match value {
            Value::Array(items) => items.iter().map(|item| schema_shape(root, item, enums)).collect(),
            other => other.clone(),
        };
    };
    if let Some(name) = members.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix(REFERENCE)) {
        let target = &root["components"]["schemas"][name];
        if name == "page_meta" || target.get("enum").is_some() && enums == Enums::Inline {
            return schema_shape(root, target, enums);
        }
        let mut reference = json!({ "$ref": format!("{REFERENCE}{name}") });
        if target.get("enum").is_some() {
            reference =
                json!({ "type": "string", "$ref": reference["$ref"], "nullable": true, "description": "Words." });
        }
        return reference;
    }
    let mut shaped = Map::new();
    for (name, value) in members {
        let ours = name.starts_with("x-") && name != "x-twilio";
        if ours || name == "example" || name == "examples" {
            continue;
        }
        if name == "description" && value.is_string() {
            shaped.insert(name.clone(), json!(vendors_words(value)));
            continue;
        }
        shaped.insert(name.clone(), schema_shape(root, value, enums));
    }
    Value::Object(shaped)
}

/// The whole document, with enums by reference as the vendor has them.
pub(crate) fn release() -> Value {
    static RELEASE: LazyLock<Value> = LazyLock::new(|| vendor(&documented(&[]), Enums::ByReference));
    RELEASE.clone()
}

/// The vendor's words about the filters of webhooks.
pub(crate) fn filters() -> String {
    let pointer = "/paths/~1v1~1Configuration~1Webhooks/post/requestBody/content/application~1x-www-form-urlencoded/schema/\
                   properties/Filters/description";
    release().pointer(pointer).and_then(Value::as_str).expect("a description").to_owned()
}
