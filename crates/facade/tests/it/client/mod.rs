//! The REST client.

mod bounds;
mod cancel;
mod errors;
mod example;
mod limits;
mod pace;
mod paging;
mod responses;
mod retry;
mod secrets;
mod setup;
mod support;
mod timeout;
mod tls;
mod trace;
mod vendor;
mod wire;
