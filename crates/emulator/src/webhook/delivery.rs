//! The record of a webhook call, as it is listed.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use twilio_conversations_types::v1::{self, EventType};

use super::send;
use crate::core::Core;
use crate::documented::{Documented as _, HttpMethod};
use crate::store::Cached;
use crate::time::Millis;

/// A webhook call that the emulator made, or has yet to make.
///
/// URL, fields and signature are those of the last attempt, or of the first one if that is yet to be made.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// Number of the call, ascending in the order in which the calls were recorded; it is in the path of the control call
    /// `deliveries/ID/resend`.
    pub id: i64,
    /// Account that the event belongs to, `AC…`.
    pub account_sid: String,
    /// `account`, `service`, or the SID of the conversation's webhook, `WH…`.
    pub scope: String,
    /// The event. [`EventType::is_pre_event`] is the phase.
    pub event: EventType,
    /// Conversation that the event is about, `CH…`; `None` for an event about a user, and before a conversation exists.
    pub conversation_sid: Option<String>,
    /// HTTP method.
    pub method: v1::HttpMethod,
    /// URL that was called. With GET it has the fields in its query.
    pub url: String,
    /// Form fields or query parameters, decoded, in their order.
    pub fields: Vec<(String, String)>,
    /// Header `I-Twilio-Idempotency-Token`, which the retries of a call share.
    pub idempotency_token: String,
    /// How far the call came.
    pub state: DeliveryState,
    /// How many attempts were made, 0 before the first one ended.
    pub attempts: u32,
    /// When the call was recorded, by the emulator's clock.
    pub date_created: DateTime<Utc>,
    /// Header `X-Twilio-Signature`; `None` before the first attempt ended.
    pub signature: Option<String>,
    /// HTTP status of the last response; `None` if none arrived.
    pub status: Option<u16>,
    /// Body of the last response, of which the first 64 KB are kept; `None` if none arrived.
    pub response_body: Option<String>,
    /// Why no response arrived, or why the call could not be made.
    pub error: Option<String>,
    /// How long the last attempt took; `None` before the first one ended.
    pub duration: Option<Duration>,
}

impl Delivery {
    /// The first value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// How far a webhook call came.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DeliveryState {
    /// A post-event call that is waiting for its first attempt or for a retry.
    Pending,
    /// A post-event call with a response of status 200 to 299.
    Delivered,
    /// A post-event call with a response of another status that is not retried: neither 429, 503 nor 504.
    Failed,
    /// No response arrived, or, to a post-event call, only status 429, 503 or 504, until no retry was left. After a
    /// pre-event call the action goes on.
    GivenUp,
    /// A pre-event call after which the action went on, changed by the response or not.
    Proceeded,
    /// A pre-event call whose response rejected the action.
    Rejected,
    /// A pre-event call without a response in time. The action went on.
    TimedOut,
    /// An event of a Studio flow, which the emulator records and does not send.
    Recorded,
}

impl DeliveryState {
    const ALL: [Self; 8] = [
        Self::Pending,
        Self::Delivered,
        Self::Failed,
        Self::GivenUp,
        Self::Proceeded,
        Self::Rejected,
        Self::TimedOut,
        Self::Recorded,
    ];

    /// The state as the control call `GET /_emulator/deliveries` spells it: `given_up`. A rejection is `refused` there.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
            Self::Proceeded => "proceeded",
            Self::Rejected => "refused",
            Self::TimedOut => "timed_out",
            Self::Recorded => "recorded",
        }
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ToSql for DeliveryState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.as_str().as_bytes())))
    }
}

impl FromSql for DeliveryState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let state = Self::ALL.into_iter().find(|state| state.as_str() == text);
        state.ok_or_else(|| FromSqlError::Other(format!("{text} in the database is no state of a delivery").into()))
    }
}

/// Which calls are listed.
#[derive(Default)]
pub(crate) struct Filter<'a> {
    pub(crate) account: Option<i64>,
    pub(crate) state: Option<&'a str>,
    pub(crate) event: Option<&'a str>,
    pub(crate) id: Option<i64>,
    /// Most calls that are listed; all of them unless set.
    pub(crate) limit: Option<i64>,
}

/// The calls, the latest first.
pub(crate) fn list(core: &Core, filter: &Filter<'_>) -> rusqlite::Result<Vec<Delivery>> {
    core.store.read(|db| read(db, filter))
}

fn read(db: &Connection, filter: &Filter<'_>) -> rusqlite::Result<Vec<Delivery>> {
    let Filter { account, state, event, id, limit } = filter;
    db.all(
        "SELECT delivery.id, account.sid, scope, event, conversation_sid, method, url, fields, token, state, attempts,
         delivery.date_created, signature, status, answer, error, duration
         FROM delivery JOIN account ON account.id = delivery.account
         WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR event = ?3)
         AND (?4 IS NULL OR delivery.id = ?4) ORDER BY delivery.id DESC LIMIT ?5",
        // SQLite takes a negative limit for none.
        params![account, state, event, id, limit.unwrap_or(-1)],
        of_row,
    )
}

fn of_row(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let (method, mut url, mut fields): (HttpMethod, String, String) = (row.get(5)?, row.get(6)?, row.get(7)?);
    let (state, attempts): (DeliveryState, u32) = (row.get(9)?, row.get(10)?);
    if state != DeliveryState::Recorded {
        fields = send::form(&fields, attempts.saturating_sub(1));
        // A URL that cannot be called is shown as it was set.
        url = send::called(&url, method, &fields).map_or(url, |called| called.to_string());
    }
    let duration: Option<u64> = row.get(16)?;
    Ok(Delivery {
        id: row.get(0)?,
        account_sid: row.get(1)?,
        scope: row.get(2)?,
        event: EventType::from(row.get::<_, String>(3)?),
        conversation_sid: row.get(4)?,
        method: v1::HttpMethod::from(method.as_str()),
        url,
        fields: form_urlencoded::parse(fields.as_bytes()).into_owned().collect(),
        idempotency_token: row.get(8)?,
        state,
        attempts,
        date_created: DateTime::from_timestamp_millis(row.get(11)?).unwrap_or_default(),
        signature: row.get(12)?,
        status: row.get(13)?,
        response_body: row.get(14)?,
        error: row.get(15)?,
        duration: duration.map(Duration::from_micros),
    })
}

impl Delivery {
    /// The record as control calls and the inspector show it.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "scope": self.scope,
            "event": self.event,
            "conversation_sid": self.conversation_sid,
            "method": self.method,
            "url": self.url,
            "fields": self.fields,
            "idempotency_token": self.idempotency_token,
            "state": self.state.as_str(),
            "attempts": self.attempts,
            "date_created": Millis(self.date_created.timestamp_millis()).to_millis_text(),
            "signature": self.signature,
            "status": self.status,
            "answer": self.response_body,
            "error": self.error,
            "duration_micros": self.duration.map(|duration| duration.as_micros()),
        })
    }
}
