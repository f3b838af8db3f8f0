#![doc = include_str!("../README.md")]
#![doc = ""]
#![doc = include_str!("DIFFERENCES.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod change;
mod deadline;
mod delivery;
mod error;
mod event;
#[cfg(feature = "axum")]
mod extract;
mod fields;
mod mac;
mod origin;
mod params;
mod reply;
#[cfg(feature = "axum")]
mod router;
mod seen;
mod signer;
mod target;
mod verifier;

#[cfg(feature = "axum")]
#[doc(no_inline)]
pub use axum::extract::{FromRef, State};
#[doc(no_inline)]
pub use http;
#[doc(no_inline)]
pub use twilio_conversations_types as types;
#[doc(inline)]
pub use twilio_conversations_types::event::{self as events, Event, NoEventType};

pub use self::builder::VerifierBuilder;
pub use self::change::*;
pub use self::deadline::Deadline;
pub use self::delivery::{Delivery, IdempotencyToken};
pub use self::error::{InvalidForm, SignatureError, SignatureErrorKind, VerifierError};
pub use self::event::{AnswerTo, EventPayload, OtherEvent};
#[cfg(feature = "axum")]
pub use self::extract::{Delivered, Signed, SignedBody, SignedRejection};
pub use self::fields::{Fields, FieldsIter, FromFields};
pub use self::mac::Algorithm;
pub use self::reply::{Answer, Change, InvalidStatus, NoChange, PreEvent, Reply};
#[cfg(feature = "axum")]
pub use self::router::{EventHandler, EventRouter, HandlerError, HandlerInput, HandlerResult};
pub use self::seen::{RecentEvents, SeenError, SeenEvents, SeenFuture};
pub use self::signer::Signer;
pub use self::verifier::{Payload, SignatureHeader, Verified, Verifier};

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "x-twilio-signature";
/// The header with the algorithm, if it is not HMAC-SHA1.
pub const SETTINGS_HEADER: &str = "x-twilio-webhooks-signature-settings";
/// The header that all deliveries of one event share.
pub const IDEMPOTENCY_HEADER: &str = "i-twilio-idempotency-token";
