//! Guards the control API, which takes no credentials, against DNS rebinding and cross-site request forgery.

use std::net::{IpAddr, Ipv6Addr};

use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};

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

    /// The reason for rejecting a request, if any. A request without a host does not come from a browser.
    pub(super) fn problem(&self, headers: &HeaderMap) -> Option<String> {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let (host, origin) = (text(HOST), text(ORIGIN));
        if let Some(host) = host
            && !self.have(host)
        {
            return Some(format!("Control requests are not accepted for the host {host}: --allow-host would allow it"));
        }
        let is_own = |origin: &str| origin.split_once("://").map(|(_, origin)| origin) == host;
        let is_foreign = origin.is_some_and(|origin| !is_own(origin));
        is_foreign.then(|| "Control requests are not accepted from pages of other sites".to_owned())
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
