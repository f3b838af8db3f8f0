//! Checks of each service: webhooks and default roles.

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};
use twilio_conversations::{
    Client, Error, EventType, RoleSid, ServiceSid,
    v1::{ServiceConfiguration, ServiceWebhookConfiguration},
};

use super::{
    IN_FLIGHT,
    hook::{check_method, check_phases, check_url, set},
    probe::Targets,
    report::{Check, Report},
};

/// The settings of a service.
struct Found {
    configuration: ServiceConfiguration,
    webhooks: ServiceWebhookConfiguration,
    roles: HashSet<RoleSid>,
}

/// Checks the services, several at a time.
pub(super) async fn check(
    client: &Client,
    services: &[(ServiceSid, String)],
    is_local: bool,
    report: &mut Report,
    targets: &mut Targets,
) {
    let fetches = services.iter().map(|(sid, name)| async move { (subject(sid, name), fetch(client, sid).await) });
    let mut found = stream::iter(fetches).buffered(IN_FLIGHT);
    while let Some((subject, found)) = found.next().await {
        match found {
            Ok(found) => {
                check_roles(&found, &subject, report);
                check_webhooks(&found.webhooks, &subject, is_local, report, targets);
            }
            // It was deleted since it was listed.
            Err(error) if error.is_not_found() => {}
            Err(error) => report.unreadable(&subject, error),
        }
    }
}

/// `service IS… (shop)`.
pub(super) fn subject(sid: &ServiceSid, name: &str) -> String {
    if name.is_empty() { format!("service {sid}") } else { format!("service {sid} ({name})") }
}

async fn fetch(client: &Client, sid: &ServiceSid) -> Result<Found, Error> {
    let service = client.service(sid);
    let configuration = service.configuration().fetch().await?;
    let webhooks = service.configuration().webhooks().fetch().await?;
    let mut roles = HashSet::new();
    let mut list = service.roles().list().page_size(50).stream();
    while let Some(role) = list.try_next().await? {
        roles.insert(role.sid);
    }
    Ok(Found { configuration, webhooks, roles })
}

fn check_roles(found: &Found, subject: &str, report: &mut Report) {
    let configuration = &found.configuration;
    let defaults = [
        ("users", &configuration.default_chat_service_role_sid),
        ("participants", &configuration.default_conversation_role_sid),
        ("creators of conversations", &configuration.default_conversation_creator_role_sid),
    ];
    report.cover(Check::DefaultRoles);
    for (people, role) in defaults {
        match role {
            Some(role) if found.roles.contains(role) => {}
            Some(role) => report.problem(
                Check::DefaultRoles,
                subject,
                format!("the default role of {people}, {role}, does not exist"),
                "set another role in the configuration of the service",
            ),
            None => report.warn(
                Check::DefaultRoles,
                subject,
                format!("there is no default role of {people}"),
                "set a role in the configuration of the service",
            ),
        }
    }
}

fn check_webhooks(
    hook: &ServiceWebhookConfiguration,
    subject: &str,
    is_local: bool,
    report: &mut Report,
    targets: &mut Targets,
) {
    let urls = [hook.pre_webhook_url.as_deref(), hook.post_webhook_url.as_deref()];
    for (name, url) in ["pre-event URL", "post-event URL"].into_iter().zip(urls) {
        check_url(report, subject, name, url, is_local);
        targets.add(subject, url);
    }
    if urls.into_iter().any(|url| set(url).is_some()) {
        check_method(report, subject, hook.method.as_ref().map(AsRef::as_ref));
    }
    check_phases(report, subject, urls, hook.filters.as_deref().unwrap_or_default(), EventType::SERVICE_EVENTS);
}
