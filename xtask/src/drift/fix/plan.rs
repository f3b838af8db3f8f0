//! The edits that make the fragments agree with the documentation in one fact.

use std::{cell::RefCell, collections::BTreeSet};

use codegen::{Document, token};
use serde_json::{Map, Value, json};

use super::{
    folder::{Folder, Step},
    sample, schema,
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

    /// A new property at the end of its siblings, and its value in the samples of responses.
    fn add_property(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let name = target.name();
        let theirs = target.finding.theirs_value.as_ref().unwrap_or(&Value::Null);
        let (ours, mut steps) = self.translated(&target.file, theirs, Some(schema::to_be_written(&name)))?;
        let owner = target.pointer.strip_suffix(&format!("/properties/{}", token(&name)));
        let owner = owner.ok_or("it is not a property of an object")?;
        steps.push(self.insert(target, ours.clone())?);
        let resolved = self.resolved(&ours, &steps);
        let mut seen = BTreeSet::new();
        for place in sample::places(self.document, owner).into_iter().filter(|place| place.in_response) {
            let file = self.document.file_of(&place.pointer).to_owned();
            let value = self.folder.value(&file, &place.pointer).cloned();
            let lacks = value.as_ref().and_then(Value::as_object).is_some_and(|members| !members.contains_key(&name));
            if lacks && self.is_new(&file, &place.pointer, &mut seen) {
                let vendors = self.vendors_value(&format!("{}/{}", place.pointer, token(&name)));
                let value = sample::value_for(&name, &resolved, vendors)?;
                let (pointer, key) = (place.pointer, name.clone());
                steps.push((file, Edit::Insert { pointer, key, value, before: Vec::new(), lists: Lists::Block }));
            }
        }
        Ok(steps)
    }

    /// The property and its values in all samples.
    fn remove_property(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let mut steps = vec![(target.file.clone(), Edit::Remove { pointer: target.pointer.clone() })];
        let mut seen = BTreeSet::new();
        for place in sample::places(self.document, &target.pointer) {
            let file = self.document.file_of(&place.pointer).to_owned();
            let is_there = self.folder.value(&file, &place.pointer).is_some();
            if is_there && self.is_new(&file, &place.pointer, &mut seen) {
                steps.push((file, Edit::Remove { pointer: place.pointer }));
            }
        }
        Ok(steps)
    }

    fn add_parameter(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let theirs = target.finding.theirs_value.as_ref().unwrap_or(&Value::Null);
        let (name, place) = (theirs["name"].as_str().unwrap_or_default(), theirs["in"].as_str().unwrap_or_default());
        if name.is_empty() || !matches!(place, "query" | "header") {
            return Err(format!("a {place} parameter is part of the path"));
        }
        if theirs["required"] == true {
            return Err("a parameter that is required breaks calls that are made now".to_owned());
        }
        let (schema, mut steps) = self.translated(&target.file, &theirs["schema"], None)?;
        let description = schema::to_be_written(name);
        let parameter = json!({ "name": name, "in": place, "description": description, "schema": schema });
        if self.folder.value(&target.file, &target.pointer).is_some_and(Value::is_array) {
            let edit = Edit::Append { pointer: target.pointer.clone(), value: parameter, lists: Lists::Flow };
            steps.push((target.file.clone(), edit));
        } else {
            let before = vec!["requestBody".to_owned(), "responses".to_owned()];
            let (pointer, key) = (target.parent().to_owned(), target.name());
            let value = json!([parameter]);
            steps.push((target.file.clone(), Edit::Insert { pointer, key, value, before, lists: Lists::Flow }));
        }
        Ok(steps)
    }

    fn remove_parameter(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let ours = target.finding.ours_value.as_ref().unwrap_or(&Value::Null);
        if ours["in"] == "path" {
            return Err("a path parameter is part of the path".to_owned());
        }
        let mut steps = Vec::new();
        // Each operation has the parameter or an alias for it; the one with the anchor comes last.
        let last = target.parent();
        let mut lists: Vec<String> =
            target.finding.operations.iter().filter_map(|operation| list_of(operation)).collect();
        lists.sort_by_key(|list| list == last);
        for list in lists {
            let file = self.document.file_of(&list).to_owned();
            let parameters = self.folder.value(&file, &list).and_then(Value::as_array);
            let is_it = |parameter: &Value| parameter["name"] == ours["name"] && parameter["in"] == ours["in"];
            let number = parameters.and_then(|list| list.iter().position(is_it));
            let number = number.ok_or("it is not in the operation's own list")?;
            steps.push(self.remove(&file, &format!("{list}/{number}")));
        }
        Ok(steps)
    }

    fn add_value(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let value = target.finding.theirs_value.clone().unwrap_or_default();
        let edit = Edit::Append { pointer: target.parent().to_owned(), value: value.clone(), lists: Lists::Flow };
        let mut steps = vec![(target.file.clone(), edit)];
        let owner = target.parent().strip_suffix("/enum").unwrap_or_default();
        let described = format!("{owner}/x-enum-descriptions");
        if let (Some(name), Some(_)) = (value.as_str(), self.folder.value(&target.file, &described)) {
            let (key, value) = (name.to_owned(), schema::to_be_written(name));
            let edit = Edit::Insert { pointer: described, key, value, before: Vec::new(), lists: Lists::Flow };
            steps.push((target.file.clone(), edit));
        }
        Ok(steps)
    }

    fn remove_value(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let value = target.finding.ours_value.clone().unwrap_or_default();
        let list = target.parent().to_owned();
        let owner = list.strip_suffix("/enum").unwrap_or_default().to_owned();
        for place in sample::places(self.document, &owner) {
            let file = self.document.file_of(&place.pointer).to_owned();
            if self.folder.value(&file, &place.pointer) == Some(&value) {
                return Err(format!("the sample at spec/{file}#{} has it", place.pointer));
            }
        }
        let mut steps = vec![self.remove_item(&target.file, &list, &value)?];
        let described = format!("{owner}/x-enum-descriptions/{}", token(value.as_str().unwrap_or_default()));
        if self.folder.value(&target.file, &described).is_some() {
            steps.push(self.remove(&target.file, &described));
        }
        if self.folder.value(&target.file, &format!("{owner}/default")) == Some(&value) {
            return Err("it is the default".to_owned());
        }
        Ok(steps)
    }

    /// A name in a list of required properties, or a flag.
    fn required(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        match (&target.finding.ours_value, &target.finding.theirs_value) {
            (Some(Value::String(name)), None) => {
                Ok(vec![self.remove_item(&target.file, target.parent(), &json!(name))?])
            }
            (None, Some(Value::String(name))) => self.require(target, name),
            _ => self.set(target),
        }
    }

    fn require(&mut self, target: &Target<'_>, name: &str) -> Result<Vec<Step>, String> {
        let (list, value) = (target.parent().to_owned(), json!(name));
        let owner = list.strip_suffix("/required").ok_or("it is not in a list of required properties")?.to_owned();
        let mut steps = if self.folder.value(&target.file, &list).is_some_and(Value::is_array) {
            vec![(target.file.clone(), Edit::Append { pointer: list, value, lists: Lists::Flow })]
        } else {
            let (key, before) = ("required".to_owned(), schema::successors("required"));
            let (pointer, value) = (owner.clone(), json!([value]));
            vec![(target.file.clone(), Edit::Insert { pointer, key, value, before, lists: Lists::Flow })]
        };
        // A sample that lacks what is required is none.
        let property = format!("{owner}/properties/{}", token(name));
        let described = self.folder.value(&target.file, &property).cloned();
        let resolved = self.resolved(&described.unwrap_or_default(), &steps);
        let mut seen = BTreeSet::new();
        for place in sample::places(self.document, &owner) {
            let file = self.document.file_of(&place.pointer).to_owned();
            let value = self.folder.value(&file, &place.pointer);
            let lacks = value.and_then(Value::as_object).is_some_and(|members| !members.contains_key(name));
            if lacks && self.is_new(&file, &place.pointer, &mut seen) {
                let vendors = self.vendors_value(&format!("{}/{}", place.pointer, token(name)));
                let value = sample::value_for(name, &resolved, vendors)?;
                let (pointer, key) = (place.pointer, name.to_owned());
                steps.push((file, Edit::Insert { pointer, key, value, before: Vec::new(), lists: Lists::Block }));
            }
        }
        Ok(steps)
    }

    /// A keyword of a schema, and other values in samples that it does not allow any more.
    fn keyword(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let mut steps = self.set(target)?;
        let (owner, keyword) = (target.parent().to_owned(), target.name());
        let old = self.folder.value(&target.file, &owner).cloned().unwrap_or_default();
        let mut new = old.clone();
        if let Some(members) = new.as_object_mut() {
            members.insert(keyword, target.finding.theirs_value.clone().unwrap_or_default());
        }
        let (old, new) = (self.resolved(&old, &[]), self.resolved(&new, &[]));
        for place in sample::places(self.document, &owner) {
            let file = self.document.file_of(&place.pointer).to_owned();
            let Some(value) = self.folder.value(&file, &place.pointer).cloned() else { continue };
            if sample::fits(&value, &old) && !sample::fits(&value, &new) {
                let name = last(&place.pointer);
                // Null would show less than the value before.
                let mut shown = new.clone();
                shown.as_object_mut().and_then(|members| members.shift_remove("nullable"));
                let value = sample::value_for(&name, &shown, self.vendors_value(&place.pointer))?;
                steps.push((file, Edit::Replace { pointer: place.pointer, value, lists: Lists::Block }));
            }
        }
        Ok(steps)
    }

    /// Sets, adds or removes one member. A flag that is not set is left out.
    fn set(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let is_there = self.folder.value(&target.file, &target.pointer).is_some();
        let step = match &target.finding.theirs_value {
            None | Some(Value::Bool(false)) if is_there => self.remove(&target.file, &target.pointer),
            None => return Err("it is not in the fragment".to_owned()),
            Some(value) if is_there => {
                let (pointer, value) = (target.pointer.clone(), value.clone());
                (target.file.clone(), Edit::Replace { pointer, value, lists: Lists::Flow })
            }
            Some(value) => self.insert(target, value.clone())?,
        };
        Ok(vec![step])
    }

    fn sample(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let is_inside = target.pointer.contains("/examples/") && !target.pointer.ends_with("/value");
        if !is_inside || !target.finding.label.is_empty() || target.finding.ours.missing.len() > 1 {
            return Err("a whole sample is written by hand".to_owned());
        }
        let (file, pointer) = (target.file.clone(), target.pointer.clone());
        let step = match target.finding.theirs_value.clone() {
            None => Edit::Remove { pointer },
            Some(value) if self.folder.value(&file, &pointer).is_some() => {
                Edit::Replace { pointer, value, lists: Lists::Block }
            }
            Some(value) => {
                let (pointer, key) = (target.parent().to_owned(), target.name());
                Edit::Insert { pointer, key, value, before: Vec::new(), lists: Lists::Block }
            }
        };
        Ok(vec![(file, step)])
    }

    /// A field in the list of an event, if its file knows the field.
    fn field(&mut self, target: &Target<'_>, change: Change) -> Result<Vec<Step>, String> {
        let file = target.file.clone();
        match (change, &target.finding.theirs_value) {
            (Change::Added, Some(Value::String(name))) if target.is_of_event() => {
                let known = format!("/fields/{}", token(name));
                if self.folder.value(&file, &known).is_none() {
                    return Err(format!("spec/{file}#/fields does not describe {name}"));
                }
                let (pointer, value) = (target.parent().to_owned(), json!(name));
                Ok(vec![(file, Edit::Append { pointer, value, lists: Lists::Block })])
            }
            (Change::Removed, _) if target.is_of_event() => {
                let name = target.finding.ours_value.clone().unwrap_or_default();
                Ok(vec![self.remove_item(&file, target.parent(), &name)?])
            }
            _ if target.name() == "documented" => Err("its description says that it is not documented".to_owned()),
            _ => Err(by_hand(Kind::Field).to_owned()),
        }
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

    /// Whether none of the pointers that lead to a value was seen before.
    fn is_new(&mut self, file: &str, pointer: &str, seen: &mut BTreeSet<String>) -> bool {
        let aliases = self.folder.text(file).map(|text| text.aliases_of(pointer)).unwrap_or_default();
        let is_new = !seen.contains(pointer);
        seen.extend(aliases);
        is_new
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

    fn remove_item(&mut self, file: &str, list: &str, item: &Value) -> Result<Step, String> {
        let items = self.folder.value(file, list).and_then(Value::as_array);
        let number = items.and_then(|items| items.iter().position(|own| own == item));
        let number = number.ok_or_else(|| format!("it is not in the list at spec/{file}#{list}"))?;
        Ok(self.remove(file, &format!("{list}/{number}")))
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

/// The parameters of an operation that is named by its path and method: `/v1/Users GET`.
fn list_of(operation: &str) -> Option<String> {
    let (path, method) = operation.rsplit_once(' ')?;
    Some(format!("/paths/{}/{}/parameters", token(path), method.to_lowercase()))
}

fn last(pointer: &str) -> String {
    pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~")
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
