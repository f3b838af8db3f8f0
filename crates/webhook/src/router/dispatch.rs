//! Calls the handler of a verified event: repeats, deadline, panics and reports.

use std::any::Any;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use twilio_conversations_types::event::Event;
use twilio_conversations_types::v1::EventType;

use super::HandlerError;
use crate::extract::Causes;
use crate::{Deadline, Delivery, Fields, FromFields, IdempotencyToken, Reply, SeenEvents, SignedRejection, Verifier};

/// The settings of a router and its handlers, which hold the state they need.
#[derive(Clone)]
pub(super) struct Dispatch {
    pub(super) verifier: Verifier,
    pub(super) handlers: HashMap<EventType, Erased>,
    pub(super) fallback: Option<Erased>,
    pub(super) on_error: Option<OnError>,
    pub(super) on_rejection: Option<OnRejection>,
    pub(super) seen: Option<Arc<dyn SeenEvents>>,
    pub(super) deadline: Option<(Deadline, Reply)>,
}

pub(super) type Erased = Arc<dyn Fn(Fields, Delivery) -> HandlerFuture + Send + Sync>;
pub(super) type HandlerFuture = Pin<Box<dyn Future<Output = Result<Reply, HandlerError>> + Send>>;
pub(super) type OnError = Arc<dyn Fn(&EventType, &HandlerError) + Send + Sync>;
pub(super) type OnRejection = Arc<dyn Fn(&SignedRejection) + Send + Sync>;

/// A verified request: the event's type, its fields, which delivery it is, and when the request reached the router.
struct Job {
    event_type: EventType,
    fields: Fields,
    delivery: Delivery,
    reached: Instant,
}

impl Dispatch {
    pub(super) async fn respond(self: Arc<Self>, fields: Fields, delivery: Delivery, reached: Instant) -> Response {
        let Some(event_type) = fields.get("EventType").map(EventType::from) else {
            let error =
                Event::from_fields(fields).err().map_or_else(|| "no field EventType".into(), HandlerError::from);
            return self.reject(SignedRejection::Fields(error));
        };
        let job = Job { event_type, fields, delivery, reached };
        match (&self.seen, job.delivery.idempotency_token()) {
            (Some(seen), Some(token)) if job.event_type.is_post_event() => {
                let (seen, token) = (Arc::clone(seen), token.clone());
                // A task of its own: the handler, the release of the token and the report are completed even if the
                // caller closes the connection.
                let task = tokio::spawn(async move {
                    let event_type = job.event_type.clone();
                    let handled = unwinding(self.run_once(&*seen, &token, job)).await;
                    self.finish(&event_type, handled)
                });
                task.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
            }
            _ => {
                let event_type = job.event_type.clone();
                let handled = self.run(job).await;
                self.finish(&event_type, handled)
            }
        }
    }

    /// Reports a rejection and returns its response.
    pub(super) fn reject(&self, rejection: SignedRejection) -> Response {
        let report = self.on_rejection.as_deref().unwrap_or(&SignedRejection::trace);
        // The response does not depend on whether the report succeeds.
        let _ = catch_unwind(AssertUnwindSafe(|| report(&rejection)));
        rejection.into_response()
    }

    fn finish(&self, event_type: &EventType, handled: Result<Reply, HandlerError>) -> Response {
        handled.map_or_else(
            |error| {
                self.report(event_type, &error);
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            },
            IntoResponse::into_response,
        )
    }

    async fn run_once(&self, seen: &dyn SeenEvents, token: &IdempotencyToken, job: Job) -> Result<Reply, HandlerError> {
        if !seen.claim(token).await? {
            return Ok(Reply::accept());
        }
        let event_type = job.event_type.clone();
        let result = self.run(job).await;
        if result.is_err()
            && let Err(error) = seen.release(token).await
        {
            self.report(&event_type, &error);
        }
        result
    }

    async fn run(&self, job: Job) -> Result<Reply, HandlerError> {
        let Some(handler) = self.handlers.get(&job.event_type).or(self.fallback.as_ref()) else {
            return Ok(Reply::accept());
        };
        let Job { event_type, fields, delivery, reached } = job;
        // A panic would close the connection without a response, and Twilio would let the action of a pre-event go on.
        unwinding(async {
            let handled = handler(fields, delivery);
            match &self.deadline {
                Some((deadline, reply)) if !event_type.is_post_event() => {
                    let left = Deadline::new(deadline.limit().saturating_sub(reached.elapsed()));
                    left.run(async { Some(handled.await) }, || None).await.unwrap_or_else(|| {
                        self.report(&event_type, &DeadlinePassed(deadline.limit()).into());
                        Ok(reply.clone())
                    })
                }
                _ => handled.await,
            }
        })
        .await
    }

    fn report(&self, event_type: &EventType, error: &HandlerError) {
        let report = self.on_error.as_deref().unwrap_or(&trace);
        // The response does not depend on whether the report succeeds.
        let _ = catch_unwind(AssertUnwindSafe(|| report(event_type, error)));
    }
}

/// Makes a panic an error.
async fn unwinding(task: impl Future<Output = Result<Reply, HandlerError>>) -> Result<Reply, HandlerError> {
    let mut task = pin!(task);
    // Unwind safe: a future that panicked is not polled again.
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(context)))
            .unwrap_or_else(|panic| Poll::Ready(Err(Panicked::with(&*panic).into())))
    })
    .await
}

/// The report of a program that sets none.
fn trace(event_type: &EventType, error: &HandlerError) {
    // An unknown name is untrusted input of any length, and the message of a panic may quote the request.
    let event_type = match event_type {
        EventType::Unknown(_) => "one that is not known",
        known => known.as_str(),
    };
    let error = if error.is::<Panicked>() { "the handler panicked".to_owned() } else { Causes(&**error).to_string() };
    tracing::error!(event_type, error, "a webhook's event could not be handled");
}

/// A panic of a handler, with its message if it has one.
#[derive(Debug)]
struct Panicked {
    message: Option<String>,
}

impl Panicked {
    fn with(panic: &(dyn Any + Send)) -> Self {
        let message = panic.downcast_ref::<&str>().map(|message| (*message).to_owned());
        Self { message: message.or_else(|| panic.downcast_ref::<String>().cloned()) }
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the handler panicked")?;
        self.message.iter().try_for_each(|message| write!(f, ": {message}"))
    }
}

impl Error for Panicked {}

/// A handler that was dropped at its deadline.
#[derive(Debug)]
struct DeadlinePassed(Duration);

impl fmt::Display for DeadlinePassed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the handler was not done {:?} after the request", self.0)
    }
}

impl Error for DeadlinePassed {}
