//! One event as a call of `event!`.

use serde_json::Value;

use super::files::{self, COMMON, answers};
use crate::{
    error::{Error, Result, token},
    model::{Api, TypeRef, field_type},
    names::snake,
    render::{Uses, doc_text},
};

/// The field that says which event it is, as the struct of an event does already.
pub(super) const EVENT_TYPE: &str = "EventType";

/// An event of a file that was checked.
pub(super) struct Event {
    /// `onMessageAdded`.
    pub name: String,
    /// `MessageAdded`.
    pub variant: String,
    pub phase: String,
    pub object: String,
    pub description: String,
    pub fields: Vec<String>,
    /// The fields that a response may set.
    pub answer: Vec<String>,
    /// Type of the change that a response may make.
    pub change: Option<String>,
}

impl Event {
    /// `change` is not set yet.
    pub(super) fn of(api: &Api<'_>, object: &str, name: &str, event: &Value) -> Self {
        let text = |member: &str| event[member].as_str().unwrap_or_default().to_owned();
        Self {
            name: name.to_owned(),
            variant: api.event_variant(name).to_owned(),
            phase: text("phase"),
            object: object.to_owned(),
            description: text("description"),
            fields: files::names(&event["fields"]).into_iter().flatten().map(str::to_owned).collect(),
            answer: answers(event).map(str::to_owned).collect(),
            change: None,
        }
    }

    fn doc(&self) -> String {
        let Self { name, phase, description, .. } = self;
        let answer = match self.answer.as_slice() {
            [] => String::new(),
            fields => format!(" Its answer may set {}.", and(fields)),
        };
        format!("{description}\n\nThe payload of `{name}`, a {phase}-event.{answer}")
    }

    /// One call of `event!`, as text.
    pub(super) fn render(
        &self,
        api: &Api<'_>,
        file: &str,
        fields: &Value,
        common: &Value,
        uses: &mut Uses,
    ) -> Result<String> {
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

/// `` `a`, `b` and `c` ``.
pub(super) fn and(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}
