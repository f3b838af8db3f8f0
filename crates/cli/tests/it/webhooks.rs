//! `twconv webhooks`.

mod apply;
mod explain;
mod file;
mod plan;
mod proxy;
mod pull;
mod show;
mod site;
mod terminal;
