//! Roles, and the permissions that users have by them.

use rusqlite::{Connection, params};

use super::Cached as _;
use super::table::table;
use crate::domain::role::{Permission, Role};
use crate::domain::values::RoleType;

table! {
    Role as "role" in "service",
    from "role JOIN service ON service.id = role.service",
    joined { service_sid = "service.sid" }
    fixed { service, sid, friendly_name, kind = "type", date_created }
    mutable { date_updated }
    lists { permissions = "role_permission" }
}

/// The row of a role of a type.
pub(crate) fn id(db: &Connection, service: i64, sid: &str, kind: RoleType) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT id FROM role WHERE sid = ? AND service = ? AND type = ?";
    db.first(sql, params![sid, service, kind], |row| row.get(0))
}

/// Whether the role of a participant of a conversation has a permission.
pub(crate) fn participant_has(
    db: &Connection,
    conversation: i64,
    identity: &str,
    permission: Permission,
) -> rusqlite::Result<bool> {
    let count = db.number(
        "SELECT count(*) FROM participant JOIN role_permission ON owner = participant.role
         WHERE conversation = ? AND identity = ? AND value = ?",
        params![conversation, identity, permission.as_str()],
    )?;
    Ok(count > 0)
}

/// Whether the role of a user of a service has a permission. An identity without a user has the default role.
pub(crate) fn user_has(
    db: &Connection,
    service: i64,
    identity: &str,
    permission: Permission,
) -> rusqlite::Result<bool> {
    let count = db.number(
        "SELECT count(*) FROM service LEFT JOIN user ON user.service = service.id AND identity = ?2
         JOIN role_permission ON owner = iif(user.id IS NULL, chat_service_role, user.role)
         WHERE service.id = ?1 AND value = ?3",
        params![service, identity, permission.as_str()],
    )?;
    Ok(count > 0)
}
