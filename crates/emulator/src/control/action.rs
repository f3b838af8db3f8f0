//! What happens in Conversations without a call of its REST API: people write, channels report, devices come and go.

use rusqlite::params;

use crate::account::Account;
use crate::call::{Actor, Turn};
use crate::core::Core;
use crate::error::{Refusal, Stop};
use crate::resource::conversation::{self, Conversation};
use crate::resource::message::NewMessage;
use crate::resource::participant::{NewParticipant, Participant};
use crate::resource::participant_binding::channel;
use crate::resource::service::ServiceKey;
use crate::resource::{AutoCreation, auto_creation, receipt};
use crate::spec::Fields;
use crate::store::Cached;
use crate::webhook::Event;

/// A message that somebody sends on a channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbound {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) body: Option<String>,
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
        let actor = Actor::channel(&kind.to_ascii_uppercase());
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
            (None, kind) => Actor::channel(&kind.as_deref().unwrap_or("sms").to_ascii_uppercase()),
        };
        let author = participant.identity.clone().or(participant.binding.address.clone());
        self.act(account, &actor, true, |turn| {
            let mut conversation = turn.any_conversation(conversation)?;
            let (author, body) = (author.clone(), Some(body.to_owned()));
            let inbound = actor.identity.is_none();
            post(&turn, &mut conversation, NewMessage { author, body, inbound, ..NewMessage::default() }, false)
        })
        .await
    }

    /// A channel reports how far a message came. Answers the SID of the receipt.
    pub(crate) async fn report_delivery(&self, account: &Account, report: &Report) -> Result<String, Refusal> {
        let Some(status) = receipt::STATUSES.iter().find(|known| known.eq_ignore_ascii_case(&report.status)) else {
            return Err(Refusal::invalid("Status", &format!("not one of {}", receipt::STATUSES.join(", "))));
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
        let types = crate::resource::binding::TYPES;
        let Some(kind) = types.iter().find(|known| known.eq_ignore_ascii_case(kind)) else {
            return Err(Refusal::invalid("BindingType", &format!("not one of {}", types.join(", "))));
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

fn receive(turn: &Turn<'_>, inbound: &Inbound) -> Result<Option<Posted>, Stop> {
    let message = || NewMessage {
        author: Some(inbound.from.clone()),
        body: inbound.body.clone(),
        inbound: true,
        ..NewMessage::default()
    };
    if let Some(mut conversation) = turn.conversation_between(&inbound.from, &inbound.to)? {
        return post(turn, &mut conversation, message(), false).map(Some);
    }
    let Some(auto) = auto_creation(turn, &inbound.to)? else { return Ok(None) };
    let mut conversation = auto_create(turn, inbound, &auto)?;
    post(turn, &mut conversation, message(), true).map(Some)
}

/// Makes the conversation that a configured address asks for, with the writer in it.
fn auto_create(turn: &Turn<'_>, inbound: &Inbound, auto: &AutoCreation) -> Result<Conversation, Stop> {
    let service = turn.any_service(auto.service_sid.as_deref())?;
    let event = Event::new("onConversationAdd")
        .set("MessagingBinding.ProxyAddress", &inbound.to)
        .set("MessagingBinding.Address", &inbound.from)
        .maybe("MessageBody", inbound.body.as_deref());
    let conversation = conversation::add(turn, &service, &Fields::default(), event)?;
    if auto.kind.as_deref().is_some_and(|kind| kind != "default") {
        turn.db.execute_cached(
            "INSERT INTO scoped_webhook (conversation, sid, target, url, method, filters, flow_sid, date_created,
             date_updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
            params![
                conversation.id,
                crate::sid::new_sid("WH"),
                auto.kind,
                auto.webhook_url,
                auto.webhook_method,
                auto.webhook_filters,
                auto.flow_sid,
                turn.now.0
            ],
        )?;
    }
    let participant = NewParticipant {
        address: Some(inbound.from.clone()),
        proxy_address: Some(inbound.to.clone()),
        ..NewParticipant::default()
    };
    turn.add_participant(&conversation, participant)?;
    Ok(conversation)
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
             WHERE message.sid = ?",
            [sid],
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

    /// The open conversation that two addresses share: as address and proxy address, or in a group text.
    fn conversation_between(&self, from: &str, to: &str) -> Result<Option<Conversation>, Stop> {
        let sid: Option<String> = self.db.first(
            "SELECT conversation.sid FROM participant JOIN conversation ON conversation.id = participant.conversation
             WHERE open_in = ?1 AND address = ?2 AND (proxy_address = ?3 OR (proxy_address IS NULL AND EXISTS
             (SELECT 1 FROM participant AS projected WHERE projected.conversation = conversation.id
              AND projected.projected_address = ?3))) ORDER BY participant.id DESC LIMIT 1",
            params![self.account.id, from, to],
            |row| row.get(0),
        )?;
        sid.map(|sid| self.any_conversation(&sid)).transpose()
    }
}
