//! Users, and the conversations that a user, an identity or an address is in.

use super::participant::LAST_READ_CODES;
use super::{
    Access, BY_CONVERSATION, Call, Fields, Operation, Output, ParameterCode, Path, Property, RateScope, Resource as _,
    Result, item, resource,
};
use crate::domain::conversation::Conversation;
use crate::domain::limits::ATTRIBUTES;
use crate::domain::participant::Participant;
use crate::domain::role::Permission;
use crate::domain::service::ServiceKey;
use crate::domain::user::{User, check_identity};
use crate::domain::values::RoleType;
use crate::error::{ApiError, ErrorCode};
use crate::store::participant::{self, Membership};
use crate::store::select::select_as;
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{service, unless_taken, user};

/// A membership as the search for an identity or an address shows it.
pub(super) struct ParticipantConversation(Membership);

/// A membership as a user sees it.
pub(super) struct UserConversation(Membership);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<User>(&["CreateUser", "CreateServiceUser"], create)
        .counted(RateScope::Service)
        .codes(&[ParameterCode::both("Identity", ErrorCode::IDENTITY_MISSING)]),
    Operation::fetch::<User>(&["FetchUser", "FetchServiceUser"]).for_chat_users(Access::Any),
    Operation::new::<User>(&["UpdateUser", "UpdateServiceUser"], update)
        .for_chat_users(Access::ByRequest)
        .counted(RateScope::Service),
    Operation::list::<User>(&["ListUser", "ListServiceUser"]),
    Operation::delete::<User>(&["DeleteUser", "DeleteServiceUser"]).counted(RateScope::Service),
    Operation::new::<ParticipantConversation>(
        &["ListParticipantConversation", "ListServiceParticipantConversation"],
        search,
    ),
    Operation::new::<UserConversation>(&["FetchUserConversation", "FetchServiceUserConversation"], fetch_conversation)
        .for_chat_users(Access::ByRequest),
    Operation::new::<UserConversation>(
        &["UpdateUserConversation", "UpdateServiceUserConversation"],
        update_conversation,
    )
    .for_chat_users(Access::ByRequest)
    .counted(BY_CONVERSATION)
    .codes(LAST_READ_CODES),
    Operation::new::<UserConversation>(&["ListUserConversation", "ListServiceUserConversation"], list_conversations)
        .for_chat_users(Access::ByRequest),
    Operation::new::<UserConversation>(
        &["DeleteUserConversation", "DeleteServiceUserConversation"],
        leave_conversation,
    )
    .for_chat_users(Access::OwnOrAny(Permission::LeaveConversation, Permission::RemoveParticipant))
    .counted(BY_CONVERSATION),
];

fn create(call: &Call<'_>) -> Result<Output> {
    let service = call.service()?;
    let identity = call.form().text("Identity").unwrap_or_default();
    Ok(Output::item(call.tx.add_user(&service, identity, call.form())?))
}

fn update(call: &Call<'_>) -> Result<Output> {
    let service = call.service()?;
    let mut user = User::find_of(call, service.id)?;
    let tx = call.tx;
    tx.require_user_info(&service, &user.identity)?;
    if call.form().filled("RoleSid").is_some() {
        tx.require_another(Some(&user.identity))?;
        tx.require_of_service(&service, Permission::EditAnyUserInfo)?;
    }
    user.set(tx, call.form())?;
    user.date_updated = tx.date_of_change(user.date_updated);
    tx.before(user.place(), || user.update_event())?;
    user.update(tx.db)?;
    tx.after(user.place(), || user.updated_event())?;
    Ok(Output::item(user))
}

impl Transaction<'_> {
    /// The user of an identity, added if there is none.
    pub(super) fn user_of_identity(&self, service: &ServiceKey, identity: &str) -> Result<User> {
        match user::find(self.db, service.id, identity)? {
            Some(user) => Ok(user),
            None => self.add_user(service, identity, &Fields::default()),
        }
    }

    fn add_user(&self, key: &ServiceKey, identity: &str, form: &Fields) -> Result<User> {
        check_identity(identity)?;
        let service = service::get(self.db, key.id)?.unwrap_or_default();
        let mut user = User {
            service: key.id,
            service_sid: key.sid.clone(),
            sid: self.new_sid("US"),
            identity: identity.to_owned(),
            attributes: "{}".to_owned(),
            role: service.chat_service_role,
            role_sid: service.chat_service_role_sid,
            reachability_enabled: service.reachability_enabled,
            date_created: self.now,
            date_updated: self.now,
            ..User::default()
        };
        user.set(self, form)?;
        unless_taken(user.insert(self.db), |_| ApiError::conflict(ErrorCode::USER_EXISTS, "User already exists"))?;
        self.after(user.place(), || user.added_event())?;
        Ok(user)
    }
}

impl User {
    fn set(&mut self, tx: &Transaction<'_>, form: &Fields) -> Result<()> {
        form.set_limited("FriendlyName", 256, &mut self.friendly_name)?;
        form.set_attributes(ATTRIBUTES, &mut self.attributes)?;
        if let Some(sid) = form.filled("RoleSid") {
            (self.role, self.role_sid) = tx.role(self.service, sid, RoleType::Service)?;
        }
        Ok(())
    }
}

resource!(User, |call| call.service()?.id, user::find);

item! {
    impl User {
        service_sid = "chat_service_sid", sid, identity, friendly_name, attributes, role_sid, date_created,
        date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        // Null unless the service has reachability enabled.
        "is_online" => Some(item.is_online).filter(|_| item.reachability_enabled),
        "is_notifiable" => Some(item.is_notifiable).filter(|_| item.reachability_enabled),
        "url" => Path::in_service(["Users", &item.sid]),
        "links" => Property::LinksBelow(Path::in_service(["Users", &item.sid]), &[("user_conversations", "Conversations")]),
    }
}

fn search(call: &Call<'_>) -> Result<Output> {
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

fn fetch_conversation(call: &Call<'_>) -> Result<Output> {
    let (user, conversation) = find_membership(call)?;
    membership(call, &user, &conversation)
}

fn update_conversation(call: &Call<'_>) -> Result<Output> {
    let (user, conversation) = find_membership(call)?;
    let mut participant = find_participant(call, &user, &conversation)?;
    participant.set_read_horizon(call.tx.now, conversation.next_index, call.form())?;
    participant.notification_level = call.form().value("NotificationLevel")?.unwrap_or(participant.notification_level);
    participant.update(call.tx.db)?;
    membership(call, &user, &conversation)
}

fn list_conversations(call: &Call<'_>) -> Result<Output> {
    call.page::<UserConversation>(&participant::memberships_of_user(find_user(call)?.id))
}

fn leave_conversation(call: &Call<'_>) -> Result<Output> {
    let (user, conversation) = find_membership(call)?;
    let participant = find_participant(call, &user, &conversation)?;
    call.tx.remove_participant(&conversation, &participant)?;
    Ok(Output::Empty)
}

/// The user of the path. A chat user acts for itself only.
fn find_user(call: &Call<'_>) -> Result<User> {
    let user = call.found(user::find(call.tx.db, call.service()?.id, call.parameter("UserSid"))?)?;
    call.tx.require_self(&user.identity)?;
    Ok(user)
}

/// The user and the conversation of the path.
fn find_membership(call: &Call<'_>) -> Result<(User, Conversation)> {
    Ok((find_user(call)?, call.conversation_named(call.last())?))
}

fn find_participant(call: &Call<'_>, user: &User, conversation: &Conversation) -> Result<Participant> {
    call.found(participant::find(call.tx.db, conversation.id, &user.identity)?)
}

fn membership(call: &Call<'_>, user: &User, conversation: &Conversation) -> Result<Output> {
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
