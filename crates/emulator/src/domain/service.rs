//! Services: separate environments within an account.

use serde::{Deserialize, Serialize};

use crate::time::Millis;

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

/// Push notification settings, with the names of the API's properties. They are stored and returned without further effect.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Notifications {
    pub(crate) log_enabled: bool,
    pub(crate) new_message: NewMessage,
    pub(crate) added_to_conversation: Notification,
    pub(crate) removed_from_conversation: Notification,
}

/// The settings of one notification.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Notification {
    pub(crate) enabled: bool,
    pub(crate) template: Option<String>,
    pub(crate) sound: Option<String>,
}

/// The settings of the notification of a new message.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct NewMessage {
    #[serde(flatten)]
    pub(crate) common: Notification,
    pub(crate) badge_count_enabled: bool,
    pub(crate) with_media: WithMedia,
}

/// The settings of the notification of a message with media.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct WithMedia {
    pub(crate) enabled: bool,
    pub(crate) template: Option<String>,
}
