//! The control API and the inspector, under `/_emulator`.

mod curl;
mod guard;
mod hosts;
mod inspector;
mod instance;
mod requests;
mod signing_key;
mod start;
mod state;

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

pub(crate) use self::guard::{begin, secure};
pub(crate) use self::hosts::Hosts;
pub(crate) use self::start::{Plant, Start, ids};
pub(crate) use self::state::ResetTo;
use crate::domain::account::{Account, Actor};
use crate::domain::delivery::DeliveryState;
use crate::domain::timers::milliseconds;
use crate::domain::user::check_identity;
use crate::error::ApiError;
use crate::http::Body;
use crate::http::api::{Api, Client, error_response};
use crate::operations::fields::Fields;
use crate::operations::simulation::{Inbound, Posted, Report};
use crate::store::deliveries::{self, Filter};
use crate::time::parse_date_time;
use crate::webhooks::record::Delivery;

/// The control API of an emulator instance.
pub(crate) struct Control {
    pub(crate) api: Api,
    pub(crate) start: Arc<Start>,
    /// Held while another state takes the place of the current one.
    replacing: tokio::sync::Mutex<()>,
    /// Held while a snapshot is uploaded and restored: one at a time takes memory.
    uploading: tokio::sync::Mutex<()>,
}

/// Responds to a request whose path begins with `/_emulator`.
pub(crate) async fn respond(control: &Control, parts: &Parts, body: Bytes) -> Response<Body> {
    let path = path(parts);
    if instance::has(path) {
        instance::respond(control, parts, path, body).await
    } else {
        respond_for_account(control, parts, &body).await
    }
}

fn path(parts: &Parts) -> &str {
    parts.uri.path().strip_prefix("/_emulator").unwrap_or_default()
}

/// Responds to a request about the state of an account, which is all that a scenario may change.
pub(crate) async fn respond_for_account(control: &Control, parts: &Parts, body: &[u8]) -> Response<Body> {
    let (api, path) = (&control.api, path(parts));
    let form = Fields::decode(body);
    let query = Fields::decode(parts.uri.query().unwrap_or_default().as_bytes());
    let named = query.filled("AccountSid").or(form.filled("AccountSid"));
    let by_credentials = || api.engine.accounts().authenticate(parts.headers.get(AUTHORIZATION)?.as_bytes());
    let account = match named {
        Some(sid) => api.engine.accounts().find(Some(sid)),
        None => by_credentials().or_else(|| api.engine.accounts().find(None)),
    };
    let Some(account) = account else {
        return error_response(&ApiError::invalid("AccountSid", "the emulator has no such account")).map(Either::Left);
    };
    if let Some((identity, path)) = path.strip_prefix("/as/").and_then(|rest| rest.split_once('/')) {
        let identity = percent_decode_str(identity).decode_utf8_lossy();
        if let Err(error) = check_identity(&identity) {
            return error_response(&error).map(Either::Left);
        }
        let path = format!("/{path}");
        let (actor, prefix) = (Actor::sdk(&identity), chat_user_prefix(&identity));
        let client = Client { account, actor: &actor, prefix: &prefix };
        return api.respond_to(&client, &path, parts, body).await.map(Either::Left);
    }
    if parts.method == Method::GET
        && let Some(response) = inspector::get(api, account, path, &query)
    {
        return response;
    }
    match control_request(api, account, &parts.method, path, &form, &query).await {
        Ok(_) if form.text("Return") == Some("page") => back(account, &form),
        Ok(value) => json_response(200, &value),
        Err(error) => error_response(&error).map(Either::Left),
    }
}

async fn control_request(
    api: &Api,
    account: &Account,
    method: &Method,
    path: &str,
    form: &Fields,
    query: &Fields,
) -> Result<Value, ApiError> {
    let need = |name: &str| form.filled(name).ok_or_else(|| ApiError::missing(name));
    match (method.as_str(), path) {
        ("GET", "/clock") => Ok(clock(api)),
        ("POST", "/clock") => {
            move_clock(api, form)?;
            Ok(clock(api))
        }
        (_, signing_key::PATH) => signing_key::handle(api, account, method, form),
        ("GET", "/deliveries") => list_deliveries(api, account.id, query),
        (_, path) if path == "/requests" || path.starts_with("/requests/") => {
            requests::handle(api, account, method, path, query)
        }
        ("POST", "/messages/inbound") => {
            let inbound = Inbound {
                from: need("From")?.to_owned(),
                to: need("To")?.to_owned(),
                others: form.list("OtherRecipients").unwrap_or_default().into_iter().map(str::to_owned).collect(),
                body: form.text("Body").map(str::to_owned),
                name: form.filled("Name").map(str::to_owned),
                media_sid: form.filled("MediaSid").map(str::to_owned),
            };
            let posted = api.engine.receive(account, &inbound).await?;
            Ok(posted.map_or_else(|| json!({"outcome": "ignored"}), |posted| to_json(&posted)))
        }
        ("POST", "/messages") => {
            let conversation = need("ConversationSid")?;
            let posted = match form.filled("ParticipantSid") {
                Some(sid) => api.engine.write_as(account, conversation, sid, need("Body")?).await?,
                None => api.engine.say(account, conversation, need("Identity")?, need("Body")?).await?,
            };
            Ok(to_json(&posted))
        }
        ("POST", "/delivery-reports") => {
            let report = Report {
                message_sid: need("MessageSid")?.to_owned(),
                participant_sid: form.filled("ParticipantSid").map(str::to_owned),
                status: need("Status")?.to_owned(),
                error_code: number(form, "ErrorCode")?,
            };
            Ok(json!({"receipt_sid": api.engine.report_delivery(account, &report).await?}))
        }
        ("POST", "/reachability") => {
            let (online, notifiable) = (truth(form, "IsOnline")?, truth(form, "IsNotifiable")?);
            let service = form.filled("ServiceSid");
            api.engine.set_reachability(account, service, need("Identity")?, online, notifiable).await?;
            Ok(json!({"is_online": online, "is_notifiable": notifiable}))
        }
        ("POST", "/bindings") => {
            let (identity, kind) = (need("Identity")?, need("BindingType")?);
            let sid =
                api.engine.add_binding(account, form.filled("ServiceSid"), identity, kind, need("Endpoint")?).await?;
            Ok(json!({"sid": sid}))
        }
        ("POST", "/media") => {
            let content_type = form.filled("ContentType").unwrap_or("application/octet-stream");
            let (service, filename) = (form.filled("ServiceSid"), form.filled("Filename"));
            let sid = api.engine.add_media(account, service, filename, content_type, number(form, "Size")?).await?;
            Ok(json!({"sid": sid}))
        }
        ("POST", path) => {
            let id = path.strip_prefix("/deliveries/").and_then(|rest| rest.strip_suffix("/resend"));
            let Some(id) = id.and_then(|id| id.parse().ok()) else { return Err(ApiError::not_found(path)) };
            match api.engine.webhooks.resend(account.id, id) {
                Ok(Some(id)) => Ok(json!({"id": id})),
                Ok(None) => Err(ApiError::not_found(path)),
                Err(error) => Err(ApiError::failed(error)),
            }
        }
        _ => Err(ApiError::not_found(path)),
    }
}

/// The prefix of the API's paths for a chat user.
fn chat_user_prefix(identity: &str) -> String {
    format!("/_emulator/as/{}", utf8_percent_encode(identity, NON_ALPHANUMERIC))
}

fn clock(api: &Api) -> Value {
    let clock = api.engine.clock();
    json!({"now": clock.now().to_millis_text(), "frozen": clock.is_frozen()})
}

/// Moves the clock. Timers that are due by then have run before the response.
fn move_clock(api: &Api, form: &Fields) -> Result<(), ApiError> {
    let advance = form
        .filled("Advance")
        .map(|text| milliseconds(text).ok_or_else(|| ApiError::invalid("Advance", "not an ISO 8601 duration")))
        .transpose()?;
    let set = form
        .filled("Set")
        .map(|text| parse_date_time(text).ok_or_else(|| ApiError::invalid("Set", "not an RFC 3339 date and time")))
        .transpose()?;
    let freeze = truth(form, "Freeze")?;
    api.engine
        .move_clock(|reading| {
            if let Some(freeze) = freeze {
                reading.freeze(freeze);
            }
            if let Some(to) = set {
                reading.move_to(to);
            }
            if let Some(duration) = advance {
                reading.advance(duration);
            }
        })
        .map_err(|error| ApiError::failed(with_causes(&error)))
}

/// Most calls of one list.
const LISTED_CALLS: i64 = 1000;

/// A page of webhook calls, the latest first. `Before` takes the number of the last call of the page before.
fn list_deliveries(api: &Api, account: i64, query: &Fields) -> Result<Value, ApiError> {
    if let Some(state) = query.filled("State")
        && DeliveryState::read(state).is_none()
    {
        return Err(ApiError::invalid("State", &format!("{state} is no state of a delivery")));
    }
    let integer = |name: &str| match query.filled(name).map(str::parse::<i64>) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => Err(ApiError::invalid(name, "not a whole number")),
    };
    let filter = Filter {
        account: Some(account),
        state: query.filled("State"),
        event: query.filled("Event"),
        conversation_sid: query.filled("ConversationSid"),
        id: integer("Id")?,
        before: integer("Before")?,
    };
    let limit = integer("Limit")?.unwrap_or(100).clamp(1, LISTED_CALLS);
    // Only the rows are read under the lock. The JSON is built after it.
    let calls = api.engine.store().read(|db| deliveries::list(db, &filter, limit)).map_err(ApiError::failed)?;
    let is_full = i64::try_from(calls.len()).is_ok_and(|count| count == limit);
    let next = calls.last().map(|call| call.id).filter(|_| is_full);
    let calls: Vec<Value> = calls.into_iter().map(|call| Delivery::from(call).to_json()).collect();
    Ok(json!({"deliveries": calls, "next_before": next}))
}

fn truth(form: &Fields, name: &str) -> Result<Option<bool>, ApiError> {
    match form.filled(name) {
        None => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => Err(ApiError::invalid(name, "neither true nor false")),
    }
}

/// The message of an error and of its causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn number(form: &Fields, name: &str) -> Result<i64, ApiError> {
    let Some(text) = form.filled(name) else { return Ok(0) };
    let number = text.parse().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| ApiError::invalid(name, "not a whole number from 0 on"))
}

fn to_json(posted: &Posted) -> Value {
    json!({
        "outcome": if posted.created { "created" } else { "added" },
        "conversation_sid": posted.conversation_sid,
        "message_sid": posted.message_sid,
        "index": posted.index,
    })
}

fn json_response(status: u16, value: &Value) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(value.to_string()))));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A redirect to the page whose form was sent: the view in its field `Page`, or the conversation that it names.
fn back(account: &Account, form: &Fields) -> Response<Body> {
    let page = match (form.filled("Page"), form.filled("ConversationSid")) {
        (Some(query), _) => inspector::View::read(&account.sid, &Fields::decode(query.as_bytes())).url(),
        (None, sid) => {
            let mut page = format!("/_emulator?AccountSid={}", account.sid);
            if let Some(sid) = sid {
                let _ = write!(page, "&Conversation={}", utf8_percent_encode(sid, NON_ALPHANUMERIC));
            }
            page
        }
    };
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(page) = HeaderValue::from_str(&page) {
        response.headers_mut().insert(LOCATION, page);
    }
    response
}
