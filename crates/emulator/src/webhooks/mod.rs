//! Webhooks: event payloads, pre-event calls, the outbox of post-event calls, and their delivery.

mod calls;
pub(crate) mod delivery;
pub(crate) mod event;
mod payload;
mod queues;
pub(crate) mod record;
mod send;
pub(crate) mod signing;
