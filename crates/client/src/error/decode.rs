//! A success that could not be understood.

use std::{error::Error as StdError, fmt};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::error::Category;

use crate::{
    Operation, OperationRef, place,
    response::{Raw, request_id},
};

/// A successful answer that could not be understood.
pub struct DecodeError {
    operation: OperationRef,
    raw: Raw,
    path: String,
    problem: String,
    json_error: Option<serde_json::Error>,
}

impl DecodeError {
    pub(super) fn new(operation: OperationRef, raw: Raw, error: serde_json::Error) -> Self {
        let (path, problem) = (place::path(&raw.body, error.line(), error.column()), summary(&error));
        Self { operation, raw, path, problem, json_error: Some(error) }
    }

    pub(super) fn paging(operation: OperationRef, raw: Raw, problem: &str) -> Self {
        let (path, problem) = ("meta.next_page_url".to_owned(), problem.to_owned());
        Self { operation, raw, path, problem, json_error: None }
    }

    /// The operation that was answered.
    pub fn operation(&self) -> &Operation {
        &self.operation
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
    ///
    /// The names are the body's own.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was expected there, such as ``missing field `sid` ``. It quotes nothing from the body.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The body as it came.
    pub fn body(&self) -> &Bytes {
        &self.raw.body
    }

    /// Twilio's id of the request, `RQ…`.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.raw.headers)
    }

    /// How often the request was sent, 1 unless it was sent again.
    pub fn attempts(&self) -> u32 {
        self.raw.attempts
    }

    /// The decoder's own error. Its text may quote from the body, so mind where it goes; that is why neither
    /// `Display` nor `Debug` shows it.
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
            .field("request_id", &self.request_id())
            .field("attempts", &self.attempts())
            .finish_non_exhaustive()
    }
}

impl StdError for DecodeError {}
