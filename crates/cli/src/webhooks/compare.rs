//! The differences between the webhooks that are wanted and those that are there, and the requests that end them.

use serde_json::{Value, json};
use twilio_conversations::{
    EventType, HttpMethod, Patch,
    v1::{
        ScopedWebhookTarget,
        request::{
            CreateConversationScopedWebhookRequest, UpdateConfigurationWebhookRequest,
            UpdateConversationScopedWebhookRequest, UpdateServiceWebhookConfigurationRequest,
        },
    },
};

use super::{
    file::{MOST_WEBHOOKS, Wanted, WantedConversation, WantedWebhook},
    state::{Configuration, Scoped},
};

/// A field that differs. A list is an array of strings, and an absent value is null.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    pub(super) field: &'static str,
    pub(super) before: Value,
    pub(super) after: Value,
}

/// A change of a conversation's webhooks.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Create(CreateConversationScopedWebhookRequest),
    Update(Box<Scoped>, UpdateConversationScopedWebhookRequest),
    Delete(Box<Scoped>),
}

/// A problem of a line.
pub(super) type Problem = (usize, String);

/// Sets a field that is wanted and differs.
fn differ<T: PartialEq + Clone + AsRef<str>>(
    differences: &mut Vec<Difference>,
    field: &'static str,
    wanted: Option<&T>,
    found: Option<&T>,
) -> Patch<T> {
    match wanted {
        Some(value) if wanted != found => {
            differences.push(Difference { field, before: found.map_or(Value::Null, string), after: string(value) });
            Patch::Set(value.clone())
        }
        _ => Patch::Keep,
    }
}

/// The same for a list, whose order does not matter. An empty one clears.
fn differ_list<T: Ord + Clone + AsRef<str>>(
    differences: &mut Vec<Difference>,
    field: &'static str,
    wanted: Option<&Vec<T>>,
    found: &[T],
) -> Patch<Vec<T>> {
    let sorted = |list: &[T]| {
        let mut list = list.to_vec();
        list.sort();
        list.dedup();
        list
    };
    match wanted {
        Some(list) if sorted(list) != sorted(found) => {
            differences.push(Difference { field, before: strings(found), after: strings(list) });
            if list.is_empty() { Patch::Clear } else { Patch::Set(list.clone()) }
        }
        _ => Patch::Keep,
    }
}

fn strings<T: AsRef<str>>(list: &[T]) -> Value {
    list.iter().map(AsRef::as_ref).collect()
}

fn string<T: AsRef<str>>(value: &T) -> Value {
    json!(value.as_ref())
}

/// The fields that account and service have.
struct Common {
    differences: Vec<Difference>,
    method: Patch<HttpMethod>,
    filters: Patch<Vec<EventType>>,
    pre_webhook_url: Patch<String>,
    post_webhook_url: Patch<String>,
}

impl Common {
    fn new(wanted: &Wanted, found: &Configuration) -> Self {
        let mut differences = Vec::new();
        let (pre, post) = (found.pre_webhook_url.as_deref(), found.post_webhook_url.as_deref());
        Self {
            method: differ(&mut differences, "method", wanted.method.as_ref(), found.method.as_ref()),
            pre_webhook_url: url(&mut differences, "pre_webhook_url", wanted.pre_webhook_url.as_deref(), pre),
            post_webhook_url: url(&mut differences, "post_webhook_url", wanted.post_webhook_url.as_deref(), post),
            filters: differ_list(&mut differences, "filters", wanted.filters.as_ref(), &found.filters),
            differences,
        }
    }
}

/// A URL that is wanted: an empty one clears.
fn url(
    differences: &mut Vec<Difference>,
    field: &'static str,
    wanted: Option<&str>,
    found: Option<&str>,
) -> Patch<String> {
    let Some(wanted) = wanted else { return Patch::Keep };
    if wanted == found.unwrap_or_default() {
        return Patch::Keep;
    }
    let value = |url: &str| if url.is_empty() { Value::Null } else { json!(url) };
    differences.push(Difference { field, before: found.map_or(Value::Null, value), after: value(wanted) });
    if wanted.is_empty() { Patch::Clear } else { Patch::Set(wanted.to_owned()) }
}

/// The update of the account's configuration, with the differing fields only.
pub(super) fn account(wanted: &Wanted, found: &Configuration) -> (Vec<Difference>, UpdateConfigurationWebhookRequest) {
    let mut common = Common::new(wanted, found);
    let target = differ(&mut common.differences, "target", wanted.target.as_ref(), found.target.as_ref());
    let Common { differences, method, filters, pre_webhook_url, post_webhook_url } = common;
    (differences, UpdateConfigurationWebhookRequest { method, filters, pre_webhook_url, post_webhook_url, target })
}

/// The update of a service's configuration, with the differing fields only.
pub(super) fn service(
    wanted: &Wanted,
    found: &Configuration,
) -> (Vec<Difference>, UpdateServiceWebhookConfigurationRequest) {
    let Common { differences, method, filters, pre_webhook_url, post_webhook_url } = Common::new(wanted, found);
    (differences, UpdateServiceWebhookConfigurationRequest { pre_webhook_url, post_webhook_url, filters, method })
}

/// The changes of a conversation's webhooks, in the order in which they are made.
///
/// Webhooks are created before others are deleted, so that a webhook with a new URL misses no event, unless the
/// conversation would have too many in between.
///
/// # Errors
///
/// A webhook must be created and lacks a field that its target needs.
pub(super) fn conversation(
    wanted: &WantedConversation,
    found: &[Scoped],
) -> Result<Vec<(Vec<Difference>, Change)>, Vec<Problem>> {
    let pairs = pair(&wanted.webhooks, found);
    let (mut creates, mut updates, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (wanted, pair) in wanted.webhooks.iter().zip(&pairs) {
        match pair {
            Some(i) => {
                let (differences, request) = update(wanted, &found[*i]);
                if !differences.is_empty() {
                    updates.push((differences, Change::Update(Box::new(found[*i].clone()), request)));
                }
            }
            None => match missing(wanted) {
                Some(problem) => problems.push((wanted.line, problem)),
                None => creates.push(create(wanted)),
            },
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let left = found.iter().enumerate().filter(|(i, _)| !pairs.contains(&Some(*i)));
    let deletes = left.map(|(_, found)| (Vec::new(), Change::Delete(Box::new(found.clone()))));
    let mut changes = updates;
    if found.len() + creates.len() > MOST_WEBHOOKS {
        changes.extend(deletes);
        changes.extend(creates);
    } else {
        changes.extend(creates);
        changes.extend(deletes);
    }
    Ok(changes)
}

fn has_sid(wanted: &WantedWebhook, found: &Scoped) -> bool {
    wanted.sid.as_ref() == Some(&found.sid)
}

/// Whether both call the same URL, or start the same flow.
fn has_place(wanted: &WantedWebhook, found: &Scoped) -> bool {
    match wanted.target {
        ScopedWebhookTarget::Studio => wanted.flow_sid.is_some() && wanted.flow_sid == found.flow_sid,
        _ => wanted.url.is_some() && wanted.url == found.url,
    }
}

fn is_equal(wanted: &WantedWebhook, found: &Scoped) -> bool {
    has_place(wanted, found) && update(wanted, found).0.is_empty()
}

/// For each webhook that is wanted, the index of its match: by SID, then one that is equal, then one that is called at
/// the same place.
fn pair(wanted: &[WantedWebhook], found: &[Scoped]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; wanted.len()];
    let rules: [fn(&WantedWebhook, &Scoped) -> bool; 3] = [has_sid, is_equal, has_place];
    for rule in rules {
        for (i, wanted) in wanted.iter().enumerate() {
            if pairs[i].is_some() {
                continue;
            }
            let is_match = |(at, found): &(usize, &Scoped)| {
                !pairs.contains(&Some(*at)) && wanted.target == found.target && rule(wanted, found)
            };
            pairs[i] = found.iter().enumerate().find(is_match).map(|(at, _)| at);
        }
    }
    pairs
}

/// The problem of a webhook that lacks a field to be created.
fn missing(wanted: &WantedWebhook) -> Option<String> {
    let WantedWebhook { url, filters, triggers, flow_sid, .. } = wanted;
    let (has_place, place, has_list, list) = match wanted.target {
        ScopedWebhookTarget::Studio => (flow_sid.is_some(), "flow_sid", true, ""),
        ScopedWebhookTarget::Trigger => (url.is_some(), "url", triggers.is_some(), "triggers"),
        _ => (url.is_some(), "url", filters.is_some(), "filters"),
    };
    let sid = match &wanted.sid {
        Some(sid) => format!("there is no webhook {sid} with target {}", wanted.target),
        None => format!("there is no such webhook with target {}", wanted.target),
    };
    let lacks = if has_place { list } else { place };
    (!has_place || !has_list).then(|| format!("{sid} in this conversation, and to create one, `{lacks}` is needed"))
}

fn update(wanted: &WantedWebhook, found: &Scoped) -> (Vec<Difference>, UpdateConversationScopedWebhookRequest) {
    let mut differences = Vec::new();
    let request = UpdateConversationScopedWebhookRequest {
        configuration_url: differ(&mut differences, "url", wanted.url.as_ref(), found.url.as_ref()),
        configuration_method: differ(&mut differences, "method", wanted.method.as_ref(), found.method.as_ref()),
        configuration_filters: differ_list(&mut differences, "filters", wanted.filters.as_ref(), &found.filters),
        configuration_triggers: differ_list(&mut differences, "triggers", wanted.triggers.as_ref(), &found.triggers),
        configuration_flow_sid: differ(&mut differences, "flow_sid", wanted.flow_sid.as_ref(), found.flow_sid.as_ref()),
    };
    (differences, request)
}

fn create(wanted: &WantedWebhook) -> (Vec<Difference>, Change) {
    let mut differences = Vec::new();
    let mut add = |field, after: Option<Value>| {
        differences.extend(after.map(|after| Difference { field, before: Value::Null, after }));
    };
    add("url", wanted.url.as_ref().map(string));
    add("flow_sid", wanted.flow_sid.as_ref().map(string));
    add("method", wanted.method.as_ref().map(string));
    add("filters", wanted.filters.as_deref().map(strings));
    add("triggers", wanted.triggers.as_deref().map(strings));
    add("replay_after", wanted.replay_after.map(|index| json!(index)));
    let mut request = CreateConversationScopedWebhookRequest::new(wanted.target.clone());
    request.configuration_url = wanted.url.clone();
    request.configuration_method = wanted.method.clone();
    request.configuration_filters = wanted.filters.clone();
    request.configuration_triggers = wanted.triggers.clone();
    request.configuration_flow_sid = wanted.flow_sid.clone();
    request.configuration_replay_after = wanted.replay_after;
    (differences, Change::Create(request))
}
