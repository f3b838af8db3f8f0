//! The profiles of this program, `profiles.toml`.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Account, Source, file};
use crate::failure::{Exit, Failure, Result};

/// An account under a name.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Profile {
    /// `AC…`.
    pub(crate) account_sid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) auth_token: Option<String>,
    /// `SK…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) api_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) api_secret: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edge: Option<String>,
    /// Another server, such as an emulator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base_url: Option<String>,
}

impl Profile {
    /// The account, which `TWILIO_EDGE` and `TWILIO_CONVERSATIONS_BASE_URL` of the environment move.
    pub(crate) fn account(&self, source: Source) -> Account {
        let edge = super::variable("TWILIO_EDGE").or_else(|| self.edge.clone());
        let base_url = super::variable("TWILIO_CONVERSATIONS_BASE_URL").or_else(|| self.base_url.clone());
        let variables = [
            ("TWILIO_ACCOUNT_SID", Some(self.account_sid.clone())),
            ("TWILIO_AUTH_TOKEN", self.auth_token.clone()),
            ("TWILIO_API_KEY", self.api_key.clone()),
            ("TWILIO_API_SECRET", self.api_secret.clone()),
            ("TWILIO_REGION", self.region.clone()),
            ("TWILIO_EDGE", edge),
            ("TWILIO_CONVERSATIONS_BASE_URL", base_url),
        ];
        Account::new(source, variables.into_iter().filter_map(|(name, value)| Some((name, value?))))
    }
}

/// Without secrets.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("account_sid", &self.account_sid).finish_non_exhaustive()
    }
}

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// The file of profiles.
pub(crate) struct Profiles {
    path: PathBuf,
    content: Content,
}

impl Profiles {
    /// Reads the file; without one there are no profiles.
    ///
    /// # Errors
    ///
    /// It cannot be read, or others than its owner can read it, or it is malformed.
    pub(crate) fn load() -> Result<Self> {
        let path = file::folder()?.join("profiles.toml");
        let Some(text) = file::read(&path)? else {
            return Ok(Self { path, content: Content::default() });
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).map_or(0, |metadata| metadata.permissions().mode());
            if mode & 0o077 != 0 {
                let problem = format!(
                    "{} holds secrets and others can read it (mode {:o}): run chmod 600 on it",
                    path.display(),
                    mode & 0o777
                );
                return Err(Failure::new(problem).exit(Exit::Credentials));
            }
        }
        // The error of the parser quotes the line, which may hold a secret.
        let content = toml::from_str(&text).map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Failure::new(format!("{}, line {line}: {}", path.display(), error.message())).exit(Exit::Credentials)
        })?;
        Ok(Self { path, content })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Profile> {
        self.content.profiles.get(name)
    }

    /// The name of the active profile.
    pub(crate) fn active_name(&self) -> Option<&str> {
        self.content.active.as_deref()
    }

    /// The active profile and its name.
    ///
    /// # Errors
    ///
    /// The file names an active profile that it does not have. Another profile may be of another account, so none is
    /// used in its place.
    pub(crate) fn active(&self) -> Result<Option<(&str, &Profile)>> {
        let Some(name) = self.active_name() else { return Ok(None) };
        let missing = || {
            let path = self.path.display();
            Failure::new(format!(
                "{path} has no profile {name:?}, which is the active one: run `twconv profiles use NAME`"
            ))
            .exit(Exit::Credentials)
        };
        Ok(Some((name, self.get(name).ok_or_else(missing)?)))
    }

    /// All, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Profile)> {
        self.content.profiles.iter().map(|(name, profile)| (name.as_str(), profile))
    }

    /// Adds or replaces a profile, and makes it the active one.
    pub(crate) fn set(&mut self, name: &str, profile: Profile) {
        self.content.profiles.insert(name.to_owned(), profile);
        self.content.active = Some(name.to_owned());
    }

    /// Makes a profile the active one; returns whether it exists.
    pub(crate) fn activate(&mut self, name: &str) -> bool {
        let exists = self.content.profiles.contains_key(name);
        if exists {
            self.content.active = Some(name.to_owned());
        }
        exists
    }

    /// Removes a profile; returns whether it existed.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        if self.content.active.as_deref() == Some(name) {
            self.content.active = None;
        }
        self.content.profiles.remove(name).is_some()
    }

    /// Writes the file, with mode 0600.
    ///
    /// # Errors
    ///
    /// It cannot be written; the earlier file is unchanged.
    pub(crate) fn save(&self) -> Result<()> {
        let text = toml::to_string(&self.content).expect("profiles are strings by name");
        file::replace(&self.path, &text)
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }
}

/// Checks the name of a profile: 1 to 64 letters, digits, `-`, `_` and `.`.
///
/// # Errors
///
/// The problem, for the user.
pub(crate) fn check_name(name: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (1..=64).contains(&name.len()) && name.bytes().all(is_plain) {
        Ok(name.to_owned())
    } else {
        Err("a name has 1 to 64 letters, digits, `-`, `_` and `.`".to_owned())
    }
}
