//! `doctor`, `who`, `prune`, shell completions and man pages.

mod doctor;
mod pages;
mod prune;
mod support;
mod who;
