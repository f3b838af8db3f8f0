//! Webhook configurations: one for the account, one for each service.

use twilio_conversations_types::v1::EventType;

use super::call::{Call, Output};
use super::fields::Fields;
use super::item::{Path, item};
use super::{Operation, ParameterCode, RateScope};
use crate::domain::webhook_configuration::WebhookConfiguration;
use crate::error::{ErrorCode, Failure};
use crate::store::webhook_configuration;

const METHOD_CODES: &[ParameterCode] = &[ParameterCode {
    name: "Method",
    empty: ErrorCode::INVALID_WEBHOOK_METHOD,
    invalid: ErrorCode::INVALID_WEBHOOK_METHOD,
}];

pub(super) const OF_ACCOUNT: &[Operation] = &[
    Operation::new::<WebhookConfiguration>(&["FetchConfigurationWebhook"], fetch_of_account),
    Operation::new::<WebhookConfiguration>(&["UpdateConfigurationWebhook"], update_of_account)
        .counted(RateScope::Account)
        .codes(METHOD_CODES),
];

pub(super) const OF_SERVICE: &[Operation] = &[
    Operation::new::<WebhookConfiguration>(&["FetchServiceWebhookConfiguration"], fetch_of_service),
    Operation::new::<WebhookConfiguration>(&["UpdateServiceWebhookConfiguration"], update_of_service)
        .counted(RateScope::Service)
        .codes(METHOD_CODES),
];

fn fetch_of_account(call: &Call<'_>) -> Result<Output, Failure> {
    Ok(Output::item(of_account(call)?))
}

fn update_of_account(call: &Call<'_>) -> Result<Output, Failure> {
    let mut configuration = of_account(call)?;
    configuration.target = call.form().value("Target")?.or(configuration.target);
    update(call, configuration)
}

fn fetch_of_service(call: &Call<'_>) -> Result<Output, Failure> {
    Ok(Output::item(of_service(call)?))
}

fn update_of_service(call: &Call<'_>) -> Result<Output, Failure> {
    let configuration = of_service(call)?;
    update(call, configuration)
}

fn of_account(call: &Call<'_>) -> Result<WebhookConfiguration, Failure> {
    Ok(webhook_configuration::of_account(call.tx.db, call.tx.account.id)?)
}

fn of_service(call: &Call<'_>) -> Result<WebhookConfiguration, Failure> {
    let service = call.service()?;
    Ok(webhook_configuration::of_service(call.tx.db, call.tx.account.id, &service)?)
}

fn update(call: &Call<'_>, mut configuration: WebhookConfiguration) -> Result<Output, Failure> {
    let before = configuration.filters.clone();
    configuration.set(call.form())?;
    webhook_configuration::save(call.tx.db, &mut configuration, &before)?;
    Ok(Output::item(configuration))
}

impl WebhookConfiguration {
    /// Sets the fields of a request. An empty URL or a bare `Filters` clears the value.
    fn set(&mut self, form: &Fields) -> Result<(), Failure> {
        self.method = form.value("Method")?.or(self.method);
        if let Some(filters) = form.list("Filters") {
            self.filters = filters.into_iter().map(Into::into).collect();
        }
        form.set_webhook_url("PreWebhookUrl", ErrorCode::INVALID_PRE_WEBHOOK_URL, &mut self.pre_webhook_url)?;
        form.set_webhook_url("PostWebhookUrl", ErrorCode::INVALID_POST_WEBHOOK_URL, &mut self.post_webhook_url)?;
        Ok(())
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
