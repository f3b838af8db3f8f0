//! Services, their defaults and their push notification settings.

use super::{Call, Fields, Operation, Output, Path, RateScope, Result, item, resource};
use crate::domain::limits::check_length;
use crate::domain::service::{Notification, Notifications, Service};
use crate::domain::values::RoleType;
use crate::store::service;
use crate::store::table::Table as _;

/// The defaults of a service, as an item.
pub(super) struct ServiceConfiguration(Service);

/// The notification settings of a service, as an item.
pub(super) struct ServiceNotification(Service);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Service>(&["CreateService"], create).counted(RateScope::Account),
    Operation::fetch::<Service>(&["FetchService"]),
    Operation::list::<Service>(&["ListService"]),
    Operation::delete::<Service>(&["DeleteService"]).counted(RateScope::Account),
    Operation::new::<ServiceConfiguration>(&["FetchServiceConfiguration"], |call| {
        Ok(Output::item(ServiceConfiguration(of_path(call)?)))
    }),
    Operation::new::<ServiceConfiguration>(&["UpdateServiceConfiguration"], update_configuration)
        .counted(RateScope::Service),
    Operation::new::<ServiceNotification>(&["FetchServiceNotification"], |call| {
        Ok(Output::item(ServiceNotification(of_path(call)?)))
    }),
    Operation::new::<ServiceNotification>(&["UpdateServiceNotification"], update_notifications)
        .counted(RateScope::Service),
];

fn create(call: &Call<'_>) -> Result<Output> {
    let name = call.form().text("FriendlyName").unwrap_or_default();
    check_length("FriendlyName", Some(name), 256)?;
    let tx = call.tx;
    Ok(Output::item(service::create(tx.db, tx.ids, tx.account.id, name, tx.new_sid("IS"), tx.now)?))
}

fn update_configuration(call: &Call<'_>) -> Result<Output> {
    let mut service = of_path(call)?;
    let (form, id) = (call.form(), service.id);
    if let Some(sid) = form.filled("DefaultChatServiceRoleSid") {
        let role = call.tx.role(id, sid, RoleType::Service)?;
        (service.chat_service_role, service.chat_service_role_sid) = role;
    }
    if let Some(sid) = form.filled("DefaultConversationRoleSid") {
        let role = call.tx.role(id, sid, RoleType::Conversation)?;
        (service.conversation_role, service.conversation_role_sid) = role;
    }
    if let Some(sid) = form.filled("DefaultConversationCreatorRoleSid") {
        let role = call.tx.role(id, sid, RoleType::Conversation)?;
        (service.conversation_creator_role, service.conversation_creator_role_sid) = role;
    }
    service.reachability_enabled = form.boolean("ReachabilityEnabled").unwrap_or(service.reachability_enabled);
    service.update(call.tx.db)?;
    Ok(Output::item(ServiceConfiguration(service)))
}

fn update_notifications(call: &Call<'_>) -> Result<Output> {
    let mut service = of_path(call)?;
    service.notifications.set(call.form());
    service.update(call.tx.db)?;
    Ok(Output::item(ServiceNotification(service)))
}

fn of_path(call: &Call<'_>) -> Result<Service> {
    call.found(service::get(call.tx.db, call.service()?.id)?)
}

impl Notifications {
    fn set(&mut self, form: &Fields) {
        let set = |name: &str, place: &mut bool| *place = form.boolean(name).unwrap_or(*place);
        set("LogEnabled", &mut self.log_enabled);
        self.new_message.common.set(form, "NewMessage");
        set("NewMessage.BadgeCountEnabled", &mut self.new_message.badge_count_enabled);
        set("NewMessage.WithMedia.Enabled", &mut self.new_message.with_media.enabled);
        form.set_nullable("NewMessage.WithMedia.Template", &mut self.new_message.with_media.template);
        self.added_to_conversation.set(form, "AddedToConversation");
        self.removed_from_conversation.set(form, "RemovedFromConversation");
    }
}

impl Notification {
    fn set(&mut self, form: &Fields, prefix: &str) {
        self.enabled = form.boolean(&format!("{prefix}.Enabled")).unwrap_or(self.enabled);
        form.set_nullable(&format!("{prefix}.Template"), &mut self.template);
        form.set_nullable(&format!("{prefix}.Sound"), &mut self.sound);
    }
}

/// The links of a service, and their paths below it.
const LINKS: &[(&str, &str)] = &[
    ("conversations", "Conversations"),
    ("conversation_with_participants", "ConversationWithParticipants"),
    ("participant_conversations", "ParticipantConversations"),
    ("users", "Users"),
    ("roles", "Roles"),
    ("bindings", "Bindings"),
    ("configuration", "Configuration"),
];

resource!(Service, |call| call.tx.account.id);

item! {
    impl Service { sid, friendly_name, date_created, date_updated }
    |item| {
        "account_sid" => Property::AccountSid,
        "url" => Path::of_account(["Services", &item.sid]),
        "links" => Property::LinksBelow(Path::of_account(["Services", &item.sid]), LINKS),
    }
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

item! {
    impl ServiceNotification {
        0.sid = "chat_service_sid", 0.notifications.log_enabled = "log_enabled",
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "new_message" => serde_json::to_value(&item.0.notifications.new_message).ok(),
        "added_to_conversation" => serde_json::to_value(&item.0.notifications.added_to_conversation).ok(),
        "removed_from_conversation" => serde_json::to_value(&item.0.notifications.removed_from_conversation).ok(),
        "url" => Path::in_service(["Configuration", "Notifications"]),
    }
}
