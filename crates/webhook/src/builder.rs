//! Settings of a `Verifier`.

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
            form_posts_only: false,
        }
    }

    /// Adds a second auth token, for the time in which tokens are rotated. May be called again.
    ///
    /// Twilio signs with the primary token until the secondary is promoted.
    ///
    /// No secret is bound to an algorithm. Each, the primary one too, is tried with the algorithm that the request names
    /// in `X-Twilio-Webhooks-Signature-Settings`, HMAC-SHA1 where it names none, as the vendor's Python library does with
    /// the secret that it is given. So the secret of a shared key, should your webhooks be signed with one, is added here
    /// like a token; the name of the key in that header is not looked at.
    pub fn secondary_auth_token(mut self, auth_token: impl AsRef<str>) -> Self {
        self.keys.push(Key::new(auth_token.as_ref()));
        self
    }

    /// Sets the URL exactly as it is configured at Twilio, for a verifier that serves this one webhook.
    ///
    /// Scheme, host, port and path are taken from it whatever the server sees, which is what a server behind a proxy
    /// wants; the query is that of the request, since a GET request has its fields there, or the one set here if the
    /// request has none. A fragment (`#rc=2`, Twilio's connection overrides) is never part of a request and is dropped.
    pub fn public_url(mut self, url: impl AsRef<str>) -> Self {
        self.origin = Origin::url(url.as_ref());
        self
    }

    /// Sets the public URL that stands for the server's root, for a verifier that serves several webhooks: the path and
    /// the query of each request are appended.
    ///
    /// ```
    /// use twilio_conversations_webhook::{Signer, Verifier};
    ///
    /// let verifier = Verifier::builder("token").public_base("https://example.com/twilio").build()?;
    /// // The proxy takes `/twilio` off and passes the rest on.
    /// let sent = Signer::new("token")?.post_form("https://example.com/twilio/pre", [("Body", "hi")])?;
    /// let seen = "/pre".parse()?;
    /// verifier.verify(sent.method(), &seen, sent.headers(), sent.body())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn public_base(mut self, url: impl AsRef<str>) -> Self {
        self.origin = Origin::base(url.as_ref());
        self
    }

    /// Assumes `http` for URLs taken from the request. Default: `https`.
    ///
    /// A server cannot see which scheme its caller used; the vendor calls `https` unless it was told otherwise.
    pub fn plain_http(mut self, plain: bool) -> Self {
        self.plain_http = plain;
        self
    }

    /// Takes scheme, host and port from `X-Forwarded-Proto`, `X-Forwarded-Host` and `X-Forwarded-Port` where they are
    /// present. Default: false.
    ///
    /// Only for servers that are reached through a proxy that sets or removes all three; of a list, the first value
    /// counts. Without a public URL, a caller who can choose the host may present a signature that was made for another
    /// host of the same account; so prefer [`public_url`](Self::public_url) or [`public_base`](Self::public_base),
    /// which make this setting moot.
    pub fn trust_forwarded_headers(mut self, trust: bool) -> Self {
        self.trust_forwarded_headers = trust;
        self
    }

    /// Sets the longest body and the longest query accepted, in bytes. Default: 262,144 (256 KiB).
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Accepts nothing but POST requests with a form. Default: false.
    ///
    /// The vendor's signature does not cover the method, nor where a name ends and its value begins. Somebody who got
    /// hold of one signed form could present its text as the query of a GET request instead. If your webhooks are
    /// configured with POST, close that door.
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
            form_posts_only: self.form_posts_only,
        }))
    }
}

/// A message of 32 KB whose every byte is escaped, with its attributes and names, stays well below.
const DEFAULT_BODY_LIMIT: usize = 256 * 1024;
