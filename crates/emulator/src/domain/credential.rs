//! Push credentials. Their secrets are not stored: the emulator sends no notifications, and the API never returns them.

use super::values::PushType;
use crate::time::Millis;

#[derive(Debug, Default)]
pub(crate) struct Credential {
    pub(crate) id: i64,
    pub(crate) account: i64,
    pub(crate) sid: String,
    pub(crate) friendly_name: Option<String>,
    pub(crate) kind: PushType,
    pub(crate) sandbox: Option<bool>,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}
