//! The defaults of an account.

use rusqlite::{Connection, params};

use super::Cached as _;
use crate::domain::account::Configuration;

/// The defaults of an account.
pub(crate) fn of_account(db: &Connection, account: i64) -> rusqlite::Result<Option<Configuration>> {
    db.first(
        "SELECT service.sid, default_messaging_service_sid, default_inactive_timer, default_closed_timer FROM account
         LEFT JOIN service ON service.id = default_service WHERE account.id = ?",
        [account],
        |row| {
            Ok(Configuration {
                service_sid: row.get(0)?,
                messaging_service_sid: row.get(1)?,
                inactive_timer: row.get(2)?,
                closed_timer: row.get(3)?,
            })
        },
    )
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

/// Writes all but the default service.
pub(crate) fn save(db: &Connection, account: i64, configuration: &Configuration) -> rusqlite::Result<()> {
    let Configuration { service_sid: _, messaging_service_sid, inactive_timer, closed_timer } = configuration;
    db.execute_cached(
        "UPDATE account SET default_messaging_service_sid = ?, default_inactive_timer = ?, default_closed_timer = ?
         WHERE id = ?",
        params![messaging_service_sid, inactive_timer, closed_timer, account],
    )?;
    Ok(())
}
