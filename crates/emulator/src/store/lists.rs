//! Lists that belong to a row, each in a table of its own: `owner` is the row, `position` the order, `value` the text.

use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Cached as _;

/// Reads a list that a query has aggregated to a JSON array.
pub(crate) fn read<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<T>> {
    let json = row.get_ref(at)?.as_str()?;
    serde_json::from_str(json).map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, error.into()))
}

/// Replaces a list.
pub(crate) fn replace(db: &Connection, table: &str, owner: i64, values: &[impl Serialize]) -> rusqlite::Result<()> {
    db.execute_cached(&format!("DELETE FROM {table} WHERE owner = ?"), [owner])?;
    let insert = format!("INSERT INTO {table} (owner, position, value) SELECT ?, key, value FROM json_each(?)");
    db.execute_cached(&insert, params![owner, to_json(values)])?;
    Ok(())
}

/// A JSON array, for `json_each` in a statement.
pub(crate) fn to_json(values: &[impl Serialize]) -> String {
    serde_json::json!(values).to_string()
}
