//! Roles, and the checks of chat users' permissions. REST callers have no identity and pass all checks.

use super::{Call, Change, Fields, Operation, Output, Path, RateScope, Result, item, resource};
use crate::domain::conversation::Conversation;
use crate::domain::limits::check_length;
use crate::domain::role::{Permission, Role, read_permissions};
use crate::domain::service::ServiceKey;
use crate::domain::values::{Documented as _, RoleType};
use crate::error::{ApiError, ErrorCode, Failure, code};
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{participant, role};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Role>(&["CreateRole", "CreateServiceRole"], create).counted(RateScope::Service),
    Operation::fetch::<Role>(&["FetchRole", "FetchServiceRole"]),
    Operation::update::<Role>(&["UpdateRole", "UpdateServiceRole"]).counted(RateScope::Service),
    Operation::list::<Role>(&["ListRole", "ListServiceRole"]),
    Operation::delete::<Role>(&["DeleteRole", "DeleteServiceRole"]).counted(RateScope::Service),
];

fn create(call: &Call<'_>) -> Result<Output> {
    let service = call.service()?;
    let (tx, form) = (call.tx, call.form());
    check_length("FriendlyName", form.text("FriendlyName"), 64)?;
    let mut role = Role {
        service: service.id,
        service_sid: service.sid,
        sid: tx.new_sid("RL"),
        friendly_name: form.text("FriendlyName").unwrap_or_default().to_owned(),
        kind: form.required("Type")?,
        date_created: tx.now,
        ..Role::default()
    };
    role.set(call)?;
    role.insert(tx.db)?;
    Ok(Output::item(role))
}

impl Change for Role {
    fn set(&mut self, call: &Call<'_>) -> Result<()> {
        self.permissions = read_permissions(self.kind, &call.form().list("Permission").unwrap_or_default())?;
        self.date_updated = call.tx.now;
        Ok(())
    }
}

resource!(Role, |call| call.service()?.id);

item! {
    impl Role {
        service_sid = "chat_service_sid", sid, friendly_name, kind = "type", date_created, date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "permissions" => Property::Texts(item.permissions.iter().copied().map(Permission::as_str).collect()),
        "url" => Path::in_service(["Roles", &item.sid]),
    }
}

impl Transaction<'_> {
    /// Row and SID of a role that a request names. It must be of the service and of the type.
    pub(super) fn role(&self, service: i64, sid: &str, kind: RoleType) -> Result<(Option<i64>, Option<String>)> {
        let role = role::id(self.db, service, sid, kind)?;
        if role.is_some() {
            return Ok((role, Some(sid.to_owned())));
        }
        let code = match kind {
            RoleType::Service => ErrorCode::ROLE_NOT_FOUND,
            RoleType::Conversation => ErrorCode::CONVERSATION_ROLE_NOT_FOUND,
        };
        Err(ApiError::bad(code, format!("The {} role {sid} was not found", kind.as_str())).into())
    }

    /// Requires that a chat user is a participant of the conversation.
    pub(super) fn require_membership(&self, conversation: &Conversation) -> Result<()> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        if participant::find(self.db, conversation.id, identity)?.is_some() {
            Ok(())
        } else {
            Err(not_a_participant(identity).into())
        }
    }

    /// Requires that a chat user acts for itself.
    pub(super) fn require_self(&self, identity: &str) -> Result<()> {
        match &self.actor.identity {
            Some(actor) if actor != identity => Err(denied(&format!("{actor} cannot act for user {identity}"))),
            _ => Ok(()),
        }
    }

    /// Requires a permission in a service.
    pub(super) fn require_of_service(&self, service: &ServiceKey, permission: Permission) -> Result<()> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        allow(role::user_has(self.db, service.id, identity, permission)?, identity, permission)
    }

    /// Requires a permission in a conversation, by the role there or in the service.
    pub(super) fn require_in(&self, conversation: &Conversation, permission: Permission) -> Result<()> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        allow(self.has_in(conversation, identity, permission)?, identity, permission)
    }

    /// Requires one permission if the object belongs to the chat user, or another one for all objects.
    pub(super) fn require_own_or_any(
        &self,
        conversation: &Conversation,
        owner: &str,
        own: Permission,
        any: Permission,
    ) -> Result<()> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        let is_own = identity == owner;
        let is_allowed =
            (is_own && self.has_in(conversation, identity, own)?) || self.has_in(conversation, identity, any)?;
        allow(is_allowed, identity, if is_own { own } else { any })
    }

    /// Requires that a chat user may change a user.
    pub(super) fn require_user_info(&self, service: &ServiceKey, identity: &str) -> Result<()> {
        let Some(actor) = &self.actor.identity else { return Ok(()) };
        if actor == identity && role::user_has(self.db, service.id, actor, Permission::EditOwnUserInfo)? {
            return Ok(());
        }
        self.require_of_service(service, Permission::EditAnyUserInfo)
    }

    /// Requires the permissions for all properties of a participant that a request changes. A chat user may always move
    /// its own read horizon.
    pub(super) fn require_participant_edit(
        &self,
        conversation: &Conversation,
        owner: Option<&str>,
        form: &Fields,
    ) -> Result<()> {
        let Some(identity) = self.actor.identity.as_deref() else { return Ok(()) };
        if form.filled("RoleSid").is_some() {
            self.require_role_assignment(conversation, owner)?;
        }
        let is_horizon = |name: &str| name == "LastReadMessageIndex" || name == "LastReadTimestamp";
        if owner == Some(identity) && form.iter().all(|(name, _)| is_horizon(name)) {
            return Ok(());
        }
        let (own, any) = (Permission::EditOwnUserInfo, Permission::EditAnyUserInfo);
        self.require_own_or_any(conversation, owner.unwrap_or_default(), own, any)
    }

    /// Requires that a chat user may assign a role in a conversation: it may edit all users, and assigns the role to
    /// another one.
    pub(super) fn require_role_assignment(&self, conversation: &Conversation, to: Option<&str>) -> Result<()> {
        self.require_another(to)?;
        self.require_in(conversation, Permission::EditAnyUserInfo)
    }

    /// Requires that a chat user does not act for itself: it could assign itself a role that allows more.
    pub(super) fn require_another(&self, to: Option<&str>) -> Result<()> {
        match &self.actor.identity {
            Some(actor) if Some(actor.as_str()) == to => Err(denied(&format!("{actor} cannot give itself a role"))),
            _ => Ok(()),
        }
    }

    /// Requires the permissions for all properties of a conversation that a request changes.
    pub(super) fn require_conversation_edit(&self, conversation: &Conversation, form: &Fields) -> Result<()> {
        if form.text("Attributes").is_some() {
            self.require_in(conversation, Permission::EditConversationAttributes)?;
        }
        if form.iter().any(|(name, _)| name != "Attributes") {
            self.require_in(conversation, Permission::EditConversationName)?;
        }
        Ok(())
    }

    fn has_in(&self, conversation: &Conversation, identity: &str, permission: Permission) -> rusqlite::Result<bool> {
        Ok(role::participant_has(self.db, conversation.id, identity, permission)?
            || role::user_has(self.db, conversation.service, identity, permission)?)
    }
}

/// 403: the chat user is not a participant.
pub(super) fn not_a_participant(identity: &str) -> ApiError {
    let message = format!("User {identity} is not a participant of the conversation");
    ApiError::forbidden(ErrorCode::NOT_A_PARTICIPANT, message)
}

fn allow(is_allowed: bool, identity: &str, permission: Permission) -> Result<()> {
    if is_allowed { Ok(()) } else { Err(denied(&format!("{identity} has no permission {}", permission.as_str()))) }
}

/// 403: the chat user is not permitted to do something.
fn denied(problem: &str) -> Failure {
    ApiError::forbidden(code::PERMISSION_DENIED, format!("User {problem}")).into()
}
