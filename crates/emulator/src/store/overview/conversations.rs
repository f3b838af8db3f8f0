//! The list of conversations, searched and filtered.
//!
//! The services come in the order of their creation, the conversations of each by their latest activity.

use rusqlite::{Connection, Row, params};

use super::super::Cached as _;
use super::Count;

/// Most conversations that are read for one page. A search that has not filled the page by then continues on the next
/// one.
const LOOKED_AT: usize = 5_000;
/// Most messages and participants that are counted for a row.
const COUNTED: i64 = 1_000;

/// A place in the list: the row of a service, and the activity of one of its conversations.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Position {
    pub(crate) service: i64,
    pub(crate) activity: i64,
}

/// Which conversations are listed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Search<'a> {
    pub(crate) account: i64,
    /// SID of a service.
    pub(crate) service: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
    /// Part of the name, unique name, SID, or of an identity or address of a participant, in any case.
    pub(crate) text: Option<&'a str>,
    pub(crate) before: Option<Position>,
    pub(crate) after: Option<Position>,
    pub(crate) size: usize,
}

/// A conversation in the list.
#[derive(Debug)]
pub(crate) struct ConversationRow {
    pub(crate) sid: String,
    pub(crate) service_sid: String,
    /// Name of the service.
    pub(crate) service: String,
    /// Friendly name, else unique name, else SID.
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) date_updated: i64,
    pub(crate) messages: Count,
    pub(crate) participants: Count,
    pub(crate) position: Position,
}

/// A page of the list.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) rows: Vec<ConversationRow>,
    /// Position of the next page, if there may be one.
    pub(crate) older: Option<Position>,
    /// Position of the previous page, if there may be one.
    pub(crate) newer: Option<Position>,
    /// Whether the search reached [`LOOKED_AT`] before the page was full. It continues at `older`.
    pub(crate) is_unfinished: bool,
}

/// A service in the order of the list.
struct Service {
    id: i64,
    sid: String,
    name: String,
}

/// Reads a page of the list.
pub(crate) fn conversations(db: &Connection, search: &Search<'_>) -> rusqlite::Result<Found> {
    let Some(after) = search.after.filter(|_| search.before.is_none()) else {
        return page_down(db, search, search.before);
    };
    let (mut rows, last, is_unfinished) = walk(db, search, Some(after), false)?;
    if rows.len() <= search.size && !is_unfinished {
        // The first rows do not fill a page: show a whole one.
        return page_down(db, search, None);
    }
    rows.truncate(search.size);
    rows.reverse();
    let newer = if is_unfinished { last } else { rows.first().map(|row| row.position) };
    let older = rows.last().map_or(Some(after), |row| Some(row.position));
    Ok(Found { rows, older, newer, is_unfinished })
}

fn page_down(db: &Connection, search: &Search<'_>, before: Option<Position>) -> rusqlite::Result<Found> {
    let (mut rows, last, is_unfinished) = walk(db, search, before, true)?;
    let has_older = rows.len() > search.size;
    rows.truncate(search.size);
    let older = if is_unfinished { last } else { rows.last().filter(|_| has_older).map(|row| row.position) };
    let newer = before.map(|before| rows.first().map_or(before, |row| row.position));
    Ok(Found { rows, older, newer, is_unfinished })
}

/// Collects one row more than a page has, down the list or up. Returns the rows, the last position that was read, and
/// whether the bound ended the walk.
fn walk(
    db: &Connection,
    search: &Search<'_>,
    from: Option<Position>,
    down: bool,
) -> rusqlite::Result<(Vec<ConversationRow>, Option<Position>, bool)> {
    const DOWN: &str = "SELECT id, sid, unique_name, friendly_name, state, activity, date_updated FROM conversation
        WHERE service = ?1 AND activity < ?2 ORDER BY activity DESC";
    const UP: &str = "SELECT id, sid, unique_name, friendly_name, state, activity, date_updated FROM conversation
        WHERE service = ?1 AND activity > ?2 ORDER BY activity";
    let needle = search.text.map(str::to_lowercase);
    let (mut found, mut last, mut looked_at) = (Vec::new(), None, 0);
    for service in services(db, search, from, down)? {
        let start = from.filter(|from| from.service == service.id).map(|from| from.activity);
        let mut statement = db.prepare_cached(if down { DOWN } else { UP })?;
        let mut rows = statement.query(params![service.id, start.unwrap_or(if down { i64::MAX } else { i64::MIN })])?;
        while let Some(row) = rows.next()? {
            if looked_at == LOOKED_AT {
                return Ok((found, last, true));
            }
            looked_at += 1;
            let position = Position { service: service.id, activity: row.get(5)? };
            last = Some(position);
            if !passes(db, row, search.state, needle.as_deref())? {
                continue;
            }
            found.push(read(db, row, &service, position)?);
            if found.len() > search.size {
                return Ok((found, last, false));
            }
        }
    }
    Ok((found, last, false))
}

/// The services from a position on, in the order of the walk.
fn services(
    db: &Connection,
    search: &Search<'_>,
    from: Option<Position>,
    down: bool,
) -> rusqlite::Result<Vec<Service>> {
    let mut services = db.all(
        "SELECT id, sid, friendly_name FROM service WHERE account = ?1 AND (?2 IS NULL OR sid = ?2) ORDER BY id",
        params![search.account, search.service],
        |row| Ok(Service { id: row.get(0)?, sid: row.get(1)?, name: row.get(2)? }),
    )?;
    if !down {
        services.reverse();
    }
    if let Some(from) = from {
        services.retain(|service| if down { service.id >= from.service } else { service.id <= from.service });
    }
    Ok(services)
}

fn passes(db: &Connection, row: &Row<'_>, state: Option<&str>, needle: Option<&str>) -> rusqlite::Result<bool> {
    if let Some(state) = state
        && row.get_ref(4)?.as_str()? != state
    {
        return Ok(false);
    }
    let Some(needle) = needle else { return Ok(true) };
    for column in [1, 2, 3] {
        if contains(row, column, needle)? {
            return Ok(true);
        }
    }
    let mut statement = db.prepare_cached(
        "SELECT identity, address, projected_address, proxy_address FROM participant WHERE conversation = ?1",
    )?;
    let mut participants = statement.query([row.get::<_, i64>(0)?])?;
    while let Some(participant) = participants.next()? {
        for column in 0..4 {
            if contains(participant, column, needle)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a column has a string in it, in any case.
fn contains(row: &Row<'_>, column: usize, needle: &str) -> rusqlite::Result<bool> {
    Ok(row.get_ref(column)?.as_str_or_null()?.is_some_and(|text| text.to_lowercase().contains(needle)))
}

fn read(db: &Connection, row: &Row<'_>, service: &Service, position: Position) -> rusqlite::Result<ConversationRow> {
    const MESSAGES: &str = "SELECT count(*) FROM (SELECT 1 FROM message WHERE conversation = ?1 LIMIT ?2)";
    const PARTICIPANTS: &str = "SELECT count(*) FROM (SELECT 1 FROM participant WHERE conversation = ?1 LIMIT ?2)";
    let id: i64 = row.get(0)?;
    let count = |sql| db.number(sql, params![id, COUNTED + 1]).map(|number| Count::of(number, COUNTED));
    let sid: String = row.get(1)?;
    let (unique_name, friendly_name): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
    Ok(ConversationRow {
        name: friendly_name.or(unique_name).unwrap_or_else(|| sid.clone()),
        sid,
        service_sid: service.sid.clone(),
        service: service.name.clone(),
        state: row.get(4)?,
        date_updated: row.get(6)?,
        messages: count(MESSAGES)?,
        participants: count(PARTICIPANTS)?,
        position,
    })
}
