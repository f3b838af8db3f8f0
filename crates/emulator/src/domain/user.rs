//! Users: the chat identities of a service.

use crate::error::{ApiError, ErrorCode, code};
use crate::sid::is_sid;
use crate::time::Millis;

#[derive(Clone, Debug, Default)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) service: i64,
    pub(crate) service_sid: String,
    pub(crate) sid: String,
    pub(crate) identity: String,
    pub(crate) friendly_name: Option<String>,
    pub(crate) attributes: String,
    pub(crate) role: Option<i64>,
    pub(crate) role_sid: Option<String>,
    /// Whether the service shows reachability.
    pub(crate) reachability_enabled: bool,
    pub(crate) is_online: bool,
    pub(crate) is_notifiable: bool,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

/// Checks an identity: 1 to 256 characters, not reserved, and not like a user SID.
pub(crate) fn check_identity(identity: &str) -> Result<(), ApiError> {
    let invalid = |code, problem| Err(ApiError::bad(code, format!("Invalid parameter Identity: {problem}")));
    match identity.chars().count() {
        0 => Err(ApiError::bad(ErrorCode::IDENTITY_MISSING, "Missing required parameter Identity")),
        257.. => invalid(ErrorCode::IDENTITY_TOO_LONG, "at most 256 characters are allowed"),
        _ if identity == "system" => invalid(ErrorCode::IDENTITY_RESERVED, "system is reserved"),
        _ if is_sid(identity, Some(*b"US")) => invalid(code::IDENTITY_LOOKS_LIKE_SID, "it looks like a user SID"),
        _ => Ok(()),
    }
}
