//! URLs of webhooks: validation, and the form in which they are called and signed.

use std::borrow::Cow;

use hyper::Uri;
use hyper::http::uri::InvalidUri;
use percent_encoding::{CONTROLS, percent_decode_str, utf8_percent_encode};

/// A webhook's URL as it is called and signed: percent-encoded, without fragment and login.
#[derive(Clone, Debug)]
pub(crate) struct WebhookUrl {
    pub(crate) uri: Uri,
    /// `user:password` of the URL, decoded.
    pub(crate) login: Option<String>,
}

impl WebhookUrl {
    /// Reads an absolute http or https URL. Characters outside ASCII are percent-encoded as UTF-8; in the host they are an
    /// error.
    ///
    /// # Errors
    ///
    /// The problem, without the URL.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let encoded: Cow<'_, str> = utf8_percent_encode(text, CONTROLS).into();
        let mut uri: Uri = encoded.parse().map_err(|error: InvalidUri| error.to_string())?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err("not an absolute http or https URL".to_owned());
        }
        let authority = uri.authority().filter(|it| !it.host().is_empty() && !it.host().contains('%'));
        let Some(authority) = authority else { return Err("it has no host that can be called".to_owned()) };
        let (login, place) = match authority.as_str().rsplit_once('@') {
            Some((login, place)) => (Some(percent_decode_str(login).decode_utf8_lossy().into_owned()), place),
            None => (None, authority.as_str()),
        };
        // `Uri` accepts any digits as a port, and then returns none.
        let has_port = place.len() > authority.host().len();
        if has_port && authority.port_u16().is_none_or(|port| port == 0) {
            return Err("the port is not from 1 to 65535".to_owned());
        }
        if login.is_some() {
            let authority = place.parse().map_err(|error: InvalidUri| error.to_string())?;
            let mut parts = uri.into_parts();
            parts.authority = Some(authority);
            uri = Uri::from_parts(parts).map_err(|error| error.to_string())?;
        }
        Ok(Self { uri, login })
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> String {
        let scheme = self.uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
        let port = self.uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        format!("{scheme}://{}:{port}", self.uri.host().unwrap_or_default().to_ascii_lowercase())
    }

    /// This URL with more fields in its query.
    pub(crate) fn with_query(&self, fields: &str) -> Result<Uri, String> {
        let query = match self.uri.query() {
            Some(query) if !query.is_empty() => format!("{query}&{fields}"),
            _ => fields.to_owned(),
        };
        let path = format!("{}?{query}", self.uri.path());
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query =
            Some(path.parse().map_err(|error| format!("the fields do not fit into a URL: {error}"))?);
        Uri::from_parts(parts).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_http_url_is_accepted_and_nothing_else_is() {
        for good in [
            "https://example.com/pre",
            "http://127.0.0.1:8080",
            "HTTPS://user:pass@example.com/a?b=c#d",
            "http://[::1]:1/",
        ] {
            assert!(WebhookUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.com",
            "/pre",
            "ftp://example.com",
            "http://",
            "http:///x",
            "https://exa mple.com",
            "mailto:a@b.c",
            "http://127.0.0.1:99999/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:/",
            "http://[::1]:70000/",
            "http://user@:80/",
            "http://bücher.example/",
        ] {
            assert!(WebhookUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_url_is_called_without_fragment_and_login_and_percent_encoded() {
        let url = WebhookUrl::parse("http://al%40ice:pass@example.com:8080?x=1#rc=2").unwrap();
        assert_eq!(url.uri.to_string(), "http://example.com:8080/?x=1");
        assert_eq!(url.login.as_deref(), Some("al@ice:pass"));
        let url = WebhookUrl::parse("http://example.com/grüße?q=ä").unwrap();
        assert_eq!(url.uri.to_string(), "http://example.com/gr%C3%BC%C3%9Fe?q=%C3%A4");
    }

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        let origin = |text| WebhookUrl::parse(text).unwrap().origin();
        assert_eq!(origin("HTTP://user:pass@Example.com/a?b#c"), origin("http://example.com:80/d"));
        assert_ne!(origin("http://example.com/"), origin("https://example.com/"));
        assert_ne!(origin("http://example.com:1/"), origin("http://example.com:2/"));
    }

    #[test]
    fn fields_of_a_get_follow_the_query_of_the_url() {
        let with_query = |text| WebhookUrl::parse(text).unwrap().with_query("x=1").unwrap().to_string();
        assert_eq!(with_query("http://a/b"), "http://a/b?x=1");
        assert_eq!(with_query("http://a?y=2"), "http://a/?y=2&x=1");
    }
}
