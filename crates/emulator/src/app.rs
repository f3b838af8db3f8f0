//! All that an emulator serves: the REST API, the control API and the inspector.

use http_body_util::Either;
use hyper::Response;
use hyper::http::request::Parts;

use crate::control::{self, Control};
use crate::error::ApiError;
use crate::http::api::error_response;
use crate::http::{Body, Cut, ProxiedHost, Respond};

/// The HTTP services of an emulator instance.
pub(crate) struct App {
    pub(crate) control: Control,
}

impl Respond for App {
    async fn respond(&self, parts: &Parts, body: &[u8]) -> Result<Response<Body>, Cut> {
        // The vendor's hosts have no control API.
        let is_proxied = parts.extensions.get::<ProxiedHost>().is_some();
        if parts.uri.path().starts_with("/_emulator") && !is_proxied {
            Ok(control::respond(&self.control, parts, body).await)
        } else {
            Ok(self.control.api.respond(parts, body).await?.map(Either::Left))
        }
    }

    fn reject(&self, parts: &Parts, error: &ApiError) -> Response<Body> {
        if parts.uri.path().starts_with("/_emulator") {
            error_response(error).map(Either::Left)
        } else {
            self.control.api.reject(parts, error).map(Either::Left)
        }
    }
}
