//! The file of `plan` and `apply`: the webhooks that are wanted.

mod parse;
mod problems;
mod table;
mod values;

use twilio_conversations::{
    EventType, FlowSid, HttpMethod, WebhookSid,
    v1::{ScopedWebhookTarget, WebhookMethod, WebhookTarget},
};

pub(super) use self::{problems::Problems, values::shown};
use crate::{
    failure::{Failure, Result},
    input,
};

/// Most bytes of a file.
pub(super) const LARGEST: usize = 1024 * 1024;
/// Most webhooks of a conversation, by the vendor's documentation.
pub(super) const MOST_WEBHOOKS: usize = 5;

/// Which file is read, and how strictly.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FileArgs {
    /// File with the webhooks, or `-` for stdin; at most 1 MiB
    #[arg(value_name = "FILE")]
    file: String,
    /// Accepts filters that are not documented for their layer
    #[arg(long)]
    any_event: bool,
}

/// A file that was read.
pub(super) struct Source {
    /// For messages: the path, or `stdin`.
    pub(super) name: String,
    text: String,
}

/// The content of a file.
#[derive(Debug, Default)]
pub(super) struct Desired {
    pub(super) account: Option<Wanted>,
    pub(super) services: Vec<WantedService>,
}

/// The configuration of the account or of a service. A field that is `None` keeps its value, and an empty one is cleared.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) method: Option<HttpMethod>,
    pub(super) filters: Option<Vec<EventType>>,
    pub(super) pre_webhook_url: Option<String>,
    pub(super) post_webhook_url: Option<String>,
    /// The account's only.
    pub(super) target: Option<WebhookTarget>,
}

/// A service's section.
#[derive(Debug)]
pub(super) struct WantedService {
    /// SID or friendly name.
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) configuration: Wanted,
    pub(super) conversations: Vec<WantedConversation>,
}

/// All webhooks of a conversation.
#[derive(Debug)]
pub(super) struct WantedConversation {
    /// SID or unique name.
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) webhooks: Vec<WantedWebhook>,
}

/// A webhook of a conversation. A field that is `None` keeps its value.
#[derive(Clone, Debug)]
pub(super) struct WantedWebhook {
    pub(super) line: usize,
    pub(super) sid: Option<WebhookSid>,
    pub(super) target: ScopedWebhookTarget,
    pub(super) url: Option<String>,
    pub(super) method: Option<WebhookMethod>,
    pub(super) filters: Option<Vec<EventType>>,
    pub(super) triggers: Option<Vec<String>>,
    pub(super) flow_sid: Option<FlowSid>,
    pub(super) replay_after: Option<i64>,
}

impl FileArgs {
    /// Reads the file, all of it at once.
    ///
    /// # Errors
    ///
    /// It cannot be read, is larger than 1 MiB, or is not UTF-8.
    pub(super) fn read(&self) -> Result<Source> {
        let name = if self.file == "-" { "stdin" } else { self.file.as_str() }.to_owned();
        let text = input::text(&self.file, LARGEST as u64);
        let text = text.map_err(|error| Failure::usage(format!("reading {name}")).source(error))?;
        Ok(Source { name, text })
    }

    /// Checks the file.
    ///
    /// # Errors
    ///
    /// All that is wrong in it, each with its line.
    pub(super) fn parse(&self, source: &Source) -> Result<Desired> {
        let mut problems = Problems::new(source);
        let desired = parse::parse(&source.text, self.any_event, &mut problems);
        problems.check()?;
        Ok(desired)
    }
}
