//! `spec/events/`: a struct for each webhook event, the enum of all, and what may be answered to each.

mod files;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    error::{Error, Result, token},
    model::{Api, Enum, TypeRef, field_type, is_hand_written},
    names::{pascal, snake},
    render::{self, Uses, doc_text},
    spec::{Document, Sources},
};
use files::{COMMON, answer_name};

pub(crate) use files::read;

/// The field that says which event it is, as the struct of an event does already.
const EVENT_TYPE: &str = "EventType";

/// Adds the schemas that only events use, so that they get models like any other.
///
/// # Errors
///
/// A file that is not in order, and a schema that is defined already.
pub(crate) fn add_schemas(document: &mut Document, sources: &Sources) -> Result<()> {
    for (file, content) in read(sources)? {
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
/// An event that `event_type` does not list or that lacks something, and one that `event_type` lists and no file has.
pub(crate) fn files(api: &Api<'_>, sources: &Sources) -> Result<Events> {
    let mut files = BTreeMap::new();
    let doc = render::module_doc("The events that webhooks report.");
    let contents = read(sources)?;
    let Some(common) = contents.get(COMMON) else {
        files.insert("event/mod.rs".into(), render::file(&[render::header(&["events"]), doc]));
        return Ok(Events { types: files, answers: render::header(&["events"]) });
    };
    let pointer = "/components/schemas/event_type";
    let event_type = api.enums.values().find(|one| one.pointer == pointer);
    let mut events: BTreeMap<String, Event> = BTreeMap::new();
    let mut modules = Vec::new();
    for (file, content) in contents.iter().filter(|(file, _)| *file != COMMON) {
        let object = content["object"].as_str().unwrap_or_default();
        let module = snake(object);
        let mut uses = Uses::default();
        let mut parts = Vec::new();
        for (name, event) in content["events"].as_object().into_iter().flatten() {
            let event = Event::of(file, object, name, event, event_type)?;
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
    let mut answers = String::from("payloads! {\n");
    for name in event_type.iter().flat_map(|one| &one.values).map(|value| &value.wire) {
        let missing =
            || Error::new("overlay.yaml", "", format!("event_type lists {name}, and no file in spec/events/ has it"));
        let event = events.get(name).ok_or_else(missing)?;
        let Event { variant, phase, object, description, .. } = event;
        let differs =
            |other: &&Event| other.object == *object && !other.answer.is_empty() && other.answer != event.answer;
        let is_alone = events.values().any(|other| differs(&other));
        answers.push_str(&format!("    {variant}: {},\n", event.change(is_alone)));
        all.push_str(&format!("{}    {variant}: {phase} {object},\n", doc_text(description, "    ")));
    }
    all.push_str("}\n");
    answers.push_str("}\n");
    let declarations: String = modules.iter().map(|module| format!("mod {module};\n")).collect();
    let exports: String = modules.iter().map(|module| format!("pub use {module}::*;\n")).collect();
    let uses = "use crate::event::events;\n".to_owned();
    let parts = [render::header(&["events"]), doc, uses, declarations, exports, all];
    files.insert("event/mod.rs".into(), render::file(&parts));
    Ok(Events { types: files, answers: render::file(&[render::header(&["events"]), answers]) })
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
    /// What its answer may set.
    answer: Vec<String>,
}

impl Event {
    /// An event of a file that was checked.
    fn of(file: &str, object: &str, name: &str, event: &Value, event_type: Option<&Enum>) -> Result<Self> {
        let text = |member: &str| event[member].as_str().unwrap_or_default().to_owned();
        let names = |member: &str| {
            event[member].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let phase = text("phase");
        let group = format!("{}_EVENTS", phase.to_uppercase());
        let group = event_type.and_then(|one| one.groups.iter().find(|known| known.name == group));
        if !group.is_some_and(|group| group.values.iter().any(|value| value == name)) {
            let pointer = format!("/events/{}/phase", token(name));
            let problem = format!("event_type does not list {name} among its {phase}-events");
            return Err(Error::new(file, pointer, problem));
        }
        let prefix = event_type.map(|one| one.prefix.as_str()).unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            variant: pascal(name.strip_prefix(prefix).unwrap_or(name)),
            phase,
            object: object.to_owned(),
            description: text("description"),
            fields: names("fields"),
            answer: event["answer"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(answer_name)
                .map(str::to_owned)
                .collect(),
        })
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
                name if is_hand_written(name) => "crate",
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
