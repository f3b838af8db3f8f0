//! Secrets of requests, which are not recorded.

use std::borrow::Cow;

use hyper::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION};
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;

/// Headers whose values are credentials. They are never recorded.
const SECRET_HEADERS: [HeaderName; 4] =
    [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, HeaderName::from_static("x-api-key")];
/// Parameters of credential resources that may be recorded. The others are keys and secrets, which the API never shows.
const OPEN_FIELDS: [&str; 3] = ["FriendlyName", "Type", "Sandbox"];
const REDACTED_FIELDS: [&str; 4] = ["Certificate", "PrivateKey", "ApiKey", "Secret"];
/// A path with a segment that begins like this, in any case, counts as a path of push credentials.
const CREDENTIALS: &[u8] = b"credentials";

/// Whether the value of a header is a credential.
pub(super) fn is_secret(name: &HeaderName) -> bool {
    SECRET_HEADERS.contains(name)
}

/// Removes the keys and secrets of push credentials from the path with its query, and from the body.
pub(super) fn without_secrets<'r>(parts: &'r Parts, body: &'r [u8]) -> (Cow<'r, str>, Cow<'r, [u8]>) {
    let uri = &parts.uri;
    let path = uri.path();
    let decoded = if path.contains('%') { percent_decode_str(path).decode_utf8_lossy() } else { Cow::Borrowed(path) };
    if !decoded.as_bytes().split(|byte| *byte == b'/').any(is_credentials) {
        return (uri.path_and_query().map_or(path, |target| target.as_str()).into(), body.into());
    }
    let target = match uri.query() {
        Some(query) => format!("{path}?{}", redact(query.as_bytes())).into(),
        None => path.into(),
    };
    let body = if body.is_empty() { body.into() } else { redact(body).into_bytes().into() };
    (target, body)
}

fn is_credentials(segment: &[u8]) -> bool {
    segment.get(..CREDENTIALS.len()).is_some_and(|start| start.eq_ignore_ascii_case(CREDENTIALS))
}

/// Replaces the secrets of a form. A name that is not a parameter of credentials is left out, since it may be a secret
/// in the wrong format.
fn redact(form: &[u8]) -> String {
    let mut redacted = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(form) {
        if OPEN_FIELDS.contains(&&*name) {
            redacted.append_pair(&name, &value);
        } else if REDACTED_FIELDS.contains(&&*name) {
            redacted.append_pair(&name, "redacted");
        }
    }
    redacted.finish()
}
