//! The server of an emulator: the REST API, the control API and the inspector.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Either;
use hyper::body::{Body as _, Incoming};
use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::control::{self, Control};
use crate::error::{ApiError, ErrorCode};
use crate::http::api::error_response;
use crate::http::connection::{Activity, Connections, Phase, Place};
use crate::http::{BODY_LIMIT, Body, Cut, ProxiedHost, collect, cors, serve_connection};
use crate::settings::InputLimits;

/// The HTTP services of an emulator instance.
pub(crate) struct App {
    pub(crate) control: Control,
}

impl App {
    pub(crate) fn limits(&self) -> &InputLimits {
        &self.control.start.settings.input
    }

    /// Serves until the emulator stops, which closes all connections.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let connections = Connections::new(self.limits().connections);
        loop {
            let accepted = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                // Most likely the process is out of file descriptors. A pause lets connections end.
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            let place = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                place = connections.place() => place,
            };
            // Responses are small and written at once, so that Nagle's algorithm would only delay them.
            let _ = stream.set_nodelay(true);
            tokio::spawn(self.clone().serve_place(stream, place, stop.clone()));
        }
    }

    async fn serve_place(self: Arc<Self>, stream: TcpStream, place: Place, stop: watch::Receiver<bool>) {
        let activity = &place.activity;
        serve_connection(stream, activity, self.limits(), |request| self.handle(activity, request), stop).await;
    }

    /// Reads the body of a request, and responds to it.
    pub(crate) async fn handle(&self, activity: &Activity, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
        let (parts, body) = request.into_parts();
        // The vendor's hosts have no control API.
        let is_control = parts.uri.path().starts_with("/_emulator") && parts.extensions.get::<ProxiedHost>().is_none();
        let mut response = self.respond(activity, &parts, body, is_control).await;
        if let Ok(response) = &mut response {
            if is_control {
                control::secure(response.headers_mut());
            } else {
                cors::allow(&parts.headers, response.headers_mut(), |origin| self.control.start.hosts.trust(origin));
            }
        }
        let is_stream = matches!(&response, Ok(response) if matches!(response.body(), Either::Right(_)));
        activity.enter(if is_stream { Phase::Stream } else { Phase::Idle });
        response
    }

    async fn respond(
        &self,
        activity: &Activity,
        parts: &Parts,
        body: Incoming,
        is_control: bool,
    ) -> Result<Response<Body>, Cut> {
        let Control { api, start, .. } = &self.control;
        if parts.headers.get_all(HOST).iter().nth(1).is_some() {
            // Guards against request smuggling: a proxy may read another one of them than the emulator.
            let error = ApiError::bad(ErrorCode::INVALID_PARAMETER, "The request has more than one Host header");
            return Ok(error_response(&error).map(Either::Left));
        }
        let mut limits = (BODY_LIMIT, None);
        if is_control {
            match control::begin(&self.control, parts).await {
                Ok(begun) => limits = begun,
                Err(error) => return Ok(error_response(&error).map(Either::Left)),
            }
        } else if let Some(response) = cors::preflight(parts, |origin| start.hosts.trust(origin)) {
            return Ok(response.map(Either::Left));
        }
        // The permit is held until the response.
        let (limit, _permit) = limits;
        let body = if body.is_end_stream() {
            Ok(Bytes::new())
        } else {
            activity.enter(Phase::Body);
            collect(body, limit, self.limits().body_timeout).await
        };
        activity.enter(Phase::Busy);
        match body {
            Ok(body) if is_control => Ok(control::respond(&self.control, parts, body).await),
            Ok(body) => Ok(api.respond(parts, &body).await?.map(Either::Left)),
            Err(error) if is_control => Ok(error_response(&error).map(Either::Left)),
            Err(error) => Ok(api.reject(parts, &error).map(Either::Left)),
        }
    }
}
