#![doc = include_str!("../README.md")]
mod account;
mod builder;
mod call;
mod clock;
mod control;
mod core;
mod documented;
mod emulator;
mod error;
mod limits;
mod page;
mod render;
mod resource;
mod seed;
mod server;
mod settings;
mod sid;
mod spec;
mod store;
mod time;
mod timers;
mod webhook;

pub use self::builder::Builder;
pub use self::emulator::{DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, Emulator, Posted};
pub use self::error::Error;
pub use self::server::Fault;
pub use self::webhook::{Delivery, DeliveryState};
