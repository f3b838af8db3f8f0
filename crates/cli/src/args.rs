//! The command line: global options, the jobs, and the operations of the API.

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, parser::ValueSource};

use crate::{
    api::{Call, Tree},
    context::{Context, Globals},
    emulator::EmulatorCommand,
    failure::{EXIT_CODES, Failure, Result},
    listen::Listen,
    operate::{Completions, Doctor, Man, Prune, Who},
    profiles::{Login, ProfilesCommand},
    resend::Resend,
    signature::{Sign, Verify},
    spelling,
    terminal::ColorChoice,
    trigger::Trigger,
    webhooks::WebhooksCommand,
};

/// A command line for Twilio Conversations. Unofficial.
#[derive(Debug, Parser)]
#[command(name = "twconv", version, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    job: Job,
}

/// Commands that are not one operation of the API.
#[derive(Debug, Subcommand)]
enum Job {
    /// Stores the credentials of an account as a profile
    Login(Login),
    /// Lists, chooses and removes profiles
    #[command(subcommand)]
    Profiles(ProfilesCommand),
    /// Shows, explains and changes webhooks of account, services and conversations
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    /// Receives webhooks on this machine and forwards them to a local receiver
    Listen(Listen),
    /// Sends an event again that `listen` recorded
    Resend(Resend),
    /// Sends a signed event with sample values to a receiver
    Trigger(Trigger),
    /// Prints the signature of a webhook request
    Sign(Sign),
    /// Checks the signature of a webhook request
    Verify(Verify),
    /// Runs a local Twilio Conversations for tests and development
    Emulator(EmulatorCommand),
    Doctor(Doctor),
    Who(Who),
    Prune(Prune),
    Completions(Completions),
    #[command(hide = true)]
    Man(Man),
}

/// A command that was parsed.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) globals: Globals,
    command: Command,
}

#[derive(Debug)]
enum Command {
    Job(Box<Job>),
    Call(Box<Call>),
}

/// Why there is no command to run.
pub(crate) enum NoCommand {
    /// Help, the version, or an argument that the parser rejects.
    Parser(clap::Error),
    /// A value that is wrong.
    Failure(Failure),
}

impl From<clap::Error> for NoCommand {
    fn from(error: clap::Error) -> Self {
        Self::Parser(error)
    }
}

impl From<Failure> for NoCommand {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Parses the arguments, which begin with the program's name.
///
/// # Errors
///
/// There is no command to run.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Parsed, NoCommand> {
    let args = spelling::normalize(args);
    let tree = Tree::of(&args);
    let root = command(&tree).color(ColorChoice::of(&args).for_help());
    let mut matches = root.try_get_matches_from(args)?;
    let mut globals = Globals::from_arg_matches(&matches)?;
    let is_flag = matches.value_source("service") == Some(ValueSource::CommandLine);
    if !is_flag {
        // An empty variable counts as unset. An empty flag is an error: a script's own variable may be unset.
        globals.service = globals.service.filter(|service| !service.is_empty());
    }
    let command = match Call::new(&tree, &matches, globals.service.as_deref(), is_flag)? {
        Some(call) => Command::Call(Box::new(call)),
        None => Command::Job(Box::new(Job::from_arg_matches_mut(&mut matches)?)),
    };
    Ok(Parsed { globals, command })
}

/// The root command, with the commands of the API that the tree builds.
pub(crate) fn command(tree: &Tree) -> clap::Command {
    let root = Cli::command();
    tree.commands().into_iter().fold(root, clap::Command::subcommand)
}

impl Parsed {
    /// Whether the command ends by itself after Ctrl-C: it has webhooks to restore, or requests in flight whose outcome it
    /// must know.
    pub(crate) fn handles_interrupts(&self) -> bool {
        match &self.command {
            Command::Job(job) => matches!(**job, Job::Listen(_) | Job::Emulator(_) | Job::Prune(_)),
            Command::Call(_) => false,
        }
    }

    /// Runs the command.
    ///
    /// # Errors
    ///
    /// Those of the command.
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let job = match self.command {
            Command::Call(call) => return call.run(context).await,
            Command::Job(job) => *job,
        };
        match job {
            Job::Login(login) => login.run(context).await,
            Job::Profiles(command) => command.run(context),
            Job::Webhooks(command) => command.run(context).await,
            Job::Doctor(doctor) => doctor.run(context).await,
            Job::Who(who) => who.run(context).await,
            Job::Prune(prune) => prune.run(context).await,
            Job::Completions(completions) => completions.run(&command(&Tree::all())),
            Job::Man(man) => man.run(command(&Tree::all())),
            Job::Emulator(command) => command.run().await,
            Job::Listen(command) => command.run(context).await,
            Job::Resend(command) => command.run(context).await,
            Job::Sign(command) => command.run(context),
            Job::Verify(command) => command.run(context),
            Job::Trigger(command) => command.run(context).await,
        }
    }
}
