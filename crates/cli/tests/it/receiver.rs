//! A receiver of webhooks on a free port, whose responses a test decides.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::Request, response::IntoResponse as _};
use http::{HeaderMap, Method, StatusCode, Uri};
use twilio_conversations::webhook::{Event, Fields, FromFields as _, Verifier};

/// A request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Arrived {
    /// The fields, verified for the URL that was called.
    pub(crate) fn verify(&self, token: &str, url: &str) -> Fields {
        let verifier = Verifier::builder(token).public_url(url).build().unwrap();
        verifier.verify(&self.method, &self.uri, &self.headers, &self.body).unwrap().into_fields()
    }

    pub(crate) fn event(&self, token: &str, url: &str) -> Event {
        Event::from_fields(self.verify(token, url)).unwrap()
    }
}

pub(crate) type Response = (StatusCode, Vec<(&'static str, String)>, String);
type Respond = dyn Fn(Arrived) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync;

pub(crate) struct Receiver {
    /// `http://127.0.0.1:PORT/hooks`.
    pub(crate) url: String,
    pub(crate) arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Receiver {
    /// Responds by a function.
    pub(crate) async fn start<F>(respond: impl Fn(Arrived) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let respond: Arc<Respond> = Arc::new(move |arrived| Box::pin(respond(arrived)));
        let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let all = Arc::clone(&arrived);
        let app = Router::new().fallback(move |request: Request| {
            let (respond, all) = (Arc::clone(&respond), Arc::clone(&all));
            async move {
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                let one = Arrived { method: parts.method, uri: parts.uri, headers: parts.headers, body };
                all.lock().unwrap().push(one.clone());
                let (status, headers, body) = respond(one).await;
                let mut response = (status, body).into_response();
                for (name, value) in headers {
                    response.headers_mut().insert(name, value.parse().unwrap());
                }
                response
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, arrived }
    }

    /// Responds to everything the same.
    pub(crate) async fn saying(status: u16, body: &str) -> Self {
        let (status, body) = (StatusCode::from_u16(status).unwrap(), body.to_owned());
        let json = vec![("content-type", "application/json".to_owned())];
        Self::start(move |_| std::future::ready((status, json.clone(), body.clone()))).await
    }

    pub(crate) fn all(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }
}
