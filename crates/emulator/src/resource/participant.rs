//! Participants: who is in a conversation.

use rusqlite::{Row, params};
use twilio_conversations_types::v1::EventType;

use super::conversation::{Conversation, closed};
use super::conversation_state::State;
use super::participant_binding::Binding;
use super::service::ServiceKey;
use super::user::check_identity;
use super::{attributes, check_attributes};
use crate::call::{Call, Reply, Turn};
use crate::documented::{Documented, RoleType};
use crate::error::{Refusal, Stop};
use crate::page::Listing;
use crate::render::item;
use crate::spec::{Fields, is_sid};
use crate::store::{Cached, unless_taken};
use crate::time::{Millis, parse_date_time};
use crate::webhook::Event;

/// A participant of a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Participant {
    pub(crate) id: i64,
    pub(crate) conversation: i64,
    conversation_sid: String,
    service_sid: String,
    pub(crate) sid: String,
    pub(crate) identity: Option<String>,
    pub(super) user: Option<i64>,
    pub(crate) binding: Binding,
    role: Option<i64>,
    role_sid: Option<String>,
    attributes: String,
    last_read_message_index: Option<i64>,
    last_read_timestamp: Option<Millis>,
    date_created: Millis,
    date_updated: Millis,
}

/// A participant to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewParticipant {
    pub(crate) identity: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) proxy_address: Option<String>,
    pub(crate) projected_address: Option<String>,
    /// Of a participant by e-mail, like the level.
    pub(crate) name: Option<String>,
    pub(crate) level: Option<String>,
    pub(crate) role_sid: Option<String>,
    pub(crate) attributes: Option<String>,
    pub(crate) date_created: Option<Millis>,
    pub(crate) date_updated: Option<Millis>,
}

const COLUMNS: &str = "participant.id, participant.conversation, conversation.sid, service.sid, participant.sid, \
    identity, participant.user, participant.type, address, proxy_address, projected_address, participant.name, \
    participant.level, participant.role, role.sid, participant.attributes, last_read_message_index, last_read_timestamp, participant.date_created, \
    participant.date_updated";
const FROM: &str = "participant JOIN conversation ON conversation.id = participant.conversation \
    JOIN service ON service.id = conversation.service LEFT JOIN role ON role.id = participant.role";

/// Most bytes of a participant's attributes.
const ATTRIBUTES_LIMIT: usize = 4 * 1024;

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let participant = call.turn.add_participant(&conversation, NewParticipant::from_form(call.form()))?;
    Ok(call.item(&participant))
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    Ok(call.item(&find(call, &conversation)?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let mut participant = find(call, &conversation)?;
    let (turn, form) = (&call.turn, call.form());
    turn.may_edit_participant(&conversation, participant.identity.as_deref(), form)?;
    if let Some(attributes) = attributes(form, ATTRIBUTES_LIMIT)? {
        participant.attributes = attributes;
    }
    if let Some(sid) = form.filled("RoleSid") {
        participant.role = Some(turn.role(conversation.service, sid, RoleType::Conversation)?);
        participant.role_sid = Some(sid.to_owned());
    }
    participant.rebind(turn, &conversation, form)?;
    participant.read_until(turn, &conversation, form)?;
    if let Some(date) = form.text("DateCreated").and_then(parse_date_time) {
        participant.date_created = date;
    }
    participant.date_updated = turn.date_updated(form, participant.date_updated);
    turn.before(conversation.place(), || participant.dated_event(EventType::ParticipantUpdate))?;
    participant.save(turn)?;
    turn.after(conversation.place(), || {
        participant
            .dated_event(EventType::ParticipantUpdated)
            .number("LastReadMessageIndex", participant.last_read_message_index)
    })?;
    Ok(call.item(&participant))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let listing = Listing {
        columns: COLUMNS,
        from: &format!("{FROM} WHERE participant.conversation = ?"),
        values: vec![conversation.id.into()],
        keys: &["participant.id"],
        descending: false,
    };
    call.page(&listing, |row| read(row, 1))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let participant = find(call, &conversation)?;
    call.turn.remove_participant(&conversation, &participant)?;
    Ok(call.empty())
}

impl NewParticipant {
    fn from_form(form: &Fields) -> Self {
        let text = |name| form.text(name).map(str::to_owned);
        let date = |name| form.text(name).and_then(parse_date_time);
        Self {
            identity: text("Identity").filter(|identity| !identity.is_empty()),
            address: text("MessagingBinding.Address"),
            proxy_address: text("MessagingBinding.ProxyAddress"),
            projected_address: text("MessagingBinding.ProjectedAddress"),
            name: text("MessagingBinding.Name"),
            level: text("MessagingBinding.Level"),
            role_sid: text("RoleSid").filter(|sid| !sid.is_empty()),
            attributes: text("Attributes").filter(|attributes| !attributes.is_empty()),
            date_created: date("DateCreated"),
            date_updated: date("DateUpdated"),
        }
    }
}

impl Turn<'_> {
    /// Adds a participant; for an identity that is new to the service, its user as well.
    pub(crate) fn add_participant(
        &self,
        conversation: &Conversation,
        new: NewParticipant,
    ) -> Result<Participant, Stop> {
        let asleep = match conversation.state {
            State::Initializing | State::Active => false,
            State::Inactive => true,
            State::Closed => return Err(closed()),
        };
        let itself = self.actor.identity.is_some() && self.actor.identity == new.identity;
        let creates = itself && conversation.created_by == new.identity;
        if !creates {
            self.require_in(conversation, if itself { "joinConversation" } else { "addParticipant" })?;
        }
        if new.role_sid.is_some() {
            self.may_give_role(conversation, new.identity.as_deref())?;
        }
        if let Some(identity) = &new.identity {
            check_identity(identity)?;
        }
        let binding = Binding::new(
            new.identity.as_deref(),
            new.address.as_deref(),
            new.proxy_address.as_deref(),
            new.projected_address.as_deref(),
        )?
        .by_email(new.name.as_deref(), new.level.as_deref())?;
        let attributes = new.attributes.unwrap_or_else(|| "{}".to_owned());
        check_attributes(&attributes, ATTRIBUTES_LIMIT)?;
        let (role, role_sid) = match new.role_sid {
            Some(sid) => (Some(self.role(conversation.service, &sid, RoleType::Conversation)?), Some(sid)),
            None => self.default_role(conversation.service, creates)?,
        };
        let user = match &new.identity {
            Some(identity) => Some(self.user_of_identity(&conversation.service_key(), identity)?.id),
            None => None,
        };
        let mut participant = Participant {
            id: 0,
            conversation: conversation.id,
            conversation_sid: conversation.sid.clone(),
            service_sid: conversation.service_sid.clone(),
            sid: self.new_sid("MB"),
            identity: new.identity,
            user,
            binding,
            role,
            role_sid,
            attributes,
            last_read_message_index: None,
            last_read_timestamp: None,
            date_created: new.date_created.unwrap_or(self.now),
            date_updated: new.date_updated.unwrap_or(self.now),
        };
        self.check_limits(&participant)?;
        self.before(conversation.place(), || participant.event(EventType::ParticipantAdd))?;
        participant.insert(self)?;
        self.after(conversation.place(), || {
            participant
                .event(EventType::ParticipantAdded)
                // Seen with this event only.
                .set("ChatServiceSid", &participant.service_sid)
                .set("ParticipantSid", &participant.sid)
                .date("DateCreated", participant.date_created)
        })?;
        if asleep {
            conversation.clone().wake(self)?;
        }
        Ok(participant)
    }

    /// Removes a participant. What it said stays.
    pub(crate) fn remove_participant(
        &self,
        conversation: &Conversation,
        participant: &Participant,
    ) -> Result<(), Stop> {
        let owner = participant.identity.as_deref().unwrap_or_default();
        self.require_own_or_any(conversation, owner, "leaveConversation", "removeParticipant")?;
        self.before(conversation.place(), || participant.dated_event(EventType::ParticipantRemove))?;
        self.db.execute_cached("DELETE FROM participant WHERE id = ?", [participant.id])?;
        self.after(conversation.place(), || {
            participant.dated_event(EventType::ParticipantRemoved).date("DateRemoved", self.now)
        })
    }

    /// Finds a participant of a conversation by SID or identity.
    pub(crate) fn find_participant(
        &self,
        conversation: &Conversation,
        name: &str,
    ) -> Result<Option<Participant>, Stop> {
        let column = if is_sid(name, Some(*b"MB")) { "participant.sid" } else { "identity" };
        let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {column} = ? AND participant.conversation = ?");
        Ok(self.db.first(&sql, params![name, conversation.id], |row| read(row, 0))?)
    }

    fn default_role(&self, service: i64, creates: bool) -> Result<(Option<i64>, Option<String>), Stop> {
        let role = self.db.first(
            "SELECT role.id, role.sid FROM service
             JOIN role ON role.id = iif(?2, default_conversation_creator_role, default_conversation_role)
             WHERE service.id = ?1",
            params![service, creates],
            |row| Ok((Some(row.get(0)?), Some(row.get(1)?))),
        )?;
        Ok(role.unwrap_or_default())
    }
}

impl Conversation {
    pub(super) fn service_key(&self) -> ServiceKey {
        ServiceKey { id: self.service, sid: self.service_sid.clone() }
    }
}

impl Participant {
    fn insert(&mut self, turn: &Turn<'_>) -> Result<(), Stop> {
        let result = turn.db.execute_cached(
            "INSERT INTO participant (conversation, sid, identity, user, type, address, proxy_address, projected_address,
             name, level, role, attributes, open_in, date_created, date_updated)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                self.conversation,
                self.sid,
                self.identity,
                self.user,
                self.binding.kind,
                self.binding.address,
                self.binding.proxy_address,
                self.binding.projected_address,
                self.binding.name,
                self.binding.level,
                self.role,
                self.attributes,
                turn.account.id,
                self.date_created.0,
                self.date_updated.0
            ],
        );
        unless_taken(result, in_use)?;
        self.id = turn.db.last_insert_rowid();
        Ok(())
    }

    pub(super) fn save(&self, turn: &Turn<'_>) -> Result<(), Stop> {
        let result = turn.db.execute_cached(
            "UPDATE participant SET identity = ?, user = ?, type = ?, proxy_address = ?, projected_address = ?, role = ?,
             attributes = ?, last_read_message_index = ?, last_read_timestamp = ?, date_created = ?, date_updated = ?
             WHERE id = ?",
            params![
                self.identity,
                self.user,
                self.binding.kind,
                self.binding.proxy_address,
                self.binding.projected_address,
                self.role,
                self.attributes,
                self.last_read_message_index,
                self.last_read_timestamp.map(|date| date.0),
                self.date_created.0,
                self.date_updated.0,
                self.id
            ],
        );
        unless_taken(result, in_use)
    }

    /// Changes where the participant is reached, as far as that may change.
    fn rebind(&mut self, turn: &Turn<'_>, conversation: &Conversation, form: &Fields) -> Result<(), Stop> {
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        if let Some(proxy) = form.text("MessagingBinding.ProxyAddress") {
            if self.binding.address.is_none() {
                let code = if proxy.is_empty() { 50440 } else { 50441 };
                return Err(Refusal::bad(code, "The participant has no address, and so no proxy address").into());
            }
            self.binding.proxy_address = filled(proxy);
        }
        if let Some(projected) = form.text("MessagingBinding.ProjectedAddress") {
            if self.binding.address.is_some() {
                return Err(Refusal::bad(50443, "The participant has an address, and so no projected address").into());
            }
            self.binding.projected_address = filled(projected);
        }
        if let Some(identity) = form.filled("Identity")
            && self.identity.as_deref() != Some(identity)
        {
            if self.identity.is_some() || self.binding.projected_address.is_none() {
                return Err(Refusal::bad(50444, "The participant cannot have another identity").into());
            }
            check_identity(identity)?;
            self.user = Some(turn.user_of_identity(&conversation.service_key(), identity)?.id);
            self.identity = Some(identity.to_owned());
        }
        if self.identity.is_none() && self.binding.address.is_none() && self.binding.projected_address.is_none() {
            return Err(Refusal::bad(50407, "Invalid messaging binding address: there is none, and no identity").into());
        }
        self.binding.check()?;
        Ok(())
    }

    /// Moves the read horizon.
    pub(super) fn read_until(
        &mut self,
        turn: &Turn<'_>,
        conversation: &Conversation,
        form: &Fields,
    ) -> Result<(), Stop> {
        if let Some(text) = form.text("LastReadMessageIndex") {
            self.last_read_message_index = match text.parse::<i64>() {
                Err(_) => None,
                Ok(index) if (0..conversation.next_index).contains(&index) => Some(index),
                Ok(_) => {
                    return Err(Refusal::bad(50421, "Invalid parameter LastReadMessageIndex: no message has it").into());
                }
            };
            self.last_read_timestamp = self.last_read_message_index.map(|_| turn.now);
        }
        if let Some(text) = form.text("LastReadTimestamp") {
            let date = parse_date_time(text)
                .ok_or_else(|| Refusal::invalid("LastReadTimestamp", "not an RFC 3339 date and time"))?;
            self.last_read_timestamp = Some(date);
        }
        Ok(())
    }

    fn event(&self, name: EventType) -> Event {
        Event::new(name)
            .set("ConversationSid", &self.conversation_sid)
            .maybe("Identity", self.identity.as_deref())
            .maybe("RoleSid", self.role_sid.as_deref())
            .set("Attributes", &self.attributes)
            .maybe("MessagingBinding.ProxyAddress", self.binding.proxy_address.as_deref())
            .maybe("MessagingBinding.Address", self.binding.address.as_deref())
            .maybe("MessagingBinding.ProjectedAddress", self.binding.projected_address.as_deref())
            .maybe("MessagingBinding.Type", self.binding.kind.map(Documented::as_str))
            .maybe("MessagingBinding.Name", self.binding.name.as_deref())
            .maybe("MessagingBinding.Level", self.binding.level.as_deref())
    }

    fn dated_event(&self, name: EventType) -> Event {
        self.event(name)
            .set("ParticipantSid", &self.sid)
            .date("DateCreated", self.date_created)
            .date("DateUpdated", self.date_updated)
    }
}

/// Which of the unique constraints it was.
fn in_use(constraint: &str) -> Stop {
    if constraint.contains("identity") {
        Refusal::conflict(50433, "Participant already exists").into()
    } else {
        let message = "A binding for this participant and proxy address already exists";
        Refusal::conflict(50416, message).into()
    }
}

fn find(call: &Call<'_>, conversation: &Conversation) -> Result<Participant, Stop> {
    call.turn.find_participant(conversation, call.last())?.ok_or_else(|| call.not_found())
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Participant> {
    Ok(Participant {
        id: row.get(at)?,
        conversation: row.get(at + 1)?,
        conversation_sid: row.get(at + 2)?,
        service_sid: row.get(at + 3)?,
        sid: row.get(at + 4)?,
        identity: row.get(at + 5)?,
        user: row.get(at + 6)?,
        binding: Binding {
            kind: row.get(at + 7)?,
            address: row.get(at + 8)?,
            proxy_address: row.get(at + 9)?,
            projected_address: row.get(at + 10)?,
            name: row.get(at + 11)?,
            level: row.get(at + 12)?,
        },
        role: row.get(at + 13)?,
        role_sid: row.get(at + 14)?,
        attributes: row.get(at + 15)?,
        last_read_message_index: row.get(at + 16)?,
        last_read_timestamp: row.get::<_, Option<i64>>(at + 17)?.map(Millis),
        date_created: Millis(row.get(at + 18)?),
        date_updated: Millis(row.get(at + 19)?),
    })
}

item! {
    impl Participant |self, value| {
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&self.service_sid),
        "conversation_sid" => value.text(&self.conversation_sid),
        "sid" => value.text(&self.sid),
        "identity" => value.text_or_null(self.identity.as_deref()),
        "role_sid" => value.text_or_null(self.role_sid.as_deref()),
        "attributes" => value.text(&self.attributes),
        "messaging_binding" => value.value(&self.binding.to_json()),
        "last_read_message_index" => value.integer_or_null(self.last_read_message_index),
        "last_read_timestamp" => value.date_or_null(self.last_read_timestamp),
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.url(format_args!("/Conversations/{}/Participants/{}", self.conversation_sid, self.sid)),
    }
}
