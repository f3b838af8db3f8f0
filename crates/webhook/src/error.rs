//! Errors of verification and of settings, and the response to each.

use std::error::Error;
use std::fmt;

use http::{HeaderValue, Response, StatusCode, header};

/// Why a request was not accepted as one of Twilio's.
///
/// The text and the `Debug` output name the reason and, where there is one, the header; they never hold a token, a
/// signature or any part of the body. So it can be sent as it is: as an `http` response it is its [`status`](Self::status)
/// and its text, in one line of plain text.
///
/// ```
/// use twilio_conversations_webhook::{SignatureErrorKind, Verifier};
///
/// let verifier = Verifier::new("12345")?;
/// let error = verifier.verify_pairs("https://example.com/hook", [("EventType", "onMessageAdded")], "not base64").unwrap_err();
/// assert_eq!(error.kind(), SignatureErrorKind::MalformedHeader);
/// assert_eq!(error.to_string(), "verifying a webhook: header x-twilio-signature is malformed");
/// assert_eq!(error.status(), http::StatusCode::BAD_REQUEST);
///
/// let refusal: http::Response<String> = error.into();
/// assert_eq!(refusal.status(), http::StatusCode::BAD_REQUEST);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SignatureError {
    kind: SignatureErrorKind,
    header: Option<&'static str>,
    form: Option<InvalidForm>,
}

impl SignatureError {
    pub(crate) fn header_is(kind: SignatureErrorKind, header: &'static str) -> Self {
        Self { kind, header: Some(header), form: None }
    }

    /// Tells what was wrong.
    pub fn kind(&self) -> SignatureErrorKind {
        self.kind
    }

    /// Names the header at fault, in lower case, where a header is at fault.
    pub fn header(&self) -> Option<&'static str> {
        self.header
    }

    /// True when the request was complete and well formed, but not signed with one of the verifier's secrets for this
    /// URL and content. A forgery, a wrong token or a wrong public URL look like this.
    pub fn is_mismatch(&self) -> bool {
        matches!(self.kind, SignatureErrorKind::Mismatch | SignatureErrorKind::BodyHashMismatch)
    }

    /// True when the body or the query is over the verifier's limit.
    pub fn is_too_large(&self) -> bool {
        self.kind == SignatureErrorKind::BodyTooLarge
    }

    /// Suggests the HTTP status to answer with: 403 for a mismatch, 413 over the limit, 405 and 415 for a method or a
    /// content type that no webhook has, 400 for the rest.
    pub fn status(&self) -> StatusCode {
        match self.kind {
            SignatureErrorKind::Mismatch | SignatureErrorKind::BodyHashMismatch => StatusCode::FORBIDDEN,
            SignatureErrorKind::UnsupportedMethod => StatusCode::METHOD_NOT_ALLOWED,
            SignatureErrorKind::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            SignatureErrorKind::UnsupportedContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<SignatureErrorKind> for SignatureError {
    fn from(kind: SignatureErrorKind) -> Self {
        Self { kind, header: None, form: None }
    }
}

impl From<InvalidForm> for SignatureError {
    fn from(error: InvalidForm) -> Self {
        Self { kind: SignatureErrorKind::MalformedForm, header: None, form: Some(error) }
    }
}

impl<B: From<String>> From<SignatureError> for Response<B> {
    fn from(error: SignatureError) -> Self {
        let mut response = Self::new(B::from(error.to_string()));
        *response.status_mut() = error.status();
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, text);
        response
    }
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("verifying a webhook: ")?;
        let what = match (self.kind, self.header) {
            (SignatureErrorKind::MissingHeader, Some(header)) => {
                return write!(f, "header {header} is missing");
            }
            (SignatureErrorKind::RepeatedHeader, Some(header)) => {
                return write!(f, "header {header} is repeated");
            }
            (SignatureErrorKind::MalformedHeader, Some(header)) => {
                return write!(f, "header {header} is malformed");
            }
            (SignatureErrorKind::MissingHeader, None) => "a header is missing",
            (SignatureErrorKind::RepeatedHeader, None) => "a header is repeated",
            (SignatureErrorKind::MalformedHeader, None) => "a header is malformed",
            (SignatureErrorKind::UnsupportedAlgorithm, _) => "the signature algorithm is not supported",
            (SignatureErrorKind::UnsupportedMethod, _) => "the method is not one that is accepted here",
            (SignatureErrorKind::UnsupportedContentType, _) => "the content type is not one that is accepted here",
            (SignatureErrorKind::UnsignedBody, _) => "the body is not covered by the signature",
            (SignatureErrorKind::BodyTooLarge, _) => "the body or the query is over the limit",
            (SignatureErrorKind::MalformedForm, _) => "the fields could not be decoded",
            (SignatureErrorKind::MalformedUrl, _) => "the url is not an absolute url with a host",
            (SignatureErrorKind::BodyHashMismatch, _) => "the body does not match its hash in the url",
            (SignatureErrorKind::Mismatch, _) => "the signature does not match",
        };
        f.write_str(what)
    }
}

impl Error for SignatureError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.form.as_ref().map(|error| error as _)
    }
}

/// The reasons behind a [`SignatureError`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SignatureErrorKind {
    /// `X-Twilio-Signature`, or the `Host` that the URL is built from, is absent.
    MissingHeader,
    /// A header that must be there once is there several times.
    RepeatedHeader,
    /// A header's value is not of its form: a signature that is not base64 of the right length, a host that is none.
    MalformedHeader,
    /// `X-Twilio-Webhooks-Signature-Settings` names an algorithm other than HMAC-SHA1 and HMAC-SHA256.
    UnsupportedAlgorithm,
    /// The method is neither GET nor POST, or is GET where only form posts are accepted.
    UnsupportedMethod,
    /// The body of a POST request is no form where only forms are taken: under
    /// [`form_posts_only`](crate::VerifierBuilder::form_posts_only), and by an extractor of fields, though the body's hash
    /// in the URL may hold.
    UnsupportedContentType,
    /// Nothing vouches for the body: it is no form and the signed URL has no `bodySHA256`, or the request is a GET, of
    /// which only the URL is signed.
    UnsignedBody,
    /// The body or the query is longer than the verifier's limit.
    BodyTooLarge,
    /// The fields are not UTF-8 once decoded.
    MalformedForm,
    /// The URL to verify has no scheme, no host or an impossible port.
    MalformedUrl,
    /// The URL is signed, but the `bodySHA256` in it is not this body's.
    BodyHashMismatch,
    /// No secret of the verifier gives this signature for this URL and these fields.
    Mismatch,
}

/// A form whose bytes are not UTF-8 once decoded.
///
/// ```
/// use twilio_conversations_webhook::Fields;
///
/// let error = Fields::parse(b"Body=%FF").unwrap_err();
/// assert_eq!(error.to_string(), "decoding a form: field 1 is not utf-8");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidForm {
    pub(crate) field: Option<usize>,
}

impl fmt::Display for InvalidForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(f, "decoding a form: field {field} is not utf-8"),
            None => f.write_str("decoding a form: longer than 4 GiB"),
        }
    }
}

impl Error for InvalidForm {}

/// Why a [`Verifier`](crate::Verifier) or a [`Signer`](crate::Signer) could not be built.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum VerifierError {
    /// A secret was empty or blank. Anybody could sign with such a key.
    EmptySecret,
    /// The public URL is not an absolute `http` or `https` URL with a host.
    InvalidPublicUrl,
}

impl fmt::Display for VerifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptySecret => "setting up webhook signatures: a secret is empty",
            Self::InvalidPublicUrl => {
                "setting up webhook signatures: the public url is not an absolute http or https url"
            }
        })
    }
}

impl Error for VerifierError {}
