//! Roles: named lists of permissions.

use rusqlite::{Connection, Row, params};

use super::permission::{CONVERSATION, DEFAULTS, SERVICE};
use super::service::ServiceKey;
use super::webhook_configuration::to_json_list;
use crate::call::{Call, Reply, Turn};
use crate::documented::{Documented as _, RoleType};
use crate::error::{Refusal, Stop};
use crate::page::Listing;
use crate::render::item;
use crate::sid::new_sid;
use crate::store::Cached;
use crate::time::Millis;

pub(super) struct Role {
    sid: String,
    service_sid: String,
    friendly_name: String,
    kind: RoleType,
    permissions: String,
    date_created: Millis,
    date_updated: Millis,
}

const COLUMNS: &str =
    "role.sid, service.sid, role.friendly_name, type, permissions, role.date_created, role.date_updated";

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let form = call.form();
    super::check_length("FriendlyName", form.text("FriendlyName"), 64)?;
    let kind = form.value("Type")?.ok_or_else(|| Refusal::missing("Type"))?;
    let permissions = permissions(kind, form.list("Permission").unwrap_or_default())?;
    let name = form.text("FriendlyName").unwrap_or_default();
    insert(call.turn.db, service.id, name, kind, &permissions, call.turn.now)?;
    let sid: String = call
        .turn
        .db
        .prepare_cached("SELECT sid FROM role WHERE id = last_insert_rowid()")?
        .query_row([], |row| row.get(0))?;
    Ok(call.item(&find(call, &service, &sid)?))
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    Ok(call.item(&find(call, &service, call.last())?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let mut role = find(call, &service, call.last())?;
    role.permissions = permissions(role.kind, call.form().list("Permission").unwrap_or_default())?;
    role.date_updated = call.turn.now;
    call.turn.db.execute_cached(
        "UPDATE role SET permissions = ?, date_updated = ? WHERE sid = ?",
        params![role.permissions, role.date_updated.0, role.sid],
    )?;
    Ok(call.item(&role))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let listing = Listing {
        columns: COLUMNS,
        from: "role JOIN service ON service.id = role.service WHERE role.service = ?",
        values: vec![service.id.into()],
        keys: &["role.id"],
        descending: false,
    };
    call.page(&listing, |row| read(row, 1))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let deleted = call
        .turn
        .db
        .execute_cached("DELETE FROM role WHERE sid = ? AND service = ?", params![call.last(), service.id])?;
    if deleted == 0 { Err(call.not_found()) } else { Ok(call.empty()) }
}

/// Gives a new service its four roles, and makes three of them its defaults.
pub(super) fn create_defaults(db: &Connection, service: i64, now: Millis) -> Result<(), Stop> {
    for (name, kind, permissions) in DEFAULTS {
        insert(db, service, name, kind, &to_json_list(permissions.iter().copied()), now)?;
    }
    let last = db.last_insert_rowid();
    db.execute_cached(
        "UPDATE service SET default_chat_service_role = ?2, default_conversation_creator_role = ?3,
         default_conversation_role = ?4 WHERE id = ?1",
        params![service, last - 2, last - 1, last],
    )?;
    Ok(())
}

impl Turn<'_> {
    /// The row of a role that a request names, which must be of the service and of the type.
    pub(super) fn role(&self, service: i64, sid: &str, kind: RoleType) -> Result<i64, Stop> {
        let found = self.db.first(
            "SELECT id FROM role WHERE sid = ? AND service = ? AND type = ?",
            params![sid, service, kind],
            |row| row.get(0),
        )?;
        let code = match kind {
            RoleType::Service => 50100,
            RoleType::Conversation => 50109,
        };
        found.ok_or_else(|| Refusal::bad(code, format!("The {} role {sid} was not found", kind.as_str())).into())
    }
}

fn insert(
    db: &Connection,
    service: i64,
    friendly_name: &str,
    kind: RoleType,
    permissions: &str,
    now: Millis,
) -> rusqlite::Result<usize> {
    db.execute_cached(
        "INSERT INTO role (service, sid, friendly_name, type, permissions, date_created, date_updated)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        params![service, new_sid("RL"), friendly_name, kind, permissions, now.0],
    )
}

/// Checks that permissions are those of the type, and writes each once.
fn permissions(kind: RoleType, wanted: Vec<&str>) -> Result<String, Stop> {
    let known: &[&str] = match kind {
        RoleType::Service => &SERVICE,
        RoleType::Conversation => &CONVERSATION,
    };
    let mut permissions: Vec<&str> = Vec::new();
    for permission in wanted {
        let Some(permission) = known.iter().find(|known| known.eq_ignore_ascii_case(permission)) else {
            let problem = format!("{permission} is not for roles of type {}", kind.as_str());
            return Err(Refusal::invalid("Permission", &problem).into());
        };
        if !permissions.contains(permission) {
            permissions.push(permission);
        }
    }
    Ok(to_json_list(permissions))
}

fn find(call: &Call<'_>, service: &ServiceKey, sid: &str) -> Result<Role, Stop> {
    let role = call.turn.db.first(
        "SELECT role.sid, service.sid, role.friendly_name, type, permissions, role.date_created, role.date_updated
         FROM role JOIN service ON service.id = role.service WHERE role.sid = ? AND role.service = ?",
        params![sid, service.id],
        |row| read(row, 0),
    )?;
    role.ok_or_else(|| call.not_found())
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Role> {
    Ok(Role {
        sid: row.get(at)?,
        service_sid: row.get(at + 1)?,
        friendly_name: row.get(at + 2)?,
        kind: row.get(at + 3)?,
        permissions: row.get(at + 4)?,
        date_created: Millis(row.get(at + 5)?),
        date_updated: Millis(row.get(at + 6)?),
    })
}

item! {
    impl Role |self, value| {
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&self.service_sid),
        "sid" => value.text(&self.sid),
        "friendly_name" => value.text(&self.friendly_name),
        "type" => value.text(self.kind.as_str()),
        "permissions" => value.json(&self.permissions),
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.url(format_args!("/Roles/{}", self.sid)),
    }
}
