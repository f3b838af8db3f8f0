// Of two definitions of a link, Markdown takes the first: rustdoc resolves the README's links to items.
#![cfg_attr(feature = "client", doc = include_str!("../docs/links.md"))]
#![cfg_attr(feature = "client", doc = include_str!("generated/links.md"))]
#![cfg_attr(feature = "client", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "client"),
    doc = "Twilio Conversations for Rust, built without its client: types, and the webhook receiver if its feature is on."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
mod builder;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod credentials;
#[cfg(feature = "client")]
mod host;
#[cfg(feature = "client")]
mod pace;
#[cfg(feature = "client")]
mod retry;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "client")]
mod tls;
#[cfg(feature = "client")]
mod transport;

#[cfg(feature = "client")]
pub use builder::ClientBuilder;
#[cfg(feature = "client")]
#[doc(no_inline)]
pub use bytes;
#[doc(no_inline)]
pub use chrono;
#[cfg(feature = "client")]
pub use client::Client;
#[cfg(feature = "client")]
pub use credentials::Credentials;
#[cfg(any(feature = "client", feature = "webhook"))]
#[doc(no_inline)]
pub use http;
#[cfg(feature = "client")]
#[doc(no_inline)]
pub use reqwest;
#[cfg(feature = "client")]
pub use retry::{Retry, RetryCause, RetryPolicy};
#[cfg(feature = "client")]
#[doc(inline)]
pub use twilio_conversations_client::{
    ApiError, Attempts, BoxFuture, Call, CallError, ConfigError, DEFAULT_MAX_RESPONSE_SIZE, DecodeError, EncodeError,
    Error, ItemStream, Operation, OperationRef, Page, RawRequest, Response, Transport, TransportError,
    TransportErrorKind,
};
#[doc(no_inline)]
pub use twilio_conversations_types as types;

include!("generated/sids.rs");

#[doc(inline)]
pub use twilio_conversations_types::{
    DayEnd, DayStart, ErrorCode, IsoDuration, JsonText, Patch, Sid, SidError, SidOrName,
    v1::{EventType, HttpMethod},
};

#[cfg(feature = "webhook")]
#[doc = include_str!("../docs/webhook.md")]
pub mod webhook {
    #[doc(inline)]
    pub use twilio_conversations_webhook::*;
    // By name, so that the documentation says which feature they need.
    #[cfg(feature = "axum")]
    #[doc(inline)]
    pub use twilio_conversations_webhook::{
        Delivered, EventHandler, EventRouter, FromRef, HandlerError, HandlerInput, HandlerResult, Signed, SignedBody,
        SignedRejection, State,
    };
}

/// The models and enums of version 1 of the API, and the handles and builders on them.
///
/// A module for each resource, nested as in the URL; the [map of resources](crate#resources) lists them. Request bodies
/// and query parameters are in [`request`](v1::request), list responses in [`page`](v1::page).
pub mod v1 {
    #[cfg(feature = "client")]
    #[doc(inline)]
    pub use twilio_conversations_client::v1::*;
    #[doc(inline)]
    pub use twilio_conversations_types::v1::*;
}
