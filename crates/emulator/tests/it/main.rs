//! The emulator over real sockets, as any client sees it.
#![allow(missing_docs, reason = "test names are sentences")]

mod access;
#[cfg(target_os = "linux")]
mod browser;
mod channels;
mod chat_users;
mod connections;
mod control_guard;
mod conversations;
mod data_files;
mod deliveries;
mod durability;
mod every_operation;
mod faults;
mod inspector;
#[cfg(target_os = "linux")]
mod inspector_browser;
mod inspector_pages;
mod large;
mod malformed;
mod messages;
mod model;
mod options;
#[cfg(target_os = "linux")]
mod outbox_limits;
mod own_addresses;
mod participants;
mod peers;
mod pre_event;
mod pre_event_responses;
mod program;
#[cfg(feature = "proxy")]
mod proxy;
mod receiver;
mod recorded_calls;
mod requests;
mod reset;
mod resources;
mod running_faults;
mod scenarios;
mod seeded;
mod services;
mod signing_key;
mod snapshots;
mod support;
mod webhook_configurations;
mod webhook_urls;
mod webhooks;
