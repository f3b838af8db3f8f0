//! Messages and their receipts.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, params};

use super::Cached as _;
use super::listing::Listing;
use super::select::Select as _;
use super::table::table;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Attachments, Media, Message};
use crate::domain::receipt::{self, Receipt};
use crate::domain::values::DeliveryStatus;

table! {
    Message as "message" in "conversation", sid "message.id = CAST(substr(?1, 19) AS INTEGER)",
    from "message JOIN conversation ON conversation.id = message.conversation \
        JOIN service ON service.id = conversation.service",
    joined {
        conversation_sid = "conversation.sid",
        service_sid = "service.sid",
        media = "(SELECT json_group_array(json_object('sid', sid, 'filename', filename, 'content_type', content_type, \
            'size', size)) FROM (SELECT * FROM media WHERE media.message = message.id ORDER BY media.id))",
    }
    fixed { conversation, sid, index, content_sid }
    mutable { author, participant_sid, body, subject, attributes, delivery, date_created, date_updated }
    lists {}
}

impl FromSql for Attachments {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "[]" => Ok(Self::default()),
            json => serde_json::from_str(json).map(Self).map_err(|error| FromSqlError::Other(error.into())),
        }
    }
}

/// A message of an account by SID, with its conversation.
pub(crate) fn find_anywhere(
    db: &Connection,
    account: i64,
    sid: &str,
) -> rusqlite::Result<Option<(Conversation, Message)>> {
    let condition = "message.id = CAST(substr(?1, 19) AS INTEGER) AND message.sid = ?1 AND service.account = ?2";
    let Some(message) = Message::first(db, condition, params![sid, account])? else { return Ok(None) };
    let conversation = super::conversation::find_anywhere(db, account, &message.conversation_sid)?;
    Ok(conversation.map(|conversation| (conversation, message)))
}

/// The messages of a conversation, by index.
pub(crate) fn list(conversation: i64, descending: bool) -> Listing {
    let condition = "message.conversation = ?".to_owned();
    Listing { condition, values: vec![conversation.into()], keys: &["\"index\""], descending }
}

/// The messages of a conversation from an index on.
pub(crate) fn from_index(db: &Connection, conversation: i64, index: i64) -> rusqlite::Result<Vec<Message>> {
    let condition = "message.conversation = ? AND \"index\" >= ? ORDER BY \"index\"";
    Message::all(db, condition, params![conversation, index])
}

table! {
    Receipt as "receipt" in "message",
    from "receipt JOIN message ON message.id = receipt.message \
        JOIN conversation ON conversation.id = message.conversation JOIN service ON service.id = conversation.service",
    joined { message_sid = "message.sid", conversation_sid = "conversation.sid", service_sid = "service.sid" }
    fixed { message, sid, participant_sid, channel_message_sid, date_created }
    mutable { status, error_code, date_updated }
    lists {}
}

pub(crate) fn receipt_of(db: &Connection, message: i64, participant_sid: &str) -> rusqlite::Result<Option<Receipt>> {
    let condition = "receipt.message = ? AND receipt.participant_sid = ?";
    Receipt::first(db, condition, params![message, participant_sid])
}

/// Writes the summary of a message's receipts.
pub(crate) fn summarize_receipts(db: &Connection, message: i64) -> rusqlite::Result<()> {
    let statuses: Vec<DeliveryStatus> =
        db.all("SELECT status FROM receipt WHERE message = ?", [message], |row| row.get(0))?;
    let summary = receipt::summary(&statuses).to_string();
    db.execute_cached("UPDATE message SET delivery = ? WHERE id = ?", params![summary, message])?;
    Ok(())
}

table! {
    Media as "media" in "service", from "media",
    joined {}
    fixed { service, sid, filename, content_type, size }
    mutable { message }
    lists {}
}
