//! Conversations.

use rusqlite::{Row, params};
use serde_json::json;
use twilio_conversations_types::v1::EventType;

use super::conversation_state::{State, Timers};
use super::service::ServiceKey;
use super::{attributes, check_attributes, check_length};
use crate::call::{Call, Reply, Turn};
use crate::documented::Documented as _;
use crate::error::{Refusal, Stop};
use crate::page::Listing;
use crate::render::item;
use crate::spec::{Fields, is_sid};
use crate::store::{Cached, unless_taken};
use crate::time::{Millis, parse_date_time, parse_filter_date};
use crate::webhook::{Event, Place};

/// A conversation, all of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) id: i64,
    pub(crate) service: i64,
    pub(crate) service_sid: String,
    pub(crate) sid: String,
    pub(crate) unique_name: Option<String>,
    pub(crate) friendly_name: Option<String>,
    pub(crate) attributes: String,
    pub(crate) state: State,
    pub(crate) messaging_service_sid: Option<String>,
    pub(crate) timers: Timers,
    email_address: Option<String>,
    email_name: Option<String>,
    pub(crate) created_by: Option<String>,
    pub(crate) next_index: i64,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

/// Columns that [`read`] reads, in its order.
pub(super) const COLUMNS: &str = "conversation.id, conversation.service, service.sid, conversation.sid, unique_name, \
    conversation.friendly_name, conversation.attributes, state, messaging_service_sid, timer_inactive, timer_closed, \
    date_inactive, date_closed, email_address, email_name, created_by, next_index, conversation.date_created, \
    conversation.date_updated";

/// Most bytes of a conversation's attributes.
pub(super) const ATTRIBUTES_LIMIT: usize = 16 * 1024;

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let conversation = add(&call.turn, &service, call.form(), &Opening::default())?;
    Ok(call.item(&conversation))
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    Ok(call.item(&call.conversation_named(call.last())?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let mut conversation = call.find_conversation(&service, call.last())?;
    let turn = &call.turn;
    let before = conversation.state;
    turn.may_edit_conversation(&conversation, call.form())?;
    match before {
        State::Initializing | State::Active | State::Inactive => {}
        State::Closed => return Err(closed()),
    }
    conversation.take(turn, call.form(), None)?;
    let changes = turn.before(conversation.place(), || conversation.event(EventType::ConversationUpdate))?;
    conversation.apply(&changes)?;
    conversation.save(turn)?;
    turn.after(conversation.place(), || conversation.event(EventType::ConversationUpdated))?;
    if conversation.state != before {
        conversation.report_state(turn, before, "API")?;
    }
    Ok(call.item(&conversation))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let mut from =
        "conversation JOIN service ON service.id = conversation.service WHERE conversation.service = ?".to_owned();
    let mut values = vec![service.id.into()];
    if let Some(state) = call.query().value::<State>("State")? {
        from.push_str(" AND state = ?");
        values.push(state.as_str().to_owned().into());
    }
    if let Some(identity) = &call.turn.actor.identity {
        from.push_str(" AND EXISTS (SELECT 1 FROM participant WHERE conversation = conversation.id AND identity = ?)");
        values.push(identity.clone().into());
    }
    let mut by_creation = false;
    for (name, end, comparison) in [("StartDate", false, ">="), ("EndDate", true, "<=")] {
        if let Some(text) = call.query().filled(name) {
            let date = parse_filter_date(text, end).ok_or_else(|| Refusal::invalid(name, "not an ISO 8601 date"))?;
            from.push_str(" AND conversation.date_created ");
            from.push_str(comparison);
            from.push_str(" ?");
            values.push(date.0.into());
            by_creation = true;
        }
    }
    let keys: &[&str] = if by_creation { &["conversation.date_created", "conversation.id"] } else { &["activity"] };
    let at = keys.len();
    call.page(&Listing { columns: COLUMNS, from: &from, values, keys, descending: true }, |row| read(row, at))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let conversation = call.find_conversation(&service, call.last())?;
    let turn = &call.turn;
    turn.require_in(&conversation, "deleteConversation")?;
    turn.before(conversation.place(), || conversation.event(EventType::ConversationRemove))?;
    // Its own webhooks are told as well, so that they must be read before they go.
    turn.after(conversation.place(), || {
        conversation.event(EventType::ConversationRemoved).date("DateRemoved", turn.now)
    })?;
    turn.db.execute_cached("DELETE FROM conversation WHERE id = ?", [conversation.id])?;
    Ok(call.empty())
}

/// What its events tell of a conversation that a message opens. REST calls open them without.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opening {
    /// Who wrote and to whom, by the names of the fields; a name may repeat.
    pub(crate) addresses: Vec<(&'static str, String)>,
    /// The message, which only the pre-event tells.
    pub(crate) message: Vec<(&'static str, String)>,
    /// Its state, in place of the one that the request sets.
    pub(crate) state: Option<State>,
}

/// Makes a conversation from the fields of a request.
pub(crate) fn add(
    turn: &Turn<'_>,
    service: &ServiceKey,
    form: &Fields,
    opening: &Opening,
) -> Result<Conversation, Stop> {
    turn.require_of_service(service, "createConversation")?;
    let (messaging_service_sid, inactive, closed): (String, Option<i64>, Option<i64>) = turn
        .db
        .first(
            "SELECT default_messaging_service_sid, default_inactive_timer, default_closed_timer FROM account WHERE id = ?",
            [turn.account.id],
            |row| Ok((row.get(0)?, duration(row, 1)?, duration(row, 2)?)),
        )?
        .unwrap_or_default();
    let mut conversation = Conversation {
        service: service.id,
        service_sid: service.sid.clone(),
        sid: turn.new_sid("CH"),
        attributes: "{}".to_owned(),
        messaging_service_sid: Some(messaging_service_sid),
        timers: Timers { inactive, closed, ..Timers::default() },
        created_by: Some(turn.actor.identity.clone().unwrap_or_else(|| "system".to_owned())),
        date_created: turn.action.begun,
        ..Conversation::default()
    };
    conversation.take(turn, form, opening.state)?;
    may_begin_as(conversation.state)?;
    let changes = turn.before(conversation.place_to_be(), || {
        conversation.describe(Event::new(EventType::ConversationAdd)).with(&opening.addresses).with(&opening.message)
    })?;
    conversation.apply(&changes)?;
    conversation.insert(turn)?;
    turn.after(conversation.place(), || conversation.event(EventType::ConversationAdded).with(&opening.addresses))?;
    Ok(conversation)
}

impl Call<'_> {
    /// The conversation that the path names by SID or unique name.
    pub(super) fn conversation(&self) -> Result<Conversation, Stop> {
        self.conversation_named(self.path("ConversationSid").unwrap_or_default())
    }

    /// The conversation with this SID or unique name in the service that the path names. A SID takes one query.
    fn conversation_named(&self, name: &str) -> Result<Conversation, Stop> {
        const SQL: &str = "SELECT conversation.id, conversation.service, service.sid, conversation.sid, unique_name, \
            conversation.friendly_name, conversation.attributes, state, messaging_service_sid, timer_inactive, \
            timer_closed, date_inactive, date_closed, email_address, email_name, created_by, next_index, \
            conversation.date_created, conversation.date_updated \
            FROM conversation JOIN service ON service.id = conversation.service \
            JOIN account ON account.id = service.account WHERE conversation.sid = ?1 AND account.id = ?2 \
            AND iif(?3 IS NULL, service.id = default_service, service.sid = ?3)";
        if is_sid(name, Some(*b"CH")) {
            let values = params![name, self.turn.account.id, self.path("ChatServiceSid")];
            let found = self.turn.db.first(SQL, values, |row| read(row, 0))?;
            return self.seen(found.ok_or_else(|| self.not_found())?);
        }
        let service = self.service()?;
        self.seen(self.find_conversation(&service, name)?)
    }

    /// A conversation as far as the caller may look into it. Whether it may change it depends on what it changes.
    fn seen(&self, conversation: Conversation) -> Result<Conversation, Stop> {
        if self.turn.actor.identity.is_some() && self.input.operation.reads {
            self.turn.require_membership(&conversation)?;
        }
        Ok(conversation)
    }

    pub(super) fn find_conversation(&self, service: &ServiceKey, name: &str) -> Result<Conversation, Stop> {
        self.turn.find_conversation(service.id, name)?.ok_or_else(|| self.not_found())
    }
}

impl Turn<'_> {
    /// Finds a conversation of a service by SID or unique name.
    pub(crate) fn find_conversation(&self, service: i64, name: &str) -> Result<Option<Conversation>, Stop> {
        const BY_SID: &str = "SELECT conversation.id, conversation.service, service.sid, conversation.sid, unique_name, \
            conversation.friendly_name, conversation.attributes, state, messaging_service_sid, timer_inactive, \
            timer_closed, date_inactive, date_closed, email_address, email_name, created_by, next_index, \
            conversation.date_created, conversation.date_updated \
            FROM conversation JOIN service ON service.id = conversation.service \
            WHERE conversation.sid = ? AND conversation.service = ?";
        let found = if is_sid(name, Some(*b"CH")) {
            self.db.first(BY_SID, params![name, service], |row| read(row, 0))?
        } else {
            let id: Option<String> = self.db.first(
                "SELECT sid FROM conversation WHERE service = ? AND unique_name = ?",
                params![service, name],
                |row| row.get(0),
            )?;
            match id {
                Some(sid) => self.db.first(BY_SID, params![sid, service], |row| read(row, 0))?,
                None => None,
            }
        };
        Ok(found)
    }
}

impl Conversation {
    /// Applies what a pre-event webhook responded to `onConversationAdd` or `onConversationUpdate`.
    fn apply(&mut self, changes: &serde_json::Map<String, serde_json::Value>) -> Result<(), Stop> {
        if let Some(name) = changed_text(changes, "friendly_name")? {
            check_length("friendly_name", Some(&name), 256)?;
            self.friendly_name = Some(name);
        }
        if let Some(attributes) = changed_text(changes, "attributes")? {
            check_attributes(&attributes, ATTRIBUTES_LIMIT)?;
            self.attributes = attributes;
        }
        Ok(())
    }

    /// Takes over what a request sets, and starts the timers again. A state that is given overrides the request's.
    fn take(&mut self, turn: &Turn<'_>, form: &Fields, state: Option<State>) -> Result<(), Stop> {
        check_length("FriendlyName", form.text("FriendlyName"), 256)?;
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        if let Some(name) = form.text("FriendlyName") {
            self.friendly_name = filled(name);
        }
        if let Some(name) = form.text("UniqueName") {
            if name.chars().count() > 256 {
                return Err(
                    Refusal::bad(50004, "Invalid parameter UniqueName: at most 256 characters are allowed").into()
                );
            }
            if is_sid(name, Some(*b"CH")) {
                return Err(
                    Refusal::bad(50390, "Invalid parameter UniqueName: it looks like a conversation SID").into()
                );
            }
            self.unique_name = filled(name);
        }
        if let Some(attributes) = attributes(form, ATTRIBUTES_LIMIT)? {
            self.attributes = attributes;
        }
        if let Some(sid) = form.filled("MessagingServiceSid") {
            self.messaging_service_sid = Some(sid.to_owned());
        }
        let requested = form.value("State")?;
        if let Some(state) = state.or(requested) {
            self.state = state;
        }
        self.timers.take(form)?;
        if let Some(address) = form.text("Bindings.Email.Address") {
            self.email_address = filled(address);
        }
        if let Some(name) = form.text("Bindings.Email.Name") {
            self.email_name = filled(name);
        }
        if let Some(date) = form.text("DateCreated").and_then(parse_date_time) {
            self.date_created = date;
        }
        self.date_updated = turn.date_updated(form, self.date_updated);
        self.timers.start(self.state, self.date_updated);
        Ok(())
    }

    fn insert(&mut self, turn: &Turn<'_>) -> Result<(), Stop> {
        let result = turn.db.execute_cached(
            "INSERT INTO conversation (service, sid, unique_name, friendly_name, attributes, state, messaging_service_sid,
             timer_inactive, timer_closed, date_inactive, date_closed, email_address, email_name, created_by, activity,
             date_created, date_updated)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
             (SELECT coalesce(max(activity), 0) + 1 FROM conversation WHERE service = ?1), ?, ?)",
            params![
                self.service,
                self.sid,
                self.unique_name,
                self.friendly_name,
                self.attributes,
                self.state,
                self.messaging_service_sid,
                self.timers.inactive,
                self.timers.closed,
                self.timers.date_inactive.map(|date| date.0),
                self.timers.date_closed.map(|date| date.0),
                self.email_address,
                self.email_name,
                self.created_by,
                self.date_created.0,
                self.date_updated.0
            ],
        );
        unless_taken(result, |_| name_taken())?;
        self.id = turn.db.last_insert_rowid();
        turn.signals.rescheduled.set(self.timers.run() || turn.signals.rescheduled.get());
        Ok(())
    }

    pub(super) fn save(&self, turn: &Turn<'_>) -> Result<(), Stop> {
        let result = turn.db.execute_cached(
            "UPDATE conversation SET unique_name = ?, friendly_name = ?, attributes = ?, state = ?,
             messaging_service_sid = ?, timer_inactive = ?, timer_closed = ?, date_inactive = ?, date_closed = ?,
             email_address = ?, email_name = ?, date_created = ?, date_updated = ? WHERE id = ?",
            params![
                self.unique_name,
                self.friendly_name,
                self.attributes,
                self.state,
                self.messaging_service_sid,
                self.timers.inactive,
                self.timers.closed,
                self.timers.date_inactive.map(|date| date.0),
                self.timers.date_closed.map(|date| date.0),
                self.email_address,
                self.email_name,
                self.date_created.0,
                self.date_updated.0,
                self.id
            ],
        );
        unless_taken(result, |_| name_taken())?;
        turn.signals.rescheduled.set(self.timers.run() || turn.signals.rescheduled.get());
        Ok(())
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place { service: self.service, service_sid: &self.service_sid, conversation: Some((self.id, &self.sid)) }
    }

    /// The place before there is a conversation.
    fn place_to_be(&self) -> Place<'_> {
        Place { service: self.service, service_sid: &self.service_sid, conversation: None }
    }

    /// The fields that tell of the conversation itself.
    fn describe(&self, event: Event) -> Event {
        event
            .set("ChatServiceSid", &self.service_sid)
            .maybe("MessagingServiceSid", self.messaging_service_sid.as_deref())
            .set("State", self.state.as_str())
            .set("Attributes", &self.attributes)
            .maybe("FriendlyName", self.friendly_name.as_deref())
            .maybe("UniqueName", self.unique_name.as_deref())
    }

    fn event(&self, name: EventType) -> Event {
        let event = Event::new(name).set("ConversationSid", &self.sid);
        self.describe(event).date("DateCreated", self.date_created).date("DateUpdated", self.date_updated)
    }

    /// Tells of a change of state that has been saved.
    pub(super) fn report_state(&self, turn: &Turn<'_>, from: State, reason: &str) -> Result<(), Stop> {
        turn.after(self.place(), || {
            Event::new(EventType::ConversationStateUpdated)
                .set("ConversationSid", &self.sid)
                .set("ChatServiceSid", &self.service_sid)
                .maybe("MessagingServiceSid", self.messaging_service_sid.as_deref())
                .set("StateFrom", from.as_str())
                .set("StateTo", self.state.as_str())
                .date("StateUpdated", self.date_updated)
                .set("Reason", reason)
        })
    }
}

/// A text that a pre-event webhook put in place of the original.
pub(super) fn changed_text(
    changes: &serde_json::Map<String, serde_json::Value>,
    name: &str,
) -> Result<Option<String>, Stop> {
    match changes.get(name) {
        None => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::invalid(name, "the pre-event webhook's answer is not a text").into()),
    }
}

/// Checks the state that a conversation is created in.
pub(super) fn may_begin_as(state: State) -> Result<(), Refusal> {
    match state {
        State::Initializing | State::Active | State::Inactive => Ok(()),
        State::Closed => Err(Refusal::bad(50384, "A conversation cannot be created closed")),
    }
}

/// The refusal of what a closed conversation no longer allows.
pub(super) fn closed() -> Stop {
    Refusal::bad(50377, "The conversation is closed, which is final").into()
}

fn name_taken() -> Stop {
    Refusal::conflict(50353, "Conversation with provided unique name already exists").into()
}

fn duration(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<i64>> {
    let text: Option<String> = row.get(at)?;
    Ok(text.as_deref().and_then(crate::time::parse_duration))
}

pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Conversation> {
    let text = |index: usize| row.get::<_, Option<String>>(at + index);
    let date = |index: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at + index)?.map(Millis));
    Ok(Conversation {
        id: row.get(at)?,
        service: row.get(at + 1)?,
        service_sid: row.get(at + 2)?,
        sid: row.get(at + 3)?,
        unique_name: text(4)?,
        friendly_name: text(5)?,
        attributes: row.get(at + 6)?,
        state: row.get(at + 7)?,
        messaging_service_sid: text(8)?,
        timers: Timers {
            inactive: row.get(at + 9)?,
            closed: row.get(at + 10)?,
            date_inactive: date(11)?,
            date_closed: date(12)?,
        },
        email_address: text(13)?,
        email_name: text(14)?,
        created_by: text(15)?,
        next_index: row.get(at + 16)?,
        date_created: Millis(row.get(at + 17)?),
        date_updated: Millis(row.get(at + 18)?),
    })
}

item! {
    impl Conversation |self, value| {
        let sid = &self.sid;
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&self.service_sid),
        "messaging_service_sid" => value.text_or_null(self.messaging_service_sid.as_deref()),
        "sid" => value.text(sid),
        "friendly_name" => value.text_or_null(self.friendly_name.as_deref()),
        "unique_name" => value.text_or_null(self.unique_name.as_deref()),
        "attributes" => value.text(&self.attributes),
        "state" => value.text(self.state.as_str()),
        "timers" => if self.timers.run() { value.value(&self.timers.to_json()) } else { value.json("{}") },
        "bindings" => match (&self.email_address, &self.email_name) {
            (None, None) => value.json("{}"),
            (address, name) => value.value(&json!({"email": {"address": address, "name": name}})),
        },
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.url(format_args!("/Conversations/{sid}")),
        "links" => value.links(&[
            ("participants", format_args!("/Conversations/{sid}/Participants")),
            ("messages", format_args!("/Conversations/{sid}/Messages")),
            ("webhooks", format_args!("/Conversations/{sid}/Webhooks")),
            ("export", format_args!("/Conversations/{sid}/Export")),
        ]),
    }
}
