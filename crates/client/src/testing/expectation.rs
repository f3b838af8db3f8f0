//! Expected calls: the requests that they match, and their outcome.

use std::fmt;

use crate::{TransportError, TransportErrorKind};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::request::{RecordedRequest, write_fields};

/// The server of the clients. Nothing is sent there.
pub(super) const BASE_URL: &str = "https://conversations.twilio.com";

/// Page tokens of a mock begin so; the number of an expectation follows.
pub(super) const TOKEN: &str = "PAmock";

/// A call that is expected, and its outcome.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    pub(super) operation: String,
    pub(super) path: Option<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) form: Vec<(String, String)>,
    /// The page token of a page after the first.
    pub(super) token: Option<String>,
    pub(super) left: usize,
    pub(super) outcome: Outcome,
}

#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Response(Response<Bytes>),
    Page { number: usize, key: &'static str, items: Vec<Value>, next: Option<String> },
    Failure(TransportErrorKind),
}

impl Expectation {
    pub(super) fn matches(&self, request: &RecordedRequest) -> bool {
        let token = request.query_value("PageToken").filter(|token| token.starts_with(TOKEN));
        self.left > 0
            && self.operation == request.operation
            && self.path.as_ref().is_none_or(|path| *path == request.path)
            && self.token.as_deref() == token
            && self.query.iter().all(|field| request.query.contains(field))
            && self.form.iter().all(|field| request.form.contains(field))
    }

    pub(super) fn take(&mut self, request: &RecordedRequest) -> Result<Response<Bytes>, TransportError> {
        self.left -= 1;
        match &self.outcome {
            Outcome::Response(response) => Ok(response.clone()),
            Outcome::Page { number, key, items, next } => {
                Ok(json_response(200, &page(request, *number, key, items, next.as_deref())))
            }
            Outcome::Failure(kind) => Err(TransportError::new(*kind, "a failure that the test expects")),
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.operation, self.path.as_deref().unwrap_or("any path"))?;
        write_fields(f, "query", &self.query)?;
        write_fields(f, "form", &self.form)?;
        if let Outcome::Page { number: number @ 1.., .. } = self.outcome {
            write!(f, ", page {}", number + 1)?;
        }
        if self.left > 1 {
            write!(f, ", {} times", self.left)?;
        }
        f.write_str(")")
    }
}

/// The response to a list, with links that keep the query of the request.
fn page(request: &RecordedRequest, number: usize, key: &str, items: &[Value], next: Option<&str>) -> Value {
    let url = |number: usize, token: Option<&str>| {
        let kept = request.query.iter().filter(|(name, _)| !["Page", "PageToken"].contains(&name.as_str()));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept).append_pair("Page", &number.to_string());
        if let Some(token) = token {
            query.append_pair("PageToken", token);
        }
        format!("{BASE_URL}{}?{}", request.path, query.finish())
    };
    let page_size = request.query_value("PageSize").and_then(|size| size.parse().ok()).unwrap_or(50_u32);
    let meta = json!({
        "key": key,
        "page": number,
        "page_size": page_size,
        "first_page_url": url(0, None),
        "previous_page_url": null,
        "url": url(number, request.query_value("PageToken")),
        "next_page_url": next.map(|token| url(number + 1, Some(token))),
    });
    json!({ key: items, "meta": meta })
}

#[track_caller]
pub(super) fn json_response(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    let Ok(status) = StatusCode::from_u16(status) else { panic!("responding: {status} is not an HTTP status") };
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
