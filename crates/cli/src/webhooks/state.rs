//! Webhooks as the server has them.

use twilio_conversations::{
    EventType, FlowSid, HttpMethod, WebhookSid,
    v1::{
        ConfigurationWebhook, ConversationScopedWebhook, ScopedWebhookTarget, ServiceWebhookConfiguration,
        WebhookMethod, WebhookTarget,
    },
};

/// The webhook configuration of the account or of a service.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Configuration {
    pub(super) method: Option<HttpMethod>,
    pub(super) filters: Vec<EventType>,
    pub(super) pre_webhook_url: Option<String>,
    pub(super) post_webhook_url: Option<String>,
    /// The account's only.
    pub(super) target: Option<WebhookTarget>,
}

/// A webhook of a conversation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Scoped {
    pub(super) sid: WebhookSid,
    pub(super) target: ScopedWebhookTarget,
    pub(super) url: Option<String>,
    pub(super) method: Option<WebhookMethod>,
    pub(super) filters: Vec<EventType>,
    pub(super) triggers: Vec<String>,
    pub(super) flow_sid: Option<FlowSid>,
}

/// An empty URL is none.
fn url(url: Option<String>) -> Option<String> {
    url.filter(|url| !url.is_empty())
}

impl From<ConfigurationWebhook> for Configuration {
    fn from(found: ConfigurationWebhook) -> Self {
        Self {
            method: found.method,
            filters: found.filters.unwrap_or_default(),
            pre_webhook_url: url(found.pre_webhook_url),
            post_webhook_url: url(found.post_webhook_url),
            target: found.target,
        }
    }
}

impl From<ServiceWebhookConfiguration> for Configuration {
    fn from(found: ServiceWebhookConfiguration) -> Self {
        Self {
            method: found.method,
            filters: found.filters.unwrap_or_default(),
            pre_webhook_url: url(found.pre_webhook_url),
            post_webhook_url: url(found.post_webhook_url),
            target: None,
        }
    }
}

impl From<ConversationScopedWebhook> for Scoped {
    fn from(found: ConversationScopedWebhook) -> Self {
        let configuration = found.configuration.unwrap_or_default();
        let target = found.target.unwrap_or_else(|| "".into());
        let is_trigger = target == ScopedWebhookTarget::Trigger;
        // The words of a trigger have been seen under `filters` as well.
        let triggers = if is_trigger { configuration.trigger_words() } else { Vec::new() };
        Self {
            sid: found.sid,
            triggers: triggers.into_iter().map(str::to_owned).collect(),
            target,
            url: url(configuration.url),
            method: configuration.method,
            filters: if is_trigger { Vec::new() } else { configuration.filters.unwrap_or_default() },
            flow_sid: configuration.flow_sid,
        }
    }
}
