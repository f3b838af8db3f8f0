//! The members of an item, verbatim.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::failure::{Failure, Result};

/// The members of a JSON object, by name.
pub(super) struct Members<'a>(HashMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    /// # Errors
    ///
    /// The item is no object. The error begins with `doing`.
    pub(super) fn new(item: &'a RawValue, doing: &str) -> Result<Self> {
        let members = serde_json::from_str(item.get()).map_err(|error| {
            Failure::new(format!("{doing}: the response, or an item of its list, is no JSON object")).source(error)
        })?;
        Ok(Self(members))
    }

    /// The member of this name; for `a.b`, the member `b` of the member `a`.
    pub(super) fn get(&self, path: &str) -> Option<&'a RawValue> {
        let mut names = path.split('.');
        let first = self.0.get(names.next()?).copied();
        names.fold(first, |value, name| {
            serde_json::from_str::<HashMap<String, &'a RawValue>>(value?.get()).ok()?.remove(name)
        })
    }
}
