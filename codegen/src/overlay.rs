//! Applies `spec/overlay.yaml`, in the form of the OpenAPI Overlay Specification 1.0.

mod target;

use serde_json::{Map, Value};

use crate::{
    dialect,
    error::{Error, Result, token, untoken},
    spec::{Document, Sources, check_references, parse},
};
use target::Target;

const FILE: &str = "overlay.yaml";

/// Applies the actions in their order.
///
/// # Errors
///
/// An unknown or missing key; a target that is not a JSONPath (RFC 9535), that matches nothing, or that lists a name which
/// matches nothing; an action that changes nothing; a `$ref` that leads nowhere afterwards.
pub(crate) fn apply(document: &mut Document, sources: &Sources) -> Result<()> {
    let overlay = parse(sources, FILE)?;
    dialect::check(&dialect::OVERLAY, &overlay, &|pointer, problem| Error::new(FILE, pointer, problem))?;
    for (i, action) in overlay["actions"].as_array().into_iter().flatten().enumerate() {
        act(document, action, &format!("/actions/{i}"))?;
    }
    check_references(document)
}

fn act(document: &mut Document, action: &Value, pointer: &str) -> Result<()> {
    let fail = |member: &str, problem: String| Err(Error::new(FILE, format!("{pointer}/{member}"), problem));
    let target = Target::parse(action["target"].as_str().unwrap_or_default());
    let places = match target.and_then(|target| target.places(&document.root)) {
        Ok(places) => places,
        Err(problem) => return fail("target", problem),
    };
    match (action.get("update"), action["remove"].as_bool()) {
        (Some(update), None) => {
            let mut updated = Update { document, changed: false };
            for place in places {
                updated.merge(&place, update, &format!("{pointer}/update"));
            }
            if updated.changed {
                return Ok(());
            }
            fail("update", "it changes nothing, since the documentation says the same: remove the action".to_owned())
        }
        (None, Some(true)) => {
            // From the back, so that the places of later matches in a list stay right.
            places.iter().rev().for_each(|place| remove(document, place));
            Ok(())
        }
        _ => fail("update", "expected either update, or remove: true".to_owned()),
    }
}

struct Update<'d> {
    document: &'d mut Document,
    changed: bool,
}

impl Update<'_> {
    /// As the Overlay Specification says: objects are merged member by member, lists are appended to, all else is replaced.
    /// `from` is the place of the update in the overlay, which errors about the new values name.
    fn merge(&mut self, place: &str, update: &Value, from: &str) {
        let present = self.document.root.pointer_mut(place).expect("it was just found");
        match (present, update) {
            (Value::Object(_), Value::Object(update)) => {
                for (name, value) in update {
                    let (place, from) = (format!("{place}/{}", token(name)), format!("{from}/{}", token(name)));
                    if self.document.root.pointer(&place).is_some() {
                        self.merge(&place, value, &from);
                    } else {
                        self.insert(&place, name, value, from);
                    }
                }
            }
            (Value::Array(present), Value::Array(update)) => {
                let first = present.len();
                present.extend(update.iter().cloned());
                self.changed |= !update.is_empty();
                for i in 0..update.len() {
                    self.document.came_from(format!("{place}/{}", first + i), FILE, format!("{from}/{i}"));
                }
            }
            (present, update) if *present != *update => {
                *present = update.clone();
                self.changed = true;
                self.document.forget_below(place);
                self.document.came_from(place.to_owned(), FILE, from.to_owned());
            }
            _ => {}
        }
    }

    fn insert(&mut self, place: &str, name: &str, value: &Value, from: String) {
        let parent = place.rfind('/').and_then(|end| self.document.root.pointer_mut(&place[..end]));
        if let Some(members) = parent.and_then(Value::as_object_mut) {
            members.insert(name.to_owned(), value.clone());
            self.changed = true;
            self.document.came_from(place.to_owned(), FILE, from);
        }
    }
}

fn remove(document: &mut Document, place: &str) {
    let Some((parent, name)) = place.rsplit_once('/') else { return };
    match document.root.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            let members: &mut Map<_, _> = members;
            members.shift_remove(&untoken(name));
            document.forget_below(place);
        }
        Some(Value::Array(items)) => {
            if let Ok(i) = name.parse::<usize>() {
                items.remove(i);
                document.forget_below(parent);
            }
        }
        _ => {}
    }
}
