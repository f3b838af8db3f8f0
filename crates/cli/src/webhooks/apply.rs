//! `twconv webhooks apply`: carries out a plan, step by step, and looks at the result.

use super::{
    diff::{self, Output},
    file::{FileArgs, Problems},
    plan,
    step::Step,
};
use crate::{
    context::Context,
    failure::{Failure, Result},
    output::OutputArgs,
};

/// Changes the account's webhooks to those of a file, where they differ
///
/// Prints the plan on stderr, and prompts for a confirmation on a terminal; elsewhere it needs --yes. Only fields that
/// differ are sent. After
/// an error or a kill, the same command makes the changes that are left. A create whose response was lost is not
/// repeated: the next run finds the webhook by its URL. With `-o json` or another option of the output, there is a row for
/// each request that was sent.
#[derive(Debug, clap::Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl Apply {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let mut output = Output::new(context, &self.output)?;
        let source = self.file.read()?;
        let desired = self.file.parse(&source)?;
        let client = context.client()?;
        let plan = plan::make(context, &client, &source, &desired).await?;
        if plan.steps.is_empty() {
            return output.finish(&diff::summary(&plan.steps, &source.name));
        }
        confirm(context, &plan.steps)?;
        let count = plan.steps.len();
        let mut written = Ok(());
        for (i, step) in plan.steps.iter().enumerate() {
            let sent = step.action.send(&client).await;
            let sid = sent.map_err(|failure| failure.context(stopped(step, i, count)))?;
            // A reader that closed the pipe does not stop the changes.
            written = written.and(output.done(step, sid.as_ref()));
        }
        let mut problems = Problems::new(&source);
        let left = plan::compare(&client, plan.sections, &mut problems).await?;
        // Another program may have deleted a service or conversation in the meantime.
        problems.check_after("all changes were sent")?;
        if !left.steps.is_empty() {
            return Err(kept(&left.steps, &source.name));
        }
        written.and_then(|()| output.finish(&format!("{count} of {count} changes made")))
    }
}

/// Prints the plan, and prompts for a confirmation.
///
/// # Errors
///
/// The user declines, or there is no terminal.
fn confirm(context: &Context, steps: &[Step]) -> Result<()> {
    use std::io::Write as _;
    let text = format!("{}{}\n", diff::text(steps), diff::summary(steps, ""));
    // A plan that has to be confirmed is shown even with --quiet.
    if !(context.terminal.is_quiet && context.globals.yes) {
        let _ = anstream::stderr().write_all(text.as_bytes());
    }
    let account = context.account()?.variable("TWILIO_ACCOUNT_SID").unwrap_or_default();
    context.confirm(&format!("make these changes in account {account} ({})", diff::counts(steps)))
}

/// The step that failed, and those that were carried out before it.
fn stopped(step: &Step, done: usize, count: usize) -> String {
    format!("{done} of {count} changes were made, and the same command makes the rest; changing {}", step.action)
}

/// The server has something else than was sent.
fn kept(steps: &[Step], file: &str) -> Failure {
    let text = anstream::adapter::strip_str(&diff::text(steps)).to_string();
    let lines = text.lines().map(|line| format!("\n  {line}")).collect::<String>();
    Failure::new(format!("all changes were sent, and the server still differs from {file}:{lines}"))
}
