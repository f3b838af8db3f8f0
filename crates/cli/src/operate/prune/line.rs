//! The lines of a journal of `prune`: one JSON object each.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use twilio_conversations::{ConversationSid, ServiceSid};

/// Version of the format. A journal of another version is rejected.
const VERSION: u32 = 1;

/// A fact in the journal.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum Line {
    /// The first line.
    Begin(Header),
    /// A conversation of the plan. `n` counts from 0.
    Planned { n: u64, conversation: ConversationSid, service: ServiceSid, updated: DateTime<Utc> },
    /// The plan before this line is void, since the run that made it was cut off. Nothing had been deleted.
    PlanRestarted,
    /// All is planned. Deleting begins after this line.
    PlanComplete { count: u64 },
    /// The server deleted it.
    Deleted { n: u64, conversation: ConversationSid },
    /// The server did not have it any more.
    Gone { n: u64, conversation: ConversationSid },
    /// It was changed after it was planned, and is not deleted.
    Kept { n: u64, conversation: ConversationSid, reason: String },
    /// It was not deleted. The next run with this journal tries again.
    Failed { n: u64, conversation: ConversationSid, status: Option<u16>, code: Option<i64>, error: String },
    /// A run tried all that was left. Without this line the run was cut off, and the next one continues it.
    Ended,
}

/// The account and the conversations that a journal is about.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Header {
    /// `twconv prune`, by which a journal is recognized.
    program: String,
    version: u32,
    pub(super) account_sid: String,
    pub(super) base_url: String,
    /// `all`, or the SID of a service.
    pub(super) services: String,
    pub(super) state: String,
    pub(super) older_than: String,
    /// Most conversations of the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) max: Option<u64>,
    /// Conversations that were last updated before this moment are deleted.
    pub(super) cutoff: DateTime<Utc>,
}

impl Header {
    pub(super) fn new(account_sid: String, base_url: String, services: String) -> Self {
        Self {
            program: "twconv prune".to_owned(),
            version: VERSION,
            account_sid,
            base_url,
            services,
            state: String::new(),
            older_than: String::new(),
            max: None,
            cutoff: DateTime::UNIX_EPOCH,
        }
    }

    /// The problem, if it is the header of something else.
    pub(super) fn problem(&self) -> Option<String> {
        if self.program != "twconv prune" {
            return Some(format!("it is a journal of {:?}", self.program));
        }
        (self.version != VERSION).then(|| format!("its format is version {}, expected {VERSION}", self.version))
    }
}
