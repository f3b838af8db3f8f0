//! What the clones and clients of a mock share: expectations and recorded requests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{BoxFuture, Call, Transport, TransportError, TransportErrorKind};
use bytes::Bytes;
use http::{Request, Response};

use super::{expectation::Expectation, request::RecordedRequest};

/// How many requests are kept.
const LIMIT: usize = 10_000;

/// How many calls without an expectation are listed at the end.
const REPORTED: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<State>);

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) expectations: Vec<Expectation>,
    pub(super) requests: Vec<RecordedRequest>,
    /// Descriptions of the calls without an expectation.
    unexpected: Vec<String>,
}

impl Shared {
    /// Every change leaves the state whole, so a panic of another thread does not matter.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[track_caller]
    pub(super) fn check(&self) {
        let problem = self.state().problem();
        if let Some(problem) = problem {
            panic!("{problem}");
        }
    }
}

impl State {
    /// Takes the matching expectation of a request and returns its outcome.
    fn take(&mut self, request: RecordedRequest) -> Result<Response<Bytes>, TransportError> {
        if self.requests.len() == LIMIT {
            return Err(self.fail(format!("{request} is beyond the limit of {LIMIT} requests")));
        }
        let outcome = match self.expectations.iter_mut().find(|expectation| expectation.matches(&request)) {
            Some(expectation) => expectation.take(&request),
            None => {
                let left = self.left();
                Err(self.fail(format!("no expectation for {request}; left: {left}")))
            }
        };
        self.requests.push(request);
        outcome
    }

    fn fail(&mut self, problem: String) -> TransportError {
        if self.unexpected.len() < REPORTED {
            self.unexpected.push(problem.clone());
        }
        TransportError::new(TransportErrorKind::Invalid, problem)
    }

    fn left(&self) -> String {
        let left = self.expectations.iter().filter(|expectation| expectation.left > 0);
        let left: Vec<_> = left.map(ToString::to_string).collect();
        if left.is_empty() { "none".to_owned() } else { left.join(", ") }
    }

    fn problem(&self) -> Option<String> {
        let left = self.expectations.iter().any(|expectation| expectation.left > 0);
        let left = left.then(|| format!("calls expected and not made: {}", self.left()));
        let problems: Vec<_> = left.into_iter().chain(self.unexpected.iter().cloned()).collect();
        (!problems.is_empty()).then(|| format!("MockTransport: {}", problems.join("\n")))
    }
}

impl Transport for Shared {
    fn send(&self, request: Request<Bytes>, call: Call) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move { self.state().take(RecordedRequest::new(request, &call)) })
    }
}
