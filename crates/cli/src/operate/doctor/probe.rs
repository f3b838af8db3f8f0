//! `--probe`: whether the hosts of webhooks respond.
//!
//! A probe is one HEAD request, without credentials, query or body, that follows no redirect. A receiver that verifies
//! signatures rejects it, and any response below 500 shows that the host is there.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt as _, stream};
use reqwest::{Client, Url};

use super::{
    IN_FLIGHT,
    report::{Check, Report},
    url::{examine, is_private, redacted},
};
use crate::{
    failure::{Failure, Result},
    http_client,
};

/// Limit of the URLs that are probed. More are not.
const MOST_URLS: usize = 1000;
/// Time limit of a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Time limit of a probe.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The URLs of webhooks, without query, with the first object that has each.
#[derive(Debug, Default)]
pub(super) struct Targets {
    urls: BTreeMap<Url, String>,
    /// URLs beyond the limit.
    dropped: usize,
}

impl Targets {
    /// Adds a URL. A malformed one is ignored.
    pub(super) fn add(&mut self, subject: &str, url: Option<&str>) {
        let Some(mut url) = url.and_then(|url| examine(url).0) else { return };
        // They may hold secrets, or have effects in the receiver.
        url.set_query(None);
        url.set_fragment(None);
        // Both fail for URLs that cannot have a user.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        if self.urls.len() >= MOST_URLS && !self.urls.contains_key(&url) {
            self.dropped += 1;
            return;
        }
        self.urls.entry(url).or_insert_with(|| subject.to_owned());
    }
}

/// Probes the URLs, several at a time. Private hosts are probed for an account of an emulator only.
///
/// # Errors
///
/// The HTTP client cannot be set up.
pub(super) async fn check(targets: Targets, is_local: bool, report: &mut Report) -> Result<()> {
    let Targets { urls, dropped } = targets;
    if dropped > 0 {
        let finding = format!("{dropped} URLs beyond the first {MOST_URLS} were not probed");
        report.warn(Check::Probe, "account", finding, "probe one service at a time, by --service");
    }
    let is_reachable = |url: &Url| is_local || !is_private(url.host_str().unwrap_or_default());
    let urls: Vec<(Url, String)> = urls.into_iter().filter(|(url, _)| is_reachable(url)).collect();
    if urls.is_empty() {
        return Ok(());
    }
    let http = client()?;
    let probes = urls.into_iter().map(|(url, subject)| {
        let http = &http;
        async move {
            let response = http.head(url.clone()).send().await;
            (url, subject, response)
        }
    });
    let mut probes = stream::iter(probes).buffered(IN_FLIGHT);
    while let Some((url, subject, response)) = probes.next().await {
        report.cover(Check::Probe);
        judge(&url, &subject, response, report);
    }
    Ok(())
}

fn client() -> Result<Client> {
    let builder = http_client::builder().connect_timeout(CONNECT).timeout(TIMEOUT);
    let built = builder.user_agent(concat!("twconv/", env!("CARGO_PKG_VERSION"))).build();
    built.map_err(|error| Failure::new("setting up the client of probes").source(error))
}

fn judge(url: &Url, subject: &str, response: reqwest::Result<reqwest::Response>, report: &mut Report) {
    let shown = redacted(url.as_str());
    let response = match response {
        Ok(response) => response,
        Err(error) => {
            // The URL is named already.
            let failure = Failure::new(format!("{shown} does not respond")).source(error.without_url());
            let advice = "start the receiver, or set another URL; pre-event webhooks delay each action by 5 s";
            return report.problem(Check::Probe, subject, failure.to_string(), advice);
        }
    };
    let status = response.status();
    if let Some(code) = response.headers().get("ngrok-error-code") {
        let code = code.to_str().unwrap_or_default();
        let finding = format!("{shown} is a tunnel that is not open ({code})");
        report.problem(Check::Probe, subject, finding, "open the tunnel, or set another URL");
    } else if status.is_redirection() {
        let finding = format!("{shown} redirects (status {})", status.as_u16());
        report.warn(Check::Probe, subject, finding, "set the final URL");
    } else if status.is_server_error() {
        let finding = format!("{shown} responds with status {}", status.as_u16());
        let advice = "look at the receiver or its proxy; a pre-event webhook with this status rejects the action";
        report.warn(Check::Probe, subject, finding, advice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_beyond_the_first_1000_are_counted_and_equal_ones_are_one() {
        let mut targets = Targets::default();
        for number in 0..MOST_URLS {
            targets.add("account", Some(&format!("https://shop.com/{number}?a=1")));
        }
        targets.add("service", Some("https://shop.com/0?a=2"));
        assert_eq!((targets.urls.len(), targets.dropped), (MOST_URLS, 0));
        targets.add("service", Some("https://shop.com/new"));
        targets.add("service", Some("not a URL"));
        assert_eq!((targets.urls.len(), targets.dropped), (MOST_URLS, 1));
    }
}
