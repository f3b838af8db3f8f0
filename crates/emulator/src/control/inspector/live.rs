//! A stream of server-sent events, upon which the page reloads itself.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Either};
use hyper::Response;
use hyper::body::Frame;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use tokio::sync::{broadcast, mpsc};

use crate::http::Body;
use crate::http::api::Api;

/// Sends an event for each change: the number of the webhook call that changed, or 0 for every other change.
pub(super) fn stream(api: &Api) -> Response<Body> {
    let (sender, receiver) = mpsc::channel(64);
    let mut changes = api.engine.webhooks.changes.subscribe();
    tokio::spawn(async move {
        let mut text = ": hello\n\n".to_owned();
        // Ends when the client disconnects or the emulator stops.
        while sender.send(Bytes::from(text)).await.is_ok() {
            text = match changes.recv().await {
                Ok(id) => format!("data: {id}\n\n"),
                Err(broadcast::error::RecvError::Lagged(_)) => "data: many\n\n".to_owned(),
                Err(broadcast::error::RecvError::Closed) => return,
            };
        }
    });
    let mut response = Response::new(Either::Right(EventStream { receiver }.boxed()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A body without an end: one frame for each event.
struct EventStream {
    receiver: mpsc::Receiver<Bytes>,
}

impl hyper::body::Body for EventStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.receiver.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
