//! Bindings: devices that would get a service's push notifications. Apps make them by an SDK, here control calls do.

use rusqlite::{Row, params};

use super::service::ServiceKey;
use super::webhook_configuration::to_json_list;
use crate::call::{Call, Reply, Turn};
use crate::documented::{BindingType, Documented};
use crate::error::Stop;
use crate::page::Listing;
use crate::render::item;
use crate::sid::new_sid;
use crate::store::Cached;
use crate::time::Millis;

/// A device of a user.
pub(crate) struct Binding {
    service_sid: String,
    pub(crate) sid: String,
    identity: String,
    endpoint: String,
    binding_type: BindingType,
    credential_sid: Option<String>,
    message_types: String,
    date_created: Millis,
    date_updated: Millis,
}

const COLUMNS: &str = "service.sid, binding.sid, identity, endpoint, binding_type, credential_sid, message_types, \
    binding.date_created, binding.date_updated";
const FROM: &str = "binding JOIN service ON service.id = binding.service";

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE binding.sid = ? AND binding.service = ?");
    let binding = call.turn.db.first(&sql, params![call.last(), service.id], |row| read(row, 0))?;
    Ok(call.item(&binding.ok_or_else(|| call.not_found())?))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let mut from = format!("{FROM} WHERE binding.service = ?");
    let mut values = vec![service.id.into()];
    let types = call.query().value_list::<BindingType>("BindingType")?;
    let types = types.map(|types| types.into_iter().map(Documented::as_str).collect::<Vec<_>>());
    for (wanted, column) in [(types, "binding_type"), (call.query().list("Identity"), "identity")] {
        if let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) {
            from.push_str(&format!(" AND {column} IN (SELECT value FROM json_each(?))"));
            values.push(to_json_list(wanted).into());
        }
    }
    let listing = Listing { columns: COLUMNS, from: &from, values, keys: &["binding.id"], descending: false };
    call.page(&listing, |row| read(row, 1))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let deleted = call
        .turn
        .db
        .execute_cached("DELETE FROM binding WHERE sid = ? AND service = ?", params![call.last(), service.id])?;
    if deleted == 0 { Err(call.not_found()) } else { Ok(call.empty()) }
}

impl Turn<'_> {
    /// Registers a device of a user, or renews it.
    pub(crate) fn add_binding(
        &self,
        service: &ServiceKey,
        identity: &str,
        binding_type: BindingType,
        endpoint: &str,
    ) -> Result<String, Stop> {
        self.user_of_identity(service, identity)?;
        let credential: Option<String> = self.db.first(
            "SELECT sid FROM credential WHERE account = ? AND type = ? ORDER BY id DESC LIMIT 1",
            params![self.account.id, binding_type],
            |row| row.get(0),
        )?;
        self.db.execute_cached(
            "INSERT INTO binding (service, sid, identity, endpoint, binding_type, credential_sid, message_types,
             date_created, date_updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
             ON CONFLICT (service, identity, endpoint) DO UPDATE SET binding_type = excluded.binding_type,
             credential_sid = excluded.credential_sid, date_updated = excluded.date_updated",
            params![
                service.id,
                new_sid("BS"),
                identity,
                endpoint,
                binding_type,
                credential,
                to_json_list(["new_message", "added_to_conversation", "removed_from_conversation"]),
                self.now.0
            ],
        )?;
        let sid = self.db.first(
            "SELECT sid FROM binding WHERE service = ? AND identity = ? AND endpoint = ?",
            params![service.id, identity, endpoint],
            |row| row.get(0),
        )?;
        sid.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Binding> {
    Ok(Binding {
        service_sid: row.get(at)?,
        sid: row.get(at + 1)?,
        identity: row.get(at + 2)?,
        endpoint: row.get(at + 3)?,
        binding_type: row.get(at + 4)?,
        credential_sid: row.get(at + 5)?,
        message_types: row.get(at + 6)?,
        date_created: Millis(row.get(at + 7)?),
        date_updated: Millis(row.get(at + 8)?),
    })
}

item! {
    impl Binding |self, value| {
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&self.service_sid),
        "sid" => value.text(&self.sid),
        "identity" => value.text(&self.identity),
        "endpoint" => value.text(&self.endpoint),
        "binding_type" => value.text(self.binding_type.as_str()),
        "credential_sid" => value.text_or_null(self.credential_sid.as_deref()),
        "message_types" => value.json(&self.message_types),
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.url(format_args!("/Bindings/{}", self.sid)),
    }
}
