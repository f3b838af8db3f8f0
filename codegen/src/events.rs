//! `spec/events/`: a struct for each webhook event, the enum of all, and what may be answered to each.

mod files;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    error::{Error, Result, token},
    model::{Api, TypeRef, field_type},
    names::snake,
    render::{self, Uses, doc_text},
    spec::Sources,
};
use files::{COMMON, answer_name, entries};

pub(crate) use files::read;
pub(crate) use schemas::add_schemas;

/// The field that says which event it is, as the struct of an event does already.
const EVENT_TYPE: &str = "EventType";

/// The names of the fields of each event, which are its own and those of all events, by its name between backticks.
///
/// # Errors
///
/// A file that is not in order.
pub(crate) fn field_lists(sources: &Sources) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let files = read(sources)?;
    let Some(common) = files.get(COMMON) else { return Ok(BTreeMap::new()) };
    let shared = || entries(&common["fields"]).map(|(name, _)| name.clone());
    let events = files.iter().filter(|(file, _)| *file != COMMON).flat_map(|(_, content)| entries(&content["events"]));
    let line = |(name, event): (&String, &Value)| {
        let own = files::names(&event["fields"]).into_iter().flatten().map(str::to_owned);
        (format!("`{name}`"), shared().chain(own).collect())
    };
    Ok(events.map(line).collect())
}

/// What is made of events.
pub(crate) struct Events {
    /// The files of `crates/types/src/generated/event`, by path.
    pub types: BTreeMap<String, String>,
    /// A file of `crates/facade/src/generated`: what a handler of each event may answer.
    pub answers: String,
}

/// The structs, the enum and the table of answers.
///
/// # Errors
///
/// A file that is not in order, a field that has no type in Rust.
pub(crate) fn files(api: &Api<'_>, sources: &Sources) -> Result<Events> {
    let contents = read(sources)?;
    let mut files = BTreeMap::new();
    let mut objects = Vec::new();
    let mut events = Vec::new();
    for (file, content) in contents.iter().filter(|(file, _)| *file != COMMON) {
        let object = content["object"].as_str().unwrap_or_default();
        let module = snake(object);
        let mut uses = Uses::default();
        let mut parts = Vec::new();
        for (name, event) in entries(&content["events"]) {
            let event = Event::of(api, object, name, event);
            parts.push(event.render(api, file, &content["fields"], &contents[COMMON]["fields"], &mut uses)?);
            events.push(event);
        }
        uses.add("crate::event", "event");
        let head = [
            render::header(&[file, COMMON]),
            render::module_doc(&format!("Events about a {}.", module.replace('_', " "))),
            uses.render(),
        ];
        files.insert(format!("event/{module}.rs"), render::file(&[head.as_slice(), &parts].concat()));
        objects.push((object, content["description"].as_str().unwrap_or_default()));
    }
    files.insert("event/mod.rs".into(), root(&objects, &events));
    Ok(Events { types: files, answers: answers(&events) })
}

/// `event/mod.rs`: the modules, the kinds of objects and the enum of all events.
fn root(objects: &[(&str, &str)], events: &[Event]) -> String {
    let mut parts = vec![render::header(&["events"]), render::module_doc("The events that webhooks report.")];
    if !events.is_empty() {
        let modules = || objects.iter().map(|(object, _)| snake(object));
        parts.push("use crate::event::{event_objects, events};\n".to_owned());
        parts.push(modules().map(|module| format!("mod {module};\n")).collect());
        parts.push(modules().map(|module| format!("pub use {module}::*;\n")).collect());
        let lines =
            objects.iter().map(|(object, description)| format!("{}    {object},\n", doc_text(description, "    ")));
        parts.push(format!("event_objects! {{\n{}}}\n", lines.collect::<String>()));
        let lines = events.iter().map(|Event { variant, phase, object, description, .. }| {
            format!("{}    {variant}: {phase} {object},\n", doc_text(description, "    "))
        });
        parts.push(format!("events! {{\n{}}}\n", lines.collect::<String>()));
    }
    render::file(&parts)
}

/// The facade's table: the changes that a response to each event may make.
fn answers(events: &[Event]) -> String {
    let header = render::header(&["events"]);
    if events.is_empty() {
        return header;
    }
    let line = |event: &Event| {
        let differs =
            |other: &&Event| other.object == event.object && !other.answer.is_empty() && other.answer != event.answer;
        let is_alone = events.iter().any(|other| differs(&other));
        format!("    {}: {},\n", event.variant, event.change(is_alone))
    };
    let lines: String = events.iter().map(line).collect();
    render::file(&[header, format!("payloads! {{\n{lines}}}\n")])
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
    /// The fields that a response may set.
    answer: Vec<String>,
}

impl Event {
    /// An event of a file that was checked.
    fn of(api: &Api<'_>, object: &str, name: &str, event: &Value) -> Self {
        let text = |member: &str| event[member].as_str().unwrap_or_default().to_owned();
        let list = |member: &str, read: fn(&Value) -> Option<&str>| {
            event[member].as_array().into_iter().flatten().filter_map(read).map(str::to_owned).collect()
        };
        Self {
            name: name.to_owned(),
            variant: api.event_variant(name).to_owned(),
            phase: text("phase"),
            object: object.to_owned(),
            description: text("description"),
            fields: list("fields", Value::as_str),
            answer: list("answer", answer_name),
        }
    }

    fn doc(&self) -> String {
        let Self { name, phase, description, .. } = self;
        let answer: Vec<_> = self.answer.iter().map(|field| format!("`{field}`")).collect();
        let answer = match answer.as_slice() {
            [] => String::new(),
            [only] => format!(" Its answer may set {only}."),
            [some @ .., last] => format!(" Its answer may set {} and {last}.", some.join(", ")),
        };
        format!("{description}\n\nThe payload of `{name}`, a {phase}-event.{answer}")
    }

    /// The changes that its response may make: a type for each object, or for each event if those of the object differ, and the
    /// fields that it is to have.
    fn change(&self, is_alone: bool) -> String {
        let name = if is_alone { &self.variant } else { &self.object };
        match (self.phase.as_str(), self.answer.as_slice()) {
            ("pre", []) => "pre NoChange []".to_owned(),
            ("pre", fields) => format!("pre {name}Change {fields:?}"),
            _ => self.phase.clone(),
        }
    }

    /// One call of `event!`, as text.
    fn render(&self, api: &Api<'_>, file: &str, fields: &Value, common: &Value, uses: &mut Uses) -> Result<String> {
        let doc = doc_text(&self.doc(), "    ");
        let mut text = format!("event! {{\n{doc}    pub struct {} = {:?} {{\n", self.variant, self.name);
        let shared = common.as_object().into_iter().flatten().map(|(name, field)| (name, field, COMMON));
        let shared = shared.filter(|(name, ..)| *name != EVENT_TYPE);
        let own = self.fields.iter().map(|name| (name, &fields[name], file));
        for (name, field, file) in shared.chain(own) {
            let pointer = format!("/fields/{}", token(name));
            let described = field["description"].as_str().unwrap_or_default();
            let ty = FieldType::of(api, field, file, &pointer)?;
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

impl FieldType {
    fn of(api: &Api<'_>, field: &Value, file: &str, pointer: &str) -> Result<Self> {
        let items = field.get("items").filter(|_| field["type"] == "array");
        let how = match items {
            Some(_) if field["x-json-text"] == true => "json",
            Some(_) => "many",
            None => "one",
        };
        let pointer = format!("{pointer}{}", if items.is_some() { "/items" } else { "" });
        let ty = Self::item(api, items.unwrap_or(field)).map_err(|error| error.within(file, &pointer))?;
        let names = ty.names().into_iter().map(|name| {
            let from = match name {
                "DateTime" | "Utc" => "chrono",
                name if api.is_at_root(name) => "crate",
                _ => "crate::v1",
            };
            (from, name.to_owned())
        });
        let names = names.collect();
        let rust = if how == "json" { format!("Vec<{}>", ty.rust_text()) } else { ty.rust_text() };
        Ok(Self { how, rust, names })
    }

    fn item(api: &Api<'_>, schema: &Value) -> Result<TypeRef> {
        // Only the references of the merged document were checked.
        if let Some(reference) = schema["$ref"].as_str().filter(|_| api.reference(schema).is_none()) {
            return Err(Error::new(COMMON, "/$ref", format!("{reference:?} leads nowhere")));
        }
        Ok(match field_type(api, schema)? {
            // An event's fields are strings of a form.
            TypeRef::List(_) | TypeRef::Map | TypeRef::Object | TypeRef::Any => TypeRef::String,
            ty => ty,
        })
    }
}
