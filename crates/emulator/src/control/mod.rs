//! The control API and the inspector, under `/_emulator`.

mod curl;
mod deliveries;
mod guard;
mod inspector;
mod instance;
mod requests;
mod settings;
mod simulation;
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
use serde_json::Value;

pub(crate) use self::guard::{Hosts, begin, secure};
pub(crate) use self::start::{Scenario, Start};
use crate::domain::account::{Account, Actor};
use crate::domain::user::check_identity;
use crate::error::ApiError;
use crate::http::Body;
use crate::http::api::{Api, Client, error_response};
use crate::operations::fields::Fields;

/// The control API of an emulator instance.
pub(crate) struct Control {
    pub(crate) api: Api,
    pub(crate) start: Arc<Start>,
    /// Held while the state is replaced.
    replacing: tokio::sync::Mutex<()>,
    /// Held while a snapshot is uploaded and restored, since each takes much memory.
    uploading: tokio::sync::Mutex<()>,
}

/// Responds to a request whose path begins with `/_emulator`.
pub(crate) async fn respond(control: &Control, parts: &Parts, body: Bytes) -> Response<Body> {
    let path = path(parts);
    if !instance::has(path) {
        return respond_for_account(control, parts, &body).await;
    }
    let response = instance::respond(control, parts, path, body).await;
    response.unwrap_or_else(|error| error_response(&error).map(Either::Left))
}

fn path(parts: &Parts) -> &str {
    parts.uri.path().strip_prefix("/_emulator").unwrap_or_default()
}

/// Responds to a request about the state of an account. A scenario may send these requests only.
pub(crate) async fn respond_for_account(control: &Control, parts: &Parts, body: &[u8]) -> Response<Body> {
    let response = try_respond(control, parts, body).await;
    response.unwrap_or_else(|error| error_response(&error).map(Either::Left))
}

async fn try_respond(control: &Control, parts: &Parts, body: &[u8]) -> Result<Response<Body>, ApiError> {
    let (api, path) = (&control.api, path(parts));
    let form = Fields::decode(body);
    let query = Fields::decode(parts.uri.query().unwrap_or_default().as_bytes());
    let named = query.filled("AccountSid").or(form.filled("AccountSid"));
    let by_credentials = || api.engine.accounts().authenticate(parts.headers.get(AUTHORIZATION)?.as_bytes());
    let account = match named {
        Some(sid) => api.engine.accounts().find(Some(sid)),
        None => by_credentials().or_else(|| api.engine.accounts().find(None)),
    };
    let account = account.ok_or_else(|| ApiError::invalid("AccountSid", "the emulator has no such account"))?;
    if let Some((identity, path)) = path.strip_prefix("/as/").and_then(|rest| rest.split_once('/')) {
        let identity = percent_decode_str(identity).decode_utf8_lossy();
        check_identity(&identity)?;
        let path = format!("/{path}");
        let prefix = format!("/_emulator/as/{}", utf8_percent_encode(&identity, NON_ALPHANUMERIC));
        let actor = Actor::sdk(&identity);
        let client = Client { account, actor: &actor, prefix: &prefix };
        return Ok(api.respond_to(&client, &path, parts, body).await.map(Either::Left));
    }
    if parts.method == Method::GET
        && let Some(response) = inspector::get(api, account, path, &query)
    {
        return Ok(response);
    }
    let method = &parts.method;
    let value = match (method.as_str(), path) {
        (_, "/clock") => settings::clock(api, method, path, &form),
        (_, "/signing-key") => settings::signing_key(api, account, method, &form),
        ("GET", "/deliveries") => deliveries::list(api, account.id, &query),
        (_, path) if path == "/requests" || path.starts_with("/requests/") => {
            requests::handle(api, account, method, path, &query)
        }
        ("POST", path) => {
            let resend = path.strip_prefix("/deliveries/").and_then(|rest| rest.strip_suffix("/resend"));
            match resend {
                Some(id) => deliveries::resend(api, account.id, path, id),
                None => simulation::handle(api, account, path, &form).await,
            }
        }
        _ => Err(ApiError::not_found(path)),
    }?;
    if form.text("Return") == Some("page") {
        return Ok(back(account, &form));
    }
    Ok(json_response(200, &value))
}

/// The value of a field, if it is not empty. One that cannot be read is an error with the problem.
fn value<T>(
    form: &Fields,
    name: &str,
    problem: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    form.filled(name).map(|text| read(text).ok_or_else(|| ApiError::invalid(name, problem))).transpose()
}

fn need<'f>(form: &'f Fields, name: &str) -> Result<&'f str, ApiError> {
    form.filled(name).ok_or_else(|| ApiError::missing(name))
}

fn truth(form: &Fields, name: &str) -> Result<Option<bool>, ApiError> {
    value(form, name, "neither true nor false", |text| text.to_ascii_lowercase().parse().ok())
}

fn number(form: &Fields, name: &str) -> Result<i64, ApiError> {
    let read = |text: &str| text.parse().ok().filter(|number| *number >= 0);
    Ok(value(form, name, "not a whole number from 0 on", read)?.unwrap_or(0))
}

fn json_response(status: u16, value: &Value) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(value.to_string()))));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A redirect to the page of a form: the view in the field `Page`, else the conversation in `ConversationSid`.
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
