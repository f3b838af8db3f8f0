//! A successful response that cannot be decoded.

use std::{error::Error as StdError, fmt};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::error::Category;

use crate::{
    Operation, OperationRef, place,
    response::{Raw, request_id},
};

/// A successful response that cannot be decoded.
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

    /// An error that is not the decoder's, at a path in the JSON; an empty one is the whole document.
    pub(super) fn at(operation: OperationRef, raw: Raw, path: &str, problem: &str) -> Self {
        Self { operation, raw, path: path.to_owned(), problem: problem.to_owned(), json_error: None }
    }

    /// The operation that was called.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// HTTP status of the response.
    pub fn status(&self) -> StatusCode {
        self.raw.status
    }

    /// HTTP headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.raw.headers
    }

    /// Path of the unexpected value in the JSON, such as `services[3].date_created`; empty for the whole document.
    ///
    /// It is made of names of the body.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was expected there, such as ``missing field `sid` ``. It quotes nothing from the body.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The body verbatim.
    pub fn body(&self) -> &Bytes {
        &self.raw.body
    }

    /// Twilio's id of the request, `RQ…`.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.raw.headers)
    }

    /// How often the request was sent: 1, and one more for each retry.
    pub fn attempts(&self) -> u32 {
        self.raw.attempts
    }

    /// The decoder's error. Its message may quote the body, so neither `Display` nor `Debug` shows it.
    pub fn json_error(&self) -> Option<&serde_json::Error> {
        self.json_error.as_ref()
    }
}

/// The decoder's message without its quotes from the body: it names the expected type, not the value.
fn summary(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // An error in a value that was buffered has no line.
    let place = match error.line() {
        0 => String::new(),
        line => format!(" at line {line} column {}", error.column()),
    };
    let text = text.strip_suffix(&place).unwrap_or(&text);
    let what = match error.classify() {
        Category::Eof => "the JSON ends too early",
        Category::Syntax | Category::Io => "not JSON",
        // A quoted value may contain these words, so the last occurrence counts.
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
        write!(f, "decoding the response to {} (status {}", self.operation.id, self.status().as_u16())?;
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
