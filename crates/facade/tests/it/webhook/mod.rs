//! The webhook receiver.

mod delivery;
mod event;
#[cfg(feature = "axum")]
mod extract;
mod fields;
mod fuzz;
mod generate;
mod origin;
mod peers;
mod props;
mod reply;
#[cfg(feature = "axum")]
mod router;
mod vectors;
mod verify;
mod weight;
