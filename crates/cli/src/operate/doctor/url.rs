//! Checks of the URL of a webhook that need no request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Domains of services that expose a developer's machine, or that record requests for a developer. Each stands for its
/// subdomains as well.
const DEVELOPMENT: [&str; 38] = [
    "app.github.dev",
    "beeceptor.com",
    "bore.pub",
    "devtunnels.ms",
    "gitpod.io",
    "lhr.life",
    "lhr.rocks",
    "loca.lt",
    "localhost.run",
    "localtunnel.me",
    "localto.net",
    "localxpose.io",
    "loclx.io",
    "ngrok-free.app",
    "ngrok-free.dev",
    "ngrok.app",
    "ngrok.dev",
    "ngrok.io",
    "ngrok.pizza",
    "pagekite.me",
    "pinggy.io",
    "pinggy.link",
    "pinggy.online",
    "pipedream.net",
    "pktriot.net",
    "requestbin.com",
    "requestbin.net",
    "serveo.net",
    "serveousercontent.com",
    "sharedwithexpose.com",
    "smee.io",
    "telebit.io",
    "trycloudflare.com",
    "ts.net",
    "tunnelmole.net",
    "tunnelto.dev",
    "webhook.site",
    "zrok.io",
];

/// A reason why a URL does not work, or not for long.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Flaw {
    /// It is not an absolute `http` or `https` URL.
    Malformed(String),
    /// Only a machine in the same network reaches it.
    Private,
    /// A tunnel to a developer's machine, or a recorder of requests.
    Development(&'static str),
    /// `http`: content and signature can be read on the way.
    Plain,
}

/// Reads a URL and lists its flaws.
pub(super) fn examine(text: &str) -> (Option<Url>, Vec<Flaw>) {
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return (None, vec![Flaw::Malformed(error.to_string())]),
    };
    if !matches!(url.scheme(), "http" | "https") {
        let problem = format!("the scheme is {}, expected https", url.scheme());
        return (None, vec![Flaw::Malformed(problem)]);
    }
    let mut flaws = Vec::new();
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    if is_private(&host) {
        flaws.push(Flaw::Private);
    }
    if let Some(domain) = DEVELOPMENT.into_iter().find(|domain| is_below(&host, domain)) {
        flaws.push(Flaw::Development(domain));
    }
    if url.scheme() == "http" {
        flaws.push(Flaw::Plain);
    }
    (Some(url), flaws)
}

/// A URL without password, query and fragment, which may hold secrets.
pub(super) fn redacted(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        // Without its parts, the secrets in it cannot be removed.
        return "a URL".to_owned();
    };
    let has_user = !url.username().is_empty() || url.password().is_some();
    // Both fail for URLs that cannot have a user.
    let _ = url.set_password(None);
    let _ = url.set_username(if has_user { "user" } else { "" });
    url.set_fragment(None);
    let has_query = url.query().is_some();
    url.set_query(None);
    if has_query { format!("{url}?…") } else { url.to_string() }
}

/// Whether a host is a domain or below it.
fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a host cannot be reached from the internet.
pub(super) fn is_private(host: &str) -> bool {
    match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => is_private_v4(address),
        Ok(IpAddr::V6(address)) => is_private_v6(address),
        Err(_) => {
            const LOCAL: [&str; 8] =
                ["localhost", "local", "internal", "test", "example", "invalid", "lan", "home.arpa"];
            !host.contains('.') || LOCAL.iter().any(|domain| is_below(host, domain))
        }
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_documentation()
        || address.is_broadcast()
        || address.is_multicast()
        // Carrier-grade NAT, 100.64.0.0/10.
        || (first == 100 && (64..128).contains(&second))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_private_v4(mapped);
    }
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        // Documentation, 2001:db8::/32.
        || address.segments()[..2] == [0x2001, 0xdb8]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaws(url: &str) -> Vec<Flaw> {
        examine(url).1
    }

    #[test]
    fn public_https_urls_have_no_flaw() {
        for url in [
            "https://hooks.shop.com/a?b=c",
            "https://user:pass@shop.com:8443/#rc=3",
            "https://8.8.8.8/hooks",
            "https://[2606:4700::1111]/",
            "https://myngrok.io.shop.com/",
            "https://notngrok.io/",
            "https://localhost.shop.com/",
        ] {
            assert_eq!(flaws(url), [], "{url}");
        }
    }

    #[test]
    fn urls_that_do_not_parse_and_other_schemes_are_malformed() {
        for url in
            ["", "hooks", "/hooks", "https://", "https://a b/", "shop.com/hooks", "ftp://shop.com", "javascript:1"]
        {
            assert!(matches!(flaws(url).as_slice(), [Flaw::Malformed(_)]), "{url}: {:?}", flaws(url));
        }
    }

    #[test]
    fn hosts_that_the_internet_does_not_reach_are_private() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "api.localhost",
            "printer.local",
            "app",
            "10.1.2.3",
            "127.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "[::1]",
            "[fc00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
            "0x7f000001",
        ] {
            assert_eq!(flaws(&format!("https://{host}/hooks")), [Flaw::Private], "{host}");
        }
        for host in ["172.32.0.1", "100.128.0.1", "11.0.0.1"] {
            assert_eq!(flaws(&format!("https://{host}/")), [], "{host}");
        }
    }

    #[test]
    fn tunnels_are_known_by_their_domains() {
        for (url, domain) in [
            ("https://abc.ngrok.io/", "ngrok.io"),
            ("https://ABC.eu.ngrok-free.app/hooks", "ngrok-free.app"),
            ("https://shiny-cat.loca.lt", "loca.lt"),
            ("https://a-b.trycloudflare.com/x", "trycloudflare.com"),
            ("https://x.serveo.net/", "serveo.net"),
        ] {
            assert_eq!(flaws(url), [Flaw::Development(domain)], "{url}");
        }
    }

    #[test]
    fn plain_http_is_a_flaw_of_its_own() {
        assert_eq!(flaws("http://shop.com/hooks"), [Flaw::Plain]);
        assert_eq!(flaws("http://localhost:3000/hooks"), [Flaw::Private, Flaw::Plain]);
    }

    #[test]
    fn passwords_queries_and_fragments_are_not_shown() {
        assert_eq!(redacted("https://me:secret@shop.com/a?token=secret#secret"), "https://user@shop.com/a?…");
        assert_eq!(redacted("https://shop.com/a"), "https://shop.com/a");
        assert_eq!(redacted("secret"), "a URL");
    }
}
