//! Errors: those that the API responds with, those that end a transaction, and the public one.

use std::fmt;

use serde_json::json;
pub(crate) use twilio_conversations_types::ErrorCode;

/// Codes that `types` does not name: those of the emulator, and assumed ones of the API, which the README lists under
/// "Assumptions".
pub(crate) mod code {
    use super::ErrorCode;

    /// The path exists, and the method does not.
    pub(crate) const METHOD_NOT_ALLOWED: ErrorCode = ErrorCode(20004);
    /// A control request that the CSRF guard rejects.
    pub(crate) const FORBIDDEN: ErrorCode = ErrorCode(20403);
    pub(crate) const EMULATOR_FAILED: ErrorCode = ErrorCode(20500);
    /// The emulator was reset while the request was handled.
    pub(crate) const RESET: ErrorCode = ErrorCode(20503);
    pub(crate) const NOT_IMPLEMENTED: ErrorCode = ErrorCode(20501);
    pub(crate) const UNIQUE_NAME_TOO_LONG: ErrorCode = ErrorCode(50004);
    /// A chat user without the permission that an action needs.
    pub(crate) const PERMISSION_DENIED: ErrorCode = ErrorCode(50107);
    pub(crate) const IDENTITY_LOOKS_LIKE_SID: ErrorCode = ErrorCode(50206);
    pub(crate) const TOO_MANY_CONVERSATIONS: ErrorCode = ErrorCode(50214);
    /// `MessagingBinding.Name` or `.Level` of a participant that is not reached by e-mail.
    pub(crate) const NOT_BY_EMAIL: ErrorCode = ErrorCode(50420);
    pub(crate) const TOO_MANY_PARTICIPANTS_IN_REQUEST: ErrorCode = ErrorCode(50426);
    pub(crate) const TOO_MANY_IN_GROUP_TEXT: ErrorCode = ErrorCode(50436);
    /// An empty proxy address of a participant without an address.
    pub(crate) const EMPTY_PROXY_WITHOUT_ADDRESS: ErrorCode = ErrorCode(50440);
    pub(crate) const PROXY_WITHOUT_ADDRESS: ErrorCode = ErrorCode(50441);
    pub(crate) const PROJECTED_WITH_ADDRESS: ErrorCode = ErrorCode(50443);
    pub(crate) const IDENTITY_CANNOT_CHANGE: ErrorCode = ErrorCode(50444);
}

/// The message of an error and of its causes.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// An error response of the API: a status, the vendor's code and a message.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    /// Value of the header `Allow`.
    pub(crate) allow: Option<String>,
}

/// The cause of a rolled back transaction.
#[derive(Debug)]
pub(crate) enum Failure {
    Rejected(ApiError),
    Database(rusqlite::Error),
    /// A pre-event webhook must be called before the transaction is retried. Its call is in the transaction's effects.
    PreEventCall,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), allow: None }
    }

    /// 400, 20001: a parameter has an invalid value.
    pub(crate) fn invalid(name: &str, problem: &str) -> Self {
        Self::bad(ErrorCode::INVALID_PARAMETER, format!("Invalid parameter {name}: {problem}"))
    }

    /// 400, 20001: a required parameter is missing.
    pub(crate) fn missing(name: &str) -> Self {
        Self::bad(ErrorCode::INVALID_PARAMETER, format!("Missing required parameter {name}"))
    }

    /// 400 with a code.
    pub(crate) fn bad(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// 403 with a code.
    pub(crate) fn forbidden(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(403, code, message)
    }

    /// 409 with a code.
    pub(crate) fn conflict(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(409, code, message)
    }

    /// 404, 20404, for a path. Like that of the API, the message has the path without the version.
    pub(crate) fn not_found(path: &str) -> Self {
        let path = path.strip_prefix("/v1").unwrap_or(path);
        Self::new(404, ErrorCode::NOT_FOUND, format!("The requested resource {path} was not found"))
    }

    /// 404, 20404, for an object that a control request names.
    pub(crate) fn unknown(object: impl fmt::Display) -> Self {
        Self::new(404, ErrorCode::NOT_FOUND, format!("The {object} was not found"))
    }

    /// 405, 20004: the path exists, with other methods.
    pub(crate) fn not_allowed(method: impl fmt::Display, allow: impl Into<String>) -> Self {
        let allow = allow.into();
        let message = format!("Method {method} is not allowed here: {allow}");
        Self { allow: Some(allow), ..Self::new(405, code::METHOD_NOT_ALLOWED, message) }
    }

    /// 500, 20500: the emulator failed.
    pub(crate) fn failed(error: impl fmt::Display) -> Self {
        Self::new(500, code::EMULATOR_FAILED, format!("The emulator failed: {error}"))
    }

    /// 501, 20501: a part of the API is not implemented. The API itself sends neither this status nor this code.
    pub(crate) fn unimplemented(feature: impl fmt::Display) -> Self {
        Self::new(501, code::NOT_IMPLEMENTED, format!("The emulator does not implement {feature}"))
    }

    /// 501 for a documented value.
    pub(crate) fn unimplemented_value(name: &str, value: &str) -> Self {
        Self::unimplemented(format_args!("the value {value} of {name}"))
    }

    /// This error with a more specific code.
    pub(crate) fn with_code(mut self, code: ErrorCode) -> Self {
        self.code = code;
        self
    }

    /// The response body: `code`, `message`, `more_info` and `status`.
    pub(crate) fn to_body(&self) -> Vec<u8> {
        let Self { status, code, message, .. } = self;
        let more_info = format!("https://www.twilio.com/docs/errors/{code}");
        json!({"code": code, "message": message, "more_info": more_info, "status": status}).to_string().into_bytes()
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Rejected(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// An error of starting an emulator, or of a method of [`Emulator`](crate::Emulator).
///
/// Its message names the failed action and its object. [`source`](std::error::Error::source) is the cause.
#[derive(Debug)]
pub struct Error {
    doing: String,
    code: Option<u32>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(doing: impl Into<String>) -> Self {
        Self { doing: doing.into(), code: None, source: None }
    }

    pub(crate) fn because(
        doing: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { doing: doing.into(), code: None, source: Some(source.into()) }
    }

    /// The code of the API's error, such as 20404 or 50504; `None` if it is not an error of the API.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        self.code
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Self { doing: error.message, code: Some(error.code.0), source: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.doing)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
