//! Signs requests as Twilio does, for tests and tools.

use std::fmt;
use std::fmt::Write as _;

use form_urlencoded::Serializer;
use http::{Method, Request, Uri, header};
use sha2::{Digest, Sha256};

use crate::mac::Key;
use crate::params::signed_text;
use crate::target::without_fragment;
use crate::{Algorithm, Event, IDEMPOTENCY_HEADER, SETTINGS_HEADER, SIGNATURE_HEADER, VerifierError};

/// Signs requests as Twilio does, to test a receiver without Twilio.
///
/// ```
/// use twilio_conversations_webhook::Signer;
///
/// let signer = Signer::new("12345")?;
/// let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
/// let pairs = [("Digits", "1234"), ("To", "+18005551212"), ("CallSid", "CA1234567890ABCDE"),
///              ("From", "+14158675309"), ("Caller", "+14158675309")];
/// assert_eq!(signer.sign_pairs(url, pairs), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
///
/// // Or a whole request, ready for a `tower` service or for a socket.
/// let request = signer.post_form(url, pairs)?;
/// assert_eq!(request.headers()["x-twilio-signature"], "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    key: Key,
    algorithm: Algorithm,
    key_id: Option<String>,
    idempotency_token: Option<String>,
}

impl Signer {
    /// Creates a signer for HMAC-SHA1 with an auth token.
    ///
    /// # Errors
    ///
    /// [`VerifierError::EmptySecret`] if the token is empty or blank.
    pub fn new(auth_token: impl AsRef<str>) -> Result<Self, VerifierError> {
        Ok(Self {
            key: Key::new(auth_token.as_ref())?,
            algorithm: Algorithm::default(),
            key_id: None,
            idempotency_token: None,
        })
    }

    /// Signs with another algorithm, which whole requests name in `X-Twilio-Webhooks-Signature-Settings`. Default:
    /// HMAC-SHA1.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Names the shared key in `X-Twilio-Webhooks-Signature-Settings`.
    #[must_use]
    pub fn key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key_id = Some(key_id.into());
        self
    }

    /// Sends a token in `I-Twilio-Idempotency-Token` of whole requests; without it they lack the header. Twilio sends a
    /// UUID, the same one with each retry of an event.
    #[must_use]
    pub fn idempotency_token(mut self, token: impl Into<String>) -> Self {
        self.idempotency_token = Some(token.into());
        self
    }

    /// Signs the URL and the fields of a form POST. With no pairs it signs the URL alone, as of a GET request.
    ///
    /// The URL is used verbatim, without its fragment: no port is added, no escape is changed.
    pub fn sign_pairs<'a>(&self, url: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        self.sign(url, &signed_text(&pairs.into_iter().collect::<Vec<_>>()))
    }

    /// Appends the hash of a body to a URL, as `bodySHA256`, and signs that URL. Returns both: URL and signature. A
    /// fragment of the URL is left out.
    ///
    /// ```
    /// use twilio_conversations_webhook::Signer;
    ///
    /// let (url, signature) = Signer::new("12345")?
    ///     .sign_body("https://mycompany.com/myapp.php?foo=1&bar=2", br#"{"property": "value", "boolean": true}"#);
    /// assert!(url.ends_with("&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"));
    /// assert_eq!(signature, "a9nBmqA0ju/hNViExpshrM61xv4=");
    /// # Ok::<(), twilio_conversations_webhook::VerifierError>(())
    /// ```
    pub fn sign_body(&self, url: &str, body: &[u8]) -> (String, String) {
        let url = with_query(without_fragment(url), &format!("bodySHA256={}", hex_sha256(body)));
        let signature = self.sign(&url, "");
        (url, signature)
    }

    /// Makes the signed POST request of an event: an [`Event`] or one of the structs in [`events`](crate::events).
    ///
    /// The form has `EventType`, the members that are set and the fields in `other`; see [`Event::to_pairs`]. A retry is
    /// an event with a `retry_count`. The URL is that of [`post_form`](Self::post_form).
    ///
    /// ```
    /// use twilio_conversations_webhook::{FromFields, Signer, Verifier, events::MessageAdded};
    ///
    /// let mut message = MessageAdded::default();
    /// message.body = Some("Where is my order?".into());
    /// message.retry_count = Some(0);
    /// let url = "https://example.com/hooks";
    /// let request = Signer::new("auth token")?.event(url, &message)?;
    ///
    /// let verifier = Verifier::builder("auth token").public_url(url).build()?;
    /// let verified = verifier.verify(request.method(), request.uri(), request.headers(), request.body())?;
    /// assert_eq!(MessageAdded::from_fields(verified.into_fields())?, message);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the URL is not one that a request can have, or a header cannot hold the idempotency token or the key's name.
    pub fn event(&self, url: &str, event: impl Into<Event>) -> Result<Request<Vec<u8>>, http::Error> {
        let pairs = event.into().to_pairs();
        self.post_form(url, pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// Makes the signed GET request of an event, as for an account's webhook whose method was never set. The fields are
    /// in the query; see [`event`](Self::event).
    ///
    /// # Errors
    ///
    /// As [`event`](Self::event).
    pub fn get_event(&self, url: &str, event: impl Into<Event>) -> Result<Request<Vec<u8>>, http::Error> {
        let pairs = event.into().to_pairs();
        self.get(url, pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// Makes a signed POST request with a form.
    ///
    /// The signature covers the URL of the request: without the fragment, without the login (`user:pass@`), which Twilio
    /// leaves out of its first call, and with the path `/` if the URL has none.
    ///
    /// # Errors
    ///
    /// If the URL is not that of a request.
    pub fn post_form<'a>(
        &self,
        url: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Request<Vec<u8>>, http::Error> {
        let pairs: Vec<_> = pairs.into_iter().collect();
        let url = called(url)?;
        let signature = self.sign(&url, &signed_text(&pairs));
        self.request(Method::POST, &url, &signature, Some(FORM), encode(&pairs))
    }

    /// Makes a signed GET request with the fields in its query. The URL is that of [`post_form`](Self::post_form).
    ///
    /// # Errors
    ///
    /// If the URL is not that of a request.
    pub fn get<'a>(
        &self,
        url: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Request<Vec<u8>>, http::Error> {
        let pairs: Vec<_> = pairs.into_iter().collect();
        let url = with_query(&called(url)?, &encode(&pairs));
        let signature = self.sign(&url, "");
        self.request(Method::GET, &url, &signature, None, String::new())
    }

    /// Makes a signed POST request with a JSON body and its hash in the URL. The URL is that of
    /// [`post_form`](Self::post_form).
    ///
    /// # Errors
    ///
    /// If the URL is not that of a request.
    pub fn post_json(&self, url: &str, body: impl Into<String>) -> Result<Request<Vec<u8>>, http::Error> {
        let body = body.into();
        let (url, signature) = self.sign_body(&called(url)?, body.as_bytes());
        self.request(Method::POST, &url, &signature, Some("application/json"), body)
    }

    fn sign(&self, url: &str, params: &str) -> String {
        self.key.sign(self.algorithm, |push: &mut dyn FnMut(&str)| {
            push(without_fragment(url));
            push(params);
        })
    }

    fn request(
        &self,
        method: Method,
        url: &str,
        signature: &str,
        content_type: Option<&'static str>,
        body: String,
    ) -> Result<Request<Vec<u8>>, http::Error> {
        let mut request = Request::builder().method(method).uri(url).header(SIGNATURE_HEADER, signature);
        // A server reads the host from the target or from this header.
        if let Some(host) = request.uri_ref().and_then(|uri| uri.authority()).map(|host| host.as_str().to_owned()) {
            request = request.header(header::HOST, host);
        }
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        if let Some(token) = &self.idempotency_token {
            request = request.header(IDEMPOTENCY_HEADER, token);
        }
        if self.algorithm != Algorithm::default() || self.key_id.is_some() {
            let mut settings = String::new();
            if let Some(key_id) = &self.key_id {
                settings.push_str("key=");
                settings.push_str(key_id);
                settings.push(',');
            }
            settings.push_str("algorithm=");
            settings.push_str(self.algorithm.as_str());
            request = request.header(SETTINGS_HEADER, settings);
        }
        request.body(body.into_bytes())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("key", &self.key)
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .field("idempotency_token", &self.idempotency_token)
            .finish()
    }
}

/// The content type that the vendor sends.
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// Returns the URL of a request.
fn called(url: &str) -> Result<String, http::Error> {
    let mut parts = Uri::try_from(without_fragment(url))?.into_parts();
    if let Some((_, host)) = parts.authority.as_ref().and_then(|authority| authority.as_str().rsplit_once('@')) {
        parts.authority = Some(host.parse()?);
    }
    Ok(Uri::from_parts(parts)?.to_string())
}

fn encode(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn with_query(url: &str, query: &str) -> String {
    if query.is_empty() {
        return url.to_owned();
    }
    let separator = match url.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{url}{separator}{query}")
}

pub(crate) fn hex_sha256(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
