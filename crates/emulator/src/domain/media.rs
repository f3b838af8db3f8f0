//! Uploads that messages carry.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
pub(crate) fn webhook_field<'a>(media: impl IntoIterator<Item = &'a Media>) -> String {
    let media = media.into_iter().map(|media| {
        json!({"Sid": media.sid, "Filename": media.filename, "ContentType": media.content_type, "Size": media.size})
    });
    Value::from_iter(media).to_string()
}
