//! How requests reach the server. The generated methods know nothing of it; the facade brings the one with credentials
//! and retries, and anything that can send a request can be another.

use std::{
    error::Error as StdError,
    fmt,
    future::Future,
    pin::Pin,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::{OperationRef, response::request_id, retry_after};

/// A future in a box, as trait objects need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends a request and collects the whole answer.
///
/// The request carries no credentials: adding them is the transport's business, so that they are in one place. A
/// transport does not follow redirects, or the credentials would go with them.
///
/// ```
/// use bytes::Bytes;
/// use twilio_conversations_client::{BoxFuture, Call, Client, Transport, TransportError};
///
/// /// Answers every request with the same service.
/// struct Canned;
///
/// impl Transport for Canned {
///     fn send(&self, request: http::Request<Bytes>, call: Call)
///         -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>>
///     {
///         assert_eq!(call.operation.id, "FetchService");
///         assert_eq!(request.uri().path(), "/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
///         Box::pin(async { Ok(http::Response::new(r#"{"sid": "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#.into())) })
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::new("http://localhost", Canned)?;
/// let service = client.fetch_service(&"ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse()?).await?;
/// assert_eq!(service.sid, "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
/// # Ok(()) }
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends the request; answers of every status are an `Ok`.
    ///
    /// # Errors
    ///
    /// When no complete answer came.
    fn send(
        &self,
        request: http::Request<Bytes>,
        call: Call,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    fn send(
        &self,
        request: http::Request<Bytes>,
        call: Call,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        (**self).send(request, call)
    }
}

/// What a transport may want to know of a call beside its request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// The operation that is called.
    pub operation: OperationRef,
    /// How long one attempt may take, from connecting to the last byte; the transport's own default where unset.
    pub timeout: Option<Duration>,
    /// Limit of the response body in bytes; the transport's own default where unset, commonly
    /// [`DEFAULT_MAX_RESPONSE_SIZE`].
    pub max_response_size: Option<usize>,
}

/// Limit of a response body unless another is set: 32 MiB.
pub const DEFAULT_MAX_RESPONSE_SIZE: usize = 32 * 1024 * 1024;

/// Where on the way a call ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection could be made, encryption included: nothing of the request was sent.
    Connect,
    /// Time ran out.
    Timeout,
    /// The connection broke, or the answer was not HTTP, before its headers were complete.
    Request,
    /// The connection broke while the body of the answer was read.
    Body,
    /// The response body is larger than the limit. The connection was closed without reading the rest.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The transport refused the request itself, such as a URL that it does not understand: it would do so again.
    Invalid,
}

/// No complete answer came.
///
/// Its [`source`](StdError::source) is why, in the words of what the transport is made of. Neither `Display` nor `Debug`
/// shows what had come of the body.
pub struct TransportError {
    kind: TransportErrorKind,
    timed_out: bool,
    attempts: u32,
    /// As far as it had come, if its headers had.
    answer: Option<Box<http::Response<Bytes>>>,
    reason: Box<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// An error after one attempt. The reason must show no credentials and nothing of a body.
    pub fn new(kind: TransportErrorKind, reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let timed_out = kind == TransportErrorKind::Timeout;
        Self { kind, timed_out, attempts: 1, answer: None, reason: reason.into() }
    }

    /// Adds that time ran out, for an error of another kind, such as a connection that took too long to make.
    #[must_use]
    pub fn with_timeout(mut self) -> Self {
        self.timed_out = true;
        self
    }

    /// Adds what had come of the answer: its status, its headers, and the body as far as it goes.
    #[must_use]
    pub fn with_partial_answer(mut self, answer: http::Response<Bytes>) -> Self {
        self.answer = Some(Box::new(answer));
        self
    }

    /// Adds how often the request was sent.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Where on the way it ended.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether no connection could be made.
    pub fn is_connect(&self) -> bool {
        self.kind == TransportErrorKind::Connect
    }

    /// Whether the response body is larger than the limit.
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind, TransportErrorKind::TooLarge { .. })
    }

    /// Whether time ran out, be it before a connection was made or before the answer was complete.
    pub fn is_timeout(&self) -> bool {
        self.timed_out
    }

    /// How often the request was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// HTTP status, if the headers had come.
    pub fn status(&self) -> Option<StatusCode> {
        Some(self.answer.as_ref()?.status())
    }

    /// HTTP headers of the answer, if they had come.
    pub fn headers(&self) -> Option<&HeaderMap> {
        Some(self.answer.as_ref()?.headers())
    }

    /// Twilio's id of the request, `RQ…`, if the headers had come.
    pub fn request_id(&self) -> Option<&str> {
        request_id(self.headers()?)
    }

    /// How long the server asks to wait, if the headers of an error response arrived: see
    /// [`ApiError::retry_after`](crate::ApiError::retry_after).
    pub fn retry_after(&self) -> Option<Duration> {
        let is_error = self.status().is_some_and(|status| !status.is_success());
        retry_after(self.headers().filter(|_| is_error)?, SystemTime::now().into())
    }

    /// What had come of the body.
    pub fn partial_body(&self) -> &Bytes {
        static NOTHING: Bytes = Bytes::new();
        self.answer.as_ref().map_or(&NOTHING, |answer| answer.body())
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect if self.timed_out => "could not connect in time",
            TransportErrorKind::Connect => "could not connect",
            TransportErrorKind::Timeout => "timed out",
            TransportErrorKind::Request => "the connection failed before an answer came",
            TransportErrorKind::Body => "the connection failed while the answer was read",
            TransportErrorKind::TooLarge { .. } => "the response body is larger than the limit of ",
            TransportErrorKind::Invalid => "the request cannot be sent",
        })?;
        if let TransportErrorKind::TooLarge { limit } = self.kind {
            write!(f, "{limit} bytes")?;
        }
        if let Some(status) = self.status() {
            write!(f, " (status {}, {} bytes had come)", status.as_u16(), self.partial_body().len())?;
        }
        if self.attempts > 1 {
            write!(f, " after {} attempts", self.attempts)?;
        }
        Ok(())
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("kind", &self.kind)
            .field("timed_out", &self.timed_out)
            .field("attempts", &self.attempts)
            .field("status", &self.status().map(|status| status.as_u16()))
            .field("request_id", &self.request_id())
            .field("bytes_of_body", &self.partial_body().len())
            .field("reason", &self.reason)
            .finish()
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.reason)
    }
}
