//! SIDs: Twilio's identifiers, two letters and 32 hexadecimal digits, one type for each prefix.
//!
//! A SID that a person writes is checked when it is parsed. A SID that the server sends is kept as it came, since the
//! vendor's own samples do not all keep to the pattern; [`is_well_formed`](ServiceSid::is_well_formed) tells them apart.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What all SID types have in common. Implemented by this crate's SIDs only.
pub trait Sid: AsRef<str> + Clone + FromStr<Err = SidError> + sealed::Sealed {
    /// The two letters in front, or `None` where any two letters are possible.
    const PREFIX: Option<&'static str>;
}

#[allow(unnameable_types, reason = "what seals a trait is not to be named")]
mod sealed {
    pub trait Sealed {}
}

/// A text was refused as a SID: wrong prefix, wrong length, or not hexadecimal.
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
        write!(f, "invalid {type_name} {found:?}: expected {prefix} and 32 hexadecimal digits")
    }
}

impl std::error::Error for SidError {}

/// Whether `text` has the prefix, the length and the digits of a SID.
fn is_well_formed(text: &str, prefix: Option<&str>) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 34
        && prefix.map_or(bytes[..2].iter().all(u8::is_ascii_alphabetic), |p| &bytes[..2] == p.as_bytes())
        && bytes[2..].iter().all(u8::is_ascii_hexdigit)
}

/// What a refused text looks like in the error: enough to find the mistake, not enough to leak a pasted secret.
fn excerpt(text: &str) -> Box<str> {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(4).collect();
    if chars.next().is_some() { format!("{head}…").into() } else { head.into() }
}

macro_rules! sids {
    ($($(#[doc = $doc:literal])+ $name:ident, $prefix:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(Box<str>);

        impl $name {
            /// The SID as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the SID has the documented shape. Always true for one that was parsed here.
            pub fn is_well_formed(&self) -> bool {
                is_well_formed(&self.0, Self::PREFIX)
            }
        }

        impl sealed::Sealed for $name {}

        impl Sid for $name {
            const PREFIX: Option<&'static str> = $prefix;
        }

        impl FromStr for $name {
            type Err = SidError;

            fn from_str(text: &str) -> Result<Self, SidError> {
                if is_well_formed(text, Self::PREFIX) {
                    Ok(Self(text.into()))
                } else {
                    Err(SidError { type_name: stringify!($name), prefix: Self::PREFIX, found: excerpt(text) })
                }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = SidError;

            fn try_from(text: &str) -> Result<Self, SidError> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = SidError;

            fn try_from(text: String) -> Result<Self, SidError> {
                text.parse()
            }
        }

        impl From<&$name> for $name {
            fn from(sid: &$name) -> Self {
                sid.clone()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl crate::event::FromText for $name {
            fn from_text(text: &str) -> Option<Self> {
                (!text.is_empty()).then(|| Self(text.into()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Box::<str>::deserialize(deserializer).map(Self)
            }
        }
    )+};
}

sids! {
    /// SID of an account, `AC…`.
    AccountSid, Some("AC");
    /// SID of an address configuration, `IG…`.
    AddressConfigurationSid, Some("IG");
    /// SID of a push binding, `BS…`.
    BindingSid, Some("BS");
    /// SID of a message as its channel knows it: any two letters, such as `SM…` for an SMS.
    ChannelMessageSid, None;
    /// SID of a content template, `HX…`.
    ContentSid, Some("HX");
    /// SID of a conversation, `CH…`.
    ConversationSid, Some("CH");
    /// SID of a push credential, `CR…`.
    CredentialSid, Some("CR");
    /// SID of a delivery receipt, `DY…`.
    DeliveryReceiptSid, Some("DY");
    /// SID of a Studio flow, `FW…`.
    FlowSid, Some("FW");
    /// SID of a media file, `ME…`.
    MediaSid, Some("ME");
    /// SID of a message, `IM…`.
    MessageSid, Some("IM");
    /// SID of a messaging service, `MG…`.
    MessagingServiceSid, Some("MG");
    /// SID of a participant, `MB…`.
    ParticipantSid, Some("MB");
    /// SID of a role, `RL…`.
    RoleSid, Some("RL");
    /// SID of a service, `IS…`.
    ServiceSid, Some("IS");
    /// SID of a user, `US…`.
    UserSid, Some("US");
    /// SID of a conversation-scoped webhook, `WH…`.
    WebhookSid, Some("WH");
}

/// An item named by its SID, or by the name that the API takes in its place: a conversation's unique name, a user's or
/// participant's identity, the address of an address configuration.
///
/// ```
/// use twilio_conversations_types::{ConversationSid, SidOrName};
///
/// let by_name: SidOrName<ConversationSid> = "order-4711".into();
/// let sid: ConversationSid = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse()?;
/// let by_sid = SidOrName::from(&sid);
/// assert_eq!(by_name.as_str(), "order-4711");
/// assert_eq!(by_sid.as_str(), sid.as_str());
/// # Ok::<(), twilio_conversations_types::SidError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SidOrName<S> {
    text: Box<str>,
    kind: std::marker::PhantomData<fn() -> S>,
}

impl<S> SidOrName<S> {
    /// The SID or name as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<S> AsRef<str> for SidOrName<S> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl<S> fmt::Display for SidOrName<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl<S> From<&str> for SidOrName<S> {
    fn from(name: &str) -> Self {
        Self { text: name.into(), kind: std::marker::PhantomData }
    }
}

impl<S> From<String> for SidOrName<S> {
    fn from(name: String) -> Self {
        Self { text: name.into(), kind: std::marker::PhantomData }
    }
}

impl<S> From<&String> for SidOrName<S> {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}

impl<S: Sid> From<S> for SidOrName<S> {
    fn from(sid: S) -> Self {
        sid.as_ref().into()
    }
}

impl<S: Sid> From<&S> for SidOrName<S> {
    fn from(sid: &S) -> Self {
        sid.as_ref().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsing_takes_the_documented_shape_only() {
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
            assert!(bad.parse::<ServiceSid>().is_err(), "{bad} was taken");
        }
    }

    #[test]
    fn a_channel_message_takes_any_two_letters() {
        assert!("SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse::<ChannelMessageSid>().is_ok());
        assert!("12aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse::<ChannelMessageSid>().is_err());
    }

    #[test]
    fn the_error_names_the_type_and_shows_no_more_than_four_characters() {
        let error = "my-secret-auth-token".parse::<ServiceSid>().unwrap_err();
        assert_eq!(error.to_string(), "invalid ServiceSid \"my-s…\": expected IS and 32 hexadecimal digits");
    }

    #[test]
    fn a_sid_from_the_server_is_kept_as_it_came() {
        let sid: ServiceSid = serde_json::from_str("\"ISXXXXXXXXXXXXXXXXXXXXXX\"").unwrap();
        assert!(!sid.is_well_formed());
        assert_eq!(serde_json::to_string(&sid).unwrap(), "\"ISXXXXXXXXXXXXXXXXXXXXXX\"");
    }
}
