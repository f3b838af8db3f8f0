//! `spec/events/`: a struct for each webhook event, the enum of all, and the changes that a response to each may make.

mod changes;
mod event;
mod files;
mod schemas;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    error::Result,
    model::Api,
    names::snake,
    render::{self, Uses, doc_text},
    spec::Sources,
};
use event::Event;
use files::{COMMON, entries};

pub(crate) use files::read;
pub(crate) use schemas::add_schemas;

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

/// The generated files about events.
pub(crate) struct Events {
    /// The files of `crates/types/src/generated/event`, by path.
    pub types: BTreeMap<String, String>,
    /// Files of `crates/webhook/src/generated`, by path: the changes that responses may make, and the events with theirs.
    pub webhook: BTreeMap<String, String>,
    /// Files of `crates/cli/src/generated`, by path: the events as data.
    pub cli: BTreeMap<String, String>,
}

/// The structs, the enum, the changes and the table of payloads.
///
/// # Errors
///
/// A file that is not in order, a field that has no type in Rust.
pub(crate) fn files(api: &Api<'_>, sources: &Sources) -> Result<Events> {
    let contents = read(sources)?;
    let mut files = BTreeMap::new();
    let mut objects = Vec::new();
    let mut events = Vec::new();
    let mut changes = Vec::new();
    for (file, content) in contents.iter().filter(|(file, _)| *file != COMMON) {
        let object = content["object"].as_str().unwrap_or_default();
        let module = snake(object);
        let mut uses = Uses::default();
        let mut parts = Vec::new();
        let mut own = Vec::new();
        for (name, event) in entries(&content["events"]) {
            let event = Event::of(api, object, name, event);
            parts.push(event.render(api, file, &content["fields"], &contents[COMMON]["fields"], &mut uses)?);
            own.push(event);
        }
        changes.extend(changes::of_object(&mut own, content));
        events.append(&mut own);
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
    let mut rows = Vec::new();
    for event in &events {
        let of_event = |(_, content): &(&String, &Value)| content["events"].get(&event.name).is_some();
        if let Some((file, content)) = contents.iter().find(of_event) {
            rows.push(table::Row { event, file, fields: &content["fields"] });
        }
    }
    let common = contents.get(COMMON).map_or(&Value::Null, |common| &common["fields"]);
    let cli = BTreeMap::from([("events.rs".to_owned(), table::render(api, &rows, common)?)]);
    let webhook = BTreeMap::from([
        ("changes.rs".to_owned(), changes::render(&changes)),
        ("events.rs".to_owned(), payloads(&events)),
    ]);
    Ok(Events { types: files, webhook, cli })
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

/// The receiver's table: phase and change of each event.
fn payloads(events: &[Event]) -> String {
    let header = render::header(&["events"]);
    if events.is_empty() {
        return header;
    }
    let line = |event: &Event| match (event.phase.as_str(), &event.change) {
        ("pre", Some(change)) => format!("    {}: pre {change},\n", event.variant),
        ("pre", None) => format!("    {}: pre NoChange,\n", event.variant),
        (phase, _) => format!("    {}: {phase},\n", event.variant),
    };
    let lines: String = events.iter().map(line).collect();
    render::file(&[header, format!("payloads! {{\n{lines}}}\n")])
}
