//! One webhook request over the network: signed, with a limit in time.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderName, USER_AGENT};
use hyper::http::uri::{Authority, Scheme};
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use twilio_conversations_webhook::Signer;

use super::target::Hook;
use crate::documented::HttpMethod;

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const IDEMPOTENCY_TOKEN: HeaderName = HeaderName::from_static("i-twilio-idempotency-token");

/// Most bytes of an answer that are read. JSON may spend six on one byte of a text, and a message has up to 32 KB of body
/// and 4 KB of attributes.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// Sends webhooks. Proxies and redirects are none of its business: a receiver is called as it was named.
///
/// Each call has a connection of its own. One that is kept may be closed by the receiver just when it is used again, and
/// then nobody knows whether the call arrived: a message that a pre-event webhook refuses would pass.
pub(crate) struct Sender {
    http: Client<HttpConnector, Full<Bytes>>,
    #[cfg(feature = "https")]
    https: std::sync::OnceLock<Result<https::HttpsClient, String>>,
}

/// How a request ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) signature: String,
    /// What the receiver answered, if it did.
    pub(crate) verdict: Option<Verdict>,
    /// What went wrong, if it did not.
    pub(crate) error: Option<String>,
    pub(crate) timed_out: bool,
    pub(crate) duration: Duration,
}

/// A receiver's answer.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Whether there was more of it than is read.
    pub(crate) too_long: bool,
}

/// What one attempt sends.
struct Message<'a> {
    uri: Uri,
    /// None for a GET, whose fields are in the address.
    form: Option<String>,
    signature: &'a str,
    token: &'a str,
}

impl Sender {
    pub(crate) fn new() -> Self {
        Self {
            http: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(HttpConnector::new()),
            #[cfg(feature = "https")]
            https: std::sync::OnceLock::new(),
        }
    }

    /// Sends a form. The fields are encoded; the count of retries is added to them.
    pub(crate) async fn send(
        &self,
        auth_token: &str,
        hook: &Hook,
        fields: &str,
        retry_count: u32,
        token: &str,
        limit: Duration,
    ) -> Sent {
        let start = Instant::now();
        let mut sent = Sent::default();
        let attempt = async {
            let form = form(fields, retry_count);
            let uri = called(&hook.url, hook.method, &form)?;
            let (_, login) = address(&hook.url)?;
            let form = match hook.method {
                HttpMethod::Get => None,
                HttpMethod::Post => Some(form),
            };
            sent.signature = sign(auth_token, &uri, form.as_deref())?;
            let message = Message { uri, form, signature: &sent.signature, token };
            // Without the login first, and with it if the receiver asks for one.
            let verdict = self.call(&message, None).await?;
            match login {
                Some(login) if verdict.status == 401 => self.call(&message, Some(&login)).await,
                _ => Ok(verdict),
            }
        };
        let result = tokio::time::timeout(limit, attempt).await;
        sent.duration = start.elapsed();
        match result {
            Ok(Ok(verdict)) => sent.verdict = Some(verdict),
            Ok(Err(error)) => sent.error = Some(error),
            Err(_) => {
                sent.timed_out = true;
                sent.error = Some(format!("no answer within {} s", limit.as_secs_f32()));
            }
        }
        sent
    }

    async fn call(&self, message: &Message<'_>, login: Option<&str>) -> Result<Verdict, String> {
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
        if let Some(login) = login {
            request = request.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(login)));
        }
        let body = Full::new(Bytes::from(message.form.clone().unwrap_or_default()));
        let request = request.body(body).map_err(|error| error.to_string())?;
        let mut response = self.dispatch(request).await?;
        let (mut body, mut too_long) = (Vec::new(), false);
        while let Some(frame) = response.frame().await {
            let frame = frame.map_err(|error| explain(&error))?;
            let Some(data) = frame.data_ref() else { continue };
            let room = ANSWER_LIMIT.saturating_sub(body.len());
            body.extend_from_slice(&data[..data.len().min(room)]);
            if room < data.len() {
                too_long = true;
                break;
            }
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Verdict { status: response.status().as_u16(), body, too_long })
    }

    async fn dispatch(&self, request: Request<Full<Bytes>>) -> Result<Response<hyper::body::Incoming>, String> {
        if request.uri().scheme() == Some(&Scheme::HTTPS) {
            #[cfg(feature = "https")]
            {
                let client = self.https.get_or_init(https::client).as_ref().map_err(String::clone)?;
                return client.request(request).await.map_err(|error| explain(&error));
            }
            #[cfg(not(feature = "https"))]
            return Err("the emulator was built without the feature https".to_owned());
        }
        self.http.request(request).await.map_err(|error| explain(&error))
    }
}

/// What an attempt carries: the fields of the event, encoded, and its number.
pub(super) fn form(fields: &str, retry_count: u32) -> String {
    format!("{fields}&RetryCount={retry_count}")
}

/// The address that an attempt calls and signs.
pub(super) fn called(url: &str, method: HttpMethod, form: &str) -> Result<Uri, String> {
    let (uri, _) = address(url)?;
    match method {
        HttpMethod::Get => with_query(uri, form),
        HttpMethod::Post => Ok(uri),
    }
}

/// Who is called: scheme, host and port.
pub(super) fn receiver(url: &str) -> String {
    let Ok((uri, _)) = address(url) else { return url.to_owned() };
    let scheme = uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    format!("{scheme}://{}:{port}", uri.host().unwrap_or_default().to_ascii_lowercase())
}

/// An address without what is not called and not signed: without a fragment, and without the login, which comes beside it.
fn address(text: &str) -> Result<(Uri, Option<String>), String> {
    let failed = |error: &dyn std::error::Error| format!("{text} is not an address: {error}");
    let uri: Uri = text.parse().map_err(|error: hyper::http::uri::InvalidUri| failed(&error))?;
    let mut parts = uri.into_parts();
    let authority = parts.authority.as_ref().map(Authority::as_str).unwrap_or_default();
    let login = authority.rsplit_once('@').map(|(login, host)| (login.to_owned(), host.to_owned()));
    if let Some((_, host)) = &login {
        parts.authority = Some(host.parse().map_err(|error: hyper::http::uri::InvalidUri| failed(&error))?);
    }
    let uri = Uri::from_parts(parts).map_err(|error| failed(&error))?;
    let decode = |login: String| percent_encoding::percent_decode_str(&login).decode_utf8_lossy().into_owned();
    Ok((uri, login.map(|(login, _)| decode(login))))
}

fn with_query(uri: Uri, form: &str) -> Result<Uri, String> {
    let query = match uri.query() {
        Some(query) if !query.is_empty() => format!("{query}&{form}"),
        _ => form.to_owned(),
    };
    let path = format!("{}?{query}", uri.path());
    let mut parts = uri.into_parts();
    parts.path_and_query =
        Some(path.parse().map_err(|error| format!("the fields do not fit into an address: {error}"))?);
    Uri::from_parts(parts).map_err(|error| error.to_string())
}

fn sign(auth_token: &str, uri: &Uri, form: Option<&str>) -> Result<String, String> {
    let signer = Signer::new(auth_token).map_err(|error| error.to_string())?;
    let form = form.unwrap_or_default();
    let pairs: Vec<(String, String)> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(signer.sign_pairs(&uri.to_string(), pairs))
}

/// The whole story of an error, from what was done to what went wrong.
fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

#[cfg(feature = "https")]
mod https {
    use super::{Bytes, Client, Full, HttpConnector, TokioExecutor};

    pub(super) type HttpsClient = Client<hyper_rustls::HttpsConnector<HttpConnector>, Full<Bytes>>;

    /// Made when the first webhook with `https` is sent: reading the platform's certificates takes its time.
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
    fn an_address_is_called_without_fragment_and_login() {
        let (uri, login) = address("http://al%40ice:pass@example.com:8080?x=1#rc=2").unwrap();
        assert_eq!(uri.to_string(), "http://example.com:8080/?x=1");
        assert_eq!(login.as_deref(), Some("al@ice:pass"));
        assert!(address("no where").is_err());
    }

    #[test]
    fn a_receiver_is_a_scheme_a_host_and_a_port() {
        assert_eq!(receiver("HTTP://user:pass@Example.com/a?b#c"), receiver("http://example.com:80/d"));
        assert_ne!(receiver("http://example.com/"), receiver("https://example.com/"));
        assert_ne!(receiver("http://example.com:1/"), receiver("http://example.com:2/"));
        assert_ne!(receiver("no where"), receiver("nowhere else"));
    }

    #[test]
    fn fields_of_a_get_follow_the_query_that_is_there() {
        let uri = |text: &str| text.parse::<Uri>().unwrap();
        assert_eq!(with_query(uri("http://a/b"), "x=1").unwrap().to_string(), "http://a/b?x=1");
        assert_eq!(with_query(uri("http://a?y=2"), "x=1").unwrap().to_string(), "http://a/?y=2&x=1");
    }
}
