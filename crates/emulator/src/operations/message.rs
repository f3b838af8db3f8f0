//! Messages.

use serde_json::{Map, Value};
use twilio_conversations_types::v1::EventType;

use super::call::{Call, Output};
use super::conversation::replaced_text;
use super::fields::Fields;
use super::item::{Path, item};
use super::permission::not_a_participant;
use super::resource::{Resource as _, resource};
use super::{Access, Operation, RateScope};
use crate::domain::conversation::Conversation;
use crate::domain::limits::{ATTRIBUTES, BODY, CHANNEL_BODY, check_attributes, check_length};
use crate::domain::message::{Attachments, Message, NewMessage};
use crate::domain::role::Permission;
use crate::domain::values::Order;
use crate::error::{ApiError, ErrorCode, Failure};
use crate::sid::number;
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{message, participant};
use crate::time::parse_date_time;

const COUNTED: RateScope = RateScope::Conversation("ConversationSid");

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Message>(&["CreateConversationMessage", "CreateServiceConversationMessage"], create)
        .for_chat_users(Access::ByRequest)
        .counted(COUNTED),
    Operation::fetch::<Message>(&["FetchConversationMessage", "FetchServiceConversationMessage"])
        .for_chat_users(Access::Member),
    Operation::new::<Message>(&["UpdateConversationMessage", "UpdateServiceConversationMessage"], update)
        .for_chat_users(Access::ByRequest)
        .counted(COUNTED),
    Operation::new::<Message>(&["ListConversationMessage", "ListServiceConversationMessage"], list)
        .for_chat_users(Access::Member),
    Operation::new::<Message>(&["DeleteConversationMessage", "DeleteServiceConversationMessage"], delete)
        .for_chat_users(Access::OwnOrAny(Permission::DeleteOwnMessage, Permission::DeleteAnyMessage))
        .counted(COUNTED),
];

fn create(call: &Call<'_>) -> Result<Output, Failure> {
    let mut conversation = call.conversation()?;
    let form = call.form();
    if let Some(variables) = form.filled("ContentVariables")
        && serde_json::from_str::<serde::de::IgnoredAny>(variables).is_err()
    {
        return Err(ApiError::invalid("ContentVariables", "not JSON").into());
    }
    let media = form.filled("MediaSid").map(|sid| call.tx.unsent_media(conversation.service, sid)).transpose()?;
    let text = |name| form.filled(name).map(str::to_owned);
    let new = NewMessage {
        author: text("Author"),
        body: text("Body"),
        subject: text("Subject"),
        media,
        content_sid: text("ContentSid"),
        attributes: text("Attributes"),
        date_created: call.date("DateCreated"),
        date_updated: call.date("DateUpdated"),
        inbound: false,
    };
    Ok(Output::item(call.tx.add_message(&mut conversation, new)?))
}

fn update(call: &Call<'_>) -> Result<Output, Failure> {
    let conversation = call.conversation()?;
    let mut message = Message::find_of(call, conversation.id)?;
    let (tx, form) = (call.tx, call.form());
    let (own, any) = if form.text("Body").is_none() && form.text("Attributes").is_some() {
        (Permission::EditOwnMessageAttributes, Permission::EditAnyMessageAttributes)
    } else {
        (Permission::EditOwnMessage, Permission::EditAnyMessage)
    };
    tx.require_own_or_any(&conversation, &message.author, own, any)?;
    message.set(tx, &conversation, form)?;
    let changes = tx.before(conversation.place(), || message.event(EventType::MessageUpdate))?;
    message.replace(tx, &conversation, &changes, false)?;
    message.update(tx.db)?;
    tx.after(conversation.place(), || message.event(EventType::MessageUpdated))?;
    Ok(Output::item(message))
}

fn list(call: &Call<'_>) -> Result<Output, Failure> {
    let conversation = call.conversation()?;
    let descending = match call.query().value("Order")? {
        None | Some(Order::Asc) => false,
        Some(Order::Desc) => true,
    };
    call.page::<Message>(&message::list(conversation.id, descending))
}

fn delete(call: &Call<'_>) -> Result<Output, Failure> {
    let conversation = call.conversation()?;
    let message = Message::find_of(call, conversation.id)?;
    let (tx, own, any) = (call.tx, Permission::DeleteOwnMessage, Permission::DeleteAnyMessage);
    tx.require_own_or_any(&conversation, &message.author, own, any)?;
    tx.before(conversation.place(), || message.event(EventType::MessageRemove))?;
    message.delete(tx.db)?;
    tx.after(conversation.place(), || message.event(EventType::MessageRemoved).date("DateRemoved", tx.now))?;
    Ok(Output::Empty)
}

impl Transaction<'_> {
    /// Adds a message to a conversation, which becomes the one with the latest activity.
    pub(super) fn add_message(&self, conversation: &mut Conversation, new: NewMessage) -> Result<Message, Failure> {
        check_length("Author", new.author.as_deref(), 256)?;
        check_length("Subject", new.subject.as_deref(), 256)?;
        let author = self.actor.identity.clone().or(new.author).unwrap_or_else(|| "system".to_owned());
        let mut media = new.media;
        let sid = self.new_sid("IM");
        let mut message = Message {
            id: number(&sid),
            conversation: conversation.id,
            conversation_sid: conversation.sid.clone(),
            service_sid: conversation.service_sid.clone(),
            sid,
            index: conversation.next_index,
            participant_sid: participant::sid_of_author(self.db, conversation.id, &author)?,
            author,
            // The body is ignored with a content template.
            body: if new.content_sid.is_some() { None } else { new.body },
            subject: new.subject,
            content_sid: new.content_sid,
            attributes: new.attributes.unwrap_or_else(|| "{}".to_owned()),
            media: Attachments(media.iter().cloned().collect()),
            delivery: None,
            date_created: new.date_created.unwrap_or(self.now),
            date_updated: new.date_updated.unwrap_or(self.now),
        };
        if self.actor.identity.is_some() {
            if message.participant_sid.is_none() {
                return Err(not_a_participant(&message.author).into());
            }
            let permission = if media.is_some() { Permission::SendMediaMessage } else { Permission::SendMessage };
            self.require_in(conversation, permission)?;
        }
        check_attributes(&message.attributes, ATTRIBUTES)?;
        self.check_body(conversation, message.body.as_deref(), new.inbound)?;
        let changes = self.before(conversation.place(), || message.add_event())?;
        message.replace(self, conversation, &changes, new.inbound)?;
        self.record_activity(conversation)?;
        message.insert(self.db)?;
        if let Some(media) = &mut media {
            media.message = Some(message.id);
            media.update(self.db)?;
        }
        self.after(conversation.place(), || message.added_event(conversation.messaging_service_sid.as_deref()))?;
        Ok(message)
    }

    /// Checks the length of a body. The limit is lower if the message goes to a channel.
    fn check_body(&self, conversation: &Conversation, body: Option<&str>, inbound: bool) -> Result<(), Failure> {
        let Some(body) = body.filter(|body| body.len() > CHANNEL_BODY) else { return Ok(()) };
        let too_long = || ApiError::bad(ErrorCode::BODY_TOO_LONG, "Message body parameter is too long");
        if body.len() > BODY {
            return Err(too_long().into());
        }
        if inbound || body.chars().count() <= CHANNEL_BODY {
            return Ok(());
        }
        let counts = participant::counts(self.db, conversation.id)?;
        if counts.not_chatting > 0 { Err(too_long().into()) } else { Ok(()) }
    }
}

impl Message {
    /// Sets the fields of a request.
    fn set(&mut self, tx: &Transaction<'_>, conversation: &Conversation, form: &Fields) -> Result<(), Failure> {
        check_length("Author", form.text("Author"), 256)?;
        check_length("Subject", form.text("Subject"), 256)?;
        if let Some(author) = form.filled("Author") {
            self.set_author(tx, conversation, author)?;
        }
        if let Some(body) = form.text("Body") {
            tx.check_body(conversation, Some(body), false)?;
            self.body = Some(body.to_owned());
        }
        if let Some(subject) = form.text("Subject") {
            self.subject = Some(subject.to_owned());
        }
        if let Some(attributes) = form.attributes(ATTRIBUTES)? {
            self.attributes = attributes;
        }
        let date = |name| form.text(name).and_then(parse_date_time);
        self.date_created = date("DateCreated").unwrap_or(self.date_created);
        self.date_updated = date("DateUpdated").unwrap_or_else(|| tx.date_of_change(self.date_updated));
        Ok(())
    }

    /// Sets the properties in the response of a pre-event webhook, with the limits of a request's. An empty author is an
    /// error.
    fn replace(
        &mut self,
        tx: &Transaction<'_>,
        conversation: &Conversation,
        changes: &Map<String, Value>,
        inbound: bool,
    ) -> Result<(), Failure> {
        if let Some(body) = replaced_text(changes, "body")? {
            tx.check_body(conversation, Some(body), inbound)?;
            self.body = Some(body.to_owned());
        }
        if let Some(author) = replaced_text(changes, "author")? {
            if author.is_empty() {
                return Err(ApiError::invalid("author", "empty in the pre-event webhook's response").into());
            }
            check_length("author", Some(author), 256)?;
            if author != self.author {
                self.set_author(tx, conversation, author)?;
            }
        }
        if let Some(attributes) = replaced_text(changes, "attributes")? {
            check_attributes(attributes, ATTRIBUTES)?;
            attributes.clone_into(&mut self.attributes);
        }
        Ok(())
    }

    fn set_author(&mut self, tx: &Transaction<'_>, conversation: &Conversation, author: &str) -> Result<(), Failure> {
        self.participant_sid = participant::sid_of_author(tx.db, conversation.id, author)?;
        author.clone_into(&mut self.author);
        Ok(())
    }
}

/// The links of a message, and their paths below it.
const LINKS: &[(&str, &str)] = &[("delivery_receipts", "Receipts"), ("channel_metadata", "ChannelMetadata")];

resource!(Message, |call| call.conversation()?.id);

item! {
    impl Message {
        service_sid = "chat_service_sid", conversation_sid, sid, index, author, participant_sid, body, content_sid,
        attributes, date_created, date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "media" => Some(&item.media.0).filter(|media| !media.is_empty()).and_then(|media| serde_json::to_value(media).ok()),
        "delivery" => item.delivery.as_deref().and_then(|json| serde_json::from_str::<Value>(json).ok()),
        "url" => Path::in_service(["Conversations", &item.conversation_sid, "Messages", &item.sid]),
        "links" => Property::LinksBelow(
            Path::in_service(["Conversations", &item.conversation_sid, "Messages", &item.sid]),
            LINKS,
        ),
    }
}
