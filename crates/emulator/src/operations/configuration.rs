//! The account's defaults, and the webhook configurations of the account and of services.

use twilio_conversations_types::v1::EventType;

use super::call::{Call, Output};
use super::item::{Path, item};
use super::{Operation, ParameterCode, RateScope, Result};
use crate::domain::account::Configuration;
use crate::domain::timers;
use crate::domain::webhook_configuration::WebhookConfiguration;
use crate::error::{ApiError, ErrorCode};
use crate::store::table::Table as _;
use crate::store::{configuration, webhook_configuration};

const METHOD_CODES: &[ParameterCode] = &[ParameterCode::both("Method", ErrorCode::INVALID_WEBHOOK_METHOD)];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Configuration>(&["FetchConfiguration"], |call| Ok(Output::item(find(call)?))),
    Operation::new::<Configuration>(&["UpdateConfiguration"], update).counted(RateScope::Account),
    Operation::new::<WebhookConfiguration>(&["FetchConfigurationWebhook"], fetch_webhooks),
    Operation::new::<WebhookConfiguration>(&["UpdateConfigurationWebhook"], update_webhooks)
        .counted(RateScope::Account)
        .codes(METHOD_CODES),
    Operation::new::<WebhookConfiguration>(&["FetchServiceWebhookConfiguration"], fetch_webhooks),
    Operation::new::<WebhookConfiguration>(&["UpdateServiceWebhookConfiguration"], update_webhooks)
        .counted(RateScope::Service)
        .codes(METHOD_CODES),
];

fn update(call: &Call<'_>) -> Result<Output> {
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

fn find(call: &Call<'_>) -> Result<Configuration> {
    call.found(configuration::of_account(call.tx.db, call.tx.account.id)?)
}

fn fetch_webhooks(call: &Call<'_>) -> Result<Output> {
    Ok(Output::item(find_webhooks(call)?))
}

/// An empty URL or a bare `Filters` clears the value.
fn update_webhooks(call: &Call<'_>) -> Result<Output> {
    let form = call.form();
    let mut configuration = find_webhooks(call)?;
    let before = configuration.filters.clone();
    if configuration.service.is_none() {
        configuration.target = form.value("Target")?.or(configuration.target);
    }
    configuration.method = form.value("Method")?.or(configuration.method);
    if let Some(filters) = form.list("Filters") {
        configuration.filters = filters.into_iter().map(Into::into).collect();
    }
    form.set_url("PreWebhookUrl", ErrorCode::INVALID_PRE_WEBHOOK_URL, &mut configuration.pre_webhook_url)?;
    form.set_url("PostWebhookUrl", ErrorCode::INVALID_POST_WEBHOOK_URL, &mut configuration.post_webhook_url)?;
    webhook_configuration::save(call.tx.db, &mut configuration, &before)?;
    Ok(Output::item(configuration))
}

/// The configuration of the service that the path names, or the account's.
fn find_webhooks(call: &Call<'_>) -> Result<WebhookConfiguration> {
    let (db, account) = (call.tx.db, call.tx.account.id);
    if call.input.parameters.get("ChatServiceSid").is_some() {
        Ok(webhook_configuration::of_service(db, account, &call.service()?)?)
    } else {
        Ok(webhook_configuration::of_account(db, account)?)
    }
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

item! {
    impl WebhookConfiguration {
        service_sid = "chat_service_sid", method, pre_webhook_url, post_webhook_url, target,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "filters" => Property::Texts(item.filters.iter().map(EventType::as_str).collect()),
        "url" => Path::in_service(["Configuration", "Webhooks"]),
    }
}
