//! The conversations that an identity or an address is in.

use super::Operation;
use super::call::{Call, Output};
use super::item::{Path, Property, item};
use crate::error::{ApiError, ErrorCode, Failure};
use crate::store::participant::{self, Membership};
use crate::store::select::select_as;

/// A membership as the search for an identity or an address shows it.
pub(super) struct ParticipantConversation(Membership);

pub(super) const OPERATIONS: &[Operation] = &[Operation::new::<ParticipantConversation>(
    &["ListParticipantConversation", "ListServiceParticipantConversation"],
    list,
)];

fn list(call: &Call<'_>) -> Result<Output, Failure> {
    let service = call.service()?;
    let listing = match (call.query().filled("Identity"), call.query().filled("Address")) {
        (Some(identity), None) => participant::memberships_of_identity(service.id, identity),
        (None, Some(address)) => participant::memberships_of_address(service.id, address),
        (Some(_), Some(_)) => {
            let message = "Identity and Address are not allowed together";
            return Err(ApiError::bad(ErrorCode::IDENTITY_WITH_ADDRESS, message).into());
        }
        (None, None) => return Err(ApiError::missing("Identity or Address").into()),
    };
    call.page::<ParticipantConversation>(&listing)
}

select_as!(ParticipantConversation, Membership);

item! {
    impl ParticipantConversation {
        0.conversation.service_sid = "chat_service_sid", 0.participant.sid = "participant_sid",
        0.user_sid = "participant_user_sid", 0.participant.identity = "participant_identity",
        0.conversation.sid = "conversation_sid", 0.conversation.unique_name = "conversation_unique_name",
        0.conversation.friendly_name = "conversation_friendly_name",
        0.conversation.attributes = "conversation_attributes",
        0.conversation.date_created = "conversation_date_created",
        0.conversation.date_updated = "conversation_date_updated",
        0.conversation.created_by = "conversation_created_by", 0.conversation.state = "conversation_state",
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "participant_messaging_binding" => item.0.participant.binding.to_json(),
        "conversation_timers" => item.0.conversation.timers.to_json(),
        "links" => membership_links(&item.0),
    }
}

/// The `links` of a membership.
pub(super) fn membership_links(membership: &Membership) -> Property<'_> {
    let (conversation, participant) = (&membership.conversation.sid, &membership.participant.sid);
    Property::Links(vec![
        ("participant", Path::in_service(["Conversations", conversation, "Participants", participant])),
        ("conversation", Path::in_service(["Conversations", conversation])),
    ])
}
