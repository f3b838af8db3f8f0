//! The terms of the crate's users for places of the specification: operations, types, fields, events.

use std::collections::{BTreeMap, BTreeSet};

use codegen::{Document, snake};
use serde_json::Value;

use super::finding::{Finding, Side};

/// Longest rendering of a value.
const LONGEST: usize = 60;

/// The names that users know things by.
pub(super) struct Vocabulary<'a> {
    pub document: &'a Document,
    /// The specification with the overlay, which renames types; `None` if the overlay does not apply.
    pub overlaid: Option<&'a Document>,
    /// Ids of operations by path and method: `/v1/Users GET`.
    pub operations: &'a BTreeMap<String, String>,
    /// The events that the specification has.
    pub events: BTreeSet<String>,
}

impl Vocabulary<'_> {
    /// The operations of a difference.
    pub(super) fn operations_of(&self, finding: &Finding) -> String {
        let id = |operation: &String| self.operations.get(operation).unwrap_or(operation).clone();
        finding.operations.iter().map(id).collect::<Vec<_>>().join(", ")
    }

    /// Whether a difference is in a schema that the overlay removes.
    pub(super) fn is_hidden(&self, finding: &Finding) -> bool {
        let pointer = finding.ours.full_pointer();
        let mut names = pointer.split('/').skip(1);
        let schema = match (names.next(), names.next(), names.next()) {
            (Some("components"), Some("schemas"), Some(name)) => format!("/components/schemas/{name}"),
            _ => return false,
        };
        let has = |document: &Document| document.root.pointer(&schema).is_some();
        has(self.document) && self.overlaid.is_some_and(|overlaid| !has(overlaid))
    }

    /// What a difference is about: `User: property identity`, `CreateUser: field identity`,
    /// `onMessageAdded: field Body`.
    pub(super) fn subject_of(&self, finding: &Finding) -> String {
        let pointer = finding.ours.full_pointer();
        let names: Vec<String> = pointer.split('/').skip(1).map(codegen::untoken).collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let (Some(name), Some(last)) = (finding.required_name(), names.last_mut()) {
            *last = name;
        }
        let (head, rest): (String, &[&str]) = match names.as_slice() {
            ["components", "schemas", name, rest @ ..] => (self.type_name(name), rest),
            ["paths", path, method, "parameters", number, rest @ ..] => {
                let parameter = &self.document.root["paths"][path][method]["parameters"];
                let parameter = number.parse::<usize>().map_or(&Value::Null, |number| &parameter[number]);
                let word = |member: &str| parameter[member].as_str().unwrap_or_default();
                let head = format!("{}: {} parameter {}", self.operations_of(finding), word("in"), word("name"));
                return with_properties(head, rest, finding.side);
            }
            ["events", event, "fields", ..] | ["events", event, ..] => ((*event).to_owned(), &[]),
            ["fields", field, ..] if finding.ours.file.starts_with("spec/events/") => {
                let file = finding.ours.file.trim_start_matches("spec/events/").trim_end_matches(".yaml");
                let events = if file == "common" { "events".to_owned() } else { format!("{file} events") };
                return format!("{events}: field {field}");
            }
            rest => (self.operations_of(finding), rest),
        };
        with_properties(head, rest, finding.side)
    }

    /// The Rust name of a schema: what the overlay calls it, or `ServiceUser` for `conversations.v1.service.service_user`.
    pub(super) fn type_name(&self, schema: &str) -> String {
        let overlaid = self.overlaid.map(|document| &document.root["components"]["schemas"][schema]["x-name"]);
        if let Some(name) = overlaid.and_then(Value::as_str) {
            return name.to_owned();
        }
        let short = schema.rsplit('.').next().unwrap_or(schema).replace("_enum_", "_");
        let capital = |word: &str| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            format!("{}{rest}", first.to_uppercase())
        };
        short.split('_').map(capital).collect()
    }

    /// A value of a keyword in few words: the type that a reference leads to, or the type of a schema.
    pub(super) fn words(&self, value: Option<&Value>) -> String {
        match value {
            None => "none".to_owned(),
            Some(Value::String(text)) => match text.strip_prefix("#/components/schemas/") {
                Some(name) => self.type_name(name),
                None => shorten(text),
            },
            Some(Value::Object(members)) => self.schema_words(members),
            Some(value) => shorten(&value.to_string()),
        }
    }

    fn schema_words(&self, schema: &serde_json::Map<String, Value>) -> String {
        let text = |member: &str| schema.get(member).and_then(Value::as_str);
        if let Some(reference) = schema.get("$ref") {
            return self.words(Some(reference));
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            let values: Vec<String> = values.iter().map(|value| self.words(Some(value))).collect();
            return format!("one of {}", shorten(&values.join(", ")));
        }
        match (text("type"), text("format"), schema.get("items")) {
            (Some("array"), _, Some(items)) => format!("list of {}", self.words(Some(items))),
            (Some(kind), Some(format), _) => format!("{kind}, {format}"),
            (Some(kind), None, _) => kind.to_owned(),
            (None, ..) => "any value".to_owned(),
        }
    }
}

/// Adds the properties that a pointer passes: `CreateUser: field identity`.
fn with_properties(head: String, rest: &[&str], side: Side) -> String {
    let mut properties: Vec<String> = Vec::new();
    let mut names = rest.iter();
    while let Some(name) = names.next() {
        // A `required` list names its properties itself.
        if matches!(*name, "properties" | "required")
            && let Some(property) = names.next()
        {
            properties.push(snake(property));
        }
    }
    if properties.is_empty() {
        return head;
    }
    let word = if side == Side::Request { "field" } else { "property" };
    format!("{head}: {word} {}", properties.join("."))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
