//! The changes that responses to pre-events may make: a type for each object, or for each event if those of the object
//! differ.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    event::{Event, and},
    files::entries,
};
use crate::{
    names::snake,
    render::{self, doc_text},
};

/// One type.
pub(super) struct Change {
    /// `MessageChange`.
    name: String,
    /// The events that allow it.
    events: Vec<String>,
    fields: Vec<Field>,
}

struct Field {
    /// Name in the response.
    name: String,
    description: String,
    is_json: bool,
}

/// Names the changes of an object's events, and returns them.
pub(super) fn of_object(events: &mut [Event], content: &Value) -> Vec<Change> {
    let mut answers = events.iter().filter(|event| !event.answer.is_empty()).map(|event| &event.answer);
    let first = answers.next();
    let are_equal = answers.all(|answer| Some(answer) == first);
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for event in events.iter_mut().filter(|event| !event.answer.is_empty()) {
        let name = format!("{}Change", if are_equal { &event.object } else { &event.variant });
        let fields = || event.answer.iter().map(|name| Field::of(name, content)).collect();
        let change = changes.entry(name.clone()).or_insert_with(|| Change {
            name: name.clone(),
            events: Vec::new(),
            fields: fields(),
        });
        change.events.push(event.name.clone());
        event.change = Some(name);
    }
    changes.into_values().collect()
}

impl Field {
    fn of(name: &str, content: &Value) -> Self {
        let schema = entries(&content["fields"]).find(|(wire, _)| snake(wire) == name).map(|(_, schema)| schema);
        Self {
            name: name.to_owned(),
            description: content["changes"][name].as_str().unwrap_or_default().to_owned(),
            is_json: schema.is_some_and(|schema| schema["x-json-text"] == true),
        }
    }
}

impl Change {
    /// One call of `change!` in the facade.
    fn render(&self) -> String {
        let mut doc = format!("The changes that the response to {} may make.", and(&self.events));
        if let Some(Field { name, .. }) = self.fields.iter().find(|field| !field.is_json) {
            let own = &self.name;
            doc.push_str(&format!(
                "\n\n```\nuse twilio_conversations_webhook::{{{own}, Reply}};\n\n\
                 let reply = Reply::modify({own}::new().{name}(\"new\"));\n\
                 assert_eq!(reply.body(), r#\"{{\"{name}\":\"new\"}}\"#);\n```"
            ));
        }
        let field = |Field { name, description, is_json }: &Field| {
            let ty = if *is_json { "JsonText" } else { "String" };
            format!("{}        {name}: {ty},\n", doc_text(description, "        "))
        };
        let fields: String = self.fields.iter().map(field).collect();
        format!("change! {{\n{}    pub struct {} {{\n{fields}    }}\n}}\n", doc_text(&doc, "    "), self.name)
    }
}

/// The file of all changes.
pub(super) fn render(changes: &[Change]) -> String {
    let mut parts = vec![render::header(&["events"])];
    parts.extend(changes.iter().map(Change::render));
    render::file(&parts)
}
