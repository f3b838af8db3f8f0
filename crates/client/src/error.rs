//! What can go wrong with a call, and what is known of it then.

use std::{error::Error as StdError, fmt, time::Duration};

use http::StatusCode;
use twilio_conversations_types::ErrorCode;

pub use self::{api::ApiError, decode::DecodeError};
use crate::{Operation, OperationRef, TransportError, is_retryable, response::Raw};

/// What is asked by status and code, once for every error that has them.
macro_rules! predicates {
    () => {
        /// Whether there is no such item: status 404, or code 20404.
        pub fn is_not_found(&self) -> bool {
            Some(StatusCode::NOT_FOUND) == self.status().into() || Some(ErrorCode::NOT_FOUND) == self.code().into()
        }

        /// Whether the credentials were refused: status 401.
        pub fn is_unauthorized(&self) -> bool {
            Some(StatusCode::UNAUTHORIZED) == self.status().into()
        }

        /// Whether the item is in the way of another: status 409, such as a unique name that is taken.
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
/// No variant holds a credential. `Display` and `Debug` show nothing of a body but the vendor's own message and code, and
/// the names on the way to a surprise in a success; the body itself is kept beside.
///
/// `Display` says what was being done and how it ended; what caused it, such as the HTTP library's own error, is the
/// [`source`](StdError::source), which `Display` does not tell again. The decoder's error is
/// [`DecodeError::json_error`], since its text may quote the body.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server answered, and not with success.
    Api(Box<ApiError>),
    /// No complete answer came.
    Transport(Box<CallError>),
    /// The answer was a success and could not be understood.
    Decode(Box<DecodeError>),
    /// The request could not be built from what was given; nothing was sent.
    Encode(Box<EncodeError>),
    /// The client could not be set up.
    Config(Box<ConfigError>),
}

impl Error {
    /// The vendor's code, where the answer carried one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api(error) => Some(error.code()).filter(|code| *code != ErrorCode::NONE),
            _ => None,
        }
    }

    /// HTTP status, where an answer came.
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

    /// The server's refusal, if that is what it is.
    pub fn as_api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Twilio's id of the request, `RQ…`, which its support asks for; where an answer came that has one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id(),
            Self::Transport(error) => error.transport.request_id(),
            Self::Decode(error) => error.request_id(),
            Self::Encode(_) | Self::Config(_) => None,
        }
    }

    /// How long the server asks to wait: see [`ApiError::retry_after`]. Also of an error response whose body broke off.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after(),
            Self::Transport(error) => error.transport.retry_after(),
            Self::Decode(_) | Self::Encode(_) | Self::Config(_) => None,
        }
    }

    /// How often the request was sent, or tried to be; 0 where it could not be built.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Api(error) => error.attempts(),
            Self::Transport(error) => error.transport.attempts(),
            Self::Decode(error) => error.attempts(),
            Self::Encode(_) | Self::Config(_) => 0,
        }
    }

    predicates!();

    /// Whether time ran out before a connection was made or the answer complete.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.transport.is_timeout())
    }

    /// Whether the same call may well succeed a little later, without being done twice.
    ///
    /// True after status 429 and where no connection was made: nothing was done. Of a read or a delete also after status
    /// 502, 503 and 504, a connection that broke and a timeout; a create or update may have been done by then.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Api(error) => error.is_retryable(),
            Self::Transport(error) => error.is_retryable(),
            Self::Decode(_) | Self::Encode(_) | Self::Config(_) => false,
        }
    }

    /// A client that cannot be set up: what is wrong with which setting. Never give it the setting's value.
    pub fn config(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Config(Box::new(ConfigError { setting: setting.into(), problem: problem.into(), reason: None }))
    }

    /// The same, with the reason, which must not show the setting's value either.
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

    pub(crate) fn refused(operation: impl Into<OperationRef>, raw: Raw) -> Self {
        Self::Api(Box::new(ApiError::new(operation.into(), raw)))
    }

    pub(crate) fn decode(operation: impl Into<OperationRef>, raw: Raw, error: serde_json::Error) -> Self {
        Self::Decode(Box::new(DecodeError::new(operation.into(), raw, error)))
    }

    /// A page whose link to the next one cannot be followed.
    pub(crate) fn paging(operation: impl Into<OperationRef>, raw: Raw, problem: &str) -> Self {
        Self::Decode(Box::new(DecodeError::paging(operation.into(), raw, problem)))
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

/// A call that got no complete answer.
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

    /// What happened on the way.
    pub fn transport(&self) -> &TransportError {
        &self.transport
    }

    /// Whether the same call may well succeed a little later, without being done twice: where no connection was made,
    /// and of a read or a delete also after a connection that broke and a timeout.
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

    /// What is wrong with it.
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
