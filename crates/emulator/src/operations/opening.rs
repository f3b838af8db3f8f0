//! Conversations that are opened in several transactions: with participants, or by an inbound message.

use serde::Deserialize;

use super::conversation::{Opening, STATE_CODES};
use super::simulation::{Inbound, Posted};
use super::{Access, Call, Caller, Fields, Handler, Input, Operation, Output, RateScope, Result, Steps};
use crate::domain::address::Address;
use crate::domain::conversation::{Conversation, StateReason, check_initial_state};
use crate::domain::limits::PARTICIPANTS_IN_REQUEST;
use crate::domain::message::{Media, NewMessage, media_field};
use crate::domain::messaging_binding::NewParticipant;
use crate::domain::role::Permission;
use crate::domain::scoped_webhook::ScopedWebhook;
use crate::domain::service::ServiceKey;
use crate::domain::values::{AutoCreationType, ConversationState, ScopedWebhookTarget};
use crate::error::{ApiError, code};
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{address, conversation};

pub(super) const OPERATIONS: &[Operation] = &[Operation::with::<Conversation>(
    &["CreateConversationWithParticipants", "CreateServiceConversationWithParticipants"],
    Handler::Steps(create),
)
.for_chat_users(Access::Permission(Permission::CreateConversation))
.counted(RateScope::Service)
.codes(STATE_CODES)];

/// The conversation is committed before its participants are added, one by one, so that a pre-event webhook can read by
/// REST the conversation that it names. Errors of the request are found before anything is committed. If a webhook
/// rejects a participant, the conversation stays, with those that were added before.
///
/// The response has the conversation while it is initializing. It is in the requested state once the participants are
/// added.
fn create<'a>(caller: Caller<'a>, input: &'a Input<'a>) -> Steps<'a> {
    Box::pin(async move {
        let caller = caller.of_one_state();
        let participants = read_participants(input)?;
        let state = input.form.value("State")?.unwrap_or_default();
        check_initial_state(state)?;
        let initial = if participants.is_empty() { None } else { Some(ConversationState::Initializing) };
        let opening = Opening { state: initial, ..Opening::default() };
        let add = |tx: &Transaction<'_>| {
            let service = Call { tx, input }.service()?;
            tx.add_conversation(&service, &input.form, &opening)
        };
        caller.rehearse(|tx| {
            let conversation = add(tx)?;
            tx.add_participants(&conversation, &participants)
        })?;
        input.check_read("a conversation with participants")?;
        let conversation = caller.write(add).await?;
        let added = caller.add_participants(&conversation, &participants).await;
        caller.write(|tx| tx.end_initializing(&conversation, state)).await?;
        added?;
        Ok(Output::item(conversation))
    })
}

/// A participant in the parameter `Participant`, a JSON object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParticipantJson {
    identity: Option<String>,
    #[serde(default)]
    messaging_binding: BindingJson,
    role_sid: Option<String>,
    attributes: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BindingJson {
    address: Option<String>,
    proxy_address: Option<String>,
    projected_address: Option<String>,
    name: Option<String>,
    level: Option<String>,
    /// Ignored: the addresses determine the type.
    #[serde(rename = "type")]
    _kind: Option<String>,
}

fn read_participants(input: &Input<'_>) -> Result<Vec<NewParticipant>, ApiError> {
    let texts = input.form.list("Participant").unwrap_or_default();
    if texts.len() > PARTICIPANTS_IN_REQUEST {
        let message = format!("At most {PARTICIPANTS_IN_REQUEST} participants are allowed in one request");
        return Err(ApiError::bad(code::TOO_MANY_PARTICIPANTS_IN_REQUEST, message));
    }
    let read = |text| {
        let ParticipantJson { identity, messaging_binding, role_sid, attributes } = serde_json::from_str(text)
            .map_err(|error| ApiError::invalid("Participant", &format!("not the JSON of a participant: {error}")))?;
        let BindingJson { address, proxy_address, projected_address, name, level, _kind } = messaging_binding;
        let named = NewParticipant { identity, role_sid, attributes, ..NewParticipant::default() };
        Ok(NewParticipant { address, proxy_address, projected_address, name, level, ..named })
    };
    texts.into_iter().map(read).collect()
}

impl Caller<'_> {
    /// Adds a message to the open conversation of its addresses. If there is none, and auto-creation is enabled for the
    /// address, opens a conversation for it. Otherwise the message is discarded.
    ///
    /// A conversation is opened in several transactions, each committed before the next: the conversation, its
    /// participants, the message. So a pre-event webhook can read by REST the conversation that it names. Errors of the
    /// request are found before anything is committed. If a webhook rejects a later step, the earlier ones stay.
    pub(super) async fn receive(&self, inbound: &Inbound) -> Result<Option<Posted>, ApiError> {
        let caller = self.of_one_state();
        let opening = self.engine.openings.get(format!("{} {} {}", self.account.id, inbound.from, inbound.to));
        let _opening = opening.acquire().await;
        let added = caller.write(|tx| match tx.conversation_of(inbound)? {
            Some(mut conversation) => tx.add_inbound(&mut conversation, inbound, false).map(Some),
            None => Ok(None),
        });
        if let Some(posted) = added.await? {
            return Ok(Some(posted));
        }
        let Some((service, address)) = caller.read(|tx| tx.opening_of(inbound))? else { return Ok(None) };
        let participants = inbound.participants();
        caller.rehearse(|tx| {
            let mut conversation = tx.open(inbound, &service, &address)?;
            tx.add_participants(&conversation, &participants)?;
            tx.add_inbound(&mut conversation, inbound, true).map(|_| ())
        })?;
        let conversation = caller.write(|tx| tx.open(inbound, &service, &address)).await?;
        let filled = async {
            caller.add_participants(&conversation, &participants).await?;
            caller.write(|tx| tx.add_inbound(&mut tx.conversation_by_name(&conversation.sid)?, inbound, true)).await
        };
        let posted = filled.await;
        // The conversation leaves `initializing` even if a participant or the message was rejected.
        caller.write(|tx| tx.end_initializing(&conversation, ConversationState::Active)).await?;
        posted.map(Some)
    }

    /// Adds participants, each in a transaction of its own.
    async fn add_participants(&self, conversation: &Conversation, new: &[NewParticipant]) -> Result<(), ApiError> {
        for new in new {
            self.write(|tx| tx.add_participant(&tx.conversation_by_name(&conversation.sid)?, new.clone())).await?;
        }
        Ok(())
    }
}

impl Transaction<'_> {
    fn add_participants(&self, conversation: &Conversation, new: &[NewParticipant]) -> Result<()> {
        new.iter().try_for_each(|new| self.add_participant(conversation, new.clone()).map(|_| ()))
    }

    /// Sets the state that follows `initializing`, after the participants are added.
    fn end_initializing(&self, conversation: &Conversation, state: ConversationState) -> Result<()> {
        let mut conversation = self.conversation_by_name(&conversation.sid)?;
        let before = conversation.state;
        if before != ConversationState::Initializing || state == ConversationState::Initializing {
            return Ok(());
        }
        conversation.enter(state, conversation.date_updated);
        self.save_state(&mut conversation, before, StateReason::Event)
    }

    /// The open conversation that a message goes to.
    fn conversation_of(&self, inbound: &Inbound) -> Result<Option<Conversation>> {
        let (db, account) = (self.db, self.account.id);
        let sid = if inbound.is_group_text() {
            let people: Vec<&str> = std::iter::once(&inbound.from).chain(&inbound.others).map(String::as_str).collect();
            conversation::sid_of_group_text(db, account, &inbound.from, &people, &inbound.to)?
        } else {
            conversation::sid_shared_by(db, account, &inbound.from, &inbound.to)?
        };
        sid.map(|sid| self.conversation_by_name(&sid)).transpose()
    }

    /// The service and configuration of the address, if auto-creation is enabled for it.
    fn opening_of(&self, inbound: &Inbound) -> Result<Option<(ServiceKey, Address)>> {
        let address = address::find(self.db, self.account.id, &inbound.to)?;
        let Some(address) = address.filter(|address| address.auto.enabled) else { return Ok(None) };
        Ok(Some((self.service_by_sid(address.auto.service_sid.as_deref())?, address)))
    }

    /// Adds the conversation of a message, with the webhook that its address is configured with.
    fn open(&self, inbound: &Inbound, service: &ServiceKey, address: &Address) -> Result<Conversation> {
        let media = self.inbound_media(service.id, inbound)?;
        let mut form = Fields::default();
        if inbound.is_email() {
            // Participants by e-mail have no proxy address. Later e-mails find the conversation by this one.
            form.set("Bindings.Email.Address", inbound.to.clone());
        }
        let conversation = self.add_conversation(service, &form, &inbound.opening(media.as_ref()))?;
        let target = match address.auto.kind {
            None | Some(AutoCreationType::Default) => return Ok(conversation),
            Some(AutoCreationType::Webhook) => ScopedWebhookTarget::Webhook,
            Some(AutoCreationType::Studio) => ScopedWebhookTarget::Studio,
        };
        let mut webhook = ScopedWebhook {
            url: address.auto.webhook_url.clone(),
            method: address.auto.webhook_method,
            filters: address.webhook_filters.clone(),
            flow_sid: address.auto.flow_sid.clone(),
            ..ScopedWebhook::new(self, &conversation, target)
        };
        webhook.insert(self.db)?;
        Ok(conversation)
    }

    /// Adds a message to a conversation, which it has opened or not.
    fn add_inbound(&self, conversation: &mut Conversation, from: &Inbound, opened: bool) -> Result<Posted> {
        let media = self.inbound_media(conversation.service, from)?;
        let (author, body) = (Some(from.from.clone()), from.body.clone());
        let new = NewMessage { author, body, media, inbound: true, ..NewMessage::default() };
        self.post(conversation, new, opened)
    }

    fn inbound_media(&self, service: i64, inbound: &Inbound) -> Result<Option<Media>> {
        inbound.media_sid.as_deref().map(|sid| self.unsent_media(service, sid)).transpose()
    }
}

impl Inbound {
    /// The fields of the events of the conversation that it opens.
    fn opening(&self, media: Option<&Media>) -> Opening {
        const ADDRESS: &str = "MessagingBinding.Address";
        let mut addresses = Vec::new();
        if self.is_group_text() {
            // All recipients, our own number first. The author has a field of its own.
            addresses.extend(std::iter::once(&self.to).chain(&self.others).map(|to| (ADDRESS, to.clone())));
            addresses.push(("MessagingBinding.ProjectedAddress", self.to.clone()));
            addresses.push(("MessagingBinding.AuthorAddress", self.from.clone()));
        } else {
            addresses.push((ADDRESS, self.from.clone()));
            addresses.push(("MessagingBinding.ProxyAddress", self.to.clone()));
        }
        let body = self.body.clone().map(|body| ("MessageBody", body));
        let media = media.map(|media| ("Media", media_field([media])));
        let state = self.is_group_text().then_some(ConversationState::Initializing);
        Opening { addresses, message: body.into_iter().chain(media).collect(), state }
    }

    /// The participants of the conversation that it opens.
    fn participants(&self) -> Vec<NewParticipant> {
        let with_address =
            |address: &String| NewParticipant { address: Some(address.clone()), ..NewParticipant::default() };
        let author = with_address(&self.from);
        if self.is_group_text() {
            let ours = NewParticipant { projected_address: Some(self.to.clone()), ..NewParticipant::default() };
            [ours, author].into_iter().chain(self.others.iter().map(with_address)).collect()
        } else if self.is_email() {
            let copy = |address| NewParticipant { level: Some("cc".to_owned()), ..with_address(address) };
            let author = NewParticipant { name: self.name.clone(), ..author };
            std::iter::once(author).chain(self.others.iter().map(copy)).collect()
        } else {
            vec![NewParticipant { proxy_address: Some(self.to.clone()), ..author }]
        }
    }
}
