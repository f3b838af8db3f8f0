//! Credentials: of a profile, the environment, or the vendor's own command line.
//!
//! The order is `--profile NAME`, then the environment, then the active profile of this program, then the active
//! profile of the vendor's. No flag holds a secret.

pub(crate) mod file;
mod profiles;
mod vendor;

use std::{env::VarError, fmt};

use twilio_conversations::ClientBuilder;

pub(crate) use self::profiles::{Profile, Profiles, check_name};
pub(crate) use self::vendor::vendor_profiles;
use crate::failure::{Exit, Failure, Result};

/// Variables that hold credentials.
const CREDENTIALS: [&str; 4] = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET"];

/// Where the credentials come from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    Environment,
    /// A profile of this program.
    Profile(String),
    /// A profile of the vendor's command line.
    VendorProfile(String),
    /// An emulator that this command started.
    Emulator,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("the environment"),
            Self::Profile(name) => write!(f, "profile {name:?}"),
            Self::VendorProfile(name) => write!(f, "profile {name:?} of the vendor's command line"),
            Self::Emulator => f.write_str("an emulator of this command"),
        }
    }
}

/// An account, and how to reach it.
pub(crate) struct Account {
    pub(crate) source: Source,
    /// The variables that a client is set up from.
    variables: Vec<(String, String)>,
}

impl Account {
    pub(crate) fn new(
        source: Source,
        variables: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { source, variables: variables.filter(|(_, value)| !value.is_empty()).collect() }
    }

    /// Finds the account by the rules of this module.
    ///
    /// # Errors
    ///
    /// There is no such profile, a file cannot be read, or there are no credentials at all.
    pub(crate) fn find(profile: Option<&str>) -> Result<Self> {
        if let Some(name) = profile {
            if let Some(profile) = Profiles::load()?.get(name) {
                return Ok(profile.account(Source::Profile(name.to_owned())));
            }
            return match vendor_profiles()?.profiles.remove(name) {
                Some(profile) => Ok(profile.account(Source::VendorProfile(name.to_owned()))),
                None => {
                    let problem = format!("there is no profile {name:?}; `twconv profiles list` shows all");
                    Err(Failure::new(problem).exit(Exit::Credentials))
                }
            };
        }
        // Credentials of the environment need no file, so that a broken one does not stop them.
        if CREDENTIALS.iter().any(|name| variable(name).is_some()) {
            let names = CREDENTIALS.iter().chain(&["TWILIO_REGION", "TWILIO_EDGE", "TWILIO_CONVERSATIONS_BASE_URL"]);
            let variables = names.filter_map(|name| Some(((*name).to_owned(), variable(name)?)));
            return Ok(Self::new(Source::Environment, variables));
        }
        let profiles = Profiles::load()?;
        if let Some((name, profile)) = profiles.active()? {
            return Ok(profile.account(Source::Profile(name.to_owned())));
        }
        let mut vendor = vendor_profiles()?;
        if let Some(name) = vendor.active.take()
            && let Some(profile) = vendor.profiles.remove(&name)
        {
            return Ok(profile.account(Source::VendorProfile(name)));
        }
        let problem = "no credentials: run `twconv login`, or set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or \
                       TWILIO_API_KEY and TWILIO_API_SECRET";
        Err(Failure::new(problem).exit(Exit::Credentials))
    }

    /// The value of a variable, such as `TWILIO_AUTH_TOKEN`.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A builder of clients with these credentials.
    ///
    /// # Errors
    ///
    /// A value is malformed.
    pub(crate) fn client(&self) -> Result<ClientBuilder> {
        let find = |name: &str| self.variable(name).map(str::to_owned).ok_or(VarError::NotPresent);
        let builder = ClientBuilder::from_vars(find)
            .map_err(|error| Failure::from(error).context(format!("credentials of {}", self.source)))?;
        Ok(builder.user_agent_product(concat!("twconv/", env!("CARGO_PKG_VERSION"))))
    }

    /// The account's auth token, by which webhooks are signed.
    ///
    /// # Errors
    ///
    /// The account was set up by an API key alone.
    pub(crate) fn auth_token(&self) -> Result<String> {
        let here = self.variable("TWILIO_AUTH_TOKEN").map(str::to_owned);
        here.or_else(|| variable("TWILIO_AUTH_TOKEN").filter(|_| self.source != Source::Emulator)).ok_or_else(|| {
            let problem = format!(
                "the auth token is needed, since webhooks are signed by it, and {} has an API key alone: set \
                 TWILIO_AUTH_TOKEN as well",
                self.source
            );
            Failure::new(problem).exit(Exit::Credentials)
        })
    }
}

/// Without values: some are secrets.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("source", &self.source).finish_non_exhaustive()
    }
}

/// A variable of the environment; an empty one counts as unset.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
