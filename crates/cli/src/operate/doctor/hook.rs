//! The checks that all webhooks have in common: URL, method, filters.

use twilio_conversations::EventType;

use super::{
    report::{Check, Level, Report},
    url::{Flaw, examine, redacted},
};

/// Checks a URL. An empty one counts as unset.
///
/// - `is_local`: whether the account is an emulator's, which does reach this machine.
pub(super) fn check_url(report: &mut Report, subject: &str, name: &str, url: Option<&str>, is_local: bool) {
    let Some(url) = set(url) else { return };
    report.cover(Check::WebhookUrl);
    for flaw in examine(url).1 {
        let shown = format!("{name} {}", redacted(url));
        let (level, finding, advice) = match flaw {
            Flaw::Malformed(problem) => {
                let finding = format!("{name}: {problem}");
                (Level::Problem, finding, "set an absolute https URL; Twilio cannot call this one")
            }
            Flaw::Private => {
                let level = if is_local { Level::Warning } else { Level::Problem };
                let finding = format!("{shown} is on a private host");
                (level, finding, "set a URL that the internet reaches; Twilio cannot call this one")
            }
            Flaw::Development(domain) => {
                let finding = format!("{shown} is on a host for development ({domain})");
                (Level::Warning, finding, "set the URL of the production receiver; such hosts come and go")
            }
            Flaw::Plain => {
                let finding = format!("{shown} is plain http");
                (Level::Warning, finding, "use https; messages and signature can be read on the way")
            }
        };
        report.add(level, Check::WebhookUrl, subject, finding, advice);
    }
}

/// Checks the method of a webhook that has a URL.
pub(super) fn check_method(report: &mut Report, subject: &str, method: Option<&str>) {
    report.cover(Check::WebhookMethod);
    match method.map(str::to_ascii_uppercase).as_deref() {
        Some("POST") => {}
        Some("GET") => report.warn(
            Check::WebhookMethod,
            subject,
            "the method is GET",
            "set POST, or make sure that the receiver takes GET: fields are in the query, and long messages do not fit",
        ),
        None | Some("") => report.warn(
            Check::WebhookMethod,
            subject,
            "the method was never set",
            "set POST; no default is documented, and an account is believed to send GET",
        ),
        Some(other) => report.warn(Check::WebhookMethod, subject, format!("the method is {other}"), "set POST"),
    }
}

/// Checks the filters of an account or a service, which have a URL for each phase.
///
/// - `documented`: the events that may be there.
pub(super) fn check_phases(
    report: &mut Report,
    subject: &str,
    [pre, post]: [Option<&str>; 2],
    filters: &[EventType],
    documented: &[EventType],
) {
    let (has_pre, has_post) = (set(pre).is_some(), set(post).is_some());
    if !has_pre && !has_post && filters.is_empty() {
        return;
    }
    check_documented(report, subject, filters, documented);
    let (pre, post): (Vec<&EventType>, Vec<&EventType>) = filters.iter().partition(|event| event.is_pre_event());
    let mut warn = |finding: String, advice| report.warn(Check::WebhookFilters, subject, finding, advice);
    match (has_pre || has_post, filters) {
        (false, filters) => {
            return warn(
                format!("filters without a URL: {}", list(filters)),
                "set a URL, or clear the filters: no webhook receives these events",
            );
        }
        (true, []) => return warn("no filters".to_owned(), "set filters: an event that is not listed is not sent"),
        _ => {}
    }
    match (has_pre, pre.as_slice()) {
        (true, []) => warn("a pre-event URL without pre-event filters".to_owned(), "add filters, or clear the URL"),
        (false, [_, ..]) => warn(
            format!("pre-event filters without a pre-event URL: {}", list(pre)),
            "set the URL, or remove the filters: no webhook receives these events",
        ),
        _ => {}
    }
    match (has_post, post.as_slice()) {
        (true, []) => warn("a post-event URL without post-event filters".to_owned(), "add filters, or clear the URL"),
        (false, [_, ..]) => warn(
            format!("post-event filters without a post-event URL: {}", list(post)),
            "set the URL, or remove the filters: no webhook receives these events",
        ),
        _ => {}
    }
}

/// Checks the filters of a webhook of an address or a conversation, which has one URL, for post-events.
pub(super) fn check_filters(report: &mut Report, subject: &str, filters: &[EventType], documented: &[EventType]) {
    check_documented(report, subject, filters, documented);
    if filters.is_empty() {
        let advice = "set filters: an event that is not listed is not sent";
        report.warn(Check::WebhookFilters, subject, "no filters", advice);
    }
}

fn check_documented(report: &mut Report, subject: &str, filters: &[EventType], documented: &[EventType]) {
    report.cover(Check::WebhookFilters);
    let undocumented: Vec<&EventType> = filters.iter().filter(|event| !documented.contains(event)).collect();
    if !undocumented.is_empty() {
        report.warn(
            Check::WebhookFilters,
            subject,
            format!("filters that are not documented here: {}", list(undocumented)),
            "remove them: such events are never sent",
        );
    }
}

fn list<'a>(events: impl IntoIterator<Item = &'a EventType>) -> String {
    events.into_iter().map(EventType::as_str).collect::<Vec<_>>().join(", ")
}

/// An empty value counts as unset.
pub(super) fn set(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}
