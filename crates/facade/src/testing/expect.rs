//! Expectations: the calls that they match, and how they respond.

use std::fmt;

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};
use twilio_conversations_client::{TransportError, TransportErrorKind};
use twilio_conversations_types::ErrorCode;

use super::{BASE_URL, MockTransport, RecordedRequest, request::write_fields};

/// Page tokens of a mock begin so; the number of an expectation follows.
const TOKEN: &str = "PAmock";

/// An expectation in the making: which calls it matches, then how it responds. [`MockTransport::expect`] begins it.
///
/// It is added by a method whose name begins with `respond`, or by [`fail`](Self::fail).
#[derive(Debug)]
#[must_use = "an expectation is added by the method that says how to respond"]
pub struct Expect<'a> {
    mock: &'a MockTransport,
    expectation: Expectation,
    status: u16,
    items: Option<&'static str>,
}

/// A call that is expected, and its outcome.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    operation: String,
    path: Option<String>,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    /// The page token of a page after the first.
    token: Option<String>,
    pub(super) left: usize,
    outcome: Outcome,
}

#[derive(Clone, Debug)]
enum Outcome {
    Response(Response<Bytes>),
    Page { number: usize, key: &'static str, items: Vec<Value>, next: Option<String> },
    Failure(TransportErrorKind),
}

/// The calls that match.
impl<'a> Expect<'a> {
    pub(super) fn new(mock: &'a MockTransport, operation: &str, status: u16, items: Option<&'static str>) -> Self {
        let (operation, query, form) = (operation.to_owned(), Vec::new(), Vec::new());
        let outcome = Outcome::Failure(TransportErrorKind::Invalid);
        let expectation = Expectation { operation, path: None, query, form, token: None, left: 1, outcome };
        Self { mock, expectation, status, items }
    }

    /// Matches this path only, percent-encoded and without the query: `/v1/Conversations/CH…`. Any path unless set.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.expectation.path = Some(path.into());
        self
    }

    /// Matches requests with these query parameters, among others. Called twice, all are required.
    pub fn query<N: Into<String>, V: Into<String>>(mut self, fields: impl IntoIterator<Item = (N, V)>) -> Self {
        self.expectation.query.extend(owned(fields));
        self
    }

    /// Matches requests with these form fields, among others. Called twice, all are required.
    ///
    /// Names are those of the API: `Body`, `FriendlyName`.
    pub fn form<N: Into<String>, V: Into<String>>(mut self, fields: impl IntoIterator<Item = (N, V)>) -> Self {
        self.expectation.form.extend(owned(fields));
        self
    }

    /// Expects so many calls, each with the same response. 1 unless set; 0 expects none.
    pub fn times(mut self, calls: usize) -> Self {
        self.expectation.left = calls;
        self
    }
}

/// The response. Each of these methods adds the expectation.
impl Expect<'_> {
    /// Responds with a model or [`serde_json::json!`], and with the documented status of success, such as 201.
    ///
    /// # Panics
    ///
    /// If the value cannot be written as JSON.
    #[track_caller]
    pub fn respond<T: Serialize + ?Sized>(self, value: &T) {
        let body = to_value(value);
        let response = json_response(self.status, &body);
        self.add(Outcome::Response(response));
    }

    /// Responds with the only page of a list.
    ///
    /// # Panics
    ///
    /// If the operation is not a list, or an item cannot be written as JSON.
    #[track_caller]
    pub fn respond_page<T: Serialize>(self, items: impl IntoIterator<Item = T>) {
        self.respond_pages([items]);
    }

    /// Responds with the pages of a list: one expectation for each page, which links to the next one. Without a page, it
    /// is one page without items.
    ///
    /// # Panics
    ///
    /// If the operation is not a list, or an item cannot be written as JSON.
    #[track_caller]
    pub fn respond_pages<T: Serialize>(self, pages: impl IntoIterator<Item = impl IntoIterator<Item = T>>) {
        let Some(key) = self.items else {
            panic!("responding with pages: {} is not a list", self.expectation.operation)
        };
        let mut pages: Vec<Vec<Value>> =
            pages.into_iter().map(|items| items.into_iter().map(|item| to_value(&item)).collect()).collect();
        if pages.is_empty() {
            pages.push(Vec::new());
        }
        let mut state = self.mock.state();
        let (first, last) = (state.expectations.len(), pages.len() - 1);
        let token = |number| format!("{TOKEN}{}", first + number);
        for (number, items) in pages.into_iter().enumerate() {
            let next = (number < last).then(|| token(number + 1));
            let outcome = Outcome::Page { number, key, items, next };
            let token = (number > 0).then(|| token(number));
            state.expectations.push(Expectation { token, outcome, ..self.expectation.clone() });
        }
    }

    /// Responds with an error as the API does: status, code and message as JSON.
    ///
    /// # Panics
    ///
    /// If the status is not from 100 to 999.
    #[track_caller]
    pub fn respond_error(self, status: u16, code: ErrorCode, message: &str) {
        let more_info = format!("https://www.twilio.com/docs/errors/{code}");
        let body = json!({ "code": code, "message": message, "more_info": more_info, "status": status });
        self.add(Outcome::Response(json_response(status, &body)));
    }

    /// Responds with status 204 and no body, as to a delete.
    pub fn respond_empty(self) {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        self.add(Outcome::Response(response));
    }

    /// Responds with any other status, headers and body: a 429 with `Retry-After`, the error page of a proxy.
    pub fn respond_with(self, response: Response<impl Into<Bytes>>) {
        self.add(Outcome::Response(response.map(Into::into)));
    }

    /// Fails without a response, as when no connection can be made.
    pub fn fail(self, kind: TransportErrorKind) {
        self.add(Outcome::Failure(kind));
    }

    fn add(self, outcome: Outcome) {
        self.mock.state().expectations.push(Expectation { outcome, ..self.expectation });
    }
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
fn json_response(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    let Ok(status) = StatusCode::from_u16(status) else { panic!("responding: {status} is not an HTTP status") };
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

#[track_caller]
fn to_value<T: Serialize + ?Sized>(value: &T) -> Value {
    match serde_json::to_value(value) {
        Ok(value) => value,
        Err(error) => panic!("responding: the value cannot be written as JSON: {error}"),
    }
}

fn owned<N: Into<String>, V: Into<String>>(
    fields: impl IntoIterator<Item = (N, V)>,
) -> impl Iterator<Item = (String, String)> {
    fields.into_iter().map(|(name, value)| (name.into(), value.into()))
}
