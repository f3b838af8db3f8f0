//! Services: separate environments within an account.

use rusqlite::{Connection, Row, params};

use crate::call::{Call, Reply};
use crate::error::{Refusal, Stop};
use crate::page::Listing;
use crate::render::item;
use crate::sid::new_sid;
use crate::store::Cached;
use crate::time::Millis;

/// What the rest of the emulator needs to know of a service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceKey {
    pub(crate) id: i64,
    pub(crate) sid: String,
}

#[derive(Default)]
pub(super) struct Service {
    sid: String,
    friendly_name: String,
    date_created: Millis,
    date_updated: Millis,
}

const COLUMNS: &str = "sid, friendly_name, date_created, date_updated";

pub(super) fn create_service(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let name = call.form().text("FriendlyName").unwrap_or_default();
    if name.chars().count() > 256 {
        return Err(Refusal::invalid("FriendlyName", "at most 256 characters are allowed").into());
    }
    let (db, account, now) = (call.turn.db, call.turn.account, call.turn.now);
    let id = create(db, account.id, name, now)?;
    let service =
        db.first("SELECT sid, friendly_name, date_created, date_updated FROM service WHERE id = ?", [id], |row| {
            read(row, 0)
        })?;
    Ok(call.item(&service.ok_or_else(|| call.not_found())?))
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.turn.db.first(
        "SELECT sid, friendly_name, date_created, date_updated FROM service WHERE sid = ? AND account = ?",
        params![call.last(), call.turn.account.id],
        |row| read(row, 0),
    )?;
    Ok(call.item(&service.ok_or_else(|| call.not_found())?))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let listing = Listing {
        columns: COLUMNS,
        from: "service WHERE account = ?",
        values: vec![call.turn.account.id.into()],
        keys: &["id"],
        descending: false,
    };
    call.page(&listing, |row| read(row, 1))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let deleted = call.turn.db.execute_cached(
        "DELETE FROM service WHERE sid = ? AND account = ?",
        params![call.last(), call.turn.account.id],
    )?;
    if deleted == 0 { Err(call.not_found()) } else { Ok(call.empty()) }
}

/// Makes a service, and answers its row.
pub(crate) fn create(db: &Connection, account: i64, friendly_name: &str, now: Millis) -> Result<i64, Stop> {
    db.execute_cached(
        "INSERT INTO service (account, sid, friendly_name, date_created, date_updated) VALUES (?1, ?2, ?3, ?4, ?4)",
        params![account, new_sid("IS"), friendly_name, now.0],
    )?;
    let id = db.last_insert_rowid();
    super::role::create_defaults(db, id, now)?;
    Ok(id)
}

impl Call<'_> {
    /// The service that the path names, or else the account's default one.
    pub(super) fn service(&self) -> Result<ServiceKey, Stop> {
        let (db, account) = (self.turn.db, self.turn.account);
        let read = |row: &Row<'_>| Ok(ServiceKey { id: row.get(0)?, sid: row.get(1)? });
        let service = match self.path("ChatServiceSid") {
            Some(sid) => {
                db.first("SELECT id, sid FROM service WHERE sid = ? AND account = ?", params![sid, account.id], read)
            }
            None => db.first(
                "SELECT service.id, service.sid FROM account JOIN service ON service.id = default_service WHERE account.id = ?",
                [account.id],
                read,
            ),
        };
        service?.ok_or_else(|| self.not_found())
    }
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Service> {
    Ok(Service {
        sid: row.get(at)?,
        friendly_name: row.get(at + 1)?,
        date_created: Millis(row.get(at + 2)?),
        date_updated: Millis(row.get(at + 3)?),
    })
}

item! {
    impl Service |self, value| {
        let sid = &self.sid;
        "account_sid" => value.account_sid(),
        "sid" => value.text(sid),
        "friendly_name" => value.text(&self.friendly_name),
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.url(format_args!("/Services/{sid}")),
        "links" => value.links(&[
            ("conversations", format_args!("/Services/{sid}/Conversations")),
            ("conversation_with_participants", format_args!("/Services/{sid}/ConversationWithParticipants")),
            ("participant_conversations", format_args!("/Services/{sid}/ParticipantConversations")),
            ("users", format_args!("/Services/{sid}/Users")),
            ("roles", format_args!("/Services/{sid}/Roles")),
            ("bindings", format_args!("/Services/{sid}/Bindings")),
            ("configuration", format_args!("/Services/{sid}/Configuration")),
        ]),
    }
}
