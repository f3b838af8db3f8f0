//! The request of `sign` and `verify`: from options in the manner of curl, or from a file with raw HTTP.

use std::{
    fs::File,
    io::{self, Read},
};

use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use crate::failure::{Failure, Result};

/// Limit of a request that is read from a file or stdin: 1 MiB.
const LARGEST: u64 = 1024 * 1024;
/// Most headers of a request in a file.
const MOST_HEADERS: usize = 200;

/// The options that make up a request.
#[derive(Args, Debug)]
pub(crate) struct RequestArgs {
    /// File with a raw HTTP request, such as `POST /hooks HTTP/1.1` with headers and body; `-` is stdin
    #[arg(value_name = "FILE")]
    file: Option<String>,
    /// URL that was called, as it is configured at Twilio [default: that of the file's request]
    #[arg(long)]
    url: Option<String>,
    /// Method [default: POST with data, else GET]
    #[arg(short = 'X', long, value_name = "METHOD", alias = "request")]
    method: Option<String>,
    /// Body; several are joined by `&`
    #[arg(short, long, value_name = "BODY", conflicts_with = "file", visible_alias = "data-raw")]
    data: Vec<String>,
    /// File with the body, byte for byte; `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "file"])]
    data_file: Option<String>,
    /// Header of the request; a body without `Content-Type` counts as a form
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,
}

/// A request to sign or verify.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// The URL that was called.
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// The target of the request line, for a request from a file.
    pub(super) target: Option<String>,
}

impl Request {
    /// Whether the signature covers the fields of the body.
    pub(super) fn is_form(&self) -> bool {
        let content_type = self.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let media_type = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
        media_type.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    }
}

impl RequestArgs {
    /// # Errors
    ///
    /// A malformed request, one without a URL, or a file that cannot be read.
    pub(super) fn request(&self) -> Result<Request> {
        let mut request = match &self.file {
            Some(file) => parse(&read(file, "FILE")?, file)?,
            None => self.of_options()?,
        };
        for line in &self.header {
            let (name, value) = header_line(line.as_bytes())
                .ok_or_else(|| Failure::usage(format!("--header: expected \"Name: value\", found {line:?}")))?;
            request.headers.append(name, value);
        }
        if let Some(method) = &self.method {
            let method = method.to_ascii_uppercase();
            request.method = method
                .parse()
                .map_err(|error: http::method::InvalidMethod| Failure::usage("--method").source(error))?;
        }
        if let Some(url) = &self.url {
            request.url.clone_from(url);
        }
        check(&request.url)?;
        let is_typed = request.headers.contains_key(header::CONTENT_TYPE);
        if self.file.is_none() && request.method == Method::POST && !is_typed {
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers.insert(header::CONTENT_TYPE, form);
        }
        Ok(request)
    }

    fn of_options(&self) -> Result<Request> {
        let body = match &self.data_file {
            Some(file) => read(file, "--data-file")?,
            None => self.data.join("&").into_bytes(),
        };
        let has_body = !self.data.is_empty() || self.data_file.is_some();
        let url =
            self.url.clone().ok_or_else(|| Failure::usage("the request is missing: name its --url, or a FILE"))?;
        let method = if has_body { Method::POST } else { Method::GET };
        Ok(Request { method, url, headers: HeaderMap::new(), body, target: None })
    }
}

fn check(url: &str) -> Result<()> {
    let is_url = url.parse::<Uri>().is_ok_and(|uri| {
        uri.scheme_str().is_some_and(|scheme| matches!(scheme, "http" | "https")) && uri.host().is_some()
    });
    if is_url { Ok(()) } else { Err(Failure::usage(format!("--url: expected an http or https URL, found {url:?}"))) }
}

/// A file or stdin, within the limit.
fn read(path: &str, flag: &str) -> Result<Vec<u8>> {
    let failed = |error: io::Error| Failure::usage(format!("{flag}: reading {path}")).source(error);
    let mut bytes = Vec::new();
    let mut source: Box<dyn Read> =
        if path == "-" { Box::new(io::stdin()) } else { Box::new(File::open(path).map_err(failed)?) };
    source.by_ref().take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::usage(format!("{flag}: {path} is larger than 1 MiB")));
    }
    Ok(bytes)
}

/// Parses a raw HTTP request. Lines may end with `\n` alone. A body without `Content-Length` is the rest, and one that an
/// editor ended with a line break loses it by `Content-Length`.
fn parse(bytes: &[u8], file: &str) -> Result<Request> {
    let failed = |problem: &str| Failure::usage(format!("{file} is not an HTTP request: {problem}"));
    let (line, mut rest) = line(bytes).ok_or_else(|| failed("it is empty"))?;
    let start = std::str::from_utf8(line).map_err(|_| failed("the request line is not UTF-8"))?;
    let mut words = start.split(' ');
    let (Some(method), Some(target), version, None) = (words.next(), words.next(), words.next(), words.next()) else {
        return Err(failed("expected a request line such as POST /hooks HTTP/1.1"));
    };
    if version.is_some_and(|version| !version.starts_with("HTTP/")) {
        return Err(failed("expected a request line such as POST /hooks HTTP/1.1"));
    }
    let method = method.parse().map_err(|_| failed("the method is malformed"))?;
    let mut headers = HeaderMap::new();
    while let Some((line, after)) = self::line(rest) {
        rest = after;
        if line.is_empty() {
            break;
        }
        let (name, value) = header_line(line).ok_or_else(|| failed("a header is not of the form Name: value"))?;
        headers.append(name, value);
        if headers.len() > MOST_HEADERS {
            return Err(failed("it has more than 200 headers"));
        }
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let body = match length {
        Some(length) if length > rest.len() => return Err(failed("its body is shorter than its Content-Length")),
        Some(length) => &rest[..length],
        None => rest,
    };
    let url = url(target, &headers).unwrap_or_default();
    Ok(Request { method, url, headers, body: body.to_vec(), target: Some(target.to_owned()) })
}

/// The URL of a request: its target, or `Host` and the target. The scheme is that of `X-Forwarded-Proto`, else `http` for
/// a loopback host and `https` for others.
fn url(target: &str, headers: &HeaderMap) -> Option<String> {
    if target.contains("://") {
        return Some(target.to_owned());
    }
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let host = text("host")?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_loopback = name == "localhost" || name.starts_with("127.") || host.starts_with("[::1]");
    let scheme = text("x-forwarded-proto").unwrap_or(if is_loopback { "http" } else { "https" });
    Some(format!("{scheme}://{host}{target}"))
}

/// The first line, and the rest after its end.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    Some((line, bytes.get(end + 1..).unwrap_or_default()))
}

fn header_line(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_http_is_parsed_with_either_line_end() {
        for end in ["\n", "\r\n"] {
            let text =
                ["POST /hooks?a=1 HTTP/1.1", "Host: example.com:8443", "X-Twilio-Signature:  abc ", "", "B=1&B=2\n"];
            let request = parse(text.join(end).as_bytes(), "f").unwrap();
            assert_eq!(request.method, Method::POST);
            assert_eq!(request.url, "https://example.com:8443/hooks?a=1");
            assert_eq!(request.headers["x-twilio-signature"], "abc");
            assert_eq!(request.body, b"B=1&B=2\n");
        }
        let request = parse(b"POST / HTTP/1.1\nHost: localhost:3000\nContent-Length: 3\n\nB=1\n", "f").unwrap();
        assert_eq!((request.url.as_str(), request.body.as_slice()), ("http://localhost:3000/", &b"B=1"[..]));
    }

    #[test]
    fn malformed_requests_are_rejected_with_their_problem() {
        for (text, problem) in [
            ("", "empty"),
            ("POST", "request line"),
            ("POST / FTP/1", "request line"),
            ("POST / HTTP/1.1 x", "request line"),
            ("P@ST / HTTP/1.1\n\n", "method"),
            ("GET / HTTP/1.1\nno colon\n\n", "header"),
            ("GET / HTTP/1.1\nbad name: x\n\n", "header"),
            ("POST / HTTP/1.1\ncontent-length: 9\n\nB=1", "shorter"),
        ] {
            let failure = parse(text.as_bytes(), "f").unwrap_err().to_string();
            assert!(failure.contains(problem), "{text:?}: {failure}");
        }
        let many = format!("GET / HTTP/1.1\n{}\n", "a: b\n".repeat(MOST_HEADERS + 1));
        assert!(parse(many.as_bytes(), "f").unwrap_err().to_string().contains("200 headers"));
    }
}
