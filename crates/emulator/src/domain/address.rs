//! Address configurations: how a message to an address opens a conversation.

use twilio_conversations_types::v1::EventType;

use super::values::{AddressType, AutoCreationType, WebhookMethod};
use crate::time::Millis;

#[derive(Debug, Default)]
pub(crate) struct Address {
    pub(crate) id: i64,
    pub(crate) account: i64,
    pub(crate) sid: String,
    pub(crate) kind: AddressType,
    pub(crate) address: String,
    pub(crate) address_country: Option<String>,
    pub(crate) friendly_name: Option<String>,
    pub(crate) auto: AutoCreation,
    /// Events of the webhook that an opened conversation gets.
    pub(crate) webhook_filters: Vec<EventType>,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

/// How conversations are opened for messages that belong to none.
#[derive(Clone, Debug, Default)]
pub(crate) struct AutoCreation {
    pub(crate) enabled: bool,
    pub(crate) kind: Option<AutoCreationType>,
    pub(crate) service_sid: Option<String>,
    pub(crate) webhook_url: Option<String>,
    pub(crate) webhook_method: Option<WebhookMethod>,
    pub(crate) flow_sid: Option<String>,
    pub(crate) retry_count: Option<i64>,
}
