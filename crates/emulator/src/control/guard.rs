//! Rejects requests that the control API must not serve, and sets the headers of its responses.

use hyper::Method;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::http::request::Parts;
use tokio::sync::MutexGuard;

use super::Control;
use crate::error::{ApiError, code};
use crate::http::BODY_LIMIT;

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");

/// Returns the limit of a control request's body in bytes, or rejects the request before its body is read. The guard is held
/// until the response: large bodies are read one at a time.
pub(crate) async fn begin<'c>(
    control: &'c Control,
    parts: &Parts,
) -> Result<(usize, Option<MutexGuard<'c, ()>>), ApiError> {
    let problem = if parts.headers.contains_key(SIGNATURE) {
        // Guards against a loop: a webhook to the control API would cause the next webhook.
        Some("The control API rejects requests with the header X-Twilio-Signature: no webhook may call it".to_owned())
    } else {
        control.start.hosts.problem(&parts.headers)
    };
    if let Some(problem) = problem {
        return Err(ApiError::forbidden(code::FORBIDDEN, problem));
    }
    if parts.method == Method::PUT && parts.uri.path() == "/_emulator/snapshot" {
        let limit = control.start.settings.input.snapshot_bytes;
        return Ok((limit, Some(control.uploading.lock().await)));
    }
    Ok((BODY_LIMIT, None))
}

/// Adds the headers that keep browsers from guessing a type, from storing a response, and from framing it.
pub(crate) fn secure(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // With `no-referrer`, browsers would send the inspector's own forms with the origin `null`.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    let has_frame_rule = |policy: &HeaderValue| policy.to_str().is_ok_and(|policy| policy.contains("frame-ancestors"));
    if !headers.get_all(CONTENT_SECURITY_POLICY).iter().any(has_frame_rule) {
        // Added to any other policy, since browsers apply both.
        headers.append(CONTENT_SECURITY_POLICY, HeaderValue::from_static("frame-ancestors 'none'"));
    }
}
