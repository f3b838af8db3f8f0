//! Axum handler that calls a function for each event.

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

use crate::{
    Deadline, Delivered, Delivery, EventPayload, Fields, FromFields, Reply, SeenEvents, SignedRejection, Verifier,
};

/// Answers webhooks with a handler for each event: verified, typed, and given to the right one.
///
/// It is a handler of axum's, to be put on a route of any router, whatever its state. What a handler takes says which
/// event it is for:
///
/// ```
/// use axum::{Router, routing::post};
/// use twilio_conversations_webhook::events::{MessageAdd, MessageAdded, ParticipantAdd};
/// use twilio_conversations_webhook::{Answer, EventRouter, MessageChange, Verifier};
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
/// # Ok::<(), twilio_conversations_webhook::VerifierError>(())
/// ```
///
/// A handler that takes its event as [`Delivered`] sees which delivery it is, to keep its token with what it does:
///
/// ```
/// use twilio_conversations_webhook::events::MessageAdded;
/// use twilio_conversations_webhook::{Delivered, EventRouter, Verifier};
///
/// let verifier = Verifier::builder("auth token").public_url("https://example.com/hooks").build()?;
/// let events = EventRouter::new(verifier).on(async |Delivered { event, delivery, .. }: Delivered<MessageAdded>| {
///     println!("{:?} by {:?}", event.message_sid, delivery.idempotency_token());
/// });
/// # Ok::<(), twilio_conversations_webhook::VerifierError>(())
/// ```
///
/// A pre-event's handler gives back an [`Answer`](crate::Answer) with the change that this event allows, a post-event's
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

type Erased = Arc<dyn Fn(Fields, Delivery) -> HandlerFuture + Send + Sync>;
type HandlerFuture = Pin<Box<dyn Future<Output = Result<Reply, HandlerError>> + Send>>;
type OnError = Arc<dyn Fn(&EventType, &HandlerError) + Send + Sync>;

/// Why a handler could not answer.
pub type HandlerError = Box<dyn Error + Send + Sync>;

/// What a handler takes: a value that is read from the verified fields, alone or as [`Delivered`].
///
/// For one event that is a struct of [`events`](crate::events), for the fallback [`Event`], [`Fields`] or a type of the
/// program's own.
pub trait HandlerInput: Sized {
    /// What is read from the fields.
    type Event: FromFields;

    #[doc(hidden)]
    fn read(fields: Fields, delivery: Delivery) -> Result<Self, <Self::Event as FromFields>::Error>;
}

impl<E: FromFields> HandlerInput for E {
    type Event = E;

    fn read(fields: Fields, _: Delivery) -> Result<Self, E::Error> {
        E::from_fields(fields)
    }
}

impl<E: FromFields> HandlerInput for Delivered<E> {
    type Event = E;

    fn read(fields: Fields, delivery: Delivery) -> Result<Self, E::Error> {
        Ok(Self { event: E::from_fields(fields)?, delivery })
    }
}

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

    /// Sets the handler for the event that it takes, alone or as [`Delivered`].
    ///
    /// # Panics
    ///
    /// When this event has a handler already, as axum's own router does for a path.
    pub fn on<I, F, Fut>(mut self, handler: F) -> Self
    where
        I: HandlerInput<Event: EventPayload>,
        F: Fn(I) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult<<I::Event as EventPayload>::Answer>> + Send + 'static,
    {
        let event_type = I::Event::TYPE;
        let replaced = self.inner_mut().handlers.insert(event_type.clone(), erase(handler));
        assert!(replaced.is_none(), "{event_type} has two handlers");
        self
    }

    /// Sets the handler for events that have none of their own, [`Event::Unknown`] among them: of an [`Event`], of
    /// [`Fields`] as they came, or of another value that is read from them, alone or as [`Delivered`]. Default: accepts.
    pub fn fallback<I, F, Fut>(mut self, handler: F) -> Self
    where
        I: HandlerInput,
        F: Fn(I) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult<Reply>> + Send + 'static,
    {
        self.inner_mut().fallback = Some(erase(handler));
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
    /// The token is the event's, whichever webhook tells of it. Where two webhooks have this address, such as an account's
    /// and a conversation's, the event is handled once.
    ///
    /// Several routers share a store that comes in an `Arc`.
    ///
    /// A repeat that comes while the first delivery is still being handled is acknowledged too. Where nothing may be
    /// lost, leave this out, and have a handler of the [`Delivered`] event keep the token in one transaction with it.
    pub fn drop_repeats(mut self, seen: impl SeenEvents + 'static) -> Self {
        self.inner_mut().seen = Some(Arc::new(seen));
        self
    }

    /// Reports errors and panics of handlers, and errors of the store of events seen, for the program's own log.
    ///
    /// Default: a `tracing` event at error level with the event's name and the error's message. The message of a panic is
    /// left out, because it may quote the request.
    pub fn on_error(mut self, report: impl Fn(&EventType, &HandlerError) + Send + Sync + 'static) -> Self {
        self.inner_mut().on_error = Some(Arc::new(report));
        self
    }

    fn inner_mut(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }
}

fn erase<I, A, F, Fut>(handler: F) -> Erased
where
    I: HandlerInput,
    A: Into<Reply>,
    F: Fn(I) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: HandlerResult<A>> + Send + 'static,
{
    Arc::new(move |fields, delivery| match I::read(fields, delivery) {
        Ok(input) => {
            let answer = handler(input);
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
            let error =
                Event::from_fields(fields).err().map_or_else(|| "no field EventType".into(), HandlerError::from);
            return SignedRejection::Fields(error).into_response();
        };
        let result = match (&self.seen, delivery.idempotency_token()) {
            (Some(seen), Some(_)) if event_type.is_post_event() => {
                // On a task of its own, so that nothing is left half done when the caller hangs up.
                let (seen, inner, event_type) = (Arc::clone(seen), Arc::clone(&self), event_type.clone());
                let task = tokio::spawn(async move { inner.answer_once(&*seen, delivery, &event_type, fields).await });
                task.await.unwrap_or_else(|error| Err(error.into()))
            }
            _ => self.run(&event_type, fields, delivery).await,
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
        delivery: Delivery,
        event_type: &EventType,
        fields: Fields,
    ) -> Result<Reply, HandlerError> {
        let Some(token) = delivery.idempotency_token().cloned() else {
            return self.run(event_type, fields, delivery).await;
        };
        if !seen.claim(&token).await? {
            return Ok(Reply::accept());
        }
        let result = self.run(event_type, fields, delivery).await;
        if result.is_err()
            && let Err(error) = seen.release(&token).await
        {
            self.report(event_type, &error);
        }
        result
    }

    async fn run(&self, event_type: &EventType, fields: Fields, delivery: Delivery) -> Result<Reply, HandlerError> {
        let Some(handler) = self.handlers.get(event_type).or(self.fallback.as_ref()) else {
            return Ok(Reply::accept());
        };
        let handled = async {
            let answer = handler(fields, delivery);
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
                .unwrap_or_else(|panic| Poll::Ready(Err(Panicked::with(&*panic).into())))
        })
        .await
    }

    fn report(&self, event_type: &EventType, error: &HandlerError) {
        let report = self.on_error.as_deref().unwrap_or(&trace);
        // The answer does not depend on whether the log could be written.
        let _ = catch_unwind(AssertUnwindSafe(|| report(event_type, error)));
    }
}

/// What is reported where the program does not say how.
fn trace(event_type: &EventType, error: &HandlerError) {
    // An unknown name is untrusted input of any length.
    let event_type = match event_type {
        EventType::Unknown(_) => "one that is not known",
        known => known.as_str(),
    };
    let mut text = if error.is::<Panicked>() { "the handler panicked".to_owned() } else { error.to_string() };
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    tracing::error!(event_type, error = text, "a webhook's event could not be handled");
}

/// A panic of a handler, with its message if it has one.
#[derive(Debug)]
struct Panicked {
    message: Option<String>,
}

impl Panicked {
    fn with(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        Self { message: text.or_else(|| panic.downcast_ref::<String>().cloned()) }
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the handler panicked")?;
        self.message.iter().try_for_each(|message| write!(f, ": {message}"))
    }
}

impl Error for Panicked {}

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
