//! Events, as webhooks receive them: fields that arrive as text, come out typed, and are never lost.
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

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Timelike, Utc};
use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

pub use crate::generated::event::*;
use crate::{IsoDuration, JsonText};

/// A value that is read from the text of a webhook's field. `None` where the text is not one.
pub(crate) trait FromText: Serialize + Sized {
    fn from_text(text: &str) -> Option<Self>;

    /// Writes the value as a member of an event in JSON.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

impl FromText for String {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl FromText for JsonText {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

impl FromText for IsoDuration {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl FromText for i64 {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl FromText for u32 {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
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
}

/// With milliseconds or without.
impl FromText for DateTime<Utc> {
    fn from_text(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|date| date.to_utc())
    }

    /// To the millisecond, as Twilio does; finer only where it is not whole milliseconds.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = self.nanosecond().is_multiple_of(1_000_000);
        let format = if whole { SecondsFormat::Millis } else { SecondsFormat::AutoSi };
        serializer.serialize_str(&self.to_rfc3339_opts(format, true))
    }
}

/// The first value of a field that is one, as an event that is known takes it.
pub(crate) fn first<T: FromText>(fields: &[(String, String)], name: &str) -> Option<T> {
    fields.iter().filter(|(field, _)| field == name).find_map(|(_, text)| T::from_text(text))
}

/// A field that holds JSON which has a type of its own.
pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// Writes an event as one JSON object: its fields by their names on the wire, then those that have no place.
///
/// A name that came several times has a list of its values, the typed one first.
pub(crate) struct Members<'a, M> {
    map: M,
    others: Vec<(&'a str, Vec<&'a str>)>,
    /// Where each name is among the others.
    places: HashMap<&'a str, usize>,
}

impl<'a, M: SerializeMap> Members<'a, M> {
    pub(crate) fn new(map: M, others: &'a [(String, String)]) -> Self {
        let mut members = Self { map, others: Vec::new(), places: HashMap::new() };
        for (name, value) in others {
            let place = *members.places.entry(name).or_insert(members.others.len());
            if place == members.others.len() {
                members.others.push((name, Vec::new()));
            }
            members.others[place].1.push(value);
        }
        members
    }

    /// The event's name: as it came, where that is the name in another case.
    pub(crate) fn event_type(&mut self, name: &str) -> Result<(), M::Error> {
        let place = self.places.get("EventType");
        let came = place.is_some_and(|place| self.others[*place].1.iter().any(|text| text.eq_ignore_ascii_case(name)));
        self.member("EventType", (!came).then_some(name).into_iter(), false)
    }

    pub(crate) fn one<T: FromText>(&mut self, name: &'static str, value: &Option<T>) -> Result<(), M::Error> {
        self.member(name, value.as_slice().iter().map(Written), false)
    }

    pub(crate) fn many<T: FromText>(&mut self, name: &'static str, values: &[T]) -> Result<(), M::Error> {
        self.member(name, values.iter().map(Written), true)
    }

    pub(crate) fn json<T: Serialize>(&mut self, name: &'static str, value: &Option<T>) -> Result<(), M::Error> {
        self.member(name, value.as_slice().iter(), false)
    }

    /// The fields that no member took.
    pub(crate) fn end(mut self) -> Result<M::Ok, M::Error> {
        for (name, values) in std::mem::take(&mut self.others) {
            match values.as_slice() {
                [] => {}
                [value] => self.map.serialize_entry(name, value)?,
                values => self.map.serialize_entry(name, values)?,
            }
        }
        self.map.end()
    }

    fn member<I>(&mut self, name: &'static str, typed: I, always_a_list: bool) -> Result<(), M::Error>
    where
        I: Iterator<Item: Serialize> + Clone,
    {
        let others = self.places.get(name).map(|place| std::mem::take(&mut self.others[*place].1)).unwrap_or_default();
        let mut first = typed.clone();
        match (first.next(), others.as_slice()) {
            (None, []) => Ok(()),
            (Some(value), []) if !always_a_list => self.map.serialize_entry(name, &value),
            (None, [text]) if !always_a_list => self.map.serialize_entry(name, text),
            _ => self.map.serialize_entry(name, &Values(typed, &others)),
        }
    }
}

struct Written<'a, T>(&'a T);

impl<T: FromText> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// Typed values, then texts.
struct Values<'a, I>(I, &'a [&'a str]);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Values<'_, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        self.0.clone().try_for_each(|value| list.serialize_element(&value))?;
        self.1.iter().try_for_each(|text| list.serialize_element(text))?;
        list.end()
    }
}

/// An event's fields lack the one that says which event it is.
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

/// What an event is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EventObject {
    /// A conversation.
    Conversation,
    /// A message.
    Message,
    /// The delivery of a message.
    Delivery,
    /// A participant.
    Participant,
    /// A user.
    User,
}

/// How a field is read: alone, as one of several under its name, or as JSON.
macro_rules! take_field {
    ($slot:expr, $text:ident, one $ty:ty) => {
        match <$ty as crate::event::FromText>::from_text($text) {
            // A name that repeats, where it should not, keeps its first value and loses none.
            Some(value) if $slot.is_none() => {
                $slot = Some(value);
                true
            }
            _ => false,
        }
    };
    ($slot:expr, $text:ident, many $ty:ty) => {
        match <$ty as crate::event::FromText>::from_text($text) {
            Some(value) => {
                $slot.push(value);
                true
            }
            None => false,
        }
    };
    ($slot:expr, $text:ident, json $ty:ty) => {
        match crate::event::json::<$ty>($text) {
            Some(value) if $slot.is_none() => {
                $slot = Some(value);
                true
            }
            _ => false,
        }
    };
}

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
            /// Fields that the documentation does not know for this event, and values that could not be typed, as they
            /// came and in their order. `EventType` is among them where it is not the event's name to the letter.
            pub other: Vec<(String, String)>,
        }

        impl $name {
            /// The event's name on the wire.
            pub const EVENT_TYPE: &'static str = $event_type;

            /// Reads the event's fields. Nothing is lost: what has no place goes to `other`.
            pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
                let mut event = Self::default();
                for (name, text) in pairs {
                    let taken = match name {
                        "EventType" => text == Self::EVENT_TYPE,
                        $($wire => crate::event::take_field!(event.$field, text, $how $ty),)+
                        _ => false,
                    };
                    if !taken {
                        event.other.push((name.to_owned(), text.to_owned()));
                    }
                }
                event
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
        /// An event, as a webhook receives it.
        ///
        /// Pre-events come before an action, and the answer may change or refuse it; post-events come after it.
        ///
        /// It serialises as one object, whichever event it is: fields by their names on the wire, `EventType` among them.
        /// Dates are the text that Twilio sends, numbers and flags are typed, attributes are the text that came, media is
        /// a list of objects. What is absent is left out. What is not known is there too, as text, and a name that came
        /// several times has a list of its values.
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
        #[allow(clippy::large_enum_variant, reason = "an event is matched at once, and a box in each arm would show")]
        pub enum Event {
            $($(#[doc = $doc])+ $name($name),)+
            /// An event that the documentation does not list, with all its fields.
            Unknown {
                /// Name of the event.
                event_type: crate::v1::EventType,
                /// All fields as they came and in their order, `EventType` too.
                fields: Vec<(String, String)>,
            },
        }

        impl Event {
            /// Reads an event from the fields of a webhook request. Its name may be in any case.
            ///
            /// # Errors
            ///
            /// When there is no field `EventType`. A value that cannot be typed is not an error: it stays in `other`.
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

            /// Which event it is.
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

            /// How often the request was sent before, 0 the first time; `None` where it does not say.
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
        )+

        impl crate::v1::EventType {
            /// What the event is about; `None` for an event that the documentation does not list.
            pub fn object(&self) -> Option<crate::event::EventObject> {
                match self {
                    $(Self::$name => Some(crate::event::EventObject::$object),)+
                    Self::Unknown(_) => None,
                }
            }

            /// Whether it comes before an action and may change or refuse it; false for an event that is not known.
            pub fn is_pre_event(&self) -> bool {
                match self {
                    $(Self::$name => crate::event::is_pre!($phase),)+
                    Self::Unknown(_) => false,
                }
            }

            /// Whether it comes after an action and reports it; false for an event that is not known.
            pub fn is_post_event(&self) -> bool {
                self.object().is_some() && !self.is_pre_event()
            }
        }
    };
}

pub(crate) use {event, events, field_type, is_pre, take_field};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{ConversationState, EventType};

    fn read<const N: usize>(fields: [(&str, &str); N]) -> Event {
        Event::from_pairs(fields).unwrap()
    }

    #[test]
    fn values_come_out_typed() {
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
    fn a_value_that_cannot_be_typed_is_kept_as_it_came() {
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
    fn a_name_that_repeats_loses_no_value() {
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
    fn media_is_read_with_members_that_nobody_knew() {
        let media = r#"[{"Sid": "MEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Filename": "a.jpg", "ContentType": "image/jpeg", "Size": 42, "Colour": "red"}]"#;
        let Event::MessageAdd(message) = read([("EventType", "onMessageAdd"), ("Media", media)]) else {
            panic!("another event")
        };
        let media = &message.media.unwrap()[0];
        assert_eq!((media.size, media.filename.as_deref()), (Some(42), Some("a.jpg")));
        assert_eq!(media.extra["Colour"], "red");
    }

    #[test]
    fn an_event_that_nobody_knows_keeps_its_name_and_fields() {
        let event = read([("EventType", "onPollAdded"), ("Question", "why"), ("Question", "how")]);
        assert_eq!(event.event_type().as_str(), "onPollAdded");
        let Event::Unknown { event_type, fields } = event else { panic!("a known event") };
        assert_eq!((event_type.object(), event_type.is_pre_event(), event_type.is_post_event()), (None, false, false));
        assert_eq!(fields.len(), 3);
    }

    #[test]
    fn without_an_event_type_it_is_no_event() {
        assert_eq!(
            Event::from_pairs([("Body", "hi")]).unwrap_err().to_string(),
            "reading an event: there is no field EventType"
        );
    }

    #[test]
    fn every_documented_event_has_its_struct_phase_and_object() {
        assert_eq!((EventType::ALL.len(), EventType::PRE_EVENTS.len(), EventType::POST_EVENTS.len()), (23, 10, 13));
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
