//! `twconv login` and `twconv profiles`.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{
    config::{Profile, Profiles, Source, check_name, vendor_profiles},
    context::Context,
    failure::{Exit, Failure, Result},
    input, interrupt,
    output::{OutputArgs, Printer, Shape},
};

/// Limit of a secret that is read from stdin: 4 KiB.
const LARGEST_SECRET: u64 = 4096;

/// Stores the credentials of an account as a profile, in a file that only its owner can read, and makes it the active one.
///
/// The secret is read from a prompt on a terminal, else from stdin: `echo "$SECRET" | twconv login --account-sid AC… --api-key
/// SK…`. One request, GET /v1/Configuration, checks the credentials first.
#[derive(Args, Debug)]
pub(crate) struct Login {
    /// Name of the profile
    #[arg(default_value = "default", value_parser = check_name)]
    name: String,
    /// SID of the account, `AC…` [default: TWILIO_ACCOUNT_SID, else a prompt]
    #[arg(long, value_name = "SID")]
    account_sid: Option<String>,
    /// SID of an API key, `SK…`, whose secret is read; without it the secret is the account's auth token
    #[arg(long, value_name = "SID")]
    api_key: Option<String>,
    /// Region of the data, such as `us1`
    #[arg(long, requires = "edge")]
    region: Option<String>,
    /// Edge where Twilio's network is entered, such as `ashburn`
    #[arg(long)]
    edge: Option<String>,
    /// Base URL of another server, such as an emulator
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Stores the credentials without the request that checks them
    #[arg(long)]
    no_check: bool,
}

impl Login {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let mut profiles = Profiles::load()?;
        let account_sid = self.find_account_sid(context)?;
        let what = if self.api_key.is_some() { "API key's secret" } else { "auth token" };
        let secret = secret(context, what)?;
        let mut profile = Profile {
            account_sid,
            region: self.region,
            edge: self.edge,
            base_url: self.base_url,
            ..Profile::default()
        };
        match self.api_key {
            Some(key) => (profile.api_key, profile.api_secret) = (Some(key), Some(secret)),
            None => profile.auth_token = Some(secret),
        }
        let account = profile.account(Source::Profile(self.name.clone()));
        let client = account.client()?.build()?;
        if !self.no_check {
            let checked = client.configuration().fetch().await;
            checked.map_err(|error| Failure::from(error).context("checking the credentials, which were not stored"))?;
        }
        if profiles.get(&self.name).is_some() {
            context.confirm(&format!("replace profile {:?}", self.name))?;
        }
        profiles.set(&self.name, profile);
        profiles.save()?;
        context.terminal.note(format!(
            "stored profile {:?} in {}; it is active now",
            self.name,
            profiles.path().display()
        ));
        Ok(())
    }

    fn find_account_sid(&self, context: &Context) -> Result<String> {
        let found = self.account_sid.clone().or_else(|| std::env::var("TWILIO_ACCOUNT_SID").ok());
        let sid = match found.filter(|sid| !sid.is_empty()) {
            Some(sid) => sid,
            None if context.terminal.can_ask => context.terminal.ask("Account SID: ")?.trim().to_owned(),
            None => return Err(Failure::usage("--account-sid is missing, and there is no terminal for a prompt")),
        };
        match sid.parse::<twilio_conversations::AccountSid>() {
            Ok(_) => Ok(sid),
            Err(error) => Err(Failure::usage("--account-sid").source(error)),
        }
    }
}

/// Reads a secret: without echo on a terminal, else all of stdin.
fn secret(context: &Context, what: &str) -> Result<String> {
    let reading = format!("reading the {what}");
    let secret = if context.terminal.stdin {
        if !context.terminal.can_ask {
            return Err(Failure::usage(format!("{reading}: pipe it to stdin, since prompts are off")));
        }
        // An empty secret is an error below. Otherwise the prompt would return for ever once the terminal is gone.
        let prompt = dialoguer::Password::new().with_prompt(format!("The {what}")).allow_empty_password(true);
        let typed = interrupt::during_prompt(|| prompt.interact());
        typed.map_err(|error| Failure::new(reading.as_str()).source(error))?
    } else {
        let secret = input::text("-", LARGEST_SECRET);
        let secret = secret.map_err(|error| Failure::usage(format!("{reading} from stdin")).source(error))?;
        secret.trim().to_owned()
    };
    if secret.is_empty() { Err(Failure::usage(format!("{reading}: it is empty"))) } else { Ok(secret) }
}

/// Lists, chooses and removes profiles.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfilesCommand {
    /// Lists the profiles of this program and of the vendor's command line, without secrets
    List(OutputArgs),
    /// Makes a profile the active one
    Use {
        /// Name of the profile
        name: String,
    },
    /// Removes a profile of this program; the vendor's are never changed
    Remove {
        /// Name of the profile
        name: String,
    },
}

/// A row of the list.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    active: bool,
    account_sid: &'a str,
    credentials: &'a str,
    region: Option<&'a str>,
    edge: Option<&'a str>,
    base_url: Option<&'a str>,
    from: &'a str,
}

const ROW: Shape = Shape {
    columns: &["name", "active", "account_sid", "credentials", "region", "from"],
    fields: &["name", "active", "account_sid", "credentials", "region", "edge", "base_url", "from"],
};

impl<'a> Row<'a> {
    fn new(name: &'a str, profile: &'a Profile, active: bool, from: &'a str) -> Self {
        let credentials = profile.api_key.as_deref().unwrap_or("auth token");
        let Profile { account_sid, region, edge, base_url, .. } = profile;
        let (region, edge, base_url) = (region.as_deref(), edge.as_deref(), base_url.as_deref());
        Self { name, active, account_sid, credentials, region, edge, base_url, from }
    }
}

impl ProfilesCommand {
    pub(crate) fn run(self, context: &Context) -> Result<()> {
        let mut profiles = Profiles::load()?;
        match self {
            Self::List(output) => return list(&profiles, context, &output),
            Self::Use { name } if !profiles.activate(&name) => return Err(unknown(&name)),
            Self::Use { name } => context.terminal.note(format!("profile {name:?} is active now")),
            Self::Remove { name } if profiles.get(&name).is_none() => return Err(unknown(&name)),
            Self::Remove { name } => {
                context.confirm(&format!("remove profile {name:?} and its secret from this machine"))?;
                profiles.remove(&name);
            }
        }
        profiles.save()
    }
}

fn unknown(name: &str) -> Failure {
    Failure::new(format!("there is no profile {name:?} of this program; `twconv profiles list` shows all"))
        .exit(Exit::NotFound)
}

fn list(profiles: &Profiles, context: &Context, output: &OutputArgs) -> Result<()> {
    let vendor = vendor_profiles()?;
    let active = profiles.active_name();
    let mut printer = Printer::new(&context.terminal, output, ROW, true)?;
    for (name, profile) in profiles.iter() {
        printer.row(&Row::new(name, profile, active == Some(name), "twconv"))?;
    }
    for (name, profile) in &vendor.profiles {
        let is_active = active.is_none() && vendor.active.as_deref() == Some(name);
        printer.row(&Row::new(name, profile, is_active, "twilio-cli"))?;
    }
    if printer.finish()? == 0 {
        context.terminal.note("there are no profiles: run `twconv login`");
    }
    Ok(())
}
