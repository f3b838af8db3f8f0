//! The transport: adds the credentials to each request, sends it, and retries by the policy. Only this module has the
//! credentials.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use tracing::{Instrument, Span, field::Empty};
use twilio_conversations_client::{Attempts, BoxFuture, Call, Transport, TransportError, send_with_reqwest};

use crate::{
    pace::Pace,
    retry::{Retry, RetryPolicy, Tried, millis},
};

pub(crate) struct HttpTransport {
    pub(crate) http: reqwest::Client,
    pub(crate) authorization: HeaderValue,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) max_response_size: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) pace: Pace,
}

type Outcome = Result<Response<Bytes>, TransportError>;

impl Transport for HttpTransport {
    fn send(&self, mut request: Request<Bytes>, call: Call) -> BoxFuture<'_, Outcome> {
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, self.authorization.clone());
        headers.insert(header::USER_AGENT, self.user_agent.clone());
        let span = tracing::debug_span!(
            "twilio_conversations",
            operation = &*call.operation.id,
            method = call.operation.method.as_str(),
            path = &*call.operation.path,
            status = Empty,
            attempts = Empty,
            duration_ms = Empty,
        );
        let is_disabled = span.is_disabled();
        let outcome: BoxFuture<'_, Outcome> = Box::pin(self.call(request, call, span.clone()));
        // A disabled span costs a branch. An enabled one costs a second box, so that the call is compiled once.
        if is_disabled { outcome } else { Box::pin(outcome.instrument(span)) }
    }
}

impl HttpTransport {
    /// All attempts of one call.
    ///
    /// Nothing is spawned: dropping this future closes the connection in use and ends the wait before the next attempt.
    async fn call(&self, mut request: Request<Bytes>, call: Call, span: Span) -> Outcome {
        let mut begin = Instant::now();
        // A client's own, from `Client::with_retry`.
        let own = request.extensions_mut().remove::<RetryPolicy>();
        let retry = own.as_ref().unwrap_or(&self.retry);
        let timeout = Some(call.timeout.unwrap_or(self.timeout));
        let limit = call.max_response_size.unwrap_or(self.max_response_size);
        let mut attempt = 1;
        loop {
            let slot = self.pace.enter(retry, &mut begin).await;
            let again = retry.allows_another(attempt).then(|| request.clone());
            let outcome = send_with_reqwest(&self.http, request, timeout, limit).await;
            let tried = Tried { operation: &call.operation, attempt, begin, outcome: outcome.as_ref() };
            drop(slot);
            trace_attempt(&tried);
            let delay = retry.delay(&tried);
            let pause = retry.pause_after(&tried, delay);
            if let Some(pause) = pause {
                self.pace.pause(pause);
            }
            let (Some(delay), Some(again)) = (delay, again) else {
                trace_end(&span, &tried);
                return match outcome {
                    Ok(mut response) if attempt > 1 => {
                        response.extensions_mut().insert(Attempts(attempt));
                        Ok(response)
                    }
                    Ok(response) => Ok(response),
                    Err(error) => Err(error.with_attempts(attempt)),
                };
            };
            let next = Retry::new(&tried, delay);
            tracing::debug!(attempt, delay_ms = millis(delay), cause = %next.cause, "retrying");
            retry.notify(&next);
            let spread = pause.and_then(|_| retry.spread(delay, tried.elapsed()));
            tokio::time::sleep(spread.unwrap_or(delay)).await;
            attempt += 1;
            request = again;
        }
    }
}

fn trace_attempt(tried: &Tried<'_>) {
    match tried.outcome {
        Ok(response) => tracing::debug!(
            attempt = tried.attempt,
            status = response.status().as_u16(),
            elapsed_ms = millis(tried.elapsed()),
            "response"
        ),
        Err(error) => tracing::debug!(
            attempt = tried.attempt,
            error = error as &(dyn Error + 'static),
            elapsed_ms = millis(tried.elapsed()),
            "no complete response"
        ),
    }
}

fn trace_end(span: &Span, tried: &Tried<'_>) {
    if span.is_disabled() {
        return;
    }
    let status = match tried.outcome {
        Ok(response) => Some(response.status()),
        Err(error) => error.status(),
    };
    if let Some(status) = status {
        span.record("status", status.as_u16());
    }
    span.record("attempts", tried.attempt);
    span.record("duration_ms", millis(tried.elapsed()));
}
