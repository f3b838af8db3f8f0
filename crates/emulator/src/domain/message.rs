//! Messages of a conversation.

use super::media::Media;
use crate::time::Millis;

/// A message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub(crate) id: i64,
    pub(crate) conversation: i64,
    pub(crate) conversation_sid: String,
    pub(crate) service_sid: String,
    pub(crate) sid: String,
    pub(crate) index: i64,
    pub(crate) author: String,
    pub(crate) participant_sid: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) content_sid: Option<String>,
    pub(crate) attributes: String,
    pub(crate) media: Attachments,
    /// The summary of the receipts, as JSON.
    pub(crate) delivery: Option<String>,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

/// The media of a message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attachments(pub(crate) Vec<Media>);

/// A message before it is added to a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewMessage {
    pub(crate) author: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) media: Option<Media>,
    pub(crate) content_sid: Option<String>,
    pub(crate) attributes: Option<String>,
    pub(crate) date_created: Option<Millis>,
    pub(crate) date_updated: Option<Millis>,
    /// Whether it comes from a channel, which allows longer bodies.
    pub(crate) inbound: bool,
}
