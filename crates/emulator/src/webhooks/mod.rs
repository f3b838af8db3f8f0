//! Webhooks: event payloads, pre-event calls, the outbox of post-event calls, and their delivery.

pub(crate) mod delivery;
pub(crate) mod event;
mod outbox;
mod payload;
mod pre_event;
mod queues;
pub(crate) mod record;
mod send;
pub(crate) mod signing;
