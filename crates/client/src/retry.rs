//! What may be sent again, and when the server asks for it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};

use crate::{TransportError, TransportErrorKind};

/// Whether a request may be sent again after this outcome: it may well succeed then, and is not done twice.
///
/// - Always after status 429 and a connection that was never made: nothing was done.
/// - Where doing it twice is doing it once ([`Operation::is_idempotent`](crate::Operation::is_idempotent)) also after
///   status 502, 503 and 504, a connection that broke and a timeout: nobody knows what was done.
/// - Never after any other status, a request that the transport refused, or a response body above the limit.
///
/// Public for transports that retry.
pub fn is_retryable(is_idempotent: bool, outcome: Result<StatusCode, &TransportError>) -> bool {
    if outcome.is_err_and(TransportError::is_too_large) {
        return false;
    }
    // The status has its meaning however much of the body came after it.
    if outcome.map_or_else(TransportError::status, Some) == Some(StatusCode::TOO_MANY_REQUESTS) {
        return true;
    }
    match outcome.map_err(TransportError::kind) {
        Ok(StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT) => is_idempotent,
        Ok(_) | Err(TransportErrorKind::Invalid | TransportErrorKind::TooLarge { .. }) => false,
        Err(TransportErrorKind::Connect) => true,
        Err(TransportErrorKind::Timeout | TransportErrorKind::Request | TransportErrorKind::Body) => is_idempotent,
    }
}

/// Reads `Retry-After`, seconds or an HTTP date. A date in the past is no wait.
///
/// Public for transports that retry.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(retry_after: &str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, retry_after.parse().unwrap())])
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-01-02T03:04:05Z").unwrap().to_utc();
        assert_eq!(retry_after(&headers("7"), now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&headers("Fri, 02 Jan 2026 03:04:15 GMT"), now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after(&headers("Fri, 02 Jan 2026 03:04:00 GMT"), now), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers("soon"), now), None);
        assert_eq!(retry_after(&headers("-1"), now), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn what_may_be_sent_again_goes_by_what_may_have_been_done() {
        use TransportErrorKind::{Body, Connect, Invalid, Request, Timeout, TooLarge};

        fn both(outcome: Result<StatusCode, &TransportError>) -> [bool; 2] {
            [is_retryable(true, outcome), is_retryable(false, outcome)]
        }

        for (status, expected) in [
            (429, [true, true]),
            (502, [true, false]),
            (503, [true, false]),
            (504, [true, false]),
            (200, [false, false]),
            (404, [false, false]),
            (408, [false, false]),
            (500, [false, false]),
        ] {
            assert_eq!(both(Ok(StatusCode::from_u16(status).unwrap())), expected, "{status}");
        }
        for (kind, expected) in [
            (Connect, [true, true]),
            (Timeout, [true, false]),
            (Request, [true, false]),
            (Body, [true, false]),
            (Invalid, [false, false]),
            (TooLarge { limit: 7 }, [false, false]),
        ] {
            assert_eq!(both(Err(&TransportError::new(kind, "for a test"))), expected, "{kind:?}");
        }
        let slow_to_connect = TransportError::new(Connect, "for a test").with_timeout();
        assert_eq!(both(Err(&slow_to_connect)), [true, true]);
        let mut answer = http::Response::new(bytes::Bytes::new());
        *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        let half = TransportError::new(Body, "for a test").with_partial_answer(answer.clone());
        assert_eq!(both(Err(&half)), [true, true], "it was not processed, however much of that came");
        let large = TransportError::new(TooLarge { limit: 7 }, "for a test").with_partial_answer(answer);
        assert_eq!(both(Err(&large)), [false, false], "it would be as large again");
    }
}
