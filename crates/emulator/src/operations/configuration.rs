//! The configuration of the account, of its addresses, and of the webhooks of the account and its services.

use serde_json::{Value, json};
use twilio_conversations_types::v1::EventType;

use super::{Call, Change, Operation, Output, ParameterCode, Path, RateScope, Result, item, resource};
use crate::domain::account::Configuration;
use crate::domain::address::Address;
use crate::domain::messaging_binding::channel;
use crate::domain::timers;
use crate::domain::values::{AutoCreationType, Documented as _, HttpMethod, WebhookMethod};
use crate::domain::webhook_configuration::WebhookConfiguration;
use crate::error::{ApiError, ErrorCode};
use crate::store::table::Table as _;
use crate::store::{address, configuration, service, unless_taken, webhook_configuration};

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
    Operation::new::<Address>(&["CreateConfigurationAddress"], create_address).counted(RateScope::Account),
    Operation::fetch::<Address>(&["FetchConfigurationAddress"]),
    Operation::update::<Address>(&["UpdateConfigurationAddress"]).counted(RateScope::Account),
    Operation::new::<Address>(&["ListConfigurationAddress"], list_addresses),
    Operation::delete::<Address>(&["DeleteConfigurationAddress"]).counted(RateScope::Account),
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

fn create_address(call: &Call<'_>) -> Result<Output> {
    let (tx, form) = (call.tx, call.form());
    let mut address = Address {
        account: tx.account.id,
        sid: tx.new_sid("IG"),
        kind: form.required("Type")?,
        address: form.text("Address").unwrap_or_default().to_owned(),
        address_country: form.filled("AddressCountry").map(str::to_owned),
        date_created: tx.now,
        ..Address::default()
    };
    if channel(&address.address).is_none_or(|channel| channel != address.kind) {
        return Err(ApiError::invalid("Address", &format!("not an address of type {}", address.kind.as_str())).into());
    }
    address.set(call)?;
    unless_taken(address.insert(tx.db), |_| {
        let message = "Invalid parameter Address: it has a configuration already";
        ApiError::conflict(ErrorCode::INVALID_PARAMETER, message)
    })?;
    Ok(Output::item(address))
}

fn list_addresses(call: &Call<'_>) -> Result<Output> {
    call.page::<Address>(&address::list(call.tx.account.id, call.query().value("Type")?))
}

resource!(Address, |call| call.tx.account.id, address::find);

impl Change for Address {
    fn set(&mut self, call: &Call<'_>) -> Result<()> {
        let (tx, form) = (call.tx, call.form());
        self.date_updated = tx.now;
        form.set_limited("FriendlyName", 256, &mut self.friendly_name)?;
        let auto = &mut self.auto;
        auto.enabled = form.boolean("AutoCreation.Enabled").unwrap_or(auto.enabled);
        if let Some(sid) = form.filled("AutoCreation.ConversationServiceSid")
            && service::key(tx.db, tx.account.id, Some(sid))?.is_none()
        {
            return Err(ApiError::bad(ErrorCode::SERVICE_NOT_FOUND, format!("Service {sid} not found")).into());
        }
        form.set_nullable("AutoCreation.ConversationServiceSid", &mut auto.service_sid);
        form.set_url("AutoCreation.WebhookUrl", ErrorCode::INVALID_PARAMETER, &mut auto.webhook_url)?;
        form.set_events("AutoCreation.WebhookFilters", EventType::ADDRESS_EVENTS, &mut self.webhook_filters)?;
        auto.retry_count = form.integer("AutoCreation.StudioRetryCount").or(auto.retry_count);
        form.set_nullable("AutoCreation.StudioFlowSid", &mut auto.flow_sid);
        auto.webhook_method = form.value("AutoCreation.WebhookMethod")?.or(auto.webhook_method);
        auto.kind = form.value("AutoCreation.Type")?.or(auto.kind);
        let (required, is_set) = match auto.kind {
            None | Some(AutoCreationType::Default) => return Ok(()),
            Some(AutoCreationType::Webhook) => ("AutoCreation.WebhookUrl", auto.webhook_url.is_some()),
            Some(AutoCreationType::Studio) => ("AutoCreation.StudioFlowSid", auto.flow_sid.is_some()),
        };
        if is_set { Ok(()) } else { Err(ApiError::missing(required).into()) }
    }
}

impl Address {
    /// The `auto_creation` of responses, with the members of its type. The default type is `default`: the conversation
    /// that the address opens has no webhook.
    fn auto_creation(&self) -> Value {
        let auto = &self.auto;
        let kind = auto.kind.unwrap_or(AutoCreationType::Default);
        let mut json = json!({
            "enabled": auto.enabled,
            "type": kind.as_str(),
            "conversation_service_sid": auto.service_sid,
        });
        match kind {
            AutoCreationType::Default => {}
            AutoCreationType::Webhook => {
                // Requests have the method in lower case, the documented responses in upper case.
                let method = HttpMethod::from(auto.webhook_method.unwrap_or(WebhookMethod::Post));
                json["webhook_url"] = json!(auto.webhook_url);
                json["webhook_method"] = json!(method.as_str());
                json["webhook_filters"] = json!(self.webhook_filters);
            }
            AutoCreationType::Studio => {
                json["studio_flow_sid"] = json!(auto.flow_sid);
                json["studio_retry_count"] = json!(auto.retry_count);
            }
        }
        json
    }
}

item! {
    impl Address {
        sid, kind = "type", address, address_country, friendly_name, date_created, date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "auto_creation" => item.auto_creation(),
        "url" => Path::of_account(["Configuration", "Addresses", &item.sid]),
    }
}
