//! Typed events from verified fields, and the response that each allows.

use std::error::Error;
use std::fmt;

use twilio_conversations_types::event::{self, Event, NoEventType};
use twilio_conversations_types::v1::EventType;

use crate::change::*;
use crate::{Answer, Fields, FromFields, NoChange, PreEvent, Reply};

/// Fields without `EventType` are not an event. All others are, and no field is lost.
impl FromFields for Event {
    type Error = NoEventType;

    fn from_fields(fields: Fields) -> Result<Self, NoEventType> {
        Self::from_pairs(fields.iter())
    }
}

/// The payload of one documented event: a struct of [`events`](crate::events).
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
    /// The type of the event.
    const TYPE: EventType;

    /// The result of a handler: an [`Answer`] for a pre-event, `()` for a post-event.
    type Answer: Into<Reply> + Send + 'static;
}

mod sealed {
    #[allow(unnameable_types, reason = "that is how it seals `EventPayload`")]
    pub trait Sealed {}
}

/// The answer to one pre-event: `AnswerTo<MessageAdd>` is `Answer<MessageChange>`.
pub type AnswerTo<E> = Answer<<E as PreEvent>::Change>;

/// Implements the traits of each event, by its phase and, for a pre-event, the change that its response may make.
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

/// The fields are those of another event than the requested one, or of none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OtherEvent {
    expected: &'static str,
    found: Option<EventType>,
}

impl OtherEvent {
    /// Returns the event of the fields; none without `EventType`.
    pub fn found(&self) -> Option<&EventType> {
        self.found.as_ref()
    }
}

impl fmt::Display for OtherEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            // An unknown name is untrusted input of any length.
            Some(EventType::Unknown(_)) => {
                write!(f, "reading an event: expected {}, found one that is not known", self.expected)
            }
            Some(found) => write!(f, "reading an event: expected {}, found {found}", self.expected),
            None => write!(f, "reading an event: expected {}, found no field EventType", self.expected),
        }
    }
}

impl Error for OtherEvent {}
