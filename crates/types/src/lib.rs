#![doc = include_str!("../README.md")]

mod api_error;
mod day;
pub mod event;
pub mod form;
#[rustfmt::skip] // formatted by the generator
mod generated;
mod iso_duration;
mod json_text;
mod model;
mod open_enum;
mod patch;
mod secret;
mod sid;
pub mod strict;

pub use api_error::ErrorCode;
pub use day::{DayEnd, DayStart};
pub use generated::{sid::*, v1};
pub use iso_duration::{IsoDuration, IsoDurationError};
pub use json_text::JsonText;
pub use patch::Patch;
pub use sid::{Sid, SidError, SidOrName};
