//! An axum service that calls a function for each event.

mod dispatch;
mod handler;

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use tokio::time::Instant;
use twilio_conversations_types::v1::EventType;

use self::dispatch::{Dispatch, Erased};
pub use self::handler::{EventHandler, HandlerError, HandlerInput, HandlerResult};
use crate::extract::receive;
use crate::{Deadline, EventPayload, Reply, SeenEvents, SignedRejection, Verifier};

/// The result of a handler's future.
type Returned<H, S, M> = <<H as EventHandler<S, M>>::Future as Future>::Output;
/// The event that a handler takes.
type EventOf<H, S, M> = <<H as EventHandler<S, M>>::Input as HandlerInput>::Event;

/// Verifies webhooks and calls the handler of each event.
///
/// The type of a handler's last parameter says which event it is for. [`route`](Self::route) makes a route of the router,
/// for GET and POST:
///
/// ```
/// use axum::Router;
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
/// let app: Router = Router::new().route("/hooks", events.route());
/// # Ok::<(), twilio_conversations_webhook::VerifierError>(())
/// ```
///
/// # State
///
/// Handlers that are registered after [`with_state`](Self::with_state) may take the state, or a part of it by [`FromRef`],
/// as their first parameter:
///
/// ```
/// use twilio_conversations_webhook::events::{MessageAdd, MessageAdded};
/// use twilio_conversations_webhook::{Answer, EventRouter, FromRef, State, Verifier};
///
/// #[derive(Clone)]
/// struct Client;
/// impl Client {
///     async fn reply(&self, _to: &MessageAdded) -> Result<(), std::io::Error> {
///         Ok(())
///     }
/// }
///
/// #[derive(Clone)]
/// struct App {
///     client: Client,
///     forbidden: &'static str,
/// }
/// impl FromRef<App> for Client {
///     fn from_ref(app: &App) -> Self {
///         app.client.clone()
///     }
/// }
///
/// let events = EventRouter::new(Verifier::new("auth token")?)
///     .with_state(App { client: Client, forbidden: "spam" })
///     .on(async |State(app): State<App>, message: MessageAdd| match message.body.as_deref() {
///         Some(body) if body == app.forbidden => Answer::reject(),
///         _ => Answer::accept(),
///     })
///     .on(async |State(client): State<Client>, message: MessageAdded| client.reply(&message).await);
/// # Ok::<(), twilio_conversations_webhook::VerifierError>(())
/// ```
///
/// A handler may also capture. It is called on a clone of itself for each event, so an `async move` closure can borrow
/// from a captured client, and a captured counter has to be in an `Arc`:
///
/// ```
/// # use twilio_conversations_webhook::{EventRouter, Verifier, events::MessageAdded};
/// # #[derive(Clone)]
/// # struct Client;
/// # let verifier = Verifier::new("auth token")?;
/// async fn reply(client: &Client, message: &MessageAdded) -> Result<(), std::io::Error> {
/// #   let _ = (client, message);
///     Ok(())
/// }
///
/// let client = Client;
/// let events = EventRouter::new(verifier).on(async move |message: MessageAdded| reply(&client, &message).await);
/// # Ok::<(), twilio_conversations_webhook::VerifierError>(())
/// ```
///
/// # Results
///
/// The handler of a pre-event returns an [`Answer`](crate::Answer) with the change that this event allows, that of a
/// post-event nothing. Either may return a `Result` of it. The response to an error or a panic is 500 without a body. By
/// Twilio's documentation that rejects the action of a pre-event. Errors, panics and passed deadlines are reported, see
/// [`on_error`](Self::on_error).
///
/// An event without a handler goes to the [`fallback`](Self::fallback), which accepts it by default. A request that fails
/// verification reaches no handler; see [`SignedRejection`] for the response and
/// [`on_rejection`](Self::on_rejection) for the report.
///
/// If the caller closes the connection, a running handler is dropped where it waits, except for post-events under
/// [`drop_repeats`](Self::drop_repeats). Spawn work that must be completed.
///
/// A handler that takes its event as [`Delivered`](crate::Delivered) sees which delivery it is:
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
/// # As a handler of axum
///
/// The router is also a [`Handler`] for any router's state, and [`into_service`](axum::handler::HandlerWithoutStateExt)
/// makes it a service to nest. Do not put it behind `post` alone: a webhook whose `method` was never set may come by GET,
/// and a 405 to a pre-event rejects the action.
///
/// [`FromRef`]: crate::FromRef
#[derive(Clone)]
#[must_use = "an event router does nothing until it is put on a route"]
pub struct EventRouter<S = ()> {
    dispatch: Arc<Dispatch>,
    state: S,
}

impl EventRouter {
    /// Creates a router without handlers, which accepts every verified event.
    pub fn new(verifier: Verifier) -> Self {
        let dispatch = Dispatch {
            verifier,
            handlers: HashMap::new(),
            fallback: None,
            on_error: None,
            on_rejection: None,
            seen: None,
            deadline: None,
        };
        Self { dispatch: Arc::new(dispatch), state: () }
    }
}

impl<S: Clone + Send + Sync + 'static> EventRouter<S> {
    /// Sets the state of the handlers that are registered after it. Those registered before keep theirs. Default: `()`.
    pub fn with_state<T: Clone + Send + Sync + 'static>(self, state: T) -> EventRouter<T> {
        EventRouter { dispatch: self.dispatch, state }
    }

    /// Sets the handler of one event: that of its last parameter, a struct of [`events`](crate::events), alone or as
    /// [`Delivered`](crate::Delivered).
    ///
    /// # Panics
    ///
    /// If the event has a handler already, as axum's router does for a path.
    #[track_caller]
    pub fn on<H, M>(mut self, handler: H) -> Self
    where
        H: EventHandler<S, M>,
        EventOf<H, S, M>: EventPayload,
        Returned<H, S, M>: HandlerResult<<EventOf<H, S, M> as EventPayload>::Answer>,
    {
        let event_type = <EventOf<H, S, M> as EventPayload>::TYPE;
        let handler = erase(handler, self.state.clone());
        let replaced = self.settings().handlers.insert(event_type.clone(), handler);
        assert!(replaced.is_none(), "{event_type} has two handlers");
        self
    }

    /// Sets the handler of events without one of their own, [`Event::Unknown`](crate::Event::Unknown) included. Its last
    /// parameter is an [`Event`](crate::Event), [`Fields`](crate::Fields) or another value that is read from them, alone or
    /// as [`Delivered`](crate::Delivered). It returns a [`Reply`] or a `Result` of it. Default: accepts.
    pub fn fallback<H, M>(mut self, handler: H) -> Self
    where
        H: EventHandler<S, M>,
        Returned<H, S, M>: HandlerResult<Reply>,
    {
        let handler = erase(handler, self.state.clone());
        self.settings().fallback = Some(handler);
        self
    }

    /// Sets the time after which a pre-event gets this reply although its handler is not done, counted from when the
    /// request reached the router: reading the body is included. Default: none.
    ///
    /// The handler is then dropped where it waits, see [`Deadline`], and reported as an error. Twilio ignores responses to
    /// post-events, so no deadline applies to them. An unknown event may be a pre-event and counts as one.
    pub fn deadline(mut self, deadline: Deadline, reply: Reply) -> Self {
        self.settings().deadline = Some((deadline, reply));
        self
    }

    /// Acknowledges repeated post-events without calling their handler again. Default: handles all.
    ///
    /// An event is forgotten if its handler fails or panics, so that its next delivery is handled. Handlers run to their
    /// end even if the caller closes the connection. Events without a token are always handled, and so are pre-events and
    /// unknown events, since each delivery of a pre-event waits for the answer.
    ///
    /// The token belongs to the event, so an event that two webhooks report to this URL, such as an account's and a
    /// conversation's, is handled once. Several routers share a store in an `Arc`.
    ///
    /// A repeat that arrives while the first delivery is being handled is acknowledged too. If no event may be lost, do
    /// not set this, and store the token of the [`Delivered`](crate::Delivered) event in one transaction with its effects.
    pub fn drop_repeats(mut self, seen: impl SeenEvents + 'static) -> Self {
        self.settings().seen = Some(Arc::new(seen));
        self
    }

    /// Sets the report of errors: those of handlers, their panics and passed deadlines, and those of the store of seen
    /// events.
    ///
    /// Default: an event of [`tracing`](https://docs.rs/tracing) at error level with the event's name and the messages of
    /// the error and its causes, without the message of a panic, which may quote the request. A program without a
    /// subscriber of `tracing` sees no errors unless it sets this.
    pub fn on_error(mut self, report: impl Fn(&EventType, &HandlerError) + Send + Sync + 'static) -> Self {
        self.settings().on_error = Some(Arc::new(report));
        self
    }

    /// Sets the report of requests that were rejected before a handler: to log or to count them.
    ///
    /// Default: an event of `tracing` at warn or debug level, see [`SignedRejection`].
    pub fn on_rejection(mut self, report: impl Fn(&SignedRejection) + Send + Sync + 'static) -> Self {
        self.settings().on_rejection = Some(Arc::new(report));
        self
    }

    /// Makes a route of axum's, for a router with any state. GET and POST are handled; other methods, HEAD included, get
    /// 405 with `Allow`.
    pub fn route<T: Clone + Send + Sync + 'static>(self) -> MethodRouter<T> {
        any(self)
    }

    fn settings(&mut self) -> &mut Dispatch {
        Arc::make_mut(&mut self.dispatch)
    }
}

fn erase<H, S, M, A>(handler: H, state: S) -> Erased
where
    H: EventHandler<S, M>,
    S: Send + Sync + 'static,
    Returned<H, S, M>: HandlerResult<A>,
    A: Into<Reply>,
{
    Arc::new(move |fields, delivery| match H::Input::read(fields, delivery) {
        Ok(input) => {
            let returned = handler.clone().call(&state, input);
            Box::pin(async move { returned.await.into_result().map(Into::into) })
        }
        Err(error) => Box::pin(async move { Err(error.into()) }),
    })
}

impl<S: Clone + Send + Sync + 'static, T: Send + 'static> Handler<(), T> for EventRouter<S> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, _: T) -> Self::Future {
        let reached = Instant::now();
        let dispatch = self.dispatch;
        Box::pin(async move {
            match receive(request, &dispatch.verifier).await {
                Ok((fields, delivery)) => dispatch.respond(fields, delivery, reached).await,
                Err(rejection) => dispatch.reject(rejection),
            }
        })
    }
}

impl<S> fmt::Debug for EventRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Dispatch { verifier, handlers, fallback, seen, deadline, .. } = &*self.dispatch;
        f.debug_struct("EventRouter")
            .field("verifier", verifier)
            .field("events", &handlers.keys().collect::<Vec<_>>())
            .field("fallback", &fallback.is_some())
            .field("drop_repeats", &seen.is_some())
            .field("deadline", deadline)
            .finish_non_exhaustive()
    }
}
