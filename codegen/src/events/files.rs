//! The files of `spec/events/` as data, checked before anything is made of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    dialect,
    error::{Error, Result, token},
    names::{is_identifier, snake},
    spec::{Sources, parse},
};

/// The fields that every event has, and the enum of all events.
pub(crate) const COMMON: &str = "events/common.yaml";

/// The files by name, the common one among them. There are none where no file has events.
///
/// # Errors
///
/// Malformed YAML, a missing or unknown key, an event or object that two files have, a field that is not described or
/// listed twice, a filter or a changed field that is not known.
pub(crate) fn read(sources: &Sources) -> Result<BTreeMap<String, Value>> {
    let names = sources.0.keys().filter(|file| file.starts_with("events/") && *file != COMMON);
    let mut files = BTreeMap::new();
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for name in names {
        if files.is_empty() {
            let common = parse(sources, COMMON)?;
            check_form(COMMON, &dialect::COMMON_EVENTS, &common)?;
            files.insert(COMMON.to_owned(), common);
        }
        let content = parse(sources, name)?;
        check_form(name, &dialect::EVENTS, &content)?;
        File { name, content: &content, common: &files[COMMON] }.check()?;
        let object = content["object"].as_str().map(|object| format!("object {object}"));
        let events = entries(&content["events"]).map(|(event, _)| (event.clone(), format!("/events/{}", token(event))));
        for (what, pointer) in object.map(|object| (object, "/object".to_owned())).into_iter().chain(events) {
            let place = format!("spec/{name}#{pointer}");
            if let Some(first) = places.insert(what.clone(), place) {
                return Err(Error::new(name, pointer, format!("{what} is already defined at {first}")));
            }
        }
        files.insert(name.clone(), content);
    }
    Ok(files)
}

fn check_form(name: &str, form: &dialect::Holds, content: &Value) -> Result<()> {
    dialect::check(form, content, &|pointer, problem| Error::new(name, pointer, problem))
}

struct File<'a> {
    name: &'a str,
    content: &'a Value,
    common: &'a Value,
}

impl File<'_> {
    fn fail(&self, pointer: &str, problem: impl std::fmt::Display) -> Error {
        Error::new(self.name, pointer, problem)
    }

    fn check(&self) -> Result<()> {
        let object = self.content["object"].as_str().unwrap_or_default();
        if !is_identifier(object) {
            return Err(self.fail("/object", format!("found {object:?}, expected a name in Rust")));
        }
        for (name, _) in entries(&self.content["fields"]) {
            let pointer = format!("/fields/{}", token(name));
            if self.common["fields"].get(name).is_some() {
                let problem = format!("every event has this field already: spec/{COMMON}#{pointer}");
                return Err(self.fail(&pointer, problem));
            }
        }
        let prefix = self.common["event_type"]["prefix"].as_str().unwrap_or_default();
        for (name, event) in entries(&self.content["events"]) {
            let pointer = format!("/events/{}", token(name));
            if !name.starts_with(prefix) {
                return Err(self.fail(&pointer, format!("expected a name that begins with {prefix}")));
            }
            let fields = self.check_fields(event, &format!("{pointer}/fields"))?;
            self.check_answer(event, &fields, &format!("{pointer}/answer"))?;
            self.check_filters(event, &format!("{pointer}/filters"))?;
        }
        for (name, _) in entries(&self.content["changes"]) {
            let is_set = |(_, event): (&String, &Value)| answers(event).any(|answer| answer == name);
            if !entries(&self.content["events"]).any(is_set) {
                return Err(self.fail(&format!("/changes/{}", token(name)), "no event lists this field as its answer"));
            }
        }
        for (name, _) in entries(&self.content["fields"]) {
            let is_used = |(_, event): (&String, &Value)| names(&event["fields"]).is_some_and(|f| f.contains(&&**name));
            if !entries(&self.content["events"]).any(is_used) {
                return Err(self.fail(&format!("/fields/{}", token(name)), "no event lists this field"));
            }
        }
        Ok(())
    }

    fn check_fields<'e>(&self, event: &'e Value, pointer: &str) -> Result<Vec<&'e str>> {
        let fields =
            names(&event["fields"]).ok_or_else(|| self.fail(pointer, "expected names of fields, each once"))?;
        for (i, name) in fields.iter().enumerate() {
            let problem = if self.common["fields"].get(name).is_some() {
                format!("every event has the field {name}: spec/{COMMON}#/fields/{}", token(name))
            } else if self.content["fields"].get(name).is_none() {
                format!("{name} is not described under /fields")
            } else {
                continue;
            };
            return Err(self.fail(&format!("{pointer}/{i}"), problem));
        }
        Ok(fields)
    }

    /// A response is JSON and names its members in its own way: `friendly_name` sets `FriendlyName`.
    fn check_answer(&self, event: &Value, fields: &[&str], pointer: &str) -> Result<()> {
        let Some(answer) = event.get("answer") else { return Ok(()) };
        if event["phase"] != "pre" {
            return Err(self.fail(pointer, "only the response to a pre-event sets fields"));
        }
        for (i, field) in answer.as_array().into_iter().flatten().enumerate() {
            if field.is_object() && field["documented"] != false {
                let pointer = format!("{pointer}/{i}/documented");
                return Err(self.fail(&pointer, "expected false; a documented field is a name alone"));
            }
        }
        let answer =
            each_once(answer, answer_name).ok_or_else(|| self.fail(pointer, "expected names of fields, each once"))?;
        match answer.iter().position(|name| !fields.iter().any(|field| snake(field) == **name)) {
            Some(i) => {
                let known: Vec<_> = fields.iter().map(|field| snake(field)).collect();
                let problem = format!("found {}, expected one of {}", answer[i], known.join(", "));
                Err(self.fail(&format!("{pointer}/{i}"), problem))
            }
            None => match answer.iter().position(|name| self.content["changes"].get(name).is_none()) {
                Some(i) => {
                    let problem = format!("{} is not described under /changes", answer[i]);
                    Err(self.fail(&format!("{pointer}/{i}"), problem))
                }
                None => Ok(()),
            },
        }
    }

    /// The kinds of webhooks whose filters may name the event.
    fn check_filters(&self, event: &Value, pointer: &str) -> Result<()> {
        let Some(filters) = event.get("filters") else { return Ok(()) };
        let filters = names(filters).ok_or_else(|| self.fail(pointer, "expected kinds of webhooks, each once"))?;
        let known: Vec<_> = entries(&self.common["event_type"]["filters"]).map(|(name, _)| name.as_str()).collect();
        match filters.iter().position(|filter| !known.contains(filter)) {
            Some(i) => {
                let problem = format!(
                    "found {}, expected one of spec/{COMMON}#/event_type/filters: {}",
                    filters[i],
                    known.join(", ")
                );
                Err(self.fail(&format!("{pointer}/{i}"), problem))
            }
            None => Ok(()),
        }
    }
}

/// The name of a field that a response may set: of a documented one alone, of another one beside its source.
fn answer_name(field: &Value) -> Option<&str> {
    field.get("name").unwrap_or(field).as_str()
}

/// The names of the fields that a response to the event may set.
pub(super) fn answers(event: &Value) -> impl Iterator<Item = &str> {
    event["answer"].as_array().into_iter().flatten().filter_map(answer_name)
}

pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// The strings of a list, if it has some, nothing but strings, and each once.
pub(super) fn names(list: &Value) -> Option<Vec<&str>> {
    each_once(list, Value::as_str)
}

fn each_once(list: &Value, name: impl Fn(&Value) -> Option<&str>) -> Option<Vec<&str>> {
    let names: Vec<_> = list.as_array()?.iter().map(name).collect::<Option<_>>()?;
    let different = names.iter().collect::<BTreeSet<_>>().len() == names.len();
    (different && !names.is_empty()).then_some(names)
}
