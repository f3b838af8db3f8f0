//! Changes of a conversation's state that its events cause.

use crate::domain::conversation::{Conversation, StateReason};
use crate::domain::values::ConversationState;
use crate::error::{ApiError, ErrorCode, Failure};
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{conversation, unless_taken};

impl Transaction<'_> {
    /// Updates a conversation's row.
    pub(super) fn save_conversation(&self, conversation: &Conversation) -> Result<(), Failure> {
        unless_taken(conversation.update(self.db), |_| name_taken())?;
        self.note_timers(conversation);
        Ok(())
    }

    /// Inserts a conversation. It becomes the one with the latest activity.
    pub(super) fn insert_conversation(&self, conversation: &mut Conversation) -> Result<(), Failure> {
        conversation.activity = conversation::next_activity(self.db, conversation.service)?;
        unless_taken(conversation.insert(self.db), |_| name_taken())?;
        self.note_timers(conversation);
        Ok(())
    }

    /// Reports a change of state that was saved.
    pub(super) fn report_state(
        &self,
        conversation: &Conversation,
        from: ConversationState,
        reason: StateReason,
    ) -> Result<(), Failure> {
        self.after(conversation.place(), || conversation.state_event(from, reason))
    }

    /// Sets the state that follows `initializing`, after the participants are added.
    pub(super) fn end_initializing(
        &self,
        conversation: &mut Conversation,
        state: ConversationState,
    ) -> Result<(), Failure> {
        if conversation.state != ConversationState::Initializing || state == ConversationState::Initializing {
            return Ok(());
        }
        conversation.enter(state, conversation.date_updated);
        self.save_conversation(conversation)?;
        self.report_state(conversation, ConversationState::Initializing, StateReason::Event)
    }

    /// Makes an inactive conversation active, because a participant was added.
    pub(super) fn reactivate(&self, conversation: &mut Conversation) -> Result<(), Failure> {
        let before = conversation.state;
        conversation.enter(ConversationState::Active, self.now);
        self.save_conversation(conversation)?;
        self.report_state(conversation, before, StateReason::Event)
    }

    /// Records the activity of a new message: the conversation is the one with the latest activity, it becomes active if
    /// it was inactive, and its timers start again.
    pub(super) fn record_activity(&self, conversation: &mut Conversation) -> Result<(), Failure> {
        conversation.check_open()?;
        let before = conversation.state;
        let state = if before == ConversationState::Inactive { ConversationState::Active } else { before };
        conversation.next_index += 1;
        conversation.enter(state, self.now);
        conversation::save_activity(self.db, conversation)?;
        self.note_timers(conversation);
        if state == before {
            return Ok(());
        }
        self.save_conversation(conversation)?;
        self.report_state(conversation, before, StateReason::Event)
    }

    fn note_timers(&self, conversation: &Conversation) {
        if conversation.timers.are_running() {
            self.effects.rescheduled.set(true);
        }
    }
}

fn name_taken() -> ApiError {
    ApiError::conflict(ErrorCode::UNIQUE_NAME_TAKEN, "Conversation with provided unique name already exists")
}
