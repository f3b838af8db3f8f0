//! Conversations.

use rusqlite::{Connection, params};

use super::Cached as _;
use super::listing::Listing;
use super::select::Select;
use super::table::{Table as _, table};
use crate::domain::conversation::Conversation;
use crate::domain::values::{ConversationState, Documented as _};
use crate::time::Millis;

table! {
    Conversation as "conversation" in "service",
    from "conversation JOIN service ON service.id = conversation.service",
    joined { service_sid = "service.sid" }
    fixed { service, sid, created_by, activity, next_index }
    mutable {
        unique_name, friendly_name, attributes, state, messaging_service_sid, timers.inactive = "timer_inactive",
        timers.closed = "timer_closed", timers.date_inactive = "date_inactive", timers.date_closed = "date_closed",
        email_address, email_name, date_created, date_updated,
    }
    lists {}
}

/// A conversation of a service by SID or unique name.
pub(crate) fn find(db: &Connection, service: i64, name: &str) -> rusqlite::Result<Option<Conversation>> {
    let by_name = "conversation.unique_name = ? AND conversation.service = ?";
    Conversation::by_sid_or(db, service, name, *b"CH", by_name)
}

/// A conversation by SID, in a service by its SID or in the account's default one.
pub(crate) fn find_by_sid(
    db: &Connection,
    account: i64,
    service_sid: Option<&str>,
    sid: &str,
) -> rusqlite::Result<Option<Conversation>> {
    const OF_SERVICE: &str = "conversation.sid = ? AND service.sid = ? AND service.account = ?";
    const OF_DEFAULT: &str =
        "conversation.sid = ? AND conversation.service = (SELECT default_service FROM account WHERE id = ?)";
    match service_sid {
        Some(service) => Conversation::first(db, OF_SERVICE, params![sid, service, account]),
        None => Conversation::first(db, OF_DEFAULT, params![sid, account]),
    }
}

/// A conversation of an account by SID, in any service.
pub(crate) fn find_anywhere(db: &Connection, account: i64, sid: &str) -> rusqlite::Result<Option<Conversation>> {
    Conversation::first(db, "conversation.sid = ? AND service.account = ?", params![sid, account])
}

/// Filters of a list of conversations.
#[derive(Debug, Default)]
pub(crate) struct Filter<'a> {
    pub(crate) state: Option<ConversationState>,
    /// An identity that is in them.
    pub(crate) identity: Option<&'a str>,
    pub(crate) created_from: Option<Millis>,
    pub(crate) created_until: Option<Millis>,
}

/// The conversations of a service: the latest activity first, or the latest created first if a date is a filter.
pub(crate) fn list(service: i64, filter: &Filter<'_>) -> Listing {
    let by_date = filter.created_from.is_some() || filter.created_until.is_some();
    let keys: &[&str] = if by_date { &["conversation.date_created", "conversation.id"] } else { &["activity"] };
    let condition = "conversation.service = ?".to_owned();
    let has_identity = "EXISTS (SELECT 1 FROM participant WHERE conversation = conversation.id AND identity = ?)";
    Listing { condition, values: vec![service.into()], keys, descending: true }
        .and("state = ?", filter.state.map(|state| state.as_str().to_owned()))
        .and(has_identity, filter.identity.map(str::to_owned))
        .and("conversation.date_created >= ?", filter.created_from.map(|date| date.0))
        .and("conversation.date_created <= ?", filter.created_until.map(|date| date.0))
}

pub(crate) fn next_activity(db: &Connection, service: i64) -> rusqlite::Result<i64> {
    db.number("SELECT coalesce(max(activity), 0) + 1 FROM conversation WHERE service = ?", [service])
}

/// Writes the columns that a new message changes. The conversation becomes the one with the latest activity.
pub(crate) fn save_activity(db: &Connection, conversation: &Conversation) -> rusqlite::Result<()> {
    // Most messages are for the conversation that is the latest already, and has no timers. Then no index changes.
    const LATEST: &str = "UPDATE conversation SET next_index = ?, date_updated = ? WHERE id = ? AND NOT EXISTS
         (SELECT 1 FROM conversation WHERE service = ? AND activity > ?)";
    const ANY: &str = "UPDATE conversation SET next_index = ?, date_updated = ?, date_inactive = ?, date_closed = ?,
         activity = (SELECT max(activity) + 1 FROM conversation AS other WHERE other.service = conversation.service)
         WHERE id = ?";
    let Conversation { id, service, activity, next_index, date_updated, timers, .. } = conversation;
    let latest = params![next_index, date_updated, id, service, activity];
    if timers.are_running() || db.execute_cached(LATEST, latest)? == 0 {
        db.execute_cached(ANY, params![next_index, date_updated, timers.date_inactive, timers.date_closed, id])?;
    }
    Ok(())
}

/// A timer that is due.
pub(crate) struct DueTimer {
    pub(crate) conversation: Conversation,
    pub(crate) due: Millis,
    /// Whether it closes the conversation, in place of making it inactive.
    pub(crate) closes: bool,
}

/// The timer of an account that was due first, if one is due.
pub(crate) fn first_due_timer(db: &Connection, account: i64, now: Millis) -> rusqlite::Result<Option<DueTimer>> {
    let due = db.first(
        "SELECT sid, due, due IS date_closed FROM
         (SELECT conversation.*, min(ifnull(date_inactive, 9e18), ifnull(date_closed, 9e18)) AS due FROM conversation
          WHERE date_inactive <= ?1 OR date_closed <= ?1) AS conversation
         WHERE service IN (SELECT id FROM service WHERE account = ?2) ORDER BY due, id LIMIT 1",
        params![now, account],
        |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let Some((sid, due, closes)) = due else { return Ok(None) };
    let conversation = find_anywhere(db, account, &sid)?;
    Ok(conversation.map(|conversation| DueTimer { conversation, due, closes }))
}

/// When the next timer of an account is due.
pub(crate) fn next_timer(db: &Connection, account: i64) -> rusqlite::Result<Option<Millis>> {
    // SQLite runs a cross join in the written order: along the index, to the first row of the account.
    const SQL: &str = "SELECT min(due) FROM (
        SELECT * FROM (SELECT date_inactive AS due FROM conversation CROSS JOIN service ON service.id = service
         WHERE date_inactive IS NOT NULL AND account = ?1 ORDER BY date_inactive LIMIT 1)
        UNION ALL
        SELECT * FROM (SELECT date_closed FROM conversation CROSS JOIN service ON service.id = service
         WHERE date_closed IS NOT NULL AND account = ?1 ORDER BY date_closed LIMIT 1))";
    Ok(db.first(SQL, [account], |row| row.get(0))?.flatten())
}

/// SID of the open conversation that has two addresses: as a pair, by e-mail, or in a group text.
pub(crate) fn sid_shared_by(db: &Connection, account: i64, from: &str, to: &str) -> rusqlite::Result<Option<String>> {
    db.first(
        "SELECT conversation.sid FROM participant JOIN conversation ON conversation.id = participant.conversation
         WHERE open_in = ?1 AND address = ?2 AND (proxy_address = ?3 OR (proxy_address IS NULL AND
         (email_address = ?3 OR EXISTS (SELECT 1 FROM participant AS projected
          WHERE projected.conversation = conversation.id AND projected.projected_address = ?3))))
         ORDER BY proxy_address IS NULL, participant.id DESC LIMIT 1",
        params![account, from, to],
        |row| row.get(0),
    )
}

/// SID of the open group text of exactly these addresses, which include `from`, and a projected address.
pub(crate) fn sid_of_group_text(
    db: &Connection,
    account: i64,
    from: &str,
    people: &[&str],
    projected: &str,
) -> rusqlite::Result<Option<String>> {
    db.first(
        "SELECT conversation.sid FROM participant JOIN conversation ON conversation.id = participant.conversation
         WHERE open_in = ?1 AND address = ?2 AND proxy_address IS NULL AND EXISTS (SELECT 1 FROM participant AS projected
          WHERE projected.conversation = conversation.id AND projected.projected_address = ?3)
         AND (SELECT json_group_array(address) FROM (SELECT address FROM participant AS one
          WHERE one.conversation = conversation.id AND address IS NOT NULL ORDER BY address))
          = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(?4) ORDER BY value))
         ORDER BY participant.id DESC LIMIT 1",
        params![account, from, projected, super::lists::to_json(people)],
        |row| row.get(0),
    )
}
