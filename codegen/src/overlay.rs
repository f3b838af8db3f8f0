//! Applies `spec/overlay.yaml`, in the form of the OpenAPI Overlay Specification 1.0.

use serde_json::{Map, Value};
use serde_json_path::JsonPath;

use crate::{
    error::{Error, Result},
    spec::{Document, Sources, check_references, parse},
};

const FILE: &str = "overlay.yaml";

/// Applies the actions in their order.
///
/// # Errors
///
/// An action without target, description or `x-source`; a target that is not a JSONPath (RFC 9535) or matches nothing; a
/// `$ref` that leads nowhere afterwards.
pub(crate) fn apply(document: &mut Document, sources: &Sources) -> Result<()> {
    let overlay = parse(sources, FILE)?;
    if overlay["overlay"].as_str() != Some("1.0.0") {
        return Err(Error::new(FILE, "/overlay", "expected version 1.0.0"));
    }
    let actions = overlay["actions"].as_array().ok_or_else(|| Error::new(FILE, "/actions", "expected a list"))?;
    for (i, action) in actions.iter().enumerate() {
        act(&mut document.root, action, &format!("/actions/{i}"))?;
    }
    // A reference that an action brought is the overlay's to answer for, wherever it was put.
    check_references(document).map_err(|error| Error::new(FILE, "", format!("after all actions: {error}")))
}

fn act(root: &mut Value, action: &Value, pointer: &str) -> Result<()> {
    let fail = |member: &str, problem: String| Err(Error::new(FILE, format!("{pointer}/{member}"), problem));
    for member in ["target", "description", "x-source"] {
        if action[member].as_str().is_none_or(|text| text.trim().is_empty()) {
            return fail(member, "expected a text: what is changed, why, and how it is known".to_owned());
        }
    }
    let target = action["target"].as_str().unwrap_or_default();
    let path = match JsonPath::parse(target) {
        Ok(path) => path,
        Err(error) => return fail("target", format!("not a JSONPath: {error}")),
    };
    let mut matches: Vec<String> =
        path.query_located(root).locations().map(|location| location.to_json_pointer()).collect();
    if matches.is_empty() {
        return fail("target", format!("{target} matches nothing"));
    }
    match (action.get("update"), action["remove"].as_bool()) {
        (Some(update), None) => {
            for place in &matches {
                merge(root.pointer_mut(place).expect("it was just found"), update);
            }
            Ok(())
        }
        (None, Some(true)) => {
            // From the back, so that the places of later matches in a list stay right.
            matches.reverse();
            matches.iter().for_each(|place| remove(root, place));
            Ok(())
        }
        _ => fail("update", "expected either update, or remove: true".to_owned()),
    }
}

/// As the Overlay Specification says: objects are merged member by member, lists are appended to, all else is replaced.
fn merge(place: &mut Value, update: &Value) {
    match (place, update) {
        (Value::Object(place), Value::Object(update)) => {
            for (name, value) in update {
                match place.get_mut(name) {
                    Some(present) => merge(present, value),
                    None => _ = place.insert(name.clone(), value.clone()),
                }
            }
        }
        (Value::Array(place), Value::Array(update)) => place.extend(update.iter().cloned()),
        (place, update) => *place = update.clone(),
    }
}

fn remove(root: &mut Value, place: &str) {
    let Some((parent, name)) = place.rsplit_once('/') else { return };
    match root.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            let members: &mut Map<_, _> = members;
            members.shift_remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(items)) => {
            if let Ok(i) = name.parse::<usize>() {
                items.remove(i);
            }
        }
        _ => {}
    }
}
