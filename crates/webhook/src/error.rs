//! Errors of verification and of settings, and the response to each.

use std::error::Error;
use std::fmt;

use http::{HeaderValue, Response, StatusCode, header};

/// Why a request was not accepted as one of Twilio's.
///
/// `Display` and `Debug` name the reason and the header at fault. They hold no token, no signature and no part of the
/// body, so the error can be sent: as an `http` response it is its [`status`](Self::status) and its message, in one line
/// of plain text. A 405 has `Allow`.
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
/// let response: http::Response<String> = error.into();
/// assert_eq!(response.status(), http::StatusCode::BAD_REQUEST);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SignatureError {
    kind: SignatureErrorKind,
    header: Option<&'static str>,
    form: Option<InvalidForm>,
    form_posts_only: bool,
}

impl SignatureError {
    pub(crate) fn header_is(kind: SignatureErrorKind, header: &'static str) -> Self {
        Self { header: Some(header), ..kind.into() }
    }

    pub(crate) fn method(form_posts_only: bool) -> Self {
        Self { form_posts_only, ..SignatureErrorKind::UnsupportedMethod.into() }
    }

    /// Returns the reason.
    pub fn kind(&self) -> SignatureErrorKind {
        self.kind
    }

    /// Returns the name of the header at fault, in lower case, if a header is at fault.
    pub fn header(&self) -> Option<&'static str> {
        self.header
    }

    /// True if the request was complete and well formed, but not signed with one of the verifier's secrets for this URL
    /// and content. The cause is a forgery, a wrong token or a wrong public URL.
    pub fn is_mismatch(&self) -> bool {
        matches!(self.kind, SignatureErrorKind::Mismatch | SignatureErrorKind::BodyHashMismatch)
    }

    /// True if the body, the URL or the number of fields exceeds the verifier's limit.
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind, SignatureErrorKind::BodyTooLarge | SignatureErrorKind::TooManyFields)
    }

    /// Returns the HTTP status of the response: 403 for a mismatch, 413 beyond a limit, 405 and 415 for a method or a
    /// content type that no webhook has, 400 for the rest.
    pub fn status(&self) -> StatusCode {
        match self.kind {
            SignatureErrorKind::Mismatch | SignatureErrorKind::BodyHashMismatch => StatusCode::FORBIDDEN,
            SignatureErrorKind::UnsupportedMethod => StatusCode::METHOD_NOT_ALLOWED,
            SignatureErrorKind::BodyTooLarge | SignatureErrorKind::TooManyFields => StatusCode::PAYLOAD_TOO_LARGE,
            SignatureErrorKind::UnsupportedContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<SignatureErrorKind> for SignatureError {
    fn from(kind: SignatureErrorKind) -> Self {
        Self { kind, header: None, form: None, form_posts_only: false }
    }
}

impl From<InvalidForm> for SignatureError {
    fn from(error: InvalidForm) -> Self {
        Self { form: Some(error), ..SignatureErrorKind::MalformedForm.into() }
    }
}

impl<B: From<String>> From<SignatureError> for Response<B> {
    fn from(error: SignatureError) -> Self {
        let mut response = Self::new(B::from(error.to_string()));
        *response.status_mut() = error.status();
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, text);
        if error.kind == SignatureErrorKind::UnsupportedMethod {
            let allow = HeaderValue::from_static(if error.form_posts_only { "POST" } else { "GET, POST" });
            response.headers_mut().insert(header::ALLOW, allow);
        }
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
            (SignatureErrorKind::BodyTooLarge, _) => "the body or the url is over the limit",
            (SignatureErrorKind::TooManyFields, _) => "the number of fields is over the limit",
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
    /// A header that must occur once occurs several times.
    RepeatedHeader,
    /// A header's value is not of its form, or longer than 8,192 bytes: a signature that is not base64 of the right length,
    /// an invalid host.
    MalformedHeader,
    /// `X-Twilio-Webhooks-Signature-Settings` names an algorithm other than HMAC-SHA1 and HMAC-SHA256.
    UnsupportedAlgorithm,
    /// The method is neither GET nor POST, or is GET where only form posts are accepted.
    UnsupportedMethod,
    /// The body of a POST request is not a form. Raised with
    /// [`form_posts_only`](crate::VerifierBuilder::form_posts_only), and by the extractors of fields.
    UnsupportedContentType,
    /// The signature does not cover the body: it is not a form and the signed URL has no `bodySHA256`, or the request is a
    /// GET, of which only the URL is signed.
    UnsignedBody,
    /// The body, the query or the URL is longer than [`body_limit`](crate::VerifierBuilder::body_limit).
    BodyTooLarge,
    /// The form or the query has more fields than [`field_limit`](crate::VerifierBuilder::field_limit).
    TooManyFields,
    /// The fields are not UTF-8 once decoded.
    MalformedForm,
    /// The URL to verify has no scheme, no host or an impossible port.
    MalformedUrl,
    /// The URL is signed, but its `bodySHA256` is not the hash of this body.
    BodyHashMismatch,
    /// The signature of this URL and these fields is another one, with each secret of the verifier.
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
    /// A secret is empty or blank, which anybody could sign with.
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
