//! Requests that this version of the crate has no method for.

use std::{error::Error as StdError, fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::{Serialize, de::DeserializeOwned};
use twilio_conversations_types::form;

use crate::{Client, Error, OperationRef, Response, page::own_target, response::Received};

/// Headers that are set by the transport or by HTTP itself.
const RESERVED: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::HOST,
    header::USER_AGENT,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
];

impl Client {
    /// A request for an endpoint that this version has no method for.
    ///
    /// It has the credentials, timeout, retries and limits of every other call of the client, and its errors. GET, HEAD,
    /// OPTIONS, PUT and DELETE are idempotent, which decides what is [retried](Error::is_retryable); POST and PATCH are
    /// not.
    ///
    /// - `path`: path on the [base URL](Self::base_url), which begins with `/` and is percent-encoded. It may have a
    ///   query. Errors and traces show the path without its query.
    ///
    /// A path that is a whole URL, begins with `//`, or has an empty, a `.` or a `..` segment, a backslash, a fragment, white
    /// space, a control character or a character outside ASCII, is an [`Error::Encode`] when the request is sent.
    ///
    /// ```
    /// # async fn run(client: twilio_conversations_client::Client) -> Result<(), twilio_conversations_client::Error> {
    /// use http::Method;
    /// use serde_json::Value;
    ///
    /// let things: Value = client
    ///     .request(Method::GET, "/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Things")
    ///     .query(&[("PageSize", 20)])
    ///     .send()
    ///     .await?;
    /// if let Some(next) = things["meta"]["next_page_url"].as_str() {
    ///     let more: Value = client.request_link(next).send().await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn request(&self, method: Method, path: &str) -> RawRequest {
        RawRequest::new(self.clone(), method, path)
    }

    /// A GET request for a link in a response, such as `meta.next_page_url` or a member of `links`.
    ///
    /// The path and query of the link are requested from the client's own base URL, whatever host the link names, so
    /// the credentials go to no other host. The rules for paths of [`request`](Self::request) apply.
    pub fn request_link(&self, link: &str) -> RawRequest {
        match own_target(self.base_url(), link) {
            Some(target) => RawRequest::new(self.clone(), Method::GET, &target),
            None => RawRequest::failed(self.clone(), Method::GET, "the link has no path to request"),
        }
    }
}

/// A request for an endpoint that this version has no method for, made by [`Client::request`].
///
/// Nothing is sent before one of the `send` methods is awaited. An argument that cannot be used, such as an invalid path,
/// is an [`Error::Encode`] then, and nothing is sent.
#[must_use = "nothing is sent before `send` is awaited"]
pub struct RawRequest {
    client: Client,
    operation: OperationRef,
    /// Path and query on the base URL.
    target: String,
    headers: HeaderMap,
    body: Bytes,
    /// The first problem with an argument.
    problem: Option<Problem>,
}

type Problem = Box<dyn StdError + Send + Sync>;

impl RawRequest {
    fn new(client: Client, method: Method, target: &str) -> Self {
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        if let Some(problem) = path_problem(path).or_else(|| query_problem(&target[path.len()..])) {
            return Self::failed(client, method, problem);
        }
        let operation = OperationRef::raw(format!("{method} {path}"), method, path.to_owned());
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        Self { client, operation, target: target.to_owned(), headers, body, problem: None }
    }

    /// A request whose path is not shown: an absolute URL may hold a password.
    fn failed(client: Client, method: Method, problem: &str) -> Self {
        let operation = OperationRef::raw(format!("{method} of an invalid path"), method, String::new());
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        Self { client, operation, target: String::new(), headers, body, problem: Some(problem.into()) }
    }

    /// Appends the fields of a struct, a map or a list of pairs to the query. A field that is a list is its name repeated.
    pub fn query<T: Serialize + ?Sized>(mut self, params: &T) -> Self {
        match form::to_string(params) {
            Ok(query) if !query.is_empty() => {
                self.target.push(if self.target.contains('?') { '&' } else { '?' });
                self.target.push_str(&query);
            }
            Ok(_) => {}
            Err(error) => self.fail(error),
        }
        self
    }

    /// Sets the body to the fields of a struct, a map or a list of pairs, as `application/x-www-form-urlencoded`. A field
    /// that is a list is its name repeated.
    pub fn form<T: Serialize + ?Sized>(self, body: &T) -> Self {
        self.body("application/x-www-form-urlencoded", form::to_string(body))
    }

    /// Sets the body to the value as `application/json`.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        self.body("application/json", serde_json::to_vec(body))
    }

    fn body(mut self, media_type: &'static str, body: Result<impl Into<Bytes>, impl Into<Problem>>) -> Self {
        match body {
            Ok(body) => {
                self.body = body.into();
                self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
            }
            Err(error) => self.fail(error),
        }
        self
    }

    /// Sets a header, in place of an earlier value. `Accept` is `application/json` unless set. Default headers of the
    /// client are not sent.
    ///
    /// `Authorization`, `Proxy-Authorization`, `Host`, `User-Agent`, `Content-Length`, `Transfer-Encoding` and
    /// `Connection` are rejected: the client sets them.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        match (HeaderName::try_from(name.as_ref()), HeaderValue::try_from(value.as_ref())) {
            (Ok(name), _) if RESERVED.contains(&name) => self.fail(format!("header {name} is set by the client")),
            (Ok(name), Ok(value)) => _ = self.headers.insert(name, value),
            (Err(_), _) => self.fail("a header name is not a token of HTTP"),
            (Ok(name), Err(_)) => self.fail(format!("the value of header {name} has a control character")),
        }
        self
    }

    /// Limits the time of each attempt, from connecting to the last byte of the response. The client's timeout unless
    /// set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.client = self.client.with_timeout(timeout);
        self
    }

    /// Limits the response body to so many bytes. The client's limit unless set. A larger body is an
    /// [`Error::Transport`] that keeps its beginning.
    pub fn max_response_size(mut self, bytes: usize) -> Self {
        self.client = self.client.with_max_response_size(bytes);
        self
    }

    /// Sends the request and decodes the JSON body of the response. [`serde_json::Value`] takes any JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] when the server responds with an error, [`Error::Transport`] when no complete response arrived,
    /// [`Error::Decode`] when it is not JSON of that type, [`Error::Encode`] when the request could not be built.
    pub async fn send<T: DeserializeOwned>(self) -> Result<T, Error> {
        Ok(self.send_with_response::<T>().await?.into_inner())
    }

    /// Sends the request and decodes the JSON body of the response, with its status and headers.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_with_response<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        self.receive().await?.json()
    }

    /// Sends the request and returns the bytes of the response's body, which may be empty, as after a DELETE.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), but for [`Error::Decode`].
    pub async fn send_bytes(self) -> Result<Response<Bytes>, Error> {
        let response = self.receive().await?.empty()?;
        let body = response.body().clone();
        Ok(response.map(|()| body))
    }

    async fn receive(self) -> Result<Received, Error> {
        let Self { client, operation, target, headers, body, problem } = self;
        if let Some(problem) = problem {
            return Err(Error::encode(operation, problem));
        }
        let url = format!("{}{target}", client.base_url());
        client.prepare_with(operation, url, headers, body).send().await
    }

    fn fail(&mut self, problem: impl Into<Problem>) {
        self.problem.get_or_insert_with(|| problem.into());
    }
}

/// Without query, headers and body, which may hold secrets.
impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRequest").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// Finds what would make the URL of base and path name something else than that path.
fn path_problem(path: &str) -> Option<&'static str> {
    match () {
        () if path.contains('#') => Some("the path has a fragment"),
        () if path.contains("://") => Some("the path is an absolute URL, which request_link takes"),
        () if path.contains('\\') => Some("the path has a backslash, which URL parsers read as a slash"),
        () if !path.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Some("the path has white space, a control character or a character outside ASCII; percent-encode it")
        }
        () if !path.starts_with('/') => Some("the path does not begin with a slash"),
        () if path.contains("//") => Some("the path has an empty segment"),
        () if path.split('/').any(is_dots) => {
            Some("the path has a `.` or `..` segment, which would name another resource")
        }
        () => None,
    }
}

/// URL parsers fold `%2e` like a dot.
fn is_dots(segment: &str) -> bool {
    let segment = segment.to_ascii_lowercase().replace("%2e", ".");
    segment == "." || segment == ".."
}

/// Finds what would end the query early or make the URL invalid.
pub(crate) fn query_problem(query: &str) -> Option<&'static str> {
    match () {
        () if query.contains('#') => Some("the query has a fragment"),
        () if !query.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Some("the query has white space, a control character or a character outside ASCII; percent-encode it")
        }
        () => None,
    }
}
