//! A participant before it is added to a conversation.

use crate::time::Millis;

/// A participant before it is added to a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewParticipant {
    pub(crate) identity: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) proxy_address: Option<String>,
    pub(crate) projected_address: Option<String>,
    /// Of participants by e-mail, like the level.
    pub(crate) name: Option<String>,
    pub(crate) level: Option<String>,
    pub(crate) role_sid: Option<String>,
    pub(crate) attributes: Option<String>,
    pub(crate) date_created: Option<Millis>,
    pub(crate) date_updated: Option<Millis>,
}
