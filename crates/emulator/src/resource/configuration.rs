//! The account's defaults.

use rusqlite::params;

use super::conversation_state::timer;
use crate::call::{Call, Reply};
use crate::error::{Refusal, Stop};
use crate::render::item;
use crate::store::Cached;

#[derive(Default)]
pub(super) struct Configuration {
    default_service_sid: Option<String>,
    default_messaging_service_sid: String,
    default_inactive_timer: Option<String>,
    default_closed_timer: Option<String>,
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    Ok(call.item(&find(call)?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let form = call.form();
    let (db, account) = (call.turn.db, call.turn.account);
    let mut configuration = find(call)?;
    if let Some(sid) = form.filled("DefaultChatServiceSid") {
        let changed = db.execute_cached(
            "UPDATE account SET default_service = service.id FROM service WHERE service.account = account.id
             AND service.sid = ? AND account.id = ?",
            params![sid, account.id],
        )?;
        if changed == 0 {
            return Err(Refusal::bad(50050, format!("Service {sid} not found")).into());
        }
        configuration.default_service_sid = Some(sid.to_owned());
    }
    if let Some(sid) = form.filled("DefaultMessagingServiceSid") {
        sid.clone_into(&mut configuration.default_messaging_service_sid);
    }
    if let Some(text) = form.text("DefaultInactiveTimer") {
        let duration = timer("DefaultInactiveTimer", text, 60_000, 50375, 50379)?;
        configuration.default_inactive_timer = duration.map(|_| text.to_owned());
    }
    if let Some(text) = form.text("DefaultClosedTimer") {
        let duration = timer("DefaultClosedTimer", text, 600_000, 50376, 50380)?;
        configuration.default_closed_timer = duration.map(|_| text.to_owned());
    }
    db.execute_cached(
        "UPDATE account SET default_messaging_service_sid = ?, default_inactive_timer = ?, default_closed_timer = ?
         WHERE id = ?",
        params![
            configuration.default_messaging_service_sid,
            configuration.default_inactive_timer,
            configuration.default_closed_timer,
            account.id
        ],
    )?;
    Ok(call.item(&configuration))
}

fn find(call: &Call<'_>) -> Result<Configuration, Stop> {
    let configuration = call.turn.db.first(
        "SELECT service.sid, default_messaging_service_sid, default_inactive_timer, default_closed_timer FROM account
         LEFT JOIN service ON service.id = default_service WHERE account.id = ?",
        [call.turn.account.id],
        |row| {
            Ok(Configuration {
                default_service_sid: row.get(0)?,
                default_messaging_service_sid: row.get(1)?,
                default_inactive_timer: row.get(2)?,
                default_closed_timer: row.get(3)?,
            })
        },
    )?;
    configuration.ok_or_else(|| call.not_found())
}

item! {
    impl Configuration |self, value| {
        "account_sid" => value.account_sid(),
        "default_chat_service_sid" => value.text_or_null(self.default_service_sid.as_deref()),
        "default_messaging_service_sid" => value.text(&self.default_messaging_service_sid),
        "default_inactive_timer" => value.text_or_null(self.default_inactive_timer.as_deref()),
        "default_closed_timer" => value.text_or_null(self.default_closed_timer.as_deref()),
        "url" => value.url(format_args!("/Configuration")),
        "links" => {
            let webhooks = ("webhooks", format_args!("/Configuration/Webhooks"));
            match &self.default_service_sid {
                Some(sid) => {
                    value.account_links(&[("service", format_args!("/Services/{sid}/Configuration")), webhooks]);
                }
                None => value.account_links(&[webhooks]),
            }
        },
    }
}
