//! One attempt of a webhook call: signed, with limits of time and size.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use hyper::http::uri::Scheme;
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::signing::{SigningKey, sign};
use crate::domain::account::Account;
use crate::domain::delivery::WebhookCall;
use crate::domain::values::{Documented as _, HttpMethod};
use crate::domain::webhook_url::WebhookUrl;
use crate::error::with_causes;

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const SIGNATURE_SETTINGS: HeaderName = HeaderName::from_static("x-twilio-webhooks-signature-settings");
const IDEMPOTENCY_TOKEN: HeaderName = HeaderName::from_static("i-twilio-idempotency-token");

/// Most bytes of a response that are read. JSON may escape one byte of a string by six, and a message has up to 32 KB of
/// body and 4 KB of attributes.
const RESPONSE_LIMIT: usize = 1024 * 1024;
/// Bytes of a response that are recorded.
const KEPT_OF_RESPONSE: usize = 4 * 1024;

/// Sends webhooks, without proxies and without following redirects.
///
/// Each call has a connection of its own. A receiver may close a reused connection just as the call is sent. It would then
/// be unknown whether the call arrived, and the action would proceed without the pre-event webhook's response.
pub(super) struct Sender {
    http: Client<HttpConnector, Full<Bytes>>,
    #[cfg(feature = "https")]
    https: std::sync::OnceLock<Result<https::HttpsClient, String>>,
}

/// The outcome of an attempt.
pub(super) enum Outcome {
    Response(Response),
    NoResponse,
    TimedOut,
}

/// A receiver's response.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) body: String,
    /// Whether the body is longer than the limit.
    pub(super) is_truncated: bool,
}

impl Sender {
    pub(super) fn new() -> Self {
        Self {
            http: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(HttpConnector::new()),
            #[cfg(feature = "https")]
            https: std::sync::OnceLock::new(),
        }
    }

    /// Sends a call once, and records the attempt in it.
    pub(super) async fn send(
        &self,
        account: &Account,
        key: Option<&SigningKey>,
        call: &mut WebhookCall,
        timeout: Duration,
    ) -> Outcome {
        (call.status, call.response_body, call.error) = (None, None, None);
        call.signature = Some(String::new());
        call.signature_settings = key.map(|key| key.settings.clone());
        let start = Instant::now();
        let result = tokio::time::timeout(timeout, self.try_send(account, key, call)).await;
        call.duration = Some(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
        call.attempts += 1;
        match result {
            Ok(Ok(response)) => {
                call.status = Some(response.status);
                call.response_body = Some(beginning(&response.body).to_owned());
                Outcome::Response(response)
            }
            Ok(Err(error)) => {
                call.error = Some(error);
                Outcome::NoResponse
            }
            Err(_) => {
                call.error = Some(format!("no response within {} s", timeout.as_secs_f32()));
                Outcome::TimedOut
            }
        }
    }

    async fn try_send(
        &self,
        account: &Account,
        key: Option<&SigningKey>,
        call: &mut WebhookCall,
    ) -> Result<Response, String> {
        let form = form(&call.fields, call.attempts);
        let url = WebhookUrl::parse(&call.url)?;
        let uri = called(&url, call.method, &form)?;
        let form = (call.method == HttpMethod::Post).then_some(form);
        let signature = sign(account, key, &uri, form.as_deref())?;
        let mut request = Request::builder()
            .method(call.method.as_str())
            .uri(uri)
            .header(USER_AGENT, "TwilioProxy/1.1")
            .header(ACCEPT, "*/*")
            .header(CONNECTION, "close")
            .header(SIGNATURE, &signature)
            .header(IDEMPOTENCY_TOKEN, &call.token);
        call.signature = Some(signature);
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8");
        }
        if let Some(key) = key {
            request = request.header(SIGNATURE_SETTINGS, &key.settings);
        }
        let body = Full::new(Bytes::from(form.unwrap_or_default()));
        let mut request = request.body(body).map_err(|error| error.to_string())?;
        let Some(login) = url.login else { return self.request(request).await };
        // The login is sent only if the receiver requests it.
        let response = self.request(request.clone()).await?;
        if response.status != 401 {
            return Ok(response);
        }
        let login = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(login)));
        request.headers_mut().insert(AUTHORIZATION, login.map_err(|error| error.to_string())?);
        self.request(request).await
    }

    async fn request(&self, request: Request<Full<Bytes>>) -> Result<Response, String> {
        let mut response = self.dispatch(request).await?;
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
pub(super) fn called(url: &WebhookUrl, method: HttpMethod, form: &str) -> Result<Uri, String> {
    match method {
        HttpMethod::Get => url.with_query(form),
        HttpMethod::Post => Ok(url.uri.clone()),
    }
}

/// The kept beginning of a response body.
fn beginning(body: &str) -> &str {
    let end = (0..=KEPT_OF_RESPONSE.min(body.len())).rev().find(|end| body.is_char_boundary(*end));
    &body[..end.unwrap_or_default()]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_beginning_of_a_response_ends_with_a_whole_character() {
        assert_eq!(beginning("short"), "short");
        let long = format!("x{}", "é".repeat(KEPT_OF_RESPONSE));
        assert_eq!(beginning(&long).len(), KEPT_OF_RESPONSE - 1);
    }
}
