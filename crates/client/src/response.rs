//! An answer with its status and headers.

use std::ops::{Deref, DerefMut};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::{Error, Operation};

/// A decoded answer, with its status and headers for those who ask.
///
/// It derefs to the value: `response.sid` reads the field.
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
}

impl<T> Response<T> {
    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// HTTP status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// HTTP headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Twilio's id of the request, `RQ…`, which its support asks for.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// The same answer with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Response<U> {
        Response { value: f(self.value), status: self.status, headers: self.headers }
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

/// What came back for an operation: complete, and not yet judged.
pub(crate) struct Answer {
    operation: &'static Operation,
    answer: http::Response<Bytes>,
}

impl Answer {
    pub(crate) fn new(operation: &'static Operation, answer: http::Response<Bytes>) -> Self {
        Self { operation, answer }
    }

    /// The value in the body. A successful status other than the documented one is still a success.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        let operation = self.operation;
        let (parts, body) = self.success()?.into_parts();
        match serde_json::from_slice(&body) {
            Ok(value) => Ok(Response { value, status: parts.status, headers: parts.headers }),
            Err(_) => Err(Error::decode::<T>(operation, parts, body)),
        }
    }

    /// The answer to a delete: it has no body, and one that comes all the same is of no interest.
    pub(crate) fn empty(self) -> Result<Response<()>, Error> {
        let (parts, _) = self.success()?.into_parts();
        Ok(Response { value: (), status: parts.status, headers: parts.headers })
    }

    fn success(self) -> Result<http::Response<Bytes>, Error> {
        if self.answer.status().is_success() {
            Ok(self.answer)
        } else {
            Err(Error::refused(self.operation, self.answer))
        }
    }
}
