//! Webhooks of conversations.

use rusqlite::Connection;

use super::Cached as _;
use super::select::Select as _;
use super::table::table;
use crate::domain::scoped_webhook::ScopedWebhook;

table! {
    ScopedWebhook as "scoped_webhook" in "conversation",
    from "scoped_webhook JOIN conversation ON conversation.id = scoped_webhook.conversation \
        JOIN service ON service.id = conversation.service",
    joined { conversation_sid = "conversation.sid", service_sid = "service.sid" }
    fixed { conversation, sid, target, replay_after, date_created }
    mutable { url, method, flow_sid, date_updated }
    lists { filters = "scoped_webhook_filter", triggers = "scoped_webhook_trigger" }
}

pub(crate) fn all(db: &Connection, conversation: i64) -> rusqlite::Result<Vec<ScopedWebhook>> {
    ScopedWebhook::all(db, "scoped_webhook.conversation = ? ORDER BY scoped_webhook.id", [conversation])
}

/// The first webhooks of a conversation, at most `most`.
pub(crate) fn first(db: &Connection, conversation: i64, most: i64) -> rusqlite::Result<Vec<ScopedWebhook>> {
    let condition = "scoped_webhook.conversation = ? ORDER BY scoped_webhook.id LIMIT ?";
    ScopedWebhook::all(db, condition, [conversation, most])
}

pub(crate) fn count(db: &Connection, conversation: i64) -> rusqlite::Result<i64> {
    db.number("SELECT count(*) FROM scoped_webhook WHERE conversation = ?", [conversation])
}
