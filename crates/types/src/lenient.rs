//! Values that the server writes otherwise than it documents, at times.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, de::Visitor};
use serde_json::{Map, Value};

/// A boolean, one as a word in any case (`"False"`), or one as a number. Another word or number is none.
pub(crate) fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    struct Boolean;

    impl<'de> Visitor<'de> for Boolean {
        type Value = Option<bool>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a boolean")
        }

        fn visit_bool<E>(self, value: bool) -> Result<Option<bool>, E> {
            Ok(Some(value))
        }

        fn visit_str<E>(self, word: &str) -> Result<Option<bool>, E> {
            let is = |other| word.eq_ignore_ascii_case(other);
            Ok(if is("true") { Some(true) } else { is("false").then_some(false) })
        }

        fn visit_u64<E>(self, number: u64) -> Result<Option<bool>, E> {
            Ok((number < 2).then_some(number == 1))
        }

        fn visit_i64<E>(self, _: i64) -> Result<Option<bool>, E> {
            Ok(None)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Option<bool>, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Option<bool>, E> {
            Ok(None)
        }
    }

    deserializer.deserialize_any(Boolean)
}

/// Texts by name. What is no text, such as null, is left out.
pub(crate) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    let members: Option<BTreeMap<String, Value>> = Option::deserialize(deserializer)?;
    let text = |(name, value)| match value {
        Value::String(text) => Some((name, text)),
        _ => None,
    };
    Ok(members.map(|members| members.into_iter().filter_map(text).collect()))
}

/// Takes a member out. One that is not of its type stays where it is; null is none.
pub(crate) fn take<T>(members: &mut Map<String, Value>, name: &str, read: fn(&Value) -> Option<T>) -> Option<T> {
    let value = members.get(name)?;
    let taken = read(value);
    if taken.is_some() || value.is_null() {
        members.remove(name);
    }
    taken
}

/// `Deserialize` for a model whose documentation is a sample: each member is read for itself, and what cannot be read
/// goes with the members that nobody knows.
macro_rules! tolerant {
    ($name:ident { $($field:ident: $how:ident = $wire:literal,)+ }) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut extra = serde_json::Map::deserialize(deserializer)?;
                Ok(Self {
                    $($field: crate::lenient::take(&mut extra, $wire, crate::lenient::tolerant!(@$how)),)+
                    extra,
                })
            }
        }
    };
    (@value) => { |value| serde::Deserialize::deserialize(value).ok() };
    (@$how:ident) => { |value| crate::lenient::$how(value).ok().flatten() };
}

pub(crate) use tolerant;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Answer {
        #[serde(default, deserialize_with = "super::boolean")]
        online: Option<bool>,
        #[serde(default, deserialize_with = "super::texts")]
        links: Option<BTreeMap<String, String>>,
    }

    fn online(json: &str) -> Option<bool> {
        serde_json::from_str::<Answer>(&format!("{{\"online\": {json}}}")).unwrap().online
    }

    #[test]
    fn words_and_numbers_are_booleans_too() {
        for (json, value) in [
            ("true", Some(true)),
            ("false", Some(false)),
            (r#""False""#, Some(false)),
            (r#""TRUE""#, Some(true)),
            ("1", Some(true)),
            ("0", Some(false)),
            ("2", None),
            ("-1", None),
            ("0.5", None),
            (r#""maybe""#, None),
            ("null", None),
        ] {
            assert_eq!(online(json), value, "{json}");
        }
        assert_eq!(serde_json::from_str::<Answer>("{}").unwrap().online, None);
        assert!(serde_json::from_str::<Answer>(r#"{"online": [true]}"#).is_err());
    }

    #[test]
    fn links_that_are_no_text_are_left_out() {
        let links = |json: &str| serde_json::from_str::<Answer>(&format!("{{\"links\": {json}}}")).unwrap().links;
        let kept = links(r#"{"a": "https://example.com/a", "b": null, "c": 1}"#).unwrap();
        assert_eq!(kept.into_iter().collect::<Vec<_>>(), [("a".to_owned(), "https://example.com/a".to_owned())]);
        assert_eq!(links("null"), None);
    }
}
