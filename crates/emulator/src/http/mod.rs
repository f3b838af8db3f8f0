//! HTTP: connections, and the REST API by its specification.

pub(crate) mod api;
mod connection;
pub(crate) mod cors;
#[cfg(test)]
mod coverage;
pub(crate) mod fault;
pub(crate) mod faults;
pub(crate) mod journal;
mod rate_limit;
mod render;
mod spec;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{HOST, HeaderMap};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{MutexGuard, watch};

pub(crate) use self::connection::Activity;
use self::connection::{Connections, Phase, Place, Watched};
pub(crate) use self::rate_limit::RateLimits;
pub(crate) use self::spec::{Endpoint, Kind, Parameter, Route, Spec};
use crate::error::{ApiError, ErrorCode};
use crate::settings::InputLimits;

/// Largest request body, in bytes. Messages are 32 KB at most, and a form needs up to three bytes for one.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;

/// Most bytes of a request line with its headers; beyond it the response is 431. The limit of 100 headers is hyper's
/// default: setting it would cost an allocation for each request.
const HEAD_LIMIT: usize = 64 * 1024;

/// A response's body: complete, or a stream of events.
pub(crate) type Body = Either<Full<Bytes>, BoxBody<Bytes, std::convert::Infallible>>;

/// The connection must be cut in place of a response.
#[derive(Debug)]
pub(crate) struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection is cut by a fault")
    }
}

impl std::error::Error for Cut {}

/// The services that connections are served with.
pub(crate) trait Respond: Send + Sync + 'static {
    fn limits(&self) -> &InputLimits;

    /// Returns how the body of a request is read, or a response that rejects the request before that.
    fn begin(&self, parts: &Parts) -> impl Future<Output = Result<BodyRule<'_>, Response<Body>>> + Send;

    /// Responds to a request whose body has been read.
    fn respond(&self, parts: &Parts, body: Bytes) -> impl Future<Output = Result<Response<Body>, Cut>> + Send;

    /// Responds to a request whose body cannot be read.
    fn reject(&self, parts: &Parts, error: &ApiError) -> Response<Body>;

    /// Adds headers to any response to a request.
    fn finish(&self, parts: &Parts, headers: &mut HeaderMap);
}

/// How the body of a request is read.
pub(crate) struct BodyRule<'a> {
    /// Limit in bytes.
    pub(crate) limit: usize,
    /// Held until the response: large bodies are read one at a time.
    pub(crate) _permit: Option<MutexGuard<'a, ()>>,
}

/// The vendor's host that a request was sent to through the proxy, an extension of the request.
#[derive(Clone, Debug)]
pub(crate) struct ProxiedHost(pub(crate) String);

/// Serves until the emulator stops, which closes all connections.
pub(crate) async fn serve(listener: TcpListener, app: Arc<impl Respond>, mut stop: watch::Receiver<bool>) {
    let connections = Connections::new(app.limits().connections);
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Most likely the process is out of file descriptors. A pause lets connections end.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let place = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            place = connections.place() => place,
        };
        // Responses are small and written at once, so that Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        tokio::spawn(serve_place(stream, app.clone(), place, stop.clone()));
    }
}

async fn serve_place(stream: TcpStream, app: Arc<impl Respond>, place: Place, stop: watch::Receiver<bool>) {
    let activity = &place.activity;
    serve_connection(stream, activity, app.limits(), |request| handle(&*app, activity, request), stop).await;
}

/// Serves one connection until its peer or the emulator ends it, or one of its time-outs.
pub(crate) async fn serve_connection<S, F>(
    stream: S,
    activity: &Arc<Activity>,
    limits: &InputLimits,
    handle: impl Fn(Request<Incoming>) -> F,
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = Result<Response<Body>, Cut>>,
{
    let stream = TokioIo::new(Watched::new(stream, activity.clone()));
    let connection = http1::Builder::new().max_header_size(HEAD_LIMIT).serve_connection(stream, service_fn(handle));
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = activity.overdue(limits) => {}
        // An error here is the peer's: it left, or did not speak HTTP.
        _ = connection => {}
    }
}

/// Reads the body of a request, and responds to it.
pub(crate) async fn handle(
    app: &impl Respond,
    activity: &Activity,
    request: Request<Incoming>,
) -> Result<Response<Body>, Cut> {
    let (parts, body) = request.into_parts();
    let mut response = respond(app, activity, &parts, body).await;
    if let Ok(response) = &mut response {
        app.finish(&parts, response.headers_mut());
    }
    let is_stream = matches!(&response, Ok(response) if matches!(response.body(), Either::Right(_)));
    activity.enter(if is_stream { Phase::Stream } else { Phase::Idle });
    response
}

async fn respond(
    app: &impl Respond,
    activity: &Activity,
    parts: &Parts,
    body: Incoming,
) -> Result<Response<Body>, Cut> {
    if parts.headers.get_all(HOST).iter().nth(1).is_some() {
        // Guards against request smuggling: a proxy may read another one of them than the emulator.
        let error = ApiError::bad(ErrorCode::INVALID_PARAMETER, "The request has more than one Host header");
        return Ok(api::error_response(&error).map(Either::Left));
    }
    let rule = match app.begin(parts).await {
        Ok(rule) => rule,
        Err(response) => return Ok(response),
    };
    let body = if body.is_end_stream() {
        Ok(Bytes::new())
    } else {
        activity.enter(Phase::Body);
        collect(body, rule.limit, app.limits().body_timeout).await
    };
    activity.enter(Phase::Busy);
    match body {
        Ok(body) => app.respond(parts, body).await,
        Err(error) => Ok(app.reject(parts, &error)),
    }
}

/// Reads a body of at most `limit` bytes.
async fn collect(body: Incoming, limit: usize, timeout: Duration) -> Result<Bytes, ApiError> {
    let invalid = |status, message: String| ApiError::new(status, ErrorCode::INVALID_PARAMETER, message);
    match tokio::time::timeout(timeout, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(invalid(413, format!("The request body is larger than {limit} bytes")))
        }
        Ok(Err(_)) => Err(invalid(400, "The request body ended early".to_owned())),
        Err(_) => Err(invalid(408, format!("The request body took longer than {timeout:?}"))),
    }
}
