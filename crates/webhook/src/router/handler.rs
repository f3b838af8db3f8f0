//! The functions that the event router calls: their parameters and results.

use std::error::Error;

use axum::extract::{FromRef, State};

use crate::{Delivered, Delivery, Fields, FromFields};

/// An error of a handler.
pub type HandlerError = Box<dyn Error + Send + Sync>;

/// A function that [`EventRouter`](crate::EventRouter) calls for an event: `async |event: E|` or
/// `async |State(s): State<T>, event: E|`.
///
/// `S` is the state of the router, of which `T` is the whole or a part ([`FromRef`]). `M` distinguishes the two forms and is
/// inferred. The function is called on a clone of itself for each event, so it has to be `Clone`; changing values belong in
/// an `Arc`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler of an event router with the state `{S}`",
    label = "is not a handler of events",
    note = "a handler is `async |event: E|` or `async |State(s): State<T>, event: E|`: `E` is a struct of `events` or a \
            `Delivered` of one, for `fallback` also `Event` or `Fields`; `T` is `{S}` or a part of it by `FromRef`",
    note = "the state is set before the handlers that take it: `EventRouter::new(verifier).with_state(state).on(handler)`",
    note = "handlers and what they capture are `Clone + Send + Sync + 'static`, and their futures are `Send + 'static`"
)]
pub trait EventHandler<S, M>: Clone + Send + Sync + 'static {
    /// The event that it takes, alone or as [`Delivered`].
    type Input: HandlerInput;
    /// Its future, of a [`HandlerResult`].
    type Future: Future + Send + 'static;

    #[doc(hidden)]
    fn call(self, state: &S, input: Self::Input) -> Self::Future;
}

impl<S, F, I, Fut> EventHandler<S, (I,)> for F
where
    F: FnOnce(I) -> Fut + Clone + Send + Sync + 'static,
    I: HandlerInput,
    Fut: Future + Send + 'static,
{
    type Future = Fut;
    type Input = I;

    fn call(self, _: &S, input: I) -> Fut {
        self(input)
    }
}

impl<S, F, T, I, Fut> EventHandler<S, (State<T>, I)> for F
where
    F: FnOnce(State<T>, I) -> Fut + Clone + Send + Sync + 'static,
    T: FromRef<S>,
    I: HandlerInput,
    Fut: Future + Send + 'static,
{
    type Future = Fut;
    type Input = I;

    fn call(self, state: &S, input: I) -> Fut {
        self(State(T::from_ref(state)), input)
    }
}

/// The last parameter of a handler: a value that is read from the verified fields, alone or as [`Delivered`].
///
/// For `on` that is a struct of [`events`](crate::events); for `fallback` it may also be [`Event`](crate::Event),
/// [`Fields`] or a type of the program that implements [`FromFields`].
pub trait HandlerInput: Sized {
    /// The value that is read from the fields.
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

/// The result of a handler: an `A`, or a `Result` of it with any error.
#[diagnostic::on_unimplemented(
    message = "a handler of this event returns `{A}`, or a `Result` of it",
    label = "returns `{Self}`",
    note = "that of a pre-event returns `Answer`, with the change that this event allows; that of a post-event returns `()`; \
            that of `fallback` returns `Reply`"
)]
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
