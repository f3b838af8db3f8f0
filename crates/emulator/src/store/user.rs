//! Users.

use rusqlite::Connection;

use super::table::{Table as _, table};
use crate::domain::user::User;

table! {
    User as "user" in "service",
    from "user JOIN service ON service.id = user.service LEFT JOIN role ON role.id = user.role",
    joined { service_sid = "service.sid", role_sid = "role.sid", reachability_enabled = "service.reachability_enabled" }
    fixed { service, sid, identity, date_created }
    mutable { friendly_name, attributes, role, is_online, is_notifiable, date_updated }
    lists {}
}

pub(crate) fn find(db: &Connection, service: i64, name: &str) -> rusqlite::Result<Option<User>> {
    let by_name = "user.identity = ? AND user.service = ?";
    User::by_sid_or(db, service, name, *b"US", by_name)
}
