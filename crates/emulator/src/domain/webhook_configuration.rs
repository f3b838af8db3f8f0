//! Webhook configurations: one for the account, one for each service.

use twilio_conversations_types::v1::EventType;

use super::delivery::{Receiver, Scope, Target};
use super::values::{HttpMethod, WebhookTarget};

/// Which events are reported, and to which URLs.
#[derive(Clone, Debug, Default)]
pub(crate) struct WebhookConfiguration {
    pub(crate) id: i64,
    pub(crate) account: i64,
    /// Row and SID of the service; none for the account's configuration.
    pub(crate) service: Option<i64>,
    pub(crate) service_sid: Option<String>,
    pub(crate) method: Option<HttpMethod>,
    pub(crate) filters: Vec<EventType>,
    pub(crate) pre_webhook_url: Option<String>,
    pub(crate) post_webhook_url: Option<String>,
    pub(crate) target: Option<WebhookTarget>,
}

impl WebhookConfiguration {
    /// The account's configuration before its first update: no filters, no URLs, method `GET`.
    pub(crate) fn new_for_account(account: i64) -> Self {
        let (method, target) = (Some(HttpMethod::Get), Some(WebhookTarget::Webhook));
        Self { account, method, target, ..Self::default() }
    }

    /// A service's configuration before its first update: without a method, filters and URLs.
    pub(crate) fn new_for_service(account: i64, service: i64, service_sid: &str) -> Self {
        Self { account, service: Some(service), service_sid: Some(service_sid.to_owned()), ..Self::default() }
    }

    /// Whether an event is reported. `empty_means_all` is the assumption about an account's empty filters.
    pub(crate) fn reports(&self, event: &EventType, empty_means_all: bool) -> bool {
        if self.service.is_none() && self.filters.is_empty() {
            return empty_means_all;
        }
        self.filters.contains(event)
    }

    /// The receiver at one of its URLs. The method of a service whose method was never set is assumed to be `POST`.
    pub(crate) fn receiver(&self, url: &str) -> Receiver {
        let scope = if self.service.is_some() { Scope::Service } else { Scope::Account };
        let method = self.method.unwrap_or(HttpMethod::Post);
        Receiver { scope, target: Target::Url { method, url: url.to_owned() } }
    }
}
