//! Settings of a `Verifier`.

use std::time::Duration;

use crate::mac::Key;
use crate::origin::Origin;
use crate::verifier::Inner;
use crate::{Verifier, VerifierError};

/// Sets up a [`Verifier`].
///
/// ```
/// use twilio_conversations_webhook::Verifier;
///
/// let verifier = Verifier::builder("primary token")
///     .secondary_auth_token("the one that will be promoted")
///     .public_url("https://example.com/twilio/hooks")
///     .body_limit(64 * 1024)
///     .form_posts_only(true)
///     .build()?;
/// assert!(!format!("{verifier:?}").contains("token"));
/// # Ok::<(), twilio_conversations_webhook::VerifierError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct VerifierBuilder {
    keys: Vec<Result<Key, VerifierError>>,
    origin: Result<Origin, VerifierError>,
    plain_http: bool,
    trust_forwarded_headers: bool,
    body_limit: usize,
    body_timeout: Duration,
    field_limit: usize,
    form_posts_only: bool,
}

impl VerifierBuilder {
    pub(crate) fn new(auth_token: &str) -> Self {
        Self {
            keys: vec![Key::new(auth_token)],
            origin: Ok(Origin::default()),
            plain_http: false,
            trust_forwarded_headers: false,
            body_limit: DEFAULT_BODY_LIMIT,
            body_timeout: DEFAULT_BODY_TIMEOUT,
            field_limit: DEFAULT_FIELD_LIMIT,
            form_posts_only: false,
        }
    }

    /// Adds a second auth token, for the time in which tokens are rotated. May be called again.
    ///
    /// Twilio signs with the primary token until the secondary is promoted.
    ///
    /// Each secret is tried with the algorithm that the request names in `X-Twilio-Webhooks-Signature-Settings`,
    /// HMAC-SHA1 by default. If Twilio signs your webhooks with a shared key, add its secret here like a token. The name of
    /// the key in that header is not compared.
    pub fn secondary_auth_token(mut self, auth_token: impl AsRef<str>) -> Self {
        self.keys.push(Key::new(auth_token.as_ref()));
        self
    }

    /// Sets the URL exactly as it is configured at Twilio, for a verifier of this one webhook.
    ///
    /// Scheme, host, port and path are taken from it, also behind a proxy that changes them. The query is that of the
    /// request, where a GET request has its fields, or the one set here if the request has none. A fragment (`#rc=2`,
    /// Twilio's connection overrides) is not part of a request and is dropped.
    pub fn public_url(mut self, url: impl AsRef<str>) -> Self {
        self.origin = Origin::url(url.as_ref());
        self
    }

    /// Sets the public URL of the server's root, for a verifier of several webhooks: the path and the query of each
    /// request are appended.
    ///
    /// ```
    /// use twilio_conversations_webhook::{Signer, Verifier};
    ///
    /// let verifier = Verifier::builder("token").public_base("https://example.com/twilio").build()?;
    /// // The proxy removes `/twilio` from the path.
    /// let sent = Signer::new("token")?.post_form("https://example.com/twilio/pre", [("Body", "hi")])?;
    /// let seen = "/pre".parse()?;
    /// verifier.verify(sent.method(), &seen, sent.headers(), sent.body())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn public_base(mut self, url: impl AsRef<str>) -> Self {
        self.origin = Origin::base(url.as_ref());
        self
    }

    /// Assumes `http` for URLs taken from the request. Default: false, `https`.
    ///
    /// A server behind a proxy cannot see the scheme of the URL that was called.
    pub fn plain_http(mut self, plain: bool) -> Self {
        self.plain_http = plain;
        self
    }

    /// Takes scheme, host and port from `X-Forwarded-Proto`, `X-Forwarded-Host` and `X-Forwarded-Port` if the request has
    /// them. Default: false.
    ///
    /// Each is a list, in one line or in several (RFC 9110, section 5.3). The first element counts, empty ones are
    /// skipped, and a header without any is malformed. `Forwarded` (RFC 7239) is not read.
    ///
    /// Only for servers that are reached through a proxy that sets or removes all three headers. A caller that chooses the
    /// host can replay a request that Twilio signed for another host of the same account, so prefer
    /// [`public_url`](Self::public_url) or [`public_base`](Self::public_base). With either, this setting has no effect.
    pub fn trust_forwarded_headers(mut self, trust: bool) -> Self {
        self.trust_forwarded_headers = trust;
        self
    }

    /// Sets the longest body and the longest query or URL accepted, in bytes. Default: 262,144 (256 KiB).
    ///
    /// A request beyond it is rejected with 413, by its `Content-Length` before its body is read.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the time in which a whole body must be read. Default: 4 seconds.
    ///
    /// The extractors and `EventRouter`
    /// reject a request whose body is not complete by then with 408 and close its connection. Twilio waits 5 seconds for a
    /// response, so a body that needs longer is of no use. Another server reads the limit from
    /// [`Verifier::body_timeout`].
    pub fn body_timeout(mut self, time: Duration) -> Self {
        self.body_timeout = time;
        self
    }

    /// Sets the largest number of fields accepted in a form or a query. Default: 1,000.
    ///
    /// A request beyond it is rejected with 413 before its signature is computed. An event has about 20 fields.
    pub fn field_limit(mut self, fields: usize) -> Self {
        self.field_limit = fields;
        self
    }

    /// Accepts only POST requests with a form. Default: false.
    ///
    /// The signature does not cover the method, nor where a name ends and its value begins. A signed form that leaked can
    /// be replayed as the query of a GET request, cut in other places. Set this if the `method` of all your webhooks is
    /// POST. A webhook whose method was never set may come by GET, and is then rejected with 405.
    pub fn form_posts_only(mut self, only: bool) -> Self {
        self.form_posts_only = only;
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// [`VerifierError`] for an empty secret or a public URL that is not absolute.
    pub fn build(self) -> Result<Verifier, VerifierError> {
        let mut origin = self.origin?;
        if let Origin::Request { plain_http, trust_forwarded_headers } = &mut origin {
            *plain_http = self.plain_http;
            *trust_forwarded_headers = self.trust_forwarded_headers;
        }
        Ok(Verifier::from(Inner {
            keys: self.keys.into_iter().collect::<Result<_, _>>()?,
            origin,
            body_limit: self.body_limit,
            body_timeout: self.body_timeout,
            field_limit: self.field_limit,
            form_posts_only: self.form_posts_only,
        }))
    }
}

/// A message of 32 KB with every byte escaped, its attributes and its names is smaller.
const DEFAULT_BODY_LIMIT: usize = 256 * 1024;
/// Leaves a second of the 5 that Twilio waits for verifying, the handler and the network.
const DEFAULT_BODY_TIMEOUT: Duration = Duration::from_secs(4);
/// The limit of other form parsers, 50 times the fields of an event.
const DEFAULT_FIELD_LIMIT: usize = 1000;
