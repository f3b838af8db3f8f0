//! Uploads.

use super::table::table;
use crate::domain::media::Media;

table! {
    Media as "media" in "service", from "media",
    joined {}
    fixed { service, sid, filename, content_type, size }
    mutable { message }
    lists {}
}
