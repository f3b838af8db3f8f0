//! `reqwest::Client` as a transport, and its response bodies within a limit.

use std::time::Duration;

use bytes::Bytes;

use crate::{BoxFuture, Call, Transport, TransportError, TransportErrorKind, transport::DEFAULT_MAX_RESPONSE_SIZE};

/// A plain client is a transport without retries. Give it credentials as default headers, and switch redirects off:
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
///
/// let mut basic = HeaderValue::from_str("Basic QUMxMjM6dG9rZW4=")?;
/// basic.set_sensitive(true);
/// let http = reqwest::Client::builder()
///     .default_headers(HeaderMap::from_iter([(AUTHORIZATION, basic)]))
///     .redirect(reqwest::redirect::Policy::none())
///     .build()?;
/// let client = twilio_conversations_client::Client::new("https://conversations.twilio.com", http)?;
/// # Ok(()) }
/// ```
impl Transport for reqwest::Client {
    fn send(
        &self,
        request: http::Request<Bytes>,
        call: Call,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        let limit = call.max_response_size.unwrap_or(DEFAULT_MAX_RESPONSE_SIZE);
        Box::pin(send_with_reqwest(self, request, call.timeout, limit))
    }
}

/// Makes one attempt with reqwest, from connecting to the last byte of the response.
///
/// A `Content-Length` above `max_response_size`, in bytes, is an error before the body is read. Without one, reading stops
/// at the limit. Either way the connection is closed. While it is read, a body takes up to 1.5 times its limit in memory,
/// or 1.5 times the declared length. If `client` decompresses, the limit counts decompressed bytes.
///
/// Headers have limits of hyper's: 100 headers, and 408 KiB together (up to 816 KiB where they arrive in one read). Beyond
/// them, the error is of kind [`Request`](TransportErrorKind::Request).
///
/// # Errors
///
/// When no complete response arrived; the part that arrived is kept. The request's URL is removed from the error.
pub async fn send_with_reqwest(
    client: &reqwest::Client,
    request: http::Request<Bytes>,
    timeout: Option<Duration>,
    max_response_size: usize,
) -> Result<http::Response<Bytes>, TransportError> {
    let mut request = reqwest::Request::try_from(request).map_err(transport_error)?;
    if timeout.is_some() {
        *request.timeout_mut() = timeout;
    }
    let mut received = client.execute(request).await.map_err(transport_error)?;
    let mut response = http::Response::new(Bytes::new());
    *response.status_mut() = received.status();
    *response.headers_mut() = std::mem::take(received.headers_mut());
    let (body, end) = read_body(&mut received, max_response_size).await;
    *response.body_mut() = body;
    match end {
        Ok(()) => Ok(response),
        Err(error) => Err(error.with_partial_response(response)),
    }
}

fn transport_error(error: reqwest::Error) -> TransportError {
    let kind = match () {
        // A connection that takes too long to make is a timeout to reqwest too, and nothing was sent all the same.
        () if error.is_connect() => TransportErrorKind::Connect,
        () if error.is_timeout() => TransportErrorKind::Timeout,
        () if error.is_body() || error.is_decode() => TransportErrorKind::Body,
        () if error.is_builder() => TransportErrorKind::Invalid,
        () => TransportErrorKind::Request,
    };
    let timed_out = error.is_timeout();
    let error = TransportError::new(kind, error.without_url());
    if timed_out { error.with_timeout() } else { error }
}

/// The whole body, or the part of it that arrived within the limit.
async fn read_body(response: &mut reqwest::Response, limit: usize) -> (Bytes, Result<(), TransportError>) {
    let too_large = |reason: String| Err(TransportError::new(TransportErrorKind::TooLarge { limit }, reason));
    let declared = response.content_length();
    if let Some(length) = declared
        && usize::try_from(length).map_or(true, |length| length > limit)
    {
        return (Bytes::new(), too_large(format!("the server declared {length} bytes")));
    }
    let mut body = Body::new(declared.and_then(|length| length.try_into().ok()), limit);
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                if !body.push(chunk) {
                    return (body.into_bytes(), too_large("the server did not declare its length".to_owned()));
                }
            }
            Ok(None) => return (body.into_bytes(), Ok(())),
            Err(error) => return (body.into_bytes(), Err(transport_error(error))),
        }
    }
}

/// A body that is being read. One that arrives in a single chunk is not copied.
struct Body {
    first: Bytes,
    joined: Vec<u8>,
    /// Bytes to expect, 0 if unknown.
    declared: usize,
    limit: usize,
}

/// As much is allocated at once for a body of declared length. A larger one grows with what arrives, so that a server
/// cannot reserve memory by a header alone.
const ALLOCATED_AT_ONCE: usize = 1024 * 1024;

impl Body {
    fn new(declared: Option<usize>, limit: usize) -> Self {
        Self { first: Bytes::new(), joined: Vec::new(), declared: declared.unwrap_or(0), limit }
    }

    /// Appends as much of the chunk as fits within the limit; `false` when that is not all of it.
    fn push(&mut self, mut chunk: Bytes) -> bool {
        let length = self.first.len() + self.joined.len();
        let fits = chunk.len() <= self.limit - length;
        chunk.truncate(self.limit - length);
        if length == 0 {
            self.first = chunk;
            return fits;
        }
        self.reserve(length + chunk.len());
        self.joined.extend_from_slice(&std::mem::take(&mut self.first));
        self.joined.extend_from_slice(&chunk);
        fits
    }

    /// Grows the buffer in halves of the largest size that it may need. Its last step is then from half of that to
    /// all of it, so that both buffers together take 1.5 times the limit at most.
    fn reserve(&mut self, needed: usize) {
        if needed <= self.joined.capacity() {
            return;
        }
        let mut capacity = if self.declared >= needed { self.declared } else { self.limit };
        while capacity / 2 >= needed.max(self.declared.min(ALLOCATED_AT_ONCE)) {
            capacity /= 2;
        }
        self.joined.reserve_exact(capacity - self.joined.len());
    }

    fn into_bytes(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body of these chunks, whether each fitted, and the largest sum of two buffers that a step of growth took.
    fn body(declared: Option<usize>, limit: usize, chunks: &[usize]) -> (Vec<u8>, bool, usize) {
        let mut body = Body::new(declared, limit);
        let (mut fits, mut most) = (true, 0);
        let mut numbers = (0..=u8::MAX).cycle();
        for length in chunks {
            let before = body.joined.capacity();
            fits &= body.push(numbers.by_ref().take(*length).collect());
            if body.joined.capacity() != before {
                most = most.max(before + body.joined.capacity());
            }
        }
        (body.into_bytes().to_vec(), fits, most)
    }

    fn counted(length: usize) -> Vec<u8> {
        (0..=u8::MAX).cycle().take(length).collect()
    }

    #[test]
    fn chunks_are_joined_in_order() {
        for chunks in [&[][..], &[5], &[0, 5], &[5, 0, 7], &[1; 300], &[4096; 9]] {
            let length = chunks.iter().sum();
            for declared in [None, Some(length)] {
                let (bytes, fits, _) = body(declared, 1 << 20, chunks);
                assert!(fits && bytes == counted(length), "{chunks:?}");
            }
        }
    }

    #[test]
    fn a_body_ends_at_the_limit() {
        for (limit, chunks, expected) in [
            (10, &[10][..], true),
            (10, &[11], false),
            (10, &[5, 5], true),
            (10, &[5, 6], false),
            (10, &[5, 5, 1], false),
            (0, &[], true),
            (0, &[1], false),
            (usize::MAX, &[4096, 4096], true),
        ] {
            let (bytes, fits, _) = body(None, limit, chunks);
            assert_eq!(fits, expected, "{limit}: {chunks:?}");
            assert_eq!(bytes, counted(chunks.iter().sum::<usize>().min(limit)), "{limit}: {chunks:?}");
        }
    }

    #[test]
    fn the_buffer_grows_to_one_and_a_half_times_the_limit_at_most() {
        for limit in [1000, 1023, 65_536, 99_999] {
            for chunk in [1, 7, 400] {
                let (bytes, fits, most) = body(None, limit, &vec![chunk; limit / chunk]);
                assert!(fits && bytes.len() == limit / chunk * chunk);
                assert!(most <= limit + limit.div_ceil(2), "{limit} in chunks of {chunk}: {most}");
            }
        }
    }

    #[test]
    fn a_declared_length_is_allocated_at_once_up_to_a_mebibyte() {
        let (_, _, most) = body(Some(5000), 1 << 20, &[1000; 5]);
        assert_eq!(most, 5000);
        let (_, _, most) = body(Some(usize::MAX), usize::MAX, &[1000; 2]);
        assert!(most <= 2 * ALLOCATED_AT_ONCE, "{most}");
    }
}
