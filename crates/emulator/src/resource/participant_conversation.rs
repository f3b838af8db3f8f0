//! The conversations that an identity or an address takes part in.

use rusqlite::Row;

use super::conversation::{self, Conversation};
use super::participant_binding::Binding;
use crate::call::{Call, Reply};
use crate::documented::Documented as _;
use crate::error::{Refusal, Stop};
use crate::page::Listing;
use crate::render::item;

#[derive(Default)]
pub(super) struct ParticipantConversation {
    conversation: Conversation,
    sid: String,
    identity: Option<String>,
    user_sid: Option<String>,
    binding: Binding,
}

const COLUMNS: &str = "participant.sid, participant.identity, user.sid, participant.type, address, proxy_address, \
    projected_address, participant.name, participant.level";
const FROM: &str = "participant JOIN conversation ON conversation.id = participant.conversation \
    JOIN service ON service.id = conversation.service LEFT JOIN user ON user.id = participant.user";

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let (condition, value) = match (call.query().filled("Identity"), call.query().filled("Address")) {
        (Some(identity), None) => {
            ("participant.user = (SELECT id FROM user WHERE identity = ? AND service = conversation.service)", identity)
        }
        (None, Some(address)) => ("participant.address = ?", address),
        (Some(_), Some(_)) => {
            return Err(Refusal::bad(50211, "Identity and Address are not allowed together").into());
        }
        (None, None) => return Err(Refusal::missing("Identity or Address").into()),
    };
    let listing = Listing {
        columns: &format!("{COLUMNS}, {}", conversation::COLUMNS),
        from: &format!("{FROM} WHERE {condition} AND conversation.service = ?"),
        values: vec![value.to_owned().into(), service.id.into()],
        keys: &["participant.id"],
        descending: false,
    };
    call.page(&listing, |row| read(row, 1))
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<ParticipantConversation> {
    Ok(ParticipantConversation {
        sid: row.get(at)?,
        identity: row.get(at + 1)?,
        user_sid: row.get(at + 2)?,
        binding: Binding {
            kind: row.get(at + 3)?,
            address: row.get(at + 4)?,
            proxy_address: row.get(at + 5)?,
            projected_address: row.get(at + 6)?,
            name: row.get(at + 7)?,
            level: row.get(at + 8)?,
        },
        conversation: conversation::read(row, at + 9)?,
    })
}

item! {
    impl ParticipantConversation |self, value| {
        let conversation = &self.conversation;
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&conversation.service_sid),
        "participant_sid" => value.text(&self.sid),
        "participant_user_sid" => value.text_or_null(self.user_sid.as_deref()),
        "participant_identity" => value.text_or_null(self.identity.as_deref()),
        "participant_messaging_binding" => value.value(&self.binding.to_json()),
        "conversation_sid" => value.text(&conversation.sid),
        "conversation_unique_name" => value.text_or_null(conversation.unique_name.as_deref()),
        "conversation_friendly_name" => value.text_or_null(conversation.friendly_name.as_deref()),
        "conversation_attributes" => value.text(&conversation.attributes),
        "conversation_date_created" => value.date(conversation.date_created),
        "conversation_date_updated" => value.date(conversation.date_updated),
        "conversation_created_by" => value.text_or_null(conversation.created_by.as_deref()),
        "conversation_state" => value.text(conversation.state.as_str()),
        "conversation_timers" => value.value(&conversation.timers.to_json()),
        "links" => value.links(&[
            ("participant", format_args!("/Conversations/{}/Participants/{}", conversation.sid, self.sid)),
            ("conversation", format_args!("/Conversations/{}", conversation.sid)),
        ]),
    }
}
