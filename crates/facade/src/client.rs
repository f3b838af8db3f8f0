//! The client that applications hold.

use std::{fmt, ops::Deref, sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue};
use twilio_conversations_client as client;
use twilio_conversations_client::{Error, Transport};
use twilio_conversations_types::AccountSid;

use crate::{ClientBuilder, RetryPolicy};

const WEBHOOK_ENABLED: HeaderName = HeaderName::from_static("x-twilio-webhook-enabled");

/// A client for the Conversations API of one account.
///
/// Cheap to clone, and clones share their connections: make one and pass it around. It derefs to the
/// [generated client](client::Client), which has the resources as methods: the [map](crate#resources) shows them all.
///
/// ```no_run
/// use twilio_conversations::{Client, EventType};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::from_env()?;
/// let hook = client.configuration().webhooks().fetch().await?;
/// println!("events are sent to {:?}", hook.post_webhook_url);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: client::Client,
    account_sid: Option<Arc<AccountSid>>,
}

impl Client {
    /// A client configured by environment variables: see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when a variable is missing or malformed, or TLS cannot be set up. The error names the variable
    /// and never shows its value.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// A builder for a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A client with a transport of the application, which adds the credentials; or for tests, one that sends nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when the base URL is not an absolute `http` or `https` URL, or has a user, query or fragment.
    pub fn with_transport(base_url: &str, transport: impl Transport) -> Result<Self, Error> {
        Ok(Self::new(client::Client::new(base_url, transport)?, None))
    }

    pub(crate) fn new(inner: client::Client, account_sid: Option<Arc<AccountSid>>) -> Self {
        Self { inner, account_sid }
    }

    /// The account of the calls; `None` with a [transport](Self::with_transport) of the application.
    pub fn account_sid(&self) -> Option<&AccountSid> {
        self.account_sid.as_deref()
    }

    /// The same client with another limit for each attempt of a call, from connecting to the last byte of the response.
    ///
    /// ```no_run
    /// # async fn run(client: twilio_conversations::Client) -> Result<(), twilio_conversations::Error> {
    /// use std::time::Duration;
    ///
    /// let hook = client.with_timeout(Duration::from_secs(2)).configuration().webhooks().fetch().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { inner: self.inner.with_timeout(timeout), account_sid: self.account_sid.clone() }
    }

    /// The same client with another limit for response bodies, in bytes: see [`ClientBuilder::max_response_size`].
    ///
    /// A [transport](Self::with_transport) of the application finds it in [`Call`](crate::Call).
    ///
    /// ```no_run
    /// # async fn run(client: twilio_conversations::Client) -> Result<(), twilio_conversations::Error> {
    /// let small = client.with_max_response_size(1024 * 1024);
    /// let hook = small.configuration().webhooks().fetch().max_response_size(64 * 1024).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_max_response_size(&self, bytes: usize) -> Self {
        Self { inner: self.inner.with_max_response_size(bytes), account_sid: self.account_sid.clone() }
    }

    /// The same client with another retry policy.
    ///
    /// A [transport](Self::with_transport) of the application finds it in the extensions of each request.
    ///
    /// ```no_run
    /// # async fn run(client: twilio_conversations::Client) -> Result<(), twilio_conversations::Error> {
    /// use twilio_conversations::RetryPolicy;
    ///
    /// let hook = client.with_retry(RetryPolicy::off()).configuration().webhooks().fetch().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        Self { inner: self.inner.with_extension(policy), account_sid: self.account_sid.clone() }
    }

    /// The same client with another default for whether its actions call webhooks: header `X-Twilio-Webhook-Enabled` of
    /// the operations that take it and are called without a value of their own.
    ///
    /// Without `true`, an action by REST calls no webhooks at service or conversation scope; with `true` it calls
    /// post-event webhooks, and whether it calls pre-event webhooks is not documented.
    ///
    /// ```no_run
    /// # async fn run(client: twilio_conversations::Client) -> Result<(), twilio_conversations::Error> {
    /// let reported = client.with_webhook_enabled(true);
    /// reported.conversation("orders").messages().create().body("Shipped.").await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_webhook_enabled(&self, enabled: bool) -> Self {
        let value = HeaderValue::from_static(if enabled { "true" } else { "false" });
        self.with_default_header(WEBHOOK_ENABLED, value)
    }

    /// The same client with a value for a documented request header: sent by every operation that takes the header and
    /// is called without a value of its own, and by no other.
    #[must_use]
    pub fn with_default_header(&self, name: HeaderName, value: HeaderValue) -> Self {
        Self { inner: self.inner.with_default_header(name, value), account_sid: self.account_sid.clone() }
    }
}

impl Deref for Client {
    type Target = client::Client;

    fn deref(&self) -> &client::Client {
        &self.inner
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.base_url())
            .field("account_sid", &self.account_sid())
            .finish_non_exhaustive()
    }
}
