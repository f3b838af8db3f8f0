//! A user's conversations: the user's view of being a participant.

use super::call::{Call, Output};
use super::item::{Path, item};
use super::participant::LAST_READ_CODES;
use super::participant_conversation::membership_links;
use super::{Access, Operation, RateScope};
use crate::domain::conversation::Conversation;
use crate::domain::participant::Participant;
use crate::domain::role::Permission;
use crate::domain::user::User;
use crate::error::Failure;
use crate::store::participant::{self, Membership};
use crate::store::select::select_as;
use crate::store::table::Table as _;

/// A membership as a user sees it.
pub(super) struct UserConversation(Membership);

const COUNTED: RateScope = RateScope::Conversation("ConversationSid");

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<UserConversation>(&["FetchUserConversation", "FetchServiceUserConversation"], fetch)
        .for_chat_users(Access::ByRequest),
    Operation::new::<UserConversation>(&["UpdateUserConversation", "UpdateServiceUserConversation"], update)
        .for_chat_users(Access::ByRequest)
        .counted(COUNTED)
        .codes(LAST_READ_CODES),
    Operation::new::<UserConversation>(&["ListUserConversation", "ListServiceUserConversation"], list)
        .for_chat_users(Access::ByRequest),
    Operation::new::<UserConversation>(&["DeleteUserConversation", "DeleteServiceUserConversation"], delete)
        .for_chat_users(Access::OwnOrAny(Permission::LeaveConversation, Permission::RemoveParticipant))
        .counted(COUNTED),
];

fn fetch(call: &Call<'_>) -> Result<Output, Failure> {
    let (user, conversation) = find(call)?;
    membership(call, &user, &conversation)
}

fn update(call: &Call<'_>) -> Result<Output, Failure> {
    let (user, conversation) = find(call)?;
    let mut participant = find_participant(call, &user, &conversation)?;
    participant.set_read_horizon(call.tx, &conversation, call.form())?;
    participant.notification_level = call.form().value("NotificationLevel")?.unwrap_or(participant.notification_level);
    participant.update(call.tx.db)?;
    membership(call, &user, &conversation)
}

fn list(call: &Call<'_>) -> Result<Output, Failure> {
    let service = call.service()?;
    let user = call.user(&service, call.parameter("UserSid"))?;
    call.tx.require_self(&user.identity)?;
    call.page::<UserConversation>(&participant::memberships_of_user(user.id))
}

/// The user leaves the conversation.
fn delete(call: &Call<'_>) -> Result<Output, Failure> {
    let (user, conversation) = find(call)?;
    let participant = find_participant(call, &user, &conversation)?;
    call.tx.remove_participant(&conversation, &participant)?;
    Ok(Output::Empty)
}

/// The user and the conversation that the path names.
fn find(call: &Call<'_>) -> Result<(User, Conversation), Failure> {
    let service = call.service()?;
    let user = call.user(&service, call.parameter("UserSid"))?;
    call.tx.require_self(&user.identity)?;
    Ok((user, call.conversation_named(call.last())?))
}

fn find_participant(call: &Call<'_>, user: &User, conversation: &Conversation) -> Result<Participant, Failure> {
    call.found(participant::find(call.tx.db, conversation.id, &user.identity)?)
}

fn membership(call: &Call<'_>, user: &User, conversation: &Conversation) -> Result<Output, Failure> {
    let membership = call.found(participant::membership(call.tx.db, user.id, conversation.id)?)?;
    Ok(Output::item(UserConversation(membership)))
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
