//! Queries of the inspector: pages of lists, and counts. Each is bounded in rows and runs on an index.

mod conversation;
mod conversations;
mod webhooks;

use rusqlite::{Connection, params};

pub(crate) use self::conversation::{
    ConversationDetails, MessageRow, ParticipantRow, ReceiptRow, conversation, messages, participants,
};
pub(crate) use self::conversations::{ConversationRow, Found, Position, Search, conversations};
pub(crate) use self::webhooks::{DeliveryFilter, conversation_names, deliveries, delivery_count, delivery_ids};
use super::Cached as _;

/// Most rows that a count reads.
pub(crate) const COUNTED: i64 = 100_000;
/// Most services that are listed.
const SERVICES: i64 = 200;

/// A number of rows, counted up to a bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Count {
    pub(crate) number: i64,
    /// Whether there are more.
    pub(crate) is_bound: bool,
}

/// Which part of a list is shown. Keys descend.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Part {
    #[default]
    Latest,
    Before(i64),
    After(i64),
}

/// One page of a list, the latest first.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) has_newer: bool,
    pub(crate) has_older: bool,
}

/// A service of the account.
#[derive(Debug)]
pub(crate) struct ServiceRow {
    pub(crate) sid: String,
    pub(crate) name: String,
    pub(crate) is_default: bool,
}

/// Numbers of an account's objects.
#[derive(Debug)]
pub(crate) struct Totals {
    pub(crate) conversations: Count,
    pub(crate) participants: Count,
    pub(crate) messages: Count,
}

impl Count {
    fn of(number: i64, bound: i64) -> Self {
        Self { number: number.min(bound), is_bound: number > bound }
    }
}

/// The first services of an account, in the order of their creation.
pub(crate) fn services(db: &Connection, account: i64) -> rusqlite::Result<Vec<ServiceRow>> {
    db.all(
        "SELECT service.sid, friendly_name, service.id IS default_service FROM service
         JOIN account ON account.id = service.account WHERE account = ?1 ORDER BY service.id LIMIT ?2",
        params![account, SERVICES],
        |row| Ok(ServiceRow { sid: row.get(0)?, name: row.get(1)?, is_default: row.get(2)? }),
    )
}

/// Counts an account's objects.
pub(crate) fn totals(db: &Connection, account: i64) -> rusqlite::Result<Totals> {
    // SQLite runs a cross join in the written order: from the account down, each step along an index.
    const CONVERSATIONS: &str = "SELECT count(*) FROM (SELECT 1 FROM service
        CROSS JOIN conversation ON conversation.service = service.id WHERE account = ?1 LIMIT ?2)";
    const PARTICIPANTS: &str = "SELECT count(*) FROM (SELECT 1 FROM service
        CROSS JOIN conversation ON conversation.service = service.id
        CROSS JOIN participant ON participant.conversation = conversation.id WHERE account = ?1 LIMIT ?2)";
    const MESSAGES: &str = "SELECT count(*) FROM (SELECT 1 FROM service
        CROSS JOIN conversation ON conversation.service = service.id
        CROSS JOIN message ON message.conversation = conversation.id WHERE account = ?1 LIMIT ?2)";
    let count = |sql| db.number(sql, params![account, COUNTED + 1]).map(|number| Count::of(number, COUNTED));
    Ok(Totals { conversations: count(CONVERSATIONS)?, participants: count(PARTICIPANTS)?, messages: count(MESSAGES)? })
}

impl<T> Page<T> {
    /// Reads a page of `size` rows. `read` takes a key, whether the rows come before it (descending) or after it
    /// (ascending), and how many there may be.
    fn read(
        part: Part,
        size: usize,
        mut read: impl FnMut(i64, bool, usize) -> rusqlite::Result<Vec<T>>,
    ) -> rusqlite::Result<Self> {
        if let Part::After(key) = part {
            let mut items = read(key, false, size + 1)?;
            if items.len() > size {
                items.truncate(size);
                items.reverse();
                return Ok(Self { items, has_newer: true, has_older: true });
            }
            // The rows after the key do not fill a page: the first page is shown instead.
        }
        let (key, has_newer) = match part {
            Part::Before(key) => (key, true),
            Part::Latest | Part::After(_) => (i64::MAX, false),
        };
        let mut items = read(key, true, size + 1)?;
        let has_older = items.len() > size;
        items.truncate(size);
        Ok(Self { items, has_newer, has_older })
    }
}

#[cfg(test)]
mod tests;
