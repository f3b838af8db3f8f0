//! An error response.

use std::{
    error::Error as StdError,
    fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use twilio_conversations_types::ErrorCode;

use crate::{
    Operation, OperationRef, is_retryable,
    response::{Raw, request_id},
    retry_after,
};

/// An error response: its status is not a success, and its body may be the vendor's error body.
#[derive(Clone)]
pub struct ApiError {
    operation: OperationRef,
    raw: Raw,
    parsed: ErrorBody,
}

/// The vendor's error body, in its own form or that of RFC 9457. A member of an unexpected type counts as absent.
#[derive(Clone, Default)]
struct ErrorBody {
    code: ErrorCode,
    message: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    more_info: Option<String>,
    details: Option<serde_json::Value>,
}

/// Limit of an error body that is parsed: 1 MiB.
const LARGEST_PARSED: usize = 1024 * 1024;

impl ErrorBody {
    /// A parsed body takes many times its size, so one above [`LARGEST_PARSED`] is kept as bytes only.
    fn parse(body: &[u8]) -> Self {
        if body.len() > LARGEST_PARSED {
            return Self::default();
        }
        let Ok(serde_json::Value::Object(mut members)) = serde_json::from_slice(body) else {
            return Self::default();
        };
        let code = members.get("code").and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        let mut string = |name| match members.remove(name) {
            Some(serde_json::Value::String(string)) if !string.is_empty() => Some(string),
            _ => None,
        };
        let is_url = |uri: &String| uri.starts_with("https://") || uri.starts_with("http://");
        Self {
            code: code.and_then(|code| u32::try_from(code).ok()).map_or(ErrorCode::NONE, ErrorCode),
            message: string("message"),
            title: string("title"),
            detail: string("detail"),
            more_info: string("more_info").or_else(|| string("type").filter(is_url)),
            details: ["details", "errors"].into_iter().filter_map(|name| members.remove(name)).find(|it| !it.is_null()),
        }
    }

    /// Title, message and detail without repetition: one that another begins with is left out.
    fn strings(&self) -> Vec<&str> {
        let all: Vec<&str> = [&self.title, &self.message, &self.detail].into_iter().flatten().map(|it| &**it).collect();
        let is_repeated = |i: usize, one: &str| {
            all.iter().enumerate().any(|(j, other)| i != j && other.starts_with(one) && (*other != one || j < i))
        };
        all.iter().enumerate().filter(|(i, one)| !is_repeated(*i, one)).map(|(_, one)| *one).collect()
    }
}

impl ApiError {
    pub(super) fn new(operation: OperationRef, raw: Raw) -> Self {
        Self { operation, parsed: ErrorBody::parse(&raw.body), raw }
    }

    /// The vendor's code; [`ErrorCode::NONE`] if the response has none.
    pub fn code(&self) -> ErrorCode {
        self.parsed.code
    }

    /// The vendor's message; in an RFC 9457 body its detail, or else its title.
    ///
    /// Only a body of up to 1 MiB is parsed. In a larger one, code, message and details count as absent.
    pub fn message(&self) -> Option<&str> {
        let ErrorBody { message, detail, title, .. } = &self.parsed;
        message.as_deref().or(detail.as_deref()).or(title.as_deref())
    }

    /// Member `title` of an RFC 9457 body: the kind of error, such as `Invalid parameter`.
    pub fn title(&self) -> Option<&str> {
        self.parsed.title.as_deref()
    }

    /// Member `detail` of an RFC 9457 body: the cause of this very error.
    pub fn detail(&self) -> Option<&str> {
        self.parsed.detail.as_deref()
    }

    /// Page of the vendor's error directory: member `more_info`, or `type` of an RFC 9457 body if it is a URL.
    pub fn more_info(&self) -> Option<&str> {
        self.parsed.more_info.as_deref()
    }

    /// Further facts, whose shape differs by code: member `details`, or `errors` of an RFC 9457 body. Other members are
    /// in the [`body`](Self::body).
    pub fn details(&self) -> Option<&serde_json::Value> {
        self.parsed.details.as_ref()
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.raw.status
    }

    /// HTTP headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.raw.headers
    }

    /// The operation that failed.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// Twilio's id of the request, `RQ…`, for its support.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.raw.headers)
    }

    /// The wait that the server requires, by `Retry-After` in seconds or as a date (counted from now).
    ///
    /// [`Duration::MAX`] for more seconds than a `u64` holds. Of several header lines, the longest wait counts.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.raw.headers, SystemTime::now().into())
    }

    /// The body verbatim.
    pub fn body(&self) -> &Bytes {
        &self.raw.body
    }

    /// How often the request was sent: 1, and one more for each retry.
    ///
    /// A delete may succeed although its response is lost. Its retry then finds nothing: this is more than 1, and
    /// [`is_not_found`](Self::is_not_found) is true.
    pub fn attempts(&self) -> u32 {
        self.raw.attempts
    }

    predicates!();

    /// Whether a retry may succeed and cannot apply the call twice: after status 429, and after 502, 503 and 504 if the
    /// operation is idempotent.
    pub fn is_retryable(&self) -> bool {
        is_retryable(self.operation.is_idempotent(), Ok(self.status()))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed with status {}", self.operation.id, self.status().as_u16())?;
        if self.code() != ErrorCode::NONE {
            write!(f, ", code {}", self.code())?;
        }
        for string in self.parsed.strings() {
            write!(f, ": {}", Excerpt(string))?;
        }
        match self.message() {
            Some(_) => Ok(()),
            None if self.body().is_empty() => f.write_str(": no body"),
            None => write!(f, ": {} bytes that are not the vendor's error body", self.body().len()),
        }
    }
}

/// The first 1000 characters, so that a large body makes no large log line.
struct Excerpt<'a>(&'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(1000) {
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
            None => f.write_str(self.0),
        }
    }
}

/// Shows only code and message of the body: `details` and other members may hold anything.
impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("operation", &self.operation.id)
            .field("status", &self.status().as_u16())
            .field("code", &self.code().0)
            .field("message", &self.message().map(|message| Excerpt(message).to_string()))
            .field("request_id", &self.request_id())
            .field("attempts", &self.attempts())
            .finish_non_exhaustive()
    }
}

impl StdError for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_body_of_odd_types_is_read_as_far_as_it_goes() {
        let body = ErrorBody::parse(br#"{"code": "20404", "message": 7, "details": null}"#);
        assert_eq!((body.code, body.message, body.details), (ErrorCode::NOT_FOUND, None, None));
        assert_eq!(ErrorBody::parse(b"<html>").code, ErrorCode::NONE);
        assert_eq!(ErrorBody::parse(b"[1]").code, ErrorCode::NONE);
        assert_eq!(ErrorBody::parse(br#"{"code": 99999999999}"#).code, ErrorCode::NONE);
    }

    #[test]
    fn an_error_body_is_parsed_up_to_a_mebibyte() {
        let error = r#"{"code": 20404}"#;
        let body = |length: usize| format!("{error}{}", " ".repeat(length - error.len()));
        assert_eq!(ErrorBody::parse(body(LARGEST_PARSED).as_bytes()).code, ErrorCode::NOT_FOUND);
        assert_eq!(ErrorBody::parse(body(LARGEST_PARSED + 1).as_bytes()).code, ErrorCode::NONE);
    }
}
