//! The webhook receiver.

mod delivery;
mod event;
#[rustfmt::skip] // written by `cargo xtask bless`
mod event_types;
#[cfg(feature = "axum")]
mod extract;
mod fields;
mod fuzz;
mod generate;
mod limits;
#[cfg(feature = "axum")]
mod listener;
mod origin;
mod peers;
mod props;
#[cfg(feature = "axum")]
mod rejections;
mod reply;
#[cfg(feature = "axum")]
mod router;
mod signed_events;
#[cfg(all(feature = "axum", target_os = "linux"))]
mod slow_callers;
#[cfg(feature = "axum")]
mod state;
mod typed;
mod vectors;
mod verify;
mod weight;
