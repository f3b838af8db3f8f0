//! `doctor`, `who`, `prune`, shell completions and man pages.

mod doctor;
mod prune;
mod support;
mod who;
