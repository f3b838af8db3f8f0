//! Typed events out of verified fields.

use twilio_conversations_types::event::{Event, NoEventType};

use super::{Fields, FromFields};

/// An event whose fields lack `EventType` is no event; everything else is one, and nothing in it is lost.
impl FromFields for Event {
    type Error = NoEventType;

    fn from_fields(fields: Fields) -> Result<Self, NoEventType> {
        Self::from_pairs(fields.iter())
    }
}
