#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
mod client;
mod error;
#[rustfmt::skip] // formatted by the generator
mod generated;
mod operation;
mod page;
mod path;
mod place;
mod raw;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod response;
mod retry;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;

pub use client::Client;
pub use error::{ApiError, CallError, ConfigError, DecodeError, EncodeError, Error};
pub use generated::v1;
pub use operation::{Operation, OperationRef};
pub use page::{ItemStream, Page};
pub use raw::RawRequest;
#[cfg(feature = "reqwest")]
pub use reqwest_transport::send_with_reqwest;
pub use response::{Attempts, Response};
pub use retry::{is_retryable, retry_after};
pub use transport::{BoxFuture, Call, DEFAULT_MAX_RESPONSE_SIZE, Transport, TransportError, TransportErrorKind};
pub use twilio_conversations_types as types;
