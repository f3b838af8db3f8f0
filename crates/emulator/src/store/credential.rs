//! Push credentials.

use rusqlite::{Connection, params};

use super::Cached as _;
use super::table::table;
use crate::domain::credential::Credential;
use crate::domain::values::BindingType;

table! {
    Credential as "credential" in "account", from "credential",
    joined {}
    fixed { account, sid, date_created }
    mutable { friendly_name, kind = "type", sandbox, date_updated }
    lists {}
}

/// SID of the latest credential for a type of binding.
pub(crate) fn latest_sid(db: &Connection, account: i64, kind: BindingType) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT sid FROM credential WHERE account = ? AND type = ? ORDER BY id DESC LIMIT 1";
    db.first(sql, params![account, kind], |row| row.get(0))
}
