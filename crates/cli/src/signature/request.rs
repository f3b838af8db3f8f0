//! The request of `sign` and `verify`: from options in the manner of curl, or from a file with raw HTTP.

use std::io;

use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use crate::{
    failure::{Failure, Result},
    input,
};

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
    /// Checks that stdin is read once only.
    ///
    /// - `further`: other files of the command.
    ///
    /// # Errors
    ///
    /// Several files are `-`.
    pub(super) fn check_stdin<'a>(&'a self, further: impl Iterator<Item = &'a String>) -> Result<()> {
        match self.file.iter().chain(&self.data_file).chain(further).filter(|file| *file == "-").count() {
            0 | 1 => Ok(()),
            _ => Err(Failure::usage("stdin can be read once only, and several files are -")),
        }
    }

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
        if request.url.is_empty() {
            return Err(Failure::usage("--url: the request of the file has no header Host, so the URL is needed"));
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
    input::bytes(path, LARGEST).map_err(failed)
}

/// Parses a raw HTTP request. Lines may end with `\n` alone. A header may continue on lines that begin with white space. A
/// body without `Content-Length` is the rest, and one that an editor ended with a line break loses it by `Content-Length`.
/// The chunks of a chunked body are joined.
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
    let headers = headers(&mut rest).map_err(failed)?;
    let is_chunked =
        headers.get(header::TRANSFER_ENCODING).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"chunked"));
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let body = match length {
        _ if is_chunked => joined(rest).ok_or_else(|| failed("its chunked body is malformed or incomplete"))?,
        Some(length) if length > rest.len() => return Err(failed("its body is shorter than its Content-Length")),
        Some(length) => rest[..length].to_vec(),
        None => rest.to_vec(),
    };
    let url = url(target, &headers).unwrap_or_default();
    Ok(Request { method, url, headers, body, target: Some(target.to_owned()) })
}

/// Reads headers up to the blank line after them, and leaves the body in `rest`.
fn headers(rest: &mut &[u8]) -> Result<HeaderMap, &'static str> {
    const MALFORMED: &str = "a header is not of the form Name: value";
    let mut headers = HeaderMap::new();
    while let Some((first, mut after)) = line(rest) {
        let mut header = first.to_vec();
        while let Some((next, behind)) =
            line(after).filter(|(next, _)| !header.is_empty() && matches!(next.first(), Some(b' ' | b'\t')))
        {
            header.push(b' ');
            header.extend_from_slice(next.trim_ascii());
            after = behind;
        }
        *rest = after;
        if header.is_empty() {
            break;
        }
        let (name, value) = header_line(&header).ok_or(MALFORMED)?;
        headers.append(name, value);
        if headers.len() > MOST_HEADERS {
            return Err("it has more than 200 headers");
        }
    }
    Ok(headers)
}

/// The data of a chunked body; `None` if it is malformed. Trailers are ignored.
fn joined(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let (size, data) = line(rest)?;
        let size = size.split(|byte| *byte == b';').next()?.trim_ascii();
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(data.get(..size)?);
        let (end, after) = line(data.get(size..)?)?;
        if !end.is_empty() {
            return None;
        }
        rest = after;
    }
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
    // Each proxy adds its scheme to a list, of which the first is the caller's.
    let forwarded = text("x-forwarded-proto").and_then(|schemes| schemes.split(',').next()).map(str::trim);
    let scheme = forwarded.unwrap_or(if is_loopback { "http" } else { "https" });
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
    fn folded_headers_and_chunked_bodies_are_joined() {
        for end in ["\n", "\r\n"] {
            let text = [
                "POST /hooks HTTP/1.1",
                "Host: example.com",
                "X-Forwarded-Proto: http, https",
                "X-Twilio-Signature:",
                "  abc",
                "\tdef",
                "Transfer-Encoding: Chunked",
                "",
                "3;name=value",
                "B=1",
                "A",
                "&C=3&D=4\r\n",
                "0",
                "Trailer: x",
                "",
                "",
            ];
            let request = parse(text.join(end).as_bytes(), "f").unwrap();
            assert_eq!(request.url, "http://example.com/hooks");
            assert_eq!(request.headers["x-twilio-signature"], "abc def");
            assert_eq!(request.body, b"B=1&C=3&D=4\r\n");
        }
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
            ("GET / HTTP/1.1\n folded: first\n\n", "header"),
            ("POST / HTTP/1.1\ncontent-length: 9\n\nB=1", "shorter"),
            ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n", "chunked"),
            ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n4\nB=1", "chunked"),
            ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\nx\nB=1\n0\n\n", "chunked"),
            ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n2\nB=1\n0\n\n", "chunked"),
            ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\nffffffffffffffff\nB=1\n0\n\n", "chunked"),
        ] {
            let failure = parse(text.as_bytes(), "f").unwrap_err().to_string();
            assert!(failure.contains(problem), "{text:?}: {failure}");
        }
        let many = format!("GET / HTTP/1.1\n{}\n", "a: b\n".repeat(MOST_HEADERS + 1));
        assert!(parse(many.as_bytes(), "f").unwrap_err().to_string().contains("200 headers"));
    }
}
