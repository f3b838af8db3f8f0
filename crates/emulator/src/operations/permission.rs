//! Checks of chat users' permissions. REST callers have no identity and pass all checks.

use super::fields::Fields;
use crate::domain::conversation::Conversation;
use crate::domain::role::Permission;
use crate::domain::service::ServiceKey;
use crate::error::{ApiError, ErrorCode, Failure, code};
use crate::store::transaction::Transaction;
use crate::store::{participant, role};

impl Transaction<'_> {
    /// Requires that a chat user is a participant of the conversation.
    pub(super) fn require_membership(&self, conversation: &Conversation) -> Result<(), Failure> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        if participant::find(self.db, conversation.id, identity)?.is_some() {
            Ok(())
        } else {
            Err(not_a_participant(identity).into())
        }
    }

    /// Requires that a chat user acts for itself.
    pub(super) fn require_self(&self, identity: &str) -> Result<(), Failure> {
        match &self.actor.identity {
            Some(actor) if actor != identity => {
                let message = format!("User {actor} cannot act for user {identity}");
                Err(ApiError::forbidden(code::PERMISSION_DENIED, message).into())
            }
            _ => Ok(()),
        }
    }

    /// Requires a permission in a service.
    pub(super) fn require_of_service(&self, service: &ServiceKey, permission: Permission) -> Result<(), Failure> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        if role::user_has(self.db, service.id, identity, permission)? {
            Ok(())
        } else {
            Err(denied(identity, permission).into())
        }
    }

    /// Requires a permission in a conversation, by the role there or in the service.
    pub(super) fn require_in(&self, conversation: &Conversation, permission: Permission) -> Result<(), Failure> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        if self.has_in(conversation, identity, permission)? { Ok(()) } else { Err(denied(identity, permission).into()) }
    }

    /// Requires one permission if the object belongs to the chat user, or another one for all objects.
    pub(super) fn require_own_or_any(
        &self,
        conversation: &Conversation,
        owner: &str,
        own: Permission,
        any: Permission,
    ) -> Result<(), Failure> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        let is_own = identity == owner;
        if (is_own && self.has_in(conversation, identity, own)?) || self.has_in(conversation, identity, any)? {
            return Ok(());
        }
        Err(denied(identity, if is_own { own } else { any }).into())
    }

    /// Requires that a chat user may change a user.
    pub(super) fn require_user_info(&self, service: &ServiceKey, identity: &str) -> Result<(), Failure> {
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
    ) -> Result<(), Failure> {
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
    pub(super) fn require_role_assignment(&self, conversation: &Conversation, to: Option<&str>) -> Result<(), Failure> {
        self.require_another(to)?;
        self.require_in(conversation, Permission::EditAnyUserInfo)
    }

    /// The same for a role in a service.
    pub(super) fn require_service_role_assignment(&self, service: &ServiceKey, to: &str) -> Result<(), Failure> {
        self.require_another(Some(to))?;
        self.require_of_service(service, Permission::EditAnyUserInfo)
    }

    /// A chat user could otherwise assign itself a role that allows more.
    fn require_another(&self, to: Option<&str>) -> Result<(), Failure> {
        match &self.actor.identity {
            Some(actor) if Some(actor.as_str()) == to => {
                let message = format!("User {actor} cannot give itself a role");
                Err(ApiError::forbidden(code::PERMISSION_DENIED, message).into())
            }
            _ => Ok(()),
        }
    }

    /// Requires the permissions for all properties of a conversation that a request changes.
    pub(super) fn require_conversation_edit(&self, conversation: &Conversation, form: &Fields) -> Result<(), Failure> {
        if self.actor.identity.is_none() {
            return Ok(());
        }
        if form.text("Attributes").is_some() {
            self.require_in(conversation, Permission::EditConversationAttributes)?;
        }
        if form.iter().any(|(name, _)| name != "Attributes") {
            self.require_in(conversation, Permission::EditConversationName)?;
        }
        Ok(())
    }

    fn has_in(
        &self,
        conversation: &Conversation,
        identity: &str,
        permission: Permission,
    ) -> Result<bool, rusqlite::Error> {
        Ok(role::participant_has(self.db, conversation.id, identity, permission)?
            || role::user_has(self.db, conversation.service, identity, permission)?)
    }
}

/// 403: the chat user is not a participant.
pub(super) fn not_a_participant(identity: &str) -> ApiError {
    let message = format!("User {identity} is not a participant of the conversation");
    ApiError::forbidden(ErrorCode::NOT_A_PARTICIPANT, message)
}

fn denied(identity: &str, permission: Permission) -> ApiError {
    let message = format!("User {identity} has no permission {}", permission.as_str());
    ApiError::forbidden(code::PERMISSION_DENIED, message)
}
