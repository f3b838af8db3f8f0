//! Open enums: the documented values as variants, any other value as `Unknown`.

use std::fmt;

use serde::{Deserializer, de};

use crate::sid::excerpt;

/// The index of a documented value: an exact match first, then one that ignores ASCII case.
///
/// Both passes compare lengths before bytes, which makes them as fast as a `match` for the few values of an enum.
pub(crate) fn index(values: &[&str], value: &str) -> Option<usize> {
    let exact = values.iter().position(|documented| *documented == value);
    exact.or_else(|| values.iter().position(|documented| documented.eq_ignore_ascii_case(value)))
}

/// Deserializes a string: the index of the documented value that it is, or the string itself.
///
/// One instance serves all enums.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    values: &'static [&'static str],
) -> Result<Result<usize, String>, D::Error> {
    struct Visitor(&'static [&'static str]);

    impl de::Visitor<'_> for Visitor {
        type Value = Result<usize, String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
            Ok(index(self.0, value).ok_or_else(|| value.to_owned()))
        }

        fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
            Ok(index(self.0, &value).ok_or(value))
        }
    }

    deserializer.deserialize_string(Visitor(values))
}

/// Deserializes the index of a documented value; another value is an error.
pub(crate) fn read_strict<'de, D: Deserializer<'de>>(
    deserializer: D,
    type_name: &str,
    values: &'static [&'static str],
) -> Result<usize, D::Error> {
    read(deserializer, values)?.map_err(|found| {
        let (values, found) = (values.join(", "), excerpt(&found, 24));
        de::Error::custom(format_args!("parsing {type_name}: expected one of {values}, found {found:?}"))
    })
}

/// Defines an open enum.
///
/// Every conversion from a string (`From`, `FromStr`, `Deserialize`, `FromText`) maps a documented value in any ASCII
/// case to its variant, because the vendor writes some of them in either case. Only other values become `Unknown`.
/// `Eq`, `Ord` and `Hash` are those of `as_str`, as `Borrow<str>` demands.
macro_rules! open_enum {
    (
        $(#[doc = $doc:literal])+
        pub enum $name:ident { $($(#[doc = $variant_doc:literal])+ $variant:ident = $value:literal,)+ }
        $($(#[doc = $group_doc:literal])+ const $group:ident = [$($member:ident),+ $(,)?];)*
    ) => {
        $(#[doc = $doc])+
        ///
        /// The enum is open: a documented value in any case becomes its variant, and any other value is kept verbatim in
        /// `Unknown`. There is [an example](crate#open-enums).
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $variant_doc])+ $variant,)+
            /// A value that the documentation does not list, verbatim.
            ///
            /// Build it with `From<&str>`, which never returns `Unknown` for a documented value. An `Unknown` that is
            /// built by hand with a documented value in another case does not equal that value's variant.
            Unknown(String),
        }

        impl $name {
            /// Every documented value, in the documentation's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            const VALUES: &'static [&'static str] = &[$($value),+];

            $($(#[doc = $group_doc])+ pub const $group: &'static [Self] = &[$(Self::$member),+];)*

            /// The value as the API spells it; verbatim if it is `Unknown`.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)+
                    Self::Unknown(value) => value,
                }
            }

            fn of(index: Result<usize, String>) -> Self {
                match index {
                    Ok(index) => Self::ALL[index].clone(),
                    Err(value) => Self::Unknown(value),
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self::of(crate::open_enum::index(Self::VALUES, value).ok_or_else(|| value.to_owned()))
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self::of(crate::open_enum::index(Self::VALUES, &value).ok_or(value))
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                match value {
                    $name::Unknown(value) => value,
                    value => value.as_str().to_owned(),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Ok(value.into())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $name {}

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl crate::event::FromText for $name {
            fn from_text(text: &str) -> Option<Self> {
                (!text.is_empty()).then(|| text.into())
            }

            fn to_text(&self) -> String {
                self.as_str().to_owned()
            }
        }

        crate::model::text_member! { $name: |text| Some(text.into()); }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::open_enum::read(deserializer, Self::VALUES).map(Self::of)
            }
        }

        impl crate::strict::sealed::Strict for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::open_enum::read_strict(deserializer, stringify!($name), Self::VALUES).map(|index| Self::ALL[index].clone())
            }
        }
    };
}

/// Conversions between two enums whose values are the same in another case. An unknown value is converted verbatim.
macro_rules! convert {
    ($one:ident, $other:ident) => {
        impl From<$one> for $other {
            fn from(value: $one) -> Self {
                value.as_str().into()
            }
        }

        impl From<$other> for $one {
            fn from(value: $other) -> Self {
                value.as_str().into()
            }
        }
    };
}

#[allow(unused_imports, reason = "not every specification has two such enums")]
pub(crate) use {convert, open_enum};

#[cfg(test)]
#[allow(unnameable_types, unreachable_pub, reason = "the macro defines public enums")]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    open_enum! {
        /// How a webhook is called.
        pub enum Method {
            /// `GET`.
            Get = "GET",
            /// `POST`.
            Post = "POST",
        }
        /// The safe one.
        const SAFE = [Get];
    }

    #[test]
    fn documented_values_become_variants_and_back() {
        let method: Method = serde_json::from_str("\"GET\"").unwrap();
        assert!(matches!(method, Method::Get));
        assert_eq!(serde_json::to_string(&method).unwrap(), "\"GET\"");
        assert_eq!(Method::ALL.len(), 2);
        assert_eq!(Method::SAFE, [Method::Get]);
    }

    #[test]
    fn an_unknown_value_survives_the_round_trip() {
        let method: Method = serde_json::from_str("\"PatcH\"").unwrap();
        assert!(matches!(&method, Method::Unknown(value) if value == "PatcH"));
        assert_eq!(serde_json::to_string(&method).unwrap(), "\"PatcH\"");
        assert_eq!(String::from(method), "PatcH");
    }

    #[test]
    fn a_known_value_in_any_case_becomes_the_known_variant() {
        for value in ["post", "Post", "POST"] {
            let read: Method = serde_json::from_value(value.into()).unwrap();
            for method in [read, Method::from(value), value.to_owned().into(), value.parse().unwrap()] {
                assert!(matches!(method, Method::Post), "{value}");
                assert_eq!(serde_json::to_string(&method).unwrap(), "\"POST\"");
            }
        }
    }

    #[test]
    fn a_collection_is_searched_by_string() {
        let methods = [Method::Post, "post".into(), "PATCH".into(), Method::Get];
        assert!(HashSet::from(methods.clone()).contains("POST"));
        let ordered = BTreeSet::from(methods);
        assert!(ordered.contains("PATCH") && !ordered.contains("post"));
        assert_eq!(ordered.iter().map(Method::as_str).collect::<Vec<_>>(), ["GET", "PATCH", "POST"]);
    }

    #[test]
    fn a_value_compares_with_a_string_as_the_api_spells_it() {
        let method = Method::from("post");
        assert!(method == "POST" && method == *"POST" && method != "post");
        assert_ne!(Method::Unknown("post".into()), Method::Post);
    }

    #[test]
    fn another_json_type_is_an_error() {
        let error = serde_json::from_str::<Method>("7").unwrap_err().to_string();
        assert!(error.contains("expected a string"), "{error}");
    }
}
