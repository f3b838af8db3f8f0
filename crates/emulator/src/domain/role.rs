//! Roles and permissions. REST callers may do everything; chat users need permissions.

use serde::{Deserialize, Serialize};

use super::values::{Documented as _, RoleType};
use crate::error::ApiError;
use crate::time::Millis;

/// A role of a service: a named list of permissions.
#[derive(Debug, Default)]
pub(crate) struct Role {
    pub(crate) id: i64,
    pub(crate) service: i64,
    pub(crate) service_sid: String,
    pub(crate) sid: String,
    pub(crate) friendly_name: String,
    pub(crate) kind: RoleType,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

/// Defines the permissions by their names in the API, and the types of roles that may have each.
macro_rules! permissions {
    ($($variant:ident = $name:literal in $($kind:ident)+,)+) => {
        /// A permission of a role.
        #[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
        pub(crate) enum Permission { $(#[serde(rename = $name)] $variant,)+ }

        impl Permission {
            const ALL: &[Self] = &[$(Self::$variant,)+];

            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Whether roles of a type may have it.
            fn is_for(self, kind: RoleType) -> bool {
                match self { $(Self::$variant => [$(RoleType::$kind),+].contains(&kind),)+ }
            }
        }
    };
}

permissions! {
    AddParticipant = "addParticipant" in Service Conversation,
    CreateConversation = "createConversation" in Service,
    DeleteAnyMessage = "deleteAnyMessage" in Service Conversation,
    DeleteConversation = "deleteConversation" in Service Conversation,
    DeleteOwnMessage = "deleteOwnMessage" in Conversation,
    EditAnyMessage = "editAnyMessage" in Service Conversation,
    EditAnyMessageAttributes = "editAnyMessageAttributes" in Service Conversation,
    EditAnyUserInfo = "editAnyUserInfo" in Service Conversation,
    EditConversationAttributes = "editConversationAttributes" in Service Conversation,
    EditConversationName = "editConversationName" in Service Conversation,
    EditOwnMessage = "editOwnMessage" in Service Conversation,
    EditOwnMessageAttributes = "editOwnMessageAttributes" in Service Conversation,
    EditOwnUserInfo = "editOwnUserInfo" in Service Conversation,
    JoinConversation = "joinConversation" in Service,
    LeaveConversation = "leaveConversation" in Conversation,
    RemoveParticipant = "removeParticipant" in Service Conversation,
    SendMediaMessage = "sendMediaMessage" in Conversation,
    SendMessage = "sendMessage" in Conversation,
}

impl Permission {
    /// All permissions that roles of a type may have.
    fn all_of(kind: RoleType) -> Vec<Self> {
        Self::ALL.iter().copied().filter(|permission| permission.is_for(kind)).collect()
    }
}

/// The roles of a new service: name, type, permissions. The names are known, the permissions assumed. The last three are
/// the defaults for users, for creators of conversations, and for participants.
pub(crate) fn defaults() -> [(&'static str, RoleType, Vec<Permission>); 4] {
    use Permission as P;
    let user = vec![P::CreateConversation, P::EditOwnUserInfo, P::JoinConversation];
    let participant = vec![
        P::DeleteOwnMessage,
        P::EditOwnMessage,
        P::EditOwnMessageAttributes,
        P::LeaveConversation,
        P::SendMediaMessage,
        P::SendMessage,
    ];
    [
        ("service admin", RoleType::Service, P::all_of(RoleType::Service)),
        ("service user", RoleType::Service, user),
        ("channel admin", RoleType::Conversation, P::all_of(RoleType::Conversation)),
        ("channel user", RoleType::Conversation, participant),
    ]
}

/// Reads the permissions of a request in any case, each once. They must be those of the role's type.
pub(crate) fn read_permissions(kind: RoleType, texts: &[&str]) -> Result<Vec<Permission>, ApiError> {
    let mut permissions = Vec::new();
    for text in texts {
        let permission = Permission::ALL.iter().find(|permission| permission.as_str().eq_ignore_ascii_case(text));
        let Some(permission) = permission.filter(|permission| permission.is_for(kind)) else {
            let problem = format!("{text} is not for roles of type {}", kind.as_str());
            return Err(ApiError::invalid("Permission", &problem));
        };
        if !permissions.contains(permission) {
            permissions.push(*permission);
        }
    }
    Ok(permissions)
}
