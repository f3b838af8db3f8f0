//! Base URL and transport security.

use std::net::IpAddr;

use http::Uri;
use reqwest::Url;
use twilio_conversations_client::Error;

/// Base URL for an edge and a region, as the vendor's libraries build it: an edge alone implies the region `us1`, a
/// region alone stands without an edge.
pub(crate) fn base_url(edge: Option<&str>, region: Option<&str>) -> String {
    let region = region.or(edge.and(Some("us1")));
    let labels = ["conversations"].into_iter().chain(edge).chain(region).chain(["twilio", "com"]);
    format!("https://{}", labels.collect::<Vec<_>>().join("."))
}

/// Logs a warning about an edge without a region, or a region without an edge.
pub(crate) fn warn_of_half(edge: Option<&str>, region: Option<&str>) {
    match (edge, region) {
        (Some(edge), None) => tracing::warn!(edge, "an edge is set without a region: the region us1 is used"),
        (None, Some(region)) => tracing::warn!(
            region,
            "a region is set without an edge: Twilio is withdrawing such hosts; set the edge as well"
        ),
        (Some(_), Some(_)) | (None, None) => {}
    }
}

/// Rejects a label that would name another host, since the credentials are sent there.
pub(crate) fn check_label<'a>(setting: &str, label: &'a str) -> Result<&'a str, Error> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if (1..=63).contains(&label.len())
        && label.bytes().all(fits)
        && !label.starts_with('-')
        && !label.ends_with('-')
        // A label that begins with `xn--` must be valid Punycode.
        && Url::parse(&base_url(Some(label), None)).is_ok()
    {
        Ok(label)
    } else {
        Err(Error::config(setting, "is not one part of a host name: expected letters, digits and hyphens"))
    }
}

/// How far the credentials are exposed on the way to a base URL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Link {
    /// `https`.
    Encrypted,
    /// `http` to this machine.
    Loopback,
    /// `http` to another machine: the credentials can be read on the way.
    Exposed,
}

impl Link {
    /// `None` for what is not an absolute URL of either scheme.
    pub(crate) fn of(base_url: &str) -> Option<Self> {
        let uri: Uri = base_url.parse().ok()?;
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
        Some(match uri.scheme_str()? {
            "https" => Self::Encrypted,
            "http" if is_loopback(host) => Self::Loopback,
            "http" => Self::Exposed,
            _ => return None,
        })
    }
}

fn is_loopback(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => {
            let host = host.to_ascii_lowercase();
            host == "localhost" || host.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_built_as_the_vendors_libraries_build_them() {
        assert_eq!(base_url(None, None), "https://conversations.twilio.com");
        assert_eq!(base_url(Some("dublin"), Some("us1")), "https://conversations.dublin.us1.twilio.com");
        assert_eq!(base_url(Some("ashburn"), None), "https://conversations.ashburn.us1.twilio.com");
        assert_eq!(base_url(None, Some("us1")), "https://conversations.us1.twilio.com");
    }

    #[test]
    fn an_edge_cannot_name_another_host() {
        assert_eq!(check_label("TWILIO_EDGE", "ashburn-ix").unwrap(), "ashburn-ix");
        for bad in ["", "evil.example/", "a.b", "-a", "a-", "a b", "a@b", "é", "a:1", "a#", "xn--a", &"a".repeat(64)] {
            let error = check_label("TWILIO_EDGE", bad).unwrap_err().to_string();
            assert_eq!(
                error,
                "setting up the client: TWILIO_EDGE is not one part of a host name: \
                 expected letters, digits and hyphens"
            );
        }
    }

    #[test]
    fn plain_http_is_told_apart_by_where_it_goes() {
        for (url, link) in [
            ("https://conversations.twilio.com", Link::Encrypted),
            ("HTTPS://127.0.0.1", Link::Encrypted),
            ("http://127.0.0.1:4010", Link::Loopback),
            ("http://127.8.9.1", Link::Loopback),
            ("http://[::1]:4010/prefix", Link::Loopback),
            ("http://localhost:4010", Link::Loopback),
            ("http://twilio.LOCALHOST", Link::Loopback),
            ("http://localhost.example", Link::Exposed),
            ("http://127.0.0.1.example", Link::Exposed),
            ("http://10.0.0.1", Link::Exposed),
            ("http://[2001:db8::1]", Link::Exposed),
            ("http://emulator:4010", Link::Exposed),
        ] {
            assert_eq!(Link::of(url), Some(link), "{url}");
        }
        assert_eq!(Link::of("conversations.twilio.com/v1"), None);
        assert_eq!(Link::of("ftp://127.0.0.1"), None);
        assert_eq!(Link::of(""), None);
    }
}
