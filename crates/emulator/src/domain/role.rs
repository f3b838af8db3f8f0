//! Roles and permissions. REST callers may do everything; chat users need permissions.

use super::values::RoleType;
use crate::error::ApiError;
use crate::time::Millis;

/// A role of a service: a named list of permissions.
#[derive(Debug, Default)]
pub(crate) struct Role {
    pub(crate) id: i64,
    /// Row of the service.
    pub(crate) service: i64,
    pub(crate) service_sid: String,
    pub(crate) sid: String,
    pub(crate) friendly_name: String,
    pub(crate) kind: RoleType,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

/// Defines the permissions by their names in the API.
macro_rules! permissions {
    ($($variant:ident = $name:literal,)+) => {
        /// A permission of a role.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Permission { $($variant,)+ }

        impl Permission {
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Reads a name in any case.
            pub(crate) fn read(text: &str) -> Option<Self> {
                $(if text.eq_ignore_ascii_case($name) {
                    return Some(Self::$variant);
                })+
                None
            }
        }
    };
}

permissions! {
    AddParticipant = "addParticipant",
    CreateConversation = "createConversation",
    DeleteAnyMessage = "deleteAnyMessage",
    DeleteConversation = "deleteConversation",
    DeleteOwnMessage = "deleteOwnMessage",
    EditAnyMessage = "editAnyMessage",
    EditAnyMessageAttributes = "editAnyMessageAttributes",
    EditAnyUserInfo = "editAnyUserInfo",
    EditConversationAttributes = "editConversationAttributes",
    EditConversationName = "editConversationName",
    EditOwnMessage = "editOwnMessage",
    EditOwnMessageAttributes = "editOwnMessageAttributes",
    EditOwnUserInfo = "editOwnUserInfo",
    JoinConversation = "joinConversation",
    LeaveConversation = "leaveConversation",
    RemoveParticipant = "removeParticipant",
    SendMediaMessage = "sendMediaMessage",
    SendMessage = "sendMessage",
}

use Permission as P;

/// The permissions that a role of type `service` may have.
const SERVICE: &[Permission] = &[
    P::AddParticipant,
    P::CreateConversation,
    P::DeleteAnyMessage,
    P::DeleteConversation,
    P::EditAnyMessage,
    P::EditAnyMessageAttributes,
    P::EditAnyUserInfo,
    P::EditConversationAttributes,
    P::EditConversationName,
    P::EditOwnMessage,
    P::EditOwnMessageAttributes,
    P::EditOwnUserInfo,
    P::JoinConversation,
    P::RemoveParticipant,
];

/// The permissions that a role of type `conversation` may have.
const CONVERSATION: &[Permission] = &[
    P::AddParticipant,
    P::DeleteAnyMessage,
    P::DeleteConversation,
    P::DeleteOwnMessage,
    P::EditAnyMessage,
    P::EditAnyMessageAttributes,
    P::EditAnyUserInfo,
    P::EditConversationAttributes,
    P::EditConversationName,
    P::EditOwnMessage,
    P::EditOwnMessageAttributes,
    P::EditOwnUserInfo,
    P::LeaveConversation,
    P::RemoveParticipant,
    P::SendMediaMessage,
    P::SendMessage,
];

/// The roles of a new service: name, type, permissions. The names are known, the permissions assumed. The last three are
/// the defaults for users, for creators of conversations, and for participants.
pub(crate) const DEFAULTS: [(&str, RoleType, &[Permission]); 4] = [
    ("service admin", RoleType::Service, SERVICE),
    ("service user", RoleType::Service, &[P::CreateConversation, P::EditOwnUserInfo, P::JoinConversation]),
    ("channel admin", RoleType::Conversation, CONVERSATION),
    (
        "channel user",
        RoleType::Conversation,
        &[
            P::DeleteOwnMessage,
            P::EditOwnMessage,
            P::EditOwnMessageAttributes,
            P::LeaveConversation,
            P::SendMediaMessage,
            P::SendMessage,
        ],
    ),
];

/// Reads the permissions of a request, each once. They must be those of the role's type.
pub(crate) fn read_permissions(kind: RoleType, texts: &[&str]) -> Result<Vec<Permission>, ApiError> {
    let known = match kind {
        RoleType::Service => SERVICE,
        RoleType::Conversation => CONVERSATION,
    };
    let mut permissions = Vec::new();
    for text in texts {
        let Some(permission) = Permission::read(text).filter(|permission| known.contains(permission)) else {
            use super::values::Documented as _;
            let problem = format!("{text} is not for roles of type {}", kind.as_str());
            return Err(ApiError::invalid("Permission", &problem));
        };
        if !permissions.contains(&permission) {
            permissions.push(permission);
        }
    }
    Ok(permissions)
}
