//! A small HTTP client that returns statuses, headers and bodies unchanged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
pub(crate) use hyper::Method;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use twilio_conversations::{Client as Facade, ClientBuilder, Credentials};
use twilio_conversations_emulator::{Builder, Emulator};

/// An emulator instance and a client.
pub(crate) struct Instance {
    pub(crate) emulator: Emulator,
    pub(crate) http: Http,
}

/// An HTTP client.
#[derive(Clone)]
pub(crate) struct Http(Client<HttpConnector, Full<Bytes>>);

/// A request to be sent.
pub(crate) struct Request {
    http: Http,
    request: hyper::Request<Full<Bytes>>,
}

/// Status, headers and body of a response.
#[derive(Debug)]
pub(crate) struct ApiResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// The bytes of the body.
    pub(crate) bytes: Bytes,
}

impl Instance {
    pub(crate) async fn start() -> Self {
        Self::of(Emulator::builder()).await
    }

    pub(crate) async fn of(builder: Builder) -> Self {
        Self { emulator: builder.start().await.unwrap(), http: Http::new() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.emulator.base_url())
    }

    /// A request with a URL only.
    pub(crate) fn bare(&self, method: Method, path: &str) -> Request {
        self.http.request(method, &self.url(path))
    }

    /// A request with the account's credentials.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        self.bare(method, path).login(self.emulator.account_sid(), self.emulator.auth_token())
    }

    pub(crate) async fn get(&self, path: &str) -> ApiResponse {
        self.request(Method::GET, path).send().await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> ApiResponse {
        self.request(Method::POST, path).form(form).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> ApiResponse {
        self.request(Method::DELETE, path).send().await
    }

    /// Creates a resource, and returns its SID.
    pub(crate) async fn create(&self, path: &str, form: &[(&str, &str)]) -> String {
        self.post(path, form).await.expect(201).text("sid")
    }

    /// Creates a service, and returns its SID.
    pub(crate) async fn service(&self, name: &str) -> String {
        self.create("/v1/Services", &[("FriendlyName", name)]).await
    }

    /// A POST request that calls webhooks.
    pub(crate) async fn post_with_webhooks(&self, path: &str, form: &[(&str, &str)]) -> ApiResponse {
        self.request(Method::POST, path).header("x-twilio-webhook-enabled", "true").form(form).send().await
    }

    pub(crate) async fn delete_with_webhooks(&self, path: &str) -> ApiResponse {
        self.request(Method::DELETE, path).header("x-twilio-webhook-enabled", "true").send().await
    }
}

/// A builder of the facade's client for an emulator.
pub(crate) fn facade(base_url: &str, sid: &str, token: &str) -> ClientBuilder {
    let credentials = Credentials::auth_token(sid.parse().unwrap(), token).unwrap();
    Facade::builder().credentials(credentials).base_url(base_url)
}

impl Http {
    pub(crate) fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build(HttpConnector::new()))
    }

    pub(crate) fn request(&self, method: Method, url: &str) -> Request {
        let request = hyper::Request::builder().method(method).uri(url).body(Full::default()).unwrap();
        Request { http: self.clone(), request }
    }
}

impl Request {
    pub(crate) fn login(self, user: &str, password: &str) -> Self {
        let login = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        self.header(AUTHORIZATION.as_str(), login)
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.request.headers_mut().insert(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
        self
    }

    pub(crate) fn form(self, form: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.header(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded").body(body)
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        *self.request.body_mut() = Full::new(body.into());
        self
    }

    pub(crate) async fn send(self) -> ApiResponse {
        self.try_send().await.unwrap()
    }

    pub(crate) async fn try_send(self) -> Result<ApiResponse, Box<dyn std::error::Error + Send + Sync>> {
        let response = self.http.0.request(self.request).await?;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await?.to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        let body =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap_or_else(|_| text.into()) };
        Ok(ApiResponse { status: parts.status.as_u16(), headers: parts.headers, body, bytes })
    }
}

impl ApiResponse {
    /// Checks the status, and returns the response.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// Checks that this is an error in the documented format, and returns its message.
    #[track_caller]
    pub(crate) fn expect_error(self, status: u16, code: u32) -> String {
        let body = self.expect(status).body;
        let mut keys: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["code", "message", "more_info", "status"]);
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status);
        assert_eq!(body["more_info"], format!("https://www.twilio.com/docs/errors/{code}"));
        body["message"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("no text {name} in {}", self.body)).to_owned()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// The string property of a name of each item.
#[track_caller]
pub(crate) fn each<'a>(items: &'a Value, name: &str) -> Vec<&'a str> {
    items.as_array().unwrap().iter().map(|item| item[name].as_str().unwrap()).collect()
}
