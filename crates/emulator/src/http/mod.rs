//! HTTP: connections, and the REST API by its specification.

pub(crate) mod api;
#[cfg(test)]
mod coverage;
pub(crate) mod fault;
pub(crate) mod journal;
mod rate_limit;
mod render;
mod spec;

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::http::request::Parts;
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) use self::rate_limit::RateLimits;
pub(crate) use self::spec::{Endpoint, Kind, Parameter, Route, Spec};
use crate::error::{ApiError, ErrorCode};

/// Largest request body, in bytes. Messages are 32 KB at most, and a form needs up to three bytes for one.
const BODY_LIMIT: usize = 1024 * 1024;

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

/// Responds to requests whose body has been read.
pub(crate) trait Respond: Send + Sync + 'static {
    fn respond(&self, parts: &Parts, body: &[u8]) -> impl Future<Output = Result<Response<Body>, Cut>> + Send;

    /// Responds to a request whose body cannot be read.
    fn reject(&self, parts: &Parts, error: &ApiError) -> Response<Body>;
}

/// The vendor's host that a request was sent to through the proxy, an extension of the request.
#[derive(Clone, Debug)]
pub(crate) struct ProxiedHost(pub(crate) String);

/// Serves until stopped. Connections are cut then.
pub(crate) async fn serve(listener: TcpListener, app: Arc<impl Respond>, mut stop: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Most likely there are no file descriptors left. Others may close theirs.
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        };
        // Responses are small and complete. Waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        let app = app.clone();
        let stop = stop.clone();
        tokio::spawn(async move {
            serve_connection(TokioIo::new(stream), |request| handle(&*app, request), stop).await;
        });
    }
}

/// Serves one connection until it ends or the emulator stops.
pub(crate) async fn serve_connection<I, F>(
    io: I,
    handle: impl Fn(Request<Incoming>) -> F,
    mut stop: watch::Receiver<bool>,
) where
    I: Read + Write + Unpin,
    F: Future<Output = Result<Response<Body>, Cut>>,
{
    let connection = http1::Builder::new().serve_connection(io, service_fn(handle));
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        // An error here is the peer's: it left, or did not speak HTTP.
        _ = connection => {}
    }
}

/// Reads a request's body and has it responded to.
pub(crate) async fn handle(app: &impl Respond, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
    let (parts, body) = request.into_parts();
    let body = if body.is_end_stream() { Ok(Bytes::new()) } else { collect(body).await };
    match body {
        Ok(body) => app.respond(&parts, &body).await,
        Err(error) => Ok(app.reject(&parts, &error)),
    }
}

async fn collect(body: Incoming) -> Result<Bytes, ApiError> {
    let invalid = |status, message: String| ApiError::new(status, ErrorCode::INVALID_PARAMETER, message);
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(invalid(413, format!("The request body is larger than {BODY_LIMIT} bytes")))
        }
        Err(_) => Err(invalid(400, "The request body ended early".to_owned())),
    }
}
