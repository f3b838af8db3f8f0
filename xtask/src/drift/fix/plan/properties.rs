//! Edits of schemas and of the samples that show them.

use std::collections::BTreeSet;

use codegen::token;
use serde_json::{Value, json};

use super::{
    super::{folder::Step, sample, schema},
    Planner, Target, last,
};
use crate::yaml::{Edit, Lists};

impl Planner<'_> {
    /// A new property at the end of its siblings, and its value in the samples: in all of responses, and in the first one
    /// of each request.
    pub(super) fn add_property(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let name = target.name();
        let theirs = target.finding.theirs_value.as_ref().unwrap_or(&Value::Null);
        let (ours, mut steps) = self.translated(&target.file, theirs, Some(schema::to_be_written(&name)))?;
        let owner = target.pointer.strip_suffix(&format!("/properties/{}", token(&name)));
        let owner = owner.ok_or("it is not a property of an object")?;
        steps.push(self.insert(target, ours.clone())?);
        let resolved = self.resolved(&ours, &steps);
        let mut places = sample::places(self.document, owner);
        // A page has its own samples of requests, which are differences of their own.
        let is_page = self.vendors.is_none();
        let mut requests = BTreeSet::new();
        places.retain(|place| place.in_response || !is_page && requests.insert(place.request().to_owned()));
        self.add_to_samples(places, &name, &resolved, &mut steps)?;
        Ok(steps)
    }

    /// The property and its values in all samples.
    pub(super) fn remove_property(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
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

    /// A name in a list of required properties, or a flag.
    pub(super) fn required(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        match (&target.finding.ours_value, &target.finding.theirs_value) {
            (Some(Value::String(name)), None) => {
                let item = self.item(&target.file, target.parent(), &json!(name))?;
                Ok(vec![self.remove(&target.file, &item)])
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
        self.add_to_samples(sample::places(self.document, &owner), name, &resolved, &mut steps)?;
        Ok(steps)
    }

    /// Adds the value of a property to the samples that lack it.
    fn add_to_samples(
        &mut self,
        places: Vec<sample::Place>,
        name: &str,
        schema: &Value,
        steps: &mut Vec<Step>,
    ) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for place in places {
            let file = self.document.file_of(&place.pointer).to_owned();
            let value = self.folder.value(&file, &place.pointer);
            let lacks = value.and_then(Value::as_object).is_some_and(|members| !members.contains_key(name));
            if lacks && self.is_new(&file, &place.pointer, &mut seen) {
                let vendors = self.vendors_value(&format!("{}/{}", place.pointer, token(name)));
                // A form has no null.
                let value = if place.in_response {
                    sample::value_for(name, schema, vendors)?
                } else {
                    sample::value_for(name, &never_null(schema), vendors)?
                };
                let (pointer, key) = (place.pointer, name.to_owned());
                steps.push((file, Edit::Insert { pointer, key, value, before: Vec::new(), lists: Lists::Block }));
            }
        }
        Ok(())
    }

    /// A keyword of a schema, and other values in samples that it does not allow any more.
    pub(super) fn keyword(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
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
                let value = sample::value_for(&name, &never_null(&new), self.vendors_value(&place.pointer))?;
                steps.push((file, Edit::Replace { pointer: place.pointer, value, lists: Lists::Block }));
            }
        }
        Ok(steps)
    }

    /// A member of a sample.
    pub(super) fn sample(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
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

    /// Whether none of the pointers that lead to a value was seen before.
    fn is_new(&mut self, file: &str, pointer: &str, seen: &mut BTreeSet<String>) -> bool {
        let aliases = self.folder.text(file).map(|text| text.aliases_of(pointer)).unwrap_or_default();
        let is_new = !seen.contains(pointer);
        seen.extend(aliases);
        is_new
    }
}

/// A schema that does not allow null.
fn never_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    schema.as_object_mut().and_then(|members| members.shift_remove("nullable"));
    schema
}
