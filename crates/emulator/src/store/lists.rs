//! Lists that belong to a row, each in a table of its own: `owner` is the row, `position` the order, `value` the text.

use std::borrow::Cow;

use rusqlite::{Connection, Row, params};
use serde::Deserialize;
use twilio_conversations_types::v1::EventType;

use super::Cached as _;
use crate::domain::role::Permission;

/// An element of a stored list.
pub(crate) trait ListItem: Sized {
    fn from_text(text: &str) -> Option<Self>;
    fn as_text(&self) -> &str;
}

impl ListItem for String {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn as_text(&self) -> &str {
        self
    }
}

impl ListItem for EventType {
    fn from_text(text: &str) -> Option<Self> {
        Some(Self::from(text))
    }

    fn as_text(&self) -> &str {
        self.as_str()
    }
}

impl ListItem for Permission {
    fn from_text(text: &str) -> Option<Self> {
        Self::read(text)
    }

    fn as_text(&self) -> &str {
        self.as_str()
    }
}

/// Reads a list that a query has aggregated to a JSON array.
pub(crate) fn read<T: ListItem>(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<T>> {
    let json = row.get_ref(at)?.as_str()?;
    if json == "[]" {
        return Ok(Vec::new());
    }
    let failed = |error: serde_json::Error| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, error.into())
    };
    let texts: Vec<Text<'_>> = serde_json::from_str(json).map_err(failed)?;
    Ok(texts.iter().filter_map(|text| T::from_text(&text.0)).collect())
}

/// A string of a JSON array, borrowed from it if it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Replaces a list.
pub(crate) fn replace<T: ListItem>(db: &Connection, table: &str, owner: i64, values: &[T]) -> rusqlite::Result<()> {
    let json = to_json(values.iter().map(T::as_text));
    db.execute_cached(&format!("DELETE FROM {table} WHERE owner = ?"), [owner])?;
    let insert = format!("INSERT INTO {table} (owner, position, value) SELECT ?, key, value FROM json_each(?)");
    db.execute_cached(&insert, params![owner, json])?;
    Ok(())
}

/// A JSON array of strings, for `json_each` in a condition.
pub(crate) fn to_json<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    serde_json::Value::from_iter(texts).to_string()
}
