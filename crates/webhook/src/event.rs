//! Typed events out of verified fields, and the response that each allows.

use std::error::Error;
use std::fmt;

use twilio_conversations_types::event::{self, Event, NoEventType};
use twilio_conversations_types::v1::EventType;

use crate::change::*;
use crate::{Answer, Fields, FromFields, NoChange, PreEvent, Reply};

/// An event whose fields lack `EventType` is no event; everything else is one, and nothing in it is lost.
impl FromFields for Event {
    type Error = NoEventType;

    fn from_fields(fields: Fields) -> Result<Self, NoEventType> {
        Self::from_pairs(fields.iter())
    }
}

/// The payload of one documented event: the structs of [`events`](crate::events), and nothing else.
///
/// ```
/// use twilio_conversations_webhook::types::v1::EventType;
/// use twilio_conversations_webhook::{EventPayload, Fields, FromFields, events::MessageAdd};
///
/// let fields = Fields::from_iter([("EventType", "onMessageAdd"), ("Body", "hi")]);
/// assert_eq!(MessageAdd::from_fields(fields)?.body.as_deref(), Some("hi"));
/// assert_eq!(MessageAdd::TYPE, EventType::MessageAdd);
///
/// let fields = Fields::from_iter([("EventType", "onMessageRemove")]);
/// let error = MessageAdd::from_fields(fields).unwrap_err();
/// assert_eq!(error.to_string(), "reading an event: expected onMessageAdd, found onMessageRemove");
/// # Ok::<(), twilio_conversations_webhook::OtherEvent>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one event",
    label = "is not the struct of one event",
    note = "`on` takes a handler of one event, whose struct is in `events`; `fallback` takes one of any `Event`"
)]
pub trait EventPayload: FromFields<Error = OtherEvent> + Into<Event> + Send + sealed::Sealed + 'static {
    /// Which event it is.
    const TYPE: EventType;

    /// What a handler gives back: an [`Answer`] for a pre-event, nothing for a post-event.
    type Answer: Into<Reply> + Send + 'static;
}

mod sealed {
    #[allow(unnameable_types, reason = "that is how it seals `EventPayload`")]
    pub trait Sealed {}
}

/// The answer to one pre-event: `AnswerTo<MessageAdd>` is `Answer<MessageChange>`.
pub type AnswerTo<E> = Answer<<E as PreEvent>::Change>;

/// Takes each event with its phase and, for a pre-event, the type of the change that its response may make.
macro_rules! payloads {
    ($($name:ident: $phase:ident $($change:ident)?,)+) => {
        $(
            impl FromFields for event::$name {
                type Error = OtherEvent;

                fn from_fields(fields: Fields) -> Result<Self, OtherEvent> {
                    let found = fields.get("EventType").map(EventType::from);
                    if found != Some(EventType::$name) {
                        return Err(OtherEvent { expected: Self::EVENT_TYPE, found });
                    }
                    Ok(Self::from_pairs(fields.iter()))
                }
            }

            impl sealed::Sealed for event::$name {}

            payloads!(@ $phase $name $($change)?);
        )+
    };
    (@ pre $name:ident $change:ident) => {
        impl PreEvent for event::$name {
            type Change = $change;
        }

        impl EventPayload for event::$name {
            type Answer = Answer<$change>;

            const TYPE: EventType = EventType::$name;
        }
    };
    (@ post $name:ident) => {
        impl EventPayload for event::$name {
            type Answer = ();

            const TYPE: EventType = EventType::$name;
        }
    };
}

include!("generated/events.rs");

/// The fields are those of another event than the one asked for, or of none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OtherEvent {
    expected: &'static str,
    found: Option<EventType>,
}

impl OtherEvent {
    /// Returns the event that the fields are of; none where they lack `EventType`.
    pub fn found(&self) -> Option<&EventType> {
        self.found.as_ref()
    }
}

impl fmt::Display for OtherEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            // A name that nobody knows is somebody else's text, and may be of any length.
            Some(EventType::Unknown(_)) => {
                write!(f, "reading an event: expected {}, found one that is not known", self.expected)
            }
            Some(found) => write!(f, "reading an event: expected {}, found {found}", self.expected),
            None => write!(f, "reading an event: expected {}, found no field EventType", self.expected),
        }
    }
}

impl Error for OtherEvent {}
