//! The public URL of a request: set, or from its headers.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, Uri};

use crate::target::{Target, split_port};
use crate::{SignatureError, SignatureErrorKind, VerifierError};

/// The source of the called URL.
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

/// A URL in parts, checked when the verifier is built. `Debug` hides userinfo and query, which may hold a password.
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
                Ok(Target {
                    scheme: Cow::Borrowed(scheme),
                    userinfo: "",
                    host,
                    port,
                    prefix: "",
                    path,
                    query,
                    whole: None,
                })
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
            whole: None,
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

/// The headers that a proxy sets.
#[derive(Default)]
struct Forwarded<'a> {
    scheme: Option<&'static str>,
    host: Option<(&'a str, &'a str)>,
    port: Option<u16>,
}

impl<'a> Forwarded<'a> {
    fn of(headers: &'a HeaderMap) -> Result<Self, SignatureError> {
        let malformed = |name| SignatureError::header_is(SignatureErrorKind::MalformedHeader, name);
        let first = |name| first_of_list(headers, name);
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

/// Returns host and port: the authority of HTTP/2 and of absolute targets, else the `Host` header.
fn called_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<(&'a str, &'a str), SignatureError> {
    let host = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => one_header(headers, "host")?
            .ok_or_else(|| SignatureError::header_is(SignatureErrorKind::MissingHeader, "host"))?,
    };
    split_port(host).ok_or_else(|| SignatureError::header_is(SignatureErrorKind::MalformedHeader, "host"))
}

/// Returns the path, and the query with its `?`: the vendor signs an empty query too.
fn path_and_query(uri: &Uri) -> (&str, &str) {
    let text = uri.path_and_query().map_or("", |target| target.as_str());
    text.split_at(text.find('?').unwrap_or(text.len()))
}

/// Returns the value of a header that may occur once, without the spaces around it.
pub(crate) fn one_header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, SignatureError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => header_text(value, name).map(Some),
        (Some(_), Some(_)) => Err(SignatureError::header_is(SignatureErrorKind::RepeatedHeader, name)),
    }
}

/// Returns the first element of a header that is a list: several lines are one list, and empty elements are no elements
/// (RFC 9110, sections 5.3 and 5.6.1).
fn first_of_list<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, SignatureError> {
    let mut lines = headers.get_all(name).iter().peekable();
    if lines.peek().is_none() {
        return Ok(None);
    }
    for line in lines {
        let mut elements = header_text(line, name)?.split(',').map(str::trim);
        if let Some(first) = elements.find(|element| !element.is_empty()) {
            return Ok(Some(first));
        }
    }
    Err(SignatureError::header_is(SignatureErrorKind::MalformedHeader, name))
}

fn header_text<'a>(value: &'a HeaderValue, name: &'static str) -> Result<&'a str, SignatureError> {
    let text = (value.len() <= HEADER_LIMIT).then_some(value).and_then(|value| value.to_str().ok());
    text.map(str::trim).ok_or_else(|| SignatureError::header_is(SignatureErrorKind::MalformedHeader, name))
}

/// The longest value of a header that is read, in bytes.
const HEADER_LIMIT: usize = 8192;
