//! The pages of a list.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use serde_json::value::RawValue;

use crate::failure::{Failure, Result};

/// A page of a list.
pub(super) struct Page<'a> {
    pub(super) items: Vec<&'a RawValue>,
    pub(super) next: Option<String>,
}

impl<'a> Page<'a> {
    /// Reads the items, and the link to the next page. The last page has none.
    ///
    /// # Errors
    ///
    /// The response is malformed.
    pub(super) fn read(page: &'a RawValue, items: &str) -> Result<Self> {
        let malformed = |problem: String| Failure::new(format!("listing {items}: {problem}"));
        let members: HashMap<&str, &RawValue> = serde_json::from_str(page.get())
            .map_err(|error| malformed("the response is no JSON object".to_owned()).source(error))?;
        let found = members.get(items).ok_or_else(|| malformed(format!("the response has no member {items:?}")))?;
        let items = serde_json::from_str(found.get())
            .map_err(|error| malformed(format!("the member {items:?} of the response")).source(error))?;
        let meta: Option<Meta> = match members.get("meta") {
            Some(meta) => serde_json::from_str(meta.get())
                .map_err(|error| malformed("the member \"meta\" of the response".to_owned()).source(error))?,
            None => None,
        };
        let next = meta.and_then(|meta| meta.next_page_url);
        Ok(Self { items, next: next.filter(|link| !link.is_empty()) })
    }
}

#[derive(serde::Deserialize)]
#[serde(expecting = "an object")]
struct Meta {
    next_page_url: Option<String>,
}

/// The links that a list followed, by their hashes: 8 bytes for each page.
#[derive(Default)]
pub(super) struct Followed {
    hashes: HashSet<u64>,
}

impl Followed {
    /// Adds a link; returns whether it is new. The pages after a link that is not would repeat without end.
    pub(super) fn is_new(&mut self, link: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        link.hash(&mut hasher);
        self.hashes.insert(hasher.finish())
    }
}
