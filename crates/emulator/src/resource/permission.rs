//! What roles allow. REST callers may do everything; chat users, who come by an SDK, need permission.

use rusqlite::params;

use super::conversation::Conversation;
use super::service::ServiceKey;
use crate::call::Turn;
use crate::documented::RoleType;
use crate::error::{Refusal, Stop};
use crate::spec::Fields;
use crate::store::Cached;

/// What a role of type `service` may allow.
pub(crate) const SERVICE: [&str; 14] = [
    "addParticipant",
    "createConversation",
    "deleteAnyMessage",
    "deleteConversation",
    "editAnyMessage",
    "editAnyMessageAttributes",
    "editAnyUserInfo",
    "editConversationAttributes",
    "editConversationName",
    "editOwnMessage",
    "editOwnMessageAttributes",
    "editOwnUserInfo",
    "joinConversation",
    "removeParticipant",
];

/// What a role of type `conversation` may allow.
pub(crate) const CONVERSATION: [&str; 16] = [
    "addParticipant",
    "deleteAnyMessage",
    "deleteConversation",
    "deleteOwnMessage",
    "editAnyMessage",
    "editAnyMessageAttributes",
    "editAnyUserInfo",
    "editConversationAttributes",
    "editConversationName",
    "editOwnMessage",
    "editOwnMessageAttributes",
    "editOwnUserInfo",
    "leaveConversation",
    "removeParticipant",
    "sendMediaMessage",
    "sendMessage",
];

/// The roles of a new service: name, type, permissions. The names are known; what each allows is assumed.
pub(crate) const DEFAULTS: [(&str, RoleType, &[&str]); 4] = [
    ("service admin", RoleType::Service, &SERVICE),
    ("service user", RoleType::Service, &["createConversation", "editOwnUserInfo", "joinConversation"]),
    ("channel admin", RoleType::Conversation, &CONVERSATION),
    (
        "channel user",
        RoleType::Conversation,
        &[
            "deleteOwnMessage",
            "editOwnMessage",
            "editOwnMessageAttributes",
            "leaveConversation",
            "sendMediaMessage",
            "sendMessage",
        ],
    ),
];

impl Turn<'_> {
    /// Sees to it that a chat user looks only into conversations that it is in.
    pub(crate) fn require_membership(&self, conversation: &Conversation) -> Result<(), Stop> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        if self.find_participant(conversation, identity)?.is_some() { Ok(()) } else { Err(outsider(identity)) }
    }

    /// Sees to it that a chat user acts for nobody else.
    pub(crate) fn require_self(&self, identity: &str) -> Result<(), Stop> {
        match &self.actor.identity {
            Some(actor) if actor != identity => {
                Err(Refusal::new(403, 50107, format!("User {actor} cannot act for user {identity}")).into())
            }
            _ => Ok(()),
        }
    }

    /// Sees to it that a chat user may do something in a service.
    pub(crate) fn require_of_service(&self, service: &ServiceKey, permission: &str) -> Result<(), Stop> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        if self.service_allows(service.id, identity, permission)? {
            Ok(())
        } else {
            Err(forbidden(identity, permission))
        }
    }

    /// Sees to it that a chat user may do something in a conversation: by the role there, or in the service.
    pub(crate) fn require_in(&self, conversation: &Conversation, permission: &str) -> Result<(), Stop> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        if self.allows_in(conversation, identity, permission)? { Ok(()) } else { Err(forbidden(identity, permission)) }
    }

    /// The same for one's own things, for which another permission may do as well.
    pub(crate) fn require_own_or_any(
        &self,
        conversation: &Conversation,
        owner: &str,
        own: &str,
        any: &str,
    ) -> Result<(), Stop> {
        let Some(identity) = &self.actor.identity else { return Ok(()) };
        let allowed = (identity == owner && self.allows_in(conversation, identity, own)?)
            || self.allows_in(conversation, identity, any)?;
        if allowed { Ok(()) } else { Err(forbidden(identity, if identity == owner { own } else { any })) }
    }

    /// Sees to it that a chat user may change a user.
    pub(crate) fn require_user_info(&self, service: &ServiceKey, identity: &str) -> Result<(), Stop> {
        let Some(actor) = &self.actor.identity else { return Ok(()) };
        let own = actor == identity && self.service_allows(service.id, actor, "editOwnUserInfo")?;
        if own { Ok(()) } else { self.require_of_service(service, "editAnyUserInfo") }
    }

    /// Sees to it that a chat user may change what a request changes of a participant. Everyone may say how far it has
    /// read.
    pub(crate) fn may_edit_participant(
        &self,
        conversation: &Conversation,
        owner: Option<&str>,
        form: &Fields,
    ) -> Result<(), Stop> {
        let Some(identity) = self.actor.identity.as_deref() else { return Ok(()) };
        if form.filled("RoleSid").is_some() {
            self.may_give_role(conversation, owner)?;
        }
        let reads = |name: &str| name == "LastReadMessageIndex" || name == "LastReadTimestamp";
        if owner == Some(identity) && form.iter().all(|(name, _)| reads(name)) {
            return Ok(());
        }
        self.require_own_or_any(conversation, owner.unwrap_or_default(), "editOwnUserInfo", "editAnyUserInfo")
    }

    /// Sees to it that a chat user gives a role in a conversation only where it may change anyone, and not to itself.
    pub(crate) fn may_give_role(&self, conversation: &Conversation, to: Option<&str>) -> Result<(), Stop> {
        self.not_to_itself(to)?;
        self.require_in(conversation, "editAnyUserInfo")
    }

    /// The same for a role in a service.
    pub(crate) fn may_give_role_of_service(&self, service: &ServiceKey, to: &str) -> Result<(), Stop> {
        self.not_to_itself(Some(to))?;
        self.require_of_service(service, "editAnyUserInfo")
    }

    /// Whatever its role allows: else it could give itself one that allows more.
    fn not_to_itself(&self, to: Option<&str>) -> Result<(), Stop> {
        match &self.actor.identity {
            Some(actor) if Some(actor.as_str()) == to => {
                Err(Refusal::new(403, 50107, format!("User {actor} cannot give itself a role")).into())
            }
            _ => Ok(()),
        }
    }

    /// Sees to it that a chat user may change what a request changes of a conversation.
    pub(crate) fn may_edit_conversation(&self, conversation: &Conversation, form: &Fields) -> Result<(), Stop> {
        if self.actor.identity.is_none() {
            return Ok(());
        }
        if form.text("Attributes").is_some() {
            self.require_in(conversation, "editConversationAttributes")?;
        }
        if form.iter().any(|(name, _)| name != "Attributes") {
            self.require_in(conversation, "editConversationName")?;
        }
        Ok(())
    }

    fn allows_in(&self, conversation: &Conversation, identity: &str, permission: &str) -> Result<bool, Stop> {
        let role = self.db.first(
            "SELECT permissions FROM participant JOIN role ON role.id = participant.role
             WHERE conversation = ? AND identity = ?",
            params![conversation.id, identity],
            |row| row.get(0),
        )?;
        Ok(contains(role, permission) || self.service_allows(conversation.service, identity, permission)?)
    }

    /// A user that isn't there yet will have the service's default role.
    fn service_allows(&self, service: i64, identity: &str, permission: &str) -> Result<bool, Stop> {
        let role = self.db.first(
            "SELECT permissions FROM service LEFT JOIN user ON user.service = service.id AND identity = ?2
             JOIN role ON role.id = iif(user.id IS NULL, default_chat_service_role, user.role) WHERE service.id = ?1",
            params![service, identity],
            |row| row.get(0),
        )?;
        Ok(contains(role, permission))
    }
}

fn contains(permissions: Option<String>, permission: &str) -> bool {
    permissions.is_some_and(|permissions| permissions.contains(&format!("\"{permission}\"")))
}

/// The refusal of what only participants may do.
pub(super) fn outsider(identity: &str) -> Stop {
    Refusal::new(403, 50430, format!("User {identity} is not a participant of the conversation")).into()
}

fn forbidden(identity: &str, permission: &str) -> Stop {
    Refusal::new(403, 50107, format!("User {identity} has no permission {permission}")).into()
}

#[cfg(test)]
mod tests {
    use crate::resource::handler;

    fn is_for_chat_users(operation: &str) -> bool {
        let (resource, _) = handler(operation).unwrap_or_else(|| panic!("no operation {operation}"));
        resource.is_for_chat_users(operation)
    }

    #[test]
    fn chat_users_have_what_an_sdk_does() {
        for yes in [
            "CreateConversation",
            "ListServiceConversation",
            "CreateServiceConversationMessage",
            "FetchConversationMessageReceipt",
            "DeleteConversationParticipant",
            "CreateConversationWithParticipants",
            "UpdateUser",
            "FetchServiceUser",
            "UpdateServiceUserConversation",
        ] {
            assert!(is_for_chat_users(yes), "{yes}");
        }
        for no in [
            "CreateService",
            "DeleteService",
            "UpdateConfiguration",
            "UpdateServiceWebhookConfiguration",
            "CreateConversationScopedWebhook",
            "CreateUser",
            "DeleteServiceUser",
            "UpdateRole",
            "ListCredential",
            "ListParticipantConversation",
        ] {
            assert!(!is_for_chat_users(no), "{no}");
        }
    }
}
