//! Calls of pre-event webhooks. An action waits for their response.

use serde_json::{Map, Value};
use twilio_conversations_types::v1::EventType;

use super::delivery::{Receiver, WebhookCall};
use crate::error::ApiError;

/// A pre-event webhook that must be called before a transaction can be committed.
#[derive(Clone, Debug)]
pub(crate) struct PreEventCall {
    pub(crate) request: PreEventRequest,
    pub(crate) event: EventType,
    pub(crate) webhook: WebhookCall,
}

/// The identity of a call: a recorded response is used only for an identical request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PreEventRequest {
    pub(crate) receiver: Receiver,
    /// The form, encoded, without `DateUpdated`, which differs in each retry.
    pub(crate) fields: String,
}

/// The effect of a pre-event webhook's response: the properties that it replaces, or the rejection of the action.
pub(crate) type PreEventResponse = Result<Map<String, Value>, ApiError>;

/// The error of an action whose state other requests changed during each call of its pre-event webhook.
pub(crate) fn overtaken(event: &EventType) -> ApiError {
    use crate::error::ErrorCode;
    let (code, object) = match event {
        EventType::UserUpdate => (ErrorCode::USER_CONFLICT, "User"),
        EventType::ParticipantAdd | EventType::ParticipantUpdate | EventType::ParticipantRemove => {
            (ErrorCode::PARTICIPANT_CONFLICT, "Participant")
        }
        EventType::ConversationAdd
        | EventType::ConversationUpdate
        | EventType::ConversationRemove
        | EventType::MessageAdd
        | EventType::MessageUpdate
        | EventType::MessageRemove => (ErrorCode::CONVERSATION_CONFLICT, "Conversation"),
        _ => {
            let action = format_args!("an action that another request overtakes while {event} is called");
            return ApiError::unimplemented(action);
        }
    };
    ApiError::conflict(code, format!("{object} was changed by others while the pre-event webhook was called"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pre_event_has_a_code_for_an_action_that_is_overtaken() {
        for event in EventType::PRE_EVENTS {
            let file = "crates/emulator/src/domain/pre_event.rs";
            assert_eq!(overtaken(event).status, 409, "{event}: `overtaken` in {file} has no code for it: add it there");
        }
    }

    #[test]
    fn a_post_event_has_no_code_for_an_action_that_is_overtaken() {
        for event in EventType::POST_EVENTS {
            assert_eq!(overtaken(event).status, 501, "{event}");
        }
    }
}
