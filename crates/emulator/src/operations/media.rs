//! Uploads for messages. Twilio receives them by another API; control requests register them in the emulator.

use crate::domain::message::Media;
use crate::error::{ApiError, ErrorCode, Failure};
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;

impl Transaction<'_> {
    /// Registers an upload with a service.
    pub(super) fn add_media(
        &self,
        service: i64,
        filename: Option<&str>,
        content_type: &str,
        size: i64,
    ) -> Result<Media, Failure> {
        let mut media = Media {
            service,
            sid: self.new_sid("ME"),
            filename: filename.map(str::to_owned),
            content_type: content_type.to_owned(),
            size,
            ..Media::default()
        };
        media.insert(self.db)?;
        Ok(media)
    }

    /// An upload that no message has yet.
    pub(super) fn unsent_media(&self, service: i64, sid: &str) -> Result<Media, Failure> {
        match Media::by_sid(self.db, service, sid)? {
            None => Err(ApiError::bad(ErrorCode::MEDIA_NOT_FOUND, format!("Media {sid} not found")).into()),
            Some(media) if media.message.is_some() => {
                let message = format!("Media {sid} already sent with another message");
                Err(ApiError::bad(ErrorCode::MEDIA_IN_USE, message).into())
            }
            Some(media) => Ok(media),
        }
    }
}
