//! A conversation and its participants in one request.

use serde::Deserialize;

use super::call::{Call, Input, Output};
use super::conversation::{Opening, STATE_CODES};
use super::engine::Caller;
use super::{Access, Handler, Operation, RateScope, Steps};
use crate::domain::conversation::{Conversation, check_initial_state};
use crate::domain::limits::PARTICIPANTS_IN_REQUEST;
use crate::domain::messaging_binding::NewParticipant;
use crate::domain::role::Permission;
use crate::domain::values::ConversationState;
use crate::error::{ApiError, Failure, code};
use crate::store::transaction::Transaction;

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
            participants.iter().try_for_each(|new| tx.add_participant(&conversation, new.clone()).map(|_| ()))
        })?;
        input.check_read("a conversation with participants")?;
        let conversation = caller.write(add).await?;
        let added = caller.add_participants(&conversation, &participants).await;
        caller.write(|tx| tx.end_initializing(&mut tx.current(&conversation)?, state)).await?;
        added?;
        Ok(Output::item(conversation))
    })
}

impl Caller<'_> {
    /// Adds participants, each in a transaction of its own.
    pub(super) async fn add_participants(
        &self,
        conversation: &Conversation,
        participants: &[NewParticipant],
    ) -> Result<(), ApiError> {
        for new in participants {
            self.write(|tx| tx.add_participant(&tx.current(conversation)?, new.clone())).await?;
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// A conversation of an earlier transaction as it is now.
    pub(super) fn current(&self, conversation: &Conversation) -> Result<Conversation, Failure> {
        let current = crate::store::conversation::find_anywhere(self.db, self.account.id, &conversation.sid)?;
        current.ok_or_else(|| ApiError::unknown(format_args!("conversation {}", conversation.sid)).into())
    }
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
    texts.into_iter().map(read_participant).collect()
}

fn read_participant(text: &str) -> Result<NewParticipant, ApiError> {
    let participant: ParticipantJson = serde_json::from_str(text)
        .map_err(|error| ApiError::invalid("Participant", &format!("not the JSON of a participant: {error}")))?;
    let binding = participant.messaging_binding;
    Ok(NewParticipant {
        identity: participant.identity,
        address: binding.address,
        proxy_address: binding.proxy_address,
        projected_address: binding.projected_address,
        name: binding.name,
        level: binding.level,
        role_sid: participant.role_sid,
        attributes: participant.attributes,
        ..NewParticipant::default()
    })
}
