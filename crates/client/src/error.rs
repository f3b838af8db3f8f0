//! The errors of calls.

use std::{error::Error as StdError, fmt, time::Duration};

use http::StatusCode;
use twilio_conversations_types::ErrorCode;

pub use self::{api::ApiError, decode::DecodeError};
use crate::{Operation, OperationRef, TransportError, is_retryable, response::Raw};

/// Predicates on status and code, for every error that has them.
macro_rules! predicates {
    () => {
        /// Whether the item does not exist: status 404, or code 20404.
        pub fn is_not_found(&self) -> bool {
            Some(StatusCode::NOT_FOUND) == self.status().into() || Some(ErrorCode::NOT_FOUND) == self.code().into()
        }

        /// Whether the credentials were rejected: status 401.
        pub fn is_unauthorized(&self) -> bool {
            Some(StatusCode::UNAUTHORIZED) == self.status().into()
        }

        /// Whether the item conflicts with another: status 409, such as a unique name that is taken.
        pub fn is_conflict(&self) -> bool {
            Some(StatusCode::CONFLICT) == self.status().into()
        }

        /// Whether there were too many requests: status 429. The request was not processed.
        pub fn is_rate_limited(&self) -> bool {
            Some(StatusCode::TOO_MANY_REQUESTS) == self.status().into()
        }
    };
}

mod api;
mod decode;

/// A call failed.
///
/// No variant holds a credential. Of a body, `Display` and `Debug` show the vendor's code and messages, and the path of an
/// unexpected value. The whole body is kept in the error.
///
/// `Display` names the operation and the problem. The cause, such as the HTTP library's error, is the
/// [`source`](StdError::source); `Display` does not repeat it. The decoder's error is [`DecodeError::json_error`], since
/// its message may quote the body.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server responded with an error.
    Api(Box<ApiError>),
    /// No complete response arrived.
    Transport(Box<CallError>),
    /// The response is a success and cannot be decoded.
    Decode(Box<DecodeError>),
    /// The request could not be built from its arguments. Nothing was sent.
    Encode(Box<EncodeError>),
    /// The client could not be set up.
    Config(Box<ConfigError>),
}

impl Error {
    /// The vendor's code, if the response has one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api(error) => Some(error.code()).filter(|code| *code != ErrorCode::NONE),
            _ => None,
        }
    }

    /// HTTP status, if a response arrived.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(error) => Some(error.status()),
            Self::Decode(error) => Some(error.status()),
            Self::Transport(error) => error.transport.status(),
            Self::Encode(_) | Self::Config(_) => None,
        }
    }

    /// The operation that failed.
    pub fn operation(&self) -> Option<&Operation> {
        match self {
            Self::Api(error) => Some(error.operation()),
            Self::Transport(error) => Some(error.operation()),
            Self::Decode(error) => Some(error.operation()),
            Self::Encode(error) => Some(error.operation()),
            Self::Config(_) => None,
        }
    }

    /// The error response, if the server sent one.
    pub fn as_api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Twilio's id of the request, `RQ…`, for its support; if a response with one arrived.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id(),
            Self::Transport(error) => error.transport.request_id(),
            Self::Decode(error) => error.request_id(),
            Self::Encode(_) | Self::Config(_) => None,
        }
    }

    /// The wait that the server requires: see [`ApiError::retry_after`]. Also of an error response whose body broke off.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after(),
            Self::Transport(error) => error.transport.retry_after(),
            Self::Decode(_) | Self::Encode(_) | Self::Config(_) => None,
        }
    }

    /// How often sending the request was tried; 0 if it could not be built.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Api(error) => error.attempts(),
            Self::Transport(error) => error.transport.attempts(),
            Self::Decode(error) => error.attempts(),
            Self::Encode(_) | Self::Config(_) => 0,
        }
    }

    predicates!();

    /// Whether time ran out before a connection was made or the response was complete.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.transport.is_timeout())
    }

    /// Whether a retry may succeed and cannot apply the call twice.
    ///
    /// True after status 429 and if no connection was made: nothing was done. If the operation is idempotent, also after
    /// status 502, 503 and 504, a broken connection and a timeout; a create or update may have been done by then.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Api(error) => error.is_retryable(),
            Self::Transport(error) => error.is_retryable(),
            Self::Decode(_) | Self::Encode(_) | Self::Config(_) => false,
        }
    }

    /// A client that cannot be set up: the setting and its problem, without the setting's value.
    pub fn config(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Config(Box::new(ConfigError { setting: setting.into(), problem: problem.into(), reason: None }))
    }

    /// The same with a cause, which must not show the setting's value either.
    pub fn config_from(
        setting: impl Into<String>,
        problem: impl Into<String>,
        reason: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let reason = Some(reason.into());
        Self::Config(Box::new(ConfigError { setting: setting.into(), problem: problem.into(), reason }))
    }

    pub(crate) fn encode(
        operation: impl Into<OperationRef>,
        problem: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Encode(Box::new(EncodeError { operation: operation.into(), reason: problem.into() }))
    }

    pub(crate) fn transport(operation: impl Into<OperationRef>, transport: TransportError) -> Self {
        Self::Transport(Box::new(CallError { operation: operation.into(), transport }))
    }

    pub(crate) fn api(operation: impl Into<OperationRef>, raw: Raw) -> Self {
        Self::Api(Box::new(ApiError::new(operation.into(), raw)))
    }

    pub(crate) fn decode(operation: impl Into<OperationRef>, raw: Raw, error: serde_json::Error) -> Self {
        Self::Decode(Box::new(DecodeError::new(operation.into(), raw, error)))
    }

    /// A page whose link to the next one cannot be followed.
    pub(crate) fn paging(operation: impl Into<OperationRef>, raw: Raw, problem: &str) -> Self {
        Self::Decode(Box::new(DecodeError::at(operation.into(), raw, "meta.next_page_url", problem)))
    }

    /// A response with more values than are decoded.
    pub(crate) fn too_many_values(operation: OperationRef, raw: Raw, most: usize) -> Self {
        let problem = format!("more than {most} JSON values");
        Self::Decode(Box::new(DecodeError::at(operation, raw, "", &problem)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::Config(error) => error.fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Api(error) => error.source(),
            Self::Transport(error) => error.source(),
            Self::Decode(error) => error.source(),
            Self::Encode(error) => error.source(),
            Self::Config(error) => error.source(),
        }
    }
}

/// A call without a complete response.
#[derive(Debug)]
pub struct CallError {
    operation: OperationRef,
    transport: TransportError,
}

impl CallError {
    /// The operation that was called.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// The error of the transport.
    pub fn transport(&self) -> &TransportError {
        &self.transport
    }

    /// Whether a retry may succeed and cannot apply the call twice: if no connection was made, and if the operation is
    /// idempotent also after a broken connection and a timeout.
    pub fn is_retryable(&self) -> bool {
        is_retryable(self.operation.is_idempotent(), Err(&self.transport))
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation.id, self.transport)
    }
}

impl StdError for CallError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.transport.source()
    }
}

/// A request that could not be built. Nothing was sent.
#[derive(Debug)]
pub struct EncodeError {
    operation: OperationRef,
    reason: Box<dyn StdError + Send + Sync>,
}

impl EncodeError {
    /// The operation that was to be called.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "building the request for {}: {}", self.operation.id, self.reason)
    }
}

impl StdError for EncodeError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.reason.source()
    }
}

/// A setting that is missing or malformed. It names the setting and never holds its value.
#[derive(Debug)]
pub struct ConfigError {
    setting: String,
    problem: String,
    reason: Option<Box<dyn StdError + Send + Sync>>,
}

impl ConfigError {
    /// The setting: an environment variable or the name of a builder's method.
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// The problem with it.
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "setting up the client: {} {}", self.setting, self.problem)
    }
}

impl StdError for ConfigError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.reason.as_deref().map(|reason| reason as _)
    }
}
