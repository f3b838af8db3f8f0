//! `doctor`, `who`, `prune`, shell completions and man pages.

mod prune;
mod support;
