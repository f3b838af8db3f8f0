//! The HTTP server of `listen`, with a limit for everything that callers send.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::{body::Incoming as Body, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
};

use super::relay::{Incoming, Relay, Sent, response};

/// Connections that are open at once; further ones wait in the system's queue.
const CONNECTIONS: usize = 256;
/// Time for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// Time for the body of a request, of the 5 seconds that the vendor waits.
const BODY_TIME: Duration = Duration::from_secs(4);
/// Time for a connection as a whole: the deadline of a post-event, and time to read the response.
const CONNECTION_TIME: Duration = Duration::from_secs(30);
/// Largest head of a request: 128 KiB. The fields of a GET request are in it.
const LARGEST_HEAD: usize = 128 * 1024;

/// Serves requests. Each is on a connection of its own.
pub(super) struct Server {
    listener: TcpListener,
    relay: Arc<Relay>,
    open: Arc<Open>,
}

/// The connections that are open.
struct Open {
    permits: Arc<Semaphore>,
    /// Notified when none is open.
    idle: Notify,
}

/// One connection that is open.
struct Connection {
    permit: Option<OwnedSemaphorePermit>,
    open: Arc<Open>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.permit = None;
        if self.open.is_idle() {
            self.open.idle.notify_waiters();
        }
    }
}

impl Open {
    fn is_idle(&self) -> bool {
        self.permits.available_permits() == CONNECTIONS
    }
}

impl Server {
    pub(super) fn new(listener: TcpListener, relay: Arc<Relay>) -> Self {
        let open = Open { permits: Arc::new(Semaphore::new(CONNECTIONS)), idle: Notify::new() };
        Self { listener, relay, open: Arc::new(open) }
    }

    /// Accepts connections for as long as it is awaited.
    pub(super) async fn run(&self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let Ok(permit) = Arc::clone(&self.open.permits).acquire_owned().await else { return };
                    let connection = Connection { permit: Some(permit), open: Arc::clone(&self.open) };
                    tokio::spawn(serve(stream, Arc::clone(&self.relay), connection));
                }
                // Too many open files, or a connection that was closed again.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Waits until all requests were responded to.
    pub(super) async fn finish(&self) {
        loop {
            let idle = self.open.idle.notified();
            tokio::pin!(idle);
            // From here on a notification is not missed.
            idle.as_mut().enable();
            if self.open.is_idle() {
                return;
            }
            idle.await;
        }
    }
}

async fn serve(stream: TcpStream, relay: Arc<Relay>, open: Connection) {
    let service = service_fn(|request| {
        let relay = Arc::clone(&relay);
        // A task of its own: an event is recorded even if the caller closes the connection.
        let handled = tokio::spawn(async move { handle(&relay, request).await });
        async move {
            let failed = |_| response(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new());
            Ok::<_, Infallible>(handled.await.unwrap_or_else(failed))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .keep_alive(false)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    // An error is the caller's: a malformed request, or a connection that was closed.
    _ = tokio::time::timeout(CONNECTION_TIME, connection).await;
    drop(open);
}

async fn handle(relay: &Relay, request: Request<Body>) -> Sent {
    let received = Instant::now();
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let reject = |status: StatusCode, reason: &'static str| {
        relay.reporter.rejected(status.as_u16(), method, path, reason);
        response(status, Bytes::from_static(reason.as_bytes()))
    };
    let body = Limited::new(body, relay.verifier.body_limit()).collect();
    match tokio::time::timeout(BODY_TIME, body).await {
        Ok(Ok(body)) => relay.handle(Incoming { body: body.to_bytes(), parts, received }).await,
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            reject(StatusCode::PAYLOAD_TOO_LARGE, "the body is over the limit of 256 KiB")
        }
        Ok(Err(_)) => reject(StatusCode::BAD_REQUEST, "the body could not be read"),
        Err(_) => reject(StatusCode::REQUEST_TIMEOUT, "the body did not arrive within 4 s"),
    }
}
