//! SIDs: Twilio's identifiers, two letters and 32 hexadecimal digits, one type for each prefix.
//!
//! `FromStr`, `TryFrom` and [`strict`](crate::strict) check a SID. `Deserialize` keeps one from the server verbatim, since
//! the vendor's own samples do not all keep to the pattern; [`is_well_formed`](ServiceSid::is_well_formed) distinguishes
//! them.

use std::{
    borrow::Borrow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Common behaviour of all SID types. Implemented by this crate's SIDs only.
pub trait Sid: AsRef<str> + Clone + FromStr<Err = SidError> + sealed::Sealed {
    /// The first two letters, or `None` if any two letters are valid.
    const PREFIX: Option<&'static str>;
}

#[allow(unnameable_types, reason = "what seals a trait is not to be named")]
pub(crate) mod sealed {
    pub trait Sealed {}
}

/// A string is not a SID of the expected type: wrong prefix, wrong length, or not hexadecimal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SidError {
    type_name: &'static str,
    prefix: Option<&'static str>,
    found: Box<str>,
}

impl fmt::Display for SidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { type_name, prefix, found } = self;
        let prefix = prefix.unwrap_or("two letters");
        write!(f, "parsing {type_name}: expected {prefix} and 32 hexadecimal digits, found {found:?}")
    }
}

impl std::error::Error for SidError {}

/// Whether a string has the prefix, the length and the digits of a SID.
pub(crate) fn is_well_formed(sid: &str, prefix: Option<&str>) -> bool {
    let bytes = sid.as_bytes();
    bytes.len() == 34
        && prefix.map_or(bytes[..2].iter().all(u8::is_ascii_alphabetic), |p| &bytes[..2] == p.as_bytes())
        && bytes[2..].iter().all(u8::is_ascii_hexdigit)
}

/// Checks a SID. One function serves all types.
pub(crate) fn check(sid: &str, type_name: &'static str, prefix: Option<&'static str>) -> Result<Box<str>, SidError> {
    if is_well_formed(sid, prefix) {
        Ok(sid.into())
    } else {
        Err(SidError { type_name, prefix, found: excerpt(sid, 4) })
    }
}

/// The beginning of a rejected string, for an error: enough to find the mistake, not enough to leak a pasted secret.
pub(crate) fn excerpt(found: &str, length: usize) -> Box<str> {
    match found.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &found[..end]).into(),
        None => found.into(),
    }
}

/// Defines the SID types.
macro_rules! sids {
    ($($(#[doc = $doc:literal])+ $name:ident, $prefix:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(Box<str>);

        impl $name {
            /// The SID as a string.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the SID has the documented form. Always true for one that was parsed, not deserialized.
            pub fn is_well_formed(&self) -> bool {
                crate::sid::is_well_formed(&self.0, <Self as crate::sid::Sid>::PREFIX)
            }
        }

        impl crate::sid::sealed::Sealed for $name {}

        impl crate::sid::Sid for $name {
            const PREFIX: Option<&'static str> = $prefix;
        }

        impl std::str::FromStr for $name {
            type Err = crate::sid::SidError;

            fn from_str(sid: &str) -> Result<Self, Self::Err> {
                crate::sid::check(sid, stringify!($name), <Self as crate::sid::Sid>::PREFIX).map(Self)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = crate::sid::SidError;

            fn try_from(sid: &str) -> Result<Self, Self::Error> {
                sid.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = crate::sid::SidError;

            fn try_from(sid: String) -> Result<Self, Self::Error> {
                sid.parse()
            }
        }

        impl From<&$name> for $name {
            fn from(sid: &$name) -> Self {
                sid.clone()
            }
        }

        impl From<$name> for String {
            fn from(sid: $name) -> Self {
                sid.0.into()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), &self.0)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl crate::event::FromText for $name {
            fn from_text(text: &str) -> Option<Self> {
                (!text.is_empty()).then(|| Self(text.into()))
            }

            fn to_text(&self) -> String {
                self.as_str().to_owned()
            }
        }

        crate::model::text_member! { $name: |text| Some(Self(text.into())); }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <Box<str> as serde::Deserialize>::deserialize(deserializer).map(Self)
            }
        }
    )+};
}

pub(crate) use sids;

/// An item named by its SID, or by the name that the API accepts in its place: a conversation's unique name, a user's or
/// participant's identity, the address of an address configuration.
///
/// ```
/// use twilio_conversations_types::{ConversationSid, SidOrName};
///
/// let by_name: SidOrName<ConversationSid> = "order-4711".into();
/// let sid: ConversationSid = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse()?;
/// let by_sid = SidOrName::from(&sid);
/// assert_eq!(by_name, "order-4711");
/// assert_eq!(by_sid.as_str(), sid.as_str());
/// # Ok::<(), twilio_conversations_types::SidError>(())
/// ```
pub struct SidOrName<S> {
    text: Box<str>,
    kind: PhantomData<fn() -> S>,
}

impl<S> SidOrName<S> {
    fn new(text: impl Into<Box<str>>) -> Self {
        Self { text: text.into(), kind: PhantomData }
    }

    /// The SID or name as a string.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

// By hand, since a derive would demand each trait of `S`, too.
impl<S> Clone for SidOrName<S> {
    fn clone(&self) -> Self {
        Self::new(self.text.clone())
    }
}

impl<S> PartialEq for SidOrName<S> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<S> Eq for SidOrName<S> {}

impl<S> PartialOrd for SidOrName<S> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<S> Ord for SidOrName<S> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl<S> Hash for SidOrName<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<S> PartialEq<str> for SidOrName<S> {
    fn eq(&self, other: &str) -> bool {
        &*self.text == other
    }
}

impl<S> PartialEq<&str> for SidOrName<S> {
    fn eq(&self, other: &&str) -> bool {
        &*self.text == *other
    }
}

impl<S> AsRef<str> for SidOrName<S> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl<S> Borrow<str> for SidOrName<S> {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl<S> fmt::Display for SidOrName<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl<S> fmt::Debug for SidOrName<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SidOrName({:?})", self.text)
    }
}

impl<S> From<&str> for SidOrName<S> {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl<S> From<String> for SidOrName<S> {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl<S> From<&String> for SidOrName<S> {
    fn from(name: &String) -> Self {
        Self::new(name.as_str())
    }
}

impl<S: Sid> From<S> for SidOrName<S> {
    fn from(sid: S) -> Self {
        Self::new(sid.as_ref())
    }
}

impl<S: Sid> From<&S> for SidOrName<S> {
    fn from(sid: &S) -> Self {
        Self::new(sid.as_ref())
    }
}

impl<S> From<&Self> for SidOrName<S> {
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

impl<S> From<SidOrName<S>> for String {
    fn from(name: SidOrName<S>) -> Self {
        name.text.into()
    }
}

impl<S> Serialize for SidOrName<S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, S> Deserialize<'de> for SidOrName<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<str>::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChannelMessageSid, ConversationSid, ServiceSid};

    #[test]
    fn parsing_accepts_the_documented_form_only() {
        assert!("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse::<ServiceSid>().is_ok());
        assert!("IS0123456789abcdefABCDEF0123456789".parse::<ServiceSid>().is_ok());
        for bad in [
            "",
            "IS",
            "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "ISgaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "isaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "ISéaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "éISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(bad.parse::<ServiceSid>().is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn a_channel_message_sid_begins_with_any_two_letters() {
        assert!("SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse::<ChannelMessageSid>().is_ok());
        assert!("12aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse::<ChannelMessageSid>().is_err());
    }

    #[test]
    fn the_error_names_the_type_and_shows_no_more_than_four_characters() {
        let error = "my-secret-auth-token".parse::<ServiceSid>().unwrap_err();
        assert_eq!(error.to_string(), "parsing ServiceSid: expected IS and 32 hexadecimal digits, found \"my-s…\"");
    }

    #[test]
    fn a_deserialized_sid_is_kept_verbatim() {
        let sid: ServiceSid = serde_json::from_str("\"ISXXXXXXXXXXXXXXXXXXXXXX\"").unwrap();
        assert!(!sid.is_well_formed());
        assert_eq!(serde_json::to_string(&sid).unwrap(), "\"ISXXXXXXXXXXXXXXXXXXXXXX\"");
    }

    #[test]
    fn a_collection_of_sids_is_searched_by_string() {
        const CHANNEL: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        let sid: ConversationSid = CHANNEL.parse().unwrap();
        assert!(std::collections::HashSet::from([sid.clone()]).contains(CHANNEL));
        assert!(std::collections::BTreeSet::from([sid.clone()]).contains(CHANNEL));
        let name = SidOrName::from(&sid);
        assert!(std::collections::HashSet::from([name.clone()]).contains(CHANNEL));
        assert!(std::collections::BTreeSet::from([name]).contains(CHANNEL));
        assert_eq!(String::from(sid), CHANNEL);
    }

    #[test]
    fn a_sid_or_name_is_a_string_in_json() {
        let name: SidOrName<ConversationSid> = serde_json::from_str("\"order-4711\"").unwrap();
        assert_eq!(name, "order-4711");
        assert_eq!(SidOrName::<ConversationSid>::from(&name), *"order-4711");
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"order-4711\"");
        assert_eq!(format!("{name:?}"), "SidOrName(\"order-4711\")");
        assert_eq!(String::from(name), "order-4711");
    }
}
