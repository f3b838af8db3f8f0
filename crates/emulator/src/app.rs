//! The services of an emulator: the REST API, the control API and the inspector.

use bytes::Bytes;
use http_body_util::Either;
use hyper::Response;
use hyper::header::HeaderMap;
use hyper::http::request::Parts;

use crate::control::{self, Control};
use crate::error::ApiError;
use crate::http::api::error_response;
use crate::http::{BODY_LIMIT, Body, BodyRule, Cut, ProxiedHost, Respond, cors};
use crate::settings::InputLimits;

/// The HTTP services of an emulator instance.
pub(crate) struct App {
    pub(crate) control: Control,
}

impl Respond for App {
    fn limits(&self) -> &InputLimits {
        &self.control.start.settings.input
    }

    async fn begin(&self, parts: &Parts) -> Result<BodyRule<'_>, Response<Body>> {
        if is_control(parts) {
            return control::begin(&self.control, parts).await;
        }
        match cors::preflight(parts, |origin| self.control.hosts().trust(origin)) {
            Some(response) => Err(response.map(Either::Left)),
            None => Ok(BodyRule { limit: BODY_LIMIT, _permit: None }),
        }
    }

    async fn respond(&self, parts: &Parts, body: Bytes) -> Result<Response<Body>, Cut> {
        if is_control(parts) {
            Ok(control::respond(&self.control, parts, body).await)
        } else {
            Ok(self.control.api.respond(parts, &body).await?.map(Either::Left))
        }
    }

    fn finish(&self, parts: &Parts, headers: &mut HeaderMap) {
        if is_control(parts) {
            control::secure(headers);
        } else {
            cors::allow(&parts.headers, headers, |origin| self.control.hosts().trust(origin));
        }
    }

    fn reject(&self, parts: &Parts, error: &ApiError) -> Response<Body> {
        if is_control(parts) {
            error_response(error).map(Either::Left)
        } else {
            self.control.api.reject(parts, error).map(Either::Left)
        }
    }
}

/// Whether a request is for the control API, which the vendor's hosts do not have.
fn is_control(parts: &Parts) -> bool {
    parts.uri.path().starts_with("/_emulator") && parts.extensions.get::<ProxiedHost>().is_none()
}
