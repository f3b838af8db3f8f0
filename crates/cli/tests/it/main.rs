//! Tests of the program: each runs `twconv` as a process.

mod documentation;
mod emulator;
mod every_operation;
mod harness;
mod hostile;
mod life;
mod listen;
mod listen_limits;
mod listen_record;
mod listen_restore;
mod memory;
mod operate;
mod output;
mod profiles;
mod receiver;
#[allow(dead_code, reason = "the client's tests use the rest")]
#[path = "../../../client/tests/it/server.rs"]
mod server;
mod signature;
#[allow(dead_code, reason = "the tests of the types use the rest")]
#[path = "../../../types/tests/it/spec.rs"]
mod spec;
mod support;
mod terminal;
mod trigger;
mod usage;
mod vendor;
mod webhooks;
