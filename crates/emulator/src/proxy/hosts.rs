//! Hosts that the proxy serves: those of Conversations and of the media service.

use hyper::http::uri::Authority;

/// The served hosts, for the message of a rejection.
pub(super) const SERVED: &str = "conversations.twilio.com, its edges and regions, and mcs.{region}.twilio.com";

/// A served host, in lower case, without a port and without a dot at the end.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) product: Product,
}

/// The vendor's product behind a host.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Product {
    Conversations,
    /// Files of messages.
    Media,
}

impl Host {
    /// Recognizes the host of an authority whose port is `default_port` or absent. `None` for every other host and for
    /// an authority with user information.
    pub(super) fn of(authority: &Authority, default_port: u16) -> Option<Self> {
        if authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host();
        // `Authority::port` is `None` also for a port that is not a 16-bit number.
        let port = authority.as_str().strip_prefix(host)?;
        let is_default = matches!(port, "" | ":") || port.strip_prefix(':')?.parse() == Ok(default_port);
        if is_default { Self::parse(host) } else { None }
    }

    /// Recognizes `conversations.twilio.com`, `conversations.{region}.twilio.com`,
    /// `conversations.{edge}.{region}.twilio.com` and `mcs.{region}.twilio.com`.
    fn parse(host: &str) -> Option<Self> {
        let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let labels: Vec<&str> = name.strip_suffix(".twilio.com")?.split('.').collect();
        let product = match *labels {
            ["conversations"] => Product::Conversations,
            ["conversations", region] if is_label(region) => Product::Conversations,
            ["conversations", edge, region] if is_label(edge) && is_label(region) => Product::Conversations,
            ["mcs", region] if is_label(region) => Product::Media,
            _ => return None,
        };
        Some(Self { name, product })
    }

    /// Whether the host serves a path: the media service has the paths of media only.
    pub(super) fn may_have(&self, path: &str) -> bool {
        self.product == Product::Conversations
            || matches!(*path.split('/').collect::<Vec<_>>(), ["", "v1", "Services", _, "Media", ..])
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(authority: &str) -> Option<String> {
        Host::of(&authority.parse().unwrap(), 443).map(|host| host.name)
    }

    #[test]
    fn the_hosts_of_conversations_and_media_are_served_in_every_region_and_edge() {
        for (authority, name) in [
            ("conversations.twilio.com", "conversations.twilio.com"),
            ("conversations.twilio.com:443", "conversations.twilio.com"),
            ("Conversations.Twilio.COM.:443", "conversations.twilio.com"),
            ("conversations.us1.twilio.com", "conversations.us1.twilio.com"),
            ("conversations.dublin.ie1.twilio.com:443", "conversations.dublin.ie1.twilio.com"),
            ("conversations.ashburn-ix.us1.twilio.com", "conversations.ashburn-ix.us1.twilio.com"),
            ("mcs.us1.twilio.com:443", "mcs.us1.twilio.com"),
            ("mcs.au1.twilio.com", "mcs.au1.twilio.com"),
        ] {
            assert_eq!(host(authority).as_deref(), Some(name), "{authority}");
        }
    }

    #[test]
    fn every_other_host_port_and_user_is_not_served() {
        let long = format!("conversations.{}.twilio.com", "a".repeat(64));
        for authority in [
            "twilio.com",
            "api.twilio.com",
            "chat.twilio.com:443",
            "evilconversations.twilio.com",
            "conversations.twilio.com.evil.example",
            "conversations.eviltwilio.com",
            "conversations..twilio.com",
            "conversations.-a.twilio.com",
            "conversations.a-.twilio.com",
            "conversations.a_b.twilio.com",
            "conversations.a.b.c.twilio.com",
            "conversations.twilio.com..",
            "mcs.twilio.com",
            "mcs.a.b.twilio.com",
            "conversations.twilio.com:80",
            "conversations.twilio.com:8443",
            "conversations.twilio.com:65979", // 443 if truncated to 16 bits
            "user@conversations.twilio.com",
            "api.twilio.com@conversations.twilio.com:443",
            "127.0.0.1:443",
            "[::1]:443",
            "localhost",
            &long,
        ] {
            assert_eq!(host(authority), None, "{authority}");
        }
    }

    #[test]
    fn the_media_host_has_paths_of_media_only() {
        let media = Host::parse("mcs.us1.twilio.com").unwrap();
        assert!(media.may_have("/v1/Services/IS1/Media") && media.may_have("/v1/Services/IS1/Media/ME1/Content"));
        for path in
            ["/", "", "/v1/Conversations", "/v1/Services", "/v1/Services/IS1", "/v1/Services/IS1/Mediax", "/_emulator"]
        {
            assert!(!media.may_have(path), "{path}");
        }
    }
}
