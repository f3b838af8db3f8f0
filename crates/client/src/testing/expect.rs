//! The builder of expectations.

use crate::TransportErrorKind;
use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use twilio_conversations_types::ErrorCode;

use super::{
    expectation::{Expectation, Outcome, TOKEN, json_response},
    state::Shared,
};

/// Builds an expectation: which calls it matches, then how it responds. Made by
/// [`MockTransport::expect`](super::MockTransport::expect).
///
/// It is added by a method whose name begins with `respond`, or by [`fail`](Self::fail).
#[derive(Debug)]
#[must_use = "an expectation is added by the method that says how to respond"]
pub struct Expect<'a> {
    shared: &'a Shared,
    expectation: Expectation,
    status: u16,
    items: Option<&'static str>,
}

/// The calls that match.
impl<'a> Expect<'a> {
    pub(super) fn new(shared: &'a Shared, operation: &str, status: u16, items: Option<&'static str>) -> Self {
        let (operation, query, form) = (operation.to_owned(), Vec::new(), Vec::new());
        let outcome = Outcome::Failure(TransportErrorKind::Invalid);
        let expectation = Expectation { operation, path: None, query, form, token: None, left: 1, outcome };
        Self { shared, expectation, status, items }
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
        let mut state = self.shared.state();
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
        self.shared.state().expectations.push(Expectation { outcome, ..self.expectation });
    }
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
