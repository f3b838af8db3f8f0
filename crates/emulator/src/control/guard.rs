//! Guards the control API, which takes no credentials, against DNS rebinding, cross-site request forgery and loops of
//! webhooks, and sets the headers of its responses.

use std::net::{IpAddr, Ipv6Addr};

use hyper::Method;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::http::request::Parts;
use tokio::sync::MutexGuard;

use super::Control;
use crate::error::{ApiError, code};
use crate::http::BODY_LIMIT;

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");

/// Returns the limit of a control request's body in bytes, or rejects the request before its body is read. The guard is held
/// until the response: large bodies are read one at a time.
pub(crate) async fn begin<'c>(
    control: &'c Control,
    parts: &Parts,
) -> Result<(usize, Option<MutexGuard<'c, ()>>), ApiError> {
    let (hosts, settings) = (&control.start.hosts, &control.start.settings);
    let text = |name: HeaderName| parts.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    // A request without a host does not come from a browser.
    let (host, origin) = (text(HOST), text(ORIGIN));
    let is_own = |origin: &str| origin.split_once("://").map(|(_, origin)| origin) == host;
    let reject = |problem: String| Err(ApiError::forbidden(code::FORBIDDEN, problem));
    if parts.headers.contains_key(SIGNATURE) {
        // Guards against a loop: a webhook to the control API would cause the next webhook.
        return reject(
            "The control API rejects requests with the header X-Twilio-Signature: no webhook may call it".to_owned(),
        );
    }
    if let Some(host) = host
        && !hosts.have(host)
    {
        let problem = format!("Control requests are not accepted for the host {host}: --allow-host would allow it");
        return reject(problem);
    }
    if origin.is_some_and(|origin| !is_own(origin)) {
        return reject("Control requests are not accepted from pages of other sites".to_owned());
    }
    if parts.method == Method::PUT && parts.uri.path() == "/_emulator/snapshot" {
        let limit = settings.input.snapshot_bytes;
        return Ok((limit, Some(control.uploading.lock().await)));
    }
    Ok((BODY_LIMIT, None))
}

/// Adds the headers that keep browsers from guessing a type, from storing a response, and from framing it.
pub(crate) fn secure(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // With `no-referrer`, browsers would send the inspector's own forms with the origin `null`.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    let has_frame_rule = |policy: &HeaderValue| policy.to_str().is_ok_and(|policy| policy.contains("frame-ancestors"));
    if !headers.get_all(CONTENT_SECURITY_POLICY).iter().any(has_frame_rule) {
        // Added to any other policy, since browsers apply both.
        headers.append(CONTENT_SECURITY_POLICY, HeaderValue::from_static("frame-ancestors 'none'"));
    }
}

/// The hosts that control requests may name: loopback names and addresses, the address of the listener, and allowed names.
///
/// Any other name may be resolved to this emulator by its owner (DNS rebinding). A page of that origin could then read and
/// change the state.
#[derive(Debug)]
pub(crate) struct Hosts {
    pub(crate) listening: IpAddr,
    pub(crate) named: Vec<String>,
}

impl Hosts {
    pub(crate) fn allow(&mut self, name: &str) {
        self.named.push(host(name));
    }

    /// Whether the host of a request, with or without a port, is one of them.
    fn have(&self, text: &str) -> bool {
        let host = host(text);
        match host.parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback() || ip == self.listening || self.listening.is_unspecified(),
            Err(_) => host == "localhost" || host.ends_with(".localhost") || self.named.contains(&host),
        }
    }

    /// Whether an origin is a page of one of them: `http://localhost:3000`.
    pub(crate) fn trust(&self, origin: &str) -> bool {
        origin.split_once("://").is_some_and(|(_, host)| self.have(host))
    }
}

/// A host without its port, in lower case; an IPv6 address without its brackets.
fn host(text: &str) -> String {
    if let Some((address, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address.to_owned();
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return text.to_owned();
    }
    let name = text.rsplit_once(':').map_or(text, |(name, _)| name);
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn loopback_the_listener_and_allowed_names_are_hosts_and_nothing_else_is() {
        let mut hosts = Hosts { listening: IpAddr::from([10, 0, 0, 7]), named: Vec::new() };
        hosts.allow("Emulator");
        hosts.allow("dev.example:4010");
        for good in [
            "127.0.0.1:4010",
            "127.1.2.3",
            "localhost:80",
            "LOCALHOST.",
            "a.localhost",
            "[::1]:4010",
            "::1",
            "10.0.0.7:1",
            "emulator:4010",
            "dev.example",
        ] {
            assert!(hosts.have(good), "{good}");
        }
        for bad in [
            "evil.example",
            "evil.example:4010",
            "10.0.0.8",
            "localhost.evil.example",
            "notlocalhost",
            "",
            ":",
            "[::2]:1",
        ] {
            assert!(!hosts.have(bad), "{bad}");
        }
    }

    #[test]
    fn a_listener_on_all_addresses_accepts_any_address_and_no_name() {
        let hosts = Hosts { listening: IpAddr::V4(Ipv4Addr::UNSPECIFIED), named: Vec::new() };
        assert!(hosts.have("192.168.1.2:4010") && hosts.have("[fe80::1]:4010"));
        assert!(!hosts.have("evil.example:4010"));
    }
}
