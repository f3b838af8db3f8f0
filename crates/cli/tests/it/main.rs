//! Tests of the program: each runs `twconv` as a process.

mod memory;
mod output;
mod profiles;
mod support;
mod terminal;
mod usage;
