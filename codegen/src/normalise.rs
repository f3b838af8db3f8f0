//! The document's schemas, put into the form that the engines take: one function for each thing that they cannot do.

use serde_json::{Map, Value, json};

use crate::{api::Api, error::Result};

/// SID prefixes and the hand-written types that stand for them in `crates/types/src/sid.rs`. What else a new one needs
/// is in CONTRIBUTING.md.
const SIDS: [(&str, &str); 17] = [
    ("AC", "AccountSid"),
    ("BS", "BindingSid"),
    ("CH", "ConversationSid"),
    ("CR", "CredentialSid"),
    ("DY", "DeliveryReceiptSid"),
    ("FW", "FlowSid"),
    ("HX", "ContentSid"),
    ("IG", "AddressConfigurationSid"),
    ("IM", "MessageSid"),
    ("IS", "ServiceSid"),
    ("MB", "ParticipantSid"),
    ("ME", "MediaSid"),
    ("MG", "MessagingServiceSid"),
    ("RL", "RoleSid"),
    ("US", "UserSid"),
    ("WH", "WebhookSid"),
    ("[a-zA-Z]{2}", "ChannelMessageSid"),
];

/// Types that the generated code finds in the root of `twilio-conversations-types`.
pub(crate) fn is_hand_written(name: &str) -> bool {
    matches!(name, "IsoDuration" | "JsonText" | "Patch" | "SidOrName") || SIDS.iter().any(|(_, sid)| *sid == name)
}

/// What a property means to Rust, beside its JSON type.
#[derive(Debug)]
pub(crate) struct Normalised {
    /// JSON Schema (draft 7) whose references are `#/definitions/RustName`.
    pub schema: Value,
    /// The Rust names that it refers to.
    pub references: Vec<String>,
}

/// Puts one schema into the engines' form. `pointer` says where it stands, for errors.
///
/// # Errors
///
/// A pattern that is not one of the SIDs', a type that the API has not used before, values without a name, a list of
/// required properties that is none.
pub(crate) fn schema(api: &Api<'_>, schema: &Value, pointer: &str) -> Result<Normalised> {
    let mut references = Vec::new();
    let schema = convert(api, schema, pointer, &mut references)?;
    Ok(Normalised { schema, references })
}

fn convert(api: &Api<'_>, schema: &Value, pointer: &str, references: &mut Vec<String>) -> Result<Value> {
    if schema.get("required").is_some_and(|required| !required.is_array()) {
        let problem = "expected a list of the properties that are required";
        return Err(api.document.error(format!("{pointer}/required"), problem));
    }
    if let Some(name) = api.referenced_type(schema) {
        return Ok(refer(name, references));
    }
    // An enum gets its name from its schema; as text, it would lose its values without a word.
    if schema.get("enum").is_some() {
        let problem = "values without a name: give them a schema in components, here or by the overlay";
        return Err(api.document.error(format!("{pointer}/enum"), problem));
    }
    if let Some(name) = sid_type(api, schema, pointer)? {
        return Ok(refer(name, references));
    }
    if schema["x-json-text"] == true {
        return Ok(refer("JsonText", references));
    }
    if schema["format"] == "duration" {
        return Ok(refer("IsoDuration", references));
    }
    Ok(match schema["type"].as_str() {
        None => json!({}),
        Some("object") => object(api, schema, pointer, references)?,
        Some("array") => {
            let items = convert(api, &schema["items"], &format!("{pointer}/items"), references)?;
            json!({ "type": ["array", "null"], "items": items })
        }
        Some("string") => string(schema),
        Some("integer") => integer(schema),
        Some("boolean") => json!({ "type": "boolean" }),
        Some(other) => {
            return Err(api.document.error(format!("{pointer}/type"), format!("type {other} has no place yet")));
        }
    })
}

fn refer(name: &str, references: &mut Vec<String>) -> Value {
    references.push(name.to_owned());
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// One hand-written type for each prefix, in place of a newtype with a regular expression for each occurrence.
fn sid_type(api: &Api<'_>, schema: &Value, pointer: &str) -> Result<Option<&'static str>> {
    let Some(pattern) = schema["pattern"].as_str() else { return Ok(None) };
    let prefix = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix("[0-9a-fA-F]{32}$"));
    match prefix.and_then(|prefix| SIDS.iter().find(|(known, _)| *known == prefix)) {
        Some((_, name)) => Ok(Some(name)),
        None => {
            let problem = format!("{pattern:?} is not the pattern of a SID among SIDS in codegen/src/normalise.rs");
            Err(api.document.error(format!("{pointer}/pattern"), problem))
        }
    }
}

/// The SID type for a prefix in `x-sid`.
pub(crate) fn sid_for_prefix(prefix: &str) -> Option<&'static str> {
    SIDS.iter().find(|(known, _)| *known == prefix).map(|(_, name)| *name)
}

/// `format: uri-map` is a map of texts (the engine panics on an object without properties that has a format); an object
/// that is not described is any JSON object.
fn object(api: &Api<'_>, schema: &Value, pointer: &str, references: &mut Vec<String>) -> Result<Value> {
    if schema["format"] == "uri-map" {
        return Ok(json!({ "type": ["object", "null"], "additionalProperties": { "type": "string" } }));
    }
    let Some(properties) = schema["properties"].as_object() else {
        return Ok(json!({ "type": ["object", "null"], "additionalProperties": true }));
    };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let mut converted = Map::new();
    for (name, property) in properties {
        let pointer = format!("{pointer}/properties/{}", crate::error::token(name));
        let mut schema = convert(api, property, &pointer, references)?;
        // A required list or map is one; an optional one may be absent, which is not the same as empty.
        if let (true, Some(Value::Array(types))) = (required.contains(&json!(name)), schema.get("type")) {
            schema["type"] = types[0].clone();
        }
        let description = described(property);
        if description.is_empty() {
            return Err(api.document.error(pointer, "the property has no description"));
        }
        schema["description"] = json!(description);
        converted.insert(name.clone(), schema);
    }
    let mut object = json!({ "type": "object", "properties": converted, "required": required });
    // What is known by samples only may have more members, which are kept.
    if schema["additionalProperties"] == true {
        object["additionalProperties"] = json!({}); // `true` would let them go unseen
    }
    Ok(object)
}

/// Constraints are the server's to check, and the documentation's to tell: a maximum length would make a newtype.
fn described(property: &Value) -> String {
    let mut text = property["description"].as_str().unwrap_or_default().trim().to_owned();
    if let (None, Some(most)) = (property.get("pattern"), property["maxLength"].as_u64()) {
        text.push_str(&format!(" At most {most} characters."));
    }
    text
}

/// Only dates have a type of their own; an unknown format would be text anyway.
fn string(schema: &Value) -> Value {
    match schema["format"].as_str() {
        Some("date-time") => json!({ "type": "string", "format": "date-time" }),
        _ => json!({ "type": "string" }),
    }
}

/// A minimum would make `NonZeroU64`; a number that cannot be negative, such as a page size, is a `u32`.
fn integer(schema: &Value) -> Value {
    let format = match (schema["format"].as_str(), schema["minimum"].as_i64()) {
        (_, Some(0..)) | (Some("uint32"), _) => "uint32",
        (Some("int32"), _) => "int32",
        _ => "int64",
    };
    json!({ "type": "integer", "format": format })
}

/// The static name of a SID type that a schema referred to.
pub(crate) fn sid_named(name: &str) -> &'static str {
    SIDS.iter().find(|(_, sid)| *sid == name).map_or("SidOrName", |(_, sid)| sid)
}

/// The prefix of a SID type, for samples.
pub(crate) fn prefix_of(name: &str) -> &'static str {
    SIDS.iter().find(|(_, sid)| *sid == name).map_or("XX", |(prefix, _)| prefix)
}
