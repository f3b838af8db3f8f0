//! Users.

use rusqlite::{Connection, params};

use super::select::Select as _;
use super::table::table;
use crate::domain::user::User;
use crate::sid::is_sid;

table! {
    User as "user" in "service",
    from "user JOIN service ON service.id = user.service LEFT JOIN role ON role.id = user.role",
    joined { service_sid = "service.sid", role_sid = "role.sid", reachability_enabled = "service.reachability_enabled" }
    fixed { service, sid, identity, date_created }
    mutable { friendly_name, attributes, role, is_online, is_notifiable, date_updated }
    lists {}
}

/// A user of a service by SID or identity.
pub(crate) fn find(db: &Connection, service: i64, name: &str) -> rusqlite::Result<Option<User>> {
    let condition = if is_sid(name, Some(*b"US")) {
        "user.sid = ? AND user.service = ?"
    } else {
        "user.identity = ? AND user.service = ?"
    };
    User::first(db, condition, params![name, service])
}
