use std::any::Any;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use axum::extract::{FromRequest, Request};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use twilio_conversations_types::event::Event;
use twilio_conversations_types::v1::EventType;

use super::{
    Deadline, Delivered, Delivery, EventPayload, Fields, FromFields, Reply, SeenEvents, SignedRejection, Verifier,
};

/// Answers webhooks with a handler for each event: verified, typed, and given to the right one.
///
/// It is a handler of axum's, to be put on a route of any router, whatever its state. What a handler takes says which
/// event it is for:
///
/// ```
/// use axum::{Router, routing::post};
/// use twilio_conversations::webhook::events::{MessageAdd, MessageAdded, ParticipantAdd};
/// use twilio_conversations::webhook::{Answer, EventRouter, MessageChange, Verifier};
///
/// async fn no_shouting(message: MessageAdd) -> Answer<MessageChange> {
///     match message.body {
///         Some(body) if body.ends_with("!!") => MessageChange::new().body(body.trim_end_matches('!')).into(),
///         _ => Answer::accept(),
///     }
/// }
///
/// let verifier = Verifier::builder("auth token").public_url("https://example.com/hooks").build()?;
/// let events = EventRouter::new(verifier)
///     .on(no_shouting)
///     .on(async |_: ParticipantAdd| Answer::reject())
///     .on(async |message: MessageAdded| println!("{:?}", message.message_sid));
/// let app: Router = Router::new().route("/hooks", post(events));
/// # Ok::<(), twilio_conversations::webhook::VerifierError>(())
/// ```
///
/// A pre-event's handler gives back an [`Answer`](super::Answer) with the change that this event allows, a post-event's
/// handler nothing. Either may give back a `Result` instead. An error, and a panic where the program unwinds, is answered
/// with 500 and no body: by Twilio's documentation that refuses the action of a pre-event, and a post-event is not
/// acknowledged.
///
/// An event without a handler goes to the [`fallback`](Self::fallback), which accepts it unless it is set. A request
/// whose signature does not hold is answered as [`SignedRejection`] says, and reaches no handler.
#[derive(Clone)]
#[must_use = "an event router does nothing until it is put on a route"]
pub struct EventRouter {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    verifier: Verifier,
    handlers: HashMap<EventType, Erased>,
    fallback: Option<Erased>,
    on_error: Option<OnError>,
    seen: Option<Arc<dyn SeenEvents>>,
    deadline: Option<(Deadline, Reply)>,
}

type Erased = Arc<dyn Fn(Fields) -> HandlerFuture + Send + Sync>;
type HandlerFuture = Pin<Box<dyn Future<Output = Result<Reply, HandlerError>> + Send>>;
type OnError = Arc<dyn Fn(&EventType, &HandlerError) + Send + Sync>;

/// Why a handler could not answer.
pub type HandlerError = Box<dyn Error + Send + Sync>;

/// What a handler gives back: an answer `A`, or a `Result` of it.
pub trait HandlerResult<A> {
    #[doc(hidden)]
    fn into_result(self) -> Result<A, HandlerError>;
}

impl<A> HandlerResult<A> for A {
    fn into_result(self) -> Result<A, HandlerError> {
        Ok(self)
    }
}

impl<A, E: Into<HandlerError>> HandlerResult<A> for Result<A, E> {
    fn into_result(self) -> Result<A, HandlerError> {
        self.map_err(Into::into)
    }
}

impl EventRouter {
    /// Makes a router that accepts all that the verifier lets pass.
    pub fn new(verifier: Verifier) -> Self {
        let inner =
            Inner { verifier, handlers: HashMap::new(), fallback: None, on_error: None, seen: None, deadline: None };
        Self { inner: Arc::new(inner) }
    }

    /// Sets the handler for the event that it takes.
    ///
    /// # Panics
    ///
    /// When this event has a handler already, as axum's own router does for a path.
    pub fn on<E, F, Fut>(mut self, handler: F) -> Self
    where
        E: EventPayload,
        F: Fn(E) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult<E::Answer>> + Send + 'static,
    {
        let erased = erase::<E, E::Answer, F, Fut>(handler);
        let replaced = self.inner_mut().handlers.insert(E::TYPE, erased);
        assert!(replaced.is_none(), "{} has two handlers", E::TYPE);
        self
    }

    /// Sets the handler for events that have none of their own, [`Event::Unknown`] among them. Default: accepts.
    pub fn fallback<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult<Reply>> + Send + 'static,
    {
        self.inner_mut().fallback = Some(erase::<Event, Reply, F, Fut>(handler));
        self
    }

    /// Keeps the handlers of pre-events within a time, after which this reply is given. Default: no limit of its own.
    ///
    /// The handler is then dropped where it waits, see [`Deadline`]. Nobody waits for what a post-event is answered
    /// with, so their handlers are let alone. An event that nobody knows may be a pre-event, and counts as one.
    pub fn deadline(mut self, deadline: Deadline, reply: Reply) -> Self {
        self.inner_mut().deadline = Some((deadline, reply));
        self
    }

    /// Acknowledges post-events that were seen before, without handling them again. Default: handles all.
    ///
    /// An event is forgotten again when its handler fails or panics, so that its next delivery is handled. Handlers run
    /// to their end even if the caller hangs up. Events without a token are handled always, and so are pre-events and
    /// events that nobody knows, since each delivery of a pre-event waits for the answer.
    ///
    /// Several routers share a store that comes in an `Arc`.
    ///
    /// A repeat that comes while the first delivery is still being handled is acknowledged too. Where nothing may be
    /// lost, keep the token in the same transaction as the event instead.
    pub fn drop_repeats(mut self, seen: impl SeenEvents + 'static) -> Self {
        self.inner_mut().seen = Some(Arc::new(seen));
        self
    }

    /// Reports errors and panics of handlers, and errors of the store of events seen, for the program's own log. Default:
    /// they are dropped.
    pub fn on_error(mut self, report: impl Fn(&EventType, &HandlerError) + Send + Sync + 'static) -> Self {
        self.inner_mut().on_error = Some(Arc::new(report));
        self
    }

    fn inner_mut(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }
}

fn erase<E, A, F, Fut>(handler: F) -> Erased
where
    E: FromFields,
    A: Into<Reply>,
    F: Fn(E) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: HandlerResult<A>> + Send + 'static,
{
    Arc::new(move |fields| match E::from_fields(fields) {
        Ok(event) => {
            let answer = handler(event);
            Box::pin(async move { answer.await.into_result().map(Into::into) })
        }
        Err(error) => Box::pin(async move { Err(error.into()) }),
    })
}

impl<S: Send + 'static> Handler<(), S> for EventRouter {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, _: S) -> Self::Future {
        Box::pin(async move {
            match Delivered::<Fields>::from_request(request, &self.inner.verifier).await {
                Ok(delivered) => self.inner.answer(delivered.event, delivered.delivery).await,
                Err(rejection) => rejection.into_response(),
            }
        })
    }
}

impl Inner {
    async fn answer(self: Arc<Self>, fields: Fields, delivery: Delivery) -> Response {
        let Some(event_type) = fields.get("EventType").map(EventType::from) else {
            return match Event::from_fields(fields) {
                Ok(_) => Reply::accept().into_response(),
                Err(error) => SignedRejection::Fields(error.into()).into_response(),
            };
        };
        let result = match (&self.seen, delivery.idempotency_token()) {
            (Some(seen), Some(_)) if event_type.is_post_event() => {
                // On a task of its own, so that nothing is left half done when the caller hangs up.
                let (seen, inner, event_type) = (Arc::clone(seen), Arc::clone(&self), event_type.clone());
                let task = tokio::spawn(async move { inner.answer_once(&*seen, &delivery, &event_type, fields).await });
                task.await.unwrap_or_else(|error| Err(error.into()))
            }
            _ => self.run(&event_type, fields).await,
        };
        result.map_or_else(
            |error| {
                self.report(&event_type, &error);
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            },
            IntoResponse::into_response,
        )
    }

    async fn answer_once(
        &self,
        seen: &dyn SeenEvents,
        delivery: &Delivery,
        event_type: &EventType,
        fields: Fields,
    ) -> Result<Reply, HandlerError> {
        let Some(token) = delivery.idempotency_token() else {
            return self.run(event_type, fields).await;
        };
        if !seen.claim(token).await? {
            return Ok(Reply::accept());
        }
        let result = self.run(event_type, fields).await;
        if result.is_err()
            && let Err(error) = seen.release(token).await
        {
            self.report(event_type, &error);
        }
        result
    }

    async fn run(&self, event_type: &EventType, fields: Fields) -> Result<Reply, HandlerError> {
        let Some(handler) = self.handlers.get(event_type).or(self.fallback.as_ref()) else {
            return Ok(Reply::accept());
        };
        let handled = async {
            let answer = handler(fields);
            match &self.deadline {
                Some((deadline, reply)) if !event_type.is_post_event() => {
                    deadline.run(answer, || Ok(reply.clone())).await
                }
                _ => answer.await,
            }
        };
        let mut handled = pin!(handled);
        // A panic would end the connection without an answer, and what a filter could not look at might pass.
        // Unwind safe: what panicked is dropped and not looked at again.
        poll_fn(|context| {
            catch_unwind(AssertUnwindSafe(|| handled.as_mut().poll(context)))
                .unwrap_or_else(|panic| Poll::Ready(Err(panicked(&*panic))))
        })
        .await
    }

    fn report(&self, event_type: &EventType, error: &HandlerError) {
        if let Some(report) = &self.on_error {
            // The answer does not depend on whether the log could be written.
            let _ = catch_unwind(AssertUnwindSafe(|| report(event_type, error)));
        }
    }
}

fn panicked(panic: &(dyn Any + Send)) -> HandlerError {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    match message {
        Some(message) => format!("the handler panicked: {message}").into(),
        None => "the handler panicked".into(),
    }
}

impl fmt::Debug for EventRouter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { verifier, handlers, fallback, on_error: _, seen, deadline } = &*self.inner;
        f.debug_struct("EventRouter")
            .field("verifier", verifier)
            .field("events", &handlers.keys().collect::<Vec<_>>())
            .field("fallback", &fallback.is_some())
            .field("drop_repeats", &seen.is_some())
            .field("deadline", deadline)
            .finish_non_exhaustive()
    }
}
