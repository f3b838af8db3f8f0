//! The client: base URL, transport, and options of all calls.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;
use twilio_conversations_types::form;

use crate::{
    Call, Error, Operation, OperationRef, Transport, page::continued_query, raw::query_problem, response::Received,
};

/// The operations of the API, as methods with positional arguments, and the handles that read more pleasantly.
///
/// Cheap to clone; clones share the transport.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    options: Arc<Options>,
}

struct Shared {
    base_url: String,
    transport: Box<dyn Transport>,
}

/// Options of all calls of a client. Clones may have others.
#[derive(Clone, Default)]
struct Options {
    timeout: Option<Duration>,
    max_response_size: Option<usize>,
    headers: HeaderMap,
    extensions: Extensions,
}

impl Client {
    /// A client for the server at `base_url`, without the version: `https://conversations.twilio.com`.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when the base URL is not an absolute `http` or `https` URL, or has a user, query or fragment.
    pub fn new(base_url: &str, transport: impl Transport) -> Result<Self, Error> {
        let base_url = check_base_url(base_url)?.to_owned();
        let shared = Shared { base_url, transport: Box::new(transport) };
        Ok(Self { shared: Arc::new(shared), options: Arc::default() })
    }

    /// The same client with a limit for each attempt of a call, from connecting to the last byte of the response.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        self.with(|options| options.timeout = Some(timeout))
    }

    /// The same client with another limit for response bodies, in bytes.
    ///
    /// A larger body is [`Error::Transport`] of kind [`TooLarge`](crate::TransportErrorKind::TooLarge), and is not read
    /// to its end. Unset, the transport's own default holds; a `reqwest::Client` has
    /// [`DEFAULT_MAX_RESPONSE_SIZE`](crate::DEFAULT_MAX_RESPONSE_SIZE), 32 MiB.
    #[must_use]
    pub fn with_max_response_size(&self, bytes: usize) -> Self {
        self.with(|options| options.max_response_size = Some(bytes))
    }

    /// The same client with a value for a documented request header, such as `X-Twilio-Webhook-Enabled`: sent by every
    /// operation that takes the header and is called without a value of its own, and by no other.
    #[must_use]
    pub fn with_default_header(&self, name: HeaderName, value: HeaderValue) -> Self {
        self.with(|options| {
            options.headers.insert(name, value);
        })
    }

    /// The same client with something that its transport knows to read: an extension of each request, one for each type.
    #[must_use]
    pub fn with_extension<T: Clone + Send + Sync + 'static>(&self, extension: T) -> Self {
        self.with(|options| {
            options.extensions.insert(extension);
        })
    }

    fn with(&self, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::clone(&self.options);
        change(&mut options);
        Self { shared: self.shared.clone(), options: Arc::new(options) }
    }

    /// Address of the server, without a slash at the end and without the version.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    pub(crate) fn prepare(&self, operation: &'static Operation, url: String) -> RequestBuilder<'_> {
        self.prepare_with(operation.into(), url, HeaderMap::new(), Bytes::new())
    }

    pub(crate) fn prepare_with(
        &self,
        operation: OperationRef,
        url: String,
        headers: HeaderMap,
        body: Bytes,
    ) -> RequestBuilder<'_> {
        RequestBuilder { client: self, operation, url, headers, body }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.shared.base_url).finish_non_exhaustive()
    }
}

fn check_base_url(base_url: &str) -> Result<&str, Error> {
    let problem = |problem: &str| Err(Error::config("base URL", problem));
    let uri: http::Uri = match base_url.parse() {
        Ok(uri) => uri,
        Err(error) => return Err(Error::config_from("base URL", "is not a URL", error)),
    };
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return problem("does not begin with http:// or https://");
    }
    if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
        return problem("holds a user name or password; credentials have settings of their own");
    }
    // `http` takes any text for a port, and no connection can be made to it.
    if uri.authority().is_some_and(|authority| has_odd_port(authority.as_str())) {
        return problem("has no valid port after the colon");
    }
    if uri.query().is_some() || base_url.contains('#') {
        return problem("has a query or fragment");
    }
    Ok(base_url.trim_end_matches('/'))
}

fn has_odd_port(authority: &str) -> bool {
    let after_host = authority.rsplit_once(']').map_or(authority, |(_, rest)| rest);
    after_host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_err())
}

/// One request in the making, as the generated methods use it.
#[must_use]
pub(crate) struct RequestBuilder<'a> {
    client: &'a Client,
    operation: OperationRef,
    url: String,
    headers: HeaderMap,
    body: Bytes,
}

impl RequestBuilder<'_> {
    /// Appends the fields of `params` as the query, or the query of the page that the token among them continues at.
    pub(crate) fn query(mut self, params: &impl Serialize) -> Result<Self, Error> {
        let mut query = form::to_string(params).map_err(|error| Error::encode(self.operation.clone(), error))?;
        if let Some(next) = continued_query(&query) {
            if let Some(problem) = query_problem(&next) {
                return Err(Error::encode(self.operation, format!("the page token: {problem}")));
            }
            query = next;
        }
        if !query.is_empty() {
            self.url.push('?');
            self.url.push_str(&query);
        }
        Ok(self)
    }

    /// Sets a documented header: the given value, else the client's default, else none.
    pub(crate) fn header(mut self, name: &'static str, value: Option<impl ToString>) -> Result<Self, Error> {
        let value = match value {
            Some(value) => HeaderValue::try_from(value.to_string())
                .map_err(|error| Error::encode(self.operation.clone(), error))?,
            None => match self.client.options.headers.get(name) {
                Some(value) => value.clone(),
                None => return Ok(self),
            },
        };
        let name = HeaderName::try_from(name).map_err(|error| Error::encode(self.operation.clone(), error))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Sets the body.
    pub(crate) fn form(mut self, body: &impl Serialize) -> Result<Self, Error> {
        self.body = form::to_string(body).map_err(|error| Error::encode(self.operation.clone(), error))?.into();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.headers.insert(header::CONTENT_TYPE, form);
        Ok(self)
    }

    pub(crate) async fn send(self) -> Result<Received, Error> {
        let Self { client, operation, url, headers, body } = self;
        let mut request = http::Request::new(body);
        *request.method_mut() = operation.method.clone();
        *request.uri_mut() =
            url.try_into().map_err(|error: http::uri::InvalidUri| Error::encode(operation.clone(), error))?;
        *request.headers_mut() = headers;
        *request.extensions_mut() = client.options.extensions.clone();
        request.headers_mut().entry(header::ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        let Options { timeout, max_response_size, .. } = *client.options;
        let call = Call { operation: operation.clone(), timeout, max_response_size };
        match client.shared.transport.send(request, call).await {
            Ok(response) => Ok(Received::new(operation, response)),
            Err(error) => Err(Error::transport(operation, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_absolute_and_bare() {
        assert_eq!(check_base_url("https://conversations.twilio.com/").unwrap(), "https://conversations.twilio.com");
        for good in ["http://127.0.0.1:4010/prefix", "http://[::1]", "http://[::1]:4010"] {
            assert_eq!(check_base_url(good).unwrap(), good);
        }
        for bad in [
            "",
            "conversations.twilio.com",
            "/v1",
            "ftp://host",
            "http://",
            "http://u:secret@host",
            "http://h?q=1",
            "http://h/#f",
            "http://h:",
            "http://127.0.0.1:99999",
            "http://[::1]:x",
        ] {
            let error = check_base_url(bad).unwrap_err().to_string();
            assert!(
                error.starts_with("setting up the client: base URL ") && !error.contains("secret"),
                "{bad}: {error}"
            );
        }
    }
}
