//! A conversation and its participants in one request.

use serde::Deserialize;

use super::conversation::{self, Opening};
use super::conversation_state::State;
use super::participant::NewParticipant;
use crate::call::{Call, Reply};
use crate::error::{Refusal, Stop};

/// Most participants in one request.
const LIMIT: usize = 10;

/// A participant as `Participant` has it, a JSON text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParticipantText {
    identity: Option<String>,
    #[serde(default)]
    messaging_binding: BindingText,
    role_sid: Option<String>,
    attributes: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BindingText {
    address: Option<String>,
    proxy_address: Option<String>,
    projected_address: Option<String>,
    name: Option<String>,
    level: Option<String>,
    /// Told by the addresses.
    #[serde(rename = "type")]
    _kind: Option<String>,
}

/// The answer shows a conversation that is still initializing. The participants are added before anyone can look again,
/// so that every later answer shows it in the state that was asked for.
pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let texts = call.form().list("Participant").unwrap_or_default();
    if texts.len() > LIMIT {
        return Err(Refusal::bad(50426, format!("At most {LIMIT} participants are allowed in one request")).into());
    }
    let participants = texts.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>()?;
    let wanted = call.form().value("State")?.unwrap_or_default();
    conversation::may_begin_as(wanted)?;
    let state = if participants.is_empty() { None } else { Some(State::Initializing) };
    let opening = Opening { state, ..Opening::default() };
    let mut conversation = conversation::add(&call.turn, &service, call.form(), &opening)?;
    let reply = call.item(&conversation);
    let turn = &call.turn;
    for participant in participants {
        turn.add_participant(&conversation, participant)?;
    }
    conversation.begin(turn, wanted)?;
    Ok(reply)
}

fn parse(text: &str) -> Result<NewParticipant, Refusal> {
    let participant: ParticipantText = serde_json::from_str(text)
        .map_err(|error| Refusal::invalid("Participant", &format!("not the JSON text of a participant: {error}")))?;
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
