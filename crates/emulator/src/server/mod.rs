//! The HTTP side: connections in, answers out.

mod api;
mod fault;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use self::fault::Fault;
pub(crate) use self::fault::Faults;
use crate::control;
use crate::core::Core;
use crate::error::Refusal;

/// Largest request body, in bytes. Messages are 32 KB at most, and a form spends up to three bytes on one.
const BODY_LIMIT: usize = 1024 * 1024;

/// An answer's body: complete, or a stream of news.
pub(crate) type Body = Either<Full<Bytes>, BoxBody<Bytes, std::convert::Infallible>>;

/// The connection is to be cut in place of an answer.
#[derive(Debug)]
pub(crate) struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection is cut on purpose")
    }
}

impl std::error::Error for Cut {}

/// Serves until told to stop. Connections are cut then, not waited for.
pub(crate) async fn serve(listener: TcpListener, core: Arc<Core>, mut stop: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely: let others close theirs.
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        };
        // Answers are small and complete: waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let core = core.clone();
        let mut stop = stop.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| handle(&core, request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => {}
                // What goes wrong here is the peer's: it left, or did not speak HTTP.
                _ = connection => {}
            }
        });
    }
}

async fn handle(core: &Arc<Core>, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
    let (parts, body) = request.into_parts();
    let body = if body.is_end_stream() { Ok(Bytes::new()) } else { collect(body).await };
    match body {
        Ok(body) if parts.uri.path().starts_with("/_emulator") => Ok(control::answer(core, &parts, &body).await),
        Ok(body) => Ok(api::answer(core, &parts, &body).await?.map(Either::Left)),
        Err(refusal) => Ok(api::refuse(&refusal).map(Either::Left)),
    }
}

async fn collect(body: Incoming) -> Result<Bytes, Refusal> {
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Refusal::new(413, 20001, format!("The request body is larger than {BODY_LIMIT} bytes")))
        }
        Err(_) => Err(Refusal::new(400, 20001, "The request body ended early")),
    }
}

pub(crate) use self::api::{answer_as, refuse};
