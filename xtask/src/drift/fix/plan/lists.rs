//! Edits of lists: parameters of operations, values of enums, fields of events.

use codegen::token;
use serde_json::{Value, json};

use super::{
    super::{folder::Step, sample, schema},
    Planner, Target, by_hand,
};
use crate::{
    drift::finding::{Change, Kind},
    yaml::{Edit, Lists},
};

impl Planner<'_> {
    pub(super) fn add_parameter(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
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

    pub(super) fn remove_parameter(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
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

    pub(super) fn add_value(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
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

    pub(super) fn remove_value(&mut self, target: &Target<'_>) -> Result<Vec<Step>, String> {
        let value = target.finding.ours_value.clone().unwrap_or_default();
        let list = target.parent().to_owned();
        let owner = list.strip_suffix("/enum").unwrap_or_default().to_owned();
        for place in sample::places(self.document, &owner) {
            let file = self.document.file_of(&place.pointer).to_owned();
            if self.folder.value(&file, &place.pointer) == Some(&value) {
                return Err(format!("the sample at spec/{file}#{} has it", place.pointer));
            }
        }
        let pointer = self.item(&target.file, &list, &value)?;
        let mut steps = vec![(target.file.clone(), Edit::Remove { pointer })];
        let described = format!("{owner}/x-enum-descriptions/{}", token(value.as_str().unwrap_or_default()));
        if self.folder.value(&target.file, &described).is_some() {
            steps.push(self.remove(&target.file, &described));
        }
        if self.folder.value(&target.file, &format!("{owner}/default")) == Some(&value) {
            return Err("it is the default".to_owned());
        }
        Ok(steps)
    }

    /// A field in the list of an event, if its file knows the field.
    pub(super) fn field(&mut self, target: &Target<'_>, change: Change) -> Result<Vec<Step>, String> {
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
                let pointer = self.item(&file, target.parent(), &name)?;
                Ok(vec![(file, Edit::Remove { pointer })])
            }
            _ if target.name() == "documented" => Err("its description says that it is not documented".to_owned()),
            _ => Err(by_hand(Kind::Field).to_owned()),
        }
    }
}

/// The parameters of an operation that is named by its path and method: `/v1/Users GET`.
fn list_of(operation: &str) -> Option<String> {
    let (path, method) = operation.rsplit_once(' ')?;
    Some(format!("/paths/{}/{}/parameters", token(path), method.to_lowercase()))
}
