//! Beside the API: what tests and people do to the world that the API shows. All of it is under `/_emulator`.

mod action;
mod inspector;
mod site;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

pub(crate) use self::action::{Inbound, Posted, Report};
pub(crate) use self::site::Hosts;
use crate::account::Account;
use crate::call::Actor;
use crate::core::Core;
use crate::error::Refusal;
use crate::render::encode_query;
use crate::resource::user::check_identity;
use crate::server::{Body, answer_as, refuse};
use crate::spec::Fields;
use crate::time::{parse_date_time, parse_duration};
use crate::webhook::list_deliveries;

/// Answers a request to a path that begins with `/_emulator`.
pub(crate) async fn answer(core: &Arc<Core>, parts: &Parts, body: &[u8]) -> Response<Body> {
    let path = parts.uri.path().strip_prefix("/_emulator").unwrap_or_default();
    if let Some(problem) = core.hosts.refuse(&parts.headers) {
        return refuse(&Refusal::new(403, 20403, problem)).map(Either::Left);
    }
    let form = Fields::decode(body);
    let query = Fields::decode(parts.uri.query().unwrap_or_default().as_bytes());
    let named = query.filled("AccountSid").or(form.filled("AccountSid"));
    let by_credentials = || core.accounts.authenticate(parts.headers.get(AUTHORIZATION)?.as_bytes());
    let account = match named {
        Some(sid) => core.accounts.find(Some(sid)),
        None => by_credentials().or_else(|| core.accounts.find(None)),
    };
    let Some(account) = account else {
        return refuse(&Refusal::invalid("AccountSid", "the emulator has no such account")).map(Either::Left);
    };
    if let Some((identity, path)) = path.strip_prefix("/as/").and_then(|rest| rest.split_once('/')) {
        let identity = percent_decode_str(identity).decode_utf8_lossy();
        if let Err(refusal) = check_identity(&identity) {
            return refuse(&refusal).map(Either::Left);
        }
        let path = format!("/{path}");
        let (actor, prefix) = (Actor::sdk(&identity), as_path(&identity));
        return answer_as(core, account, &actor, &prefix, &path, parts, body).await.map(Either::Left);
    }
    if parts.method == Method::GET {
        match path {
            "" | "/" => return inspector::page(core, account, &query),
            "/news" => return inspector::news(core),
            _ => {}
        }
    }
    match control(core, account, &parts.method, path, &form, &query).await {
        Ok(_) if form.text("Return") == Some("page") => back(account, &form),
        Ok(value) => json_response(200, &value),
        Err(refusal) => refuse(&refusal).map(Either::Left),
    }
}

async fn control(
    core: &Core,
    account: &Account,
    method: &Method,
    path: &str,
    form: &Fields,
    query: &Fields,
) -> Result<Value, Refusal> {
    let need = |name: &str| form.filled(name).ok_or_else(|| Refusal::missing(name));
    match (method.as_str(), path) {
        ("GET", "/clock") => Ok(clock(core)),
        ("POST", "/clock") => {
            move_clock(core, form)?;
            Ok(clock(core))
        }
        ("GET", "/deliveries") => Ok(json!({"deliveries": list_deliveries(core, account.id, query)})),
        ("POST", "/messages/inbound") => {
            let inbound = Inbound {
                from: need("From")?.to_owned(),
                to: need("To")?.to_owned(),
                others: form.list("OtherRecipients").unwrap_or_default().into_iter().map(str::to_owned).collect(),
                body: form.text("Body").map(str::to_owned),
                name: form.filled("Name").map(str::to_owned),
                media_sid: form.filled("MediaSid").map(str::to_owned),
            };
            let posted = core.receive(account, &inbound).await?;
            Ok(posted.map_or_else(|| json!({"outcome": "ignored"}), |posted| to_json(&posted)))
        }
        ("POST", "/messages") => {
            let conversation = need("ConversationSid")?;
            let posted = match form.filled("ParticipantSid") {
                Some(sid) => core.write_as(account, conversation, sid, need("Body")?).await?,
                None => core.say(account, conversation, need("Identity")?, need("Body")?).await?,
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
            Ok(json!({"receipt_sid": core.report_delivery(account, &report).await?}))
        }
        ("POST", "/reachability") => {
            let (online, notifiable) = (truth(form, "IsOnline")?, truth(form, "IsNotifiable")?);
            let service = form.filled("ServiceSid");
            core.set_reachability(account, service, need("Identity")?, online, notifiable).await?;
            Ok(json!({"is_online": online, "is_notifiable": notifiable}))
        }
        ("POST", "/bindings") => {
            let (identity, kind) = (need("Identity")?, need("BindingType")?);
            let sid = core.add_binding(account, form.filled("ServiceSid"), identity, kind, need("Endpoint")?).await?;
            Ok(json!({"sid": sid}))
        }
        ("POST", "/media") => {
            let content_type = form.filled("ContentType").unwrap_or("application/octet-stream");
            let (service, filename) = (form.filled("ServiceSid"), form.filled("Filename"));
            let sid = core.add_media(account, service, filename, content_type, number(form, "Size")?).await?;
            Ok(json!({"sid": sid}))
        }
        ("POST", path) => {
            let id = path.strip_prefix("/deliveries/").and_then(|rest| rest.strip_suffix("/resend"));
            let Some(id) = id.and_then(|id| id.parse().ok()) else { return Err(Refusal::not_found(path)) };
            match core.resend(account.id, id) {
                Ok(Some(id)) => Ok(json!({"id": id})),
                Ok(None) => Err(Refusal::not_found(path)),
                Err(error) => Err(Refusal::failed(error)),
            }
        }
        _ => Err(Refusal::not_found(path)),
    }
}

/// What the API's paths come after when a chat user calls.
fn as_path(identity: &str) -> String {
    format!("/_emulator/as/{}", utf8_percent_encode(identity, NON_ALPHANUMERIC))
}

fn clock(core: &Core) -> Value {
    json!({"now": core.clock.now().to_millis_text(), "frozen": core.clock.is_frozen()})
}

/// Moves the clock, and has all that is due by then done before the answer.
fn move_clock(core: &Core, form: &Fields) -> Result<(), Refusal> {
    let advance = form
        .filled("Advance")
        .map(|text| parse_duration(text).ok_or_else(|| Refusal::invalid("Advance", "not an ISO 8601 duration")))
        .transpose()?;
    let set = form
        .filled("Set")
        .map(|text| parse_date_time(text).ok_or_else(|| Refusal::invalid("Set", "not an RFC 3339 date and time")))
        .transpose()?;
    if let Some(freeze) = truth(form, "Freeze")? {
        core.clock.freeze(freeze);
    }
    if let Some(to) = set {
        core.clock.set(to);
    }
    if let Some(duration) = advance {
        core.clock.advance(duration);
    }
    core.clock.keep(&core.store).map_err(Refusal::failed)?;
    core.timers.notify_one();
    core.run_timers().map_err(|stop| Refusal::failed(format_args!("{stop:?}")))
}

fn truth(form: &Fields, name: &str) -> Result<Option<bool>, Refusal> {
    match form.filled(name) {
        None => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => Err(Refusal::invalid(name, "neither true nor false")),
    }
}

fn number(form: &Fields, name: &str) -> Result<i64, Refusal> {
    form.filled(name).map_or(Ok(0), |text| text.parse().map_err(|_| Refusal::invalid(name, "not a whole number")))
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

/// Back to the page whose form was sent.
fn back(account: &Account, form: &Fields) -> Response<Body> {
    let mut page = format!("/_emulator?AccountSid={}", account.sid);
    if let Some(sid) = form.filled("ConversationSid") {
        encode_query(&mut page, "Conversation", sid);
    }
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(page) = HeaderValue::from_str(&page) {
        response.headers_mut().insert(LOCATION, page);
    }
    response
}
