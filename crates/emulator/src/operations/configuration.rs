//! The account's defaults.

use super::call::{Call, Output};
use super::item::{Path, item};
use super::{Operation, RateScope};
use crate::domain::account::Configuration;
use crate::domain::timers;
use crate::error::{ApiError, ErrorCode, Failure};
use crate::store::configuration;
use crate::store::table::Table as _;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Configuration>(&["FetchConfiguration"], fetch),
    Operation::new::<Configuration>(&["UpdateConfiguration"], update).counted(RateScope::Account),
];

fn fetch(call: &Call<'_>) -> Result<Output, Failure> {
    Ok(Output::item(find(call)?))
}

fn update(call: &Call<'_>) -> Result<Output, Failure> {
    let (form, db, account) = (call.form(), call.tx.db, call.tx.account.id);
    let mut configuration = find(call)?;
    if let Some(sid) = form.filled("DefaultChatServiceSid") {
        if !configuration::set_default_service(db, account, sid)? {
            return Err(ApiError::bad(ErrorCode::SERVICE_NOT_FOUND, format!("Service {sid} not found")).into());
        }
        configuration.service_sid = Some(sid.to_owned());
    }
    if let Some(sid) = form.filled("DefaultMessagingServiceSid") {
        sid.clone_into(&mut configuration.messaging_service_sid);
    }
    for (name, rule, timer) in [
        ("DefaultInactiveTimer", timers::INACTIVE, &mut configuration.inactive_timer),
        ("DefaultClosedTimer", timers::CLOSED, &mut configuration.closed_timer),
    ] {
        if let Some(text) = form.text(name) {
            *timer = rule.read(name, text)?.map(|_| text.to_owned());
        }
    }
    configuration.update(db)?;
    Ok(Output::item(configuration))
}

fn find(call: &Call<'_>) -> Result<Configuration, Failure> {
    call.found(configuration::of_account(call.tx.db, call.tx.account.id)?)
}

item! {
    impl Configuration {
        service_sid = "default_chat_service_sid", messaging_service_sid = "default_messaging_service_sid",
        inactive_timer = "default_inactive_timer", closed_timer = "default_closed_timer",
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "url" => Path::of_account(["Configuration"]),
        "links" => {
            let service = item.service_sid.as_deref();
            let service = service.map(|sid| ("service", Path::of_account(["Services", sid, "Configuration"])));
            let webhooks = ("webhooks", Path::of_account(["Configuration", "Webhooks"]));
            Property::Links(service.into_iter().chain([webhooks]).collect())
        },
    }
}
