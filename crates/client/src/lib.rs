#![doc = include_str!("../README.md")]

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
mod response;
mod retry;
mod transport;

pub use client::Client;
pub use error::{ApiError, CallError, ConfigError, DecodeError, EncodeError, Error};
pub use generated::v1;
pub use operation::{Operation, OperationRef};
pub use page::{ItemStream, Page};
pub use raw::RawRequest;
pub use response::{Attempts, Response};
pub use retry::{is_retryable, retry_after};
#[cfg(feature = "reqwest")]
pub use transport::send_with_reqwest;
pub use transport::{BoxFuture, Call, Transport, TransportError, TransportErrorKind};
pub use twilio_conversations_types as types;
