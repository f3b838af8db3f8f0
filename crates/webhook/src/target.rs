//! The forms of a URL that the vendor may have signed.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use crate::SignatureErrorKind;

/// A URL in the parts that a signature may or may not cover. Only the case of the scheme is normalised: the vendor signs
/// the characters of the URL that it called.
#[derive(Clone, Debug)]
pub(crate) struct Target<'a> {
    /// With `://`, in lower case.
    pub(crate) scheme: Cow<'a, str>,
    /// Empty, or ends with `@`.
    pub(crate) userinfo: &'a str,
    pub(crate) host: &'a str,
    /// Empty, or starts with `:`.
    pub(crate) port: Cow<'a, str>,
    /// The path that a proxy has removed: empty, or starts with `/` and does not end with it.
    pub(crate) prefix: &'a str,
    /// Empty, or starts with `/`.
    pub(crate) path: &'a str,
    /// Empty, or starts with `?`.
    pub(crate) query: &'a str,
    /// All of it in one string, if there is one: the MAC takes that faster than the parts.
    pub(crate) whole: Option<&'a str>,
}

/// Returns the URL without its fragment, which holds Twilio's connection overrides (`#rc=2`) and is not sent.
pub(crate) fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(url, _)| url)
}

impl<'a> Target<'a> {
    /// Splits a URL into its parts, without its fragment.
    pub(crate) fn parse(url: &'a str) -> Result<Self, SignatureErrorKind> {
        let malformed = SignatureErrorKind::MalformedUrl;
        // Without an early exit, this compiles to a few vector instructions.
        if url.bytes().fold(false, |control, byte| control | byte.is_ascii_control()) {
            return Err(malformed);
        }
        let url = without_fragment(url);
        let (scheme, rest) = if let Some(rest) = url.strip_prefix("https://") {
            (Cow::Borrowed("https://"), rest)
        } else if let Some(rest) = url.strip_prefix("http://") {
            (Cow::Borrowed("http://"), rest)
        } else {
            let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme)).ok_or(malformed)?;
            (Cow::Owned(scheme.to_ascii_lowercase() + "://"), rest)
        };
        let whole = matches!(scheme, Cow::Borrowed(_)).then_some(url);
        let (authority, rest) = split_before(rest, |byte| matches!(byte, b'/' | b'?'));
        let (userinfo, host_and_port) = match authority.bytes().rposition(|byte| byte == b'@') {
            Some(at) => authority.split_at(at + 1),
            None => ("", authority),
        };
        let (host, port) = split_port(host_and_port).ok_or(malformed)?;
        let (path, query) = split_before(rest, |byte| byte == b'?');
        Ok(Self { scheme, userinfo, host, port: Cow::Borrowed(port), prefix: "", path, query, whole })
    }

    /// Returns the query without its `?`.
    pub(crate) fn query_text(&self) -> &'a str {
        self.query.strip_prefix('?').unwrap_or_default()
    }

    /// Returns the forms to try, the unchanged one first.
    pub(crate) fn forms(&self) -> impl Iterator<Item = Form> + use<> {
        let ports: &[bool] = &[false, true];
        let (userinfo, path) = (!self.userinfo.is_empty(), self.prefix.is_empty() && self.path.is_empty());
        let all = move |flag: bool| std::iter::once(false).chain(flag.then_some(true));
        all(path).flat_map(move |root_path| {
            all(userinfo).flat_map(move |without_userinfo| {
                ports.iter().map(move |&other_port| Form { other_port, without_userinfo, root_path })
            })
        })
    }

    pub(crate) fn feed(&self, form: Form, push: &mut dyn FnMut(&str)) {
        if let Some(whole) = self.whole
            && form == Form::default()
        {
            return push(whole);
        }
        push(&self.scheme);
        if !form.without_userinfo {
            push(self.userinfo);
        }
        push(self.host);
        match (form.other_port, self.port.is_empty()) {
            (false, _) => push(&self.port),
            (true, true) => push(if self.scheme == "https://" { ":443" } else { ":80" }),
            (true, false) => {}
        }
        push(self.prefix);
        push(if form.root_path { "/" } else { self.path });
        push(self.query);
    }
}

/// One way to write a URL that may have been signed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Form {
    /// Without the port if the URL has one, else with the scheme's default.
    other_port: bool,
    without_userinfo: bool,
    /// `/` for an empty path.
    root_path: bool,
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Splits before the first byte of a kind, or at the end.
fn split_before(text: &str, kind: impl Fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(kind).unwrap_or(text.len()))
}

/// Splits a host from its port, which keeps its colon. None if either is invalid.
pub(crate) fn split_port(host_and_port: &str) -> Option<(&str, &str)> {
    let (host, port) = match host_and_port.strip_prefix('[') {
        Some(bracketed) => {
            let (address, _) = bracketed.split_once(']')?;
            // The address parser does not know zones (`%eth0`).
            let (address_only, _) = address.split_once('%').unwrap_or((address, ""));
            address_only.parse::<Ipv6Addr>().ok()?;
            host_and_port.split_at(address.len() + 2)
        }
        None => {
            let (host, port) = split_before(host_and_port, |byte| byte == b':');
            let odd = |byte| matches!(byte, 0..=b' ' | 0x7f | b'\\' | b'[' | b']' | b'@' | b'/' | b'?' | b'#');
            if host.is_empty() || host.bytes().fold(false, |any, byte| any | odd(byte)) {
                return None;
            }
            (host, port)
        }
    };
    let is_port = match port.strip_prefix(':') {
        Some("") => true,
        Some(digits) => digits.bytes().all(|digit| digit.is_ascii_digit()) && digits.parse::<u16>().is_ok(),
        None => port.is_empty(),
    };
    is_port.then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(url: &str) -> Vec<String> {
        let target = Target::parse(url).unwrap();
        let text = |form| {
            let mut text = String::new();
            target.feed(form, &mut |piece| text.push_str(piece));
            text
        };
        target.forms().map(text).collect()
    }

    #[test]
    fn a_url_without_a_port_is_tried_as_given_and_with_the_default_port() {
        assert_eq!(forms("https://h/p?q"), ["https://h/p?q", "https://h:443/p?q"]);
        assert_eq!(forms("http://h/p"), ["http://h/p", "http://h:80/p"]);
        assert_eq!(forms("HTTPS://H/P"), ["https://H/P", "https://H:443/P"]);
        assert_eq!(forms("wss://h/p"), ["wss://h/p", "wss://h:80/p"]);
    }

    #[test]
    fn a_url_with_a_port_is_tried_as_given_and_without_it() {
        assert_eq!(forms("https://h:8443/p"), ["https://h:8443/p", "https://h/p"]);
        assert_eq!(forms("https://h:/p"), ["https://h:/p", "https://h/p"]);
    }

    #[test]
    fn ipv6_hosts_keep_their_brackets() {
        assert_eq!(forms("https://[2001:db8::1]/p"), ["https://[2001:db8::1]/p", "https://[2001:db8::1]:443/p"]);
        assert_eq!(forms("https://[::1]:8443/p"), ["https://[::1]:8443/p", "https://[::1]/p"]);
    }

    #[test]
    fn userinfo_is_kept_first_and_then_dropped() {
        assert_eq!(
            forms("https://user:p@ss@h:1/p"),
            ["https://user:p@ss@h:1/p", "https://user:p@ss@h/p", "https://h:1/p", "https://h/p"]
        );
    }

    #[test]
    fn an_empty_path_is_also_tried_as_a_slash() {
        assert_eq!(
            forms("https://h?q=1"),
            ["https://h?q=1", "https://h:443?q=1", "https://h/?q=1", "https://h:443/?q=1"]
        );
    }

    #[test]
    fn an_at_sign_or_a_colon_in_the_path_is_left_alone() {
        assert_eq!(forms("https://h/a@b:1"), ["https://h/a@b:1", "https://h:443/a@b:1"]);
    }

    #[test]
    fn a_fragment_is_no_part_of_a_url() {
        assert_eq!(forms("https://h/p#rc=2"), forms("https://h/p"));
        assert_eq!(forms("https://h/p?q=1#rc=2&ct=1#x?y"), forms("https://h/p?q=1"));
        assert_eq!(forms("https://h#@x/?q"), forms("https://h"));
        assert!(Target::parse("https://#h/p").is_err());
    }

    #[test]
    fn what_is_no_absolute_url_is_refused() {
        for url in [
            "",
            "h",
            "/p",
            "//h/p",
            "://h",
            "https:/h",
            "https://",
            "https:///p",
            "https://:443/p",
            "https://h:x/p",
            "https://h:65536/p",
            "https://h:1:2/p",
            "https://::1/p",
            "https://[::1/p",
            "https://[x]/p",
            "https://[::1]x/p",
            "https://u@/p",
            "https://a b/p",
            "https://h/\n",
            " https://h/",
            "1x://h/",
            "https://h:\u{0661}/",
        ] {
            assert!(Target::parse(url).is_err(), "{url:?}");
        }
    }
}
