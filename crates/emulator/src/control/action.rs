//! What happens in Conversations without a call of its REST API: people write, channels report, devices come and go.

use rusqlite::params;

use crate::account::Account;
use crate::call::{Actor, Turn};
use crate::core::Core;
use crate::documented::{AddressType, AutoCreationType, BindingType, DeliveryStatus, Documented, ScopedWebhookTarget};
use crate::error::{Refusal, Stop};
use crate::resource::conversation::{self, Conversation, Opening};
use crate::resource::conversation_state::State;
use crate::resource::media::Media;
use crate::resource::message::NewMessage;
use crate::resource::participant::{NewParticipant, Participant};
use crate::resource::participant_binding::channel;
use crate::resource::service::ServiceKey;
use crate::resource::webhook_configuration::to_json_list;
use crate::resource::{AutoCreation, auto_creation};
use crate::spec::Fields;
use crate::store::Cached;

/// A message that somebody sends on a channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbound {
    pub(crate) from: String,
    pub(crate) to: String,
    /// Who else gets it: with them it is a group text, or an e-mail with copies.
    pub(crate) others: Vec<String>,
    pub(crate) body: Option<String>,
    /// Name of an e-mail's writer.
    pub(crate) name: Option<String>,
    /// SID of an upload that it carries.
    pub(crate) media_sid: Option<String>,
}

/// Where a message went.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) conversation_sid: String,
    pub(crate) message_sid: String,
    pub(crate) index: i64,
    /// Whether the conversation was made for it.
    pub(crate) created: bool,
}

/// How a channel reports of a message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) message_sid: String,
    /// SID or, for the only participant on a channel, nothing.
    pub(crate) participant_sid: Option<String>,
    pub(crate) status: String,
    pub(crate) error_code: i64,
}

impl Core {
    /// Somebody writes to an address. Without an open conversation for the two addresses one is made, if the address is
    /// configured so; else the message is lost, and nothing is answered.
    pub(crate) async fn receive(&self, account: &Account, inbound: &Inbound) -> Result<Option<Posted>, Refusal> {
        let Some(kind) = channel(&inbound.from) else {
            return Err(Refusal::invalid("From", "not an address"));
        };
        if channel(&inbound.to) != Some(kind) {
            return Err(Refusal::invalid("To", "not an address of the same channel as From"));
        }
        inbound.check_others(kind)?;
        let actor = Actor::channel(&kind.as_str().to_ascii_uppercase());
        self.act(account, &actor, true, |turn| receive(&turn, inbound)).await
    }

    /// A chat user writes by an SDK.
    pub(crate) async fn say(
        &self,
        account: &Account,
        conversation: &str,
        identity: &str,
        body: &str,
    ) -> Result<Posted, Refusal> {
        let actor = Actor::sdk(identity);
        self.act(account, &actor, true, |turn| {
            let mut conversation = turn.any_conversation(conversation)?;
            let message = NewMessage { body: Some(body.to_owned()), ..NewMessage::default() };
            post(&turn, &mut conversation, message, false)
        })
        .await
    }

    /// A participant writes, whoever it is: a chat user by an SDK, others on their channel.
    pub(crate) async fn write_as(
        &self,
        account: &Account,
        conversation: &str,
        participant_sid: &str,
        body: &str,
    ) -> Result<Posted, Refusal> {
        let rest = Actor::timer();
        let participant = self
            .act(account, &rest, false, |turn| {
                let conversation = turn.any_conversation(conversation)?;
                turn.any_participant(&conversation, participant_sid)
            })
            .await?;
        let actor = match (&participant.identity, &participant.binding.kind) {
            (Some(identity), _) => Actor::sdk(identity),
            (None, kind) => Actor::channel(&kind.unwrap_or(AddressType::Sms).as_str().to_ascii_uppercase()),
        };
        let binding = &participant.binding;
        let author = [&participant.identity, &binding.address, &binding.projected_address].into_iter().flatten().next();
        self.act(account, &actor, true, |turn| {
            let mut conversation = turn.any_conversation(conversation)?;
            let (author, body) = (author.cloned(), Some(body.to_owned()));
            let inbound = actor.identity.is_none();
            post(&turn, &mut conversation, NewMessage { author, body, inbound, ..NewMessage::default() }, false)
        })
        .await
    }

    /// A channel reports how far a message came. Answers the SID of the receipt.
    pub(crate) async fn report_delivery(&self, account: &Account, report: &Report) -> Result<String, Refusal> {
        let Some(status) = DeliveryStatus::read(&report.status) else {
            return Err(Refusal::invalid("Status", &format!("not one of {}", DeliveryStatus::list())));
        };
        let actor = Actor::channel("API");
        self.act(account, &actor, true, |turn| {
            let (conversation, message) = turn.any_message(&report.message_sid)?;
            let participant = match &report.participant_sid {
                Some(sid) => turn.any_participant(&conversation, sid)?,
                None => turn.only_recipient(&conversation)?,
            };
            if participant.binding.address.is_none() {
                return Err(Refusal::invalid("ParticipantSid", "the participant is on no channel").into());
            }
            Ok(turn.report_delivery(&conversation, &message, &participant, status, report.error_code)?.sid)
        })
        .await
    }

    /// A chat user comes or goes, or can or cannot be notified. No webhook hears of it.
    pub(crate) async fn set_reachability(
        &self,
        account: &Account,
        service: Option<&str>,
        identity: &str,
        is_online: Option<bool>,
        is_notifiable: Option<bool>,
    ) -> Result<(), Refusal> {
        let actor = Actor::sdk(identity);
        self.act(account, &actor, true, |turn| {
            let service = turn.any_service(service)?;
            let mut user = turn.user_of_identity(&service, identity)?;
            user.is_online = is_online.unwrap_or(user.is_online);
            user.is_notifiable = is_notifiable.unwrap_or(user.is_notifiable);
            user.save(&turn)
        })
        .await
    }

    /// An app registers a device for push notifications. Answers the SID of the binding.
    pub(crate) async fn add_binding(
        &self,
        account: &Account,
        service: Option<&str>,
        identity: &str,
        kind: &str,
        endpoint: &str,
    ) -> Result<String, Refusal> {
        let Some(kind) = BindingType::read(kind) else {
            return Err(Refusal::invalid("BindingType", &format!("not one of {}", BindingType::list())));
        };
        if endpoint.is_empty() {
            return Err(Refusal::missing("Endpoint"));
        }
        let actor = Actor::sdk(identity);
        self.act(account, &actor, true, |turn| {
            let service = turn.any_service(service)?;
            turn.add_binding(&service, identity, kind, endpoint)
        })
        .await
    }

    /// Somebody uploads a file. Answers its SID, which one message may carry.
    pub(crate) async fn add_media(
        &self,
        account: &Account,
        service: Option<&str>,
        filename: Option<&str>,
        content_type: &str,
        size: i64,
    ) -> Result<String, Refusal> {
        let actor = Actor::timer();
        self.act(account, &actor, true, |turn| {
            let service = turn.any_service(service)?;
            Ok(turn.add_media(service.id, filename, content_type, size)?.sid)
        })
        .await
    }
}

impl Inbound {
    /// Checks who else gets it.
    fn check_others(&self, kind: AddressType) -> Result<(), Refusal> {
        let invalid = |problem| Err(Refusal::invalid("OtherRecipients", problem));
        match kind {
            AddressType::Sms | AddressType::Email => {}
            AddressType::Whatsapp
            | AddressType::Messenger
            | AddressType::Gbm
            | AddressType::Rcs
            | AddressType::Apple
            | AddressType::Chat => {
                if !self.others.is_empty() {
                    return invalid("only texts and e-mails go to several");
                }
            }
        }
        for (index, other) in self.others.iter().enumerate() {
            if channel(other) != Some(kind) {
                return invalid("not an address of the same channel as From");
            }
            if *other == self.from || *other == self.to || self.others[..index].contains(other) {
                return invalid("an address is there twice");
            }
        }
        Ok(())
    }

    /// Whether it is a group text, in which everyone sees everyone's number.
    fn is_group_text(&self) -> bool {
        !self.others.is_empty() && !self.is_email()
    }

    fn is_email(&self) -> bool {
        channel(&self.to) == Some(AddressType::Email)
    }

    /// What the events of the conversation that it opens tell of it.
    fn opening(&self, media: Option<&Media>) -> Opening {
        const ADDRESS: &str = "MessagingBinding.Address";
        let mut addresses = Vec::new();
        if self.is_group_text() {
            // Everyone whom it was sent to, ourselves first; who wrote it has a field of its own.
            addresses.extend(std::iter::once(&self.to).chain(&self.others).map(|to| (ADDRESS, to.clone())));
            addresses.push(("MessagingBinding.ProjectedAddress", self.to.clone()));
            addresses.push(("MessagingBinding.AuthorAddress", self.from.clone()));
        } else {
            addresses.push((ADDRESS, self.from.clone()));
            addresses.push(("MessagingBinding.ProxyAddress", self.to.clone()));
        }
        let mut message = Vec::new();
        message.extend(self.body.clone().map(|body| ("MessageBody", body)));
        message.extend(media.map(|media| ("Media", serde_json::json!([media.to_webhook_json()]).to_string())));
        let state = if self.is_group_text() { Some(State::Initializing) } else { None };
        Opening { addresses, message, state }
    }

    /// Who is in the conversation that it opens.
    fn participants(&self) -> Vec<NewParticipant> {
        let addressed =
            |address: &String| NewParticipant { address: Some(address.clone()), ..NewParticipant::default() };
        let writer = addressed(&self.from);
        if self.is_group_text() {
            let ours = NewParticipant { projected_address: Some(self.to.clone()), ..NewParticipant::default() };
            [ours, writer].into_iter().chain(self.others.iter().map(addressed)).collect()
        } else if self.is_email() {
            let copy = |address| NewParticipant { level: Some("cc".to_owned()), ..addressed(address) };
            let writer = NewParticipant { name: self.name.clone(), ..writer };
            std::iter::once(writer).chain(self.others.iter().map(copy)).collect()
        } else {
            vec![NewParticipant { proxy_address: Some(self.to.clone()), ..writer }]
        }
    }

    /// What the conversation that it opens is made with.
    fn form(&self) -> Fields {
        let mut form = Fields::default();
        if self.is_email() {
            // Without proxy addresses, this is where its people write to.
            form.set("Bindings.Email.Address", self.to.clone());
        }
        form
    }
}

fn receive(turn: &Turn<'_>, inbound: &Inbound) -> Result<Option<Posted>, Stop> {
    let media = |service: i64| match &inbound.media_sid {
        Some(sid) => turn.unsent_media(service, sid).map(Some),
        None => Ok(None),
    };
    let message = |media: Option<Media>| NewMessage {
        author: Some(inbound.from.clone()),
        body: inbound.body.clone(),
        media,
        inbound: true,
        ..NewMessage::default()
    };
    if let Some(mut conversation) = turn.conversation_for(inbound)? {
        let media = media(conversation.service)?;
        return post(turn, &mut conversation, message(media), false).map(Some);
    }
    let Some(auto) = auto_creation(turn, &inbound.to)? else { return Ok(None) };
    let service = turn.any_service(auto.service_sid.as_deref())?;
    let media = media(service.id)?;
    let mut conversation = conversation::add(turn, &service, &inbound.form(), &inbound.opening(media.as_ref()))?;
    hook(turn, &conversation, &auto)?;
    for participant in inbound.participants() {
        turn.add_participant(&conversation, participant)?;
    }
    let posted = post(turn, &mut conversation, message(media), true)?;
    conversation.begin(turn, State::Active)?;
    Ok(Some(posted))
}

/// Gives a conversation the webhook that its address is configured with.
fn hook(turn: &Turn<'_>, conversation: &Conversation, auto: &AutoCreation) -> Result<(), Stop> {
    let target = match auto.kind {
        None | Some(AutoCreationType::Default) => return Ok(()),
        Some(AutoCreationType::Webhook) => ScopedWebhookTarget::Webhook,
        Some(AutoCreationType::Studio) => ScopedWebhookTarget::Studio,
    };
    turn.db.execute_cached(
        "INSERT INTO scoped_webhook (conversation, sid, target, url, method, filters, flow_sid, date_created,
         date_updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        params![
            conversation.id,
            crate::sid::new_sid("WH"),
            target,
            auto.webhook_url,
            auto.webhook_method,
            auto.webhook_filters,
            auto.flow_sid,
            turn.now.0
        ],
    )?;
    Ok(())
}

fn post(turn: &Turn<'_>, conversation: &mut Conversation, new: NewMessage, created: bool) -> Result<Posted, Stop> {
    let message = turn.add_message(conversation, new)?;
    Ok(Posted { conversation_sid: conversation.sid.clone(), message_sid: message.sid, index: message.index, created })
}

impl Turn<'_> {
    /// A service of the account by SID, or else its default one.
    fn any_service(&self, sid: Option<&str>) -> Result<ServiceKey, Stop> {
        let service = self.db.first(
            "SELECT service.id, service.sid FROM service JOIN account ON account.id = service.account
             WHERE account.id = ?1 AND iif(?2 IS NULL, service.id = default_service, service.sid = ?2)",
            params![self.account.id, sid],
            |row| Ok(ServiceKey { id: row.get(0)?, sid: row.get(1)? }),
        )?;
        service.ok_or_else(|| Refusal::new(404, 20404, "The service was not found").into())
    }

    /// A conversation of the account by SID, or one of the default service by its unique name.
    fn any_conversation(&self, name: &str) -> Result<Conversation, Stop> {
        let service = self.db.first(
            "SELECT service.id FROM conversation JOIN service ON service.id = conversation.service
             WHERE conversation.sid = ? AND account = ?",
            params![name, self.account.id],
            |row| row.get(0),
        )?;
        let service = match service {
            Some(service) => service,
            None => self.any_service(None)?.id,
        };
        self.find_conversation(service, name)?
            .ok_or_else(|| Refusal::new(404, 20404, format!("The conversation {name} was not found")).into())
    }

    fn any_message(&self, sid: &str) -> Result<(Conversation, crate::resource::message::Message), Stop> {
        let not_found = || Stop::from(Refusal::new(404, 20404, format!("The message {sid} was not found")));
        let conversation: Option<String> = self.db.first(
            "SELECT conversation.sid FROM message JOIN conversation ON conversation.id = message.conversation
             JOIN service ON service.id = conversation.service WHERE message.sid = ? AND account = ?",
            params![sid, self.account.id],
            |row| row.get(0),
        )?;
        let conversation = self.any_conversation(&conversation.ok_or_else(not_found)?)?;
        let message = self.find_message(&conversation, sid)?.ok_or_else(not_found)?;
        Ok((conversation, message))
    }

    fn any_participant(&self, conversation: &Conversation, name: &str) -> Result<Participant, Stop> {
        self.find_participant(conversation, name)?
            .ok_or_else(|| Refusal::new(404, 20404, format!("The participant {name} was not found")).into())
    }

    fn only_recipient(&self, conversation: &Conversation) -> Result<Participant, Stop> {
        let recipients: Vec<String> = self.db.all(
            "SELECT sid FROM participant WHERE conversation = ? AND address IS NOT NULL LIMIT 2",
            [conversation.id],
            |row| row.get(0),
        )?;
        match recipients.as_slice() {
            [only] => self.any_participant(conversation, only),
            _ => Err(Refusal::missing("ParticipantSid").into()),
        }
    }

    /// The open conversation that an inbound message goes to.
    fn conversation_for(&self, inbound: &Inbound) -> Result<Option<Conversation>, Stop> {
        let sid = if inbound.is_group_text() { self.group_of(inbound)? } else { self.shared_by(inbound)? };
        sid.map(|sid| self.any_conversation(&sid)).transpose()
    }

    /// What two addresses share: as address and proxy address, or else by e-mail or in a group text.
    fn shared_by(&self, inbound: &Inbound) -> Result<Option<String>, Stop> {
        Ok(self.db.first(
            "SELECT conversation.sid FROM participant JOIN conversation ON conversation.id = participant.conversation
             WHERE open_in = ?1 AND address = ?2 AND (proxy_address = ?3 OR (proxy_address IS NULL AND
             (email_address = ?3 OR EXISTS (SELECT 1 FROM participant AS projected
              WHERE projected.conversation = conversation.id AND projected.projected_address = ?3))))
             ORDER BY proxy_address IS NULL, participant.id DESC LIMIT 1",
            params![self.account.id, inbound.from, inbound.to],
            |row| row.get(0),
        )?)
    }

    /// The group text of just these people and our number.
    fn group_of(&self, inbound: &Inbound) -> Result<Option<String>, Stop> {
        let people = std::iter::once(&inbound.from).chain(&inbound.others).map(String::as_str);
        Ok(self.db.first(
            "SELECT conversation.sid FROM participant JOIN conversation ON conversation.id = participant.conversation
             WHERE open_in = ?1 AND address = ?2 AND proxy_address IS NULL AND EXISTS (SELECT 1 FROM participant AS projected
              WHERE projected.conversation = conversation.id AND projected.projected_address = ?3)
             AND (SELECT json_group_array(address) FROM (SELECT address FROM participant AS one
              WHERE one.conversation = conversation.id AND address IS NOT NULL ORDER BY address))
              = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(?4) ORDER BY value))
             ORDER BY participant.id DESC LIMIT 1",
            params![self.account.id, inbound.from, inbound.to, to_json_list(people)],
            |row| row.get(0),
        )?)
    }
}
