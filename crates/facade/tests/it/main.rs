//! The facade as applications meet it, over real sockets.

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "axum")]
mod examples;
#[cfg(feature = "testing")]
mod testing;
mod weight;
