//! The webhook configuration of an account or a service, fetched and updated as plain strings, so that restoring sends
//! exactly the values that were there.

use http::Method;
use serde::{Deserialize, Serialize};
use twilio_conversations::Client;

use crate::failure::{Failure, Result};

/// The account or service whose webhooks are configured.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) client: Client,
    pub(super) account_sid: String,
    /// `IS…`; none for the account's own configuration.
    pub(super) service_sid: Option<String>,
}

/// The fields of a webhook configuration. An empty string counts as absent.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Configuration {
    #[serde(default)]
    pub(super) method: Option<String>,
    #[serde(default)]
    pub(super) filters: Option<Vec<String>>,
    #[serde(default)]
    pub(super) pre_webhook_url: Option<String>,
    #[serde(default)]
    pub(super) post_webhook_url: Option<String>,
    /// Of an account only.
    #[serde(default)]
    pub(super) target: Option<String>,
}

impl Scope {
    /// Fetches the configuration.
    ///
    /// # Errors
    ///
    /// As every request; not found if the service does not exist.
    pub(super) async fn fetch(&self) -> Result<Configuration> {
        let sent = self.client.request(Method::GET, &self.path()).send::<Configuration>().await;
        let fetched = sent.map_err(|error| Failure::from(error).context(format!("fetching the webhooks of {self}")))?;
        Ok(fetched.normal())
    }

    /// Updates the fields in which `new` differs from `old`, and returns the configuration after it.
    ///
    /// An absent URL and absent filters are cleared. A method or target cannot be cleared, and is kept then.
    ///
    /// # Errors
    ///
    /// As every request.
    pub(super) async fn update(&self, old: &Configuration, new: &Configuration) -> Result<Configuration> {
        let form = form(old, new);
        if form.is_empty() {
            return Ok(old.clone());
        }
        let request = self.client.request(Method::POST, &self.path()).form(&form);
        let sent = request.send::<Configuration>().await;
        let updated = sent.map_err(|error| Failure::from(error).context(format!("updating the webhooks of {self}")))?;
        Ok(updated.normal())
    }

    fn path(&self) -> String {
        match &self.service_sid {
            Some(sid) => format!("/v1/Services/{sid}/Configuration/Webhooks"),
            None => "/v1/Configuration/Webhooks".to_owned(),
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.service_sid {
            Some(sid) => write!(f, "service {sid}"),
            None => write!(f, "account {}", self.account_sid),
        }
    }
}

fn form(old: &Configuration, new: &Configuration) -> Vec<(&'static str, String)> {
    let mut form = Vec::new();
    if new.method != old.method {
        form.extend(new.method.clone().map(|method| ("Method", method)));
    }
    if !new.has_filters_of(old) {
        match new.filters.as_deref() {
            Some([_, ..]) => form.extend(new.filters.iter().flatten().map(|filter| ("Filters", filter.clone()))),
            _ => form.push(("Filters", String::new())),
        }
    }
    if new.pre_webhook_url != old.pre_webhook_url {
        form.push(("PreWebhookUrl", new.pre_webhook_url.clone().unwrap_or_default()));
    }
    if new.post_webhook_url != old.post_webhook_url {
        form.push(("PostWebhookUrl", new.post_webhook_url.clone().unwrap_or_default()));
    }
    if new.target != old.target {
        form.extend(new.target.clone().map(|target| ("Target", target)));
    }
    form
}

impl Configuration {
    fn normal(mut self) -> Self {
        for field in [&mut self.method, &mut self.pre_webhook_url, &mut self.post_webhook_url, &mut self.target] {
            *field = field.take().filter(|value| !value.is_empty());
        }
        self
    }

    /// Whether both have the same filters, in any order. Absent filters are equal to empty ones.
    pub(super) fn has_filters_of(&self, other: &Self) -> bool {
        let sorted = |filters: &Option<Vec<String>>| {
            let mut filters = filters.clone().unwrap_or_default();
            filters.sort();
            filters
        };
        sorted(&self.filters) == sorted(&other.filters)
    }

    /// Whether both are equal in all that an update can set.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.has_filters_of(other)
            && self.pre_webhook_url == other.pre_webhook_url
            && self.post_webhook_url == other.post_webhook_url
            // A method or target that was never set cannot be unset.
            && (self.method == other.method || self.method.is_none() || other.method.is_none())
            && (self.target == other.target || self.target.is_none() || other.target.is_none())
    }
}

/// The fields for a person, without passwords in URLs.
impl std::fmt::Display for Configuration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = |url: &Option<String>| url.as_deref().map_or_else(|| "none".to_owned(), without_password);
        write!(
            f,
            "pre-event URL {}, post-event URL {}, method {}, {} filters",
            url(&self.pre_webhook_url),
            url(&self.post_webhook_url),
            self.method.as_deref().unwrap_or("unset"),
            self.filters.as_ref().map_or(0, Vec::len)
        )
    }
}

/// A URL without the user and password that it may hold.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(filters: &[&str], pre: Option<&str>) -> Configuration {
        Configuration {
            method: Some("POST".to_owned()),
            filters: Some(filters.iter().map(|filter| (*filter).to_owned()).collect()),
            pre_webhook_url: pre.map(str::to_owned),
            ..Configuration::default()
        }
    }

    #[test]
    fn an_update_sends_what_differs_and_clears_what_is_absent() {
        let old = configuration(&["onMessageAdd", "onMessageAdded"], Some("http://127.0.0.1:1/"));
        assert_eq!(form(&old, &old), []);
        let new = Configuration { method: None, ..configuration(&[], None) };
        assert_eq!(form(&old, &new), [("Filters", String::new()), ("PreWebhookUrl", String::new())]);
        let new = configuration(&["onMessageAdded", "onMessageAdd"], Some("http://127.0.0.1:2/"));
        assert_eq!(form(&old, &new), [("PreWebhookUrl", "http://127.0.0.1:2/".to_owned())]);
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        assert_eq!(without_password("https://user:p@ss@example.com/a@b"), "https://example.com/a@b");
        assert_eq!(without_password("https://example.com/?q=a@b"), "https://example.com/?q=a@b");
    }
}
