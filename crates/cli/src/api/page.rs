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
    /// Reads the items, under the documented name or the one that `meta.key` gives, and the link to the next page. The
    /// last page has none.
    ///
    /// # Errors
    ///
    /// The response is malformed.
    pub(super) fn read(page: &'a RawValue, items: &str) -> Result<Self> {
        let malformed = |problem: String| Failure::new(format!("listing {items}: {problem}"));
        let members: HashMap<String, &RawValue> = serde_json::from_str(page.get())
            .map_err(|error| malformed("the response is no JSON object".to_owned()).source(error))?;
        let meta: Option<Meta> = match members.get("meta") {
            Some(meta) => serde_json::from_str(meta.get())
                .map_err(|error| malformed("the member \"meta\" of the response".to_owned()).source(error))?,
            None => None,
        };
        let Meta { next_page_url, key } = meta.unwrap_or_default();
        let found = members.get(items).or_else(|| members.get(&key?));
        let found = found.ok_or_else(|| malformed(format!("the response has no member {items:?}")))?;
        let items = serde_json::from_str(found.get())
            .map_err(|error| malformed(format!("the member {items:?} of the response")).source(error))?;
        Ok(Self { items, next: next_page_url.filter(|link| !link.is_empty()) })
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(expecting = "an object")]
struct Meta {
    next_page_url: Option<String>,
    key: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<(usize, Option<String>)> {
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        Page::read(&raw, "items").map(|page| (page.items.len(), page.next))
    }

    #[test]
    fn the_items_are_under_their_documented_name_or_that_of_the_key() {
        let next = Some("/v1/Items?Page=1".to_owned());
        let json = r#"{"items": [1, 2], "meta": {"next_page_url": "/v1/Items?Page=1", "key": "things"}, "things": []}"#;
        assert_eq!(read(json).unwrap(), (2, next));
        assert_eq!(read(r#"{"things": [1], "meta": {"key": "things", "next_page_url": null}}"#).unwrap(), (1, None));
        assert_eq!(read(r#"{"\u0069tems": [1], "meta": null}"#).unwrap(), (1, None));
    }

    #[test]
    fn a_malformed_page_is_an_error_that_names_the_member() {
        for (json, problem) in [
            ("[]", "no JSON object"),
            ("{}", r#"no member "items""#),
            (r#"{"things": [], "meta": {"key": "other"}}"#, r#"no member "items""#),
            (r#"{"items": {}}"#, r#"the member "items""#),
            (r#"{"items": [], "meta": 7}"#, r#"the member "meta""#),
        ] {
            let error = read(json).unwrap_err().to_string();
            assert!(error.contains(problem), "{json}: {error}");
        }
    }
}
