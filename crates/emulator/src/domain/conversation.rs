//! Conversations and their states.

use super::service::ServiceKey;
use super::timers::Timers;
use super::values::ConversationState;
use crate::error::{ApiError, ErrorCode};
use crate::time::Millis;

#[derive(Clone, Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) id: i64,
    pub(crate) service: i64,
    pub(crate) service_sid: String,
    pub(crate) sid: String,
    pub(crate) unique_name: Option<String>,
    pub(crate) friendly_name: Option<String>,
    pub(crate) attributes: String,
    pub(crate) state: ConversationState,
    pub(crate) messaging_service_sid: Option<String>,
    pub(crate) timers: Timers,
    pub(crate) email_address: Option<String>,
    pub(crate) email_name: Option<String>,
    pub(crate) created_by: Option<String>,
    /// Number that grows with each activity in the service. The conversation with the latest activity has the largest.
    pub(crate) activity: i64,
    /// Index of the next message.
    pub(crate) next_index: i64,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

/// The cause of a change of state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StateReason {
    Api,
    Timer,
    Event,
}

impl StateReason {
    /// Value of the webhook field `Reason`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "API",
            Self::Timer => "TIMER",
            Self::Event => "EVENT",
        }
    }
}

impl Conversation {
    pub(crate) fn service_key(&self) -> ServiceKey {
        ServiceKey { id: self.service, sid: self.service_sid.clone() }
    }

    /// Rejects a change of a closed conversation.
    pub(crate) fn check_open(&self) -> Result<(), ApiError> {
        let message = "The conversation is closed, which is final";
        check_not_closed(self.state, ErrorCode::CONVERSATION_CLOSED, message)
    }

    /// Sets the state, and starts the timers that it has.
    pub(crate) fn enter(&mut self, state: ConversationState, at: Millis) {
        self.state = state;
        self.date_updated = at;
        self.timers.start(state, at);
    }
}

/// Rejects a state that a conversation cannot be created in.
pub(crate) fn check_initial_state(state: ConversationState) -> Result<(), ApiError> {
    check_not_closed(state, ErrorCode::CREATED_CLOSED, "A conversation cannot be created closed")
}

fn check_not_closed(state: ConversationState, code: ErrorCode, message: &str) -> Result<(), ApiError> {
    match state {
        ConversationState::Initializing | ConversationState::Active | ConversationState::Inactive => Ok(()),
        ConversationState::Closed => Err(ApiError::bad(code, message)),
    }
}
