//! Values that the server has been seen to write otherwise than it documents.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

/// A boolean, or one as a word in any case (`"False"`). Any other word is none.
pub(crate) fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written<'a> {
        Boolean(bool),
        Word(#[serde(borrow)] Cow<'a, str>),
    }
    Ok(match Option::<Written<'_>>::deserialize(deserializer)? {
        Some(Written::Boolean(value)) => Some(value),
        Some(Written::Word(word)) if word.eq_ignore_ascii_case("true") => Some(true),
        Some(Written::Word(word)) if word.eq_ignore_ascii_case("false") => Some(false),
        Some(Written::Word(_)) | None => None,
    })
}

#[cfg(test)]
mod tests {
    #[derive(serde::Deserialize)]
    struct Answer {
        #[serde(default, deserialize_with = "super::boolean")]
        online: Option<bool>,
    }

    fn online(json: &str) -> Option<bool> {
        serde_json::from_str::<Answer>(json).unwrap().online
    }

    #[test]
    fn words_are_booleans_too() {
        assert_eq!(online(r#"{"online": true}"#), Some(true));
        assert_eq!(online(r#"{"online": "False"}"#), Some(false));
        assert_eq!(online(r#"{"online": "TRUE"}"#), Some(true));
        assert_eq!(online(r#"{"online": "maybe"}"#), None);
        assert_eq!(online(r#"{"online": null}"#), None);
        assert_eq!(online("{}"), None);
    }
}
