//! Tests of every type against the specification that it is generated from: its samples, and unusual responses.

mod answers;
mod columns;
mod enums;
mod event_fields;
mod event_pairs;
mod events;
mod requests;
#[allow(dead_code, reason = "the client's tests use the rest")]
mod spec;
mod table;
mod types;
