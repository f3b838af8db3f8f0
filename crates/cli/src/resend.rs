//! `twconv resend`: sends a recorded event again.

use std::{path::PathBuf, time::Instant};

use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue};
use twilio_conversations::{HttpMethod, webhook::Algorithm};

use crate::{
    context::Context,
    delivery::{Delivery, Receiver},
    failure::{Exit, Failure, Result},
    listen, record,
    record::Entry,
    trigger::{TIMEOUT, print_outcome, print_request},
};

/// Sends an event again that `listen` recorded: the same method, fields and idempotency token, signed anew.
///
/// `listen` keeps the latest 1,000 events of each account and service; `--record` reads a file of `listen --record`. The
/// response is printed as by `trigger`, and is not relayed.
#[derive(Args, Debug)]
pub(crate) struct Resend {
    /// Idempotency token of the event, or the beginning of it
    #[arg(
        required_unless_present = "last", conflicts_with = "last",
        value_parser = clap::builder::NonEmptyStringValueParser::new()
    )]
    id: Option<String>,
    /// The event that was received last
    #[arg(long)]
    last: bool,
    /// Record to read [default: the events that `listen` kept for the account]
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// URL of the receiver [default: the one that the event was forwarded to]
    #[arg(short, long, value_name = "URL")]
    forward_to: Option<String>,
    /// Prints the request and sends nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Resend {
    /// Sends the event.
    ///
    /// # Errors
    ///
    /// No such event or several, no URL, no auth token, or as of `trigger`.
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let entry = self.find(context)?;
        let missing = || Failure::usage("--forward-to: the event was not forwarded, so the URL is needed");
        let url = self.forward_to.clone().or_else(|| entry.forwarded_to.clone()).ok_or_else(missing)?;
        let receiver = Receiver::new(&url, "--forward-to")?;
        let request = delivery(&entry).sign(&receiver, &context.account()?.auth_token()?)?;
        if self.dry_run {
            return print_request(&context.terminal, &request);
        }
        context.terminal.note(format!("{} of {}, {}", entry.event, entry.time, entry.id));
        let outcome = receiver.send(request, Instant::now() + TIMEOUT).await;
        print_outcome(&context.terminal, &outcome, &receiver.called())
    }

    fn find(&self, context: &Context) -> Result<Entry> {
        let files = match &self.record {
            Some(file) => vec![file.clone()],
            None => kept(context)?,
        };
        let wanted = self.id.as_deref().unwrap_or_default();
        let mut found: Option<Entry> = None;
        let (mut others, mut is_exact) = (0, false);
        for file in &files {
            record::each(file, |entry| {
                if !entry.id.starts_with(wanted) {
                    return;
                }
                match (entry.id == wanted, is_exact) {
                    // A longer id that begins with this one does not count beside it.
                    (true, false) => (found, others, is_exact) = (None, 0, true),
                    (false, true) => return,
                    _ => {}
                }
                // A retry has the token of the first delivery; the latest one counts.
                let is_other = found.as_ref().is_some_and(|found| found.id != entry.id);
                others += usize::from(is_other && !self.last);
                if found.as_ref().is_none_or(|found| found.time <= entry.time) {
                    found = Some(entry);
                }
            })?;
        }
        match found {
            Some(_) if others > 0 => {
                Err(Failure::usage(format!("several events have an id that begins with {wanted:?}: name more of it")))
            }
            Some(entry) => Ok(entry),
            None if self.last => Err(Failure::new("no event was recorded").exit(Exit::NotFound)),
            None => {
                let problem = format!("no recorded event has an id that begins with {wanted:?}");
                Err(Failure::new(problem).exit(Exit::NotFound))
            }
        }
    }
}

/// The records of the account: its own and those of its services.
fn kept(context: &Context) -> Result<Vec<PathBuf>> {
    let account = context.account()?;
    let base_url = context.client()?.base_url().to_owned();
    let prefix = listen::prefix(&base_url, account.variable("TWILIO_ACCOUNT_SID").unwrap_or_default());
    let is_record = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&prefix) && name.ends_with(".ndjson")
    };
    let entries = std::fs::read_dir(listen::folder()?).into_iter().flatten().flatten();
    Ok(entries.map(|entry| entry.path()).filter(is_record).collect())
}

fn delivery(entry: &Entry) -> Delivery {
    let mut headers = HeaderMap::new();
    for (name, value) in &entry.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    Delivery {
        method: if entry.method.eq_ignore_ascii_case("GET") { HttpMethod::Get } else { HttpMethod::Post },
        fields: entry.fields.clone(),
        token: entry.token.clone(),
        algorithm: Algorithm::default(),
        headers,
    }
}
