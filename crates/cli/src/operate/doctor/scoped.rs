//! Checks of the webhooks of conversations.

use std::str::FromStr;

use futures_util::TryStreamExt as _;
use twilio_conversations::{
    Client, ConversationSid, Error, EventType, ServiceSid,
    v1::{ConversationScopedWebhook, ConversationState, ScopedWebhookTarget},
};

use super::{
    IN_FLIGHT,
    hook::{check_filters, check_method, check_url, set},
    probe::Targets,
    report::{Check, Report},
};

/// `--conversations`: how many conversations of each service are looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sample {
    Latest(usize),
    All,
}

impl FromStr for Sample {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            number => number.parse().map(Self::Latest).map_err(|_| format!("expected a number or all, found {text:?}")),
        }
    }
}

/// Checks the webhooks of the conversations of a service. Closed conversations are left out, since little happens there.
///
/// # Errors
///
/// That of a request.
pub(super) async fn check(
    client: &Client,
    service: &ServiceSid,
    sample: Sample,
    is_local: bool,
    report: &mut Report,
    targets: &mut Targets,
) -> Result<(), Error> {
    let mut list = client.service(service).conversations().list();
    if let Sample::Latest(count) = sample {
        list = list.limit(count);
    }
    let conversations = list
        .stream()
        .try_filter(|conversation| std::future::ready(conversation.state != Some(ConversationState::Closed)));
    let fetches = conversations.map_ok(|conversation| async move {
        let webhooks = client.service(service).conversation(&conversation.sid).webhooks().list().stream().try_collect();
        match webhooks.await {
            // It was deleted since it was listed.
            Err(error) if error.is_not_found() => Ok((conversation.sid, Vec::new())),
            webhooks => webhooks.map(|webhooks| (conversation.sid, webhooks)),
        }
    });
    let mut found = fetches.try_buffer_unordered(IN_FLIGHT);
    while let Some((conversation, webhooks)) = found.try_next().await? {
        for webhook in webhooks {
            report.merge(check_one(&conversation, &webhook, is_local, targets));
        }
    }
    Ok(())
}

fn check_one(
    conversation: &ConversationSid,
    webhook: &ConversationScopedWebhook,
    is_local: bool,
    targets: &mut Targets,
) -> Report {
    let mut report = Report::default();
    let subject = format!("conversation {conversation}, webhook {}", webhook.sid);
    let configuration = webhook.configuration.clone().unwrap_or_default();
    report.cover(Check::WebhookTarget);
    if webhook.target == Some(ScopedWebhookTarget::Studio) {
        if configuration.flow_sid.is_none() {
            let advice = "set the flow, or delete the webhook";
            report.problem(Check::WebhookTarget, &subject, "the target is studio, and there is no flow", advice);
        }
        return report;
    }
    let url = configuration.url.as_deref();
    if set(url).is_none() {
        report.problem(Check::WebhookTarget, &subject, "there is no URL", "set the URL, or delete the webhook");
        return report;
    }
    check_url(&mut report, &subject, "URL", url, is_local);
    targets.add(&subject, url);
    check_method(&mut report, &subject, configuration.method.as_ref().map(AsRef::as_ref));
    if webhook.target == Some(ScopedWebhookTarget::Trigger) {
        report.cover(Check::WebhookFilters);
        if configuration.trigger_words().is_empty() {
            let advice = "set the words, or delete the webhook";
            report.warn(Check::WebhookFilters, &subject, "a trigger without words", advice);
        }
    } else {
        let filters = configuration.filters.as_deref().unwrap_or_default();
        check_filters(&mut report, &subject, filters, EventType::CONVERSATION_EVENTS);
    }
    report
}

/// Checks the webhooks of the conversations of all these services.
pub(super) async fn check_all(
    client: &Client,
    services: &[(ServiceSid, String)],
    sample: Sample,
    is_local: bool,
    report: &mut Report,
    targets: &mut Targets,
) {
    for (service, name) in services {
        match check(client, service, sample, is_local, report, targets).await {
            Ok(()) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => report.unreadable(&super::services::subject(service, name), error),
        }
    }
}
