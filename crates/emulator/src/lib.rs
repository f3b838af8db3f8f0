#![doc = include_str!("../README.md")]
mod app;
mod builder;
mod clock;
mod control;
mod domain;
mod emulator;
mod error;
mod http;
mod operations;
pub mod program;
#[cfg(feature = "proxy")]
mod proxy;
mod seed;
mod semaphores;
mod settings;
mod sid;
mod store;
mod time;
mod webhooks;

pub use self::builder::{Builder, DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN};
pub use self::domain::delivery::DeliveryState;
pub use self::emulator::Emulator;
pub use self::error::Error;
pub use self::http::fault::Fault;
pub use self::http::faults::ActiveFault;
pub use self::http::journal::RecordedRequest;
pub use self::operations::simulation::Posted;
pub use self::webhooks::record::Delivery;
