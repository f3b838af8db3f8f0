//! Webhook calls by their filters, and the conversations that they are about.

use std::collections::HashMap;
use std::fmt::Write as _;

use rusqlite::{Connection, ToSql, params};

use super::super::Cached as _;
use super::super::select::Select as _;
use super::{Count, Page, Part};
use crate::domain::delivery::WebhookCall;

/// Most calls that are counted.
const COUNTED: i64 = 20_000;

/// Which webhook calls are listed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DeliveryFilter<'a> {
    pub(crate) account: i64,
    pub(crate) state: Option<&'a str>,
    pub(crate) event: Option<&'a str>,
    /// SID of a conversation.
    pub(crate) conversation: Option<&'a str>,
}

/// Numbers of the webhook calls on a page.
pub(crate) fn delivery_ids(
    db: &Connection,
    filter: &DeliveryFilter<'_>,
    part: Part,
    size: usize,
) -> rusqlite::Result<Page<i64>> {
    Page::read(part, size, |key, descending, limit| {
        let (condition, order) = if descending { ("id < ?", "id DESC") } else { ("id > ?", "id") };
        let mut values: Vec<&dyn ToSql> = Vec::new();
        let mut sql = select("id", filter, &mut values);
        // Cannot fail: it is a string.
        let _ = write!(sql, " AND {condition} ORDER BY {order} LIMIT ?");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        values.extend::<[&dyn ToSql; 2]>([&key, &limit]);
        db.all(&sql, &*values, |row| row.get(0))
    })
}

/// The webhook calls with these numbers, in their order. Calls that no longer exist are left out.
pub(crate) fn deliveries(db: &Connection, ids: &[i64]) -> rusqlite::Result<Vec<WebhookCall>> {
    let calls = ids.iter().filter_map(|id| WebhookCall::first(db, "delivery.id = ?", [id]).transpose());
    calls.collect()
}

/// Number of webhook calls that match a filter.
pub(crate) fn delivery_count(db: &Connection, filter: &DeliveryFilter<'_>) -> rusqlite::Result<Count> {
    let mut values: Vec<&dyn ToSql> = Vec::new();
    let sql = format!("SELECT count(*) FROM ({} LIMIT ?)", select("1", filter, &mut values));
    values.push(&(COUNTED + 1));
    Ok(Count::of(db.number(&sql, &*values)?, COUNTED))
}

/// A statement with the conditions of a filter only, so that each statement runs on an index.
fn select<'v>(columns: &str, filter: &'v DeliveryFilter<'_>, values: &mut Vec<&'v dyn ToSql>) -> String {
    let mut sql = format!("SELECT {columns} FROM delivery WHERE account = ?");
    values.push(&filter.account);
    for (name, value) in
        [("conversation_sid", &filter.conversation), ("state", &filter.state), ("event", &filter.event)]
    {
        if value.is_some() {
            let _ = write!(sql, " AND {name} = ?");
            values.push(value);
        }
    }
    sql
}

/// The names of conversations of the account, by their SIDs. Deleted conversations are left out.
pub(crate) fn conversation_names<'s>(
    db: &Connection,
    account: i64,
    sids: impl IntoIterator<Item = &'s str>,
) -> rusqlite::Result<HashMap<String, String>> {
    let mut names = HashMap::new();
    for sid in sids {
        if names.contains_key(sid) {
            continue;
        }
        let name = db.first(
            "SELECT coalesce(conversation.friendly_name, unique_name, conversation.sid) FROM conversation
             JOIN service ON service.id = service WHERE conversation.sid = ?1 AND account = ?2",
            params![sid, account],
            |row| row.get::<_, String>(0),
        )?;
        if let Some(name) = name {
            names.insert(sid.to_owned(), name);
        }
    }
    Ok(names)
}
