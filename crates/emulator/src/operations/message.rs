//! Messages, their media and their delivery receipts.

use serde_json::{Map, Value};
use twilio_conversations_types::v1::EventType;

use super::conversation::replaced_text;
use super::role::not_a_participant;
use super::simulation::Report;
use super::{Access, BY_CONVERSATION, Call, Fields, Operation, Output, Path, Resource as _, Result, item, resource};
use crate::domain::conversation::Conversation;
use crate::domain::limits::{ATTRIBUTES, BODY, CHANNEL_BODY, check_attributes, check_length};
use crate::domain::message::{Attachments, Media, Message, NewMessage};
use crate::domain::receipt::Receipt;
use crate::domain::role::Permission;
use crate::domain::values::{AddressType, DeliveryStatus, Order};
use crate::error::{ApiError, ErrorCode};
use crate::sid::number;
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{message, participant};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Message>(&["CreateConversationMessage", "CreateServiceConversationMessage"], create)
        .for_chat_users(Access::ByRequest)
        .counted(BY_CONVERSATION),
    Operation::fetch::<Message>(&["FetchConversationMessage", "FetchServiceConversationMessage"])
        .for_chat_users(Access::Member),
    Operation::new::<Message>(&["UpdateConversationMessage", "UpdateServiceConversationMessage"], update)
        .for_chat_users(Access::ByRequest)
        .counted(BY_CONVERSATION),
    Operation::new::<Message>(&["ListConversationMessage", "ListServiceConversationMessage"], list)
        .for_chat_users(Access::Member),
    Operation::new::<Message>(&["DeleteConversationMessage", "DeleteServiceConversationMessage"], delete)
        .for_chat_users(Access::OwnOrAny(Permission::DeleteOwnMessage, Permission::DeleteAnyMessage))
        .counted(BY_CONVERSATION),
    Operation::fetch::<Receipt>(&["FetchConversationMessageReceipt", "FetchServiceConversationMessageReceipt"])
        .for_chat_users(Access::Member),
    Operation::list::<Receipt>(&["ListConversationMessageReceipt", "ListServiceConversationMessageReceipt"])
        .for_chat_users(Access::Member),
];

fn create(call: &Call<'_>) -> Result<Output> {
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
        date_created: form.date("DateCreated"),
        date_updated: form.date("DateUpdated"),
        inbound: false,
    };
    Ok(Output::item(call.tx.add_message(&mut conversation, new)?))
}

fn update(call: &Call<'_>) -> Result<Output> {
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

fn list(call: &Call<'_>) -> Result<Output> {
    let conversation = call.conversation()?;
    let descending = match call.query().value("Order")? {
        None | Some(Order::Asc) => false,
        Some(Order::Desc) => true,
    };
    call.page::<Message>(&message::list(conversation.id, descending))
}

fn delete(call: &Call<'_>) -> Result<Output> {
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
    pub(super) fn add_message(&self, conversation: &mut Conversation, new: NewMessage) -> Result<Message> {
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

    /// An upload that no message has yet.
    pub(super) fn unsent_media(&self, service: i64, sid: &str) -> Result<Media> {
        match Media::by_sid(self.db, service, sid)? {
            None => Err(ApiError::bad(ErrorCode::MEDIA_NOT_FOUND, format!("Media {sid} not found")).into()),
            Some(media) if media.message.is_some() => {
                let message = format!("Media {sid} already sent with another message");
                Err(ApiError::bad(ErrorCode::MEDIA_IN_USE, message).into())
            }
            Some(media) => Ok(media),
        }
    }

    /// Checks the length of a body. The limit is lower if the message goes to a channel.
    fn check_body(&self, conversation: &Conversation, body: Option<&str>, inbound: bool) -> Result<()> {
        let Some(body) = body.filter(|body| body.len() > CHANNEL_BODY) else { return Ok(()) };
        let is_too_long = body.len() > BODY
            || (!inbound
                && body.chars().count() > CHANNEL_BODY
                && participant::counts(self.db, conversation.id)?.not_chatting > 0);
        if is_too_long {
            return Err(ApiError::bad(ErrorCode::BODY_TOO_LONG, "Message body parameter is too long").into());
        }
        Ok(())
    }

    /// Records the delivery report of a channel. Returns the SID of the receipt.
    pub(super) fn record_delivery(&self, report: &Report, status: DeliveryStatus) -> Result<String> {
        let (conversation, message) = message::find_anywhere(self.db, self.account.id, &report.message_sid)?
            .ok_or_else(|| ApiError::unknown(format_args!("message {}", report.message_sid)))?;
        let participant = match &report.participant_sid {
            Some(sid) => self.participant_by_name(&conversation, sid)?,
            None => match participant::sids_with_address(self.db, conversation.id)?.as_slice() {
                [only] => self.participant_by_name(&conversation, only)?,
                _ => return Err(ApiError::missing("ParticipantSid").into()),
            },
        };
        if participant.binding.address.is_none() {
            return Err(ApiError::invalid("ParticipantSid", "the participant is on no channel").into());
        }
        let channel_prefix = match participant.binding.kind {
            Some(AddressType::Sms) => "SM",
            None
            | Some(
                AddressType::Whatsapp
                | AddressType::Messenger
                | AddressType::Gbm
                | AddressType::Rcs
                | AddressType::Apple
                | AddressType::Chat
                | AddressType::Email,
            ) => "WA",
        };
        let known = message::receipt_of(self.db, message.id, &participant.sid)?;
        let mut receipt = known.unwrap_or_else(|| Receipt {
            message: message.id,
            message_sid: message.sid.clone(),
            conversation_sid: conversation.sid.clone(),
            service_sid: conversation.service_sid.clone(),
            sid: self.new_sid("DY"),
            participant_sid: participant.sid.clone(),
            channel_message_sid: self.new_sid(channel_prefix),
            date_created: self.now,
            ..Receipt::default()
        });
        (receipt.status, receipt.error_code, receipt.date_updated) = (status, report.error_code, self.now);
        if receipt.id == 0 {
            receipt.insert(self.db)?;
        } else {
            receipt.update(self.db)?;
        }
        message::summarize_receipts(self.db, message.id)?;
        self.after(conversation.place(), || receipt.updated_event())?;
        Ok(receipt.sid)
    }
}

impl Message {
    fn set(&mut self, tx: &Transaction<'_>, conversation: &Conversation, form: &Fields) -> Result<()> {
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
        form.set_attributes(ATTRIBUTES, &mut self.attributes)?;
        form.set_dates(tx, &mut self.date_created, &mut self.date_updated);
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
    ) -> Result<()> {
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

    fn path(&self) -> Path<'_> {
        Path::in_service(["Conversations", &self.conversation_sid, "Messages", &self.sid])
    }

    fn set_author(&mut self, tx: &Transaction<'_>, conversation: &Conversation, author: &str) -> Result<()> {
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
        "url" => item.path(),
        "links" => Property::LinksBelow(item.path(), LINKS),
    }
}

resource!(Receipt, |call| {
    let conversation = call.conversation()?;
    call.found(Message::by_sid(call.tx.db, conversation.id, call.parameter("MessageSid"))?)?.id
});

item! {
    impl Receipt {
        service_sid = "chat_service_sid", conversation_sid, message_sid, sid, participant_sid, channel_message_sid,
        status, error_code, date_created, date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "url" => Path::in_service(
            ["Conversations", &item.conversation_sid, "Messages", &item.message_sid, "Receipts", &item.sid]
        ),
    }
}
