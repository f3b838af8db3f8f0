//! The generated client over real sockets, against the specification that it was made from.

mod bounds;
mod errors;
mod limits;
mod messages;
mod operations;
mod paging;
mod paths;
mod raw;
mod scopes;
mod server;
mod setters;
#[allow(dead_code, reason = "the tests of the types use the rest")]
#[path = "../../../types/tests/it/spec.rs"]
mod spec;
mod timeouts;
