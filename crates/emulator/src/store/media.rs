//! Uploads.

use rusqlite::{Connection, params};

use super::table::{Select as _, table};
use crate::domain::media::Media;

table! {
    Media as "media", from "media",
    joined {}
    fixed { service, sid, filename, content_type, size }
    mutable { message }
    lists {}
}

/// An upload of a service by SID.
pub(crate) fn find(db: &Connection, service: i64, sid: &str) -> rusqlite::Result<Option<Media>> {
    Media::first(db, "media.sid = ? AND media.service = ?", params![sid, service])
}
