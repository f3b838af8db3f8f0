//! A stream of server-sent events that tells the page when to renew itself.

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

/// An event with the number of each webhook call that began, went on or ended, and with 0 when something else changed.
pub(super) fn stream(api: &Api) -> Response<Body> {
    let (sender, receiver) = mpsc::channel(64);
    let mut news = api.engine.webhooks.changes.subscribe();
    tokio::spawn(async move {
        let mut text = ": hello\n\n".to_owned();
        // Ends when the reader or the emulator is gone.
        while sender.send(Bytes::from(text)).await.is_ok() {
            text = match news.recv().await {
                Ok(id) => format!("data: {id}\n\n"),
                Err(broadcast::error::RecvError::Lagged(_)) => "data: many\n\n".to_owned(),
                Err(broadcast::error::RecvError::Closed) => return,
            };
        }
    });
    let mut response = Response::new(Either::Right(News { receiver }.boxed()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A body that goes on for as long as there is news.
struct News {
    receiver: mpsc::Receiver<Bytes>,
}

impl hyper::body::Body for News {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.receiver.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
