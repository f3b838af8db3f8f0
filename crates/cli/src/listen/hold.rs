//! Points webhooks at this program for a while: the previous configuration is on disk before the first change, and is
//! restored from there, by this run or by a later one.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use chrono::{SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::configuration::{Configuration, Scope};
use crate::{
    config::file,
    failure::{Exit, Failure, Result},
};

/// Version of the file's format. A file of another version is an error.
const VERSION: u32 = 1;

/// The first member of every version of the file.
#[derive(Deserialize)]
struct Format {
    version: u32,
}

/// The content of the file, which is named by server, account and service.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Saved {
    version: u32,
    base_url: String,
    account_sid: String,
    service_sid: Option<String>,
    /// When the webhooks were changed.
    since: String,
    /// The configuration to restore.
    previous: Configuration,
    /// The configuration that this program set.
    ours: Configuration,
}

/// The exclusive right to change the webhooks of a scope. It ends with the process.
#[derive(Debug)]
pub(super) struct Hold {
    scope: Scope,
    path: PathBuf,
    _lock: File,
}

/// The result of restoring.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Restored {
    /// There was nothing to restore.
    Nothing,
    /// The previous configuration is in force.
    Done,
    /// Another program changed the configuration, which was not overwritten: all of it, or the named fields.
    ChangedByOthers(String),
}

/// The folder of the saved configurations and records.
///
/// # Errors
///
/// There is no home folder.
pub(crate) fn folder() -> Result<PathBuf> {
    Ok(file::state_folder()?.join("listen"))
}

/// The part of file names that is common to all scopes of an account on a server: `conversations.twilio.com_AC…_`.
pub(crate) fn prefix(base_url: &str, account_sid: &str) -> String {
    let host = base_url.split_once("://").map_or(base_url, |(_, host)| host);
    let safe = |char: char| if char.is_ascii_alphanumeric() || matches!(char, '.' | '-') { char } else { '-' };
    format!("{}_{}_", host.chars().map(safe).collect::<String>(), account_sid.chars().map(safe).collect::<String>())
}

impl Hold {
    /// Takes the right.
    ///
    /// # Errors
    ///
    /// Another `listen` has it, or the lock's file cannot be opened.
    pub(super) fn take(scope: Scope) -> Result<Self> {
        let folder = folder()?;
        file::create_folder(&folder)?;
        let name =
            prefix(scope.client.base_url(), &scope.account_sid) + scope.service_sid.as_deref().unwrap_or("account");
        let lock_path = folder.join(format!("{name}.lock"));
        let lock = file::open_private(&lock_path)?;
        match fs4::FileExt::try_lock(&lock) {
            Ok(()) => Ok(Self { path: folder.join(format!("{name}.json")), scope, _lock: lock }),
            Err(fs4::TryLockError::WouldBlock) => {
                let problem = format!(
                    "another twconv listen holds the webhooks of {scope}: stop it first, or listen to a service of its \
                     own by --service"
                );
                Err(Failure::new(problem))
            }
            Err(fs4::TryLockError::Error(error)) => {
                Err(Failure::new(format!("locking {}", lock_path.display())).source(error))
            }
        }
    }

    /// The file that is beside the saved configuration and has another extension.
    pub(super) fn beside(&self, extension: &str) -> PathBuf {
        self.path.with_extension(extension)
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The file of the saved configuration.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Points the webhooks at this program: saves the previous configuration, then sets `ours`.
    ///
    /// # Errors
    ///
    /// The file cannot be written, and nothing was changed; or the update failed.
    pub(super) async fn point(&self, previous: &Configuration, ours: &Configuration) -> Result<()> {
        self.save(previous, ours)?;
        let set = self.scope.update(previous, ours).await?;
        // The server's form of our values, by which they are recognised later.
        self.save(previous, &set)
    }

    fn save(&self, previous: &Configuration, ours: &Configuration) -> Result<()> {
        let saved = Saved {
            version: VERSION,
            base_url: self.scope.client.base_url().to_owned(),
            account_sid: self.scope.account_sid.clone(),
            service_sid: self.scope.service_sid.clone(),
            since: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
            previous: previous.clone(),
            ours: ours.clone(),
        };
        file::replace(&self.path, &serde_json::to_string_pretty(&saved).expect("a struct of strings"))
    }

    /// Restores the saved configuration, if there is one, and removes the file.
    ///
    /// A field is restored only while it has the value that `listen` set. If neither URL has it, others changed the
    /// configuration, and all of it is kept. The file stays if restoring fails.
    ///
    /// # Errors
    ///
    /// A request fails, or the file cannot be read.
    pub(super) async fn restore(&self) -> Result<Restored> {
        let Some(Saved { previous, ours, .. }) = self.saved()? else { return Ok(Restored::Nothing) };
        let current = match self.scope.fetch().await {
            Err(failure) if failure.exit == Exit::NotFound => {
                self.set_aside()?;
                return Ok(Restored::ChangedByOthers(format!("{} does not exist any more", self.scope)));
            }
            current => current?,
        };
        if current.is_same(&previous) {
            self.remove()?;
            return Ok(Restored::Done);
        }
        let (wanted, kept) = merge(&previous, &ours, &current);
        if wanted == current {
            self.set_aside()?;
            return Ok(Restored::ChangedByOthers(format!("the configuration is: {current}")));
        }
        let restored = self.scope.update(&current, &wanted).await?;
        if !restored.is_same(&wanted) {
            return Err(Failure::new(format!("the server took other values than those restored: {restored}")));
        }
        if kept.is_empty() {
            self.remove()?;
            return Ok(Restored::Done);
        }
        self.set_aside()?;
        Ok(Restored::ChangedByOthers(format!("the URLs were restored, and these fields kept: {}", kept.join(", "))))
    }

    /// The content of the file; `None` if nothing is saved.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is malformed, of another version of the format or of another account.
    pub(super) fn saved(&self) -> Result<Option<Saved>> {
        let Some(text) = file::read(&self.path)? else { return Ok(None) };
        let path = self.path.display();
        let malformed = |error| {
            let problem = format!("{path} is not a saved webhook configuration; repair or remove it");
            Failure::new(problem).source(error)
        };
        let Format { version } = serde_json::from_str(&text).map_err(malformed)?;
        if version != VERSION {
            let problem = format!(
                "{path} was saved by another version of twconv, in format {version}, expected {VERSION}: restore the \
                 webhooks by that version, or remove the file"
            );
            return Err(Failure::new(problem));
        }
        let saved: Saved = serde_json::from_str(&text).map_err(malformed)?;
        if saved.account_sid != self.scope.account_sid || saved.service_sid != self.scope.service_sid {
            let problem =
                format!("{path} holds the webhooks of another account or service than {}; remove it", self.scope);
            return Err(Failure::new(problem));
        }
        Ok(Some(saved))
    }

    fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::new(format!("removing {}", self.path.display())).source(error))
            }
            _ => Ok(()),
        }
    }

    /// Keeps the file under a name that no run restores from.
    fn set_aside(&self) -> Result<()> {
        let failed = |error| Failure::new(format!("renaming {}", self.path.display())).source(error);
        fs::rename(&self.path, self.beside("kept.json")).map_err(failed)
    }
}

/// The fields to set so that those of ours get their previous values, and the names of those that others changed.
fn merge(
    previous: &Configuration,
    ours: &Configuration,
    current: &Configuration,
) -> (Configuration, Vec<&'static str>) {
    let is_ours = |field: fn(&Configuration) -> &Option<String>| field(current) == field(ours);
    let is_pre = current.pre_webhook_url.is_some() && is_ours(|c| &c.pre_webhook_url);
    let is_post = current.post_webhook_url.is_some() && is_ours(|c| &c.post_webhook_url);
    if !is_pre && !is_post {
        return (current.clone(), Vec::new());
    }
    let mut wanted = current.clone();
    let mut kept = Vec::new();
    let mut merge_field = |name, is_ours, set: &mut dyn FnMut()| if is_ours { set() } else { kept.push(name) };
    merge_field("PreWebhookUrl", is_pre, &mut || wanted.pre_webhook_url.clone_from(&previous.pre_webhook_url));
    merge_field("PostWebhookUrl", is_post, &mut || wanted.post_webhook_url.clone_from(&previous.post_webhook_url));
    let is_method = is_ours(|c| &c.method);
    merge_field("Method", is_method, &mut || {
        wanted.method = previous.method.clone().or_else(|| current.method.clone());
    });
    let is_target = is_ours(|c| &c.target);
    merge_field("Target", is_target, &mut || {
        wanted.target = previous.target.clone().or_else(|| current.target.clone());
    });
    let are_filters = current.has_filters_of(ours);
    merge_field("Filters", are_filters, &mut || wanted.filters.clone_from(&previous.filters));
    (wanted, kept)
}

/// The services of an account whose configurations are saved; none for the account's own.
///
/// # Errors
///
/// The folder cannot be read.
pub(super) fn saved_scopes(base_url: &str, account_sid: &str) -> Result<Vec<Option<String>>> {
    let (folder, prefix) = (folder()?, prefix(base_url, account_sid));
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::new(format!("reading {}", folder.display())).source(error)),
    };
    let mut scopes = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let scope = name.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(".json"));
        match scope {
            Some("account") => scopes.push(None),
            Some(service) if !service.contains('.') => scopes.push(Some(service.to_owned())),
            _ => {}
        }
    }
    scopes.sort();
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(url: &str, method: &str, filters: &[&str]) -> Configuration {
        Configuration {
            method: Some(method.to_owned()),
            filters: Some(filters.iter().map(|filter| (*filter).to_owned()).collect()),
            pre_webhook_url: Some(format!("{url}/pre")),
            post_webhook_url: Some(format!("{url}/post")),
            target: Some("webhook".to_owned()),
        }
    }

    #[test]
    fn all_fields_that_are_still_ours_are_restored() {
        let previous = Configuration { post_webhook_url: None, ..configuration("https://a.example", "GET", &[]) };
        let ours = configuration("http://127.0.0.1:1", "POST", &["onMessageAdd"]);
        let (wanted, kept) = merge(&previous, &ours, &ours);
        assert_eq!(wanted, previous);
        assert!(kept.is_empty());
    }

    #[test]
    fn a_field_that_others_changed_is_kept_and_the_urls_are_restored() {
        let previous = configuration("https://a.example", "GET", &[]);
        let ours = configuration("http://127.0.0.1:1", "POST", &["onMessageAdd"]);
        let current = configuration("http://127.0.0.1:1", "POST", &["onMessageAdd", "onMessageAdded"]);
        let (wanted, kept) = merge(&previous, &ours, &current);
        assert_eq!(kept, ["Filters"]);
        let expected = Configuration { filters: current.filters.clone(), ..previous };
        assert_eq!(wanted, expected);
    }

    #[test]
    fn nothing_is_restored_where_neither_url_is_ours() {
        let previous = configuration("https://a.example", "GET", &[]);
        let ours = configuration("http://127.0.0.1:1", "POST", &["onMessageAdd"]);
        let current = configuration("https://b.example", "POST", &["onMessageAdd"]);
        assert_eq!(merge(&previous, &ours, &current), (current.clone(), Vec::new()));
        let cleared = Configuration { pre_webhook_url: None, post_webhook_url: None, ..ours.clone() };
        assert_eq!(merge(&previous, &ours, &cleared), (cleared.clone(), Vec::new()));
    }

    #[test]
    fn file_names_hold_no_separators() {
        let name = prefix("http://[::1]:4010", "AC00000000000000000000000000000007");
        assert_eq!(name, "---1--4010_AC00000000000000000000000000000007_");
    }
}
