//! `cargo xtask` as a maintainer runs it.

mod bless;
mod drift_document;
mod drift_errors;
mod drift_event_fragments;
mod drift_events;
mod drift_fragments;
mod drift_page;
mod drift_release;
mod drift_summary;
mod fix;
mod fix_facts;
mod fix_files;
mod fix_pages;
mod support;
mod vendor;
