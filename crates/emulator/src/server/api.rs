//! A request of the API, from its headers to its answer.

use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ALLOW, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

use super::Cut;
use crate::account::Account;
use crate::call::{Actor, Call, Input, Reply};
use crate::core::Core;
use crate::error::Refusal;
use crate::render::View;
use crate::sid::new_sid;
use crate::spec::{Fields, Found, Operation, PathValues};

const REQUEST_ID: HeaderName = HeaderName::from_static("twilio-request-id");
const WEBHOOK_ENABLED: HeaderName = HeaderName::from_static("x-twilio-webhook-enabled");
/// Of control calls: whose they are.
const ACCOUNT_SID: &str = "AccountSid";
const REQUEST_DURATION: HeaderName = HeaderName::from_static("twilio-request-duration");

/// Answers a request.
///
/// # Errors
///
/// If the connection is to be cut, on purpose.
pub(super) async fn answer(core: &Core, parts: &Parts, body: &[u8]) -> Result<Response<Full<Bytes>>, Cut> {
    let start = Instant::now();
    let (account, found) = match authenticate(core, &parts.headers) {
        Ok(account) => (account, find(core, &parts.method, parts.uri.path())),
        Err(refusal) => return Ok(timed(refuse(&refusal), start)),
    };
    let response = match found {
        Ok((operation, values)) => {
            let trouble = core.faults.strike(&operation.id).unwrap_or_default();
            if !trouble.delay.is_zero() {
                tokio::time::sleep(trouble.delay).await;
            }
            if trouble.cut {
                return Err(Cut);
            }
            if let Some((status, retry_after)) = trouble.answer {
                return Ok(timed(troubled(status, retry_after), start));
            }
            let actor = Actor::rest(reports(&parts.headers), &core.settings);
            let path = parts.uri.path();
            let call = Request { core, account, actor: &actor, parts, prefix: "", path, body };
            let response = match call.make(operation, values).await {
                Ok(reply) => to_response(reply),
                Err(refusal) => refuse(&refusal),
            };
            if trouble.cut_after {
                return Err(Cut);
            }
            response
        }
        Err(No::Refused(refusal)) => refuse(&refusal),
        Err(No::Method(refusal, allow)) => {
            let mut response = refuse(&refusal);
            if let Ok(allow) = HeaderValue::from_str(&allow) {
                response.headers_mut().insert(ALLOW, allow);
            }
            response
        }
    };
    Ok(timed(response, start))
}

/// Answers a request that somebody makes without calling the API: `path` is the API's, `prefix` what came before it, and
/// the rest is as it came.
pub(crate) async fn answer_as(
    core: &Core,
    account: &Account,
    actor: &Actor,
    prefix: &str,
    path: &str,
    parts: &Parts,
    body: &[u8],
) -> Response<Full<Bytes>> {
    let start = Instant::now();
    let response = match find(core, &parts.method, path) {
        Ok((operation, values)) => {
            let call = Request { core, account, actor, parts, prefix, path, body };
            match call.make(operation, values).await {
                Ok(reply) => to_response(reply),
                Err(refusal) => refuse(&refusal),
            }
        }
        Err(No::Refused(refusal) | No::Method(refusal, _)) => refuse(&refusal),
    };
    timed(response, start)
}

/// The answer that refuses.
pub(crate) fn refuse(refusal: &Refusal) -> Response<Full<Bytes>> {
    let mut response = to_response(Reply { status: refusal.status(), body: refusal.to_body() });
    if refusal.status() == 401 {
        let challenge = HeaderValue::from_static("Basic realm=\"Twilio API\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Why there is no reply to send.
enum No {
    Refused(Refusal),
    /// And these methods would do.
    Method(Refusal, String),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A request on its way to a handler.
struct Request<'r> {
    core: &'r Core,
    account: &'r Account,
    actor: &'r Actor,
    parts: &'r Parts,
    /// What stands before the API's path; nothing, unless a chat user calls.
    prefix: &'r str,
    path: &'r str,
    body: &'r [u8],
}

impl<'r> Request<'r> {
    /// Checks it against the specification and has it handled.
    async fn make(&self, operation: &'static Operation, values: PathValues<'r>) -> Result<Reply, Refusal> {
        let Request { core, account, parts, .. } = *self;
        if let Some(identity) = &self.actor.identity
            && operation.resource.is_some_and(|resource| !resource.is_for_chat_users(&operation.id))
        {
            return Err(Refusal::new(403, 50107, format!("User {identity} cannot do this: it is for REST callers")));
        }
        if let Some(name) = operation.unimplemented_headers.iter().find(|name| parts.headers.contains_key(*name)) {
            return Err(Refusal::unimplemented(format_args!("the header {name} of {}", operation.id)));
        }
        let strict = core.settings.refuse_unknown_fields;
        let mut query = Fields::decode(parts.uri.query().unwrap_or_default().as_bytes());
        let mut form = form(&parts.headers, self.body)?;
        let mut named_account = None;
        if !self.prefix.is_empty() {
            // It said whose user this is; the API has no such parameter.
            named_account = query.remove(ACCOUNT_SID);
            form.remove(ACCOUNT_SID);
        }
        operation.check_query(&mut query, strict)?;
        operation.check_form(&mut form, strict)?;
        let room = match (operation.path.first(), values.iter().next()) {
            (Some(parameter), Some(sid)) if &*parameter.name == "ChatServiceSid" => format!("/Services/{sid}"),
            _ => String::new(),
        };
        let origin = origin(core, &parts.headers, self.prefix);
        let input = Input { operation, raw_path: self.path, path: values, query, form, named_account, origin };
        let writes = !operation.reads;
        core.limits.check(core, account, &input, writes)?;
        core.act(account, self.actor, writes, |turn| {
            let view = View { origin: &input.origin, room: &room, account_sid: &account.sid };
            let reply = (operation.handler)(&mut Call { turn, input: &input, view })?;
            operation.check_read(&input.query, &input.form)?;
            Ok(reply)
        })
        .await
    }
}

fn find<'p>(core: &Core, method: &Method, path: &'p str) -> Result<(&'static Operation, PathValues<'p>), No> {
    match core.api.find(method, path) {
        Found::Operation(operation, values) if operation.path_may_exist(&values) => Ok((operation, values)),
        Found::Methods(allow) => {
            let refusal = Refusal::new(405, 20004, format!("Method {method} is not allowed here: {allow}"));
            Err(No::Method(refusal, allow))
        }
        Found::Operation(..) | Found::Nothing => Err(Refusal::not_found(path).into()),
    }
}

/// Whether webhooks are to hear of a call. Letter case does not matter.
fn reports(headers: &HeaderMap) -> bool {
    headers.get(WEBHOOK_ENABLED).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}

fn troubled(status: u16, retry_after: Option<u32>) -> Response<Full<Bytes>> {
    let refusal = match status {
        429 => Refusal::new(429, 20429, "Too Many Requests"),
        _ => Refusal::new(status, 20500, "The emulator was told to answer this"),
    };
    let mut response = refuse(&refusal);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn timed(mut response: Response<Full<Bytes>>, start: Instant) -> Response<Full<Bytes>> {
    let micros = start.elapsed().as_micros();
    let duration = format!("{}.{:03}", micros / 1_000_000, micros / 1000 % 1000);
    if let Ok(duration) = HeaderValue::from_maybe_shared(Bytes::from(duration)) {
        response.headers_mut().insert(REQUEST_DURATION, duration);
    }
    response
}

fn authenticate<'a>(core: &'a Core, headers: &HeaderMap) -> Result<&'a Account, Refusal> {
    headers
        .get(AUTHORIZATION)
        .and_then(|header| core.accounts.authenticate(header.as_bytes()))
        .ok_or_else(|| Refusal::new(401, 20003, "Authenticate"))
}

/// Reads the body, which must be a form if there is one.
fn form(headers: &HeaderMap, body: &[u8]) -> Result<Fields, Refusal> {
    if body.is_empty() {
        return Ok(Fields::default());
    }
    let is_form = headers.get(CONTENT_TYPE).is_none_or(|content_type| {
        const FORM: &[u8] = b"application/x-www-form-urlencoded";
        let essence = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        essence.trim_ascii().eq_ignore_ascii_case(FORM)
    });
    if is_form {
        Ok(Fields::decode(body))
    } else {
        Err(Refusal::new(400, 20001, "The request body must be application/x-www-form-urlencoded"))
    }
}

/// Scheme and host as the caller named them, and what stood before the API's path, so that addresses in answers lead
/// back here the same way.
fn origin(core: &Core, headers: &HeaderMap, prefix: &str) -> String {
    if core.settings.vendor_urls {
        return "https://conversations.twilio.com".to_owned();
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).filter(|host| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-_[]".contains(&byte))
    });
    match host {
        Some(host) => format!("http://{host}{prefix}"),
        None => format!("{}{prefix}", core.base_url),
    }
}

fn to_response(reply: Reply) -> Response<Full<Bytes>> {
    let has_body = !reply.body.is_empty();
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.reserve(4);
    if has_body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Ok(id) = HeaderValue::from_maybe_shared(Bytes::from(new_sid("RQ"))) {
        headers.insert(REQUEST_ID, id);
    }
    response
}
