//! Which outcomes may be retried, and `Retry-After`.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};

use crate::{TransportError, TransportErrorKind};

/// Whether a request may be retried after this outcome: the retry may succeed and cannot apply the request twice.
///
/// - Always after status 429 and if no connection was made: nothing was done.
/// - If the request is [idempotent](crate::Operation::is_idempotent) also after status 502, 503 and 504, a broken
///   connection and a timeout: it may have been done.
/// - Never after any other status, a request that the transport rejected, or a response body above the limit.
///
/// Public for transports that retry.
pub fn is_retryable(is_idempotent: bool, outcome: Result<StatusCode, &TransportError>) -> bool {
    if outcome.is_err_and(TransportError::is_too_large) {
        return false;
    }
    // A status counts even if the body after it broke off.
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

/// Reads `Retry-After`: seconds, possibly with a fraction, or an HTTP date in one of the three forms of RFC 9110.
///
/// A date in the past is a wait of zero. Seconds that do not fit in a `u64` are [`Duration::MAX`]. Of several header
/// lines, the longest wait counts. Any other value is ignored.
///
/// Public for transports that retry.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let values = headers.get_all(RETRY_AFTER).into_iter().filter_map(|value| value.to_str().ok());
    values.filter_map(|value| wait(value.trim(), now)).max()
}

fn wait(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    seconds(value).or_else(|| Some((http_date(value)? - now).to_std().unwrap_or(Duration::ZERO)))
}

/// Digits, and a point with more digits.
fn seconds(value: &str) -> Option<Duration> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let Ok(whole) = whole.parse() else { return Some(Duration::MAX) };
    // Nine digits are all that a duration can hold.
    let nanos = format!("{fraction:0<9}")[..9].parse().ok()?;
    Some(Duration::new(whole, nanos))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, or the obsolete `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
fn http_date(value: &str) -> Option<DateTime<Utc>> {
    if let Ok(date) = DateTime::parse_from_rfc2822(value) {
        return Some(date.to_utc());
    }
    let date = NaiveDateTime::parse_from_str(value, "%A, %d-%b-%y %H:%M:%S GMT")
        .or_else(|_| NaiveDateTime::parse_from_str(value, "%a %b %e %H:%M:%S %Y"));
    Some(date.ok()?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(retry_after: &[&str]) -> HeaderMap {
        retry_after.iter().map(|value| (RETRY_AFTER, value.parse().unwrap())).collect()
    }

    /// The wait that the header lines ask for at a quarter past eight, in milliseconds.
    fn millis(retry_after_lines: &[&str]) -> Option<u128> {
        let now = DateTime::parse_from_rfc3339("1994-11-06T08:15:00Z").unwrap().to_utc();
        retry_after(&headers(retry_after_lines), now).map(|wait| wait.as_millis())
    }

    #[test]
    fn retry_after_is_read_in_seconds_with_or_without_a_fraction() {
        for (value, expected) in
            [("7", 7000), ("0", 0), (" 3 ", 3000), ("007", 7000), ("1.5", 1500), ("0.2", 200), ("2.0000000019", 2000)]
        {
            assert_eq!(millis(&[value]), Some(expected), "{value}");
        }
    }

    #[test]
    fn retry_after_is_read_as_a_date_in_each_form_of_http() {
        for (value, expected) in [
            ("Sun, 06 Nov 1994 08:15:10 GMT", 10_000),
            ("Sunday, 06-Nov-94 08:15:10 GMT", 10_000),
            ("Sun Nov  6 08:15:10 1994", 10_000),
            ("Sat Nov 12 08:15:00 1994", 6 * 24 * 3_600_000),
            ("Sun, 06 Nov 1994 08:14:59 GMT", 0),
            ("Sunday, 06-Nov-94 08:14:59 GMT", 0),
            ("Thu Jan  1 00:00:00 1970", 0),
        ] {
            assert_eq!(millis(&[value]), Some(expected), "{value}");
        }
    }

    #[test]
    fn more_seconds_than_can_be_held_are_the_longest_wait() {
        for value in ["18446744073709551616", "99999999999999999999999999", "18446744073709551616.5"] {
            assert_eq!(retry_after(&headers(&[value]), DateTime::UNIX_EPOCH), Some(Duration::MAX), "{value}");
        }
        let longest = Some(Duration::from_secs(u64::MAX));
        assert_eq!(retry_after(&headers(&["18446744073709551615"]), DateTime::UNIX_EPOCH), longest);
    }

    #[test]
    fn an_odd_retry_after_is_ignored() {
        for odd in [
            "",
            "soon",
            "-1",
            "+1",
            "-0.5",
            "NaN",
            "inf",
            "infinity",
            "1e9",
            "0x10",
            "1.",
            ".5",
            "1.5.1",
            "1,5",
            "1 2",
            "1s",
            "1.-5",
            "Sunday, 06-Nov-94",
            "Mon, 06 Nov 1994 08:15:10 GMT",
            "Sun, 31 Feb 1994 08:15:10 GMT",
            "٣",
        ] {
            assert_eq!(millis(&[odd]), None, "{odd}");
        }
        assert_eq!(millis(&[]), None);
        let bytes = HeaderMap::from_iter([(RETRY_AFTER, http::HeaderValue::from_bytes(b"\xff").unwrap())]);
        assert_eq!(retry_after(&bytes, DateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn of_several_header_lines_the_longest_wait_counts() {
        assert_eq!(millis(&["1", "30", "2"]), Some(30_000));
        assert_eq!(millis(&["soon", "0.5"]), Some(500));
        assert_eq!(millis(&["1", "Sun, 06 Nov 1994 08:15:10 GMT"]), Some(10_000));
        assert_eq!(millis(&["soon", "later"]), None);
    }

    #[test]
    fn only_what_cannot_be_applied_twice_is_retryable() {
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
        let mut response = http::Response::new(bytes::Bytes::new());
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        let half = TransportError::new(Body, "for a test").with_partial_response(response.clone());
        assert_eq!(both(Err(&half)), [true, true], "it was not processed");
        let large = TransportError::new(TooLarge { limit: 7 }, "for a test").with_partial_response(response);
        assert_eq!(both(Err(&large)), [false, false], "it would be as large again");
    }
}
