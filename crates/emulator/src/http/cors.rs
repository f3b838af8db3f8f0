//! CORS: the headers with which the API lets pages in browsers call it.
//!
//! Twilio's REST API allows every origin. The emulator allows the same origins as for control requests: loopback hosts,
//! the listener's address and the names of `--allow-host`. Its default credentials are public, so that with every origin
//! any page could use it.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName,
    HeaderValue, ORIGIN, VARY,
};
use hyper::http::request::Parts;
use hyper::{Method, Response};

/// The headers that Twilio's REST API sends with its responses.
const HEADERS: [(HeaderName, &str); 5] = [
    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (
        ACCESS_CONTROL_ALLOW_HEADERS,
        "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Idempotency-Key",
    ),
    (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE, OPTIONS"),
    (ACCESS_CONTROL_EXPOSE_HEADERS, "ETag"),
    (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
];

/// The response to a preflight request for a path of the API. Browsers send it without credentials.
pub(crate) fn preflight(parts: &Parts, is_allowed: impl Fn(&str) -> bool) -> Option<Response<Full<Bytes>>> {
    let is_preflight = parts.method == Method::OPTIONS
        && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        && origin(&parts.headers).is_some_and(is_allowed);
    is_preflight.then(|| Response::new(Full::default()))
}

/// Adds the headers to the response to a request from an allowed origin. A request without `Origin` does not come from a
/// page of another origin.
pub(crate) fn allow(request: &HeaderMap, response: &mut HeaderMap, is_allowed: impl Fn(&str) -> bool) {
    if origin(request).is_some_and(is_allowed) {
        for (name, value) in HEADERS {
            response.insert(name, HeaderValue::from_static(value));
        }
        response.insert(VARY, HeaderValue::from_static("Origin"));
    }
}

fn origin(request: &HeaderMap) -> Option<&str> {
    request.get(ORIGIN)?.to_str().ok()
}
