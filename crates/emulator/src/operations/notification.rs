//! A service's push notification settings.

use super::call::{Call, Output};
use super::fields::Fields;
use super::item::{Path, item};
use super::{Operation, RateScope};
use crate::domain::service::{Notification, Notifications, Service};
use crate::error::Failure;
use crate::store::service;
use crate::store::table::Table as _;

/// The notification settings of a service, as an item.
#[derive(Default)]
pub(super) struct ServiceNotification {
    service: Service,
}

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<ServiceNotification>(&["FetchServiceNotification"], fetch),
    Operation::new::<ServiceNotification>(&["UpdateServiceNotification"], update).counted(RateScope::Service),
];

fn fetch(call: &Call<'_>) -> Result<Output, Failure> {
    Ok(Output::item(ServiceNotification { service: find(call)? }))
}

fn update(call: &Call<'_>) -> Result<Output, Failure> {
    let mut service = find(call)?;
    service.notifications.set(call.form());
    service.update(call.tx.db)?;
    Ok(Output::item(ServiceNotification { service }))
}

fn find(call: &Call<'_>) -> Result<Service, Failure> {
    let key = call.service()?;
    call.found(service::get(call.tx.db, key.id)?)
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

item! {
    impl ServiceNotification {
        service.sid = "chat_service_sid", service.notifications.log_enabled = "log_enabled",
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "new_message" => serde_json::to_value(&item.service.notifications.new_message).ok(),
        "added_to_conversation" => serde_json::to_value(&item.service.notifications.added_to_conversation).ok(),
        "removed_from_conversation" => serde_json::to_value(&item.service.notifications.removed_from_conversation).ok(),
        "url" => Path::in_service(["Configuration", "Notifications"]),
    }
}
