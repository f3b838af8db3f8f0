//! Messages.

use rusqlite::{Row, params};
use twilio_conversations_types::v1::EventType;

use super::conversation::{Conversation, changed_text};
use super::media::Media;
use super::permission::outsider;
use super::{attributes, check_attributes, check_length};
use crate::call::{Call, Reply, Turn};
use crate::documented::Order;
use crate::error::{Refusal, Stop};
use crate::page::Listing;
use crate::render::item;
use crate::spec::Fields;
use crate::store::Cached;
use crate::time::{Millis, parse_date_time};
use crate::webhook::Event;

/// A message of a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub(crate) id: i64,
    conversation_sid: String,
    service_sid: String,
    pub(crate) sid: String,
    pub(crate) index: i64,
    author: String,
    participant_sid: Option<String>,
    body: Option<String>,
    content_sid: Option<String>,
    attributes: String,
    /// JSON: what was attached.
    media: Option<String>,
    /// JSON: how far it came.
    delivery: Option<String>,
    date_created: Millis,
    date_updated: Millis,
}

/// A message to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewMessage {
    pub(crate) author: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) media: Option<Media>,
    pub(crate) content_sid: Option<String>,
    pub(crate) attributes: Option<String>,
    pub(crate) date_created: Option<Millis>,
    pub(crate) date_updated: Option<Millis>,
    /// Whether it came in by a channel, which allows longer texts.
    pub(crate) inbound: bool,
}

const COLUMNS: &str = "message.id, conversation.sid, service.sid, message.sid, \"index\", author, participant_sid, body, \
    content_sid, message.attributes, media, delivery, message.date_created, message.date_updated";
const FROM: &str = "message JOIN conversation ON conversation.id = message.conversation \
    JOIN service ON service.id = conversation.service";

/// Most bytes of a message's attributes.
const ATTRIBUTES_LIMIT: usize = 4 * 1024;
/// Most characters of a message that goes to a channel, and most bytes of one that does not, or comes from one.
const CHANNEL_BODY_LIMIT: usize = 1600;
const BODY_LIMIT: usize = 32 * 1024;

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let mut conversation = call.conversation()?;
    let form = call.form();
    if let Some(variables) = form.filled("ContentVariables")
        && serde_json::from_str::<serde::de::IgnoredAny>(variables).is_err()
    {
        return Err(Refusal::invalid("ContentVariables", "not JSON").into());
    }
    let media = match form.filled("MediaSid") {
        Some(sid) => Some(call.turn.unsent_media(conversation.service, sid)?),
        None => None,
    };
    let text = |name| form.filled(name).map(str::to_owned);
    let date = |name| form.text(name).and_then(parse_date_time);
    let new = NewMessage {
        author: text("Author"),
        body: text("Body"),
        subject: text("Subject"),
        media,
        content_sid: text("ContentSid"),
        attributes: text("Attributes"),
        date_created: date("DateCreated"),
        date_updated: date("DateUpdated"),
        inbound: false,
    };
    let message = call.turn.add_message(&mut conversation, new)?;
    Ok(call.item(&message))
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    Ok(call.item(&find(call, &conversation)?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let mut message = find(call, &conversation)?;
    let (turn, form) = (&call.turn, call.form());
    let (own, any) = if form.text("Body").is_none() && form.text("Attributes").is_some() {
        ("editOwnMessageAttributes", "editAnyMessageAttributes")
    } else {
        ("editOwnMessage", "editAnyMessage")
    };
    turn.require_own_or_any(&conversation, &message.author, own, any)?;
    message.take(turn, &conversation, form)?;
    let changes = turn.before(conversation.place(), || message.dated_event(EventType::MessageUpdate))?;
    message.apply(turn, &conversation, &changes, false)?;
    message.save(turn, form.text("Subject"))?;
    turn.after(conversation.place(), || message.dated_event(EventType::MessageUpdated))?;
    Ok(call.item(&message))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let listing = Listing {
        columns: COLUMNS,
        from: &format!("{FROM} WHERE message.conversation = ?"),
        values: vec![conversation.id.into()],
        keys: &["\"index\""],
        descending: match call.query().value("Order")? {
            None | Some(Order::Asc) => false,
            Some(Order::Desc) => true,
        },
    };
    call.page(&listing, |row| read(row, 1))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let message = find(call, &conversation)?;
    let turn = &call.turn;
    turn.require_own_or_any(&conversation, &message.author, "deleteOwnMessage", "deleteAnyMessage")?;
    turn.before(conversation.place(), || message.dated_event(EventType::MessageRemove))?;
    turn.db.execute_cached("DELETE FROM message WHERE id = ?", [message.id])?;
    turn.after(conversation.place(), || message.dated_event(EventType::MessageRemoved).date("DateRemoved", turn.now))?;
    Ok(call.empty())
}

impl Turn<'_> {
    /// Adds a message to a conversation, which becomes the latest, and active if it was not.
    pub(crate) fn add_message(&self, conversation: &mut Conversation, new: NewMessage) -> Result<Message, Stop> {
        check_length("Author", new.author.as_deref(), 256)?;
        check_length("Subject", new.subject.as_deref(), 256)?;
        let author = match (new.author, &self.actor.identity) {
            (_, Some(identity)) => identity.clone(),
            (Some(author), None) => author,
            (None, None) => "system".to_owned(),
        };
        let mut message = Message {
            id: 0,
            conversation_sid: conversation.sid.clone(),
            service_sid: conversation.service_sid.clone(),
            sid: self.new_sid("IM"),
            index: conversation.next_index,
            participant_sid: self.participant_of(conversation, &author)?,
            author,
            // A content template takes the place of the body.
            body: if new.content_sid.is_some() { None } else { new.body },
            content_sid: new.content_sid,
            attributes: new.attributes.unwrap_or_else(|| "{}".to_owned()),
            media: new.media.as_ref().map(Media::to_json_list),
            delivery: None,
            date_created: new.date_created.unwrap_or(self.now),
            date_updated: new.date_updated.unwrap_or(self.now),
        };
        if self.actor.identity.is_some() {
            if message.participant_sid.is_none() {
                return Err(outsider(&message.author));
            }
            self.require_in(conversation, if new.media.is_some() { "sendMediaMessage" } else { "sendMessage" })?;
        }
        check_attributes(&message.attributes, ATTRIBUTES_LIMIT)?;
        self.check_body(conversation, message.body.as_deref(), new.inbound)?;
        let changes = self.before(conversation.place(), || message.event(EventType::MessageAdd))?;
        message.apply(self, conversation, &changes, new.inbound)?;
        conversation.stir(self)?;
        message.insert(self, conversation.id, new.subject.as_deref())?;
        if let Some(media) = &new.media {
            media.belongs_to(self, message.id)?;
        }
        self.after(conversation.place(), || message.added_event(conversation.messaging_service_sid.as_deref()))?;
        Ok(message)
    }

    /// Finds a message of a conversation by SID.
    pub(crate) fn find_message(&self, conversation: &Conversation, sid: &str) -> Result<Option<Message>, Stop> {
        const SQL: &str = "SELECT message.id, conversation.sid, service.sid, message.sid, \"index\", author, \
            participant_sid, body, content_sid, message.attributes, media, delivery, message.date_created, \
            message.date_updated FROM message JOIN conversation ON conversation.id = message.conversation \
            JOIN service ON service.id = conversation.service WHERE message.sid = ? AND message.conversation = ?";
        Ok(self.db.first(SQL, params![sid, conversation.id], |row| read(row, 0))?)
    }

    /// Messages of a conversation from an index on, as a webhook is told of them.
    pub(super) fn messages_from(
        &self,
        conversation: &Conversation,
        index: i64,
    ) -> Result<Vec<(Event, Option<String>)>, Stop> {
        let sql = format!(
            "SELECT {COLUMNS} FROM {FROM} WHERE message.conversation = ? AND \"index\" >= ? ORDER BY \"index\""
        );
        let messages = self.db.all(&sql, params![conversation.id, index], |row| read(row, 0))?;
        let messaging_service_sid = conversation.messaging_service_sid.as_deref();
        Ok(messages.into_iter().map(|message| (message.added_event(messaging_service_sid), message.body)).collect())
    }

    /// The participant that an author is: by identity, by address, or as our own number in a group text.
    fn participant_of(&self, conversation: &Conversation, author: &str) -> Result<Option<String>, Stop> {
        let participant = self.db.first(
            "SELECT sid FROM participant WHERE conversation = ?1 AND (identity = ?2 OR address = ?2) LIMIT 1",
            params![conversation.id, author],
            |row| row.get(0),
        )?;
        if participant.is_some() || !author.starts_with('+') {
            return Ok(participant);
        }
        Ok(self.db.first(
            "SELECT sid FROM participant WHERE conversation = ? AND projected_address = ? AND identity IS NULL LIMIT 1",
            params![conversation.id, author],
            |row| row.get(0),
        )?)
    }

    fn check_body(&self, conversation: &Conversation, body: Option<&str>, inbound: bool) -> Result<(), Stop> {
        let Some(body) = body.filter(|body| body.len() > CHANNEL_BODY_LIMIT) else { return Ok(()) };
        let too_long = || Stop::from(Refusal::bad(50504, "Message body parameter is too long"));
        if body.len() > BODY_LIMIT {
            return Err(too_long());
        }
        if inbound || body.chars().count() <= CHANNEL_BODY_LIMIT {
            return Ok(());
        }
        let on_channels = self.db.number(
            "SELECT count(*) FROM participant WHERE conversation = ? AND identity IS NULL",
            [conversation.id],
        )?;
        if on_channels > 0 { Err(too_long()) } else { Ok(()) }
    }
}

impl Message {
    /// Takes over what a request sets.
    fn take(&mut self, turn: &Turn<'_>, conversation: &Conversation, form: &Fields) -> Result<(), Stop> {
        check_length("Author", form.text("Author"), 256)?;
        check_length("Subject", form.text("Subject"), 256)?;
        if let Some(author) = form.filled("Author") {
            author.clone_into(&mut self.author);
            self.participant_sid = turn.participant_of(conversation, author)?;
        }
        if let Some(body) = form.text("Body") {
            turn.check_body(conversation, Some(body), false)?;
            self.body = Some(body.to_owned());
        }
        if let Some(attributes) = attributes(form, ATTRIBUTES_LIMIT)? {
            self.attributes = attributes;
        }
        if let Some(date) = form.text("DateCreated").and_then(parse_date_time) {
            self.date_created = date;
        }
        self.date_updated = turn.date_updated(form, self.date_updated);
        Ok(())
    }

    /// Takes over what a pre-event webhook changed, within the limits that the message has without it.
    fn apply(
        &mut self,
        turn: &Turn<'_>,
        conversation: &Conversation,
        changes: &serde_json::Map<String, serde_json::Value>,
        inbound: bool,
    ) -> Result<(), Stop> {
        if let Some(body) = changed_text(changes, "body")? {
            turn.check_body(conversation, Some(&body), inbound)?;
            self.body = Some(body);
        }
        if let Some(author) = changed_text(changes, "author")? {
            check_length("author", Some(&author), 256)?;
            if author != self.author {
                self.participant_sid = turn.participant_of(conversation, &author)?;
                self.author = author;
            }
        }
        if let Some(attributes) = changed_text(changes, "attributes")? {
            check_attributes(&attributes, ATTRIBUTES_LIMIT)?;
            self.attributes = attributes;
        }
        Ok(())
    }

    fn insert(&mut self, turn: &Turn<'_>, conversation: i64, subject: Option<&str>) -> Result<(), Stop> {
        turn.db.execute_cached(
            "INSERT INTO message (conversation, sid, \"index\", author, participant_sid, body, subject, content_sid,
             attributes, media, date_created, date_updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                conversation,
                self.sid,
                self.index,
                self.author,
                self.participant_sid,
                self.body,
                subject,
                self.content_sid,
                self.attributes,
                self.media,
                self.date_created.0,
                self.date_updated.0
            ],
        )?;
        self.id = turn.db.last_insert_rowid();
        Ok(())
    }

    fn save(&self, turn: &Turn<'_>, subject: Option<&str>) -> Result<(), Stop> {
        turn.db.execute_cached(
            "UPDATE message SET author = ?, participant_sid = ?, body = ?, attributes = ?, subject = ifnull(?, subject),
             date_created = ?, date_updated = ? WHERE id = ?",
            params![
                self.author,
                self.participant_sid,
                self.body,
                self.attributes,
                subject,
                self.date_created.0,
                self.date_updated.0,
                self.id
            ],
        )?;
        Ok(())
    }

    fn event(&self, name: EventType) -> Event {
        Event::new(name)
            .set("ConversationSid", &self.conversation_sid)
            .maybe("Body", self.body.as_deref())
            .set("Author", &self.author)
            .set("Attributes", &self.attributes)
            .maybe("ParticipantSid", self.participant_sid.as_deref())
            .maybe("Media", self.media_in_webhooks().as_deref())
    }

    fn added_event(&self, messaging_service_sid: Option<&str>) -> Event {
        self.event(EventType::MessageAdded)
            .set("MessageSid", &self.sid)
            .set("ChatServiceSid", &self.service_sid)
            .maybe("MessagingServiceSid", messaging_service_sid)
            .number("Index", Some(self.index))
            .date("DateCreated", self.date_created)
    }

    fn dated_event(&self, name: EventType) -> Event {
        self.event(name)
            .set("MessageSid", &self.sid)
            .number("Index", Some(self.index))
            .date("DateCreated", self.date_created)
            .date("DateUpdated", self.date_updated)
    }

    /// Webhooks name the members of an attachment in Pascal case.
    fn media_in_webhooks(&self) -> Option<String> {
        let media: Vec<Media> = serde_json::from_str(self.media.as_deref()?).ok()?;
        Some(serde_json::Value::from_iter(media.iter().map(Media::to_webhook_json)).to_string())
    }
}

fn find(call: &Call<'_>, conversation: &Conversation) -> Result<Message, Stop> {
    call.turn.find_message(conversation, call.last())?.ok_or_else(|| call.not_found())
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(at)?,
        conversation_sid: row.get(at + 1)?,
        service_sid: row.get(at + 2)?,
        sid: row.get(at + 3)?,
        index: row.get(at + 4)?,
        author: row.get(at + 5)?,
        participant_sid: row.get(at + 6)?,
        body: row.get(at + 7)?,
        content_sid: row.get(at + 8)?,
        attributes: row.get(at + 9)?,
        media: row.get(at + 10)?,
        delivery: row.get(at + 11)?,
        date_created: Millis(row.get(at + 12)?),
        date_updated: Millis(row.get(at + 13)?),
    })
}

item! {
    impl Message |self, value| {
        let (conversation, sid) = (&self.conversation_sid, &self.sid);
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&self.service_sid),
        "conversation_sid" => value.text(conversation),
        "sid" => value.text(sid),
        "index" => value.integer(self.index),
        "author" => value.text(&self.author),
        "participant_sid" => value.text_or_null(self.participant_sid.as_deref()),
        "body" => value.text_or_null(self.body.as_deref()),
        "content_sid" => value.text_or_null(self.content_sid.as_deref()),
        "attributes" => value.text(&self.attributes),
        "media" => value.json_or_null(self.media.as_deref()),
        "delivery" => value.json_or_null(self.delivery.as_deref()),
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.url(format_args!("/Conversations/{conversation}/Messages/{sid}")),
        "links" => value.links(&[
            ("delivery_receipts", format_args!("/Conversations/{conversation}/Messages/{sid}/Receipts")),
            ("channel_metadata", format_args!("/Conversations/{conversation}/Messages/{sid}/ChannelMetadata")),
        ]),
    }
}
