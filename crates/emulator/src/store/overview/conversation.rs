//! One conversation: its participants, and its messages with media and receipts.

use rusqlite::{Connection, Row, params};

use super::super::Cached as _;
use super::{COUNTED, Count, Page, Part};

/// Most participants that are listed.
const PARTICIPANTS: i64 = 100;
/// Most receipts and media of a message that are listed.
const OF_MESSAGE: i64 = 20;

/// A conversation as it is shown.
#[derive(Debug)]
pub(crate) struct ConversationDetails {
    pub(crate) id: i64,
    pub(crate) sid: String,
    /// Row of its service.
    pub(crate) service: i64,
    pub(crate) service_sid: String,
    pub(crate) service_name: String,
    pub(crate) unique_name: Option<String>,
    pub(crate) friendly_name: Option<String>,
    pub(crate) attributes: String,
    pub(crate) state: String,
    /// Dates on which its timers run out.
    pub(crate) date_inactive: Option<i64>,
    pub(crate) date_closed: Option<i64>,
    pub(crate) date_created: i64,
    pub(crate) date_updated: i64,
    pub(crate) messages: Count,
    pub(crate) participants: Count,
}

/// A participant of a conversation.
#[derive(Debug)]
pub(crate) struct ParticipantRow {
    pub(crate) sid: String,
    pub(crate) identity: Option<String>,
    /// `sms` and its like; `None` for a chat user.
    pub(crate) kind: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) proxy_address: Option<String>,
    pub(crate) projected_address: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) last_read_message_index: Option<i64>,
    pub(crate) last_read_timestamp: Option<i64>,
}

/// A message of a conversation.
#[derive(Debug)]
pub(crate) struct MessageRow {
    id: i64,
    pub(crate) sid: String,
    pub(crate) index: i64,
    pub(crate) author: String,
    pub(crate) subject: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) content_sid: Option<String>,
    pub(crate) attributes: String,
    pub(crate) date_created: i64,
    pub(crate) date_updated: i64,
    pub(crate) media: Vec<MediaRow>,
    pub(crate) receipts: Vec<ReceiptRow>,
}

/// A file of a message.
#[derive(Debug)]
pub(crate) struct MediaRow {
    pub(crate) sid: String,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: String,
    /// In bytes.
    pub(crate) size: i64,
}

/// The delivery receipt of one participant.
#[derive(Debug)]
pub(crate) struct ReceiptRow {
    /// Identity, address or SID of the participant.
    pub(crate) participant: String,
    pub(crate) status: String,
    pub(crate) error_code: i64,
}

impl ConversationDetails {
    /// Friendly name, else unique name, else SID.
    pub(crate) fn name(&self) -> &str {
        self.friendly_name.as_deref().or(self.unique_name.as_deref()).unwrap_or(&self.sid)
    }
}

impl ParticipantRow {
    /// Identity, else address, else SID.
    pub(crate) fn name(&self) -> &str {
        let names = [&self.identity, &self.address, &self.projected_address];
        names.into_iter().flatten().next().unwrap_or(&self.sid)
    }
}

/// A conversation of the account by its SID.
pub(crate) fn conversation(db: &Connection, account: i64, sid: &str) -> rusqlite::Result<Option<ConversationDetails>> {
    let found = db.first(
        "SELECT conversation.id, conversation.sid, service.id, service.sid, service.friendly_name, unique_name,
         conversation.friendly_name, attributes, state, date_inactive, date_closed, conversation.date_created,
         conversation.date_updated
         FROM conversation JOIN service ON service.id = service WHERE conversation.sid = ?1 AND account = ?2",
        params![sid, account],
        |row| {
            let none = Count { number: 0, is_bound: false };
            Ok(ConversationDetails {
                id: row.get(0)?,
                sid: row.get(1)?,
                service: row.get(2)?,
                service_sid: row.get(3)?,
                service_name: row.get(4)?,
                unique_name: row.get(5)?,
                friendly_name: row.get(6)?,
                attributes: row.get(7)?,
                state: row.get(8)?,
                date_inactive: row.get(9)?,
                date_closed: row.get(10)?,
                date_created: row.get(11)?,
                date_updated: row.get(12)?,
                messages: none,
                participants: none,
            })
        },
    )?;
    let Some(mut found) = found else { return Ok(None) };
    let count = |sql| db.number(sql, params![found.id, COUNTED + 1]).map(|number| Count::of(number, COUNTED));
    found.messages = count("SELECT count(*) FROM (SELECT 1 FROM message WHERE conversation = ?1 LIMIT ?2)")?;
    found.participants = count("SELECT count(*) FROM (SELECT 1 FROM participant WHERE conversation = ?1 LIMIT ?2)")?;
    Ok(Some(found))
}

/// The first participants of a conversation, by its row.
pub(crate) fn participants(db: &Connection, conversation: i64) -> rusqlite::Result<Vec<ParticipantRow>> {
    db.all(
        "SELECT participant.sid, identity, participant.type, address, proxy_address, projected_address,
         role.friendly_name, last_read_message_index, last_read_timestamp
         FROM participant LEFT JOIN role ON role.id = role WHERE conversation = ?1 ORDER BY participant.id LIMIT ?2",
        params![conversation, PARTICIPANTS],
        |row| {
            Ok(ParticipantRow {
                sid: row.get(0)?,
                identity: row.get(1)?,
                kind: row.get(2)?,
                address: row.get(3)?,
                proxy_address: row.get(4)?,
                projected_address: row.get(5)?,
                role: row.get(6)?,
                last_read_message_index: row.get(7)?,
                last_read_timestamp: row.get(8)?,
            })
        },
    )
}

const MESSAGE: &str = "id, sid, \"index\", author, subject, body, content_sid, attributes, date_created, date_updated";

/// A page of the messages of a conversation, by its row; the keys are their indexes.
pub(crate) fn messages(
    db: &Connection,
    conversation: i64,
    part: Part,
    size: usize,
) -> rusqlite::Result<Page<MessageRow>> {
    let mut page = Page::read(part, size, |key, descending, limit| {
        let (condition, order) = if descending { ("<", "DESC") } else { (">", "ASC") };
        let sql = format!(
            "SELECT {MESSAGE} FROM message WHERE conversation = ?1 AND \"index\" {condition} ?2
             ORDER BY \"index\" {order} LIMIT ?3"
        );
        db.all(&sql, params![conversation, key, i64::try_from(limit).unwrap_or(i64::MAX)], read_message)
    })?;
    for message in &mut page.items {
        message.media = media(db, message.id)?;
        message.receipts = receipts(db, message.id)?;
    }
    Ok(page)
}

fn read_message(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        id: row.get(0)?,
        sid: row.get(1)?,
        index: row.get(2)?,
        author: row.get(3)?,
        subject: row.get(4)?,
        body: row.get(5)?,
        content_sid: row.get(6)?,
        attributes: row.get(7)?,
        date_created: row.get(8)?,
        date_updated: row.get(9)?,
        media: Vec::new(),
        receipts: Vec::new(),
    })
}

fn media(db: &Connection, message: i64) -> rusqlite::Result<Vec<MediaRow>> {
    db.all(
        "SELECT sid, filename, content_type, size FROM media WHERE message = ?1 ORDER BY id LIMIT ?2",
        params![message, OF_MESSAGE],
        |row| Ok(MediaRow { sid: row.get(0)?, filename: row.get(1)?, content_type: row.get(2)?, size: row.get(3)? }),
    )
}

fn receipts(db: &Connection, message: i64) -> rusqlite::Result<Vec<ReceiptRow>> {
    db.all(
        "SELECT coalesce(identity, address, participant_sid), status, error_code FROM receipt
         LEFT JOIN participant ON participant.sid = participant_sid WHERE message = ?1
         ORDER BY participant_sid LIMIT ?2",
        params![message, OF_MESSAGE],
        |row| Ok(ReceiptRow { participant: row.get(0)?, status: row.get(1)?, error_code: row.get(2)? }),
    )
}
