//! The events of webhooks: form fields, parsed into typed members.
//!
//! An empty string means that a field is absent, unless its type is `String` or `JsonText`. A value that cannot be parsed
//! is kept verbatim in `other`, like a field that is not documented.
//!
//! ```
//! use twilio_conversations_types::event::Event;
//!
//! let fields = [
//!     ("EventType", "onMessageAdded"),
//!     ("ConversationSid", "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
//!     ("Index", "7"),
//!     ("Body", "Hello"),
//!     ("DateCreated", "2026-01-02T03:04:05.678Z"),
//!     ("Invented", "tomorrow"),
//! ];
//! let Event::MessageAdded(message) = Event::from_pairs(fields)? else { panic!("another event") };
//! assert_eq!(message.index, Some(7));
//! assert_eq!(message.body.as_deref(), Some("Hello"));
//! assert_eq!(message.other("Invented"), Some("tomorrow"));
//! # Ok::<(), twilio_conversations_types::event::NoEventType>(())
//! ```

mod json;
mod pairs;

use chrono::{DateTime, SecondsFormat, Timelike, Utc};
use serde::ser::{Serialize, Serializer};

pub(crate) use self::{
    json::Members,
    pairs::{Pairs, of_unknown},
};
pub use crate::generated::event::*;
use crate::{IsoDuration, JsonText};

/// A value that is parsed from the string of a webhook's field.
pub(crate) trait FromText: Serialize + Sized {
    /// Whether an empty string is a value. Otherwise it means that the field is absent.
    const MAY_BE_EMPTY: bool = false;

    /// `None` if the string cannot be parsed.
    fn from_text(text: &str) -> Option<Self>;

    /// The string that [`from_text`](Self::from_text) reads as this value.
    fn to_text(&self) -> String;

    /// Writes the value as a member of an event in JSON.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

impl FromText for String {
    const MAY_BE_EMPTY: bool = true;

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn to_text(&self) -> String {
        self.clone()
    }
}

impl FromText for JsonText {
    const MAY_BE_EMPTY: bool = true;

    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }

    fn to_text(&self) -> String {
        self.as_str().to_owned()
    }
}

impl FromText for IsoDuration {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for i64 {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for u32 {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for bool {
    fn from_text(text: &str) -> Option<Self> {
        match text {
            _ if text.eq_ignore_ascii_case("true") => Some(true),
            _ if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    fn to_text(&self) -> String {
        self.to_string()
    }
}

/// With milliseconds or without.
impl FromText for DateTime<Utc> {
    fn from_text(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|date| date.to_utc())
    }

    /// In milliseconds, as Twilio sends it; in a finer unit only if it is not whole milliseconds.
    fn to_text(&self) -> String {
        let whole = self.nanosecond().is_multiple_of(1_000_000);
        let format = if whole { SecondsFormat::Millis } else { SecondsFormat::AutoSi };
        self.to_rfc3339_opts(format, true)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

/// The first value of a field that can be parsed, which is the one that a known event keeps.
pub(crate) fn first<T: FromText>(fields: &[(String, String)], name: &str) -> Option<T> {
    fields.iter().filter(|(field, _)| field == name).find_map(|(_, text)| T::from_text(text))
}

/// Reads a field into its member. The functions are named by the words of `event!`, and return whether the string is
/// stored in the member or stands for an absent field; otherwise it goes to `other`.
pub(crate) mod read {
    use serde::de::DeserializeOwned;

    use super::FromText;

    /// A field of one value. A repeated field keeps its first value.
    pub(crate) fn one<T: FromText>(member: &mut Option<T>, text: &str) -> bool {
        if text.is_empty() && !T::MAY_BE_EMPTY {
            return true;
        }
        store(member, || T::from_text(text))
    }

    /// A field of several values: repeated, a list separated by commas, or both. Empty values are dropped.
    ///
    /// A string with a double quote is one value, since the quoted local part of an e-mail address may hold a comma.
    pub(crate) fn many<T: FromText>(member: &mut Vec<T>, text: &str) -> bool {
        let quoted = text.contains('"');
        let values = text.split(|c| c == ',' && !quoted).map(str::trim).filter(|value| !value.is_empty());
        let values: Option<Vec<T>> = values.map(T::from_text).collect();
        values.map(|values| member.extend(values)).is_some()
    }

    /// A field that holds JSON.
    pub(crate) fn json<T: DeserializeOwned>(member: &mut Option<T>, text: &str) -> bool {
        text.is_empty() || store(member, || serde_json::from_str(text).ok())
    }

    fn store<T>(member: &mut Option<T>, parse: impl FnOnce() -> Option<T>) -> bool {
        if member.is_some() {
            return false;
        }
        *member = parse();
        member.is_some()
    }
}

/// The fields of an event have no `EventType`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoEventType(());

impl std::fmt::Display for NoEventType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("reading an event: there is no field EventType")
    }
}

impl std::error::Error for NoEventType {}

impl NoEventType {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

/// Defines the kinds of resources.
macro_rules! event_objects {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// The kind of resource that an event reports.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum EventObject {
            $($(#[doc = $doc])+ $name,)+
        }
    };
}

/// The type of a member: of one value, of several values, or parsed from JSON.
macro_rules! field_type {
    (one $ty:ty) => { Option<$ty> };
    (many $ty:ty) => { Vec<$ty> };
    (json $ty:ty) => { Option<$ty> };
}

/// Defines the payload of one event.
macro_rules! event {
    (
        $(#[doc = $doc:literal])+
        pub struct $name:ident = $event_type:literal {
            $($(#[doc = $field_doc:literal])+ $field:ident: $how:ident $ty:ty = $wire:literal,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, Eq, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[doc = $field_doc])+ pub $field: crate::event::field_type!($how $ty),)+
            /// Fields that are not documented for this event and values that cannot be parsed, verbatim and in their
            /// order. `EventType` is among them unless it is exactly the event's name.
            pub other: Vec<(String, String)>,
        }

        impl $name {
            /// The event's name.
            pub const EVENT_TYPE: &'static str = $event_type;

            /// Reads the event's fields. A field without a member, or whose value cannot be parsed, goes to `other`.
            pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
                let mut event = Self::default();
                for (name, text) in pairs {
                    let taken = match name {
                        "EventType" => text == Self::EVENT_TYPE,
                        $($wire => crate::event::read::$how(&mut event.$field, text),)+
                        _ => false,
                    };
                    if !taken {
                        event.other.push((name.to_owned(), text.to_owned()));
                    }
                }
                event
            }

            /// The fields as a webhook request has them: `EventType`, the members that are there, then
            /// [`other`](Self::other). [`from_pairs`](Self::from_pairs) reads an equal event from them.
            ///
            /// A member with several values becomes a field for each. An empty value of a type other than a string and
            /// a comma inside one of several values are read differently; no received event has either.
            pub fn to_pairs(&self) -> Vec<(String, String)> {
                let mut pairs = crate::event::Pairs::new(Self::EVENT_TYPE, &self.other);
                $(pairs.$how($wire, &self.$field);)+
                pairs.end(&self.other)
            }

            /// The first value of a field in [`other`](Self::other).
            pub fn other(&self, name: &str) -> Option<&str> {
                self.other.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut members = crate::event::Members::new(serializer.serialize_map(None)?, &self.other);
                members.event_type(Self::EVENT_TYPE)?;
                $(members.$how($wire, &self.$field)?;)+
                members.end()
            }
        }
    };
}

macro_rules! is_pre {
    (pre) => {
        true
    };
    (post) => {
        false
    };
}

/// Defines the enum of all events.
macro_rules! events {
    ($($(#[doc = $doc:literal])+ $name:ident: $phase:ident $object:ident,)+) => {
        /// An event that a webhook receives.
        ///
        /// Pre-events are sent before an action, and the response may change or reject it; post-events are sent after
        /// it.
        ///
        /// Every event serialises as one object with the names of its fields, `EventType` among them. Dates are strings
        /// in Twilio's format, numbers and booleans are typed, attributes are a string, media is a list of objects.
        /// Absent fields are omitted. Undocumented fields are included as strings, and a repeated field is a list of its
        /// values.
        ///
        /// ```
        /// use twilio_conversations_types::event::Event;
        ///
        /// let fields = [("EventType", "onMessageAdded"), ("Index", "7"), ("Invented", "a"), ("Invented", "b")];
        /// let json = serde_json::to_string(&Event::from_pairs(fields)?)?;
        /// assert_eq!(json, r#"{"EventType":"onMessageAdded","Index":7,"Invented":["a","b"]}"#);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "an event is matched immediately, and a box would show in each match arm")]
        pub enum Event {
            $($(#[doc = $doc])+ $name($name),)+
            /// An event that is not documented, with all its fields.
            Unknown {
                /// Name of the event.
                event_type: crate::v1::EventType,
                /// All fields, verbatim and in their order, including `EventType`.
                fields: Vec<(String, String)>,
            },
        }

        impl Event {
            /// Reads an event from the fields of a webhook request. Its name may be in any case.
            ///
            /// # Errors
            ///
            /// When there is no field `EventType`. A value that cannot be parsed is not an error but kept in `other`.
            pub fn from_pairs<'a, I>(pairs: I) -> Result<Self, crate::event::NoEventType>
            where
                I: IntoIterator<Item = (&'a str, &'a str)>,
                I::IntoIter: Clone,
            {
                let pairs = pairs.into_iter();
                let event_type = pairs.clone().find(|(name, _)| *name == "EventType");
                let (_, event_type) = event_type.ok_or_else(crate::event::NoEventType::new)?;
                Ok(match crate::v1::EventType::from(event_type) {
                    $(crate::v1::EventType::$name => Self::$name($name::from_pairs(pairs)),)+
                    event_type @ crate::v1::EventType::Unknown(_) => Self::Unknown {
                        event_type,
                        fields: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                    },
                })
            }

            /// The fields as a webhook request has them. [`from_pairs`](Self::from_pairs) reads an equal event from
            /// them.
            ///
            /// ```
            /// use twilio_conversations_types::event::{Event, MessageAdded};
            ///
            /// let mut message = MessageAdded::default();
            /// message.index = Some(7);
            /// let fields = Event::from(&message).to_pairs();
            /// assert_eq!(fields[0], ("EventType".to_owned(), "onMessageAdded".to_owned()));
            /// assert_eq!(fields[1], ("Index".to_owned(), "7".to_owned()));
            /// ```
            pub fn to_pairs(&self) -> Vec<(String, String)> {
                match self {
                    $(Self::$name(event) => event.to_pairs(),)+
                    Self::Unknown { event_type, fields } => {
                        crate::event::of_unknown(event_type.as_str(), fields)
                    }
                }
            }

            /// The event's name.
            pub fn event_type(&self) -> crate::v1::EventType {
                match self {
                    $(Self::$name(_) => crate::v1::EventType::$name,)+
                    Self::Unknown { event_type, .. } => event_type.clone(),
                }
            }

            /// Account that the event belongs to.
            pub fn account_sid(&self) -> Option<crate::AccountSid> {
                match self {
                    $(Self::$name(event) => event.account_sid.clone(),)+
                    Self::Unknown { fields, .. } => crate::event::first(fields, "AccountSid"),
                }
            }

            /// The number of earlier attempts to send the request, 0 for the first; `None` if the field is absent.
            pub fn retry_count(&self) -> Option<u32> {
                match self {
                    $(Self::$name(event) => event.retry_count,)+
                    Self::Unknown { fields, .. } => crate::event::first(fields, "RetryCount"),
                }
            }
        }

        impl serde::Serialize for Event {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$name(event) => serde::Serialize::serialize(event, serializer),)+
                    Self::Unknown { fields, .. } => {
                        crate::event::Members::new(serializer.serialize_map(None)?, fields).end()
                    }
                }
            }
        }

        $(
            impl From<$name> for Event {
                fn from(event: $name) -> Self {
                    Self::$name(event)
                }
            }

            impl From<&$name> for Event {
                fn from(event: &$name) -> Self {
                    Self::$name(event.clone())
                }
            }
        )+

        impl From<&Event> for Event {
            fn from(event: &Event) -> Self {
                event.clone()
            }
        }

        impl crate::v1::EventType {
            /// The kind of resource that the event reports; `None` for an unknown event.
            pub fn object(&self) -> Option<crate::event::EventObject> {
                match self {
                    $(Self::$name => Some(crate::event::EventObject::$object),)+
                    Self::Unknown(_) => None,
                }
            }

            /// Whether the event is sent before an action and may change or reject it; false for an unknown event.
            pub fn is_pre_event(&self) -> bool {
                match self {
                    $(Self::$name => crate::event::is_pre!($phase),)+
                    Self::Unknown(_) => false,
                }
            }

            /// Whether the event is sent after an action and reports it; false for an unknown event.
            pub fn is_post_event(&self) -> bool {
                self.object().is_some() && !self.is_pre_event()
            }
        }
    };
}

pub(crate) use {event, event_objects, events, field_type, is_pre};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{ConversationState, EventType};

    fn read<const N: usize>(fields: [(&str, &str); N]) -> Event {
        Event::from_pairs(fields).unwrap()
    }

    #[test]
    fn values_are_parsed_into_their_types() {
        let Event::UserUpdated(user) = read([
            ("EventType", "onUserUpdated"),
            ("AccountSid", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ("RetryCount", "2"),
            ("isOnline", "true"),
            ("isNotifiable", "False"),
            ("Attributes", r#"{"team": 7}"#),
            ("DateCreated", "2026-01-02T03:04:05Z"),
            ("DateUpdated", "2026-01-02T03:04:05.678Z"),
        ]) else {
            panic!("another event")
        };
        assert_eq!((user.is_online, user.is_notifiable, user.retry_count), (Some(true), Some(false), Some(2)));
        assert_eq!(user.attributes.unwrap().to::<serde_json::Value>().unwrap()["team"], 7);
        let between = user.date_updated.unwrap() - user.date_created.unwrap();
        assert_eq!(between.num_milliseconds(), 678);
        assert!(user.other.is_empty());
    }

    #[test]
    fn a_value_that_cannot_be_parsed_is_kept_verbatim() {
        let Event::MessageAdded(message) = read([
            ("EventType", "onMessageAdded"),
            ("Index", "seven"),
            ("DateCreated", "yesterday"),
            ("Media", "not json"),
            ("Body", ""),
        ]) else {
            panic!("another event")
        };
        assert_eq!((message.index, message.date_created, message.media.as_ref()), (None, None, None));
        assert_eq!(message.other("Index"), Some("seven"));
        assert_eq!(message.other("DateCreated"), Some("yesterday"));
        assert_eq!(message.other("Media"), Some("not json"));
        assert_eq!(message.body.as_deref(), Some(""));
    }

    #[test]
    fn a_repeated_field_loses_no_value() {
        let Event::ConversationAdded(conversation) = read([
            ("MessagingBinding.Address", "+15551230001"),
            ("EventType", "onConversationAdded"),
            ("MessagingBinding.Address", "+15551230002"),
            ("FriendlyName", "first"),
            ("FriendlyName", "second"),
            ("State", "frozen"),
        ]) else {
            panic!("another event")
        };
        assert_eq!(conversation.messaging_binding_address, ["+15551230001", "+15551230002"]);
        assert_eq!(conversation.friendly_name.as_deref(), Some("first"));
        assert_eq!(conversation.other("FriendlyName"), Some("second"));
        assert!(matches!(&conversation.state, Some(ConversationState::Unknown(state)) if state == "frozen"));
    }

    #[test]
    fn media_keeps_undocumented_members() {
        let media = r#"[{"Sid": "MEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Filename": "a.jpg", "ContentType": "image/jpeg", "Size": 42, "Colour": "red"}]"#;
        let Event::MessageAdd(message) = read([("EventType", "onMessageAdd"), ("Media", media)]) else {
            panic!("another event")
        };
        let media = &message.media.unwrap()[0];
        assert_eq!((media.size, media.filename.as_deref()), (Some(42), Some("a.jpg")));
        assert_eq!(media.extra["Colour"], "red");
    }

    #[test]
    fn an_unknown_event_keeps_its_name_and_fields() {
        let event = read([("EventType", "onInventedAdded"), ("Question", "why"), ("Question", "how")]);
        assert_eq!(event.event_type().as_str(), "onInventedAdded");
        let Event::Unknown { event_type, fields } = event else { panic!("a known event") };
        assert_eq!((event_type.object(), event_type.is_pre_event(), event_type.is_post_event()), (None, false, false));
        assert_eq!(fields.len(), 3);
    }

    #[test]
    fn fields_without_an_event_type_are_an_error() {
        assert_eq!(
            Event::from_pairs([("Body", "hi")]).unwrap_err().to_string(),
            "reading an event: there is no field EventType"
        );
    }

    #[test]
    fn every_documented_event_has_its_struct_phase_and_object() {
        for event_type in EventType::ALL {
            let event = read([("EventType", event_type.as_str())]);
            assert!(!matches!(event, Event::Unknown { .. }), "{event_type} has no struct");
            assert_eq!(event.event_type(), *event_type);
            assert_eq!(event_type.is_pre_event(), EventType::PRE_EVENTS.contains(event_type), "{event_type}");
            assert_eq!(event_type.is_post_event(), EventType::POST_EVENTS.contains(event_type), "{event_type}");
            let object = format!("on{:?}", event_type.object().unwrap());
            assert!(event_type.as_str().starts_with(&object), "{event_type} is about {object}");
        }
    }
}
