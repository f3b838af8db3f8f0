//! What can go wrong with a call, and what is known of it then.

use std::{error::Error as StdError, fmt, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use serde_json::error::Category;
use twilio_conversations_types::ErrorCode;

use crate::{
    Operation, TransportError, place,
    response::{Raw, request_id},
};

/// A call failed.
///
/// No variant holds a credential. `Display` and `Debug` show nothing of a body but the vendor's own message; the body
/// itself is kept beside.
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
    pub fn operation(&self) -> Option<&'static Operation> {
        match self {
            Self::Api(error) => Some(error.operation),
            Self::Transport(error) => Some(error.operation),
            Self::Decode(error) => Some(error.operation),
            Self::Encode(error) => Some(error.operation),
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

    /// Whether there is no such item: status 404, or code 20404.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND) || self.code() == Some(ErrorCode::NOT_FOUND)
    }

    /// Whether the credentials were refused: status 401.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// Whether the item is in the way of another: status 409, such as a unique name that is taken.
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(StatusCode::CONFLICT)
    }

    /// Whether there were too many requests: status 429. The request was not processed.
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Whether time ran out before a connection was made or the answer complete.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.transport.is_timeout())
    }

    /// Whether the same call may well succeed a little later: a fault on the way, or status 429, 502, 503 or 504.
    ///
    /// For a create or update, only status 429 says that nothing was done.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Api(error) => matches!(error.status().as_u16(), 429 | 502 | 503 | 504),
            Self::Transport(_) => true,
            Self::Decode(_) | Self::Encode(_) | Self::Config(_) => false,
        }
    }

    /// A client that cannot be set up: what is wrong with which setting. Never give it the setting's value.
    pub fn config(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Config(Box::new(ConfigError { setting: setting.into(), problem: problem.into(), source: None }))
    }

    /// The same, with the cause.
    pub fn config_from(
        setting: impl Into<String>,
        problem: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let source = Some(source.into());
        Self::Config(Box::new(ConfigError { setting: setting.into(), problem: problem.into(), source }))
    }

    pub(crate) fn encode(operation: &'static Operation, problem: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Encode(Box::new(EncodeError { operation, source: problem.into() }))
    }

    pub(crate) fn transport(operation: &'static Operation, transport: TransportError) -> Self {
        Self::Transport(Box::new(CallError { operation, transport }))
    }

    pub(crate) fn refused(operation: &'static Operation, raw: Raw) -> Self {
        Self::Api(Box::new(ApiError { operation, parsed: ErrorBody::parse(&raw.body), raw }))
    }

    pub(crate) fn decode(operation: &'static Operation, raw: Raw, error: serde_json::Error) -> Self {
        let (path, problem) = (place::path(&raw.body, error.line(), error.column()), summary(&error));
        Self::Decode(Box::new(DecodeError { operation, raw, path, problem, json_error: Some(error) }))
    }

    /// A page whose link to the next one cannot be followed.
    pub(crate) fn paging(operation: &'static Operation, raw: Raw, problem: &str) -> Self {
        let (path, problem) = ("meta.next_page_url".to_owned(), problem.to_owned());
        Self::Decode(Box::new(DecodeError { operation, raw, path, problem, json_error: None }))
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
            Self::Api(_) | Self::Decode(_) => None,
            Self::Transport(error) => error.source(),
            Self::Encode(error) => error.source(),
            Self::Config(error) => error.source(),
        }
    }
}

/// The server's refusal: an answer whose status is not a success, with or without the vendor's error body.
#[derive(Clone)]
pub struct ApiError {
    operation: &'static Operation,
    raw: Raw,
    parsed: ErrorBody,
}

/// The vendor's error body, read leniently: a member of an unexpected type is as good as absent.
#[derive(Clone, Debug, Default)]
struct ErrorBody {
    code: ErrorCode,
    message: Option<String>,
    more_info: Option<String>,
    details: Option<serde_json::Value>,
}

impl ErrorBody {
    fn parse(body: &[u8]) -> Self {
        let Ok(serde_json::Value::Object(mut members)) = serde_json::from_slice(body) else {
            return Self::default();
        };
        let code = members.get("code").and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        let mut text = |name| match members.remove(name) {
            Some(serde_json::Value::String(text)) => Some(text),
            _ => None,
        };
        Self {
            code: code.and_then(|code| u32::try_from(code).ok()).map_or(ErrorCode::NONE, ErrorCode),
            message: text("message"),
            more_info: text("more_info"),
            details: members.remove("details").filter(|details| !details.is_null()),
        }
    }
}

impl ApiError {
    /// The vendor's code; [`ErrorCode::NONE`] where the answer carried none.
    pub fn code(&self) -> ErrorCode {
        self.parsed.code
    }

    /// The vendor's message.
    pub fn message(&self) -> Option<&str> {
        self.parsed.message.as_deref()
    }

    /// Page of the vendor's error directory.
    pub fn more_info(&self) -> Option<&str> {
        self.parsed.more_info.as_deref()
    }

    /// Further facts, whose shape differs by code.
    pub fn details(&self) -> Option<&serde_json::Value> {
        self.parsed.details.as_ref()
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.raw.status
    }

    /// HTTP headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.raw.headers
    }

    /// The operation that was refused.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Twilio's id of the request, `RQ…`, which its support asks for.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.raw.headers)
    }

    /// How long the server asks to wait, from `Retry-After` in seconds or as a date (counted from now).
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.raw.headers, DateTime::<Utc>::from(std::time::SystemTime::now()))
    }

    /// The body as it came, whatever it was.
    pub fn body(&self) -> &Bytes {
        &self.raw.body
    }

    /// How often the request was sent, 1 unless it was sent again.
    ///
    /// A delete that was sent again may have been done the first time, with the answer lost on the way: then this is
    /// more than 1 and [`is_not_found`](Self::is_not_found) is true.
    pub fn attempts(&self) -> u32 {
        self.raw.attempts
    }

    /// Whether there is no such item: status 404, or code 20404.
    pub fn is_not_found(&self) -> bool {
        self.status() == StatusCode::NOT_FOUND || self.code() == ErrorCode::NOT_FOUND
    }

    /// Whether the credentials were refused: status 401.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == StatusCode::UNAUTHORIZED
    }

    /// Whether the item is in the way of another: status 409, such as a unique name that is taken.
    pub fn is_conflict(&self) -> bool {
        self.status() == StatusCode::CONFLICT
    }

    /// Whether there were too many requests: status 429. The request was not processed.
    pub fn is_rate_limited(&self) -> bool {
        self.status() == StatusCode::TOO_MANY_REQUESTS
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was answered with status {}", self.operation.id, self.status().as_u16())?;
        if self.code() != ErrorCode::NONE {
            write!(f, ", code {}", self.code())?;
        }
        match self.message() {
            Some(message) => write!(f, ": {message}"),
            None if self.body().is_empty() => f.write_str(" and no body"),
            None => write!(f, " and {} bytes that are not the vendor's error body", self.body().len()),
        }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("operation", &self.operation.id)
            .field("status", &self.status().as_u16())
            .field("code", &self.code().0)
            .field("message", &self.message())
            .field("more_info", &self.more_info())
            .field("details", &self.details())
            .field("request_id", &self.request_id())
            .field("attempts", &self.attempts())
            .finish_non_exhaustive()
    }
}

impl StdError for ApiError {}

/// Reads `Retry-After`, seconds or an HTTP date. A date in the past is no wait.
///
/// Public for transports that retry.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or(Duration::ZERO))
}

/// A call that got no complete answer.
#[derive(Debug)]
pub struct CallError {
    operation: &'static Operation,
    transport: TransportError,
}

impl CallError {
    /// The operation that was called.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// What happened on the way.
    pub fn transport(&self) -> &TransportError {
        &self.transport
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

/// A successful answer that could not be understood.
pub struct DecodeError {
    operation: &'static Operation,
    raw: Raw,
    path: String,
    problem: String,
    json_error: Option<serde_json::Error>,
}

impl DecodeError {
    /// The operation that was answered.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// HTTP status of the answer.
    pub fn status(&self) -> StatusCode {
        self.raw.status
    }

    /// HTTP headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.raw.headers
    }

    /// Where in the JSON the surprise is, such as `services[3].date_created`; empty for the document as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The body as it came.
    pub fn body(&self) -> &Bytes {
        &self.raw.body
    }

    /// Twilio's id of the request, `RQ…`.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.raw.headers)
    }

    /// The decoder's own error. Its text may quote from the body, so mind where it goes; that is why it is no
    /// [`source`](StdError::source).
    pub fn json_error(&self) -> Option<&serde_json::Error> {
        self.json_error.as_ref()
    }
}

/// What the decoder says, without what it quotes from the body: what was expected is told, what was found is not.
fn summary(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // A value that is read twice loses its place.
    let place = match error.line() {
        0 => String::new(),
        line => format!(" at line {line} column {}", error.column()),
    };
    let text = text.strip_suffix(&place).unwrap_or(&text);
    let what = match error.classify() {
        Category::Eof => "the JSON ends too early",
        Category::Syntax | Category::Io => "not JSON",
        // The last one is ours: a value that holds these words stands before it.
        Category::Data => match text.rfind(", expected ") {
            Some(comma) => &text[comma + ", ".len()..],
            None if text.starts_with("missing field `") => text,
            None => "not what is documented",
        },
    };
    format!("{what}{place}")
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "decoding the answer to {} (status {}", self.operation.id, self.status().as_u16())?;
        write!(f, ", {} bytes)", self.body().len())?;
        if !self.path.is_empty() {
            write!(f, " at {}", self.path)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("operation", &self.operation.id)
            .field("status", &self.status().as_u16())
            .field("path", &self.path)
            .field("problem", &self.problem)
            .finish_non_exhaustive()
    }
}

impl StdError for DecodeError {}

/// A request that could not be built. Nothing was sent.
#[derive(Debug)]
pub struct EncodeError {
    operation: &'static Operation,
    source: Box<dyn StdError + Send + Sync>,
}

impl EncodeError {
    /// The operation that was to be called.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "building the request for {}: {}", self.operation.id, self.source)
    }
}

impl StdError for EncodeError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// A setting that is missing or malformed. It names the setting and never holds its value.
#[derive(Debug)]
pub struct ConfigError {
    setting: String,
    problem: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
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
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(retry_after: &str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, retry_after.parse().unwrap())])
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-01-02T03:04:05Z").unwrap().to_utc();
        assert_eq!(retry_after(&headers("7"), now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&headers("Fri, 02 Jan 2026 03:04:15 GMT"), now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after(&headers("Fri, 02 Jan 2026 03:04:00 GMT"), now), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers("soon"), now), None);
        assert_eq!(retry_after(&headers("-1"), now), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn an_error_body_of_odd_types_is_read_as_far_as_it_goes() {
        let body = ErrorBody::parse(br#"{"code": "20404", "message": 7, "details": null}"#);
        assert_eq!((body.code, body.message, body.details), (ErrorCode::NOT_FOUND, None, None));
        assert_eq!(ErrorBody::parse(b"<html>").code, ErrorCode::NONE);
        assert_eq!(ErrorBody::parse(b"[1]").code, ErrorCode::NONE);
        assert_eq!(ErrorBody::parse(br#"{"code": 99999999999}"#).code, ErrorCode::NONE);
    }
}
