//! Connections of the proxy: `CONNECT` and its tunnels, and requests in absolute form.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::Limits;
use super::ca::CertificateAuthority;
use super::hosts::{Host, SERVED};
use crate::app::App;
use crate::error::ApiError;
use crate::http::connection::Activity;
use crate::http::{self, Body, Cut, ProxiedHost, api};

/// Connections beyond the limit that get a 503 response. Further ones are closed at once.
const REJECTED_CONNECTIONS: usize = 32;

/// The shared state of all connections of a proxy.
pub(super) struct Server {
    pub(super) app: Arc<App>,
    pub(super) ca: CertificateAuthority,
    pub(super) limits: Limits,
}

/// One connection to the proxy.
struct Connection {
    server: Arc<Server>,
    stop: watch::Receiver<bool>,
    /// Held by the connection and then by its tunnel. `None` once there are too many connections.
    permit: Option<OwnedSemaphorePermit>,
}

/// Accepts connections until the emulator stops.
pub(super) async fn accept(listener: TcpListener, server: Server, mut stop: watch::Receiver<bool>) {
    let connections = Arc::new(Semaphore::new(server.limits.connections));
    let rejected = Arc::new(Semaphore::new(REJECTED_CONNECTIONS));
    let server = Arc::new(server);
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Most likely the process is out of file descriptors. A pause lets connections end.
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let permit = connections.clone().try_acquire_owned().ok();
        let rejection = match permit {
            Some(_) => None,
            None => match rejected.clone().try_acquire_owned() {
                Ok(rejection) => Some(rejection),
                Err(_) => continue,
            },
        };
        let connection = Arc::new(Connection { server: server.clone(), stop: stop.clone(), permit });
        tokio::spawn(async move {
            connection.serve(stream).await;
            drop(rejection);
        });
    }
}

impl Connection {
    async fn serve(self: Arc<Self>, stream: TcpStream) {
        let limits = self.server.limits;
        let mut stop = self.stop.clone();
        let service = service_fn(move |request| {
            let connection = self.clone();
            async move { connection.respond(request).await }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_time)
            .max_buf_size(limits.head_size)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            // Errors are caused by the client: it disconnected, or sent no HTTP in time.
            _ = connection => {}
        }
    }

    async fn respond(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
        if self.permit.is_none() {
            let limit = self.server.limits.connections;
            return Ok(reject(
                StatusCode::SERVICE_UNAVAILABLE,
                format_args!("the proxy has {limit} connections already"),
            ));
        }
        if request.method() == Method::CONNECT {
            return Ok(self.connect(request));
        }
        if request.uri().scheme().is_some() {
            return self.forward(request).await;
        }
        if request.method() == Method::GET && request.uri().path() == "/ca.pem" {
            return Ok(text(StatusCode::OK, self.server.ca.pem().to_owned()));
        }
        let problem = "this is an HTTP proxy: send it CONNECT or the whole URL; GET /ca.pem is its CA certificate";
        Ok(reject(StatusCode::BAD_REQUEST, problem))
    }

    /// Opens a tunnel that the proxy terminates itself.
    fn connect(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let uri = request.uri();
        let authority = uri.authority().filter(|authority| uri.scheme().is_none() && authority.port_u16().is_some());
        let Some(authority) = authority.cloned() else {
            return reject(StatusCode::BAD_REQUEST, "CONNECT takes HOST:PORT");
        };
        let Some(host) = Host::of(&authority, 443) else { return not_served(&authority) };
        tokio::spawn(async move {
            // An error means that the client disconnected.
            if let Ok(upgraded) = hyper::upgrade::on(request).await {
                self.tunnel(TokioIo::new(upgraded), host).await;
            }
        });
        Response::new(Either::Left(Full::default()))
    }

    async fn tunnel(&self, io: TokioIo<hyper::upgrade::Upgraded>, host: Host) {
        let Ok(config) = self.server.ca.config(&host) else { return };
        let handshake = TlsAcceptor::from(config).accept(io);
        let mut stop = self.stop.clone();
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = tokio::time::timeout(self.server.limits.handshake_time, handshake) => accepted,
        };
        // A client that does not trust the CA ends the handshake.
        let Ok(Ok(stream)) = accepted else { return };
        let (app, activity) = (&*self.server.app, Arc::new(Activity::new()));
        let service = |request| serve(app, &activity, request, &host);
        http::serve_connection(stream, &activity, app.limits(), service, stop).await;
    }

    /// Responds to a request in absolute form.
    async fn forward(&self, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
        let uri = request.uri();
        let default_port = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        let Some(authority) = uri.authority() else {
            return Ok(reject(StatusCode::BAD_REQUEST, "the URL has no host"));
        };
        let scheme_is_served = uri.scheme().is_some_and(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme));
        let host = Host::of(authority, default_port).filter(|_| scheme_is_served);
        match host {
            Some(host) => serve(&self.server.app, &Activity::new(), request, &host).await,
            None => Ok(not_served(authority)),
        }
    }
}

/// Lets the emulator respond to a request to one of Twilio's hosts.
async fn serve(
    app: &App,
    activity: &Activity,
    mut request: Request<Incoming>,
    host: &Host,
) -> Result<Response<Body>, Cut> {
    if !host.may_have(request.uri().path()) {
        return Ok(api::error_response(&ApiError::not_found(request.uri().path())).map(Either::Left));
    }
    let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from(path);
    request.extensions_mut().insert(ProxiedHost(host.name.clone()));
    app.handle(activity, request).await
}

fn not_served(authority: &Authority) -> Response<Body> {
    reject(StatusCode::FORBIDDEN, format_args!("{authority} is not served: this proxy serves only {SERVED}"))
}

/// A response in plain text, after which the connection is closed.
fn reject(status: StatusCode, problem: impl fmt::Display) -> Response<Body> {
    let mut response = text(status, format!("twilio-conversations-emulator: {problem}\n"));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn text(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(text))));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
