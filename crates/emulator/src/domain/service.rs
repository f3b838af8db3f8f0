//! Services: separate environments within an account.

use super::notifications::Notifications;
use crate::time::Millis;

/// A service of an account.
#[derive(Debug, Default)]
pub(crate) struct Service {
    pub(crate) id: i64,
    pub(crate) account: i64,
    pub(crate) sid: String,
    pub(crate) friendly_name: String,
    /// Rows of the default roles.
    pub(crate) chat_service_role: Option<i64>,
    pub(crate) conversation_role: Option<i64>,
    pub(crate) conversation_creator_role: Option<i64>,
    pub(crate) chat_service_role_sid: Option<String>,
    pub(crate) conversation_role_sid: Option<String>,
    pub(crate) conversation_creator_role_sid: Option<String>,
    pub(crate) reachability_enabled: bool,
    pub(crate) notifications: Notifications,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

/// Row and SID of a service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceKey {
    pub(crate) id: i64,
    pub(crate) sid: String,
}
