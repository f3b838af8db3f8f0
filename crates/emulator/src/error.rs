//! What can stop a call.

use std::fmt;

use crate::webhook::Ask;

/// The API's refusal of a request: a status, the vendor's code, and a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: u16,
    code: u32,
    message: String,
}

/// Why a handler did not come to an answer.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The request is refused, and the caller is told why.
    Refused(Refusal),
    /// The database failed, which is the emulator's own fault.
    Database(rusqlite::Error),
    /// A pre-event webhook must be asked first; then the work begins again.
    Ask(Box<Ask>),
}

impl Refusal {
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// 400, 20001: a parameter's value is not what it must be.
    pub(crate) fn invalid(name: &str, problem: &str) -> Self {
        Self::new(400, 20001, format!("Invalid parameter {name}: {problem}"))
    }

    /// 400, 20001: a parameter is missing.
    pub(crate) fn missing(name: &str) -> Self {
        Self::new(400, 20001, format!("Missing required parameter {name}"))
    }

    /// 400 with a code that says more than 20001 does.
    pub(crate) fn bad(code: u32, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// 409: something else is in the way.
    pub(crate) fn conflict(code: u32, message: impl Into<String>) -> Self {
        Self::new(409, code, message)
    }

    /// 404, 20404, for a path, which the message quotes without the version.
    pub(crate) fn not_found(path: &str) -> Self {
        let path = path.strip_prefix("/v1").unwrap_or(path);
        Self::new(404, 20404, format!("The requested resource {path} was not found"))
    }

    /// 500, 20500: the emulator's own fault.
    pub(crate) fn failed(error: impl fmt::Display) -> Self {
        Self::new(500, 20500, format!("The emulator failed: {error}"))
    }

    /// 501, 20501: something that the API has and the emulator does not. The API itself uses neither.
    pub(crate) fn unimplemented(what: impl fmt::Display) -> Self {
        Self::new(501, 20501, format!("The emulator does not implement {what}"))
    }

    /// 501 for a documented value.
    pub(crate) fn unimplemented_value(name: &str, value: &str) -> Self {
        Self::unimplemented(format_args!("the value {value} of {name}"))
    }

    /// This refusal with a code that says more.
    pub(crate) fn with_code(mut self, code: u32) -> Self {
        self.code = code;
        self
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    #[cfg(test)]
    pub(crate) fn code(&self) -> u32 {
        self.code
    }

    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The body of the answer: exactly code, message, more_info, status.
    pub(crate) fn to_body(&self) -> Vec<u8> {
        let mut body = format!("{{\"code\":{},\"message\":", self.code).into_bytes();
        crate::render::write_text(&mut body, &self.message);
        body.extend_from_slice(
            format!(",\"more_info\":\"https://www.twilio.com/docs/errors/{}\",\"status\":{}}}", self.code, self.status)
                .as_bytes(),
        );
        body
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Why the emulator could not start, or could not do what it was asked outside the API.
///
/// Its message says what was being done and with what; [`source`](std::error::Error::source) is what went wrong.
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
}

impl Error {
    /// The code that the API would have refused with, such as 20404 or 50504.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        self.code
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self { doing: refusal.message, code: Some(refusal.code), source: None }
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
