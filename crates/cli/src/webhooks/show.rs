//! `twconv webhooks show`: a table of all layers.

use serde::Serialize;

use super::{
    read::{self, Found, Reach},
    state::{Configuration, Scoped},
};
use crate::{
    context::Context,
    failure::Result,
    output::{OutputArgs, Printer, Shape},
};

/// Lists the webhooks of the account, of every service, and of conversations
///
/// A conversation's webhook has its URL under `post_webhook_url`, since it reports post-events only; its words and its
/// Studio flow are in `triggers` and `flow_sid`. With `--service`, the account and this service are listed.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    output: OutputArgs,
}

const ROW: Shape = Shape {
    columns: &["sid", "scope", "name", "method", "pre_webhook_url", "post_webhook_url", "filters", "target"],
    fields: &[
        "scope",
        "sid",
        "name",
        "method",
        "pre_webhook_url",
        "post_webhook_url",
        "filters",
        "target",
        "triggers",
        "flow_sid",
        "chat_service_sid",
        "conversation_sid",
    ],
};

/// A row of the table.
#[derive(Default, Serialize)]
struct Row<'a> {
    scope: &'static str,
    /// Of the account, service or webhook.
    sid: &'a str,
    /// Friendly name of the service; unique name or SID of the conversation.
    name: Option<&'a str>,
    method: Option<&'a str>,
    pre_webhook_url: Option<&'a str>,
    post_webhook_url: Option<&'a str>,
    filters: Option<Vec<&'a str>>,
    target: Option<&'a str>,
    triggers: Option<&'a [String]>,
    flow_sid: Option<&'a str>,
    chat_service_sid: Option<&'a str>,
    conversation_sid: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn new(scope: &'static str, sid: &'a str, configuration: &'a Configuration) -> Self {
        Self {
            scope,
            sid,
            method: configuration.method.as_ref().map(|method| method.as_str()),
            pre_webhook_url: configuration.pre_webhook_url.as_deref(),
            post_webhook_url: configuration.post_webhook_url.as_deref(),
            filters: Some(configuration.filters.iter().map(|event| event.as_str()).collect()),
            target: configuration.target.as_ref().map(|target| target.as_str()),
            ..Self::default()
        }
    }

    fn scoped(webhook: &'a Scoped) -> Self {
        let filters = || webhook.filters.iter().map(|event| event.as_str()).collect();
        Self {
            scope: "conversation",
            sid: webhook.sid.as_str(),
            method: webhook.method.as_ref().map(|method| method.as_str()),
            post_webhook_url: webhook.url.as_deref(),
            filters: (!webhook.filters.is_empty()).then(filters),
            target: Some(webhook.target.as_str()),
            triggers: (!webhook.triggers.is_empty()).then_some(webhook.triggers.as_slice()),
            flow_sid: webhook.flow_sid.as_ref().map(|sid| sid.as_str()),
            ..Self::default()
        }
    }
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let mut printer = Printer::new(&context.terminal, &self.output, ROW, true)?.wrapping();
        let account_sid = context.account()?.variable("TWILIO_ACCOUNT_SID").unwrap_or_default().to_owned();
        let mut print = |found: Found| {
            match &found {
                Found::Account(configuration) => printer.row(&Row::new("account", &account_sid, configuration))?,
                Found::Service(service, configuration) => {
                    let row = Row::new("service", service.sid.as_str(), configuration);
                    printer.row(&Row {
                        name: service.friendly_name.as_deref(),
                        chat_service_sid: Some(service.sid.as_str()),
                        ..row
                    })?;
                }
                Found::Conversation(service, conversation, webhooks) => {
                    for webhook in webhooks {
                        printer.row(&Row {
                            name: Some(read::label(conversation)),
                            chat_service_sid: Some(service.as_str()),
                            conversation_sid: Some(conversation.sid.as_str()),
                            ..Row::scoped(webhook)
                        })?;
                    }
                }
            }
            Ok(())
        };
        read::walk(context, &self.reach, true, &mut print).await?;
        printer.finish()?;
        Ok(())
    }
}
