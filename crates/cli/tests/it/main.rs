//! Tests of the program: each runs `twconv` as a process.

mod output;
mod profiles;
mod support;
mod usage;
