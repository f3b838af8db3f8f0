//! The trait that sends requests, and its errors. The facade has the transport with credentials and retries.

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

/// Sends a request and reads the whole response.
///
/// The request has no credentials: the transport adds them, so that they are in one place. A transport must not follow
/// redirects, since the credentials would go with them. It should limit the response body to
/// [`Call::max_response_size`]: the client does not check it again.
///
/// ```
/// use bytes::Bytes;
/// use twilio_conversations_client::{BoxFuture, Call, Client, Transport, TransportError};
///
/// /// Returns the same service for every request.
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
    /// Sends the request. A response of any status is `Ok`.
    ///
    /// # Errors
    ///
    /// When no complete response arrived.
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

/// The parts of a call that a transport needs beside the request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// The operation that is called.
    pub operation: OperationRef,
    /// Time limit of one attempt, from connecting to the last byte; the transport's own default if unset.
    pub timeout: Option<Duration>,
    /// Limit of the response body in bytes; the transport's own default if unset, commonly
    /// [`DEFAULT_MAX_RESPONSE_SIZE`].
    pub max_response_size: Option<usize>,
}

/// Limit of a response body unless another is set: 32 MiB.
pub const DEFAULT_MAX_RESPONSE_SIZE: usize = 32 * 1024 * 1024;

/// The stage at which a call failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection could be made, TLS included: nothing of the request was sent.
    Connect,
    /// Time ran out.
    Timeout,
    /// The connection broke, or the response was not HTTP, before its headers were complete.
    Request,
    /// The connection broke while the body of the response was read.
    Body,
    /// The response body is larger than the limit. The connection was closed without reading the rest.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The transport rejected the request itself, such as a URL that it cannot parse. A retry would fail too.
    Invalid,
}

/// No complete response arrived.
///
/// Its [`source`](StdError::source) is the error of the library that the transport uses. Neither `Display` nor `Debug` shows
/// the body.
pub struct TransportError {
    kind: TransportErrorKind,
    timed_out: bool,
    attempts: u32,
    /// The part of the response that arrived, if its headers did.
    response: Option<Box<http::Response<Bytes>>>,
    reason: Box<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// An error after one attempt. The reason must show neither credentials nor a body.
    pub fn new(kind: TransportErrorKind, reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let timed_out = kind == TransportErrorKind::Timeout;
        Self { kind, timed_out, attempts: 1, response: None, reason: reason.into() }
    }

    /// Marks an error of another kind as a timeout, such as a connection that took too long to make.
    #[must_use]
    pub fn with_timeout(mut self) -> Self {
        self.timed_out = true;
        self
    }

    /// Adds the part of the response that arrived: status, headers, and the beginning of the body.
    #[must_use]
    pub fn with_partial_response(mut self, response: http::Response<Bytes>) -> Self {
        self.response = Some(Box::new(response));
        self
    }

    /// Adds how often the request was sent.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// The stage at which it failed.
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

    /// Whether time ran out before a connection was made or before the response was complete.
    pub fn is_timeout(&self) -> bool {
        self.timed_out
    }

    /// How often the request was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// HTTP status, if the headers arrived.
    pub fn status(&self) -> Option<StatusCode> {
        Some(self.response.as_ref()?.status())
    }

    /// HTTP headers of the response, if they arrived.
    pub fn headers(&self) -> Option<&HeaderMap> {
        Some(self.response.as_ref()?.headers())
    }

    /// Twilio's id of the request, `RQ…`, if the headers arrived.
    pub fn request_id(&self) -> Option<&str> {
        request_id(self.headers()?)
    }

    /// The wait that the server requires, if the headers of an error response arrived: see
    /// [`ApiError::retry_after`](crate::ApiError::retry_after).
    pub fn retry_after(&self) -> Option<Duration> {
        let is_error = self.status().is_some_and(|status| !status.is_success());
        retry_after(self.headers().filter(|_| is_error)?, SystemTime::now().into())
    }

    /// The part of the body that arrived.
    pub fn partial_body(&self) -> &Bytes {
        static NOTHING: Bytes = Bytes::new();
        self.response.as_ref().map_or(&NOTHING, |response| response.body())
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect if self.timed_out => "could not connect in time",
            TransportErrorKind::Connect => "could not connect",
            TransportErrorKind::Timeout => "timed out",
            TransportErrorKind::Request => "the connection failed before a response arrived",
            TransportErrorKind::Body => "the connection failed while the response was read",
            TransportErrorKind::TooLarge { .. } => "the response body is larger than the limit of ",
            TransportErrorKind::Invalid => "the request cannot be sent",
        })?;
        if let TransportErrorKind::TooLarge { limit } = self.kind {
            write!(f, "{limit} bytes")?;
        }
        if let Some(status) = self.status() {
            write!(f, " (status {}, {} bytes received)", status.as_u16(), self.partial_body().len())?;
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
