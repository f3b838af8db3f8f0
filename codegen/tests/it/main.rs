//! The generator from outside: texts in, texts or one error out.

mod changes;
mod determinism;
mod errors;
mod events;
mod fixture;
mod golden;
mod made_up_resource;
mod mistakes;
mod support;
