//! The edits that make the fragments agree with the documentation in one fact.

mod lists;
mod properties;

use std::cell::RefCell;

use codegen::{Document, token};
use serde_json::{Map, Value, json};

use super::{
    folder::{Folder, Step},
    schema,
};
use crate::{
    drift::finding::{Change, Finding, Kind},
    yaml::{Edit, Lists},
};

/// Plans edits against the specification as it was compared.
pub(super) struct Planner<'a> {
    pub document: &'a Document,
    /// The vendor's OpenAPI document, if the documentation is one.
    pub vendors: Option<&'a Value>,
    pub folder: &'a mut Folder,
}

impl Planner<'_> {
    /// # Errors
    ///
    /// Why a person has to make the change.
    pub(super) fn plan(&mut self, finding: &Finding) -> Result<Vec<Step>, String> {
        let file = finding.ours.file.strip_prefix("spec/").unwrap_or(&finding.ours.file).to_owned();
        if file.contains('*') {
            return Err("which file it belongs to is open".to_owned());
        }
        if finding.note.is_some() {
            return Err("it is a matter of words".to_owned());
        }
        let target = Target { file, pointer: finding.ours.full_pointer(), finding };
        match (finding.kind, finding.change()) {
            (Kind::Property, Change::Added) => self.add_property(&target),
            (Kind::Property, Change::Removed) => self.remove_property(&target),
            (Kind::Parameter, Change::Added) => self.add_parameter(&target),
            (Kind::Parameter, Change::Removed) => self.remove_parameter(&target),
            (Kind::EnumValue, Change::Added) => self.add_value(&target),
            (Kind::EnumValue, Change::Removed) => self.remove_value(&target),
            (Kind::Required, _) => self.required(&target),
            (Kind::Limit | Kind::Pattern | Kind::Nullability | Kind::Default | Kind::Format, _) => {
                self.keyword(&target)
            }
            (Kind::Mounting, _) => self.set(&target),
            (Kind::Sample, _) => self.sample(&target),
            (Kind::Field, change) => self.field(&target, change),
            (Kind::Other, _) if target.file.starts_with("events/") && target.name() == "optional" => self.set(&target),
            (kind, _) => Err(by_hand(kind).to_owned()),
        }
    }

    /// Sets, adds or removes one member. A flag that is not set is left out.
    fn set(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let is_there = self.folder.value(&target.file, &target.pointer).is_some();
        // A body with required fields is required if it does not say otherwise.
        let is_body = target.parent().ends_with("/requestBody");
        let step = match &target.finding.theirs_value {
            None if is_there => self.remove(&target.file, &target.pointer),
            Some(Value::Bool(false)) if is_there && !is_body => self.remove(&target.file, &target.pointer),
            None => return Err("it is not in the fragment".to_owned()),
            Some(value) if is_there => {
                let (pointer, value) = (target.pointer.clone(), value.clone());
                (target.file.clone(), Edit::Replace { pointer, value, lists: Lists::Flow })
            }
            Some(value) => self.insert(target, value.clone())?,
        };
        Ok(vec![step])
    }

    /// The vendor's schema in our form. An enum that only the vendor's document has is added to the fragment.
    fn translated(
        &mut self,
        file: &str,
        theirs: &Value,
        description: Option<Value>,
    ) -> Result<(Value, Vec<Step>), String> {
        let steps = RefCell::new(Vec::new());
        let (document, vendors) = (self.document, self.vendors);
        let folder = RefCell::new(&mut *self.folder);
        let own_name = |name: &str| {
            let flat = |name: &str| name.replace('.', "_");
            let known = document.schemas().map(|(own, _)| own).find(|own| flat(own) == flat(name));
            if let Some(own) = known {
                return Some(own.to_owned());
            }
            let pointer = format!("/components/schemas/{}", token(name));
            let added = folder.borrow_mut().file_with(&pointer);
            if added.is_some() {
                return Some(name.to_owned());
            }
            let vendors = vendors?.pointer(&pointer)?;
            let values = vendors["enum"].as_array().filter(|_| vendors["type"] == "string")?;
            let value = json!({ "type": "string", "enum": values, "description": schema::to_be_written(name) });
            let (pointer, key) = ("/components/schemas".to_owned(), name.to_owned());
            let edit = Edit::Insert { pointer, key, value, before: Vec::new(), lists: Lists::Flow };
            steps.borrow_mut().push((file.to_owned(), edit));
            Some(name.to_owned())
        };
        let ours = schema::translated(theirs, description, &own_name)?;
        Ok((ours, steps.into_inner()))
    }

    /// A schema with the members of the one that it refers to, which may be added by one of the steps.
    fn resolved(&mut self, schema: &Value, steps: &[Step]) -> Value {
        let Some(reference) = schema["$ref"].as_str() else { return schema.clone() };
        let pointer = reference.trim_start_matches('#');
        let added = steps.iter().find_map(|(_, edit)| match edit {
            Edit::Insert { key, value, .. } if *key == last(pointer) => Some(value.clone()),
            _ => None,
        });
        let before = || self.folder.file_with(pointer).and_then(|file| self.folder.value(&file, pointer).cloned());
        let mut members = match added.or_else(before) {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        };
        members.extend(schema.as_object().cloned().unwrap_or_default());
        members.remove("$ref");
        Value::Object(members)
    }

    /// The value at the same place of the vendor's document.
    fn vendors_value(&self, pointer: &str) -> Option<&Value> {
        self.vendors?.pointer(pointer)
    }

    /// Adds a member, and the mappings around it that are missing.
    fn insert(&mut self, target: &Target<'_>, value: Value) -> Result<Step, String> {
        let missing = &target.finding.ours.missing;
        let [key, inner @ ..] = missing.as_slice() else {
            return Err("there is something else in its place".to_owned());
        };
        let value = inner.iter().rev().fold(value, |value, name| json!({ name: value }));
        let pointer = target.finding.ours.pointer.clone().unwrap_or_default();
        // Properties, fields and samples have names of their own.
        let is_named = pointer.ends_with("/properties") || pointer.ends_with("/fields");
        let before = if is_named { Vec::new() } else { schema::successors(key) };
        let edit = Edit::Insert { pointer, key: key.clone(), value, before, lists: Lists::Flow };
        Ok((target.file.clone(), edit))
    }

    /// Removes a member or item, or all of its collection if it is the only one.
    fn remove(&mut self, file: &str, pointer: &str) -> Step {
        let (parent, _) = pointer.rsplit_once('/').unwrap_or_default();
        let is_only = match self.folder.value(file, parent) {
            Some(Value::Array(items)) => items.len() == 1,
            Some(Value::Object(members)) => members.len() == 1,
            _ => false,
        };
        let pointer = if is_only && !parent.is_empty() { parent } else { pointer };
        (file.to_owned(), Edit::Remove { pointer: pointer.to_owned() })
    }

    /// The pointer of an item in a list.
    fn item(&mut self, file: &str, list: &str, item: &Value) -> Result<String, String> {
        let items = self.folder.value(file, list).and_then(Value::as_array);
        let number = items.and_then(|items| items.iter().position(|own| own == item));
        let number = number.ok_or_else(|| format!("it is not in the list at spec/{file}#{list}"))?;
        Ok(format!("{list}/{number}"))
    }
}

/// The place of a finding.
struct Target<'f> {
    file: String,
    pointer: String,
    finding: &'f Finding,
}

impl Target<'_> {
    fn parent(&self) -> &str {
        self.pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    fn name(&self) -> String {
        last(&self.pointer)
    }

    /// Whether it is an item in the list of an event's fields.
    fn is_of_event(&self) -> bool {
        self.pointer.starts_with("/events/") && self.parent().ends_with("/fields")
    }
}

fn last(pointer: &str) -> String {
    codegen::untoken(pointer.rsplit('/').next().unwrap_or_default())
}

fn by_hand(kind: Kind) -> &'static str {
    match kind {
        Kind::Operation => "an operation is written and removed by hand",
        Kind::Property | Kind::Parameter | Kind::Type | Kind::EnumValue => "a change of type needs a person",
        Kind::Event | Kind::Field => "the guide does not say all that spec/events/ does",
        Kind::EventsInDescription => "a description is written by hand",
        _ => "it is not one of the facts that can be changed without a person",
    }
}
