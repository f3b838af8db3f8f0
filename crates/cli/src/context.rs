//! The global options, and the account, client and terminal of a command.

use std::sync::OnceLock;

use twilio_conversations::Client;
use twilio_conversations_emulator::Emulator;

use crate::{
    config::{Account, Source},
    failure::{Failure, Result},
    terminal::{ColorChoice, Terminal},
};

/// The variable of `--service`.
pub(crate) const SERVICE_VARIABLE: &str = "TWILIO_CONVERSATIONS_SERVICE";

/// Options that every command takes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// Profile with the credentials: of `twconv profiles list`, or of the vendor's command line
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Runs the command below this service, `IS…`, in place of the account's default service
    #[arg(long, global = true, value_name = "SID", env = SERVICE_VARIABLE, hide_env_values = true)]
    pub(crate) service: Option<String>,
    /// Runs the command against an emulator of its own, which starts empty
    #[arg(long, global = true)]
    pub(crate) emulator: bool,
    /// Confirms deletes and bulk jobs
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Turns prompts off; confirmations need `--yes`
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// Colours of the output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    /// Least level of the log on stderr
    #[arg(
        short = 'l', long, alias = "cli-log-level", global = true, value_name = "LEVEL", default_value = "warn",
        value_parser = ["debug", "info", "warn", "error", "none"]
    )]
    pub(crate) log_level: String,
    /// Prints no notes on stderr, only errors
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Prints no result and no notes, only errors
    #[arg(long, global = true)]
    pub(crate) silent: bool,
}

/// The surroundings of a command.
pub(crate) struct Context {
    pub(crate) globals: Globals,
    pub(crate) terminal: Terminal,
    /// Started by the first use of `--emulator`.
    emulator: Option<Emulator>,
    account: OnceLock<Account>,
}

impl Context {
    /// Starts the emulator of `--emulator`. The account is found when it is needed.
    ///
    /// # Errors
    ///
    /// The emulator cannot be started.
    pub(crate) async fn new(globals: Globals, terminal: Terminal) -> Result<Self> {
        let emulator = if globals.emulator {
            let started = Emulator::start().await;
            Some(started.map_err(|error| Failure::new("starting the emulator").source(error))?)
        } else {
            None
        };
        Ok(Self { globals, terminal, emulator, account: OnceLock::new() })
    }

    /// The emulator of `--emulator`.
    pub(crate) fn emulator(&self) -> Option<&Emulator> {
        self.emulator.as_ref()
    }

    /// The account that commands work on.
    ///
    /// # Errors
    ///
    /// There are no credentials.
    pub(crate) fn account(&self) -> Result<&Account> {
        if let Some(account) = self.account.get() {
            return Ok(account);
        }
        let found = match &self.emulator {
            Some(emulator) => {
                let names = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_CONVERSATIONS_BASE_URL"];
                Account::new(
                    Source::Emulator,
                    names.into_iter().filter_map(|name| Some((name, emulator.var(name).ok()?))),
                )
            }
            None => Account::find(self.globals.profile.as_deref())?,
        };
        Ok(self.account.get_or_init(|| found))
    }

    /// A client with the account's credentials.
    ///
    /// # Errors
    ///
    /// There are no credentials, or they are malformed.
    pub(crate) fn client(&self) -> Result<Client> {
        Ok(self.account()?.client()?.build()?)
    }

    /// Whether requests go to this machine, so to an emulator and not to an account of the vendor.
    ///
    /// # Errors
    ///
    /// As [`client`](Self::client).
    pub(crate) fn is_local(&self) -> Result<bool> {
        let url = self.client()?.base_url().to_owned();
        let host = url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        Ok(host == "localhost" || address.is_ok_and(|address| address.is_loopback()))
    }

    /// Prompts for a confirmation of `action`, unless `--yes` is set.
    ///
    /// # Errors
    ///
    /// The user declines; or there is no terminal for a prompt, and the command needs `--yes`.
    pub(crate) fn confirm(&self, action: &str) -> Result<()> {
        if self.globals.yes { Ok(()) } else { self.terminal.confirm(action) }
    }

    /// Stops the emulator of `--emulator`.
    pub(crate) async fn close(self) {
        if let Some(emulator) = self.emulator {
            emulator.stop().await;
        }
    }
}
