//! Bindings: devices that are registered for a service's push notifications. The emulator sends none.

use super::values::BindingType;
use crate::time::Millis;

#[derive(Debug, Default)]
pub(crate) struct Binding {
    pub(crate) id: i64,
    pub(crate) service: i64,
    pub(crate) service_sid: String,
    pub(crate) sid: String,
    pub(crate) identity: String,
    pub(crate) endpoint: String,
    pub(crate) binding_type: BindingType,
    pub(crate) credential_sid: Option<String>,
    pub(crate) message_types: Vec<String>,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

/// The notifications that a device receives.
pub(crate) const MESSAGE_TYPES: [&str; 3] = ["new_message", "added_to_conversation", "removed_from_conversation"];
