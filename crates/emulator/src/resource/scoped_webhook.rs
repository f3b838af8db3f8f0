//! Webhooks of one conversation.

use rusqlite::{Row, params};
use serde_json::{Map, Value as Json, json};
use twilio_conversations_types::v1::EventType;

use super::conversation::Conversation;
use super::webhook_configuration::{is_webhook_url, to_json_list};
use crate::call::{Call, Reply};
use crate::documented::{Documented as _, ScopedWebhookTarget, WebhookMethod};
use crate::error::{Refusal, Stop};
use crate::page::Listing;
use crate::render::item;
use crate::sid::new_sid;
use crate::spec::Fields;
use crate::store::Cached;
use crate::time::Millis;
use crate::webhook::{matches_trigger, scoped_hook};

/// A webhook that hears of one conversation.
#[derive(Clone, Debug)]
pub(crate) struct ScopedWebhook {
    conversation_sid: String,
    service_sid: String,
    sid: String,
    target: ScopedWebhookTarget,
    url: Option<String>,
    method: Option<WebhookMethod>,
    filters: Option<String>,
    triggers: Option<String>,
    flow_sid: Option<String>,
    replay_after: Option<i64>,
    date_created: Millis,
    date_updated: Millis,
}

const COLUMNS: &str = "conversation.sid, service.sid, scoped_webhook.sid, target, url, method, filters, triggers, \
    flow_sid, replay_after, scoped_webhook.date_created, scoped_webhook.date_updated";
const FROM: &str = "scoped_webhook JOIN conversation ON conversation.id = scoped_webhook.conversation \
    JOIN service ON service.id = conversation.service";

/// Most webhooks of a conversation, most words of a webhook, most characters of a word and of an address.
const WEBHOOKS: i64 = 5;
const TRIGGERS: usize = 5;
const TRIGGER_LENGTH: usize = 248;
const URL_LENGTH: usize = 512;

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let turn = &call.turn;
    let form = call.form();
    let mut webhook = ScopedWebhook {
        conversation_sid: conversation.sid.clone(),
        service_sid: conversation.service_sid.clone(),
        sid: new_sid("WH"),
        target: form.value("Target")?.ok_or_else(|| Refusal::missing("Target"))?,
        url: None,
        method: None,
        filters: None,
        triggers: None,
        flow_sid: None,
        replay_after: form.integer("Configuration.ReplayAfter"),
        date_created: turn.now,
        date_updated: turn.now,
    };
    webhook.take(form)?;
    webhook.check_complete()?;
    let count = turn.db.number("SELECT count(*) FROM scoped_webhook WHERE conversation = ?", [conversation.id])?;
    if count >= WEBHOOKS {
        return Err(Refusal::bad(50361, format!("A conversation has at most {WEBHOOKS} webhooks")).into());
    }
    turn.db.execute_cached(
        "INSERT INTO scoped_webhook (conversation, sid, target, url, method, filters, triggers, flow_sid, replay_after,
         date_created, date_updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
        params![
            conversation.id,
            webhook.sid,
            webhook.target,
            webhook.url,
            webhook.method,
            webhook.filters,
            webhook.triggers,
            webhook.flow_sid,
            webhook.replay_after,
            turn.now.0
        ],
    )?;
    replay(call, &conversation, &webhook)?;
    Ok(call.item(&webhook))
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    Ok(call.item(&find(call, &conversation)?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let mut webhook = find(call, &conversation)?;
    webhook.take(call.form())?;
    webhook.check_complete()?;
    webhook.date_updated = call.turn.now;
    call.turn.db.execute_cached(
        "UPDATE scoped_webhook SET url = ?, method = ?, filters = ?, triggers = ?, flow_sid = ?, date_updated = ?
         WHERE sid = ?",
        params![
            webhook.url,
            webhook.method,
            webhook.filters,
            webhook.triggers,
            webhook.flow_sid,
            webhook.date_updated.0,
            webhook.sid
        ],
    )?;
    Ok(call.item(&webhook))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let listing = Listing {
        columns: COLUMNS,
        from: &format!("{FROM} WHERE scoped_webhook.conversation = ?"),
        values: vec![conversation.id.into()],
        keys: &["scoped_webhook.id"],
        descending: false,
    };
    call.page(&listing, |row| read(row, 1))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let conversation = call.conversation()?;
    let deleted = call.turn.db.execute_cached(
        "DELETE FROM scoped_webhook WHERE sid = ? AND conversation = ?",
        params![call.last(), conversation.id],
    )?;
    if deleted == 0 { Err(call.not_found()) } else { Ok(call.empty()) }
}

/// Tells a new webhook of messages that were there before it, if it asked for them.
fn replay(call: &Call<'_>, conversation: &Conversation, webhook: &ScopedWebhook) -> Result<(), Stop> {
    let Some(index) = webhook.replay_after else { return Ok(()) };
    let turn = &call.turn;
    let Some(hook) = turn.db.first(
        "SELECT sid, target, method, url, flow_sid FROM scoped_webhook WHERE sid = ?",
        [&webhook.sid],
        scoped_hook,
    )?
    else {
        return Ok(());
    };
    for (event, body) in turn.messages_from(conversation, index)? {
        let wanted = match webhook.target {
            ScopedWebhookTarget::Webhook => {
                webhook.filters.as_deref().is_some_and(|filters| filters.contains("\"onMessageAdded\""))
            }
            ScopedWebhookTarget::Trigger => matches_trigger(webhook.triggers.as_deref(), body.as_deref()),
            ScopedWebhookTarget::Studio => true,
        };
        if wanted {
            turn.replay(conversation.place(), &hook, &event)?;
        }
    }
    Ok(())
}

impl ScopedWebhook {
    /// Takes over what a request sets.
    fn take(&mut self, form: &Fields) -> Result<(), Stop> {
        if let Some(url) = form.text("Configuration.Url") {
            if url.chars().count() > URL_LENGTH {
                let message =
                    format!("Invalid parameter Configuration.Url: at most {URL_LENGTH} characters are allowed");
                return Err(Refusal::bad(50372, message).into());
            }
            if !url.is_empty() && !is_webhook_url(url) {
                return Err(Refusal::invalid("Configuration.Url", "not an absolute http or https URL").into());
            }
            self.url = Some(url.to_owned()).filter(|url| !url.is_empty());
        }
        self.method = form.value("Configuration.Method")?.or(self.method);
        if let Some(filters) = form.list("Configuration.Filters") {
            let events = events_of(EventType::CONVERSATION_EVENTS, &filters, "Configuration.Filters", 50365)?;
            self.filters = Some(to_json_list(events));
        }
        if let Some(triggers) = form.list("Configuration.Triggers") {
            if triggers.len() > TRIGGERS {
                return Err(Refusal::bad(50362, format!("A webhook has at most {TRIGGERS} triggers")).into());
            }
            if triggers.iter().any(|trigger| trigger.chars().count() > TRIGGER_LENGTH) {
                let message = format!(
                    "Invalid parameter Configuration.Triggers: at most {TRIGGER_LENGTH} characters are allowed"
                );
                return Err(Refusal::bad(50366, message).into());
            }
            self.triggers = Some(to_json_list(triggers));
        }
        if let Some(sid) = form.filled("Configuration.FlowSid") {
            self.flow_sid = Some(sid.to_owned());
        }
        Ok(())
    }

    /// Sees to it that the target has what it needs.
    fn check_complete(&self) -> Result<(), Refusal> {
        let missing = |code, name: &str| Err(Refusal::bad(code, format!("Missing required parameter {name}")));
        let is_empty = |list: &Option<String>| list.as_deref().is_none_or(|list| list == "[]");
        let (is_called, list, code, name) = match self.target {
            ScopedWebhookTarget::Studio if self.flow_sid.is_none() => return missing(50367, "Configuration.FlowSid"),
            ScopedWebhookTarget::Studio => return Ok(()),
            ScopedWebhookTarget::Webhook => (self.url.is_some(), &self.filters, 50370, "Configuration.Filters"),
            ScopedWebhookTarget::Trigger => (self.url.is_some(), &self.triggers, 50371, "Configuration.Triggers"),
        };
        if !is_called {
            return missing(50369, "Configuration.Url");
        }
        if is_empty(list) { missing(code, name) } else { Ok(()) }
    }

    /// The `configuration` of an answer: what the target has.
    fn configuration(&self) -> Json {
        let list = |list: &Option<String>| -> Json {
            list.as_deref().and_then(|list| serde_json::from_str(list).ok()).unwrap_or(Json::Null)
        };
        let (name, texts) = match self.target {
            ScopedWebhookTarget::Studio => return json!({"flow_sid": self.flow_sid}),
            ScopedWebhookTarget::Webhook => ("filters", list(&self.filters)),
            ScopedWebhookTarget::Trigger => ("triggers", list(&self.triggers)),
        };
        let mut configuration = Map::new();
        configuration.insert("url".to_owned(), json!(self.url));
        let method = self.method.unwrap_or(WebhookMethod::Post);
        configuration.insert("method".to_owned(), json!(method.as_str()));
        configuration.insert(name.to_owned(), texts);
        Json::Object(configuration)
    }
}

/// The names of events as documented, of those that are documented for a webhook.
pub(super) fn events_of(
    documented: &'static [EventType],
    wanted: &[&str],
    field: &str,
    code: u32,
) -> Result<Vec<&'static str>, Refusal> {
    let names = || documented.iter().map(EventType::as_str);
    wanted
        .iter()
        .map(|wanted| {
            names().find(|known| known.eq_ignore_ascii_case(wanted)).ok_or_else(|| {
                let names = names().collect::<Vec<_>>().join(", ");
                Refusal::bad(code, format!("Invalid parameter {field}: {wanted} is not one of {names}"))
            })
        })
        .collect()
}

fn find(call: &Call<'_>, conversation: &Conversation) -> Result<ScopedWebhook, Stop> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE scoped_webhook.sid = ? AND scoped_webhook.conversation = ?");
    let webhook = call.turn.db.first(&sql, params![call.last(), conversation.id], |row| read(row, 0))?;
    webhook.ok_or_else(|| call.not_found())
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<ScopedWebhook> {
    Ok(ScopedWebhook {
        conversation_sid: row.get(at)?,
        service_sid: row.get(at + 1)?,
        sid: row.get(at + 2)?,
        target: row.get(at + 3)?,
        url: row.get(at + 4)?,
        method: row.get(at + 5)?,
        filters: row.get(at + 6)?,
        triggers: row.get(at + 7)?,
        flow_sid: row.get(at + 8)?,
        replay_after: row.get(at + 9)?,
        date_created: Millis(row.get(at + 10)?),
        date_updated: Millis(row.get(at + 11)?),
    })
}

item! {
    impl ScopedWebhook |self, value| {
        "account_sid" => value.account_sid(),
        "chat_service_sid" => value.text(&self.service_sid),
        "conversation_sid" => value.text(&self.conversation_sid),
        "sid" => value.text(&self.sid),
        "target" => value.text(self.target.as_str()),
        "configuration" => value.value(&self.configuration()),
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.url(format_args!("/Conversations/{}/Webhooks/{}", self.conversation_sid, self.sid)),
    }
}
