//! Every type against the specification that it was made from: its samples, and what a server may make of them.

mod answers;
mod enums;
mod events;
mod requests;
#[allow(dead_code, reason = "the client's tests use the rest")]
mod spec;
mod table;
mod types;
