//! Strict deserialization, for values that a person writes, such as a configuration file.
//!
//! `Deserialize` of this crate's types is lenient, because a response with an unusual value must not fail: an unknown enum
//! value becomes `Unknown`, and a malformed SID is kept verbatim. On a field with
//! `#[serde(with = "twilio_conversations_types::strict")]` both are errors. They name the type, the documented form or
//! values, and the beginning of what was found: at most 4 characters of a SID, since it may be a pasted secret.
//!
//! [`Strict`] lists the types of such a field. A field of type `Option<T>` needs `#[serde(default)]` as well, as with
//! every `with`.
//!
//! ```
//! use serde::Deserialize;
//! use twilio_conversations_types::{ServiceSid, v1::{EventType, HttpMethod}};
//!
//! #[derive(Debug, Deserialize)]
//! struct Config {
//!     #[serde(with = "twilio_conversations_types::strict")]
//!     service: ServiceSid,
//!     #[serde(with = "twilio_conversations_types::strict", default)]
//!     method: Option<HttpMethod>,
//!     #[serde(with = "twilio_conversations_types::strict", default)]
//!     filters: Vec<EventType>,
//! }
//!
//! let config: Config = toml::from_str(r#"
//!     service = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
//!     filters = ["onmessageadded"]
//! "#)?;
//! assert_eq!(config.method, None);
//! assert_eq!(config.filters, [EventType::MessageAdded]);
//!
//! let error = toml::from_str::<Config>(r#"service = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#).unwrap_err();
//! assert_eq!(error.message(), r#"parsing ServiceSid: expected IS and 32 hexadecimal digits, found "CHaa…""#);
//!
//! let error = toml::from_str::<Config>(r#"
//!     service = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
//!     method = "PUT"
//! "#).unwrap_err();
//! assert_eq!(error.message(), r#"parsing HttpMethod: expected one of GET, POST, found "PUT""#);
//! # Ok::<(), toml::de::Error>(())
//! ```

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, IgnoredAny},
};

use crate::{IsoDuration, JsonText, Sid, SidOrName};

/// A type that can be deserialized strictly: SIDs, open enums, [`SidOrName`], [`IsoDuration`] and [`JsonText`], and
/// `Option` and `Vec` of them. Implemented by this crate only.
///
/// A `SidOrName` may be any string but an empty one.
pub trait Strict: sealed::Strict {}

impl<T: sealed::Strict> Strict for T {}

/// Deserializes a value and checks it.
///
/// # Errors
///
/// When a SID or duration is malformed, an enum value or JSON is not valid, or a name is empty.
pub fn deserialize<'de, T: Strict, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)
}

/// Serializes a value, as its `Serialize` does.
///
/// # Errors
///
/// Those of the serializer.
pub fn serialize<T: Strict + Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.serialize(serializer)
}

pub(crate) mod sealed {
    use serde::Deserializer;

    /// The implementation of the public trait.
    #[allow(unnameable_types, reason = "what seals a trait is not to be named")]
    pub trait Strict: Sized {
        fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
    }
}

impl<T: Sid> sealed::Strict for T {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl<S> sealed::Strict for SidOrName<S> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Self::deserialize(deserializer)?;
        if name == "" {
            return Err(D::Error::custom("parsing SidOrName: expected a SID or a name, found an empty string"));
        }
        Ok(name)
    }
}

impl sealed::Strict for IsoDuration {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl sealed::Strict for JsonText {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Self::deserialize(deserializer)?;
        match json.to::<IgnoredAny>() {
            Ok(_) => Ok(json),
            Err(error) => Err(D::Error::custom(format_args!("parsing JsonText: {error}"))),
        }
    }
}

/// An element, so that serde's own `Deserialize` of `Option` and `Vec` can be used.
struct Element<T>(T);

impl<'de, T: sealed::Strict> Deserialize<'de> for Element<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

impl<T: sealed::Strict> sealed::Strict for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Element<T>>::deserialize(deserializer)?.map(|element| element.0))
    }
}

impl<T: sealed::Strict> sealed::Strict for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Element<T>>::deserialize(deserializer)?.into_iter().map(|element| element.0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConversationSid, v1::WebhookMethod};

    fn read<T: Strict>(json: &str) -> Result<T, String> {
        deserialize(&mut serde_json::Deserializer::from_str(json)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_valid_value_is_accepted() {
        let sid = "\"CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"";
        assert!(read::<ConversationSid>(sid).unwrap().is_well_formed());
        assert_eq!(read::<Option<Vec<ConversationSid>>>(&format!("[{sid}]")).unwrap().unwrap().len(), 1);
        assert_eq!(read::<Option<ConversationSid>>("null"), Ok(None));
        assert_eq!(read::<WebhookMethod>("\"POST\""), Ok(WebhookMethod::Post));
        assert_eq!(read::<SidOrName<ConversationSid>>("\"order-4711\"").unwrap(), "order-4711");
        assert_eq!(read::<IsoDuration>("\"PT10M\"").unwrap().as_str(), "PT10M");
        assert_eq!(read::<JsonText>(r#""{\"a\": 1}""#).unwrap().as_str(), r#"{"a": 1}"#);
    }

    #[test]
    fn an_invalid_value_is_an_error_that_names_its_type() {
        let error = |result: Result<(), String>| result.unwrap_err();
        let sids = error(read::<Vec<ConversationSid>>("[\"my-secret-auth-token\"]").map(drop));
        assert!(sids.starts_with("parsing ConversationSid: expected CH and 32 hexadecimal digits, found \"my-s…\""));
        let method = error(read::<Option<WebhookMethod>>("\"PUT\"").map(drop));
        assert!(method.starts_with("parsing WebhookMethod: expected one of get, post, found \"PUT\""), "{method}");
        let long = error(read::<WebhookMethod>(&format!("{:?}", "x".repeat(99))).map(drop));
        assert!(long.contains(&format!("found \"{}…\"", "x".repeat(24))), "{long}");
        assert!(error(read::<SidOrName<ConversationSid>>("\"\"").map(drop)).starts_with("parsing SidOrName"));
        assert!(error(read::<IsoDuration>("\"10 min\"").map(drop)).starts_with("parsing IsoDuration"));
        assert!(error(read::<JsonText>("\"{\"").map(drop)).starts_with("parsing JsonText"));
    }

    #[test]
    fn a_value_is_serialized_as_usual() {
        let method = serialize(&Some(WebhookMethod::Get), serde_json::value::Serializer);
        assert_eq!(method.unwrap(), "get");
    }
}
