//! `twconv webhooks`: the webhooks of account, services and conversations, shown, explained, and kept in a file.

mod apply;
mod compare;
mod diff;
mod explain;
mod file;
mod plan;
mod pull;
mod read;
mod resolve;
mod show;
mod state;
mod step;

use clap::Subcommand;

use crate::{context::Context, failure::Result};

/// Requests that are under way at once.
const CONCURRENT: usize = 8;

/// The file format, for the help of `plan` and `apply`.
const FILE_HELP: &str = r#"The file is TOML of at most 1 MiB. `twconv webhooks pull` writes one.

  [account]
  method = "POST"                  # GET or POST
  pre_webhook_url = "https://example.com/pre"
  post_webhook_url = "https://example.com/post"
  filters = ["onMessageAdd", "onMessageAdded"]
  target = "webhook"               # webhook or flex

  [services."Support"]             # SID or friendly name
  post_webhook_url = "https://example.com/support"
  filters = ["onMessageAdded"]

  # The conversation by SID or unique name
  [[services."Support".conversations."order-4711"]]
  target = "webhook"               # webhook, trigger or studio
  url = "https://example.com/order"
  method = "POST"
  filters = ["onMessageAdded"]     # for trigger: triggers = ["help"]
                                   # for studio, without url: flow_sid = "FW…"

- A key that is absent keeps its value. An empty one clears it:
  filters = [], pre_webhook_url = "".
- A section that is absent is left alone. The list of a conversation is
  complete: a webhook of it that is not in the file is deleted, and
  conversations."order-4711" = [] deletes all.
- An entry of a conversation is matched with the webhook of its `sid`. Without
  a `sid`, or if no webhook has this SID and target, it is matched with one of
  the same target and URL or flow. Without a match, a webhook is created.
- replay_after = 7 counts when the webhook is created, and is not compared.
- The order of filters and of triggers does not matter.
- With --service, only the section of that service is used."#;

/// Shows, explains and changes webhooks of account, services and conversations
#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// Lists the webhooks of the account, of every service, and of conversations
    Show(show::Show),
    /// Shows which webhooks an event calls, in which order, and why the others are not called
    Explain(explain::Explain),
    /// Prints the webhooks as a file for `plan` and `apply`
    Pull(pull::Pull),
    /// Compares a file with the account; exits with 0 if nothing differs, with 2 if changes are pending
    #[command(after_long_help = FILE_HELP, after_help = "The file's format: twconv webhooks plan --help")]
    Plan(plan::PlanCommand),
    /// Changes the account's webhooks to those of a file, where they differ
    #[command(after_long_help = FILE_HELP, after_help = "The file's format: twconv webhooks apply --help")]
    Apply(apply::Apply),
}

impl WebhooksCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        match self {
            Self::Show(command) => command.run(context).await,
            Self::Explain(command) => command.run(context).await,
            Self::Pull(command) => command.run(context).await,
            Self::Plan(command) => command.run(context).await,
            Self::Apply(command) => command.run(context).await,
        }
    }
}
