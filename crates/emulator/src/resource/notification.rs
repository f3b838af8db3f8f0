//! A service's push notifications: kept and answered, never sent.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::service::ServiceKey;
use crate::call::{Call, Reply};
use crate::error::Stop;
use crate::render::item;
use crate::spec::Fields;
use crate::store::Cached;

/// What is stored, as JSON, with the member names of the answer.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Notifications {
    log_enabled: bool,
    new_message: NewMessage,
    added_to_conversation: Notification,
    removed_from_conversation: Notification,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Notification {
    enabled: bool,
    template: Option<String>,
    sound: Option<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct NewMessage {
    #[serde(flatten)]
    common: Notification,
    badge_count_enabled: bool,
    with_media: WithMedia,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct WithMedia {
    enabled: bool,
    template: Option<String>,
}

#[derive(Default)]
pub(super) struct ServiceNotification {
    service_sid: String,
    settings: Notifications,
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    Ok(call.item(&find(call, service)?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let service = call.service()?;
    let id = service.id;
    let mut notification = find(call, service)?;
    notification.settings.take(call.form());
    let text = serde_json::to_string(&notification.settings).unwrap_or_default();
    call.turn.db.execute_cached("UPDATE service SET notifications = ? WHERE id = ?", params![text, id])?;
    Ok(call.item(&notification))
}

impl Notifications {
    fn take(&mut self, form: &Fields) {
        set(&mut self.log_enabled, form.boolean("LogEnabled"));
        self.new_message.common.take(form, "NewMessage");
        set(&mut self.new_message.badge_count_enabled, form.boolean("NewMessage.BadgeCountEnabled"));
        set(&mut self.new_message.with_media.enabled, form.boolean("NewMessage.WithMedia.Enabled"));
        set(&mut self.new_message.with_media.template, text(form, "NewMessage.WithMedia.Template"));
        self.added_to_conversation.take(form, "AddedToConversation");
        self.removed_from_conversation.take(form, "RemovedFromConversation");
    }
}

impl Notification {
    fn take(&mut self, form: &Fields, prefix: &str) {
        set(&mut self.enabled, form.boolean(&format!("{prefix}.Enabled")));
        set(&mut self.template, text(form, &format!("{prefix}.Template")));
        set(&mut self.sound, text(form, &format!("{prefix}.Sound")));
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// The text under a name, where an empty one clears.
fn text(form: &Fields, name: &str) -> Option<Option<String>> {
    form.text(name).map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()))
}

fn find(call: &Call<'_>, service: ServiceKey) -> Result<ServiceNotification, Stop> {
    let stored: Option<String> =
        call.turn.db.first("SELECT notifications FROM service WHERE id = ?", [service.id], |row| row.get(0))?;
    let settings = stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(ServiceNotification { service_sid: service.sid, settings })
}

item! {
    impl ServiceNotification |self, value| {
        let json = |part: serde_json::Result<serde_json::Value>| part.unwrap_or_default();
        let settings = &self.settings;
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&self.service_sid),
        "log_enabled" => value.boolean(settings.log_enabled),
        "new_message" => value.value(&json(serde_json::to_value(&settings.new_message))),
        "added_to_conversation" => value.value(&json(serde_json::to_value(&settings.added_to_conversation))),
        "removed_from_conversation" => {
            value.value(&json(serde_json::to_value(&settings.removed_from_conversation)));
        },
        "url" => value.url(format_args!("/Configuration/Notifications")),
    }
}
