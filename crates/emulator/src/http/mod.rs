//! HTTP: connections, and the REST API by its specification.

pub(crate) mod api;
pub(crate) mod connection;
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
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use self::connection::{Activity, Watched};
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

/// The vendor's host that a request was sent to through the proxy, an extension of the request.
#[derive(Clone, Debug)]
pub(crate) struct ProxiedHost(pub(crate) String);

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

/// Reads a body of at most `limit` bytes.
pub(crate) async fn collect(body: Incoming, limit: usize, timeout: Duration) -> Result<Bytes, ApiError> {
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
