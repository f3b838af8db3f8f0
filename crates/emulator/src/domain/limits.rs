//! Documented limits on the values of requests, and their checks.

use crate::error::ApiError;

/// Bytes of a conversation's attributes.
pub(crate) const CONVERSATION_ATTRIBUTES: usize = 16 * 1024;
/// Bytes of the attributes of a message, a participant or a user. For users the number is an assumption.
pub(crate) const ATTRIBUTES: usize = 4 * 1024;
/// Characters of the body of a message that goes to a channel.
pub(crate) const CHANNEL_BODY: usize = 1600;
/// Bytes of the body of a message that stays in chat, or comes from a channel.
pub(crate) const BODY: usize = 32 * 1024;
/// Participants of a conversation; of these, those that do not chat; and those of a group text.
pub(crate) const PARTICIPANTS: i64 = 1000;
pub(crate) const NON_CHAT_PARTICIPANTS: i64 = 50;
pub(crate) const GROUP_TEXT_PARTICIPANTS: i64 = 10;
/// Open conversations of an identity.
pub(crate) const CONVERSATIONS_OF_IDENTITY: i64 = 1000;
/// Participants in one request.
pub(crate) const PARTICIPANTS_IN_REQUEST: usize = 10;
/// Webhooks of a conversation, trigger words of a webhook, characters of a word, and characters of a URL.
pub(crate) const SCOPED_WEBHOOKS: i64 = 5;
pub(crate) const TRIGGERS: usize = 5;
pub(crate) const TRIGGER_CHARACTERS: usize = 248;
pub(crate) const SCOPED_URL_CHARACTERS: usize = 512;

/// Checks the length of a string in characters.
pub(crate) fn check_length(name: &str, text: Option<&str>, maximum: usize) -> Result<(), ApiError> {
    match text {
        Some(text) if text.chars().count() > maximum => {
            Err(ApiError::invalid(name, &format!("at most {maximum} characters are allowed")))
        }
        _ => Ok(()),
    }
}

/// Checks that attributes are JSON and not larger than a number of bytes.
pub(crate) fn check_attributes(text: &str, maximum: usize) -> Result<(), ApiError> {
    if text.len() > maximum {
        return Err(ApiError::invalid("Attributes", &format!("at most {} KB are allowed", maximum / 1024)));
    }
    let parsed = serde_json::from_str::<serde::de::IgnoredAny>(text);
    parsed.map(|_| ()).map_err(|_| ApiError::invalid("Attributes", "not JSON"))
}
