//! The requests that a mock received.

use std::fmt;

use crate::Call;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, header};

/// A request that a [`MockTransport`](super::MockTransport) received. `Display` and `Debug` show its fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Id of the operation, such as `FetchConversation`; method and path of a raw request.
    pub operation: String,
    /// HTTP method.
    pub method: Method,
    /// Path without the query, percent-encoded as it was sent: `/v1/Conversations/my%20name`.
    pub path: String,
    /// Query parameters, decoded, in their order.
    pub query: Vec<(String, String)>,
    /// Form fields of the body, decoded, in their order; empty if the body is not a form.
    pub form: Vec<(String, String)>,
    /// Body as it was sent, such as the JSON of a raw request.
    pub body: Bytes,
    /// Headers; there are no credentials among them.
    pub headers: HeaderMap,
}

impl RecordedRequest {
    pub(super) fn new(request: Request<Bytes>, call: &Call) -> Self {
        let (parts, body) = request.into_parts();
        let media_type = parts.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
        let is_form = media_type.is_some_and(|media_type| media_type.starts_with(b"application/x-www-form-urlencoded"));
        Self {
            operation: call.operation.id.to_string(),
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: decode(parts.uri.query().unwrap_or_default().as_bytes()),
            form: decode(if is_form { &body } else { &[] }),
            body,
            headers: parts.headers,
        }
    }

    /// The first value of a query parameter.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// The first value of a form field.
    pub fn form_value(&self, name: &str) -> Option<&str> {
        first(&self.form, name)
    }
}

impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {}", self.operation, self.method, self.path)?;
        write_fields(f, "query", &self.query)?;
        write_fields(f, "form", &self.form)?;
        f.write_str(")")
    }
}

/// Writes the fields, if there are any.
pub(super) fn write_fields(f: &mut fmt::Formatter<'_>, place: &str, fields: &[(String, String)]) -> fmt::Result {
    if fields.is_empty() { Ok(()) } else { write!(f, ", {place} {fields:?}") }
}

fn decode(fields: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(fields).into_owned().collect()
}

fn first<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
}
