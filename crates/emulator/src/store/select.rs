//! Reading entities from rows.

use std::borrow::Cow;

use rusqlite::{Connection, Params, Row};

use super::Cached as _;

/// A type that is read from rows of one or more tables.
pub(crate) trait Select: Sized {
    /// The table and its joins.
    const FROM: &'static str;
    /// Number of expressions in [`columns`](Self::columns).
    const WIDTH: usize;

    /// The selected expressions, in the order in which [`read`](Self::read) reads them.
    fn columns() -> Cow<'static, str>;

    /// Reads a row whose columns begin at an index.
    fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Self>;

    /// The first row that a condition selects. The condition may be followed by an order.
    fn first(db: &Connection, condition: &str, values: impl Params) -> rusqlite::Result<Option<Self>> {
        let sql = format!("SELECT {} FROM {} WHERE {condition}", Self::columns(), Self::FROM);
        db.first(&sql, values, |row| Self::read(row, 0))
    }

    /// All rows that a condition selects. The condition may be followed by an order.
    fn all(db: &Connection, condition: &str, values: impl Params) -> rusqlite::Result<Vec<Self>> {
        let sql = format!("SELECT {} FROM {} WHERE {condition}", Self::columns(), Self::FROM);
        db.all(&sql, values, |row| Self::read(row, 0))
    }
}
