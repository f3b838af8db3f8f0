//! One attempt of a webhook call: signed, with limits of time and size.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderName, USER_AGENT};
use hyper::http::uri::Scheme;
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::signing::Signing;
use crate::domain::values::HttpMethod;
use crate::domain::webhook_url::WebhookUrl;
use crate::error::with_causes;

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const SIGNATURE_SETTINGS: HeaderName = HeaderName::from_static("x-twilio-webhooks-signature-settings");
const IDEMPOTENCY_TOKEN: HeaderName = HeaderName::from_static("i-twilio-idempotency-token");

/// Most bytes of a response that are read. JSON may escape one byte of a string by six, and a message has up to 32 KB of
/// body and 4 KB of attributes.
const RESPONSE_LIMIT: usize = 1024 * 1024;

/// Sends webhooks, without proxies and without following redirects.
///
/// Each call has a connection of its own. A receiver may close a reused connection just as the call is sent. It would then
/// be unknown whether the call arrived, and the action would proceed without the pre-event webhook's response.
pub(super) struct Sender {
    http: Client<HttpConnector, Full<Bytes>>,
    #[cfg(feature = "https")]
    https: std::sync::OnceLock<Result<https::HttpsClient, String>>,
}

/// An attempt to be made.
pub(super) struct Attempt<'a> {
    pub(super) signing: &'a Signing<'a>,
    pub(super) method: HttpMethod,
    pub(super) url: &'a str,
    /// The form, encoded, without `RetryCount`.
    pub(super) fields: &'a str,
    pub(super) retry_count: u32,
    /// Idempotency token.
    pub(super) token: &'a str,
    pub(super) timeout: Duration,
}

/// The outcome of an attempt.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) signature: String,
    /// Header that names the shared key of the signature, if it is not the auth token.
    pub(super) signature_settings: Option<String>,
    pub(super) response: Option<Response>,
    /// The cause, if there is no response.
    pub(super) error: Option<String>,
    pub(super) timed_out: bool,
    pub(super) duration: Duration,
}

/// A receiver's response.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) body: String,
    /// Whether the body is longer than the limit.
    pub(super) is_truncated: bool,
}

/// The request of an attempt.
struct Message<'a> {
    uri: Uri,
    /// None for GET, whose fields are in the URL.
    form: Option<String>,
    signature: &'a str,
    signature_settings: Option<&'a str>,
    token: &'a str,
}

impl Sender {
    pub(super) fn new() -> Self {
        Self {
            http: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(HttpConnector::new()),
            #[cfg(feature = "https")]
            https: std::sync::OnceLock::new(),
        }
    }

    pub(super) async fn send(&self, attempt: &Attempt<'_>) -> Outcome {
        let start = Instant::now();
        let signature_settings = attempt.signing.settings().map(str::to_owned);
        let mut outcome = Outcome { signature_settings, ..Outcome::default() };
        let result = tokio::time::timeout(attempt.timeout, self.try_send(attempt, &mut outcome.signature)).await;
        outcome.duration = start.elapsed();
        match result {
            Ok(Ok(response)) => outcome.response = Some(response),
            Ok(Err(error)) => outcome.error = Some(error),
            Err(_) => {
                outcome.timed_out = true;
                outcome.error = Some(format!("no response within {} s", attempt.timeout.as_secs_f32()));
            }
        }
        outcome
    }

    async fn try_send(&self, attempt: &Attempt<'_>, signature: &mut String) -> Result<Response, String> {
        let form = form(attempt.fields, attempt.retry_count);
        let url = WebhookUrl::parse(attempt.url)?;
        let (uri, form) = match attempt.method {
            HttpMethod::Get => (url.with_query(&form)?, None),
            HttpMethod::Post => (url.uri, Some(form)),
        };
        *signature = attempt.signing.sign(&uri, form.as_deref())?;
        let signature_settings = attempt.signing.settings();
        let message = Message { uri, form, signature, signature_settings, token: attempt.token };
        // The login is sent only if the receiver requests it.
        let response = self.request(&message, None).await?;
        match &url.login {
            Some(login) if response.status == 401 => self.request(&message, Some(login)).await,
            _ => Ok(response),
        }
    }

    async fn request(&self, message: &Message<'_>, login: Option<&str>) -> Result<Response, String> {
        let mut request = Request::builder()
            .method(if message.form.is_some() { "POST" } else { "GET" })
            .uri(message.uri.clone())
            .header(USER_AGENT, "TwilioProxy/1.1")
            .header(ACCEPT, "*/*")
            .header(CONNECTION, "close")
            .header(SIGNATURE, message.signature)
            .header(IDEMPOTENCY_TOKEN, message.token);
        if message.form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8");
        }
        if let Some(settings) = message.signature_settings {
            request = request.header(SIGNATURE_SETTINGS, settings);
        }
        if let Some(login) = login {
            request = request.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(login)));
        }
        let body = Full::new(Bytes::from(message.form.clone().unwrap_or_default()));
        let mut response = self.dispatch(request.body(body).map_err(|error| error.to_string())?).await?;
        let (mut body, mut is_truncated) = (Vec::new(), false);
        while let Some(frame) = response.frame().await {
            let frame = frame.map_err(|error| with_causes(&error))?;
            let Some(data) = frame.data_ref() else { continue };
            let left = RESPONSE_LIMIT.saturating_sub(body.len());
            body.extend_from_slice(&data[..data.len().min(left)]);
            if left < data.len() {
                is_truncated = true;
                break;
            }
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Response { status: response.status().as_u16(), body, is_truncated })
    }

    async fn dispatch(&self, request: Request<Full<Bytes>>) -> Result<hyper::Response<hyper::body::Incoming>, String> {
        if request.uri().scheme() == Some(&Scheme::HTTPS) {
            #[cfg(feature = "https")]
            {
                let client = self.https.get_or_init(https::client).as_ref().map_err(String::clone)?;
                return client.request(request).await.map_err(|error| with_causes(&error));
            }
            #[cfg(not(feature = "https"))]
            return Err("the emulator was built without the feature https".to_owned());
        }
        self.http.request(request).await.map_err(|error| with_causes(&error))
    }
}

/// The form of an attempt: the fields of the event and the number of the retry.
pub(super) fn form(fields: &str, retry_count: u32) -> String {
    format!("{fields}&RetryCount={retry_count}")
}

/// The URL that an attempt calls and signs.
pub(super) fn called(url: &str, method: HttpMethod, form: &str) -> Result<Uri, String> {
    let url = WebhookUrl::parse(url)?;
    match method {
        HttpMethod::Get => url.with_query(form),
        HttpMethod::Post => Ok(url.uri),
    }
}

#[cfg(feature = "https")]
mod https {
    use super::{Bytes, Client, Full, HttpConnector, TokioExecutor};

    pub(super) type HttpsClient = Client<hyper_rustls::HttpsConnector<HttpConnector>, Full<Bytes>>;

    /// Built for the first webhook with `https`, since reading the platform's certificates is slow.
    pub(super) fn client() -> Result<HttpsClient, String> {
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_platform_verifier(rustls::crypto::ring::default_provider())
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .https_only()
            .enable_http1()
            .build();
        Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
    }
}
