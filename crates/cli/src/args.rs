//! The command line: global options, the jobs, and the operations of the API.

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{
    context::{Context, Globals},
    failure::{EXIT_CODES, Result},
    profiles::{Login, ProfilesCommand},
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
}

/// A command that was parsed.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) globals: Globals,
    job: Job,
}

/// Parses the arguments.
///
/// # Errors
///
/// As clap prints them: help, version, or a wrong argument.
pub(crate) fn parse(args: Vec<std::ffi::OsString>) -> Result<Parsed, clap::Error> {
    let matches = Cli::command().try_get_matches_from(args)?;
    let Cli { globals, job } = Cli::from_arg_matches(&matches)?;
    Ok(Parsed { globals, job })
}

impl Parsed {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// Those of the command.
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        match self.job {
            Job::Login(login) => login.run(context).await,
            Job::Profiles(command) => command.run(context),
        }
    }
}
