//! The record of a webhook call, for control requests and tests.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use twilio_conversations_types::v1::{self, EventType};

use super::send;
use crate::domain::delivery::{DeliveryState, WebhookCall};
use crate::domain::values::Documented as _;
use crate::domain::webhook_url::WebhookUrl;
use crate::time::Millis;

/// A webhook call that the emulator has sent or will send.
///
/// URL and fields are those of the last attempt; before the first attempt, those that it will have.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// Number of the call, ascending in the order in which the calls were recorded; it is in the path of the control request
    /// `deliveries/ID/resend`.
    pub id: i64,
    /// Account that the event belongs to, `AC…`.
    pub account_sid: String,
    /// `account`, `service`, or the SID of the conversation's webhook, `WH…`.
    pub scope: String,
    /// The event. [`EventType::is_pre_event`] distinguishes pre-event from post-event calls.
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
    /// State of the call.
    pub state: DeliveryState,
    /// Number of completed attempts.
    pub attempts: u32,
    /// When the call was recorded, by the emulator's clock.
    pub date_created: DateTime<Utc>,
    /// Header `X-Twilio-Signature`; `None` before the first attempt ended.
    pub signature: Option<String>,
    /// Header `X-Twilio-Webhooks-Signature-Settings`, which names the shared key and the algorithm; `None` before the first
    /// attempt ended, and of a call that was signed with the auth token.
    pub signature_settings: Option<String>,
    /// HTTP status of the last response; `None` if none arrived.
    pub status: Option<u16>,
    /// Body of the last response, of which the first 4 KB are kept; `None` if none arrived.
    pub response_body: Option<String>,
    /// The reason that no response arrived, or that the call could not be sent; `None` if a response arrived.
    pub error: Option<String>,
    /// Duration of the last attempt; `None` before the first one ended.
    pub duration: Option<Duration>,
}

impl Delivery {
    /// The first value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The record as control requests and the inspector show it.
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
            "signature_settings": self.signature_settings,
            "status": self.status,
            "answer": self.response_body,
            "error": self.error,
            "duration_micros": self.duration.map(|duration| duration.as_micros()),
        })
    }
}

impl From<WebhookCall> for Delivery {
    fn from(call: WebhookCall) -> Self {
        let WebhookCall { method, mut url, mut fields, state, attempts, .. } = call;
        if state != DeliveryState::Recorded {
            fields = send::form(&fields, attempts.saturating_sub(1));
            // A URL that cannot be called is shown verbatim.
            let called = WebhookUrl::parse(&url).and_then(|url| send::called(&url, method, &fields));
            url = called.map_or(url, |called| called.to_string());
        }
        Self {
            id: call.id,
            account_sid: call.account_sid,
            scope: call.scope.as_str().to_owned(),
            event: call.event.0,
            conversation_sid: call.conversation_sid,
            method: v1::HttpMethod::from(method.as_str()),
            url,
            fields: form_urlencoded::parse(fields.as_bytes()).into_owned().collect(),
            idempotency_token: call.token,
            state,
            attempts,
            date_created: DateTime::from_timestamp_millis(call.date_created.0).unwrap_or_default(),
            signature: call.signature,
            signature_settings: call.signature_settings,
            status: call.status,
            response_body: call.response_body,
            error: call.error,
            duration: call.duration.map(Duration::from_micros),
        }
    }
}
