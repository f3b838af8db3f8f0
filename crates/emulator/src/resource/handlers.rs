//! Which function handles which operation, and which codes are more specific than 20001.

use super::*;
use crate::call::{Call, Reply};

/// Handles a request that fits the specification.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Reply, Stop>;

/// The handler of an operation. One handler serves the paths with and without a service.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "FetchConfiguration" => configuration::fetch,
        "UpdateConfiguration" => configuration::update,

        "CreateConfigurationAddress" => address::create,
        "FetchConfigurationAddress" => address::fetch,
        "UpdateConfigurationAddress" => address::update,
        "ListConfigurationAddress" => address::list,
        "DeleteConfigurationAddress" => address::delete,

        "FetchConfigurationWebhook" => webhook_configuration::fetch_of_account,
        "UpdateConfigurationWebhook" => webhook_configuration::update_of_account,
        "FetchServiceWebhookConfiguration" => webhook_configuration::fetch_of_service,
        "UpdateServiceWebhookConfiguration" => webhook_configuration::update_of_service,

        "CreateConversation" | "CreateServiceConversation" => conversation::create,
        "FetchConversation" | "FetchServiceConversation" => conversation::fetch,
        "UpdateConversation" | "UpdateServiceConversation" => conversation::update,
        "ListConversation" | "ListServiceConversation" => conversation::list,
        "DeleteConversation" | "DeleteServiceConversation" => conversation::delete,

        "CreateConversationWithParticipants" | "CreateServiceConversationWithParticipants" => {
            conversation_with_participants::create
        }

        "CreateConversationMessage" | "CreateServiceConversationMessage" => message::create,
        "FetchConversationMessage" | "FetchServiceConversationMessage" => message::fetch,
        "UpdateConversationMessage" | "UpdateServiceConversationMessage" => message::update,
        "ListConversationMessage" | "ListServiceConversationMessage" => message::list,
        "DeleteConversationMessage" | "DeleteServiceConversationMessage" => message::delete,

        "FetchConversationMessageReceipt" | "FetchServiceConversationMessageReceipt" => receipt::fetch,
        "ListConversationMessageReceipt" | "ListServiceConversationMessageReceipt" => receipt::list,

        "CreateConversationParticipant" | "CreateServiceConversationParticipant" => participant::create,
        "FetchConversationParticipant" | "FetchServiceConversationParticipant" => participant::fetch,
        "UpdateConversationParticipant" | "UpdateServiceConversationParticipant" => participant::update,
        "ListConversationParticipant" | "ListServiceConversationParticipant" => participant::list,
        "DeleteConversationParticipant" | "DeleteServiceConversationParticipant" => participant::delete,

        "CreateConversationScopedWebhook" | "CreateServiceConversationScopedWebhook" => scoped_webhook::create,
        "FetchConversationScopedWebhook" | "FetchServiceConversationScopedWebhook" => scoped_webhook::fetch,
        "UpdateConversationScopedWebhook" | "UpdateServiceConversationScopedWebhook" => scoped_webhook::update,
        "ListConversationScopedWebhook" | "ListServiceConversationScopedWebhook" => scoped_webhook::list,
        "DeleteConversationScopedWebhook" | "DeleteServiceConversationScopedWebhook" => scoped_webhook::delete,

        "CreateCredential" => credential::create,
        "FetchCredential" => credential::fetch,
        "UpdateCredential" => credential::update,
        "ListCredential" => credential::list,
        "DeleteCredential" => credential::delete,

        "ListParticipantConversation" | "ListServiceParticipantConversation" => participant_conversation::list,

        "CreateRole" | "CreateServiceRole" => role::create,
        "FetchRole" | "FetchServiceRole" => role::fetch,
        "UpdateRole" | "UpdateServiceRole" => role::update,
        "ListRole" | "ListServiceRole" => role::list,
        "DeleteRole" | "DeleteServiceRole" => role::delete,

        "CreateService" => service::create_service,
        "FetchService" => service::fetch,
        "ListService" => service::list,
        "DeleteService" => service::delete,

        "FetchServiceBinding" => binding::fetch,
        "ListServiceBinding" => binding::list,
        "DeleteServiceBinding" => binding::delete,

        "FetchServiceConfiguration" => service_configuration::fetch,
        "UpdateServiceConfiguration" => service_configuration::update,

        "FetchServiceNotification" => notification::fetch,
        "UpdateServiceNotification" => notification::update,

        "CreateUser" | "CreateServiceUser" => user::create,
        "FetchUser" | "FetchServiceUser" => user::fetch,
        "UpdateUser" | "UpdateServiceUser" => user::update,
        "ListUser" | "ListServiceUser" => user::list,
        "DeleteUser" | "DeleteServiceUser" => user::delete,

        "FetchUserConversation" | "FetchServiceUserConversation" => user_conversation::fetch,
        "UpdateUserConversation" | "UpdateServiceUserConversation" => user_conversation::update,
        "ListUserConversation" | "ListServiceUserConversation" => user_conversation::list,
        "DeleteUserConversation" | "DeleteServiceUserConversation" => user_conversation::delete,

        _ => return None,
    })
}

/// The code for a form field that is missing, empty, or not what the specification says, where the vendor has one that
/// says more than 20001.
pub(crate) fn specific_code(operation: &str, field: &str, empty: bool) -> Option<u32> {
    let is = |name: &str| operation.contains(name);
    Some(match field {
        // Of an account's or a service's webhooks; that of a conversation's is another field.
        "Method" => 50055,
        "State" if empty => 50374,
        "State" => 50378,
        "Identity" if is("CreateUser") || is("CreateServiceUser") => 50204,
        "Target" if is("ScopedWebhook") && empty => 50368,
        "Target" if is("ScopedWebhook") => 50364,
        "Configuration.Filters" => 50365,
        "Configuration.FlowSid" => 50367,
        "LastReadMessageIndex" => 50516,
        _ => return None,
    })
}
