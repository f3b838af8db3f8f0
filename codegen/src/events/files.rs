//! The files of `spec/events/` as data, checked before anything is made of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    error::{Error, Result, token},
    names::snake,
    spec::{Sources, parse},
};

/// The fields that every event has.
pub(crate) const COMMON: &str = "events/common.yaml";

/// What a field may say of itself; `enum` is there to be refused by name where types are made.
const FIELD: [&str; 10] =
    ["$ref", "type", "format", "pattern", "enum", "items", "description", "x-json-text", "documented", "optional"];

/// The files by name, the common one among them. There are none where no file has events.
///
/// # Errors
///
/// Malformed YAML, a missing or unknown member, a field that is not there or there twice, an answer that is none.
pub(crate) fn read(sources: &Sources) -> Result<BTreeMap<String, Value>> {
    let names = sources.0.keys().filter(|file| file.starts_with("events/") && *file != COMMON);
    let mut files = BTreeMap::new();
    for name in names {
        if files.is_empty() {
            let common = parse(sources, COMMON)?;
            File { name: COMMON, content: &common, common: &common }.check(&["fields"])?;
            files.insert(COMMON.to_owned(), common);
        }
        let content = parse(sources, name)?;
        let file = File { name, content: &content, common: &files[COMMON] };
        file.check(&["object", "fields", "events", "schemas"])?;
        file.check_events()?;
        files.insert(name.clone(), content);
    }
    Ok(files)
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

    /// The members of the file, and the fields that it describes.
    fn check(&self, members: &[&str]) -> Result<()> {
        self.members(self.content, "", members)?;
        for (name, field) in entries(&self.content["fields"]) {
            let pointer = format!("/fields/{}", token(name));
            self.members(field, &pointer, &FIELD)?;
            for flag in ["x-json-text", "documented", "optional"] {
                if field.get(flag).is_some_and(|value| !value.is_boolean()) {
                    return Err(self.fail(&format!("{pointer}/{flag}"), "expected true or false"));
                }
            }
            // Of the other fields, those that an event lists are asked for one.
            if self.name == COMMON && is_blank(&field["description"]) {
                return Err(self.fail(&pointer, "the field has no description"));
            }
        }
        Ok(())
    }

    fn members(&self, value: &Value, pointer: &str, known: &[&str]) -> Result<()> {
        let members = value.as_object().ok_or_else(|| self.fail(pointer, "expected a mapping"))?;
        match members.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => {
                let problem = format!("unknown member; expected one of {}", known.join(", "));
                Err(self.fail(&format!("{pointer}/{}", token(name)), problem))
            }
            None => Ok(()),
        }
    }

    fn check_events(&self) -> Result<()> {
        if !self.content["object"].is_string() {
            return Err(self.fail("/object", "expected the object's name"));
        }
        for (name, event) in entries(&self.content["events"]) {
            let pointer = format!("/events/{}", token(name));
            self.members(event, &pointer, &["phase", "description", "fields", "answer"])?;
            if !matches!(event["phase"].as_str(), Some("pre" | "post")) {
                return Err(self.fail(&format!("{pointer}/phase"), "expected pre or post"));
            }
            if is_blank(&event["description"]) {
                return Err(self.fail(&format!("{pointer}/description"), "expected a text"));
            }
            let fields = self.check_fields(event, &format!("{pointer}/fields"))?;
            self.check_answer(event, &fields, &format!("{pointer}/answer"))?;
        }
        Ok(())
    }

    fn check_fields<'e>(&self, event: &'e Value, pointer: &str) -> Result<Vec<&'e str>> {
        let fields =
            names(&event["fields"]).ok_or_else(|| self.fail(pointer, "expected names of fields, each once"))?;
        for name in &fields {
            let problem = match &self.common["fields"][name] {
                Value::Null if is_blank(&self.content["fields"][name]["description"]) => {
                    "no such field, or one without a description"
                }
                Value::Null => continue,
                _ => "every event has it, see spec/events/common.yaml",
            };
            return Err(self.fail(&format!("/fields/{}", token(name)), problem));
        }
        Ok(fields)
    }

    /// An answer is JSON and names its members in its own way: `friendly_name` sets `FriendlyName`.
    fn check_answer(&self, event: &Value, fields: &[&str], pointer: &str) -> Result<()> {
        let Some(answer) = event.get("answer") else { return Ok(()) };
        if event["phase"] != "pre" {
            return Err(self.fail(pointer, "only a pre-event is answered"));
        }
        for (i, field) in answer.as_array().into_iter().flatten().enumerate().filter(|(_, field)| field.is_object()) {
            let pointer = format!("{pointer}/{i}");
            self.members(field, &pointer, &["name", "documented", "description"])?;
            if field["documented"] != false || is_blank(&field["description"]) {
                return Err(
                    self.fail(&pointer, "expected documented: false, and a description that says where it is from")
                );
            }
        }
        let answer =
            each_once(answer, answer_name).ok_or_else(|| self.fail(pointer, "expected names of fields, each once"))?;
        match answer.iter().find(|name| !fields.iter().any(|field| snake(field) == **name)) {
            Some(name) => Err(self.fail(pointer, format!("{name} is none of the event's fields in snake case"))),
            None => Ok(()),
        }
    }
}

/// The name of a field that an answer may set: of a documented one alone, of another one beside its source.
pub(super) fn answer_name(field: &Value) -> Option<&str> {
    field.get("name").unwrap_or(field).as_str()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn is_blank(value: &Value) -> bool {
    value.as_str().is_none_or(|text| text.trim().is_empty())
}

/// The strings of a list, if it has some, nothing but strings, and each once.
fn names(list: &Value) -> Option<Vec<&str>> {
    each_once(list, Value::as_str)
}

fn each_once(list: &Value, name: impl Fn(&Value) -> Option<&str>) -> Option<Vec<&str>> {
    let names: Vec<_> = list.as_array()?.iter().map(name).collect::<Option<_>>()?;
    let different = names.iter().collect::<BTreeSet<_>>().len() == names.len();
    (different && !names.is_empty()).then_some(names)
}
