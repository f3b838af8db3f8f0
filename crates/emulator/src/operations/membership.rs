//! Memberships: the conversations of a user, an identity or an address.

use super::call::{Call, Output};
use super::item::{Path, Property, item};
use super::participant::LAST_READ_CODES;
use super::{Access, BY_CONVERSATION, Operation};
use crate::domain::conversation::Conversation;
use crate::domain::participant::Participant;
use crate::domain::role::Permission;
use crate::domain::user::User;
use crate::error::{ApiError, ErrorCode, Failure};
use crate::store::participant::{self, Membership};
use crate::store::select::select_as;
use crate::store::table::Table as _;
use crate::store::user;

/// A membership as the search for an identity or an address shows it.
pub(super) struct ParticipantConversation(Membership);

/// A membership as a user sees it.
pub(super) struct UserConversation(Membership);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<ParticipantConversation>(
        &["ListParticipantConversation", "ListServiceParticipantConversation"],
        search,
    ),
    Operation::new::<UserConversation>(&["FetchUserConversation", "FetchServiceUserConversation"], fetch)
        .for_chat_users(Access::ByRequest),
    Operation::new::<UserConversation>(&["UpdateUserConversation", "UpdateServiceUserConversation"], update)
        .for_chat_users(Access::ByRequest)
        .counted(BY_CONVERSATION)
        .codes(LAST_READ_CODES),
    Operation::new::<UserConversation>(&["ListUserConversation", "ListServiceUserConversation"], list)
        .for_chat_users(Access::ByRequest),
    Operation::new::<UserConversation>(&["DeleteUserConversation", "DeleteServiceUserConversation"], delete)
        .for_chat_users(Access::OwnOrAny(Permission::LeaveConversation, Permission::RemoveParticipant))
        .counted(BY_CONVERSATION),
];

fn search(call: &Call<'_>) -> Result<Output, Failure> {
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

fn fetch(call: &Call<'_>) -> Result<Output, Failure> {
    let (user, conversation) = find(call)?;
    membership(call, &user, &conversation)
}

fn update(call: &Call<'_>) -> Result<Output, Failure> {
    let (user, conversation) = find(call)?;
    let mut participant = find_participant(call, &user, &conversation)?;
    participant.set_read_horizon(call.tx.now, conversation.next_index, call.form())?;
    participant.notification_level = call.form().value("NotificationLevel")?.unwrap_or(participant.notification_level);
    participant.update(call.tx.db)?;
    membership(call, &user, &conversation)
}

fn list(call: &Call<'_>) -> Result<Output, Failure> {
    call.page::<UserConversation>(&participant::memberships_of_user(find_user(call)?.id))
}

/// The user leaves the conversation.
fn delete(call: &Call<'_>) -> Result<Output, Failure> {
    let (user, conversation) = find(call)?;
    let participant = find_participant(call, &user, &conversation)?;
    call.tx.remove_participant(&conversation, &participant)?;
    Ok(Output::Empty)
}

/// The user of the path. A chat user acts for itself only.
fn find_user(call: &Call<'_>) -> Result<User, Failure> {
    let user = call.found(user::find(call.tx.db, call.service()?.id, call.parameter("UserSid"))?)?;
    call.tx.require_self(&user.identity)?;
    Ok(user)
}

/// The user and the conversation of the path.
fn find(call: &Call<'_>) -> Result<(User, Conversation), Failure> {
    Ok((find_user(call)?, call.conversation_named(call.last())?))
}

fn find_participant(call: &Call<'_>, user: &User, conversation: &Conversation) -> Result<Participant, Failure> {
    call.found(participant::find(call.tx.db, conversation.id, &user.identity)?)
}

fn membership(call: &Call<'_>, user: &User, conversation: &Conversation) -> Result<Output, Failure> {
    let membership = call.found(participant::membership(call.tx.db, user.id, conversation.id)?)?;
    Ok(Output::item(UserConversation(membership)))
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

select_as!(UserConversation, Membership);

item! {
    impl UserConversation {
        0.conversation.service_sid = "chat_service_sid", 0.conversation.sid = "conversation_sid",
        0.user_sid = "user_sid", 0.participant.sid = "participant_sid", 0.conversation.state = "conversation_state",
        0.conversation.attributes = "attributes", 0.conversation.friendly_name = "friendly_name",
        0.conversation.unique_name = "unique_name", 0.conversation.created_by = "created_by",
        0.participant.notification_level = "notification_level", 0.unread_messages_count = "unread_messages_count",
        0.participant.last_read_message_index = "last_read_message_index", 0.conversation.date_created = "date_created",
        0.conversation.date_updated = "date_updated",
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "timers" => item.0.conversation.timers.to_json(),
        "url" => Path::in_service(
            ["Users", item.0.user_sid.as_deref().unwrap_or_default(), "Conversations", &item.0.conversation.sid]
        ),
        "links" => membership_links(&item.0),
    }
}

/// The `links` of a membership.
fn membership_links(membership: &Membership) -> Property<'_> {
    let (conversation, participant) = (&membership.conversation.sid, &membership.participant.sid);
    Property::Links(vec![
        ("participant", Path::in_service(["Conversations", conversation, "Participants", participant])),
        ("conversation", Path::in_service(["Conversations", conversation])),
    ])
}
