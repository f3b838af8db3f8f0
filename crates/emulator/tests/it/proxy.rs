//! The proxy: its tunnels, its limits, its CA, and the programs that use it.

mod cli;
mod peers;
