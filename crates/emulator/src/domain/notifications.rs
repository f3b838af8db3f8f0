//! Push notification settings of a service. They are stored and returned without further effect.

use serde::{Deserialize, Serialize};

/// The settings of all notifications, with the names of the API's properties.
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
