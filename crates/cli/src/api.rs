//! The operations of the API as commands.
//!
//! [`Tree`] builds the commands that the words of a command line name, and [`Call`] runs one. A call is checked whole
//! before anything is sent.

mod command;
mod data;
mod page;
mod request;
mod run;
mod tree;
mod value;

pub(crate) use self::run::Call;
pub(crate) use self::tree::Tree;
