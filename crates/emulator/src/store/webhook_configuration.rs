//! Webhook configurations of accounts and services.

use rusqlite::Connection;
use twilio_conversations_types::v1::EventType;

use super::select::Select as _;
use super::table::{Table as _, table};
use crate::domain::service::ServiceKey;
use crate::domain::webhook_configuration::WebhookConfiguration;

table! {
    WebhookConfiguration as "webhook_configuration" in "account",
    from "webhook_configuration LEFT JOIN service ON service.id = webhook_configuration.service",
    joined { service_sid = "service.sid" }
    fixed { account, service }
    mutable { method, pre_webhook_url, post_webhook_url, target }
    lists { filters = "webhook_filter" }
}

pub(crate) fn of_account(db: &Connection, account: i64) -> rusqlite::Result<WebhookConfiguration> {
    let condition = "webhook_configuration.account = ? AND webhook_configuration.service IS NULL";
    let stored = WebhookConfiguration::first(db, condition, [account])?;
    Ok(stored.unwrap_or_else(|| WebhookConfiguration::new_for_account(account)))
}

pub(crate) fn of_service(
    db: &Connection,
    account: i64,
    service: &ServiceKey,
) -> rusqlite::Result<WebhookConfiguration> {
    let stored = WebhookConfiguration::first(db, "webhook_configuration.service = ?", [service.id])?;
    Ok(stored.unwrap_or_else(|| WebhookConfiguration::new_for_service(account, service.id, &service.sid)))
}

/// The configuration that is effective for a service: its own if that has a URL, else the account's.
pub(crate) fn effective(db: &Connection, account: i64, service: i64) -> rusqlite::Result<WebhookConfiguration> {
    let condition =
        "webhook_configuration.service = ? AND (pre_webhook_url IS NOT NULL OR post_webhook_url IS NOT NULL)";
    match WebhookConfiguration::first(db, condition, [service])? {
        Some(own) => Ok(own),
        None => of_account(db, account),
    }
}

/// Inserts or updates a configuration, whose filters were `before`.
pub(crate) fn save(
    db: &Connection,
    configuration: &mut WebhookConfiguration,
    before: &[EventType],
) -> rusqlite::Result<()> {
    if configuration.id == 0 {
        return configuration.insert(db);
    }
    configuration.update(db)?;
    if configuration.filters == before { Ok(()) } else { configuration.replace_lists(db) }
}
