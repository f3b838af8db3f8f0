//! Address configurations: what happens when someone writes to an address and no conversation is there yet.

use rusqlite::{Row, params};
use serde_json::{Map, Value as Json, json};
use twilio_conversations_types::v1::EventType;

use super::check_length;
use super::participant_binding::channel;
use super::scoped_webhook::events_of;
use super::webhook_configuration::{is_webhook_url, to_json_list};
use crate::call::{Call, Reply, Turn};
use crate::documented::{AddressType, AutoCreationType, Documented, HttpMethod, WebhookMethod};
use crate::error::{Refusal, Stop};
use crate::page::Listing;
use crate::render::item;
use crate::sid::new_sid;
use crate::spec::{Fields, is_sid};
use crate::store::{Cached, unless_taken};
use crate::time::Millis;

pub(super) struct Address {
    id: i64,
    sid: String,
    kind: AddressType,
    address: String,
    address_country: Option<String>,
    friendly_name: Option<String>,
    auto: AutoCreation,
    date_created: Millis,
    date_updated: Millis,
}

/// How conversations are made for messages that belong to none.
#[derive(Clone, Debug, Default)]
pub(crate) struct AutoCreation {
    pub(crate) enabled: bool,
    pub(crate) kind: Option<AutoCreationType>,
    pub(crate) service_sid: Option<String>,
    pub(crate) webhook_url: Option<String>,
    pub(crate) webhook_method: Option<WebhookMethod>,
    pub(crate) webhook_filters: Option<String>,
    pub(crate) flow_sid: Option<String>,
    retry_count: Option<i64>,
}

const COLUMNS: &str = "id, sid, type, address, address_country, friendly_name, auto_enabled, auto_type, \
    auto_service_sid, auto_webhook_url, auto_webhook_method, auto_webhook_filters, auto_flow_sid, auto_retry_count, \
    date_created, date_updated";

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let (turn, form) = (&call.turn, call.form());
    let mut address = Address {
        id: 0,
        sid: new_sid("IG"),
        kind: form.value("Type")?.ok_or_else(|| Refusal::missing("Type"))?,
        address: form.text("Address").unwrap_or_default().to_owned(),
        address_country: form.filled("AddressCountry").map(str::to_owned),
        friendly_name: None,
        auto: AutoCreation::default(),
        date_created: turn.now,
        date_updated: turn.now,
    };
    if channel(&address.address).is_none_or(|channel| channel != address.kind) {
        return Err(Refusal::invalid("Address", &format!("not an address of type {}", address.kind.as_str())).into());
    }
    address.take(turn, form)?;
    let result = turn.db.execute_cached(
        "INSERT INTO address (account, sid, type, address, address_country, date_created, date_updated)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        params![turn.account.id, address.sid, address.kind, address.address, address.address_country, turn.now.0],
    );
    unless_taken(result, |_| {
        Refusal::conflict(20001, "Invalid parameter Address: it has a configuration already").into()
    })?;
    address.id = turn.db.last_insert_rowid();
    address.save(turn)?;
    Ok(call.item(&address))
}

pub(super) fn fetch(call: &mut Call<'_>) -> Result<Reply, Stop> {
    Ok(call.item(&find(call)?))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let mut address = find(call)?;
    address.take(&call.turn, call.form())?;
    address.save(&call.turn)?;
    Ok(call.item(&address))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let mut from = "address WHERE account = ?".to_owned();
    let mut values = vec![call.turn.account.id.into()];
    if let Some(kind) = call.query().value::<AddressType>("Type")? {
        from.push_str(" AND type = ?");
        values.push(kind.as_str().to_owned().into());
    }
    call.page(&Listing { columns: COLUMNS, from: &from, values, keys: &["id"], descending: false }, |row| read(row, 1))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let address = find(call)?;
    call.turn.db.execute_cached("DELETE FROM address WHERE id = ?", [address.id])?;
    Ok(call.empty())
}

/// How conversations for messages to an address are made, if they are.
pub(crate) fn auto_creation(turn: &Turn<'_>, address: &str) -> Result<Option<AutoCreation>, Stop> {
    let sql = format!("SELECT {COLUMNS} FROM address WHERE address = ? AND account = ?");
    let address = turn.db.first(&sql, params![address, turn.account.id], |row| read(row, 0))?;
    Ok(address.map(|address| address.auto).filter(|auto| auto.enabled))
}

impl Address {
    /// Takes over what a request sets.
    fn take(&mut self, turn: &Turn<'_>, form: &Fields) -> Result<(), Stop> {
        self.date_updated = turn.now;
        check_length("FriendlyName", form.text("FriendlyName"), 256)?;
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        if let Some(name) = form.text("FriendlyName") {
            self.friendly_name = filled(name);
        }
        let auto = &mut self.auto;
        if let Some(enabled) = form.boolean("AutoCreation.Enabled") {
            auto.enabled = enabled;
        }
        if let Some(sid) = form.text("AutoCreation.ConversationServiceSid") {
            let known = turn
                .db
                .number("SELECT count(*) FROM service WHERE sid = ? AND account = ?", params![sid, turn.account.id])?;
            if !sid.is_empty() && known == 0 {
                return Err(Refusal::bad(50050, format!("Service {sid} not found")).into());
            }
            auto.service_sid = filled(sid);
        }
        if let Some(url) = form.text("AutoCreation.WebhookUrl") {
            if !url.is_empty() && !is_webhook_url(url) {
                return Err(Refusal::invalid("AutoCreation.WebhookUrl", "not an absolute http or https URL").into());
            }
            auto.webhook_url = filled(url);
        }
        if let Some(filters) = form.list("AutoCreation.WebhookFilters") {
            let events = events_of(EventType::ADDRESS_EVENTS, &filters, "AutoCreation.WebhookFilters", 20001)?;
            auto.webhook_filters = Some(to_json_list(events));
        }
        if let Some(count) = form.integer("AutoCreation.StudioRetryCount") {
            auto.retry_count = Some(count);
        }
        if let Some(sid) = form.text("AutoCreation.StudioFlowSid") {
            auto.flow_sid = filled(sid);
        }
        auto.webhook_method = form.value("AutoCreation.WebhookMethod")?.or(auto.webhook_method);
        auto.kind = form.value("AutoCreation.Type")?.or(auto.kind);
        let (needed, is_there) = match auto.kind {
            None | Some(AutoCreationType::Default) => return Ok(()),
            Some(AutoCreationType::Webhook) => ("AutoCreation.WebhookUrl", auto.webhook_url.is_some()),
            Some(AutoCreationType::Studio) => ("AutoCreation.StudioFlowSid", auto.flow_sid.is_some()),
        };
        if is_there { Ok(()) } else { Err(Refusal::missing(needed).into()) }
    }

    fn save(&self, turn: &Turn<'_>) -> Result<(), Stop> {
        let auto = &self.auto;
        turn.db.execute_cached(
            "UPDATE address SET friendly_name = ?, auto_enabled = ?, auto_type = ?, auto_service_sid = ?,
             auto_webhook_url = ?, auto_webhook_method = ?, auto_webhook_filters = ?, auto_flow_sid = ?,
             auto_retry_count = ?, date_updated = ? WHERE id = ?",
            params![
                self.friendly_name,
                auto.enabled,
                auto.kind,
                auto.service_sid,
                auto.webhook_url,
                auto.webhook_method,
                auto.webhook_filters,
                auto.flow_sid,
                auto.retry_count,
                self.date_updated.0,
                self.id
            ],
        )?;
        Ok(())
    }
}

impl AutoCreation {
    /// The `auto_creation` of an answer: what the type has.
    fn to_json(&self) -> Json {
        let mut json = Map::new();
        json.insert("enabled".to_owned(), json!(self.enabled));
        json.insert("type".to_owned(), json!(self.kind.map(Documented::as_str)));
        json.insert("conversation_service_sid".to_owned(), json!(self.service_sid));
        match self.kind {
            None | Some(AutoCreationType::Default) => {}
            Some(AutoCreationType::Webhook) => {
                let filters: Json = self
                    .webhook_filters
                    .as_deref()
                    .and_then(|list| serde_json::from_str(list).ok())
                    .unwrap_or(json!([]));
                // Sent in lower case, answered in upper case, as the documentation's samples have it.
                let method = HttpMethod::from(self.webhook_method.unwrap_or(WebhookMethod::Post));
                json.insert("webhook_url".to_owned(), json!(self.webhook_url));
                json.insert("webhook_method".to_owned(), json!(method.as_str()));
                json.insert("webhook_filters".to_owned(), filters);
            }
            Some(AutoCreationType::Studio) => {
                json.insert("studio_flow_sid".to_owned(), json!(self.flow_sid));
                json.insert("studio_retry_count".to_owned(), json!(self.retry_count));
            }
        }
        Json::Object(json)
    }
}

/// The configuration that the path names by SID or by the address itself.
fn find(call: &Call<'_>) -> Result<Address, Stop> {
    let name = call.last();
    let column = if is_sid(name, Some(*b"IG")) { "sid" } else { "address" };
    let sql = format!("SELECT {COLUMNS} FROM address WHERE {column} = ? AND account = ?");
    let address = call.turn.db.first(&sql, params![name, call.turn.account.id], |row| read(row, 0))?;
    address.ok_or_else(|| call.not_found())
}

fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Address> {
    Ok(Address {
        id: row.get(at)?,
        sid: row.get(at + 1)?,
        kind: row.get(at + 2)?,
        address: row.get(at + 3)?,
        address_country: row.get(at + 4)?,
        friendly_name: row.get(at + 5)?,
        auto: AutoCreation {
            enabled: row.get(at + 6)?,
            kind: row.get(at + 7)?,
            service_sid: row.get(at + 8)?,
            webhook_url: row.get(at + 9)?,
            webhook_method: row.get(at + 10)?,
            webhook_filters: row.get(at + 11)?,
            flow_sid: row.get(at + 12)?,
            retry_count: row.get(at + 13)?,
        },
        date_created: Millis(row.get(at + 14)?),
        date_updated: Millis(row.get(at + 15)?),
    })
}

item! {
    impl Address |self, value| {
        "account_sid" => value.account_sid(),
        "sid" => value.text(&self.sid),
        "type" => value.text(self.kind.as_str()),
        "address" => value.text(&self.address),
        "address_country" => value.text_or_null(self.address_country.as_deref()),
        "friendly_name" => value.text_or_null(self.friendly_name.as_deref()),
        "auto_creation" => value.value(&self.auto.to_json()),
        "date_created" => value.date(self.date_created),
        "date_updated" => value.date(self.date_updated),
        "url" => value.account_url(format_args!("/Configuration/Addresses/{}", self.sid)),
    }
}
