//! The samples that show a schema, and values for them.

use codegen::{Document, token};
use serde_json::{Map, Value, json};

/// Deepest nesting of a sample that is looked into.
const DEEPEST: usize = 32;

/// The pattern of a SID with any prefix.
const ANY_SID: &str = "^[a-zA-Z]{2}[0-9a-fA-F]{32}$";

/// The place of a sample's value that a schema describes.
#[derive(Debug)]
pub(super) struct Place {
    /// Pointer to the value in the merged document, and so in its fragment.
    pub pointer: String,
    pub in_response: bool,
}

impl Place {
    /// The part of the pointer that all samples of a body have.
    pub(super) fn request(&self) -> &str {
        self.pointer.split_once("/examples/").map_or(&self.pointer, |(media, _)| media)
    }
}

/// The values of samples that the schema at a pointer describes.
pub(super) fn places(document: &Document, schema: &str) -> Vec<Place> {
    let mut search = Search { document, schema, pointer: String::new(), in_response: false, found: Vec::new() };
    for (path, item) in document.members("/paths") {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let pointer = format!("/paths/{}/{}", token(path), token(method));
            search.content(&operation["requestBody"], &format!("{pointer}/requestBody"), false);
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                search.content(response, &format!("{pointer}/responses/{}", token(status)), true);
            }
        }
    }
    for (name, schema) in document.schemas() {
        let pointer = format!("/components/schemas/{}", token(name));
        if let Some(example) = schema.get("example") {
            (search.pointer, search.in_response) = (format!("{pointer}/example"), true);
            search.value(example, &pointer, DEEPEST);
        }
    }
    search.found
}

struct Search<'d> {
    document: &'d Document,
    schema: &'d str,
    /// Where the search is.
    pointer: String,
    in_response: bool,
    found: Vec<Place>,
}

impl Search<'_> {
    /// The samples of a body or response.
    fn content(&mut self, owner: &Value, pointer: &str, in_response: bool) {
        self.in_response = in_response;
        for (media_type, content) in owner["content"].as_object().into_iter().flatten() {
            let pointer = format!("{pointer}/content/{}", token(media_type));
            for (name, example) in content["examples"].as_object().into_iter().flatten() {
                self.pointer = format!("{pointer}/examples/{}/value", token(name));
                self.value(&example["value"], &format!("{pointer}/schema"), DEEPEST);
            }
        }
    }

    /// Walks a value with its schema.
    fn value(&mut self, value: &Value, schema: &str, depth: usize) {
        if schema == self.schema {
            self.found.push(Place { pointer: self.pointer.clone(), in_response: self.in_response });
        }
        let root = &self.document.root;
        let (Some(described), true) = (root.pointer(schema), depth > 0) else { return };
        if let Some(reference) = described["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            return self.value(value, reference, depth - 1);
        }
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let below = format!("{schema}/properties/{}", token(name));
                    let extra = format!("{schema}/additionalProperties");
                    let below = if root.pointer(&below).is_some() { below } else { extra };
                    self.step(name, member, &below, depth);
                }
            }
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.step(&number.to_string(), item, &format!("{schema}/items"), depth);
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, name: &str, value: &Value, schema: &str, depth: usize) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&token(name));
        self.value(value, schema, depth - 1);
        self.pointer.truncate(length);
    }
}

/// Whether a value is one that a schema allows, as far as types, values and limits say so. `schema` refers to nothing.
pub(super) fn fits(value: &Value, schema: &Value) -> bool {
    if value.is_null() {
        return schema["nullable"] == true;
    }
    let limit = |name: &str| schema[name].as_f64();
    let of_type = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    let is_listed = schema["enum"].as_array().is_none_or(|values| values.contains(value));
    let within = match value {
        Value::String(text) => {
            let (length, pattern) = (text.chars().count() as f64, schema["pattern"].as_str());
            let sid = pattern.and_then(sid_prefix).is_none_or(|prefix| is_sid(text, prefix));
            sid && limit("minLength").is_none_or(|least| length >= least)
                && limit("maxLength").is_none_or(|most| length <= most)
                && has_format(text, schema["format"].as_str())
        }
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            limit("minimum").is_none_or(|least| number >= least) && limit("maximum").is_none_or(|most| number <= most)
        }
        Value::Array(items) => {
            let length = items.len() as f64;
            limit("minItems").is_none_or(|least| length >= least) && limit("maxItems").is_none_or(|most| length <= most)
        }
        _ => true,
    };
    of_type && is_listed && within
}

/// A plain value that a schema allows: the vendor's own if it does, else one made up.
///
/// # Errors
///
/// What a person has to make up.
pub(super) fn value_for(name: &str, schema: &Value, vendors: Option<&Value>) -> Result<Value, String> {
    if schema["nullable"] == true {
        return Ok(Value::Null);
    }
    let vendors = vendors.filter(|value| fits(value, schema) && !value.is_object()).cloned();
    if let Some(value) = vendors.or_else(|| schema.get("default").filter(|value| fits(value, schema)).cloned()) {
        return Ok(value);
    }
    let unknown = || format!("a sample needs a value of {name}");
    let made_up = match (schema["enum"].as_array().and_then(|values| values.first()), schema["type"].as_str()) {
        (Some(first), _) => first.clone(),
        (None, Some("boolean")) => json!(false),
        (None, Some("integer" | "number")) => schema.get("minimum").cloned().unwrap_or(json!(0)),
        (None, Some("array")) => match value_for(name, &schema["items"], None) {
            Ok(item) => json!([item]),
            Err(_) => json!([]),
        },
        (None, Some("object")) if schema.get("properties").is_none() => Value::Object(Map::new()),
        (None, Some("string")) => string_for(name, schema).map(Value::from).ok_or_else(unknown)?,
        _ => return Err(unknown()),
    };
    if fits(&made_up, schema) { Ok(made_up) } else { Err(unknown()) }
}

fn has_format(text: &str, format: Option<&str>) -> bool {
    match format {
        Some("date-time") => text.ends_with('Z') && text.contains('T'),
        Some("duration") => text.starts_with('P'),
        Some("uri") => text.contains("://"),
        _ => true,
    }
}

/// A string of a schema; none for a pattern that is not that of a SID.
fn string_for(name: &str, schema: &Value) -> Option<String> {
    if let Some(pattern) = schema["pattern"].as_str() {
        let prefix = if pattern == ANY_SID { "XX" } else { sid_prefix(pattern)? };
        return Some(format!("{prefix}{}", "a".repeat(32)));
    }
    Some(plain_string_for(name, schema))
}

fn plain_string_for(name: &str, schema: &Value) -> String {
    match schema["format"].as_str() {
        Some("date-time") => "2026-01-02T03:04:05Z".to_owned(),
        Some("duration") => "PT1H".to_owned(),
        Some("date") => "2026-01-02".to_owned(),
        Some("uri") => format!("https://example.com/{name}"),
        Some("email") => "alice@example.com".to_owned(),
        _ => {
            let least = schema["minLength"].as_u64().unwrap_or(0).min(1000);
            let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
            let mut text = name.to_lowercase();
            while (text.chars().count() as u64) < least {
                text.push('x');
            }
            text.chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect()
        }
    }
}

/// `RL` of `^RL[0-9a-fA-F]{32}$`.
fn sid_prefix(pattern: &str) -> Option<&str> {
    let prefix = pattern.strip_prefix('^')?.strip_suffix("[0-9a-fA-F]{32}$")?;
    (prefix.len() == 2 && prefix.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(prefix)
}

fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
