//! Checks of the account: credentials, clock, region, default service, timers, webhooks.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, Utc};
use twilio_conversations::{
    Client, EventType, IsoDuration, ServiceSid,
    v1::{Configuration, ConfigurationWebhook, WebhookTarget},
};

use super::{
    Doctor,
    hook::{check_method, check_phases, check_url, set},
    probe::Targets,
    report::{Check, Level, Report},
    url::is_private,
};
use crate::{
    config::{Account, Profiles, Source},
    context::Context,
    failure::{Failure, Result},
    operate::reach,
};

/// Difference of the clocks from which on it is a warning: the header has whole seconds, and the response takes time.
const WARNING: i64 = 30;
/// Difference of the clocks from which on it is a problem: tokens are rejected.
const PROBLEM: i64 = 300;
/// Shortest timers that Twilio documents.
const LEAST_INACTIVE: Duration = Duration::from_secs(60);
const LEAST_CLOSED: Duration = Duration::from_secs(600);

const REJECTED: &str = "run twconv login, or set other variables; twconv profiles list shows all profiles";

/// Finds the account, makes a request with it, and checks the settings. `None` if nothing more can be checked.
pub(super) async fn check(doctor: &Doctor, context: &Context, report: &mut Report) -> Option<(Client, Configuration)> {
    let (account, client) = match context.account().and_then(|account| Ok((account, doctor.client(account)?))) {
        Ok(found) => found,
        Err(failure) => {
            report.problem(Check::Credentials, "settings", failure.to_string(), REJECTED);
            return None;
        }
    };
    let sid = client.account_sid().map(ToString::to_string).unwrap_or_default();
    check_region(account, report);
    check_base_url(account, &client, report);
    check_profiles(account, report);
    let (configuration, date) = match reach::configuration(&client).await {
        Ok(found) => found,
        Err(failure) => {
            unreachable(&failure, account, &sid, report);
            return None;
        }
    };
    let method = account.variable("TWILIO_API_KEY").filter(|_| account.variable("TWILIO_API_SECRET").is_some());
    let method = method.map_or_else(|| "the auth token".to_owned(), |key| format!("API key {key}"));
    report.ok(Check::Credentials, sid, format!("accepted: {method} of {}", account.source));
    check_clock(date, Utc::now(), report);
    check_timers(&configuration, report);
    Some((client, configuration))
}

/// The first request failed.
fn unreachable(failure: &Failure, account: &Account, sid: &str, report: &mut Report) {
    let finding = format!("{failure} ({} of {})", sid, account.source);
    if failure.exit == crate::failure::Exit::Credentials {
        report.problem(Check::Credentials, sid, finding, REJECTED);
    } else {
        report.problem(Check::Api, sid, finding, "check network, proxy and base URL; nothing else was checked");
    }
}

/// Warns where the environment moves commands to another account than that of the active profile.
fn check_profiles(account: &Account, report: &mut Report) {
    let Ok(profiles) = Profiles::load() else { return };
    let Some((name, profile)) = profiles.active().ok().flatten().filter(|_| account.source == Source::Environment)
    else {
        return;
    };
    if account.variable("TWILIO_ACCOUNT_SID") != Some(&profile.account_sid) {
        let finding = format!("the environment takes precedence over the active profile {name:?}, of another account");
        let advice = "unset the TWILIO_ variables, or name a profile by --profile";
        report.warn(Check::Credentials, &profile.account_sid, finding, advice);
    }
}

fn check_clock(date: Option<DateTime<Utc>>, now: DateTime<Utc>, report: &mut Report) {
    let Some(date) = date else {
        let advice = "compare the clock of this machine by other means";
        return report.warn(Check::Clock, "server", "the response has no date", advice);
    };
    let skew = (now - date).num_seconds();
    let finding = match skew {
        0 => "the clocks agree".to_owned(),
        1.. => format!("this machine's clock is {skew} s ahead of the server's"),
        _ => format!("this machine's clock is {} s behind the server's", -skew),
    };
    let level = match skew.abs() {
        PROBLEM.. => Level::Problem,
        WARNING.. => Level::Warning,
        _ => return report.ok(Check::Clock, "this machine", finding),
    };
    let advice = "synchronize the clock; access tokens are rejected before and after their time";
    report.add(level, Check::Clock, "this machine", finding, advice);
}

fn check_region(account: &Account, report: &mut Report) {
    let (region, edge) = (account.variable("TWILIO_REGION"), account.variable("TWILIO_EDGE"));
    match (region, edge) {
        (None, None) => report.ok(Check::Region, "us1", "no region and no edge are set"),
        (Some(region), None) => report.problem(
            Check::Region,
            region,
            "a region is set without an edge",
            "set TWILIO_EDGE as well; hosts with a region and without an edge are withdrawn",
        ),
        (None, Some(edge)) => report.warn(
            Check::Region,
            edge,
            "an edge is set without a region",
            "set TWILIO_REGION as well; an edge alone implies us1",
        ),
        (Some("us1"), Some(edge)) => report.ok(Check::Region, "us1", format!("edge {edge}")),
        (Some(region), Some(_)) => report.warn(
            Check::Region,
            region,
            "Conversations is documented for the region us1 only",
            "set us1, or make sure that the region has Conversations; it needs credentials of its own",
        ),
    }
}

fn check_base_url(account: &Account, client: &Client, report: &mut Report) {
    let base_url = client.base_url();
    if account.variable("TWILIO_CONVERSATIONS_BASE_URL").is_none() {
        return report.ok(Check::BaseUrl, base_url, "Twilio");
    }
    let url = reqwest::Url::parse(base_url).ok();
    let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
    if host == "twilio.com" || host.ends_with(".twilio.com") {
        report.ok(Check::BaseUrl, base_url, "Twilio");
    } else if is_private(host) {
        report.ok(Check::BaseUrl, base_url, "a server in this network, such as an emulator");
    } else {
        let advice = "unset TWILIO_CONVERSATIONS_BASE_URL, unless that server may have the credentials";
        report.warn(Check::BaseUrl, base_url, "requests and credentials go to a host that is not Twilio's", advice);
    }
    if account.variable("TWILIO_REGION").or(account.variable("TWILIO_EDGE")).is_some() {
        let advice = "unset either the base URL, or region and edge";
        report.warn(Check::BaseUrl, base_url, "region and edge are ignored, since a base URL is set", advice);
    }
}

/// Checks the default service.
pub(super) fn check_default_service(
    configuration: &Configuration,
    services: &HashSet<&ServiceSid>,
    report: &mut Report,
) {
    match &configuration.default_chat_service_sid {
        None => report.warn(
            Check::DefaultService,
            "account",
            "there is no default service",
            "set one, or name a service in each call; paths without a service respond with 404",
        ),
        Some(sid) if services.contains(sid) => report.ok(Check::DefaultService, sid.as_str(), "it exists"),
        Some(sid) => report.problem(
            Check::DefaultService,
            sid.as_str(),
            "the default service does not exist",
            "set another; paths without a service respond with 404",
        ),
    }
}

fn check_timers(configuration: &Configuration, report: &mut Report) {
    report.cover(Check::Timers);
    let length = |timer: &Option<IsoDuration>| timer.as_ref().and_then(IsoDuration::to_duration);
    let is_on = |timer: &Duration| !timer.is_zero();
    let inactive = length(&configuration.default_inactive_timer).filter(is_on);
    let closed = length(&configuration.default_closed_timer).filter(is_on);
    let mut warn = |finding: String, advice| report.warn(Check::Timers, "account", finding, advice);
    if let Some(timer) = inactive.filter(|timer| *timer < LEAST_INACTIVE) {
        warn(
            format!("the default inactive timer is {} s", timer.as_secs()),
            "set at least PT1M, the documented minimum",
        );
    }
    if let Some(timer) = closed.filter(|timer| *timer < LEAST_CLOSED) {
        warn(
            format!("the default closed timer is {} s", timer.as_secs()),
            "set at least PT10M, the documented minimum",
        );
    }
    if let (Some(inactive), Some(closed)) = (inactive, closed)
        && closed <= inactive
    {
        let finding = format!(
            "conversations close after {} s and become inactive after {} s",
            closed.as_secs(),
            inactive.as_secs()
        );
        warn(finding, "set a closed timer that is longer than the inactive timer, which has no effect now");
    }
}

/// Checks the webhooks of the account.
pub(super) fn check_webhooks(hook: &ConfigurationWebhook, is_local: bool, report: &mut Report, targets: &mut Targets) {
    const SUBJECT: &str = "account";
    let urls = [hook.pre_webhook_url.as_deref(), hook.post_webhook_url.as_deref()];
    for (name, url) in ["pre-event URL", "post-event URL"].into_iter().zip(urls) {
        check_url(report, SUBJECT, name, url, is_local);
        targets.add(SUBJECT, url);
    }
    let has_url = urls.into_iter().any(|url| set(url).is_some());
    if has_url {
        check_method(report, SUBJECT, hook.method.as_ref().map(AsRef::as_ref));
    }
    check_phases(report, SUBJECT, urls, hook.filters.as_deref().unwrap_or_default(), EventType::ALL);
    report.cover(Check::WebhookTarget);
    if hook.target == Some(WebhookTarget::Flex) && has_url {
        let advice = "set the target webhook, or clear the URLs; with flex they may not be called";
        report.warn(Check::WebhookTarget, SUBJECT, "the target is flex, and URLs are set", advice);
    }
}

/// Reads the webhooks of the account.
///
/// # Errors
///
/// That of the request.
pub(super) async fn webhooks(client: &Client) -> Result<ConfigurationWebhook, twilio_conversations::Error> {
    client.configuration().webhooks().fetch().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(report: &Report) -> Vec<Level> {
        report.levels()
    }

    #[test]
    fn a_clock_is_compared_within_thirty_seconds_and_five_minutes() {
        let date: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        for (seconds, level) in [
            (0, Level::Ok),
            (29, Level::Ok),
            (-29, Level::Ok),
            (30, Level::Warning),
            (-299, Level::Warning),
            (300, Level::Problem),
            (-86_400, Level::Problem),
        ] {
            let mut report = Report::default();
            check_clock(Some(date), date + chrono::TimeDelta::seconds(seconds), &mut report);
            assert_eq!(results(&report), [level], "{seconds}");
        }
        let mut report = Report::default();
        check_clock(None, date, &mut report);
        assert_eq!(results(&report), [Level::Warning]);
    }

    #[test]
    fn region_and_edge_belong_together() {
        for (region, edge, level) in [
            ("", "", Level::Ok),
            ("us1", "ashburn", Level::Ok),
            ("us1", "", Level::Problem),
            ("", "dublin", Level::Warning),
            ("ie1", "dublin", Level::Warning),
        ] {
            let variables = [("TWILIO_REGION", region), ("TWILIO_EDGE", edge)];
            let mut report = Report::default();
            check_region(&Account::new(Source::Environment, variables), &mut report);
            assert_eq!(results(&report), [level], "{region} {edge}");
        }
    }

    #[test]
    fn timers_are_held_to_their_minimum_and_order() {
        for (inactive, closed, count) in [
            (None, None, 0),
            (Some("PT1H"), Some("P1D"), 0),
            (Some("PT0S"), Some("PT0S"), 0),
            (Some("PT30S"), None, 1),
            (None, Some("PT9M"), 1),
            (Some("PT1H"), Some("PT1H"), 1),
            (Some("P1M"), Some("PT10M"), 0),
        ] {
            let timer = |text: Option<&str>| text.map(|text| text.parse().unwrap());
            let mut configuration = Configuration::default();
            configuration.default_inactive_timer = timer(inactive);
            configuration.default_closed_timer = timer(closed);
            let mut report = Report::default();
            check_timers(&configuration, &mut report);
            assert_eq!(results(&report).len(), count, "{inactive:?} {closed:?}");
        }
    }
}
