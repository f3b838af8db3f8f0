//! Webhook calls by their filters, and the webhooks that are configured.

use std::collections::HashMap;
use std::fmt::Write as _;

use rusqlite::{Connection, ToSql, params};

use super::super::select::Select as _;
use super::super::{Cached as _, lists};
use super::{Count, Page, Part};
use crate::domain::delivery::WebhookCall;

/// Most calls that are counted.
const COUNTED: i64 = 20_000;
/// Most webhooks of a conversation that are listed.
const SCOPED: i64 = 50;

/// Which webhook calls are listed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DeliveryFilter<'a> {
    pub(crate) account: i64,
    pub(crate) state: Option<&'a str>,
    pub(crate) event: Option<&'a str>,
    /// SID of a conversation.
    pub(crate) conversation: Option<&'a str>,
}

/// The webhooks of an account or a service.
#[derive(Debug, Default)]
pub(crate) struct WebhookSettings {
    /// Whether they are the service's own. Otherwise they are the account's.
    pub(crate) is_of_service: bool,
    pub(crate) method: Option<String>,
    pub(crate) filters: Vec<String>,
    pub(crate) pre_webhook_url: Option<String>,
    pub(crate) post_webhook_url: Option<String>,
}

/// A webhook of a conversation.
#[derive(Debug)]
pub(crate) struct ScopedWebhookRow {
    pub(crate) sid: String,
    pub(crate) target: String,
    pub(crate) url: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) filters: Vec<String>,
    pub(crate) triggers: Vec<String>,
    pub(crate) flow_sid: Option<String>,
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

/// The effective webhooks of a service of the account: its own if it has a URL, else the account's.
pub(crate) fn webhook_settings(
    db: &Connection,
    account: i64,
    service: Option<i64>,
) -> rusqlite::Result<WebhookSettings> {
    const OWN: &str = "SELECT 1, method,
        (SELECT json_group_array(value ORDER BY position) FROM webhook_filter WHERE owner = webhook_configuration.id),
        pre_webhook_url, post_webhook_url FROM webhook_configuration
        WHERE service = ?1 AND (pre_webhook_url IS NOT NULL OR post_webhook_url IS NOT NULL)";
    const OF_ACCOUNT: &str = "SELECT 0, method,
        (SELECT json_group_array(value ORDER BY position) FROM webhook_filter WHERE owner = webhook_configuration.id),
        pre_webhook_url, post_webhook_url FROM webhook_configuration
        WHERE account = ?1 AND service IS NULL";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(WebhookSettings {
            is_of_service: row.get(0)?,
            method: row.get(1)?,
            filters: lists::read(row, 2)?,
            pre_webhook_url: row.get(3)?,
            post_webhook_url: row.get(4)?,
        })
    };
    if let Some(service) = service
        && let Some(own) = db.first(OWN, [service], read)?
    {
        return Ok(own);
    }
    Ok(db.first(OF_ACCOUNT, [account], read)?.unwrap_or_default())
}

/// The first webhooks of a conversation, by its row.
pub(crate) fn scoped_webhooks(db: &Connection, conversation: i64) -> rusqlite::Result<Vec<ScopedWebhookRow>> {
    db.all(
        "SELECT sid, target, url, method,
         (SELECT json_group_array(value ORDER BY position) FROM scoped_webhook_filter WHERE owner = scoped_webhook.id),
         (SELECT json_group_array(value ORDER BY position) FROM scoped_webhook_trigger WHERE owner = scoped_webhook.id),
         flow_sid FROM scoped_webhook WHERE conversation = ?1
         ORDER BY id LIMIT ?2",
        params![conversation, SCOPED],
        |row| {
            Ok(ScopedWebhookRow {
                sid: row.get(0)?,
                target: row.get(1)?,
                url: row.get(2)?,
                method: row.get(3)?,
                filters: lists::read(row, 4)?,
                triggers: lists::read(row, 5)?,
                flow_sid: row.get(6)?,
            })
        },
    )
}
