//! Why a request was rejected before its handler, the response to it, and its line in the log.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::{SignatureError, SignatureErrorKind};

/// Why a request did not reach its handler.
///
/// As a response it is a status and one line of plain text, which repeats nothing of the request. The causes are in
/// [`source`](Error::source), for the program's own log.
///
/// The extractors and [`EventRouter`](crate::EventRouter) write each rejection as an event of
/// [`tracing`](https://docs.rs/tracing), with its status, its message and the messages of its causes, and without headers,
/// URL or body. The level is `warn` for what a mistake in the settings or a failing network causes: a signature that does
/// not match, a body that is late or broken, fields of no event. It is `debug` for requests that Twilio does not send.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignedRejection {
    /// The signature does not match or cannot be checked, or a limit is exceeded: [`SignatureError::status`].
    Signature(SignatureError),
    /// The body was not complete within [`VerifierBuilder::body_timeout`](crate::VerifierBuilder::body_timeout), which is
    /// the value: 408, and HTTP/1 connections are closed.
    BodyTimeout(Duration),
    /// The body could not be read: 400.
    Body(Box<dyn Error + Send + Sync>),
    /// The signature matches, but the fields are not those of the requested value: 422.
    Fields(Box<dyn Error + Send + Sync>),
}

impl SignedRejection {
    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Signature(error) => error.status(),
            Self::BodyTimeout(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Body(_) => StatusCode::BAD_REQUEST,
            Self::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// Writes the rejection as an event of `tracing`.
    pub(crate) fn trace(&self) {
        let (status, error) = (self.status().as_u16(), Causes(self));
        if self.is_worth_a_warning() {
            tracing::warn!(status, %error, "a webhook request was rejected");
        } else {
            tracing::debug!(status, %error, "a webhook request was rejected");
        }
    }

    /// False for requests that anybody on the internet sends to a public URL, so that they do not fill the log.
    fn is_worth_a_warning(&self) -> bool {
        match self {
            Self::Signature(error) => error.is_mismatch() || error.kind() == SignatureErrorKind::UnsignedBody,
            Self::BodyTimeout(_) | Self::Body(_) | Self::Fields(_) => true,
        }
    }
}

/// An error followed by its causes. A cause with the message of the error above it is a wrapper, and is left out.
pub(crate) struct Causes<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = self.0.to_string();
        f.write_str(&last)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            let message = error.to_string();
            if message != last {
                write!(f, ": {message}")?;
                last = message;
            }
            source = error.source();
        }
        Ok(())
    }
}

impl fmt::Display for SignedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(error) => error.fmt(f),
            Self::BodyTimeout(limit) => write!(f, "reading a webhook: the body was not complete within {limit:?}"),
            Self::Body(_) => f.write_str("reading a webhook: the body could not be read"),
            Self::Fields(_) => f.write_str("reading a webhook: the fields are not those of an event"),
        }
    }
}

impl Error for SignedRejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // Its message is this error's own, so the source is that of the inner error.
            Self::Signature(error) => error.source(),
            Self::BodyTimeout(_) => None,
            Self::Body(error) | Self::Fields(error) => Some(&**error),
        }
    }
}

impl From<SignatureError> for SignedRejection {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

impl IntoResponse for SignedRejection {
    fn into_response(self) -> Response {
        let status = self.status();
        match self {
            Self::Signature(error) => Response::from(http::Response::<String>::from(error).map(Into::into)),
            Self::BodyTimeout(_) => {
                // Without it, a server might wait for the rest of the body on this connection.
                let close = (header::CONNECTION, HeaderValue::from_static("close"));
                (status, [close], self.to_string()).into_response()
            }
            Self::Body(_) | Self::Fields(_) => (status, self.to_string()).into_response(),
        }
    }
}
