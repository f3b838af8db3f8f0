//! Messages of a conversation, and the uploads that they carry.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::time::Millis;

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

/// An uploaded file, without its content.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Media {
    #[serde(skip)]
    pub(crate) id: i64,
    #[serde(skip)]
    pub(crate) service: i64,
    pub(crate) sid: String,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: String,
    /// In bytes.
    pub(crate) size: i64,
    /// Row of the message that has it. An upload can be sent with one message.
    #[serde(skip)]
    pub(crate) message: Option<i64>,
}

/// The value of the webhook field `Media`, whose members are in Pascal case.
pub(crate) fn media_field<'a>(media: impl IntoIterator<Item = &'a Media>) -> String {
    let media = media.into_iter().map(|media| {
        json!({"Sid": media.sid, "Filename": media.filename, "ContentType": media.content_type, "Size": media.size})
    });
    Value::from_iter(media).to_string()
}
