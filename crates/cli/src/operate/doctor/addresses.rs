//! Checks of address configurations: what a message from someone new does.

use std::collections::HashSet;

use twilio_conversations::{
    Client, Error, EventType, ServiceSid,
    v1::{AddressAutoCreation, AutoCreationType, ConfigurationAddress},
};

use super::{
    hook::{check_filters, check_method, check_url, set},
    probe::Targets,
    report::{Check, Report},
};

/// Checks all address configurations of the account.
///
/// # Errors
///
/// That of a request.
pub(super) async fn check(
    client: &Client,
    services: &HashSet<&ServiceSid>,
    is_local: bool,
    report: &mut Report,
    targets: &mut Targets,
) -> Result<(), Error> {
    let mut addresses = client.configuration().address_configurations().list().page_size(50).stream();
    while let Some(address) = addresses.try_next().await? {
        let subject = subject(&address);
        if let Some(auto) = address.auto_creation.as_ref().filter(|auto| auto.enabled == Some(true)) {
            check_service(auto, &subject, services, report);
            check_action(auto, &subject, is_local, report, targets);
        }
    }
    Ok(())
}

/// `address IG… (sms +15551239999)`.
fn subject(address: &ConfigurationAddress) -> String {
    let kind = address.type_.as_ref().map(AsRef::as_ref).unwrap_or_default();
    let number = address.address.as_deref().unwrap_or_default();
    format!("address {} ({})", address.sid, format!("{kind} {number}").trim())
}

fn check_service(auto: &AddressAutoCreation, subject: &str, services: &HashSet<&ServiceSid>, report: &mut Report) {
    report.cover(Check::AddressService);
    if let Some(service) = auto.conversation_service_sid.as_ref().filter(|service| !services.contains(service)) {
        let finding = format!("conversations are created in {service}, which does not exist");
        report.problem(
            Check::AddressService,
            subject,
            finding,
            "set another service; messages to the address are lost",
        );
    }
}

fn check_action(auto: &AddressAutoCreation, subject: &str, is_local: bool, report: &mut Report, targets: &mut Targets) {
    report.cover(Check::AddressAction);
    match &auto.type_ {
        Some(AutoCreationType::Webhook) => {
            let url = auto.webhook_url.as_deref();
            if set(url).is_none() {
                let advice = "set the URL, or the type default";
                report.problem(Check::AddressAction, subject, "the type is webhook, and there is no URL", advice);
                return;
            }
            check_url(report, subject, "URL", url, is_local);
            targets.add(subject, url);
            check_method(report, subject, auto.webhook_method.as_ref().map(AsRef::as_ref));
            let filters = auto.webhook_filters.as_deref().unwrap_or_default();
            check_filters(report, subject, filters, EventType::ADDRESS_EVENTS);
        }
        Some(AutoCreationType::Studio) if auto.studio_flow_sid.is_none() => {
            let advice = "set the flow, or the type default";
            report.problem(Check::AddressAction, subject, "the type is studio, and there is no flow", advice);
        }
        _ => {}
    }
}
