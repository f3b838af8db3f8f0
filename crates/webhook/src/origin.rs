//! The public URL of a request: set, or from its headers.

use std::borrow::Cow;

use http::{HeaderMap, Uri};

use crate::target::{Target, split_port};
use crate::{SignatureError, SignatureErrorKind, VerifierError};

/// Where a verifier takes the called URL from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// The whole URL is known; only its query comes from the request.
    Url(PublicUrl),
    /// Everything before the request's path is known.
    Base(PublicUrl),
    Request {
        plain_http: bool,
        trust_forwarded_headers: bool,
    },
}

/// A URL in pieces that were checked once, when the verifier was built. Userinfo and query are not shown: they may hold
/// a password.
#[derive(Clone)]
pub(crate) struct PublicUrl {
    scheme: &'static str,
    userinfo: String,
    host: String,
    port: String,
    path: String,
    query: String,
}

impl Default for Origin {
    fn default() -> Self {
        Self::Request { plain_http: false, trust_forwarded_headers: false }
    }
}

impl Origin {
    pub(crate) fn url(url: &str) -> Result<Self, VerifierError> {
        PublicUrl::parse(url).map(Self::Url)
    }

    pub(crate) fn base(url: &str) -> Result<Self, VerifierError> {
        let mut url = PublicUrl::parse(url)?;
        if !url.query.is_empty() {
            return Err(VerifierError::InvalidPublicUrl);
        }
        url.path.truncate(url.path.trim_end_matches('/').len());
        Ok(Self::Base(url))
    }

    pub(crate) fn target<'a>(&'a self, uri: &'a Uri, headers: &'a HeaderMap) -> Result<Target<'a>, SignatureError> {
        let (path, query) = path_and_query(uri);
        match self {
            Self::Url(url) => {
                let query = if query.is_empty() { &url.query } else { query };
                Ok(Target { query, ..url.target() })
            }
            Self::Base(url) => {
                let target = url.target();
                Ok(Target { prefix: target.path, path, query, ..target })
            }
            Self::Request { plain_http, trust_forwarded_headers } => {
                let forwarded = if *trust_forwarded_headers { Forwarded::of(headers)? } else { Forwarded::default() };
                let (host, port) = match forwarded.host {
                    Some(host) => host,
                    None => called_host(uri, headers)?,
                };
                let port = match forwarded.port {
                    Some(digits) if port.is_empty() => Cow::Owned(format!(":{digits}")),
                    _ => Cow::Borrowed(port),
                };
                let scheme = forwarded.scheme.unwrap_or(if *plain_http { "http://" } else { "https://" });
                Ok(Target { scheme: Cow::Borrowed(scheme), userinfo: "", host, port, prefix: "", path, query })
            }
        }
    }
}

impl PublicUrl {
    fn parse(url: &str) -> Result<Self, VerifierError> {
        let target = Target::parse(url).map_err(|_| VerifierError::InvalidPublicUrl)?;
        let scheme = match &*target.scheme {
            "https://" => "https://",
            "http://" => "http://",
            _ => return Err(VerifierError::InvalidPublicUrl),
        };
        Ok(Self {
            scheme,
            userinfo: target.userinfo.to_owned(),
            host: target.host.to_owned(),
            port: target.port.into_owned(),
            path: target.path.to_owned(),
            query: target.query.to_owned(),
        })
    }

    fn target(&self) -> Target<'_> {
        Target {
            scheme: Cow::Borrowed(self.scheme),
            userinfo: &self.userinfo,
            host: &self.host,
            port: Cow::Borrowed(&self.port),
            prefix: "",
            path: &self.path,
            query: &self.query,
        }
    }
}

impl std::fmt::Debug for PublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let userinfo = if self.userinfo.is_empty() { "" } else { "..@" };
        let query = if self.query.is_empty() { "" } else { "?.." };
        write!(f, "{}{userinfo}{}{}{}{query}", self.scheme, self.host, self.port, self.path)
    }
}

/// What a proxy says about the call that it took.
#[derive(Default)]
struct Forwarded<'a> {
    scheme: Option<&'static str>,
    host: Option<(&'a str, &'a str)>,
    port: Option<u16>,
}

impl<'a> Forwarded<'a> {
    fn of(headers: &'a HeaderMap) -> Result<Self, SignatureError> {
        let malformed = |name| SignatureError::header_is(SignatureErrorKind::MalformedHeader, name);
        let first = |name: &'static str| -> Result<Option<&'a str>, SignatureError> {
            let value = one_header(headers, name)?;
            Ok(value.map(|list| list.split(',').next().unwrap_or_default().trim()))
        };
        let scheme = match first("x-forwarded-proto")? {
            None => None,
            Some(proto) if proto.eq_ignore_ascii_case("https") => Some("https://"),
            Some(proto) if proto.eq_ignore_ascii_case("http") => Some("http://"),
            Some(_) => return Err(malformed("x-forwarded-proto")),
        };
        let host = match first("x-forwarded-host")? {
            None => None,
            Some(host) => Some(split_port(host).ok_or_else(|| malformed("x-forwarded-host"))?),
        };
        let port = match first("x-forwarded-port")? {
            None => None,
            Some(port) => Some(port.parse().map_err(|_| malformed("x-forwarded-port"))?),
        };
        Ok(Self { scheme, host, port })
    }
}

/// The host that the caller named: the authority of HTTP/2 and of absolute targets, else the `Host` header.
fn called_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<(&'a str, &'a str), SignatureError> {
    let host = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => one_header(headers, "host")?
            .ok_or_else(|| SignatureError::header_is(SignatureErrorKind::MissingHeader, "host"))?,
    };
    split_port(host).ok_or_else(|| SignatureError::header_is(SignatureErrorKind::MalformedHeader, "host"))
}

/// The path, and the query with its `?`: an empty query is told from none, since the vendor signs what it called.
fn path_and_query(uri: &Uri) -> (&str, &str) {
    let text = uri.path_and_query().map_or("", |target| target.as_str());
    text.split_at(text.find('?').unwrap_or(text.len()))
}

/// A header that may be there once. Spaces around a value are no part of it.
pub(crate) fn one_header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, SignatureError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value
            .to_str()
            .map(|value| Some(value.trim()))
            .map_err(|_| SignatureError::header_is(SignatureErrorKind::MalformedHeader, name)),
        (Some(_), Some(_)) => Err(SignatureError::header_is(SignatureErrorKind::RepeatedHeader, name)),
    }
}
