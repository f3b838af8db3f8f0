//! Receives webhooks: verifies that Twilio sent them, reads their fields, answers them.
//!
//! This needs no HTTP client and no TLS. With the feature `webhook` it takes the parts of an `http` request as any server
//! has them; with `axum` there are extractors on top.
//!
//! # Verify
//!
//! A [`Verifier`] holds the auth token and says where the public URL comes from. It checks a whole request at once:
//!
//! ```
//! use twilio_conversations::webhook::{Reply, Signer, Verifier};
//!
//! let verifier = Verifier::builder("auth token").public_url("https://example.com/hooks").build()?;
//!
//! fn answer(verifier: &Verifier, request: &http::Request<Vec<u8>>) -> http::Response<String> {
//!     match verifier.verify(request.method(), request.uri(), request.headers(), request.body()) {
//!         Ok(verified) if verified.fields().get("Body") == Some("spam") => Reply::reject().into(),
//!         Ok(_) => Reply::accept().into(),
//!         Err(error) => error.into(),
//!     }
//! }
//!
//! // `Signer` makes the requests that Twilio would, to try a receiver out.
//! let request = Signer::new("auth token")?.post_form("https://example.com/hooks", [("Body", "spam")])?;
//! assert_eq!(answer(&verifier, &request).status(), 403);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! For servers that do not speak `http`'s types there are [`Verifier::verify_form`], [`Verifier::verify_body`] and
//! [`Verifier::verify_pairs`], over a URL, bytes or pairs, and the header's text.
//!
//! # The public URL
//!
//! Twilio signs the URL that it called, which a server behind a proxy never sees. Four ways to know it, the first that
//! fits:
//!
//! | Setting | Scheme and host | Path | For |
//! |---|---|---|---|
//! | [`public_url`](VerifierBuilder::public_url) | as set | as set | one webhook, behind anything |
//! | [`public_base`](VerifierBuilder::public_base) | as set | as set, then the request's | several webhooks, behind anything |
//! | [`trust_forwarded_headers`](VerifierBuilder::trust_forwarded_headers) | `X-Forwarded-*`, else as below | the request's | several hosts, behind a proxy that sets them |
//! | none | `https` (or [`plain_http`](VerifierBuilder::plain_http)), `Host` | the request's | no proxy, or one that passes `Host` on |
//!
//! The query is always the request's. The port may be there or not, as the vendor is not consistent with it: each URL is
//! tried as it is, then with the scheme's port added if it has none, or without the port if it has one.
//!
//! # What a signature does not cover
//!
//! - **Method and headers.** [`Delivery`] tells repeats apart among verified requests; it proves nothing.
//! - **Where a name ends and its value begins**, nor where the URL does: `a=bc` and `ab=c` have one signature. Whoever gets
//!   hold of a signed request could cut it differently, so treat logs of signatures as secrets, and prefer
//!   [`form_posts_only`](VerifierBuilder::form_posts_only).
//! - **Time.** A request can be replayed; drop what you have [seen](SeenEvents).
//!
//! # Answer
//!
//! An [`Event`] is any of the documented events, or [`Event::Unknown`]; [`events`] has a struct for each. Pre-events wait
//! for an answer: accept, reject or modify with a [`Reply`], or with an [`Answer`] that lets the compiler check which
//! fields this [`PreEvent`] lets change. [`Deadline`] keeps a handler within the time that Twilio waits. Post-events have
//! nothing to answer, [`Reply::accept`] acknowledges them. With `axum`, `EventRouter` takes a handler for each event.
//!
//! An event serialises as one JSON object with the names of the wire, to be kept or passed on.
//!
//! A handler that answers a message with another message is called for that one too. Requests made with the REST client
//! fire no webhooks, unless they say so with the header `X-Twilio-Webhook-Enabled: true`; leave it out to keep out of
//! such a loop, and have the handler skip messages of its own author in any case.
#![doc = ""]
#![doc = include_str!("DIFFERENCES.md")]

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
pub use self::router::{EventRouter, HandlerError, HandlerInput, HandlerResult};
pub use self::seen::{RecentEvents, SeenError, SeenEvents, SeenFuture};
pub use self::signer::Signer;
pub use self::verifier::{Payload, SignatureHeader, Verified, Verifier};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-twilio-signature";
/// The header that names the algorithm, where it is not HMAC-SHA1.
pub const SETTINGS_HEADER: &str = "x-twilio-webhooks-signature-settings";
/// The header that all deliveries of one event share.
pub const IDEMPOTENCY_HEADER: &str = "i-twilio-idempotency-token";
