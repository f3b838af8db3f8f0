//! The webhook receiver.

mod delivery;
mod event;
mod extract;
mod fields;
mod fuzz;
mod generate;
mod origin;
mod peers;
mod props;
mod reply;
mod router;
mod vectors;
mod verify;
mod weight;
