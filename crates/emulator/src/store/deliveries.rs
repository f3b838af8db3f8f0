//! The outbox, and the record of webhook calls.
//!
//! The record is bounded: it keeps the latest [`KEPT`] calls and the latest [`KEPT`] that were given up, together with at
//! most [`KEPT_BYTES`] of fields and responses. Pending calls are not counted.

use rusqlite::{Connection, params};

use super::Cached as _;
use super::lists::to_json;
use super::select::Select as _;
use super::table::{Table as _, table};
use crate::domain::delivery::{DeliveryState, WebhookCall};
use crate::time::Millis;

pub(crate) const KEPT: i64 = 10_000;
/// Most bytes of fields and responses that are kept.
pub(crate) const KEPT_BYTES: i64 = 64 * 1024 * 1024;
/// Number of inserts between two removals of old calls.
const REMOVAL_INTERVAL: i64 = 100;

table! {
    WebhookCall as "delivery" in "account",
    from "delivery JOIN account ON account.id = delivery.account",
    joined { account_sid = "account.sid" }
    fixed { account, queue, scope, event, conversation_sid, method, url, fields, token, date_created }
    mutable { state, attempts, signature, signature_settings, status, response_body, error, duration }
    lists {}
}

/// Inserts a call, and removes old ones every [`REMOVAL_INTERVAL`] inserts.
pub(crate) fn add(db: &Connection, call: &mut WebhookCall) -> rusqlite::Result<()> {
    call.insert(db)?;
    if call.id % REMOVAL_INTERVAL == 0 {
        remove_old(db, call.id)?;
    }
    Ok(())
}

pub(crate) fn save_outcome(db: &Connection, call: &WebhookCall) -> rusqlite::Result<()> {
    call.update(db)?;
    // The call may have been pending for so long that it exceeds the limits already.
    db.execute_cached(
        "DELETE FROM delivery WHERE id = ? AND id <= (SELECT max(id) FROM delivery) - ?
         AND state NOT IN ('pending', 'given_up')",
        [call.id, KEPT],
    )?;
    Ok(())
}

/// Removes calls beyond the limits. Numbers have no gaps, so that the calls that became too old since the last removal
/// are a range.
fn remove_old(db: &Connection, latest: i64) -> rusqlite::Result<()> {
    db.execute_cached(
        "DELETE FROM delivery WHERE id > ?1 - ?2 AND id <= ?1 AND state NOT IN ('pending', 'given_up')",
        [latest - KEPT, REMOVAL_INTERVAL],
    )?;
    db.execute_cached(
        "DELETE FROM delivery WHERE state = 'given_up' AND id <=
         (SELECT id FROM delivery WHERE state = 'given_up' ORDER BY id DESC LIMIT 1 OFFSET ?)",
        [KEPT],
    )?;
    while db.number("SELECT bytes FROM delivery_total", [])? > KEPT_BYTES {
        let removed = db.execute_cached(
            "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE state <> 'pending' ORDER BY id LIMIT ?)",
            [REMOVAL_INTERVAL],
        )?;
        if removed == 0 {
            break;
        }
    }
    Ok(())
}

pub(crate) fn first_pending(db: &Connection, queue: &str) -> rusqlite::Result<Option<WebhookCall>> {
    WebhookCall::first(db, "queue = ? AND state = 'pending' ORDER BY delivery.id LIMIT 1", [queue])
}

/// The queues with pending calls of some accounts.
pub(crate) fn pending_queues(db: &Connection, accounts: &[i64]) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT DISTINCT queue FROM delivery WHERE state = 'pending'
        AND account IN (SELECT value FROM json_each(?))";
    db.all(sql, [to_json(accounts)], |row| row.get(0))
}

/// How many calls of all accounts in the data wait.
pub(crate) fn count_all_pending(db: &Connection) -> rusqlite::Result<i64> {
    db.number("SELECT count(*) FROM delivery WHERE state = 'pending'", [])
}

/// Number of pending calls of some accounts.
pub(crate) fn count_pending(db: &Connection, accounts: &[i64]) -> rusqlite::Result<i64> {
    let sql = "SELECT count(*) FROM delivery WHERE state = 'pending' AND account IN (SELECT value FROM json_each(?))";
    db.number(sql, [to_json(accounts)])
}

/// Inserts a pending copy of a call, in a queue of its own. Returns `None` if there is no such call.
pub(crate) fn copy(db: &Connection, account: i64, id: i64, now: Millis) -> rusqlite::Result<Option<WebhookCall>> {
    let condition = "delivery.id = ? AND delivery.account = ? AND state <> 'recorded'";
    let Some(original) = WebhookCall::first(db, condition, params![id, account])? else { return Ok(None) };
    let mut copy = WebhookCall {
        id: 0,
        queue: format!("resent:{id}"),
        state: DeliveryState::Pending,
        attempts: 0,
        date_created: now,
        signature: None,
        signature_settings: None,
        status: None,
        response_body: None,
        error: None,
        duration: None,
        ..original
    };
    add(db, &mut copy)?;
    Ok(Some(copy))
}

/// Filters of a list of calls.
#[derive(Debug, Default)]
pub(crate) struct Filter<'a> {
    pub(crate) account: Option<i64>,
    pub(crate) state: Option<&'a str>,
    pub(crate) event: Option<&'a str>,
    pub(crate) conversation_sid: Option<&'a str>,
    pub(crate) id: Option<i64>,
    /// Only calls with a smaller number.
    pub(crate) before: Option<i64>,
}

/// Up to `limit` calls, the latest first.
pub(crate) fn list(db: &Connection, filter: &Filter<'_>, limit: i64) -> rusqlite::Result<Vec<WebhookCall>> {
    let Filter { account, state, event, conversation_sid, id, before } = filter;
    WebhookCall::all(
        db,
        "(?1 IS NULL OR delivery.account = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR event = ?3)
         AND (?4 IS NULL OR conversation_sid = ?4) AND (?5 IS NULL OR delivery.id = ?5)
         AND delivery.id < ?6 ORDER BY delivery.id DESC LIMIT ?7 + 0",
        params![account, state, event, conversation_sid, id, before.unwrap_or(i64::MAX), limit],
    )
}

/// Events and URLs of the calls that were given up, the latest first.
pub(crate) fn given_up(db: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT event, url FROM delivery WHERE state = 'given_up' ORDER BY id DESC";
    db.all(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
}
