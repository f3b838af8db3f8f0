//! The tables of events in the tests of types and facade.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One event of the files in `spec/events/`.
pub(crate) struct Event {
    /// The name of its struct: `MessageAdd` of `onMessageAdd`.
    pub name: String,
    is_pre_event: bool,
    /// The type of what a response may change: one for each kind of object, and one for nothing.
    change: String,
}

/// The events of all files, in their order.
pub(crate) fn read(files: &BTreeMap<String, Value>) -> Vec<Event> {
    let mut all = Vec::new();
    for file in files.values() {
        let object = file["object"].as_str().unwrap_or_default();
        for (name, event) in file["events"].as_object().into_iter().flatten() {
            let may_change = event["answer"].as_array().is_some_and(|fields| !fields.is_empty());
            all.push(Event {
                name: name.strip_prefix("on").unwrap_or(name).to_owned(),
                is_pre_event: event["phase"] == "pre",
                change: format!("{}Change", if may_change { object } else { "No" }),
            });
        }
    }
    all
}

/// The names of fields by the kind of their values, sorted.
#[derive(Default)]
struct Fields {
    /// Of a type other than a string: an empty value is absent.
    typed: BTreeSet<String>,
    /// Lists, whose values are separated by commas or repeated.
    lists: BTreeSet<String>,
}

impl Fields {
    fn read(files: &BTreeMap<String, Value>) -> Self {
        let mut fields = Self::default();
        for (name, schema) in files.values().flat_map(|file| file["fields"].as_object().into_iter().flatten()) {
            let has = |key| schema.get(key).is_some();
            match schema["type"].as_str() {
                Some("string") if !has("pattern") && !has("format") => false,
                Some("array") if !has("x-json-text") => fields.lists.insert(name.clone()),
                _ => fields.typed.insert(name.clone()),
            };
        }
        fields
    }
}

/// The receiver's table: every event with its phase, and every pre-event with what a response to it may change.
pub(crate) fn receiver_table(files: &BTreeMap<String, Value>) -> BTreeMap<String, String> {
    let (events, fields) = (read(files), Fields::read(files));
    let list = |is_pre_event: bool, line: fn(&Event) -> String| {
        let events = events.iter().filter(|event| event.is_pre_event == is_pre_event);
        events.map(|event| format!("        {},\n", line(event))).collect::<String>()
    };
    let pre = list(true, |event| format!("pre::<{}, {}>()", event.change, event.name));
    let post = list(false, |event| format!("post::<{}>()", event.name));
    let all: String = events.iter().map(|event| format!("            {}\n", event.name)).collect();
    let names = |names: &BTreeSet<String>| names.iter().map(|name| format!("    {name:?},\n")).collect::<String>();
    let text = format!(
        "//! Every event with its phase, and the fields of events. Written by `cargo xtask bless`.\n\n\
         use twilio_conversations_webhook::types::v1::EventType;\n\
         use twilio_conversations_webhook::events::*;\n\
         use twilio_conversations_webhook::*;\n\n\
         use super::typed::{{post, pre}};\n\n\
         pub(super) fn pre_events() -> Vec<EventType> {{\n    vec![\n{pre}    ]\n}}\n\n\
         pub(super) fn post_events() -> Vec<EventType> {{\n    vec![\n{post}    ]\n}}\n\n\
         /// Calls a macro with the names of all events.\n\
         macro_rules! with_events {{\n    ($name:ident) => {{\n        $name! {{\n{all}        }}\n    }};\n}}\n\n\
         pub(super) use with_events;\n\n\
         /// Fields of a type other than a string: an empty value is absent.\n\
         pub(super) const TYPED_FIELDS: &[&str] = &[\n{}];\n\n\
         /// Fields of several values, which are repeated or separated by commas.\n\
         pub(super) const LIST_FIELDS: &[&str] = &[\n{}];\n",
        names(&fields.typed),
        names(&fields.lists)
    );
    BTreeMap::from([("event_types.rs".to_owned(), text)])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(file: Value) -> String {
        receiver_table(&BTreeMap::from([("events/rack.yaml".to_owned(), file)]))["event_types.rs"].clone()
    }

    #[test]
    fn a_field_is_typed_a_list_or_a_string() {
        let text = table(json!({
            "fields": {
                "Label": { "type": "string" },
                "Attributes": { "type": "string", "x-json-text": true },
                "RackSid": { "type": "string", "pattern": "^RK" },
                "Made": { "type": "string", "format": "date-time" },
                "Colour": { "$ref": "#/components/schemas/colour" },
                "Books": { "type": "array", "x-json-text": true },
                "Height": { "type": "integer" },
                "Rooms": { "type": "array" },
            },
            "events": { "onRackAdd": { "phase": "pre" }, "onRackAdded": { "phase": "post" } },
        }));
        let typed = "TYPED_FIELDS: &[&str] = &[\n    \"Books\",\n    \"Colour\",\n    \"Height\",\n    \"Made\",\n    \"RackSid\",\n];\n";
        assert!(text.contains(typed), "{text}");
        assert!(text.contains("LIST_FIELDS: &[&str] = &[\n    \"Rooms\",\n];\n"), "{text}");
        assert!(text.contains("$name! {\n            RackAdd\n            RackAdded\n        }\n"), "{text}");
    }

    #[test]
    fn a_pre_event_has_the_change_of_its_object_only_if_a_response_may_set_a_field() {
        let file = json!({
            "object": "Rack",
            "events": {
                "onRackAdd": { "phase": "pre", "answer": ["label"] },
                "onRackRemove": { "phase": "pre", "answer": [] },
                "onRackMove": { "phase": "pre" },
                "onRackAdded": { "phase": "post" },
            },
        });
        let text = table(file);
        let calls: Vec<_> = text.lines().filter_map(|line| line.strip_suffix("(),")).map(str::trim).collect();
        let expected = [
            "pre::<RackChange, RackAdd>",
            "pre::<NoChange, RackRemove>",
            "pre::<NoChange, RackMove>",
            "post::<RackAdded>",
        ];
        assert_eq!(calls, expected);
    }
}
