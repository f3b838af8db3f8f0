//! Reads a request's body within limits of bytes and time.

use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::SignedRejection;
use crate::{SignatureError, SignatureErrorKind};

/// Reads a whole body of at most `limit` bytes in at most `time`.
pub(super) async fn read(body: Body, limit: usize, time: Duration) -> Result<Bytes, SignedRejection> {
    let mut reading = pin!(read_all(body, limit));
    // Most bodies are there with the head. They need no timer.
    if let Poll::Ready(done) = poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await {
        return done;
    }
    tokio::time::timeout(time, reading).await.unwrap_or(Err(SignedRejection::BodyTimeout(time)))
}

async fn read_all(body: Body, limit: usize) -> Result<Bytes, SignedRejection> {
    let mut body = Limited::new(body, limit);
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(unreadable)?.into_data() else { continue };
        if all.is_empty() && body.is_end_stream() {
            return Ok(data);
        }
        // A piece may share a buffer many times its size with the server, so it is copied and released while the rest is
        // awaited.
        grow(&mut all, data.len(), limit);
        all.extend_from_slice(&data);
    }
    Ok(all.into())
}

/// Makes space by doubling, and never beyond the limit: the length that the caller declares is no reason to allocate.
fn grow(buffer: &mut Vec<u8>, more: usize, limit: usize) {
    let needed = buffer.len() + more;
    if needed > buffer.capacity() {
        let capacity = needed.max((2 * buffer.capacity()).min(limit));
        buffer.reserve_exact(capacity - buffer.len());
    }
}

fn unreadable(error: Box<dyn Error + Send + Sync>) -> SignedRejection {
    if error.is::<LengthLimitError>() {
        SignatureError::from(SignatureErrorKind::BodyTooLarge).into()
    } else {
        SignedRejection::Body(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_doubles_and_stays_within_the_limit() {
        let mut buffer = Vec::new();
        let mut capacities = Vec::new();
        for _ in 0..1000 {
            grow(&mut buffer, 1, 1000);
            buffer.push(b'x');
            if capacities.last() != Some(&buffer.capacity()) {
                capacities.push(buffer.capacity());
            }
        }
        assert_eq!(capacities, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickle_of_any_length_ends_with_the_time() {
        let start = tokio::time::Instant::now();
        let body = Body::from_stream(Trickle::default());
        let time = Duration::from_secs(4);
        let rejection = read(body, 1 << 20, time).await.unwrap_err();
        assert!(matches!(rejection, SignedRejection::BodyTimeout(limit) if limit == time));
        assert_eq!(rejection.to_string(), "reading a webhook: the body was not complete within 4s");
        assert_eq!(start.elapsed(), time);
    }

    /// A byte a second, without end.
    struct Trickle(tokio::time::Interval);

    impl Default for Trickle {
        fn default() -> Self {
            Self(tokio::time::interval(Duration::from_secs(1)))
        }
    }

    impl futures_core::Stream for Trickle {
        type Item = Result<&'static str, std::convert::Infallible>;

        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> Poll<Option<Self::Item>> {
            self.0.poll_tick(context).map(|_| Some(Ok("x")))
        }
    }
}
