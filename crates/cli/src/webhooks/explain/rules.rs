//! The rules by which webhooks are called, each with its basis: documented by the vendor, or assumed.

use serde::Serialize;
use twilio_conversations::{
    EventType, HttpMethod,
    v1::{ScopedWebhookTarget, WebhookTarget},
};

use crate::webhooks::state::{Configuration, Scoped};

/// The cause of an event.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum Cause {
    /// A client SDK.
    #[default]
    Sdk,
    /// The REST API.
    Api,
    /// A message or a report of a channel, such as SMS.
    #[value(alias = "sms", alias = "whatsapp", alias = "email")]
    Channel,
    /// A timer of the conversation.
    Timer,
}

/// Whether a webhook is called.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Fires {
    Yes,
    No,
    /// It depends on the message.
    Maybe,
}

/// The webhooks that may be called.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) account: Configuration,
    pub(super) service: Configuration,
    /// `None` if no conversation is named.
    pub(super) scoped: Option<Vec<Scoped>>,
}

/// Whether one webhook is called, and why.
#[derive(Debug, PartialEq)]
pub(super) struct Verdict {
    /// `account`, `service` or `conversation`.
    pub(super) scope: &'static str,
    /// Of a conversation's webhook.
    pub(super) sid: Option<String>,
    pub(super) fires: Fires,
    pub(super) method: Option<String>,
    pub(super) url: Option<String>,
    pub(super) flow_sid: Option<String>,
    pub(super) is_documented: bool,
    pub(super) reason: String,
}

/// Whether a webhook is called, its basis, and the reason.
struct Reason {
    fires: Fires,
    is_documented: bool,
    text: String,
}

/// A reason that the vendor documents.
fn documented(fires: Fires, text: impl Into<String>) -> Reason {
    Reason { fires, is_documented: true, text: text.into() }
}

/// A reason that the vendor's documentation leaves open.
fn assumed(fires: Fires, text: impl Into<String>) -> Reason {
    Reason { fires, is_documented: false, text: text.into() }
}

/// An event with its cause.
struct Occurrence<'a> {
    event: &'a EventType,
    cause: Cause,
    webhook_enabled: bool,
    is_pre: bool,
}

/// The verdicts about account, service, and each webhook of the conversation.
pub(super) fn explain(event: &EventType, cause: Cause, webhook_enabled: bool, layers: &Layers) -> Vec<Verdict> {
    let is_pre = EventType::PRE_EVENTS.contains(event);
    let occurrence = Occurrence { event, cause, webhook_enabled, is_pre };
    let (account, service) = (&layers.account, &layers.service);
    let mut verdicts = vec![
        occurrence.configured("account", account, occurrence.account(account, service)),
        occurrence.configured("service", service, occurrence.service(service)),
    ];
    let scoped = layers.scoped.as_deref().unwrap_or_default();
    verdicts.extend(scoped.iter().map(|webhook| occurrence.conversation(webhook)));
    if layers.scoped.as_ref().is_some_and(Vec::is_empty) {
        let none = documented(Fires::No, "the conversation has no webhooks");
        verdicts.push(verdict("conversation", none));
    }
    verdicts
}

fn verdict(scope: &'static str, reason: Reason) -> Verdict {
    Verdict {
        scope,
        sid: None,
        fires: reason.fires,
        method: None,
        url: None,
        flow_sid: None,
        is_documented: reason.is_documented,
        reason: reason.text,
    }
}

/// Whether a service has webhooks of its own.
fn has_url(configuration: &Configuration) -> bool {
    configuration.pre_webhook_url.is_some() || configuration.post_webhook_url.is_some()
}

impl Occurrence<'_> {
    /// The URL of a configuration for this phase, and its field.
    fn url<'a>(&self, configuration: &'a Configuration) -> (Option<&'a str>, &'static str) {
        if self.is_pre {
            (configuration.pre_webhook_url.as_deref(), "pre_webhook_url")
        } else {
            (configuration.post_webhook_url.as_deref(), "post_webhook_url")
        }
    }

    fn configured(&self, scope: &'static str, configuration: &Configuration, reason: Reason) -> Verdict {
        let mut verdict = verdict(scope, reason);
        if verdict.fires != Fires::No {
            let default = if scope == "account" { HttpMethod::Get } else { HttpMethod::Post };
            verdict.method = Some(configuration.method.clone().unwrap_or(default).as_str().to_owned());
            verdict.url = self.url(configuration).0.map(str::to_owned);
            if configuration.method.is_none() {
                verdict.is_documented = false;
                verdict.reason.push_str("; the method of a configuration without one is not documented");
            }
        }
        verdict
    }

    fn account(&self, account: &Configuration, service: &Configuration) -> Reason {
        if has_url(service) {
            return documented(Fires::No, "the service has webhooks of its own, which silence the account's");
        }
        if let Some(silent) = self.is_silent("account") {
            return silent;
        }
        if account.target == Some(WebhookTarget::Flex) {
            return assumed(Fires::No, "its target is flex, so that Flex gets the events in place of a URL");
        }
        if let (None, field) = self.url(account) {
            return documented(Fires::No, format!("it has no {field}"));
        }
        if account.filters.is_empty() {
            return assumed(
                Fires::No,
                "its filters are empty, and whether that means no or every event is not documented",
            );
        }
        if !account.filters.contains(self.event) {
            return assumed(Fires::No, format!("its filters lack {}", self.event));
        }
        self.called("its filters have the event, and the service has no webhooks of its own")
    }

    fn service(&self, service: &Configuration) -> Reason {
        if !has_url(service) {
            return if service.filters.is_empty() {
                documented(Fires::No, "it has no webhooks of its own, so that the account's count")
            } else {
                assumed(Fires::No, "it has filters and no URL, so that the account's webhooks count")
            };
        }
        if let Some(silent) = self.is_silent("service") {
            return silent;
        }
        if let (None, field) = self.url(service) {
            return documented(Fires::No, format!("it has no {field}"));
        }
        if !service.filters.contains(self.event) {
            return documented(Fires::No, format!("its filters lack {}", self.event));
        }
        if !EventType::SERVICE_EVENTS.contains(self.event) {
            let text = format!("its filters have the event, though {} is documented for accounts only", self.event);
            return assumed(Fires::Yes, text);
        }
        self.called("its filters have the event")
    }

    fn conversation(&self, webhook: &Scoped) -> Verdict {
        let reason = self.scoped(webhook);
        let is_called = reason.fires != Fires::No;
        let mut verdict = verdict("conversation", reason);
        verdict.sid = Some(webhook.sid.to_string());
        if is_called {
            verdict.url = webhook.url.clone();
            verdict.flow_sid = webhook.flow_sid.as_ref().map(ToString::to_string);
            let method = webhook.method.as_ref().map(|method| method.as_str().to_uppercase());
            let has_method = webhook.target != ScopedWebhookTarget::Studio;
            verdict.method = method.filter(|_| has_method);
            if has_method && verdict.method.is_none() {
                verdict.is_documented = false;
                verdict.reason.push_str("; the method of a webhook without one is not documented");
            }
        }
        verdict
    }

    fn scoped(&self, webhook: &Scoped) -> Reason {
        if self.is_pre {
            return documented(Fires::No, "a conversation's webhooks report post-events only");
        }
        if let Some(silent) = self.is_silent("conversation") {
            return silent;
        }
        let is_message = *self.event == EventType::MessageAdded;
        match webhook.target {
            ScopedWebhookTarget::Webhook if webhook.url.is_none() => documented(Fires::No, "it has no URL"),
            ScopedWebhookTarget::Webhook if !webhook.filters.contains(self.event) => {
                documented(Fires::No, format!("its filters lack {}", self.event))
            }
            ScopedWebhookTarget::Webhook if !EventType::CONVERSATION_EVENTS.contains(self.event) => {
                let event = self.event;
                assumed(Fires::Yes, format!("its filters have the event, though {event} is not documented for it"))
            }
            ScopedWebhookTarget::Webhook => self.called("its filters have the event"),
            ScopedWebhookTarget::Trigger if is_message => {
                let words = webhook.triggers.join(", ");
                let text = format!("only if the message has one of the words: {words} (whole words in any case)");
                assumed(Fires::Maybe, text)
            }
            ScopedWebhookTarget::Trigger => {
                assumed(Fires::No, format!("its words are looked for at {} only", EventType::MessageAdded))
            }
            ScopedWebhookTarget::Studio if is_message => {
                assumed(Fires::Yes, "its target is studio: a flow is started, and no URL is called")
            }
            ScopedWebhookTarget::Studio => assumed(
                Fires::No,
                format!("its target is studio: a flow is started at {} only", EventType::MessageAdded),
            ),
            _ => assumed(Fires::No, format!("its target {} is unknown", webhook.target)),
        }
    }

    /// The reason why no webhook of a layer is called, if the cause of the event is one.
    fn is_silent(&self, scope: &str) -> Option<Reason> {
        // A delivery is reported by the channel, for messages of the REST API too.
        let is_rest = self.cause == Cause::Api && *self.event != EventType::DeliveryUpdated;
        (is_rest && !self.webhook_enabled).then(|| {
            let text = "the event is caused by the REST API, and the request lacks X-Twilio-Webhook-Enabled: true";
            if scope == "account" { assumed(Fires::No, text) } else { documented(Fires::No, text) }
        })
    }

    /// The reason why a webhook is called.
    fn called(&self, text: &str) -> Reason {
        match self.cause {
            Cause::Api if self.is_pre => {
                assumed(Fires::Yes, format!("{text}; whether REST requests call pre-event webhooks is not documented"))
            }
            Cause::Api if *self.event == EventType::DeliveryUpdated => {
                assumed(Fires::Yes, format!("{text}; reports of channels need no header of the request"))
            }
            Cause::Timer => assumed(Fires::Yes, format!("{text}; timers are not bound to a request and its header")),
            _ => documented(Fires::Yes, text),
        }
    }
}
