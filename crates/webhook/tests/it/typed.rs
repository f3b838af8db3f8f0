//! Reading the payload of one type, and its phase, which the compiler checks.

use twilio_conversations_webhook::types::v1::EventType;
use twilio_conversations_webhook::{Answer, Change, Event, EventPayload, Fields, PreEvent};

/// Reads a payload from fields that name its event, and gives back what there was to read.
fn read<E: EventPayload>() -> EventType {
    let fields = Fields::from_iter([("EventType", E::TYPE.as_str()), ("Invented", "yes")]);
    let event: Event = E::from_fields(fields).unwrap().into();
    assert_eq!(event.event_type(), E::TYPE);
    let error = E::from_fields(Fields::from_iter([("EventType", "onInventedAdded")])).err().unwrap();
    assert_eq!(error.found().unwrap().as_str(), "onInventedAdded");
    assert!(!error.to_string().contains("Invented"), "{error}");
    let error = E::from_fields(Fields::default()).err().unwrap();
    assert_eq!(error.found(), None);
    let expected = format!("reading an event: expected {}, found no field EventType", E::TYPE);
    assert_eq!(error.to_string(), expected);
    E::TYPE
}

/// A pre-event whose change is `C`: this compiles for no other.
pub(super) fn pre<C, E>() -> EventType
where
    C: Change,
    E: EventPayload<Answer = Answer<C>> + PreEvent<Change = C>,
{
    read::<E>()
}

pub(super) fn post<E: EventPayload<Answer = ()>>() -> EventType {
    read::<E>()
}
