//! The schemas that the files of events bring into the document: those of their fields, and the enum of all events.

use serde_json::{Map, Value, json};

use super::files::{COMMON, entries, names, read};
use crate::{
    error::{Error, Result, token},
    model::EVENT_TYPE,
    spec::{Document, Sources},
};

/// Adds the schemas, so that they get types like any other, and so that the overlay can refer to them.
///
/// # Errors
///
/// A file that is not in order, and a schema that is defined already.
pub(crate) fn add_schemas(document: &mut Document, sources: &Sources) -> Result<()> {
    let files = read(sources)?;
    for (file, content) in &files {
        for (name, schema) in entries(&content["schemas"]) {
            let mut schema = schema.clone();
            schema["x-shared"] = json!(true);
            add(document, name, schema, file, format!("/schemas/{}", token(name)))?;
        }
    }
    let Some(common) = files.get(COMMON) else { return Ok(()) };
    let mut all = AllEvents::new(&common["event_type"]);
    for (file, content) in files.iter().filter(|(file, _)| *file != COMMON) {
        for (name, event) in entries(&content["events"]) {
            all.add(file, name, event);
        }
    }
    let AllEvents { values, descriptions, groups, places, declared } = all;
    let schema = json!({
        "type": "string",
        "x-shared": true,
        "x-enum-prefix": declared["prefix"],
        "description": declared["description"],
        "enum": values,
        "x-enum-descriptions": descriptions,
        "x-enum-groups": groups,
    });
    add(document, "event_type", schema, COMMON, "/event_type".to_owned())?;
    for (i, (file, pointer)) in places.into_iter().enumerate() {
        document.came_from(format!("{EVENT_TYPE}/enum/{i}"), &file, pointer);
    }
    Ok(())
}

fn add(document: &mut Document, name: &str, schema: Value, file: &str, place: String) -> Result<()> {
    let pointer = format!("/components/schemas/{}", token(name));
    if document.root.pointer(&pointer).is_some() {
        let first = document.origin(&pointer);
        return Err(Error::new(file, place, format!("the schema {name} is already defined at {first}")));
    }
    document.root["components"]["schemas"][name] = schema;
    document.came_from(pointer, file, place);
    Ok(())
}

/// The enum of all events, in the order of their files.
struct AllEvents<'a> {
    declared: &'a Value,
    values: Vec<Value>,
    descriptions: Map<String, Value>,
    groups: Map<String, Value>,
    /// File and pointer of each value.
    places: Vec<(String, String)>,
}

impl<'a> AllEvents<'a> {
    fn new(declared: &'a Value) -> Self {
        let group = |(name, description): (&String, &Value)| {
            (group_name(name), json!({ "description": description, "values": [] }))
        };
        let groups = entries(&declared["phases"]).chain(entries(&declared["filters"])).map(group).collect();
        Self { declared, values: Vec::new(), descriptions: Map::new(), groups, places: Vec::new() }
    }

    fn add(&mut self, file: &str, name: &str, event: &Value) {
        self.values.push(name.into());
        self.descriptions.insert(name.to_owned(), event["description"].clone());
        self.places.push((file.to_owned(), format!("/events/{}", token(name))));
        let filters = names(&event["filters"]).unwrap_or_default();
        for group in event["phase"].as_str().into_iter().chain(filters) {
            if let Some(values) = self.groups[&group_name(group)]["values"].as_array_mut() {
                values.push(name.into());
            }
        }
    }
}

/// `pre` becomes `PRE_EVENTS`.
fn group_name(name: &str) -> String {
    format!("{}_EVENTS", crate::names::screaming(name))
}
