//! One signed delivery of an event to a receiver, as the vendor sends it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use reqwest::{
    Client, Url,
    header::{ACCEPT, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use twilio_conversations::{
    HttpMethod,
    webhook::{Algorithm, Signer},
};

use crate::{
    failure::{Failure, Result, with_causes},
    http_client,
};

/// Largest response of a receiver that is read: 1 MiB, as of the emulator.
pub(crate) const LARGEST_RESPONSE: usize = 1024 * 1024;

/// The agent that the vendor's requests name.
const AGENT: &str = "TwilioProxy/1.1";

/// An event on its way to a receiver.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) method: HttpMethod,
    /// In their order; names may repeat.
    pub(crate) fields: Vec<(String, String)>,
    /// The idempotency token.
    pub(crate) token: Option<String>,
    pub(crate) algorithm: Algorithm,
    /// Other headers. `User-Agent` and `Accept` have the values of the vendor's requests by default.
    pub(crate) headers: HeaderMap,
}

impl Delivery {
    /// The first value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The signed request for a receiver.
    ///
    /// # Errors
    ///
    /// The auth token is blank, or a header or the URL cannot be sent.
    pub(crate) fn sign(&self, receiver: &Receiver, auth_token: &str) -> Result<http::Request<Vec<u8>>> {
        let failed = |error: http::Error| Failure::usage("signing the request").source(error);
        let signer = Signer::new(auth_token).map_err(|error| Failure::new("signing the request").source(error))?;
        let mut signer = signer.algorithm(self.algorithm);
        if let Some(token) = &self.token {
            signer = signer.idempotency_token(token);
        }
        let pairs = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let url = receiver.called();
        let signed = match self.method {
            HttpMethod::Get => signer.get(&url, pairs),
            _ => signer.post_form(&url, pairs),
        };
        let mut request = signed.map_err(failed)?;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        for (i, (name, value)) in self.headers.iter().enumerate() {
            // The first value of a name takes the place of a default, and further ones are added to it.
            let is_first = !self.headers.iter().take(i).any(|(earlier, _)| earlier == name);
            if is_first { _ = headers.insert(name, value.clone()) } else { _ = headers.append(name, value.clone()) }
        }
        Ok(request)
    }
}

/// The URL that deliveries are sent to, and the client for it. Redirects are not followed and no proxy is used.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    url: Url,
    client: Client,
}

impl Receiver {
    /// - `flag`: the flag of the URL, for errors.
    ///
    /// # Errors
    ///
    /// The URL is not an absolute `http` or `https` URL, or TLS cannot be set up.
    pub(crate) fn new(url: &str, flag: &str) -> Result<Self> {
        let mut url = Url::parse(url)
            .map_err(|error| Failure::usage(format!("{flag}: expected an http or https URL")).source(error))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(Failure::usage(format!("{flag}: expected an http or https URL")));
        }
        url.set_fragment(None);
        // A receiver that is restarted closes its connections, so none is kept. Plain http needs no certificates.
        let builder = http_client::builder().no_proxy().pool_max_idle_per_host(0);
        let builder = if url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
        let client = builder.build().map_err(|error| Failure::new("setting up an HTTP client").source(error))?;
        Ok(Self { url, client })
    }

    /// The URL as it is signed: without user and password.
    pub(crate) fn called(&self) -> String {
        let mut url = self.url.clone();
        // Neither fails for a URL with a host.
        _ = url.set_username("");
        _ = url.set_password(None);
        url.into()
    }

    /// Whether the receiver is the program itself, at this local address or by this URL.
    pub(crate) fn is_at(&self, address: std::io::Result<SocketAddr>, url: &str) -> bool {
        let is_loopback = self.url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127."));
        let port = address.ok().map(|address| address.port());
        (is_loopback && self.url.port_or_known_default() == port) || self.called() == url
    }

    /// Sends a signed request, and reads the response until the deadline.
    pub(crate) async fn send(&self, request: http::Request<Vec<u8>>, deadline: Instant) -> Outcome {
        let start = Instant::now();
        let mut outcome = Outcome::default();
        if let Err(problem) = self.exchange(request, deadline, &mut outcome).await {
            outcome.problem = Some(problem);
        }
        outcome.duration = start.elapsed();
        outcome
    }

    async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        deadline: Instant,
        outcome: &mut Outcome,
    ) -> Result<(), Problem> {
        let (parts, body) = request.into_parts();
        let mut url = self.url.clone();
        url.set_query(parts.uri.query());
        let mut headers = parts.headers;
        headers.remove(HOST);
        let sent = self.client.request(parts.method, url).headers(headers).body(body).send();
        let limit = |_| Problem::TimedOut;
        let mut response = tokio::time::timeout_at(deadline.into(), sent)
            .await
            .map_err(limit)?
            .map_err(|error| Problem::of(&error))?;
        outcome.status = Some(response.status().as_u16());
        outcome.headers = response.headers().clone();
        loop {
            let chunk = tokio::time::timeout_at(deadline.into(), response.chunk()).await.map_err(limit)?;
            let Some(chunk) = chunk.map_err(|error| Problem::of(&error))? else { return Ok(()) };
            let space = LARGEST_RESPONSE - outcome.body.len();
            outcome.body.extend_from_slice(&chunk[..chunk.len().min(space)]);
            if chunk.len() > space {
                return Err(Problem::TooLarge);
            }
        }
    }
}

/// The response of a receiver, or as much of it as arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) status: Option<u16>,
    pub(crate) headers: HeaderMap,
    /// At most 1 MiB.
    pub(crate) body: Vec<u8>,
    /// The reason why the response is missing or incomplete.
    pub(crate) problem: Option<Problem>,
    pub(crate) duration: Duration,
}

/// A response that did not arrive, or not as a whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Problem {
    /// No connection, or one that broke, with the causes.
    Failed(String),
    TimedOut,
    TooLarge,
}

impl Problem {
    /// The error and its causes, without the URL, which may hold a password.
    fn of(error: &reqwest::Error) -> Self {
        let text = with_causes(String::new(), std::error::Error::source(error));
        Self::Failed(if text.is_empty() { "the connection broke".to_owned() } else { text })
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed(causes) => f.write_str(causes),
            Self::TimedOut => f.write_str("no complete response in time"),
            Self::TooLarge => f.write_str("the response is larger than 1 MiB"),
        }
    }
}

/// Parses the values of `--header`, each `Name: value`.
///
/// # Errors
///
/// One is malformed, or would replace what the signature or HTTP itself sets.
pub(crate) fn headers(lines: &[String]) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let malformed = || Failure::usage(format!("--header: expected \"Name: value\", found {line:?}"));
        let (name, value) = line.split_once(':').ok_or_else(malformed)?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| malformed())?;
        let value = HeaderValue::try_from(value.trim()).map_err(|_| malformed())?;
        let reserved =
            ["x-twilio-signature", "host", "content-length", "content-type", "transfer-encoding", "connection"];
        if reserved.contains(&name.as_str()) {
            return Err(Failure::usage(format!("--header: {name} is set by the request itself")));
        }
        headers.append(name, value);
    }
    Ok(headers)
}
