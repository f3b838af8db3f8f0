//! `twconv webhooks explain`: which webhooks an event calls, and why the others are not called.

mod rules;

use std::io::Write as _;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use serde::Serialize;
use twilio_conversations::{Client, EventType, ServiceSid};

use self::rules::{Cause, Fires, Layers, Verdict};
use super::read;
use crate::{
    context::Context,
    failure::{Failure, Result},
    output::{OutputArgs, Printer, Shape},
    printable::printable,
};

/// Shows which webhooks an event calls, in which order, and why the others are not called
///
/// The column `basis` says whether a reason is documented by the vendor or assumed, as the emulator does. Without
/// `--service`, the service is that of the conversation, or the account's default service. All webhooks with the same
/// number in `order` are called at once: their order is not documented. On a terminal, and without an option of the
/// output, the result is text, in which no reason is cut.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The event, such as onMessageAdded
    #[arg(long, value_name = "EVENT", ignore_case = true, value_parser = event_parser(), hide_possible_values = true)]
    event: EventType,
    /// The conversation in which it happens; SID or unique name
    #[arg(long, value_name = "SID")]
    conversation: Option<String>,
    /// The cause of the event: a client SDK, the REST API, a message or report of a channel, or a timer
    #[arg(long, value_enum, default_value_t, value_name = "SOURCE")]
    source: Cause,
    /// The REST request has the header X-Twilio-Webhook-Enabled: true
    #[arg(long)]
    webhook_enabled: bool,
    #[command(flatten)]
    output: OutputArgs,
}

fn event_parser() -> impl clap::builder::TypedValueParser<Value = EventType> {
    PossibleValuesParser::new(EventType::ALL.iter().map(EventType::as_str)).map(EventType::from)
}

const ROW: Shape = Shape {
    columns: &["order", "scope", "fires", "method", "url", "basis", "reason"],
    fields: &["order", "scope", "sid", "fires", "method", "url", "flow_sid", "basis", "reason"],
};

/// A row for each webhook.
#[derive(Serialize)]
struct Row<'a> {
    /// 1 for all that are called, since they are called at once.
    order: Option<u8>,
    scope: &'static str,
    /// Of the service or webhook.
    sid: Option<&'a str>,
    fires: Fires,
    method: Option<&'a str>,
    url: Option<&'a str>,
    flow_sid: Option<&'a str>,
    basis: &'static str,
    reason: &'a str,
}

impl<'a> Row<'a> {
    fn new(verdict: &'a Verdict, service: &'a ServiceSid) -> Self {
        let Verdict { scope, sid, fires, method, url, flow_sid, is_documented, reason } = verdict;
        Self {
            order: (*fires != Fires::No).then_some(1),
            scope,
            sid: if *scope == "service" { Some(service.as_str()) } else { sid.as_deref() },
            fires: *fires,
            method: method.as_deref(),
            url: url.as_deref(),
            flow_sid: flow_sid.as_deref(),
            basis: if *is_documented { "documented" } else { "assumed" },
            reason,
        }
    }

    /// The webhook with what it calls, and the reason in a line of its own.
    fn text(&self) -> String {
        let fires = match self.fires {
            Fires::Yes => "called",
            Fires::No => "not called",
            Fires::Maybe => "may be called",
        };
        let place = [Some(self.scope), self.sid, self.method, self.url, self.flow_sid];
        let place = place.into_iter().flatten().collect::<Vec<_>>().join(" ");
        format!("{fires:<13}  {place}\n{:15}{} ({})\n", "", self.reason, self.basis)
    }
}

fn print<'a>(mut printer: Printer, rows: impl Iterator<Item = Row<'a>>) -> Result<()> {
    for row in rows {
        printer.row(&row)?;
    }
    printer.finish()?;
    Ok(())
}

impl Explain {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let OutputArgs { output, json, jq, properties, .. } = &self.output;
        let is_plain = output.is_none() && json.is_none() && jq.is_none() && properties.is_empty();
        let is_text = is_plain && context.terminal.stdout;
        let printer = Printer::new(&context.terminal, &self.output, ROW, true)?;
        self.check()?;
        let (service, layers) = self.read(context).await?;
        let verdicts = rules::explain(&self.event, self.source, self.webhook_enabled, &layers);
        let rows = verdicts.iter().map(|verdict| Row::new(verdict, &service));
        if is_text {
            let text: String = rows.map(|row| row.text()).collect();
            anstream::stdout().write_all(printable(&text).as_bytes())?;
        } else {
            print(printer, rows)?;
        }
        if layers.scoped.is_none() && EventType::CONVERSATION_EVENTS.contains(&self.event) {
            context.terminal.note("note: a conversation may have webhooks of its own, which --conversation includes");
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        if self.webhook_enabled && self.source != Cause::Api {
            return Err(Failure::usage("--webhook-enabled is a header of REST requests, so it needs --source api"));
        }
        if self.source == Cause::Timer && self.event != EventType::ConversationStateUpdated {
            let problem = format!("--source timer: a timer causes {} only", EventType::ConversationStateUpdated);
            return Err(Failure::usage(problem));
        }
        Ok(())
    }

    async fn read(&self, context: &Context) -> Result<(ServiceSid, Layers)> {
        let client = context.client()?;
        let named = read::service_of(context)?;
        let (service, conversation) = match &self.conversation {
            Some(name) => {
                let (service, found) = read::conversation(&client, named.as_ref(), name).await?;
                (service, Some(found.sid))
            }
            None => match named {
                Some(service) => (service, None),
                None => (default_service(&client).await?, None),
            },
        };
        let scoped = async {
            match &conversation {
                Some(sid) => read::scoped(&client, &service, sid.as_str()).await.map(Some),
                None => Ok(None),
            }
        };
        let (account, own, scoped) =
            tokio::try_join!(read::account(&client), read::service(&client, &service), scoped)?;
        Ok((service, Layers { account, service: own, scoped }))
    }
}

/// The account's default service.
async fn default_service(client: &Client) -> Result<ServiceSid> {
    let found = client.configuration().fetch().await;
    let found = found.map_err(|error| Failure::from(error).context("reading the account's default service"))?;
    found
        .default_chat_service_sid
        .ok_or_else(|| Failure::usage("the account has no default service: name one by --service"))
}
