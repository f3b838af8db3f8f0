//! `doctor`, `who`, `prune`, shell completions and man pages.

mod doctor;
mod doctor_probe;
mod doctor_webhooks;
mod limits;
mod pages;
mod prune;
mod prune_continue;
mod prune_journal;
#[cfg(target_os = "linux")]
mod prune_memory;
mod support;
mod terminal;
mod who;
