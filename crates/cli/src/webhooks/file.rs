//! The file of `plan` and `apply`: the webhooks that are wanted.

mod parse;
mod problems;
mod table;
mod values;

use std::io::Read;

use twilio_conversations::{
    EventType, FlowSid, HttpMethod, WebhookSid,
    v1::{ScopedWebhookTarget, WebhookMethod, WebhookTarget},
};

pub(super) use self::{problems::Problems, values::shown};
use crate::failure::{Failure, Result};

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
        let (name, bytes) = if self.file == "-" {
            ("stdin".to_owned(), read_all(std::io::stdin().lock()))
        } else {
            (self.file.clone(), std::fs::File::open(&self.file).and_then(read_all))
        };
        let bytes = bytes.map_err(|error| Failure::usage(format!("reading {name}")).source(error))?;
        if bytes.len() > LARGEST {
            return Err(Failure::usage(format!("reading {name}: it has more than 1 MiB")));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
            Failure::usage(format!("reading {name}: line {line} is not UTF-8"))
        })?;
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

/// One byte more than is allowed shows that there is more.
fn read_all(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
