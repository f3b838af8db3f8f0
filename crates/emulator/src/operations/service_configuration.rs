//! A service's defaults.

use super::call::{Call, Output};
use super::item::{Path, item};
use super::{Operation, RateScope};
use crate::domain::service::Service;
use crate::domain::values::RoleType;
use crate::error::Failure;
use crate::store::service;
use crate::store::table::Table as _;

/// The defaults of a service, as an item.
pub(super) struct ServiceConfiguration(Service);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<ServiceConfiguration>(&["FetchServiceConfiguration"], fetch),
    Operation::new::<ServiceConfiguration>(&["UpdateServiceConfiguration"], update).counted(RateScope::Service),
];

fn fetch(call: &Call<'_>) -> Result<Output, Failure> {
    Ok(Output::item(ServiceConfiguration(find(call)?)))
}

fn update(call: &Call<'_>) -> Result<Output, Failure> {
    let mut service = find(call)?;
    let form = call.form();
    let id = service.id;
    for (name, kind, role, role_sid) in [
        (
            "DefaultChatServiceRoleSid",
            RoleType::Service,
            &mut service.chat_service_role,
            &mut service.chat_service_role_sid,
        ),
        (
            "DefaultConversationRoleSid",
            RoleType::Conversation,
            &mut service.conversation_role,
            &mut service.conversation_role_sid,
        ),
        (
            "DefaultConversationCreatorRoleSid",
            RoleType::Conversation,
            &mut service.conversation_creator_role,
            &mut service.conversation_creator_role_sid,
        ),
    ] {
        if let Some(sid) = form.filled(name) {
            *role = Some(call.tx.role(id, sid, kind)?);
            *role_sid = Some(sid.to_owned());
        }
    }
    service.reachability_enabled = form.boolean("ReachabilityEnabled").unwrap_or(service.reachability_enabled);
    service.update(call.tx.db)?;
    Ok(Output::item(ServiceConfiguration(service)))
}

fn find(call: &Call<'_>) -> Result<Service, Failure> {
    let key = call.service()?;
    call.found(service::get(call.tx.db, key.id)?)
}

item! {
    impl ServiceConfiguration {
        0.sid = "chat_service_sid", 0.chat_service_role_sid = "default_chat_service_role_sid",
        0.conversation_role_sid = "default_conversation_role_sid",
        0.conversation_creator_role_sid = "default_conversation_creator_role_sid",
        0.reachability_enabled = "reachability_enabled",
    }
    |item| {
        "url" => Path::in_service(["Configuration"]),
        "links" => Property::Links(vec![
            ("notifications", Path::in_service(["Configuration", "Notifications"])),
            ("webhooks", Path::in_service(["Configuration", "Webhooks"])),
        ]),
    }
}
