//! The sections and keys of a file.

use toml::de::{DeTable, DeValue};
use twilio_conversations::{
    EventType, HttpMethod,
    v1::{ScopedWebhookTarget, WebhookMethod, WebhookTarget},
};

use super::{
    Desired, MOST_WEBHOOKS, Wanted, WantedConversation, WantedService, WantedWebhook,
    problems::Problems,
    table::{Entry, entries, unknown},
    values::{self, Events},
};

const SECTIONS: &[&str] = &["account", "services"];
const ACCOUNT: &[&str] = &["method", "pre_webhook_url", "post_webhook_url", "filters", "target"];
const SERVICE: &[&str] = &["method", "pre_webhook_url", "post_webhook_url", "filters", "conversations"];

/// Reads a file. The result is of use if no problem was added.
pub(super) fn parse(text: &str, any_event: bool, problems: &mut Problems<'_>) -> Desired {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = problems.line(error.span().map_or(0, |span| span.start));
        problems.add(line, error.message().replace('\n', ", "));
    }
    let mut desired = Desired::default();
    // The parser guesses after a syntax error, so that later problems would mislead.
    if !problems.is_empty() {
        return desired;
    }
    for entry in entries(table.get_ref(), problems) {
        let Some(section) = SECTIONS.contains(&entry.key).then(|| table_of(problems, &entry)) else {
            unknown(problems, &entry, "the file", SECTIONS);
            continue;
        };
        match section {
            Some(table) if entry.key == "account" => desired.account = Some(account(problems, table, any_event)),
            Some(table) => {
                for entry in entries(table, problems) {
                    desired.services.extend(service(problems, &entry, any_event));
                }
            }
            None => {}
        }
    }
    desired
}

fn table_of<'t, 'i>(problems: &mut Problems<'_>, entry: &Entry<'t, 'i>) -> Option<&'t DeTable<'i>> {
    let table = entry.value.as_table();
    if table.is_none() {
        entry.expected(problems, "a table");
    }
    table
}

/// Whether a key names something. An empty one does not.
fn is_named(problems: &mut Problems<'_>, entry: &Entry<'_, '_>, kind: &str) -> bool {
    if entry.key.is_empty() {
        problems.add(entry.line, format!("the name of a {kind} must not be empty"));
    }
    !entry.key.is_empty()
}

fn account(problems: &mut Problems<'_>, table: &DeTable<'_>, any: bool) -> Wanted {
    let events = Events { layer: "the account", known: EventType::ALL, any };
    let mut wanted = Wanted::default();
    for entry in entries(table, problems) {
        match entry.key {
            "target" => wanted.target = values::one_of(problems, &entry, WebhookTarget::ALL),
            _ if wanted.take(problems, &entry, events) => {}
            _ => unknown(problems, &entry, "`account`", ACCOUNT),
        }
    }
    wanted
}

fn service(problems: &mut Problems<'_>, entry: &Entry<'_, '_>, any: bool) -> Option<WantedService> {
    let table = table_of(problems, entry)?;
    if !is_named(problems, entry, "service") {
        return None;
    }
    let events = Events { layer: "a service", known: EventType::SERVICE_EVENTS, any };
    let mut wanted = WantedService {
        key: entry.key.to_owned(),
        line: entry.line,
        configuration: Wanted::default(),
        conversations: Vec::new(),
    };
    for entry in entries(table, problems) {
        match entry.key {
            "conversations" => {
                let table = table_of(problems, &entry)?;
                for entry in entries(table, problems) {
                    wanted.conversations.extend(conversation(problems, &entry, any));
                }
            }
            _ if wanted.configuration.take(problems, &entry, events) => {}
            _ => unknown(problems, &entry, "a service", SERVICE),
        }
    }
    Some(wanted)
}

impl Wanted {
    /// Takes a key that account and service have, and returns whether it is one.
    fn take(&mut self, problems: &mut Problems<'_>, entry: &Entry<'_, '_>, events: Events) -> bool {
        match entry.key {
            "method" => self.method = values::one_of(problems, entry, HttpMethod::ALL),
            "pre_webhook_url" => self.pre_webhook_url = values::url(problems, entry),
            "post_webhook_url" => self.post_webhook_url = values::url(problems, entry),
            "filters" => self.filters = values::events(problems, entry, events),
            _ => return false,
        }
        true
    }
}

fn conversation(problems: &mut Problems<'_>, entry: &Entry<'_, '_>, any: bool) -> Option<WantedConversation> {
    let Some(array) = entry.value.as_array() else {
        let key = entry.key;
        let hint = format!("an array of webhooks, such as [[services.SERVICE.conversations.{key:?}]]");
        entry.expected(problems, &hint);
        return None;
    };
    if !is_named(problems, entry, "conversation") {
        return None;
    }
    if array.len() > MOST_WEBHOOKS {
        let count = array.len();
        problems.add(
            entry.line,
            format!("conversation {:?} has {count} webhooks, and at most {MOST_WEBHOOKS} are allowed", entry.key),
        );
    }
    let mut webhooks: Vec<WantedWebhook> = Vec::new();
    for item in array.iter() {
        let line = problems.line(item.span().start);
        let DeValue::Table(table) = item.get_ref() else {
            problems.add(line, format!("a webhook must be a table, and is of type {}", item.get_ref().type_str()));
            continue;
        };
        // The header of the first `[[…]]` is the span of the array.
        let line = entries(table, problems).first().map_or(line, |first| line.min(first.line));
        let Some(webhook) = webhook(problems, table, line, any) else { continue };
        if webhook.sid.is_some() && webhooks.iter().any(|other| other.sid == webhook.sid) {
            problems.add(line, "the same `sid` is there twice");
        }
        webhooks.push(webhook);
    }
    Some(WantedConversation { key: entry.key.to_owned(), line: entry.line, webhooks })
}

/// The keys of a webhook, by its target.
fn keys_of(target: &ScopedWebhookTarget) -> &'static [&'static str] {
    match target {
        ScopedWebhookTarget::Trigger => &["sid", "target", "url", "method", "triggers", "replay_after"],
        ScopedWebhookTarget::Studio => &["sid", "target", "flow_sid", "replay_after"],
        _ => &["sid", "target", "url", "method", "filters", "replay_after"],
    }
}

fn webhook(problems: &mut Problems<'_>, table: &DeTable<'_>, line: usize, any: bool) -> Option<WantedWebhook> {
    let entries = entries(table, problems);
    let Some(target) = entries.iter().find(|entry| entry.key == "target") else {
        problems.add(line, "a webhook needs `target`: webhook, trigger or studio");
        return None;
    };
    let target = values::one_of(problems, target, ScopedWebhookTarget::ALL)?;
    let events = Events { layer: "a conversation", known: EventType::CONVERSATION_EVENTS, any };
    let keys = keys_of(&target);
    let mut wanted = WantedWebhook {
        line,
        sid: None,
        target,
        url: None,
        method: None,
        filters: None,
        triggers: None,
        flow_sid: None,
        replay_after: None,
    };
    for entry in &entries {
        match entry.key {
            "target" => {}
            key if !keys.contains(&key) => {
                unknown(problems, entry, &format!("a webhook with target {}", wanted.target), keys);
            }
            "sid" => wanted.sid = values::webhook_sid(problems, entry),
            "url" => wanted.url = values::scoped_url(problems, entry),
            "method" => wanted.method = values::one_of(problems, entry, WebhookMethod::ALL),
            "filters" => {
                wanted.filters = values::events(problems, entry, events);
                if entry.value.as_array().is_some_and(|array| array.is_empty()) {
                    problems.add(entry.line, "`filters` of a conversation's webhook must have at least one event");
                }
            }
            "triggers" => wanted.triggers = values::triggers(problems, entry),
            "flow_sid" => wanted.flow_sid = values::flow_sid(problems, entry),
            _ => wanted.replay_after = values::index(problems, entry),
        }
    }
    let identity = if keys.contains(&"flow_sid") { "flow_sid" } else { "url" };
    if !entries.iter().any(|entry| entry.key == identity || entry.key == "sid") {
        problems.add(
            line,
            format!("a webhook with target {} needs `{identity}`, or the `sid` of an existing one", wanted.target),
        );
    }
    Some(wanted)
}
