//! Plain types and rules of Conversations, without SQL and HTTP.
//!
//! A field `id` is the row of an object. A number that is named like an object, such as `service`, is the row of that one.

pub(crate) mod account;
pub(crate) mod address;
pub(crate) mod binding;
pub(crate) mod conversation;
pub(crate) mod credential;
pub(crate) mod delivery;
pub(crate) mod limits;
pub(crate) mod message;
pub(crate) mod messaging_binding;
pub(crate) mod participant;
pub(crate) mod pre_event;
pub(crate) mod receipt;
pub(crate) mod role;
pub(crate) mod scoped_webhook;
pub(crate) mod service;
pub(crate) mod timers;
pub(crate) mod user;
pub(crate) mod values;
pub(crate) mod webhook_configuration;
pub(crate) mod webhook_url;
