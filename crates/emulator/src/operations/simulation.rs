//! Events that no REST request causes: inbound messages, delivery reports, reachability, devices and uploads.

use std::collections::HashSet;

use super::engine::Engine;
use super::{Caller, Result};
use crate::domain::account::{Account, Actor};
use crate::domain::conversation::Conversation;
use crate::domain::message::{Media, NewMessage};
use crate::domain::messaging_binding::channel;
use crate::domain::participant::Participant;
use crate::domain::service::ServiceKey;
use crate::domain::values::{AddressType, DeliveryStatus, Documented};
use crate::error::ApiError;
use crate::sid::is_sid;
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{conversation, participant, service};

/// Most other recipients of an inbound message. A group text with more is rejected for its participants.
const OTHER_RECIPIENTS: usize = 50;

/// A message that is received on a channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbound {
    pub(crate) from: String,
    pub(crate) to: String,
    /// The other recipients of a group text or an e-mail.
    pub(crate) others: Vec<String>,
    pub(crate) body: Option<String>,
    /// Name of the author of an e-mail.
    pub(crate) name: Option<String>,
    /// SID of an upload that is its media.
    pub(crate) media_sid: Option<String>,
}

/// A message that was added to a conversation.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Posted {
    /// SID of the conversation, `CH…`.
    pub conversation_sid: String,
    /// SID of the message, `IM…`.
    pub message_sid: String,
    /// Index of the message in its conversation, from 0.
    pub index: i64,
    /// Whether the message opened the conversation, by the auto-creation of its address configuration.
    pub created: bool,
}

/// A channel's report on a message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) message_sid: String,
    /// SID of the participant; `None` for the only one that has an address.
    pub(crate) participant_sid: Option<String>,
    pub(crate) status: String,
    pub(crate) error_code: i64,
}

impl Engine {
    /// Receives a message from a channel. Returns `None` if the message is discarded.
    pub(crate) async fn receive(&self, account: &Account, inbound: &Inbound) -> Result<Option<Posted>, ApiError> {
        let kind = inbound.check()?;
        self.caller(account, &Actor::channel(kind)).receive(inbound).await
    }

    /// Adds a message of a chat user, as an SDK does.
    pub(crate) async fn say(
        &self,
        account: &Account,
        conversation: &str,
        identity: &str,
        body: &str,
    ) -> Result<Posted, ApiError> {
        let new = NewMessage { body: Some(body.to_owned()), ..NewMessage::default() };
        self.caller(account, &Actor::sdk(identity)).post(conversation, &new).await
    }

    /// Adds a message of a participant: of a chat user as an SDK does, of others as one from their channel.
    pub(crate) async fn write_as(
        &self,
        account: &Account,
        conversation: &str,
        participant_sid: &str,
        body: &str,
    ) -> Result<Posted, ApiError> {
        let Participant { identity, binding, .. } = self.caller(account, &Actor::emulator()).read(|tx| {
            let conversation = tx.conversation_by_name(conversation)?;
            tx.participant_by_name(&conversation, participant_sid)
        })?;
        let actor = match &identity {
            Some(identity) => Actor::sdk(identity),
            None => Actor::channel(binding.kind.unwrap_or(AddressType::Sms)),
        };
        let inbound = identity.is_none();
        let author = identity.or(binding.address).or(binding.projected_address);
        let new = NewMessage { author, body: Some(body.to_owned()), inbound, ..NewMessage::default() };
        self.caller(account, &actor).post(conversation, &new).await
    }

    /// Records the delivery report of a channel. Returns the SID of the receipt.
    pub(crate) async fn report_delivery(&self, account: &Account, report: &Report) -> Result<String, ApiError> {
        let invalid = || ApiError::invalid("Status", &format!("not one of {}", DeliveryStatus::list()));
        let status = DeliveryStatus::read(&report.status).ok_or_else(invalid)?;
        self.caller(account, &Actor::emulator()).write(|tx| tx.record_delivery(report, status)).await
    }

    /// Sets whether a chat user is online and whether it can be notified. Calls no webhook.
    pub(crate) async fn set_reachability(
        &self,
        account: &Account,
        service: Option<&str>,
        identity: &str,
        is_online: Option<bool>,
        is_notifiable: Option<bool>,
    ) -> Result<(), ApiError> {
        let work = |tx: &Transaction<'_>| {
            let service = tx.service_by_sid(service)?;
            let mut user = tx.user_of_identity(&service, identity)?;
            user.is_online = is_online.unwrap_or(user.is_online);
            user.is_notifiable = is_notifiable.unwrap_or(user.is_notifiable);
            Ok(user.update(tx.db)?)
        };
        self.caller(account, &Actor::sdk(identity)).write(work).await
    }

    /// Registers an uploaded file. Returns its SID, which one message can have.
    pub(crate) async fn add_media(
        &self,
        account: &Account,
        service: Option<&str>,
        filename: Option<&str>,
        content_type: &str,
        size: i64,
    ) -> Result<String, ApiError> {
        if size < 0 {
            return Err(ApiError::invalid("Size", "less than 0"));
        }
        let work = |tx: &Transaction<'_>| {
            let mut media = Media {
                service: tx.service_by_sid(service)?.id,
                sid: tx.new_sid("ME"),
                filename: filename.map(str::to_owned),
                content_type: content_type.to_owned(),
                size,
                ..Media::default()
            };
            media.insert(tx.db)?;
            Ok(media.sid)
        };
        self.caller(account, &Actor::emulator()).write(work).await
    }
}

impl Caller<'_> {
    async fn post(&self, conversation: &str, new: &NewMessage) -> Result<Posted, ApiError> {
        self.write(|tx| tx.post(&mut tx.conversation_by_name(conversation)?, new.clone(), false)).await
    }
}

impl Inbound {
    /// Checks the addresses. Returns their channel.
    fn check(&self) -> Result<AddressType, ApiError> {
        let Some(kind) = channel(&self.from) else { return Err(ApiError::invalid("From", "not an address")) };
        if channel(&self.to) != Some(kind) {
            return Err(ApiError::invalid("To", "not an address of the same channel as From"));
        }
        let invalid = |problem: &str| Err(ApiError::invalid("OtherRecipients", problem));
        if self.others.len() > OTHER_RECIPIENTS {
            return invalid(&format!("more than {OTHER_RECIPIENTS} addresses"));
        }
        match kind {
            AddressType::Sms | AddressType::Email => {}
            AddressType::Whatsapp
            | AddressType::Messenger
            | AddressType::Gbm
            | AddressType::Rcs
            | AddressType::Apple
            | AddressType::Chat => {
                if !self.others.is_empty() {
                    return invalid("only texts and e-mails have several recipients");
                }
            }
        }
        let mut seen = HashSet::from([&self.from, &self.to]);
        for other in &self.others {
            if channel(other) != Some(kind) {
                return invalid("not an address of the same channel as From");
            }
            if !seen.insert(other) {
                return invalid("an address is there twice");
            }
        }
        Ok(kind)
    }

    pub(super) fn is_group_text(&self) -> bool {
        !self.others.is_empty() && !self.is_email()
    }

    pub(super) fn is_email(&self) -> bool {
        channel(&self.to) == Some(AddressType::Email)
    }
}

impl Transaction<'_> {
    /// Adds a message. `created` is whether it opened the conversation.
    pub(super) fn post(&self, conversation: &mut Conversation, new: NewMessage, created: bool) -> Result<Posted> {
        let message = self.add_message(conversation, new)?;
        let conversation_sid = conversation.sid.clone();
        Ok(Posted { conversation_sid, message_sid: message.sid, index: message.index, created })
    }

    /// A service of the account by SID, or its default one.
    pub(super) fn service_by_sid(&self, sid: Option<&str>) -> Result<ServiceKey> {
        let service = service::key(self.db, self.account.id, sid)?;
        service.ok_or_else(|| ApiError::unknown("service").into())
    }

    /// A conversation of the account by SID, or one of the default service by its unique name.
    pub(super) fn conversation_by_name(&self, name: &str) -> Result<Conversation> {
        let found = if is_sid(name, Some(*b"CH")) {
            conversation::find_anywhere(self.db, self.account.id, name)?
        } else {
            conversation::find(self.db, self.service_by_sid(None)?.id, name)?
        };
        found.ok_or_else(|| ApiError::unknown(format_args!("conversation {name}")).into())
    }

    pub(super) fn participant_by_name(&self, conversation: &Conversation, name: &str) -> Result<Participant> {
        let found = participant::find(self.db, conversation.id, name)?;
        found.ok_or_else(|| ApiError::unknown(format_args!("participant {name}")).into())
    }
}
