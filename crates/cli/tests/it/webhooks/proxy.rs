//! A proxy in front of the emulator: records the requests, and disturbs some.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{Method, Response, StatusCode},
};
use tokio::sync::Notify;

/// A request that arrived.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The form.
    pub(crate) body: String,
}

/// The treatment of a request that changes something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Disturbance {
    /// Passes it on, and the response back.
    None,
    /// Passes it on, and never responds.
    Hang,
    /// Passes it on, and breaks the connection within the response.
    Lose,
    /// Responds as to a GET, and passes nothing on.
    Ignore,
    /// Responds with status 500.
    Fail,
}

type Rule = dyn Fn(&Seen, usize) -> Disturbance + Send + Sync;

pub(crate) struct Proxy {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    hung: Arc<Notify>,
}

impl Proxy {
    /// - `rule`: decides about each request that changes something, by the request and the number of those before it.
    pub(crate) async fn disturbing(
        target: &str,
        rule: impl Fn(&Seen, usize) -> Disturbance + Send + Sync + 'static,
    ) -> Self {
        let (seen, hung): (Arc<Mutex<Vec<Seen>>>, _) = (Arc::default(), Arc::new(Notify::new()));
        let state = (target.to_owned(), Arc::clone(&seen), Arc::clone(&hung), Arc::new(rule) as Arc<Rule>);
        // Only the first test of the process installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::new();
        let app = Router::new().fallback(move |request: Request| {
            let (client, (target, seen, hung, rule)) = (client.clone(), state.clone());
            async move { pass(&client, &target, &seen, &hung, &*rule, request).await }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen, hung }
    }

    /// The requests since the last call.
    pub(crate) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    /// Those that change something, since the last call.
    pub(crate) fn take_writes(&self) -> Vec<Seen> {
        self.take().into_iter().filter(|seen| seen.method != Method::GET).collect()
    }

    /// Waits until a request hangs.
    pub(crate) async fn hung(&self) {
        self.hung.notified().await;
    }
}

async fn pass(
    client: &reqwest::Client,
    target: &str,
    log: &Mutex<Vec<Seen>>,
    hung: &Notify,
    rule: &Rule,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().as_str().to_owned();
    let seen = Seen { method: parts.method.clone(), path, body: String::from_utf8(body.to_vec()).unwrap() };
    let mut disturbance = Disturbance::None;
    if seen.method != Method::GET {
        let before = log.lock().unwrap().iter().filter(|seen| seen.method != Method::GET).count();
        disturbance = rule(&seen, before);
    }
    log.lock().unwrap().push(seen.clone());
    if disturbance == Disturbance::Fail {
        let error = r#"{"code":20500,"message":"out of order","status":500}"#;
        return respond(StatusCode::INTERNAL_SERVER_ERROR, Body::from(error));
    }
    let (method, body) = match disturbance {
        Disturbance::Ignore => (Method::GET, Bytes::new()),
        _ => (parts.method, body),
    };
    let mut headers = parts.headers;
    headers.remove("host");
    headers.remove("content-length");
    let sent = client.request(method, format!("{target}{}", seen.path)).headers(headers).body(body).send().await;
    let response = sent.unwrap();
    let (status, bytes) = (response.status(), response.bytes().await.unwrap());
    match disturbance {
        Disturbance::Hang => {
            hung.notify_one();
            std::future::pending().await
        }
        Disturbance::Lose => {
            let cut = [Ok(bytes.slice(..bytes.len() / 2)), Err(std::io::Error::other("cut"))];
            respond(status, Body::from_stream(futures_util::stream::iter(cut)))
        }
        _ => respond(status, Body::from(bytes)),
    }
}

fn respond(status: StatusCode, body: Body) -> Response<Body> {
    Response::builder().status(status).header("content-type", "application/json").body(body).unwrap()
}
