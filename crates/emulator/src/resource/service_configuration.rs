//! A service's defaults.

use rusqlite::params;

use super::service::ServiceKey;
use crate::call::{Call, Reply};
use crate::documented::RoleType;
use crate::error::Stop;
use crate::render::item;
use crate::store::Cached;

#[derive(Default)]
pub(super) struct ServiceConfiguration {
    service_sid: String,
    chat_service_role_sid: Option<String>,
    conversation_role_sid: Option<String>,
    conversation_creator_role_sid: Option<String>,
    reachability_enabled: bool,
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    Ok(call.item(&find(call, &service)?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let (turn, form) = (&call.turn, call.form());
    for (field, column, kind) in [
        ("DefaultChatServiceRoleSid", "default_chat_service_role", RoleType::Service),
        ("DefaultConversationRoleSid", "default_conversation_role", RoleType::Conversation),
        ("DefaultConversationCreatorRoleSid", "default_conversation_creator_role", RoleType::Conversation),
    ] {
        if let Some(sid) = form.filled(field) {
            let role = turn.role(service.id, sid, kind)?;
            turn.db
                .execute_cached(&format!("UPDATE service SET {column} = ? WHERE id = ?"), params![role, service.id])?;
        }
    }
    if let Some(enabled) = form.boolean("ReachabilityEnabled") {
        turn.db
            .execute_cached("UPDATE service SET reachability_enabled = ? WHERE id = ?", params![enabled, service.id])?;
    }
    Ok(call.item(&find(call, &service)?))
}

fn find(call: &Call<'_>, service: &ServiceKey) -> Result<ServiceConfiguration, Stop> {
    let configuration = call.turn.db.first(
        "SELECT chat.sid, conversation.sid, creator.sid, reachability_enabled FROM service
         LEFT JOIN role AS chat ON chat.id = default_chat_service_role
         LEFT JOIN role AS conversation ON conversation.id = default_conversation_role
         LEFT JOIN role AS creator ON creator.id = default_conversation_creator_role WHERE service.id = ?",
        [service.id],
        |row| {
            Ok(ServiceConfiguration {
                service_sid: service.sid.clone(),
                chat_service_role_sid: row.get(0)?,
                conversation_role_sid: row.get(1)?,
                conversation_creator_role_sid: row.get(2)?,
                reachability_enabled: row.get(3)?,
            })
        },
    )?;
    configuration.ok_or_else(|| call.not_found())
}

item! {
    impl ServiceConfiguration |self, value| {
        "chat_service_sid" => value.text(&self.service_sid),
        "default_chat_service_role_sid" => value.text_or_null(self.chat_service_role_sid.as_deref()),
        "default_conversation_role_sid" => value.text_or_null(self.conversation_role_sid.as_deref()),
        "default_conversation_creator_role_sid" => {
            value.text_or_null(self.conversation_creator_role_sid.as_deref());
        },
        "reachability_enabled" => value.boolean(self.reachability_enabled),
        "url" => value.url(format_args!("/Configuration")),
        "links" => value.links(&[
            ("notifications", format_args!("/Configuration/Notifications")),
            ("webhooks", format_args!("/Configuration/Webhooks")),
        ]),
    }
}
