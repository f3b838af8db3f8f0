//! Uploads that messages carry. The API that takes uploads is another one; here control calls make them known.

use rusqlite::params;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::Turn;
use crate::error::{Refusal, Stop};
use crate::sid::new_sid;
use crate::store::Cached;

/// An uploaded file, without its content.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Media {
    pub(crate) sid: String,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: String,
    /// In bytes.
    pub(crate) size: i64,
}

impl Media {
    /// The `media` of a message that carries this.
    pub(super) fn to_json_list(&self) -> String {
        json!([self]).to_string()
    }

    pub(crate) fn to_webhook_json(&self) -> serde_json::Value {
        json!({"Sid": self.sid, "Filename": self.filename, "ContentType": self.content_type, "Size": self.size})
    }

    /// Notes that a message carries this, so that no other can.
    pub(super) fn belongs_to(&self, turn: &Turn<'_>, message: i64) -> Result<(), Stop> {
        turn.db.execute_cached("UPDATE media SET message = ? WHERE sid = ?", params![message, self.sid])?;
        Ok(())
    }
}

impl Turn<'_> {
    /// Makes an upload known to a service.
    pub(crate) fn add_media(
        &self,
        service: i64,
        filename: Option<&str>,
        content_type: &str,
        size: i64,
    ) -> Result<Media, Stop> {
        let media = Media {
            sid: new_sid("ME"),
            filename: filename.map(str::to_owned),
            content_type: content_type.to_owned(),
            size,
        };
        self.db.execute_cached(
            "INSERT INTO media (service, sid, filename, content_type, size) VALUES (?, ?, ?, ?, ?)",
            params![service, media.sid, media.filename, media.content_type, media.size],
        )?;
        Ok(media)
    }

    /// An upload that no message carries yet.
    pub(crate) fn unsent_media(&self, service: i64, sid: &str) -> Result<Media, Stop> {
        let found = self.db.first(
            "SELECT sid, filename, content_type, size, message IS NOT NULL FROM media WHERE sid = ? AND service = ?",
            params![sid, service],
            |row| {
                let media =
                    Media { sid: row.get(0)?, filename: row.get(1)?, content_type: row.get(2)?, size: row.get(3)? };
                Ok((media, row.get::<_, bool>(4)?))
            },
        )?;
        match found {
            None => Err(Refusal::bad(50507, format!("Media {sid} not found")).into()),
            Some((_, true)) => {
                Err(Refusal::bad(50508, format!("Media {sid} already sent with another message")).into())
            }
            Some((media, false)) => Ok(media),
        }
    }
}
