//! Address configurations.

use serde_json::{Value, json};
use twilio_conversations_types::v1::EventType;

use super::call::{Call, Output};
use super::item::{Path, item};
use super::resource::{Change, resource};
use super::{Operation, RateScope, Result};
use crate::domain::address::Address;
use crate::domain::messaging_binding::channel;
use crate::domain::values::{AutoCreationType, Documented as _, HttpMethod, WebhookMethod};
use crate::error::{ApiError, ErrorCode};
use crate::store::table::Table as _;
use crate::store::{address, service, unless_taken};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Address>(&["CreateConfigurationAddress"], create).counted(RateScope::Account),
    Operation::fetch::<Address>(&["FetchConfigurationAddress"]),
    Operation::update::<Address>(&["UpdateConfigurationAddress"]).counted(RateScope::Account),
    Operation::new::<Address>(&["ListConfigurationAddress"], list),
    Operation::delete::<Address>(&["DeleteConfigurationAddress"]).counted(RateScope::Account),
];

fn create(call: &Call<'_>) -> Result<Output> {
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

fn list(call: &Call<'_>) -> Result<Output> {
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
