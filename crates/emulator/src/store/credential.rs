//! Push credentials.

use rusqlite::{Connection, params};

use super::Cached as _;
use super::listing::Listing;
use super::table::{Select as _, table};
use crate::domain::credential::Credential;
use crate::domain::values::BindingType;

table! {
    Credential as "credential", from "credential",
    joined {}
    fixed { account, sid, date_created }
    mutable { friendly_name, kind = "type", sandbox, date_updated }
    lists {}
}

pub(crate) fn find(db: &Connection, account: i64, sid: &str) -> rusqlite::Result<Option<Credential>> {
    Credential::first(db, "sid = ? AND account = ?", params![sid, account])
}

pub(crate) fn list(account: i64) -> Listing {
    Listing::by_creation("account = ?", vec![account.into()], &["id"])
}

/// SID of the latest credential for a type of binding.
pub(crate) fn latest_sid(db: &Connection, account: i64, kind: BindingType) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT sid FROM credential WHERE account = ? AND type = ? ORDER BY id DESC LIMIT 1";
    db.first(sql, params![account, kind], |row| row.get(0))
}
