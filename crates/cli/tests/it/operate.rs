//! `doctor`, `who`, `prune`, shell completions and man pages.

mod doctor;
mod pages;
mod prune;
#[cfg(target_os = "linux")]
mod prune_memory;
mod support;
mod who;
