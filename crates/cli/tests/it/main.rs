//! Tests of the program: each runs `twconv` as a process.

mod documentation;
mod every_operation;
mod life;
mod memory;
mod operate;
mod output;
mod profiles;
#[allow(dead_code, reason = "the client's tests use the rest")]
#[path = "../../../client/tests/it/server.rs"]
mod server;
#[allow(dead_code, reason = "the tests of the types use the rest")]
#[path = "../../../types/tests/it/spec.rs"]
mod spec;
mod support;
mod terminal;
mod usage;
mod vendor;
mod webhooks;
