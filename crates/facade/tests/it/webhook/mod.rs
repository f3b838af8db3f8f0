//! The webhook receiver by this crate's features.

mod weight;
