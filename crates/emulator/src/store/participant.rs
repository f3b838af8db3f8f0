//! Participants, and the conversations that they are in.

use std::borrow::Cow;

use rusqlite::{Connection, params};

use super::Cached as _;
use super::listing::Listing;
use super::select::Select;
use super::table::{Table as _, table};
use crate::domain::conversation::Conversation;
use crate::domain::messaging_binding::channel;
use crate::domain::participant::Participant;

table! {
    Participant as "participant" in "conversation",
    from "participant JOIN conversation ON conversation.id = participant.conversation \
        JOIN service ON service.id = conversation.service LEFT JOIN role ON role.id = participant.role",
    joined { conversation_sid = "conversation.sid", service_sid = "service.sid", role_sid = "role.sid" }
    fixed {
        conversation, sid, binding.address = "address", binding.name = "name", binding.level = "level", open_in,
    }
    mutable {
        identity, user, binding.kind = "type", binding.proxy_address = "proxy_address",
        binding.projected_address = "projected_address", role, attributes, last_read_message_index, last_read_timestamp,
        notification_level, date_created, date_updated,
    }
    lists {}
}

/// A participant of a conversation by SID or identity.
pub(crate) fn find(db: &Connection, conversation: i64, name: &str) -> rusqlite::Result<Option<Participant>> {
    let by_name = "participant.identity = ? AND participant.conversation = ?";
    Participant::by_sid_or(db, conversation, name, *b"MB", by_name)
}

/// SID of the participant of an author, by identity, address or projected address.
pub(crate) fn sid_of_author(db: &Connection, conversation: i64, author: &str) -> rusqlite::Result<Option<String>> {
    let find = |sql: &str| db.first(sql, params![conversation, author], |row| row.get(0));
    let by_identity = find("SELECT sid FROM participant WHERE conversation = ? AND identity = ?")?;
    if by_identity.is_some() || channel(author).is_none() {
        return Ok(by_identity);
    }
    let by_address = find("SELECT sid FROM participant WHERE conversation = ? AND address = ? LIMIT 1")?;
    if by_address.is_some() || !author.starts_with('+') {
        return Ok(by_address);
    }
    find("SELECT sid FROM participant WHERE conversation = ? AND projected_address = ? AND identity IS NULL LIMIT 1")
}

/// SIDs of up to two participants that have an address.
pub(crate) fn sids_with_address(db: &Connection, conversation: i64) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT sid FROM participant WHERE conversation = ? AND address IS NOT NULL LIMIT 2";
    db.all(sql, [conversation], |row| row.get(0))
}

/// Counts of participants that limits apply to.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) all: i64,
    pub(crate) not_chatting: i64,
    pub(crate) in_group_text: i64,
}

pub(crate) fn counts(db: &Connection, conversation: i64) -> rusqlite::Result<Counts> {
    let counts = db.first(
        "SELECT count(*), count(*) FILTER (WHERE identity IS NULL),
         count(*) FILTER (WHERE type = 'sms' AND proxy_address IS NULL) FROM participant WHERE conversation = ?",
        [conversation],
        |row| Ok(Counts { all: row.get(0)?, not_chatting: row.get(1)?, in_group_text: row.get(2)? }),
    )?;
    Ok(counts.unwrap_or_default())
}

/// Number of open conversations that a user is in.
pub(crate) fn conversations_of_user(db: &Connection, user: i64) -> rusqlite::Result<i64> {
    db.number("SELECT count(*) FROM participant WHERE user = ? AND open_in IS NOT NULL", [user])
}

/// Whether an address is one of the account's own: configured, or a proxy or projected address in the conversation.
pub(crate) fn is_own_address(
    db: &Connection,
    account: i64,
    conversation: i64,
    address: &str,
) -> rusqlite::Result<bool> {
    let count = db.number(
        "SELECT EXISTS (SELECT 1 FROM address WHERE account = ?1 AND address = ?3) OR EXISTS (SELECT 1 FROM participant
         WHERE conversation = ?2 AND (proxy_address = ?3 OR projected_address = ?3))",
        params![account, conversation, address],
    )?;
    Ok(count > 0)
}

/// A participant and its conversation.
#[derive(Default)]
pub(crate) struct Membership {
    pub(crate) participant: Participant,
    pub(crate) conversation: Conversation,
    pub(crate) user_sid: Option<String>,
    /// Messages after the read horizon; none without a horizon.
    pub(crate) unread_messages_count: Option<i64>,
}

impl Select for Membership {
    const FROM: &'static str = Participant::FROM;
    const WIDTH: usize = 2 + Participant::WIDTH + Conversation::WIDTH;

    fn columns() -> Cow<'static, str> {
        let own = "(SELECT sid FROM user WHERE user.id = participant.user), \
            iif(last_read_message_index IS NULL, NULL, (SELECT count(*) FROM message \
             WHERE message.conversation = conversation.id AND \"index\" > last_read_message_index))";
        format!("{own}, {}, {}", Participant::columns(), Conversation::columns()).into()
    }

    fn read(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
        // The conversation's columns follow the participant's.
        let conversation = at + 2 + Participant::WIDTH;
        Ok(Self {
            user_sid: row.get(at)?,
            unread_messages_count: row.get(at + 1)?,
            participant: Participant::read(row, at + 2)?,
            conversation: Conversation::read(row, conversation)?,
        })
    }
}

pub(crate) fn memberships_of_user(user: i64) -> Listing {
    Listing::by_creation("participant.user = ?", vec![user.into()], &["participant.id"])
}

pub(crate) fn memberships_of_identity(service: i64, identity: &str) -> Listing {
    let condition = "participant.user = (SELECT id FROM user WHERE identity = ? AND service = conversation.service) \
        AND conversation.service = ?";
    Listing::by_creation(condition, vec![identity.to_owned().into(), service.into()], &["participant.id"])
}

pub(crate) fn memberships_of_address(service: i64, address: &str) -> Listing {
    let condition = "participant.address = ? AND conversation.service = ?";
    Listing::by_creation(condition, vec![address.to_owned().into(), service.into()], &["participant.id"])
}

pub(crate) fn membership(db: &Connection, user: i64, conversation: i64) -> rusqlite::Result<Option<Membership>> {
    Membership::first(db, "participant.user = ? AND participant.conversation = ?", params![user, conversation])
}
