//! `spec/events/`: a struct for each webhook event, and the enum of all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::{
    api::Api,
    error::{Error, Result, token},
    names::{pascal, snake},
    normalise,
    render::{self, Uses, doc_text},
    spec::{Document, Sources, parse},
};

const COMMON: &str = "events/common.yaml";

/// The files of events, without what they have in common.
fn files_of(sources: &Sources) -> impl Iterator<Item = &str> {
    sources.0.keys().map(String::as_str).filter(|file| file.starts_with("events/") && *file != COMMON)
}

/// Adds the schemas that only events use, so that they get models like any other.
///
/// # Errors
///
/// Malformed YAML, and a schema that is defined already.
pub(crate) fn add_schemas(document: &mut Document, sources: &Sources) -> Result<()> {
    for file in files_of(sources) {
        let content = parse(sources, file)?;
        for (name, schema) in content["schemas"].as_object().into_iter().flatten() {
            let mut schema = schema.clone();
            schema["x-shared"] = json!(true);
            let schemas = document.root["components"]["schemas"].as_object_mut();
            if schemas.is_none_or(|schemas| schemas.insert(name.clone(), schema).is_some()) {
                return Err(Error::new(file, format!("/schemas/{}", token(name)), "already defined"));
            }
        }
    }
    Ok(())
}

/// The files of `crates/types/src/generated/event`, by path.
///
/// # Errors
///
/// An event that `event_type` does not list or that lacks something, and one that `event_type` lists and no file has.
pub(crate) fn files(api: &Api<'_>, sources: &Sources) -> Result<BTreeMap<String, String>> {
    let event_type = &api.document.root["components"]["schemas"]["event_type"];
    let mut files = BTreeMap::new();
    let doc = render::module_doc("The events that webhooks report.");
    if files_of(sources).next().is_none() {
        files.insert("event/mod.rs".into(), render::file(&[render::header(&["events"]), doc]));
        return Ok(files);
    }
    let common = parse(sources, COMMON)?;
    let mut events: BTreeMap<String, Event> = BTreeMap::new();
    let mut modules = Vec::new();
    for file in files_of(sources) {
        let content = parse(sources, file)?;
        let object =
            content["object"].as_str().ok_or_else(|| Error::new(file, "/object", "expected the object's name"))?;
        let module = snake(object);
        let mut uses = Uses::default();
        let mut parts = Vec::new();
        for (name, event) in content["events"].as_object().into_iter().flatten() {
            let event = Event::read(file, object, name, event, event_type)?;
            parts.push(event.render(api, file, &content["fields"], &common["fields"], &mut uses)?);
            events.insert(name.clone(), event);
        }
        uses.add("crate::event", "event");
        let head = [
            render::header(&[file, COMMON]),
            render::module_doc(&format!("Events about a {}.", module.replace('_', " "))),
            uses.render(),
        ];
        files.insert(format!("event/{module}.rs"), render::file(&[head.as_slice(), &parts].concat()));
        modules.push(module);
    }
    let mut all = String::from("events! {\n");
    for name in event_type["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let missing =
            || Error::new("overlay.yaml", "", format!("event_type lists {name}, and no file in spec/events/ has it"));
        let Event { variant, phase, object, description, .. } = events.get(name).ok_or_else(missing)?;
        all.push_str(&format!("{}    {variant}: {phase} {object},\n", doc_text(description, "    ")));
    }
    all.push_str("}\n");
    let declarations: String = modules.iter().map(|module| format!("mod {module};\n")).collect();
    let exports: String = modules.iter().map(|module| format!("pub use {module}::*;\n")).collect();
    let uses = "use crate::event::events;\n".to_owned();
    let parts = [render::header(&["events"]), doc, uses, declarations, exports, all];
    files.insert("event/mod.rs".into(), render::file(&parts));
    Ok(files)
}

struct Event {
    /// `onMessageAdded`.
    name: String,
    /// `MessageAdded`.
    variant: String,
    phase: String,
    object: String,
    description: String,
    fields: Vec<String>,
}

impl Event {
    fn read(file: &str, object: &str, name: &str, event: &Value, event_type: &Value) -> Result<Self> {
        let pointer = format!("/events/{}", token(name));
        let fail = |member: &str, problem: &str| Error::new(file, format!("{pointer}{member}"), problem);
        let text = |member: &str| event[member].as_str().filter(|text| !text.is_empty());
        let phase = text("phase").filter(|phase| matches!(*phase, "pre" | "post"));
        let phase = phase.ok_or_else(|| fail("/phase", "expected pre or post"))?;
        let group = &event_type["x-enum-groups"][format!("{}_EVENTS", phase.to_uppercase())]["values"];
        if !group.as_array().is_some_and(|values| values.contains(&json!(name))) {
            return Err(fail("/phase", &format!("event_type does not list {name} among its {phase}-events")));
        }
        let prefix = event_type["x-enum-prefix"].as_str().unwrap_or_default();
        let fields: Vec<String> =
            event["fields"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        if fields.iter().collect::<BTreeSet<_>>().len() != fields.len() || fields.is_empty() {
            return Err(fail("/fields", "expected names of fields, each once"));
        }
        Ok(Self {
            name: name.to_owned(),
            variant: pascal(name.strip_prefix(prefix).unwrap_or(name)),
            phase: phase.to_owned(),
            object: object.to_owned(),
            description: text("description").ok_or_else(|| fail("/description", "expected a text"))?.to_owned(),
            fields,
        })
    }

    /// One call of `event!`, as text.
    fn render(&self, api: &Api<'_>, file: &str, fields: &Value, common: &Value, uses: &mut Uses) -> Result<String> {
        let doc = format!("{}\n\nThe payload of `{}`, a {}-event.", self.description, self.name, self.phase);
        let mut text =
            format!("event! {{\n{}    pub struct {} = {:?} {{\n", doc_text(&doc, "    "), self.variant, self.name);
        let shared = common.as_object().into_iter().flatten().map(|(name, field)| (name, field, COMMON));
        let own = self.fields.iter().map(|name| (name, &fields[name], file));
        for (name, field, file) in shared.chain(own) {
            let pointer = format!("/fields/{}", token(name));
            let described = field["description"].as_str().filter(|text| !text.trim().is_empty());
            let described =
                described.ok_or_else(|| Error::new(file, &pointer, "no such field, or one without a description"))?;
            // The normaliser speaks of the merged document; the field stands in its own file.
            let ty = field_type(api, field).map_err(|error| Error::new(file, &pointer, error))?;
            ty.names.iter().for_each(|(from, name)| uses.add(from, name));
            let doc = doc_text(described, "        ");
            text.push_str(&format!("{doc}        {}: {} {} = {name:?},\n", snake(name), ty.how, ty.rust));
        }
        text.push_str("    }\n}\n");
        Ok(text)
    }
}

/// How a field is read, and as what.
struct FieldType {
    how: &'static str,
    rust: String,
    names: Vec<(&'static str, String)>,
}

fn field_type(api: &Api<'_>, field: &Value) -> Result<FieldType> {
    let items = field.get("items").filter(|_| field["type"] == "array");
    let how = match items {
        Some(_) if field["x-json-text"] == true => "json",
        Some(_) => "many",
        None => "one",
    };
    let (item, names) = scalar_type(api, items.unwrap_or(field))?;
    let rust = if how == "json" { format!("Vec<{item}>") } else { item };
    Ok(FieldType { how, rust, names })
}

fn scalar_type(api: &Api<'_>, schema: &Value) -> Result<(String, Vec<(&'static str, String)>)> {
    let normalised = normalise::schema(api, schema, "")?;
    if let Some(name) = normalised.references.first() {
        let from = if normalise::is_hand_written(name) { "crate" } else { "crate::v1" };
        return Ok((name.clone(), vec![(from, name.clone())]));
    }
    let schema: Map<String, Value> = normalised.schema.as_object().cloned().unwrap_or_default();
    let text = |name: &str| schema.get(name).and_then(Value::as_str).unwrap_or_default();
    Ok(match (text("type"), text("format")) {
        ("string", "date-time") => {
            let names = ["DateTime", "Utc"].map(|name| ("chrono", name.to_owned()));
            ("DateTime<Utc>".to_owned(), names.to_vec())
        }
        ("integer", _) => ("i64".to_owned(), Vec::new()),
        ("boolean", _) => ("bool".to_owned(), Vec::new()),
        _ => ("String".to_owned(), Vec::new()),
    })
}
