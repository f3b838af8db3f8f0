//! A user's conversations: the user's view of being a participant.

use super::call::{Call, Output};
use super::item::{Path, Property, item};
use super::participant::LAST_READ_CODES;
use super::participant_conversation::membership_links;
use super::{Access, Operation, RateScope};
use crate::domain::conversation::Conversation;
use crate::domain::participant::Participant;
use crate::domain::role::Permission;
use crate::domain::user::User;
use crate::domain::values::Documented as _;
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
    impl UserConversation |item| {
        "account_sid" => Property::AccountSid,
        "chat_service_sid" => &item.0.conversation.service_sid,
        "conversation_sid" => &item.0.conversation.sid,
        "user_sid" => &item.0.user_sid,
        "participant_sid" => &item.0.participant.sid,
        "conversation_state" => item.0.conversation.state.as_str(),
        "timers" => item.0.conversation.timers.to_json(),
        "attributes" => &item.0.conversation.attributes,
        "friendly_name" => &item.0.conversation.friendly_name,
        "unique_name" => &item.0.conversation.unique_name,
        "created_by" => &item.0.conversation.created_by,
        "notification_level" => item.0.participant.notification_level.as_str(),
        "unread_messages_count" => item.0.unread_messages_count,
        "last_read_message_index" => item.0.participant.last_read_message_index,
        "date_created" => item.0.conversation.date_created,
        "date_updated" => item.0.conversation.date_updated,
        "url" => Path::in_service(
            ["Users", item.0.user_sid.as_deref().unwrap_or_default(), "Conversations", &item.0.conversation.sid]
        ),
        "links" => membership_links(&item.0),
    }
}
