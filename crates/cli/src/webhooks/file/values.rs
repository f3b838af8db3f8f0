//! The values of a file: each is checked as the server checks it.

use toml::de::DeValue;
use twilio_conversations::{EventType, FlowSid, WebhookSid};

use super::{
    problems::Problems,
    table::{Entry, is_similar},
};

/// Most characters of the URL of a conversation's webhook.
const LONGEST_URL: usize = 512;
/// Most words of a trigger, and most characters of a word.
const MOST_TRIGGERS: usize = 5;
const LONGEST_TRIGGER: usize = 248;

/// The events that a layer may filter for.
#[derive(Clone, Copy)]
pub(super) struct Events {
    /// Such as `the account`.
    pub(super) layer: &'static str,
    pub(super) known: &'static [EventType],
    /// Whether others are accepted.
    pub(super) any: bool,
}

pub(super) fn string<'t>(problems: &mut Problems<'_>, entry: &Entry<'t, '_>) -> Option<&'t str> {
    let value = entry.value.as_str();
    if value.is_none() {
        entry.expected(problems, "a string");
    }
    value
}

fn strings<'t>(problems: &mut Problems<'_>, entry: &Entry<'t, '_>) -> Option<Vec<(&'t str, usize)>> {
    let Some(array) = entry.value.as_array() else {
        entry.expected(problems, "an array of strings");
        return None;
    };
    let mut strings = Vec::new();
    for item in array.iter() {
        let line = problems.line(item.span().start);
        match item.get_ref() {
            DeValue::String(string) => strings.push((string.as_ref(), line)),
            other => {
                let found = other.type_str();
                problems.add(line, format!("`{}` must be an array of strings, and has one {found}", entry.key));
            }
        }
    }
    Some(strings)
}

/// One of some values, in any case.
pub(super) fn one_of<T: Clone + AsRef<str>>(
    problems: &mut Problems<'_>,
    entry: &Entry<'_, '_>,
    known: &[T],
) -> Option<T> {
    let found = string(problems, entry)?;
    let value = known.iter().find(|value| value.as_ref().eq_ignore_ascii_case(found)).cloned();
    if value.is_none() {
        let known = known.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" or ");
        problems.add(entry.line, format!("`{}` must be {known}, and is {found:?}", entry.key));
    }
    value
}

/// Events without repetitions. An empty list stays empty.
pub(super) fn events(problems: &mut Problems<'_>, entry: &Entry<'_, '_>, events: Events) -> Option<Vec<EventType>> {
    let mut filters = Vec::new();
    for (name, line) in strings(problems, entry)? {
        let event = EventType::from(name);
        let is_named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_accepted = events.known.contains(&event) || (events.any && is_named);
        if !is_accepted {
            problems.add(line, wrong_event(&event, events));
        } else if !filters.contains(&event) {
            filters.push(event);
        }
    }
    Some(filters)
}

fn wrong_event(event: &EventType, events: Events) -> String {
    let layer = events.layer;
    let known = events.known.iter().map(EventType::as_str).collect::<Vec<_>>().join(", ");
    if EventType::PRE_EVENTS.contains(event) && !events.known.iter().any(|known| EventType::PRE_EVENTS.contains(known))
    {
        return format!("{layer} does not report the pre-event {event}. The events are {known}");
    }
    let relation = if EventType::ALL.contains(event) { "no documented event of" } else { "no event of" };
    let similar = events.known.iter().find(|known| is_similar(known.as_str(), event.as_str()));
    let hint = similar.map(|known| format!(", did you mean {known}?")).unwrap_or_else(|| ".".to_owned());
    format!("{:?} is {relation} {layer}{hint} The events are {known} (--any-event accepts others)", event.as_str())
}

/// An absolute URL, or an empty string.
pub(super) fn url(problems: &mut Problems<'_>, entry: &Entry<'_, '_>) -> Option<String> {
    let url = string(problems, entry)?;
    if !url.is_empty() && !is_webhook_url(url) {
        problems.add(
            entry.line,
            format!(
                "`{}` must be an absolute http or https URL, or \"\" to clear it, and is {:?}",
                entry.key,
                shown(url)
            ),
        );
        return None;
    }
    Some(url.to_owned())
}

/// The URL of a conversation's webhook, which cannot be cleared.
pub(super) fn scoped_url(problems: &mut Problems<'_>, entry: &Entry<'_, '_>) -> Option<String> {
    let url = string(problems, entry)?;
    if !is_webhook_url(url) {
        problems
            .add(entry.line, format!("`{}` must be an absolute http or https URL, and is {:?}", entry.key, shown(url)));
        return None;
    }
    if url.chars().count() > LONGEST_URL {
        problems.add(entry.line, format!("`{}` must have at most {LONGEST_URL} characters", entry.key));
        return None;
    }
    Some(url.to_owned())
}

/// Words, at least one.
pub(super) fn triggers(problems: &mut Problems<'_>, entry: &Entry<'_, '_>) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let found = strings(problems, entry)?;
    if entry.value.as_array().is_some_and(|array| array.is_empty()) || found.len() > MOST_TRIGGERS {
        problems.add(entry.line, format!("`{}` must have 1 to {MOST_TRIGGERS} words", entry.key));
    }
    for (word, line) in found {
        if word.is_empty() || word.chars().count() > LONGEST_TRIGGER {
            problems.add(line, format!("a word of `{}` must have 1 to {LONGEST_TRIGGER} characters", entry.key));
        } else if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    Some(words)
}

pub(super) fn webhook_sid(problems: &mut Problems<'_>, entry: &Entry<'_, '_>) -> Option<WebhookSid> {
    let parsed = string(problems, entry)?.parse();
    parsed.map_err(|error| problems.add(entry.line, format!("`{}`: {error}", entry.key))).ok()
}

pub(super) fn flow_sid(problems: &mut Problems<'_>, entry: &Entry<'_, '_>) -> Option<FlowSid> {
    let parsed = string(problems, entry)?.parse();
    parsed.map_err(|error| problems.add(entry.line, format!("`{}`: {error}", entry.key))).ok()
}

/// The index of a message.
pub(super) fn index(problems: &mut Problems<'_>, entry: &Entry<'_, '_>) -> Option<i64> {
    let integer = entry.value.as_integer().and_then(|integer| {
        let digits = integer.as_str().replace('_', "");
        i64::from_str_radix(&digits, integer.radix()).ok()
    });
    let index = integer.filter(|index| *index >= 0);
    if index.is_none() {
        problems.add(entry.line, format!("`{}` must be the index of a message, an integer from 0", entry.key));
    }
    index
}

/// Whether a webhook can be called here: an absolute http or https URL with a host.
pub(super) fn is_webhook_url(url: &str) -> bool {
    url.parse::<http::Uri>().is_ok_and(|uri| {
        uri.scheme_str().is_some_and(|scheme| scheme == "http" || scheme == "https")
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// A URL without its password.
pub(in crate::webhooks) fn shown(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let authority = &url[start..end];
    match authority.rfind('@').and_then(|at| Some((authority[..at].find(':')?, at))) {
        Some((colon, at)) => format!("{}:***{}", &url[..start + colon], &url[start + at..]),
        None => url.to_owned(),
    }
}
