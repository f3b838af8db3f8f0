//! Participants of a conversation.

use super::messaging_binding::MessagingBinding;
use super::values::NotificationLevel;
use crate::time::Millis;

#[derive(Clone, Debug, Default)]
pub(crate) struct Participant {
    pub(crate) id: i64,
    pub(crate) conversation: i64,
    pub(crate) conversation_sid: String,
    pub(crate) service_sid: String,
    pub(crate) sid: String,
    pub(crate) identity: Option<String>,
    pub(crate) user: Option<i64>,
    pub(crate) binding: MessagingBinding,
    pub(crate) role: Option<i64>,
    pub(crate) role_sid: Option<String>,
    pub(crate) attributes: String,
    pub(crate) last_read_message_index: Option<i64>,
    pub(crate) last_read_timestamp: Option<Millis>,
    pub(crate) notification_level: NotificationLevel,
    /// Row of the account while the conversation is open: address pairs are unique among open conversations.
    pub(crate) open_in: Option<i64>,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}
