//! The API's resources, one file each: what is stored, what is refused, what is answered.
//!
//! A resource that exists for the account and for a service is one file: the paths without a service act on the
//! account's default one.

mod address;
pub(crate) mod binding;
mod configuration;
pub(crate) mod conversation;
pub(crate) mod conversation_state;
mod conversation_with_participants;
#[cfg(test)]
mod coverage;
mod credential;
mod handlers;
pub(crate) mod media;
pub(crate) mod message;
mod notification;
pub(crate) mod participant;
pub(crate) mod participant_binding;
mod participant_conversation;
pub(crate) mod permission;
pub(crate) mod receipt;
mod role;
mod scoped_webhook;
pub(crate) mod service;
mod service_configuration;
pub(crate) mod user;
mod user_conversation;
pub(crate) mod webhook_configuration;

pub(crate) use self::address::{AutoCreation, auto_creation};
pub(crate) use self::conversation_state::run_next_timer;
pub(crate) use self::handlers::{Handler, Resource, handler, unimplemented};
use crate::error::{Refusal, Stop};
use crate::spec::Fields;

/// Checks a text's length in characters.
fn check_length(name: &str, text: Option<&str>, maximum: usize) -> Result<(), Refusal> {
    match text {
        Some(text) if text.chars().count() > maximum => {
            Err(Refusal::invalid(name, &format!("at most {maximum} characters are allowed")))
        }
        _ => Ok(()),
    }
}

/// Reads `Attributes`: a JSON text of limited size. An empty one is `{}`.
fn attributes(form: &Fields, maximum: usize) -> Result<Option<String>, Stop> {
    match form.text("Attributes") {
        None => Ok(None),
        Some("") => Ok(Some("{}".to_owned())),
        Some(text) => check_attributes(text, maximum).map(|()| Some(text.to_owned())).map_err(Stop::from),
    }
}

/// Checks that a text is JSON and not too large.
pub(crate) fn check_attributes(text: &str, maximum: usize) -> Result<(), Refusal> {
    if text.len() > maximum {
        return Err(Refusal::invalid("Attributes", &format!("at most {} KB are allowed", maximum / 1024)));
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::invalid("Attributes", "not JSON")),
    }
}
