//! The auth token of commands that sign and verify.

use std::io;

use crate::{
    context::Context,
    failure::{Exit, Failure, Result},
    input,
};

/// Limit of a file of tokens: 64 KiB.
const LARGEST: u64 = 64 * 1024;

/// The option of the token's file.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct TokenArgs {
    /// File with the auth token in its first line that is not blank; `-` is stdin [default: the token of the profile or the environment]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<String>,
}

impl TokenArgs {
    /// The auth token of the file, else of the account.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is empty, or the account has no auth token.
    pub(crate) fn token(&self, context: &Context) -> Result<String> {
        let Some(path) = &self.token_file else {
            // A program that only signs needs no account beside the token.
            return match std::env::var("TWILIO_AUTH_TOKEN").ok().filter(|token| !token.trim().is_empty()) {
                Some(token) if context.globals.profile.is_none() && context.emulator().is_none() => Ok(token),
                _ => context.account()?.auth_token(),
            };
        };
        let tokens = lines(path, "--token-file")?;
        tokens.into_iter().next().ok_or_else(|| {
            Failure::usage(format!("--token-file: {path} has no token, only blank lines")).exit(Exit::Credentials)
        })
    }
}

/// The lines of a file or of stdin that are not blank, without white space around them.
///
/// # Errors
///
/// It cannot be read, is larger than 64 KiB or not UTF-8.
pub(crate) fn lines(path: &str, flag: &str) -> Result<Vec<String>> {
    let failed = |error: io::Error| Failure::usage(format!("{flag}: reading {path}")).source(error);
    let text = input::text(path, LARGEST).map_err(failed)?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
