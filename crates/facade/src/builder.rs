//! Setting up a client, from code or from the environment.

use std::{
    env::{self, VarError},
    fmt,
    sync::Arc,
    time::Duration,
};

use http::HeaderValue;
use twilio_conversations_client as client;
use twilio_conversations_client::{Error, Transport};

use crate::{
    Client, Credentials, RetryPolicy,
    credentials::is_api_key_sid,
    host::{self, Link},
    pace::Pace,
    tls,
    transport::HttpTransport,
};

const ACCOUNT_SID: &str = "TWILIO_ACCOUNT_SID";
const AUTH_TOKEN: &str = "TWILIO_AUTH_TOKEN";
const API_KEY: &str = "TWILIO_API_KEY";
const API_SECRET: &str = "TWILIO_API_SECRET";
const EDGE: &str = "TWILIO_EDGE";
const REGION: &str = "TWILIO_REGION";
const BASE_URL: &str = "TWILIO_CONVERSATIONS_BASE_URL";

/// Sets up a [`Client`]. Only the [credentials](Self::credentials) are required.
///
/// ```
/// use std::time::Duration;
/// use twilio_conversations::{Client, Credentials};
///
/// let credentials = Credentials::auth_token("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse()?, "your_auth_token")?;
/// let builder = Client::builder()
///     .credentials(credentials)
///     .edge("dublin")
///     .region("us1")
///     .timeout(Duration::from_secs(10))
///     .user_agent_product("my-app/1.2");
/// # let builder = builder.base_url("http://127.0.0.1"); // without TLS built in, too
/// let client = builder.build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    credentials: Option<Credentials>,
    /// The error if there are none: setting and problem.
    no_credentials: (&'static str, &'static str),
    edge: Option<String>,
    region: Option<String>,
    base_url: Option<String>,
    /// The name of the base URL in an error: the variable if it was read from the environment.
    base_url_name: &'static str,
    allow_plain_http: bool,
    connect_timeout: Duration,
    timeout: Duration,
    max_response_size: usize,
    retry: RetryPolicy,
    max_in_flight: Option<usize>,
    user_agent_product: Option<String>,
    webhook_enabled: Option<bool>,
    http_client: Option<reqwest::Client>,
    configure_http: Option<ConfigureHttp>,
    wrap: Option<Wrap>,
}

type ConfigureHttp = Arc<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;
type Wrap = Arc<dyn Fn(Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync>;

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The base URL may contain a password, which only `build` rejects.
        let base_url = self.base_url.as_deref().map(|url| if url.contains('@') { "…" } else { url });
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            .field("edge", &self.edge)
            .field("region", &self.region)
            .field("base_url", &base_url)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("max_response_size", &self.max_response_size)
            .field("retry", &self.retry)
            .field("max_in_flight", &self.max_in_flight)
            .field("user_agent_product", &self.user_agent_product)
            .field("webhook_enabled", &self.webhook_enabled)
            .finish_non_exhaustive()
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            credentials: None,
            no_credentials: ("credentials", "are missing"),
            edge: None,
            region: None,
            base_url: None,
            base_url_name: "base URL",
            allow_plain_http: false,
            connect_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
            max_response_size: client::DEFAULT_MAX_RESPONSE_SIZE,
            retry: RetryPolicy::default(),
            max_in_flight: None,
            user_agent_product: None,
            webhook_enabled: None,
            http_client: None,
            configure_http: None,
            wrap: None,
        }
    }
}

/// Constructors.
impl ClientBuilder {
    /// A builder without credentials.
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder configured by environment variables. Further calls add to it or replace it. An empty variable counts as
    /// unset.
    ///
    /// | variable | what it is |
    /// | --- | --- |
    /// | `TWILIO_ACCOUNT_SID` | the account, `AC…` |
    /// | `TWILIO_AUTH_TOKEN` | the account's auth token; needed unless there is an API key |
    /// | `TWILIO_API_KEY`, `TWILIO_API_SECRET` | an API key, `SK…`, and its secret; used rather than the auth token |
    /// | `TWILIO_EDGE` | [edge](Self::edge) where the vendor's network is entered, such as `ashburn` |
    /// | `TWILIO_REGION` | [region](Self::region) of the data, such as `us1` |
    /// | `TWILIO_CONVERSATIONS_BASE_URL` | another server altogether, whatever edge and region say |
    ///
    /// Without any of the first four, the [credentials](Self::credentials) are to be set from code.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when a variable is malformed, or some of the first four are set and another is missing to them.
    /// It names the variable and never shows its value.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_vars(|name| env::var(name))
    }

    /// The same from variables that need not be the environment's, given by a function like [`std::env::var`].
    ///
    /// ```
    /// use std::{collections::HashMap, env::VarError};
    /// use twilio_conversations::ClientBuilder;
    ///
    /// // The account without its secret.
    /// let vars = HashMap::from([("TWILIO_ACCOUNT_SID", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]);
    /// let error = ClientBuilder::from_vars(|name| vars.get(name).map(|v| v.to_string()).ok_or(VarError::NotPresent))
    ///     .unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "setting up the client: TWILIO_AUTH_TOKEN is not set, nor are TWILIO_API_KEY and TWILIO_API_SECRET"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_vars(var: impl Fn(&str) -> Result<String, VarError>) -> Result<Self, Error> {
        let read = |name: &str| match var(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(Error::config(name, "is not valid Unicode")),
        };
        let label = |name: &str| match read(name)? {
            Some(value) => host::check_label(name, &value).map(|label| Some(label.to_owned())),
            None => Ok(None),
        };
        Ok(Self {
            credentials: credentials(read)?,
            no_credentials: (ACCOUNT_SID, "is not set"),
            edge: label(EDGE)?,
            region: label(REGION)?,
            base_url: read(BASE_URL)?,
            base_url_name: BASE_URL,
            ..Self::default()
        })
    }
}

/// `None` where nothing is set of which half could be missing.
fn credentials(read: impl Fn(&str) -> Result<Option<String>, Error>) -> Result<Option<Credentials>, Error> {
    let (key, secret, token) = (read(API_KEY)?, read(API_SECRET)?, read(AUTH_TOKEN)?);
    let Some(account_sid) = read(ACCOUNT_SID)? else {
        let nothing = key.or(secret).or(token).is_none();
        return if nothing { Ok(None) } else { Err(Error::config(ACCOUNT_SID, "is not set")) };
    };
    let Ok(account_sid) = account_sid.parse() else {
        return Err(Error::config(ACCOUNT_SID, "is not an account's SID: expected AC and 32 hexadecimal digits"));
    };
    let credentials = match (key, secret, token) {
        (Some(key), _, _) if !is_api_key_sid(&key) => {
            Err(Error::config(API_KEY, "is not an API key's SID: expected SK and 32 hexadecimal digits"))
        }
        (Some(key), Some(secret), _) => Credentials::api_key(account_sid, key, secret),
        // Half a key is more likely a mistake than a wish to use the other credentials.
        (Some(_), None, _) => Err(Error::config(API_SECRET, "is not set, but TWILIO_API_KEY is")),
        (None, Some(_), _) => Err(Error::config(API_KEY, "is not set, but TWILIO_API_SECRET is")),
        (None, None, Some(token)) => Credentials::auth_token(account_sid, token),
        (None, None, None) => {
            Err(Error::config(AUTH_TOKEN, "is not set, nor are TWILIO_API_KEY and TWILIO_API_SECRET"))
        }
    };
    credentials.map(Some)
}

/// The settings.
impl ClientBuilder {
    /// The credentials. Required.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Edge where the vendor's network is entered, such as `ashburn` or `dublin`. Set the [region](Self::region) too:
    /// an edge alone implies `us1`, and [`build`](Self::build) logs a warning.
    pub fn edge(mut self, edge: impl Into<String>) -> Self {
        self.edge = Some(edge.into());
        self
    }

    /// Region of the data, such as `us1`, which is the default. A region has credentials of its own.
    ///
    /// Set the [edge](Self::edge) too. A region alone makes the host `conversations.{region}.twilio.com`, as in the
    /// vendor's libraries. The vendor documents that hosts with a region and without an edge are being withdrawn, so
    /// [`build`](Self::build) logs a warning. Of the other regions, `ie1` is documented for Chat only; a host that
    /// exists for Conversations outside `us1` is not documented.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Base URL of another server, such as the emulator: an absolute URL without the version, which may have a path. Edge
    /// and region are then ignored.
    ///
    /// `http` is accepted for loopback only, unless [`allow_plain_http`](Self::allow_plain_http) is set.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self.base_url_name = "base URL";
        self
    }

    /// Whether an `http` base URL may name another machine. Off unless set: the credentials are sent in clear text, so
    /// this is for trusted networks, such as the one between the containers of a test.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// Time limit of making a connection. 30 seconds unless set. Ignored with an [`http_client`](Self::http_client).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Time limit of one attempt of a call, from connecting to the last byte of the response. 30 seconds unless set;
    /// [`Client::with_timeout`] sets it for some calls.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Limit of a response body in bytes. 32 MiB unless set; [`Client::with_max_response_size`] sets it for some calls.
    ///
    /// A larger body is [`Error::Transport`] of kind
    /// [`TooLarge`](client::TransportErrorKind::TooLarge), which keeps status, headers and the beginning of the body. It
    /// is not read to its end, its connection is closed, and the call is not retried. Reading takes at most 1.5
    /// times the limit in memory, plus 1 MiB. A response with more than 2,000,000 JSON values is [`Error::Decode`]; decoding
    /// so many takes up to 160 MB.
    ///
    /// This client neither requests compressed responses nor decompresses any. A client from
    /// [`http_client`](Self::http_client) may: the limit then counts decompressed bytes.
    pub fn max_response_size(mut self, bytes: usize) -> Self {
        self.max_response_size = bytes;
        self
    }

    /// The retry policy. [`RetryPolicy::default`] unless set; [`RetryPolicy::off`] sends everything once.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Limits the requests that all clones of the client have in flight at a time. Unlimited unless set.
    ///
    /// Further requests wait in the order of their calls. The time in this queue is unlimited and counts for neither the
    /// [timeout](Self::timeout) nor the [retry budget](RetryPolicy::budget). A call holds no slot while it waits for its
    /// retry, and one that is dropped leaves the queue.
    ///
    /// [`build`](Self::build) rejects 0.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = Some(requests);
        self
    }

    /// A product token of the application, such as `my-app/1.2`, before this library's in the `User-Agent` header.
    pub fn user_agent_product(mut self, product: impl Into<String>) -> Self {
        self.user_agent_product = Some(product.into());
        self
    }

    /// Whether the actions of this client call webhooks: header `X-Twilio-Webhook-Enabled` of the operations that take
    /// it. Not sent unless set.
    ///
    /// Without `true`, an action by REST calls no webhooks at service or conversation scope; with `true` it calls
    /// post-event webhooks, and whether it calls pre-event webhooks is not documented.
    pub fn webhook_enabled(mut self, enabled: bool) -> Self {
        self.webhook_enabled = Some(enabled);
        self
    }

    /// Configures the HTTP client that this builder makes: a proxy, certificates, a local address, default headers.
    ///
    /// `configure` receives a builder with the settings and the TLS of this one. Called twice, the second function
    /// receives the result of the first. These settings hold whatever it sets: no redirects, no decompression, HTTP/1.1,
    /// the timeout of each attempt, the credentials and the `User-Agent` header. [`build`](Self::build) rejects it beside
    /// [`http_client`](Self::http_client).
    ///
    /// With the feature `rustls-ring` alone, `build` installs ring as the process's default provider of rustls, unless the
    /// process has one: reqwest ignores certificates where TLS is configured in another way.
    ///
    /// ```standalone_crate
    /// use twilio_conversations::{Client, Credentials, reqwest::Proxy};
    ///
    /// let proxy = Proxy::https("http://proxy.example:3128")?;
    /// let builder = Client::builder()
    ///     .credentials(Credentials::auth_token("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse()?, "your_auth_token")?)
    ///     .configure_http(move |http| http.proxy(proxy.clone()));
    /// # #[cfg(any(feature = "rustls-ring", feature = "rustls", feature = "native-tls"))]
    /// let client = builder.build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn configure_http(
        mut self,
        configure: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        let first = self.configure_http.take();
        self.configure_http = Some(Arc::new(move |http| match &first {
            Some(first) => configure(first(http)),
            None => configure(http),
        }));
        self
    }

    /// An HTTP client of the application, with its proxies, certificates and connection pool. Timeouts, retries,
    /// credentials and the `User-Agent` header are still this builder's. [`configure_http`](Self::configure_http) is
    /// simpler where connections need not be shared with other code.
    ///
    /// Switch its redirects off by `redirect(reqwest::redirect::Policy::none())`. By default it follows them, so the
    /// redirect is not seen as an error. A create that is redirected to where no connection can be made is then retried,
    /// though the first server may have done it. (reqwest sends no credentials to another host.)
    ///
    /// With default features, `reqwest::Client::builder().build()` panics unless the process has a default provider of
    /// rustls: the reqwest of the build has none of its own. Install one before, or use
    /// [`configure_http`](Self::configure_http).
    pub fn http_client(mut self, http: reqwest::Client) -> Self {
        self.http_client = Some(http);
        self
    }

    /// Wraps the built-in transport, which adds credentials, sends and retries, in one of the application: to count or
    /// record calls, or to add a header.
    ///
    /// It receives each call once, whatever the number of attempts, and without credentials. If this is called twice, the
    /// second transport wraps the first.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use twilio_conversations::{BoxFuture, Call, Client, Transport, TransportError, bytes::Bytes, http};
    ///
    /// struct Logged(Arc<dyn Transport>);
    ///
    /// impl Transport for Logged {
    ///     fn send(
    ///         &self,
    ///         request: http::Request<Bytes>,
    ///         call: Call,
    ///     ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
    ///         eprintln!("{} {}", call.operation.id, request.uri());
    ///         self.0.send(request, call)
    ///     }
    /// }
    ///
    /// let builder = Client::builder().wrap_transport(Logged);
    /// ```
    pub fn wrap_transport<T: Transport>(
        mut self,
        wrap: impl Fn(Arc<dyn Transport>) -> T + Send + Sync + 'static,
    ) -> Self {
        let inner = self.wrap.take();
        self.wrap = Some(Arc::new(move |transport| {
            let transport = match &inner {
                Some(inner) => inner(transport),
                None => transport,
            };
            Arc::new(wrap(transport))
        }));
        self
    }

    /// Builds the client. The only IO is reading the platform's certificates.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when the credentials are missing, a setting is malformed, the base URL would send the
    /// credentials in clear text over a network, or TLS cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let Some(credentials) = self.credentials else {
            let (setting, problem) = self.no_credentials;
            return Err(Error::config(setting, problem));
        };
        let base_url = match self.base_url {
            Some(base_url) => base_url,
            None => {
                let edge = self.edge.as_deref().map(|edge| host::check_label("edge", edge)).transpose()?;
                let region = self.region.as_deref().map(|region| host::check_label("region", region)).transpose()?;
                host::warn_of_half(edge, region);
                host::base_url(edge, region)
            }
        };
        // A base URL that is not a URL is rejected below, by the client that will use it.
        let link = Link::of(&base_url).unwrap_or(Link::Loopback);
        if link == Link::Exposed && !self.allow_plain_http {
            let problem = "begins with http:// and names another machine: the credentials would be sent in clear text; \
                           use https://, or set allow_plain_http";
            return Err(Error::config(self.base_url_name, problem));
        }
        let http = match (self.http_client, self.configure_http) {
            (Some(_), Some(_)) => {
                return Err(Error::config("configure_http", "is set beside http_client, which it cannot configure"));
            }
            (Some(http), None) => http,
            (None, configure) => http_client(self.connect_timeout, link, configure)?,
        };
        if self.max_in_flight == Some(0) {
            return Err(Error::config("max_in_flight", "is 0, so no request could be sent"));
        }
        let (account_sid, authorization) = credentials.into_parts();
        let transport = HttpTransport {
            http,
            authorization,
            user_agent: user_agent(self.user_agent_product.as_deref())?,
            timeout: self.timeout,
            max_response_size: self.max_response_size,
            retry: self.retry,
            pace: Pace::new(self.max_in_flight),
        };
        let inner = match self.wrap {
            Some(wrap) => client::Client::new(&base_url, wrap(Arc::new(transport))),
            None => client::Client::new(&base_url, transport),
        };
        let inner = inner.map_err(|error| match error {
            Error::Config(error) => Error::config(self.base_url_name, error.problem()),
            other => other,
        })?;
        // reqwest accepts fewer URLs than `http::Uri`.
        if let Err(error) = reqwest::Url::parse(inner.base_url()) {
            return Err(Error::config_from(self.base_url_name, "cannot be called", error));
        }
        let client = Client::new(inner, Some(Arc::new(account_sid)));
        Ok(match self.webhook_enabled {
            Some(enabled) => client.with_webhook_enabled(enabled),
            None => client,
        })
    }
}

fn http_client(
    connect_timeout: Duration,
    link: Link,
    configure: Option<ConfigureHttp>,
) -> Result<reqwest::Client, Error> {
    let http = reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        // Proxies and load balancers commonly close idle connections after a minute. A write on such a connection fails
        // and cannot be retried.
        .pool_idle_timeout(Duration::from_secs(50));
    // To a proxy, loopback is another machine, which must not receive the credentials.
    let http = if link == Link::Loopback { http.no_proxy() } else { http };
    let http = tls::configure(http, link, configure.is_some())?;
    let http = match configure {
        Some(configure) => configure(http),
        None => http,
    };
    let http = http
        // A redirect on the same host would receive the credentials, and the API has none.
        .redirect(reqwest::redirect::Policy::none())
        // Other crates may turn on reqwest's decompression, which makes a gigabyte of a megabyte.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        // Other crates may turn reqwest's HTTP/2 on; what is measured and tested here is HTTP/1.1.
        .http1_only();
    http.build().map_err(|error| Error::config_from("HTTP client", "could not be set up", error))
}

fn user_agent(product: Option<&str>) -> Result<HeaderValue, Error> {
    const OWN: &str = concat!("twilio-conversations/", env!("CARGO_PKG_VERSION"));
    let own = format!("{OWN} (rust; {} {})", env::consts::OS, env::consts::ARCH);
    let text = match product {
        Some(product) => format!("{product} {own}"),
        None => own,
    };
    HeaderValue::try_from(text)
        .map_err(|error| Error::config_from("user agent product", "does not fit in a header", error))
}
