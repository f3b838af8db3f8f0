//! A request of the API, from its headers to its response.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

use super::faults::Faults;
use super::journal::{Journal, REQUEST_ID, Trace};
use super::rate_limit::RateLimits;
use super::render::{ACCOUNT_SID, Writer};
use super::spec::{Endpoint, Route, Spec};
use super::{Cut, ProxiedHost};
use crate::domain::account::{Account, Actor};
use crate::error::{ApiError, ErrorCode, code};
use crate::operations::call::{Call, Input, Output, PathParameters};
use crate::operations::engine::{Caller, Engine};
use crate::operations::fields::Fields;
use crate::operations::{Access, Handler};
use crate::sid::random_sid;

const REQUEST_DURATION: HeaderName = HeaderName::from_static("twilio-request-duration");
const WEBHOOK_ENABLED: HeaderName = HeaderName::from_static("x-twilio-webhook-enabled");

/// The REST API of an emulator instance.
pub(crate) struct Api {
    pub(crate) engine: Arc<Engine>,
    pub(crate) spec: &'static Spec,
    pub(crate) faults: Faults,
    /// The latest requests.
    pub(crate) journal: Journal,
    pub(crate) rate_limits: RateLimits,
    /// Base URL: `http://127.0.0.1:4010`.
    pub(crate) base_url: String,
}

/// A caller of the API and its view of it.
pub(crate) struct Client<'r> {
    pub(crate) account: &'r Account,
    pub(crate) actor: &'r Actor,
    /// Prefix of the API's paths; empty, unless a chat user calls.
    pub(crate) prefix: &'r str,
}

impl Api {
    /// Responds to a request of the REST API, and records it in the journal.
    ///
    /// # Errors
    ///
    /// The connection must be cut, because of a fault.
    pub(crate) async fn respond(&self, parts: &Parts, body: &[u8]) -> Result<Response<Full<Bytes>>, Cut> {
        let mut trace = Trace::begin(self.engine.clock().now());
        let response = self.respond_unrecorded(parts, body, &mut trace).await;
        let response = response.unwrap_or_else(|error| Some(error_response(&error)));
        let duration = trace.start.elapsed();
        let response = response.map(|response| with_duration(response, duration));
        if self.journal.is_on() {
            self.journal.record(&trace, parts, body, response.as_ref(), duration);
            self.engine.webhooks.notify(0);
        }
        response.ok_or(Cut)
    }

    /// Responds to a request whose body cannot be read, and records it in the journal.
    pub(crate) fn reject(&self, parts: &Parts, error: &ApiError) -> Response<Full<Bytes>> {
        let response = error_response(error);
        let trace = Trace::begin(self.engine.clock().now());
        self.journal.record(&trace, parts, &[], Some(&response), Duration::ZERO);
        self.engine.webhooks.notify(0);
        response
    }

    /// Responds to a request; `None` is a connection that a fault cuts. `trace` collects its account, its endpoint and the
    /// effects of faults for the journal.
    async fn respond_unrecorded<'a>(
        &'a self,
        parts: &Parts,
        body: &[u8],
        trace: &mut Trace<'a>,
    ) -> Result<Option<Response<Full<Bytes>>>, ApiError> {
        let credentials = parts.headers.get(AUTHORIZATION);
        let account = credentials.and_then(|header| self.engine.accounts().authenticate(header.as_bytes()));
        let account = account.ok_or_else(|| ApiError::new(401, ErrorCode::AUTHENTICATION_FAILED, "Authenticate"))?;
        trace.account = Some(account);
        let path = parts.uri.path();
        let (endpoint, parameters) = self.find(&parts.method, path)?;
        let effects = self.faults.inject(&endpoint.id, &self.engine.store().ids).unwrap_or_default();
        (trace.endpoint, trace.effects) = (Some(endpoint), effects);
        if !effects.delay.is_zero() {
            tokio::time::sleep(effects.delay).await;
        }
        if effects.cut {
            return Ok(None);
        }
        if let Some((status, retry_after)) = effects.response {
            return Ok(Some(fault_response(status, retry_after)));
        }
        let webhooks = parts.headers.get(WEBHOOK_ENABLED);
        let webhooks = webhooks.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
        let actor = Actor::rest(webhooks, self.engine.settings());
        let client = Client { account, actor: &actor, prefix: "" };
        let response = self.handle(&Request { client: &client, parts, path, body }, endpoint, parameters).await;
        if effects.cut_after { Ok(None) } else { response.map(Some) }
    }

    /// Responds to a request of a client that is known without credentials. `path` is the path in the API.
    pub(crate) async fn respond_to(
        &self,
        client: &Client<'_>,
        path: &str,
        parts: &Parts,
        body: &[u8],
    ) -> Response<Full<Bytes>> {
        let start = Instant::now();
        let response = match self.find(&parts.method, path) {
            Ok((endpoint, parameters)) => {
                self.handle(&Request { client, parts, path, body }, endpoint, parameters).await
            }
            Err(error) => Err(error),
        };
        with_duration(response.unwrap_or_else(|error| error_response(&error)), start.elapsed())
    }

    /// The endpoint of a request, or the error 404 or 405.
    fn find<'p>(&self, method: &Method, path: &'p str) -> Result<(&'static Endpoint, PathParameters<'p>), ApiError> {
        match self.spec.find(method, path) {
            Route::Endpoint(endpoint, parameters) if endpoint.path_may_exist(&parameters) => Ok((endpoint, parameters)),
            Route::Methods(allow) => Err(ApiError::not_allowed(method, allow)),
            Route::Endpoint(..) | Route::Nothing => Err(ApiError::not_found(path)),
        }
    }

    /// Validates a request, carries it out and renders its output.
    async fn handle<'r>(
        &self,
        request: &Request<'r>,
        endpoint: &'static Endpoint,
        parameters: PathParameters<'r>,
    ) -> Result<Response<Full<Bytes>>, ApiError> {
        let Request { client, parts, .. } = *request;
        let (mut query, mut form) = request.fields()?;
        // The API has no such parameter, so that it is removed.
        let named_account = if client.prefix.is_empty() {
            None
        } else {
            form.remove(ACCOUNT_SID);
            query.remove(ACCOUNT_SID)
        };
        let input = self.validate(request, endpoint, parameters, query, form)?;
        let caller = self.engine.caller(client.account, client.actor);
        self.rate_limits.check(&caller, &input)?;
        let output = carry_out(caller, endpoint, &input).await?;
        let writer = Writer {
            out: Vec::new(),
            endpoint,
            input: &input,
            origin: &self.origin(parts, client.prefix),
            service_sid: input.parameters.get("ChatServiceSid"),
            account_sid: &client.account.sid,
            named_account: named_account.as_deref(),
        };
        let body = writer.body(&output).map_err(ApiError::failed)?;
        Ok(response(endpoint.success, body))
    }

    /// Checks a request against the specification.
    fn validate<'r>(
        &self,
        request: &Request<'r>,
        endpoint: &'static Endpoint,
        parameters: PathParameters<'r>,
        mut query: Fields,
        mut form: Fields,
    ) -> Result<Input<'r>, ApiError> {
        let Some(operation) = endpoint.operation else {
            let problem = endpoint.problem.as_deref().unwrap_or_default();
            return Err(ApiError::unimplemented(format_args!("the operation {}: {problem}", endpoint.id)));
        };
        if let Some(identity) = &request.client.actor.identity
            && operation.access == Access::RestOnly
        {
            let message = format!("User {identity} cannot do this: it is for REST callers");
            return Err(ApiError::forbidden(code::PERMISSION_DENIED, message));
        }
        let headers = &request.parts.headers;
        if let Some(name) = endpoint.unimplemented_headers.iter().find(|name| headers.contains_key(*name)) {
            return Err(ApiError::unimplemented(format_args!("the header {name} of {}", endpoint.id)));
        }
        let strict = self.engine.settings().refuse_unknown_fields;
        endpoint.check(&endpoint.query, &mut query, strict)?;
        endpoint.check(&endpoint.form, &mut form, strict)?;
        Ok(Input {
            operation,
            path: request.path,
            parameters,
            query,
            form,
            documented: [&endpoint.names[0], &endpoint.names[1]],
            page_limit: endpoint.list.as_ref().map_or(50, |list| list.maximum),
        })
    }

    /// Scheme and host as the request named them, and the prefix of its path, so that URLs in responses lead back here.
    fn origin(&self, parts: &Parts, prefix: &str) -> String {
        if let Some(ProxiedHost(host)) = parts.extensions.get() {
            return format!("https://{host}");
        }
        if self.engine.settings().vendor_urls {
            return "https://conversations.twilio.com".to_owned();
        }
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).filter(|host| {
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-_[]".contains(&byte))
        });
        match host {
            Some(host) => ["http://", host, prefix].concat(),
            None => [&self.base_url, prefix].concat(),
        }
    }
}

/// Runs the operation's handler. A parameter that the handler does not read is an error, and the request has no effect.
async fn carry_out(caller: Caller<'_>, endpoint: &Endpoint, input: &Input<'_>) -> Result<Output, ApiError> {
    match input.operation.handler {
        Handler::Steps(steps) => steps(caller, input).await,
        Handler::Transaction(handler) => {
            let work = |tx: &crate::store::transaction::Transaction<'_>| {
                let output = handler(&Call { tx, input })?;
                input.check_read(&endpoint.id)?;
                Ok(output)
            };
            if input.operation.reads() { caller.read(work) } else { caller.write(work).await }
        }
    }
}

/// A request on its way to a handler.
#[derive(Clone, Copy)]
struct Request<'r> {
    client: &'r Client<'r>,
    parts: &'r Parts,
    path: &'r str,
    body: &'r [u8],
}

impl Request<'_> {
    /// The query and the body, which must be a form if there is one.
    fn fields(&self) -> Result<(Fields, Fields), ApiError> {
        const FORM: &[u8] = b"application/x-www-form-urlencoded";
        let query = Fields::decode(self.parts.uri.query().unwrap_or_default().as_bytes());
        let is_form = self.parts.headers.get(CONTENT_TYPE).is_none_or(|content_type| {
            let essence = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
            essence.trim_ascii().eq_ignore_ascii_case(FORM)
        });
        if self.body.is_empty() {
            Ok((query, Fields::default()))
        } else if is_form {
            Ok((query, Fields::decode(self.body)))
        } else {
            let message = "The request body must be application/x-www-form-urlencoded";
            Err(ApiError::bad(ErrorCode::INVALID_PARAMETER, message))
        }
    }
}

/// The response of an error.
pub(crate) fn error_response(error: &ApiError) -> Response<Full<Bytes>> {
    let mut response = response(error.status, error.to_body().into());
    let headers = response.headers_mut();
    if error.status == 401 {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Twilio API\""));
    }
    if let Some(Ok(allow)) = error.allow.as_deref().map(HeaderValue::from_str) {
        headers.insert(ALLOW, allow);
    }
    response
}

fn fault_response(status: u16, retry_after: Option<u32>) -> Response<Full<Bytes>> {
    let error = match status {
        429 => ApiError::new(429, ErrorCode::TOO_MANY_REQUESTS, "Too Many Requests"),
        _ => ApiError::new(status, code::EMULATOR_FAILED, "A fault of the emulator's settings"),
    };
    let mut response = error_response(&error);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn response(status: u16, body: Bytes) -> Response<Full<Bytes>> {
    let has_body = !body.is_empty();
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.reserve(4);
    if has_body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    // Random even if the SIDs of the state are generated from a seed.
    if let Ok(id) = HeaderValue::from_maybe_shared(Bytes::from(random_sid("RQ"))) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

fn with_duration(mut response: Response<Full<Bytes>>, duration: Duration) -> Response<Full<Bytes>> {
    let millis = duration.as_millis();
    let duration = if millis < 1000 {
        // Nearly all durations are such, and `format!` is slower.
        let digit = |value: u128| b'0' + u8::try_from(value % 10).unwrap_or_default();
        Bytes::copy_from_slice(&[b'0', b'.', digit(millis / 100), digit(millis / 10), digit(millis)])
    } else {
        Bytes::from(format!("{}.{:03}", millis / 1000, millis % 1000))
    };
    if let Ok(duration) = HeaderValue::from_maybe_shared(duration) {
        response.headers_mut().insert(REQUEST_DURATION, duration);
    }
    response
}
