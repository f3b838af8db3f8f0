//! `twconv webhooks plan`, and the plan that `apply` carries out.

use futures_util::{StreamExt as _, stream};
use twilio_conversations::Client;

use super::{
    CONCURRENT,
    compare::{self, Difference, Problem},
    diff::{self, Output},
    file::{Desired, FileArgs, Problems, Source},
    read,
    resolve::{self, Section},
    step::{Action, Step},
};
use crate::{
    context::Context,
    failure::{Exit, Failure, Result},
    output::OutputArgs,
};

/// Compares a file with the account; exits with 0 if nothing differs, with 2 if changes are pending
///
/// A line that begins with `~` is a field that would change, with `+` a webhook that would be created, with `-` one that
/// would be deleted. With `-o json` or another option of the output, there is a row for each request that `apply` would
/// send.
#[derive(Debug, clap::Args)]
pub(crate) struct PlanCommand {
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// The sections of a file that differ, with their steps.
pub(super) struct Plan<'a> {
    pub(super) sections: Vec<Section<'a>>,
    pub(super) steps: Vec<Step>,
}

impl PlanCommand {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let mut output = Output::new(context, &self.output)?;
        let source = self.file.read()?;
        let desired = self.file.parse(&source)?;
        let plan = make(context, &context.client()?, &source, &desired).await?;
        output.plan(&plan.steps)?;
        let is_empty = plan.steps.is_empty();
        output.finish(&diff::summary(&plan.steps, &source.name))?;
        // The code that says that changes are pending.
        if is_empty { Ok(()) } else { Err(Failure::silent(Exit::Usage)) }
    }
}

/// Reads the webhooks that a file has, and compares.
///
/// # Errors
///
/// A request fails, or the file names something that does not exist.
pub(super) async fn make<'a>(
    context: &Context,
    client: &Client,
    source: &Source,
    desired: &'a Desired,
) -> Result<Plan<'a>> {
    let only = read::service_of(context)?;
    let mut problems = Problems::new(source);
    let sections = resolve::resolve(client, desired, only.as_ref(), &mut problems).await?;
    if let Some(sid) = only.as_ref().filter(|_| sections.is_empty() && problems.is_empty()) {
        return Err(Failure::usage(format!("{} has no section of service {sid}, which --service names", source.name)));
    }
    let plan = compare(client, sections, &mut problems).await?;
    problems.check()?;
    if let Some(sid) = only {
        context.terminal.note(format!("note: only the section of service {sid} is used, as --service says"));
    }
    Ok(plan)
}

/// Compares sections with the server.
///
/// # Errors
///
/// A request fails.
pub(super) async fn compare<'a>(
    client: &Client,
    sections: Vec<Section<'a>>,
    problems: &mut Problems<'_>,
) -> Result<Plan<'a>> {
    let read = |section: Section<'a>| async {
        let steps = steps(client, &section).await;
        (section, steps)
    };
    let mut compared = stream::iter(sections).map(read).buffered(CONCURRENT);
    let mut plan = Plan { sections: Vec::new(), steps: Vec::new() };
    while let Some((section, steps)) = compared.next().await {
        match steps {
            Ok(Ok(steps)) if steps.is_empty() => {}
            Ok(Ok(steps)) => {
                plan.sections.push(section);
                plan.steps.extend(steps);
            }
            Ok(Err(found)) => found.into_iter().for_each(|(line, problem)| problems.add(line, problem)),
            Err(failure) if failure.exit == Exit::NotFound => match &section {
                Section::Account(_) => return Err(failure),
                Section::Service(service, section) => {
                    problems.add_missing(section.line, format!("there is no service {}", service.sid));
                }
                Section::Conversation(service, conversation, section) => problems.add_missing(
                    section.line,
                    format!("service {} has no conversation {:?}", service.sid, conversation.name),
                ),
            },
            Err(failure) => return Err(failure),
        }
    }
    Ok(plan)
}

/// The steps of a section.
async fn steps(client: &Client, section: &Section<'_>) -> Result<Result<Vec<Step>, Vec<Problem>>> {
    let step = |(differences, action): (Vec<Difference>, Action)| {
        if differences.is_empty() { Vec::new() } else { vec![Step { action, differences }] }
    };
    Ok(Ok(match section {
        Section::Account(wanted) => {
            let (differences, request) = compare::account(wanted, &read::account(client).await?);
            step((differences, Action::Account(request)))
        }
        Section::Service(service, wanted) => {
            let found = read::service(client, &service.sid).await?;
            let (differences, request) = compare::service(&wanted.configuration, &found);
            step((differences, Action::Service(service.clone(), request)))
        }
        Section::Conversation(service, conversation, wanted) => {
            let found = read::scoped(client, &service.sid, conversation.sid.as_str()).await?;
            match compare::conversation(wanted, &found) {
                Ok(changes) => changes
                    .into_iter()
                    .map(|(differences, change)| Step {
                        action: Action::Conversation(service.clone(), conversation.clone(), change),
                        differences,
                    })
                    .collect(),
                Err(problems) => return Ok(Err(problems)),
            }
        }
    }))
}
