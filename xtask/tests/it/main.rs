//! `cargo xtask` as a maintainer runs it.

mod drift_document;
mod drift_errors;
mod drift_event_fragments;
mod drift_events;
mod drift_fragments;
mod drift_page;
mod drift_release;
mod drift_summary;
mod support;
mod vendor;
