//! Verifies requests: signature, body hash, method and content type.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, Uri};

use crate::mac::{Key, Tag};
use crate::origin::{Origin, one_header};
use crate::params::{signed_text, signed_text_of};
use crate::target::Target;
use crate::{
    Algorithm, Fields, SETTINGS_HEADER, SIGNATURE_HEADER, SignatureError, SignatureErrorKind, VerifierBuilder,
    VerifierError,
};

/// Verifies that Twilio signed a request.
///
/// Cheap to clone, and shared between threads. It holds the secrets as keyed MAC states, so no request sets up a key, and
/// neither `Debug` nor an error shows one.
///
/// ```
/// use twilio_conversations_webhook::{Signer, Verifier};
///
/// let verifier = Verifier::builder("auth token").public_url("https://example.com/hooks").build()?;
///
/// // A request as a server receives it, made by `Signer`.
/// let request = Signer::new("auth token")?
///     .post_form("https://example.com/hooks", [("EventType", "onMessageAdded"), ("Body", "hello")])?;
/// let verified = verifier.verify(request.method(), request.uri(), request.headers(), request.body())?;
/// assert_eq!(verified.fields().get("Body"), Some("hello"));
///
/// assert!(verifier.verify(request.method(), request.uri(), request.headers(), b"EventType=onMessageAdded&Body=bye").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) keys: Vec<Key>,
    pub(crate) origin: Origin,
    pub(crate) body_limit: usize,
    pub(crate) body_timeout: Duration,
    pub(crate) field_limit: usize,
    pub(crate) form_posts_only: bool,
}

impl From<Inner> for Verifier {
    fn from(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }
}

impl Verifier {
    /// Creates a verifier with one auth token, which takes the URL from the request and assumes `https`.
    ///
    /// # Errors
    ///
    /// [`VerifierError::EmptySecret`] if the token is empty or blank.
    pub fn new(auth_token: impl AsRef<str>) -> Result<Self, VerifierError> {
        Self::builder(auth_token).build()
    }

    /// Starts a verifier with its primary auth token.
    pub fn builder(auth_token: impl AsRef<str>) -> VerifierBuilder {
        VerifierBuilder::new(auth_token.as_ref())
    }

    /// Verifies a whole request and returns its fields.
    ///
    /// - GET: the URL is signed, the fields are those of the query.
    /// - POST with a form: the URL and the fields are signed.
    /// - POST with another body: the URL is signed and holds `bodySHA256`, the hash of the body; there are no fields.
    ///
    /// `uri` is the target as received, before a router removes a prefix. `body` is verbatim, neither trimmed nor decoded.
    ///
    /// # Errors
    ///
    /// Every request that is not verified; [`SignatureError::kind`] is the reason.
    pub fn verify(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Verified, SignatureError> {
        self.check_sizes(uri.query().unwrap_or_default(), body)?;
        let payload = self.payload(method, headers, body)?;
        let tag = signature(headers)?;
        let target = self.inner.origin.target(uri, headers)?;
        let fields = match payload {
            Payload::Query => {
                self.check(&target, "", &tag)?;
                self.fields(target.query_text().as_bytes())?
            }
            Payload::Form => {
                let fields = self.fields(body)?;
                self.check(&target, &signed_text_of(&fields), &tag)?;
                fields
            }
            Payload::Hashed => {
                let hash = self.body_hash(&target)?;
                self.check(&target, "", &tag)?;
                check_hash(&hash, body)?;
                Fields::default()
            }
        };
        Ok(Verified { payload, fields })
    }

    /// Verifies decoded pairs, as of a form POST to `url`.
    ///
    /// Repeated names count with their distinct values. For GET, the pairs are in the URL and `pairs` is empty. With an
    /// empty list, a body that the request has is not covered.
    ///
    /// `url` is the URL that was called; [`VerifierBuilder::public_url`] is not used.
    ///
    /// ```
    /// use twilio_conversations_webhook::Verifier;
    ///
    /// let verifier = Verifier::new("12345")?;
    /// let pairs = [("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"),
    ///              ("From", "+14158675309"), ("To", "+18005551212")];
    /// let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    /// verifier.verify_pairs(url, pairs, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")?;
    /// assert!(verifier.verify_pairs(url, pairs, "RSOYDt4T1cUTdK1PDd93/VVr8B9=").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A URL that is not absolute, a signature that is not base64 of the right length or does not match, and a URL or a
    /// number of pairs beyond the limits.
    pub fn verify_pairs<'a>(
        &self,
        url: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        signature: impl Into<SignatureHeader<'a>>,
    ) -> Result<(), SignatureError> {
        self.check_sizes(url, b"")?;
        let tag = signature.into().tag()?;
        let pairs: Vec<_> = pairs.into_iter().collect();
        if pairs.len() > self.inner.field_limit {
            return Err(SignatureErrorKind::TooManyFields.into());
        }
        self.check(&Target::parse(url)?, &signed_text(&pairs), &tag)
    }

    /// Verifies the raw body of a form POST to `url`, and returns its fields.
    ///
    /// ```
    /// use twilio_conversations_webhook::Verifier;
    ///
    /// let body = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    /// let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    /// let fields = Verifier::new("12345")?.verify_form(url, body, "IK+Dwps556ElfBT0I3Rgjkr1wJU=")?;
    /// assert_eq!(fields.get("Sid"), Some("CA123"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`verify_pairs`](Self::verify_pairs), and a body beyond the limit or not UTF-8 once decoded.
    pub fn verify_form<'a>(
        &self,
        url: &str,
        body: &[u8],
        signature: impl Into<SignatureHeader<'a>>,
    ) -> Result<Fields, SignatureError> {
        self.check_sizes(url, body)?;
        let tag = signature.into().tag()?;
        let target = Target::parse(url)?;
        let fields = self.fields(body)?;
        self.check(&target, &signed_text_of(&fields), &tag)?;
        Ok(fields)
    }

    /// Verifies a body that is not a form by the `bodySHA256` in the query of `url`.
    ///
    /// ```
    /// use twilio_conversations_webhook::Verifier;
    ///
    /// let body = br#"{"property": "value", "boolean": true}"#;
    /// let url = "https://mycompany.com/myapp.php?foo=1&bar=2\
    ///            &bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    /// Verifier::new("12345")?.verify_body(url, body, "a9nBmqA0ju/hNViExpshrM61xv4=")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`verify_pairs`](Self::verify_pairs), and a body beyond the limit, a URL without the hash or with that of another
    /// body.
    pub fn verify_body<'a>(
        &self,
        url: &str,
        body: &[u8],
        signature: impl Into<SignatureHeader<'a>>,
    ) -> Result<(), SignatureError> {
        self.check_sizes(url, body)?;
        let tag = signature.into().tag()?;
        let target = Target::parse(url)?;
        let hash = self.body_hash(&target)?;
        self.check(&target, "", &tag)?;
        check_hash(&hash, body)
    }

    /// Returns the longest body, query or URL accepted, in bytes.
    pub fn body_limit(&self) -> usize {
        self.inner.body_limit
    }

    /// Returns the time in which a whole body must be read. The extractors apply it; with another server, the program
    /// does.
    pub fn body_timeout(&self) -> Duration {
        self.inner.body_timeout
    }

    /// Returns the largest number of fields accepted.
    pub fn field_limit(&self) -> usize {
        self.inner.field_limit
    }

    /// Checks the method, the declared length and the form of the signature before the body is read.
    #[cfg(feature = "axum")]
    pub(crate) fn precheck(&self, method: &Method, headers: &HeaderMap) -> Result<(), SignatureError> {
        self.check_method(method)?;
        let length = one_header(headers, "content-length")?.and_then(|length| length.parse().ok());
        if length.is_some_and(|length: usize| length > self.inner.body_limit) {
            return Err(SignatureErrorKind::BodyTooLarge.into());
        }
        signature(headers).map(drop)
    }

    fn check_method(&self, method: &Method) -> Result<(), SignatureError> {
        match *method {
            Method::POST => Ok(()),
            Method::GET if !self.inner.form_posts_only => Ok(()),
            _ => Err(SignatureError::method(self.inner.form_posts_only)),
        }
    }

    /// Returns what the signature covers, before anything is computed.
    fn payload(&self, method: &Method, headers: &HeaderMap, body: &[u8]) -> Result<Payload, SignatureError> {
        self.check_method(method)?;
        match *method {
            Method::GET if !body.is_empty() => Err(SignatureErrorKind::UnsignedBody.into()),
            Method::GET => Ok(Payload::Query),
            _ => {
                let content_type = one_header(headers, "content-type")?.unwrap_or_default();
                let media_type = content_type.split(';').next().unwrap_or_default().trim();
                let form = media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded");
                if form || (body.is_empty() && media_type.is_empty()) {
                    Ok(Payload::Form)
                } else if self.inner.form_posts_only {
                    Err(SignatureErrorKind::UnsupportedContentType.into())
                } else {
                    Ok(Payload::Hashed)
                }
            }
        }
    }

    fn check_sizes(&self, url: &str, body: &[u8]) -> Result<(), SignatureError> {
        let limit = self.inner.body_limit;
        if body.len() > limit || url.len() > limit { Err(SignatureErrorKind::BodyTooLarge.into()) } else { Ok(()) }
    }

    fn fields(&self, form: &[u8]) -> Result<Fields, SignatureError> {
        Fields::parse_up_to(form, self.inner.field_limit)
    }

    /// Returns the first `bodySHA256` of a query. Without one, the signature does not cover the body.
    fn body_hash(&self, target: &Target<'_>) -> Result<String, SignatureError> {
        let query = self.fields(target.query_text().as_bytes())?;
        match query.get("bodySHA256") {
            Some("") | None => Err(SignatureErrorKind::UnsignedBody.into()),
            Some(hash) => Ok(hash.to_owned()),
        }
    }

    fn check(&self, target: &Target<'_>, params: &str, tag: &Tag) -> Result<(), SignatureError> {
        let verifies = |form, key: &Key| {
            key.verifies(tag, |push: &mut dyn FnMut(&str)| {
                target.feed(form, push);
                push(params);
            })
        };
        // Every key is tried before the next form of the URL: a rotated token is likelier than a hidden port.
        if target.forms().any(|form| self.inner.keys.iter().any(|key| verifies(form, key))) {
            Ok(())
        } else {
            Err(SignatureErrorKind::Mismatch.into())
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("keys", &self.inner.keys)
            .field("origin", &self.inner.origin)
            .field("body_limit", &self.inner.body_limit)
            .field("body_timeout", &self.inner.body_timeout)
            .field("field_limit", &self.inner.field_limit)
            .field("form_posts_only", &self.inner.form_posts_only)
            .finish()
    }
}

/// A request whose signature matches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    payload: Payload,
    fields: Fields,
}

impl Verified {
    /// Returns where the signed content was.
    pub fn payload(&self) -> Payload {
        self.payload
    }

    /// Returns the fields of the form or the query. Empty for another body.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Returns the owned fields of the form or the query.
    pub fn into_fields(self) -> Fields {
        self.fields
    }
}

/// Where the signed content of a request is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Payload {
    /// In the query of a GET request.
    Query,
    /// In the form of a POST request.
    Form,
    /// In another body, commonly JSON, whose hash is in the URL.
    Hashed,
}

/// The values of the headers that carry a signature.
///
/// A `&str` is a signature by HMAC-SHA1.
///
/// ```
/// use twilio_conversations_webhook::{Algorithm, SignatureHeader, Signer, Verifier};
///
/// let signer = Signer::new("shared key secret")?.algorithm(Algorithm::HmacSha256);
/// let signature = signer.sign_pairs("https://example.com/hook", [("Body", "hi")]);
/// let header = SignatureHeader::new(&signature).settings("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256");
/// Verifier::new("shared key secret")?.verify_pairs("https://example.com/hook", [("Body", "hi")], header)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SignatureHeader<'a> {
    value: &'a str,
    settings: &'a str,
}

impl<'a> SignatureHeader<'a> {
    /// Takes the value of `X-Twilio-Signature`.
    pub fn new(value: &'a str) -> Self {
        Self { value, settings: "" }
    }

    /// Adds the value of `X-Twilio-Webhooks-Signature-Settings`, which names the algorithm.
    pub fn settings(mut self, settings: &'a str) -> Self {
        self.settings = settings;
        self
    }

    fn tag(self) -> Result<Tag, SignatureError> {
        let algorithm =
            Algorithm::from_settings(self.settings).map_err(|kind| SignatureError::header_is(kind, SETTINGS_HEADER))?;
        Tag::parse(self.value, algorithm)
    }
}

impl<'a> From<&'a str> for SignatureHeader<'a> {
    fn from(value: &'a str) -> Self {
        Self::new(value)
    }
}

impl<'a> From<&'a String> for SignatureHeader<'a> {
    fn from(value: &'a String) -> Self {
        Self::new(value)
    }
}

fn signature(headers: &HeaderMap) -> Result<Tag, SignatureError> {
    let settings = one_header(headers, SETTINGS_HEADER)?.unwrap_or_default();
    match one_header(headers, SIGNATURE_HEADER)? {
        Some("") | None => Err(SignatureError::header_is(SignatureErrorKind::MissingHeader, SIGNATURE_HEADER)),
        Some(value) => SignatureHeader { value, settings }.tag(),
    }
}

/// The hash is in the URL and not secret, so the comparison need not take constant time.
fn check_hash(hash: &str, body: &[u8]) -> Result<(), SignatureError> {
    if hash == crate::signer::hex_sha256(body) { Ok(()) } else { Err(SignatureErrorKind::BodyHashMismatch.into()) }
}
