//! Users: who chats, by identity.

use rusqlite::{Row, params};
use twilio_conversations_types::v1::EventType;

use super::service::ServiceKey;
use super::{attributes, check_length};
use crate::call::{Call, Reply, Turn};
use crate::documented::RoleType;
use crate::error::{Refusal, Stop};
use crate::page::Listing;
use crate::render::item;
use crate::spec::{Fields, is_sid};
use crate::store::{Cached, unless_taken};
use crate::time::Millis;
use crate::webhook::{Event, Place};

/// A user of a service.
#[derive(Clone, Debug, Default)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) sid: String,
    service: i64,
    service_sid: String,
    pub(crate) identity: String,
    friendly_name: Option<String>,
    attributes: String,
    role: Option<i64>,
    role_sid: Option<String>,
    reachability: bool,
    pub(crate) is_online: bool,
    pub(crate) is_notifiable: bool,
    date_created: Millis,
    date_updated: Millis,
}

const COLUMNS: &str = "user.id, user.sid, user.service, service.sid, identity, user.friendly_name, user.attributes, \
    user.role, role.sid, reachability_enabled, is_online, is_notifiable, user.date_created, user.date_updated";
const FROM: &str = "user JOIN service ON service.id = user.service LEFT JOIN role ON role.id = user.role";

/// Most bytes of a user's attributes. The documentation has no number for users; messages have this one.
const ATTRIBUTES_LIMIT: usize = 4 * 1024;

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let identity = call.form().text("Identity").unwrap_or_default();
    let user = call.turn.add_user(&service, identity, call.form())?;
    Ok(call.item(&user))
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    Ok(call.item(&call.user(&service, call.last())?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let mut user = call.user(&service, call.last())?;
    let turn = &call.turn;
    turn.require_user_info(&service, &user.identity)?;
    if call.form().filled("RoleSid").is_some() {
        turn.may_give_role_of_service(&service, &user.identity)?;
    }
    user.take(turn, call.form())?;
    user.date_updated = turn.dated(user.date_updated);
    turn.before(user.place(), || user.event(EventType::UserUpdate).date("DateUpdated", user.date_updated))?;
    user.save(turn)?;
    turn.after(user.place(), || user.updated_event())?;
    Ok(call.item(&user))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let listing = Listing {
        columns: COLUMNS,
        from: &format!("{FROM} WHERE user.service = ?"),
        values: vec![service.id.into()],
        keys: &["user.id"],
        descending: false,
    };
    call.page(&listing, |row| read(row, 1))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let user = call.user(&service, call.last())?;
    call.turn.require_user_info(&service, &user.identity)?;
    call.turn.db.execute_cached("DELETE FROM user WHERE id = ?", [user.id])?;
    Ok(call.empty())
}

impl Call<'_> {
    /// The user that a path names by SID or identity.
    pub(super) fn user(&self, service: &ServiceKey, name: &str) -> Result<User, Stop> {
        self.turn.find_user(service.id, name)?.ok_or_else(|| self.not_found())
    }
}

impl Turn<'_> {
    /// Finds a user of a service by SID or identity.
    pub(crate) fn find_user(&self, service: i64, name: &str) -> Result<Option<User>, Stop> {
        let column = if is_sid(name, Some(*b"US")) { "user.sid" } else { "identity" };
        let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {column} = ? AND user.service = ?");
        Ok(self.db.first(&sql, params![name, service], |row| read(row, 0))?)
    }

    /// The user with an identity, made if there is none yet.
    pub(crate) fn user_of_identity(&self, service: &ServiceKey, identity: &str) -> Result<User, Stop> {
        match self.find_user(service.id, identity)? {
            Some(user) => Ok(user),
            None => self.add_user(service, identity, &Fields::default()),
        }
    }

    fn add_user(&self, service: &ServiceKey, identity: &str, form: &Fields) -> Result<User, Stop> {
        check_identity(identity)?;
        let (role, role_sid, reachability) = self
            .db
            .first(
                "SELECT role.id, role.sid, reachability_enabled FROM service
                 LEFT JOIN role ON role.id = default_chat_service_role WHERE service.id = ?",
                [service.id],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?
            .unwrap_or_default();
        let mut user = User {
            id: 0,
            sid: self.new_sid("US"),
            service: service.id,
            service_sid: service.sid.clone(),
            identity: identity.to_owned(),
            friendly_name: None,
            attributes: "{}".to_owned(),
            role,
            role_sid,
            reachability,
            is_online: false,
            is_notifiable: false,
            date_created: self.now,
            date_updated: self.now,
        };
        user.take(self, form)?;
        let result = self.db.execute_cached(
            "INSERT INTO user (service, sid, identity, friendly_name, attributes, role, date_created, date_updated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
            params![
                user.service,
                user.sid,
                user.identity,
                user.friendly_name,
                user.attributes,
                user.role,
                user.date_created.0
            ],
        );
        unless_taken(result, |_| Refusal::conflict(50201, "User already exists").into())?;
        user.id = self.db.last_insert_rowid();
        self.after(user.place(), || user.event(EventType::UserAdded).date("DateCreated", user.date_created))?;
        Ok(user)
    }
}

impl User {
    fn take(&mut self, turn: &Turn<'_>, form: &Fields) -> Result<(), Stop> {
        check_length("FriendlyName", form.text("FriendlyName"), 256)?;
        if let Some(name) = form.text("FriendlyName") {
            self.friendly_name = Some(name.to_owned()).filter(|name| !name.is_empty());
        }
        if let Some(attributes) = attributes(form, ATTRIBUTES_LIMIT)? {
            self.attributes = attributes;
        }
        if let Some(sid) = form.filled("RoleSid") {
            self.role = Some(turn.role(self.service, sid, RoleType::Service)?);
            self.role_sid = Some(sid.to_owned());
        }
        Ok(())
    }

    /// Writes what can change.
    pub(crate) fn save(&self, turn: &Turn<'_>) -> Result<(), Stop> {
        turn.db.execute_cached(
            "UPDATE user SET friendly_name = ?, attributes = ?, role = ?, is_online = ?, is_notifiable = ?, date_updated = ?
             WHERE id = ?",
            params![
                self.friendly_name,
                self.attributes,
                self.role,
                self.is_online,
                self.is_notifiable,
                self.date_updated.0,
                self.id
            ],
        )?;
        Ok(())
    }

    fn place(&self) -> Place<'_> {
        Place { service: self.service, service_sid: &self.service_sid, conversation: None }
    }

    fn event(&self, name: EventType) -> Event {
        Event::new(name)
            .set("ChatServiceSid", &self.service_sid)
            .set("UserSid", &self.sid)
            .set("Identity", &self.identity)
            .maybe("RoleSid", self.role_sid.as_deref())
            .set("Attributes", &self.attributes)
            .maybe("FriendlyName", self.friendly_name.as_deref())
    }

    fn updated_event(&self) -> Event {
        self.event(EventType::UserUpdated)
            .date("DateCreated", self.date_created)
            .date("DateUpdated", self.date_updated)
            .set("isOnline", self.is_online.to_string())
            .set("isNotifiable", self.is_notifiable.to_string())
    }
}

/// Checks an identity: 1 to 256 characters, and not one that the API uses itself.
pub(crate) fn check_identity(identity: &str) -> Result<(), Refusal> {
    match identity.chars().count() {
        0 => Err(Refusal::bad(50204, "Missing required parameter Identity")),
        257.. => Err(Refusal::bad(50207, "Invalid parameter Identity: at most 256 characters are allowed")),
        _ if identity == "system" => Err(Refusal::bad(50203, "Invalid parameter Identity: system is reserved")),
        _ if is_sid(identity, Some(*b"US")) => {
            Err(Refusal::bad(50206, "Invalid parameter Identity: it looks like a user SID"))
        }
        _ => Ok(()),
    }
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(at)?,
        sid: row.get(at + 1)?,
        service: row.get(at + 2)?,
        service_sid: row.get(at + 3)?,
        identity: row.get(at + 4)?,
        friendly_name: row.get(at + 5)?,
        attributes: row.get(at + 6)?,
        role: row.get(at + 7)?,
        role_sid: row.get(at + 8)?,
        reachability: row.get(at + 9)?,
        is_online: row.get(at + 10)?,
        is_notifiable: row.get(at + 11)?,
        date_created: Millis(row.get(at + 12)?),
        date_updated: Millis(row.get(at + 13)?),
    })
}

item! {
    impl User |self, value| {
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&self.service_sid),
        "sid" => value.text(&self.sid),
        "identity" => value.text(&self.identity),
        "friendly_name" => value.text_or_null(self.friendly_name.as_deref()),
        "attributes" => value.text(&self.attributes),
        "role_sid" => value.text_or_null(self.role_sid.as_deref()),
        // Unless the service has reachability enabled, nothing is known of it.
        "is_online" => value.boolean_or_null(Some(self.is_online).filter(|_| self.reachability)),
        "is_notifiable" => value.boolean_or_null(Some(self.is_notifiable).filter(|_| self.reachability)),
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.url(format_args!("/Users/{}", self.sid)),
        "links" => value.links(&[("user_conversations", format_args!("/Users/{}/Conversations", self.sid))]),
    }
}
