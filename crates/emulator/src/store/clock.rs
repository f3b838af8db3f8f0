//! The row with the reading of a clock that was moved or stopped.

use rusqlite::{Connection, params};

use super::Cached as _;
use crate::clock::Reading;

/// `None` if the clock was never changed.
pub(super) fn read(db: &Connection) -> rusqlite::Result<Option<Reading>> {
    db.first("SELECT ahead, frozen FROM clock", [], |row| Ok(Reading { ahead: row.get(0)?, frozen: row.get(1)? }))
}

pub(super) fn write(db: &Connection, reading: Reading) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO clock (id, ahead, frozen) VALUES (1, ?, ?)";
    db.execute_cached(sql, params![reading.ahead, reading.frozen])?;
    Ok(())
}
