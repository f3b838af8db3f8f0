//! A response with its status and headers.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::{Error, OperationRef};

/// A decoded response with its status and headers.
///
/// It derefs to the value: `response.sid` reads the field.
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    raw: Raw,
}

/// A response before it is decoded.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
}

/// How often a request was sent: an extension that a transport with retries adds to the [`http::Response`]. 1 without it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attempts(pub u32);

impl Raw {
    pub(crate) fn new(response: http::Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let attempts = parts.extensions.get().map_or(1, |Attempts(attempts)| *attempts);
        Self { status: parts.status, headers: parts.headers, body, attempts }
    }
}

impl<T> Response<T> {
    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// HTTP status of the response.
    pub fn status(&self) -> StatusCode {
        self.raw.status
    }

    /// HTTP headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.raw.headers
    }

    /// The body verbatim.
    pub fn body(&self) -> &Bytes {
        &self.raw.body
    }

    /// How often the request was sent: 1, and one more for each retry.
    pub fn attempts(&self) -> u32 {
        self.raw.attempts
    }

    /// Twilio's id of the request, `RQ…`, for its support.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.raw.headers)
    }

    /// The same response with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Response<U> {
        Response { value: f(self.value), raw: self.raw }
    }

    pub(crate) fn raw(&self) -> &Raw {
        &self.raw
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("value", &self.value)
            .field("status", &self.raw.status)
            .field("headers", &self.raw.headers)
            .finish_non_exhaustive()
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Response<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("twilio-request-id")?.to_str().ok()
}

/// The complete response to an operation, of any status.
pub(crate) struct Received {
    operation: OperationRef,
    response: http::Response<Bytes>,
}

/// Most values in the JSON of a response. A value takes up to 64 bytes when it is decoded, and as little as 2 in the body.
const MAX_VALUES: usize = 2_000_000;

/// Counts commas and opening brackets, which strings may have too: at least as many as values.
fn has_too_many_values(json: &[u8]) -> bool {
    json.len() > MAX_VALUES && json.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() > MAX_VALUES
}

impl Received {
    pub(crate) fn new(operation: OperationRef, response: http::Response<Bytes>) -> Self {
        Self { operation, response }
    }

    /// The value in the body. A successful status other than the documented one is still a success.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        let operation = self.operation.clone();
        let raw = self.success()?;
        if has_too_many_values(&raw.body) {
            return Err(Error::too_many_values(operation, raw, MAX_VALUES));
        }
        match serde_json::from_slice(&raw.body) {
            Ok(value) => Ok(Response { value, raw }),
            Err(error) => Err(Error::decode(operation, raw, error)),
        }
    }

    /// The response to a delete. Its body, normally empty, is not read.
    pub(crate) fn empty(self) -> Result<Response<()>, Error> {
        Ok(Response { value: (), raw: self.success()? })
    }

    fn success(self) -> Result<Raw, Error> {
        let raw = Raw::new(self.response);
        if raw.status.is_success() { Ok(raw) } else { Err(Error::api(self.operation, raw)) }
    }
}
