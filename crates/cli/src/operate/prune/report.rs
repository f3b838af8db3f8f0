//! The output of `prune`: a report, or with `--dry-run` the conversations.

use serde::Serialize;

use crate::output::Shape;

/// The result of a run.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    pub(super) planned: u64,
    pub(super) deleted: u64,
    /// Conversations that the server did not have any more.
    pub(super) gone: u64,
    /// Conversations that were changed after they were planned.
    pub(super) kept: u64,
    pub(super) failed: u64,
    /// Conversations that are neither deleted nor kept.
    pub(super) left: u64,
    pub(super) seconds: f64,
    /// Absent if nothing is planned and the file was not named by --journal.
    pub(super) journal: Option<&'a str>,
}

/// The columns and members of a report.
pub(super) const REPORT: Shape = Shape {
    columns: &["planned", "deleted", "gone", "kept", "failed", "left", "seconds"],
    fields: &["planned", "deleted", "gone", "kept", "failed", "left", "seconds", "journal"],
};

/// The conversations of `--dry-run`.
pub(super) const PLANNED: Shape = Shape {
    columns: &["sid", "chat_service_sid", "friendly_name", "state", "date_updated"],
    fields: &[
        "sid",
        "chat_service_sid",
        "friendly_name",
        "unique_name",
        "state",
        "date_created",
        "date_updated",
        "account_sid",
        "messaging_service_sid",
    ],
};
