//! Services and their default roles.

use rusqlite::{Connection, params};

use super::Cached as _;
use super::select::Select as _;
use super::table::{Table as _, table};
use crate::domain::role::{Role, defaults};
use crate::domain::service::{Service, ServiceKey};
use crate::sid::Ids;
use crate::time::Millis;

table! {
    Service as "service" in "account",
    from "service LEFT JOIN role AS chat ON chat.id = service.chat_service_role \
        LEFT JOIN role AS conversation ON conversation.id = service.conversation_role \
        LEFT JOIN role AS creator ON creator.id = service.conversation_creator_role",
    joined {
        chat_service_role_sid = "chat.sid",
        conversation_role_sid = "conversation.sid",
        conversation_creator_role_sid = "creator.sid",
    }
    fixed { account, sid, date_created }
    mutable {
        friendly_name, chat_service_role, conversation_role, conversation_creator_role, reachability_enabled, notifications,
        date_updated,
    }
    lists {}
}

/// Creates a service with the four default roles.
pub(crate) fn create(
    db: &Connection,
    ids: &Ids,
    account: i64,
    name: &str,
    sid: String,
    now: Millis,
) -> rusqlite::Result<Service> {
    let friendly_name = name.to_owned();
    let mut service =
        Service { account, sid, friendly_name, date_created: now, date_updated: now, ..Service::default() };
    service.insert(db)?;
    let mut roles = [None; 4];
    for (place, (name, kind, permissions)) in roles.iter_mut().zip(defaults()) {
        let mut role = Role {
            service: service.id,
            sid: ids.sid("RL"),
            friendly_name: name.to_owned(),
            kind,
            permissions,
            date_created: now,
            date_updated: now,
            ..Role::default()
        };
        role.insert(db)?;
        *place = Some(role.id);
    }
    [_, service.chat_service_role, service.conversation_creator_role, service.conversation_role] = roles;
    service.update(db)?;
    Ok(service)
}

/// A service of an account by its SID, or the account's default one.
pub(crate) fn key(db: &Connection, account: i64, sid: Option<&str>) -> rusqlite::Result<Option<ServiceKey>> {
    let read = |row: &rusqlite::Row<'_>| Ok(ServiceKey { id: row.get(0)?, sid: row.get(1)? });
    match sid {
        Some(sid) => db.first("SELECT id, sid FROM service WHERE sid = ? AND account = ?", params![sid, account], read),
        None => db.first(
            "SELECT service.id, service.sid FROM account JOIN service ON service.id = default_service WHERE account.id = ?",
            [account],
            read,
        ),
    }
}

pub(crate) fn get(db: &Connection, id: i64) -> rusqlite::Result<Option<Service>> {
    Service::first(db, "service.id = ?", [id])
}
