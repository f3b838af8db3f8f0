//! The defaults of an account.

use rusqlite::{Connection, params};

use super::Cached as _;
use super::select::Select as _;
use super::table::table;
use crate::domain::account::Configuration;

table! {
    Configuration as "account" in "id",
    from "account LEFT JOIN service ON service.id = default_service",
    joined { service_sid = "service.sid" }
    fixed {}
    mutable {
        messaging_service_sid = "default_messaging_service_sid", inactive_timer = "default_inactive_timer",
        closed_timer = "default_closed_timer",
    }
    lists {}
}

pub(crate) fn of_account(db: &Connection, account: i64) -> rusqlite::Result<Option<Configuration>> {
    Configuration::first(db, "account.id = ?", [account])
}

/// Makes a service of the account its default one. False if there is no such service.
pub(crate) fn set_default_service(db: &Connection, account: i64, sid: &str) -> rusqlite::Result<bool> {
    let changed = db.execute_cached(
        "UPDATE account SET default_service = service.id FROM service WHERE service.account = account.id
         AND service.sid = ? AND account.id = ?",
        params![sid, account],
    )?;
    Ok(changed > 0)
}
