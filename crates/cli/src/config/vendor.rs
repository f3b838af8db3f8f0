//! The profiles of the vendor's command line, `~/.twilio-cli/config.json`. The file is read, never written.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;

use super::{Profile, file};
use crate::failure::{Failure, Result};

/// The profiles of the vendor's command line.
#[derive(Default)]
pub(crate) struct VendorProfiles {
    pub(crate) active: Option<String>,
    pub(crate) profiles: BTreeMap<String, Profile>,
}

/// The members that are needed; others are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    edge: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Entry>,
    #[serde(default)]
    active_project: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    account_sid: String,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    edge: Option<String>,
    #[serde(default)]
    api_key: Option<String>,
    #[serde(default)]
    api_secret: Option<String>,
}

/// Reads the profiles; none if the file does not exist. `TWILIO_CONFIG_DIR` names another folder.
///
/// # Errors
///
/// The file cannot be read, or is no such JSON.
pub(crate) fn vendor_profiles() -> Result<VendorProfiles> {
    let folder = super::variable("TWILIO_CONFIG_DIR").map(PathBuf::from);
    let folder = folder.or_else(|| Some(etcetera::home_dir().ok()?.join(".twilio-cli")));
    let Some(path) = folder.map(|folder| folder.join("config.json")) else {
        return Ok(VendorProfiles::default());
    };
    let Some(text) = file::read(&path)? else { return Ok(VendorProfiles::default()) };
    // The parser's message may quote a value, so only the place is shown.
    let content: Content = serde_json::from_str(&text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Failure::new(format!("{} is not the vendor's file of profiles: {place}", path.display()))
    })?;
    let Content { edge: file_edge, profiles, active_project } = content;
    let profile = |entry: Entry| Profile {
        account_sid: entry.account_sid,
        api_key: entry.api_key,
        api_secret: entry.api_secret,
        region: entry.region,
        edge: entry.edge.or_else(|| file_edge.clone()),
        ..Profile::default()
    };
    let profiles = profiles.into_iter().map(|(name, entry)| (name, profile(entry))).collect();
    Ok(VendorProfiles { active: active_project, profiles })
}
