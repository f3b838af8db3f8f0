//! Idempotency token and retry count of a request.

use std::fmt;

use http::HeaderMap;

use crate::{Fields, IDEMPOTENCY_HEADER};

/// The idempotency token and retry count of one delivery of an event.
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use twilio_conversations_webhook::{Delivery, Fields};
///
/// let mut headers = HeaderMap::new();
/// headers.insert("i-twilio-idempotency-token", HeaderValue::from_static("7d2e9c5e-4f0c-4f2a-9c55-0b1f6a7d1e11"));
/// let delivery = Delivery::new(&headers, &Fields::from_iter([("RetryCount", "1")]));
///
/// assert_eq!(delivery.idempotency_token().unwrap().as_str(), "7d2e9c5e-4f0c-4f2a-9c55-0b1f6a7d1e11");
/// assert!(delivery.is_retry());
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Delivery {
    idempotency_token: Option<IdempotencyToken>,
    retry_count: Option<u32>,
}

impl Delivery {
    /// Reads the header `I-Twilio-Idempotency-Token` and the field `RetryCount`.
    ///
    /// Neither is documented for Conversations; both were seen in requests. A token that is missing, repeated or invalid
    /// counts as absent, as does a count that is not a number. The count is that of
    /// [`Event::retry_count`](crate::Event::retry_count).
    pub fn new(headers: &HeaderMap, fields: &Fields) -> Self {
        let mut tokens = headers.get_all(IDEMPOTENCY_HEADER).iter();
        let idempotency_token = match (tokens.next(), tokens.next()) {
            (Some(token), None) => token.to_str().ok().and_then(IdempotencyToken::new),
            _ => None,
        };
        Self { idempotency_token, retry_count: fields.get_all("RetryCount").find_map(|count| count.parse().ok()) }
    }

    /// Returns the token that all deliveries of one event share, and no two events.
    pub fn idempotency_token(&self) -> Option<&IdempotencyToken> {
        self.idempotency_token.as_ref()
    }

    /// Returns the number of deliveries before this one: 0 for the first.
    pub fn retry_count(&self) -> Option<u32> {
        self.retry_count
    }

    /// True if the request says that the event was sent before.
    pub fn is_retry(&self) -> bool {
        self.retry_count.is_some_and(|count| count > 0)
    }
}

/// The token that all deliveries of one event share, commonly a UUID.
///
/// The signature does not cover headers, so the token recognises repeats among verified requests and is not
/// authenticated.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct IdempotencyToken(String);

impl IdempotencyToken {
    /// Takes 1 to 128 visible ASCII characters; none for other strings.
    pub fn new(token: &str) -> Option<Self> {
        let visible = !token.is_empty() && token.len() <= 128 && token.bytes().all(|byte| byte.is_ascii_graphic());
        visible.then(|| Self(token.to_owned()))
    }

    /// Returns the token, verbatim.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for IdempotencyToken {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
