//! The inspector: a page that shows conversations, messages, webhooks and requests, with forms that write messages and
//! resend webhooks.
//!
//! The page works without a script: each choice and filter is a link or a form. A small script reloads it when the state
//! changes. Its size is bounded: lists are paged, and long values are cut.

mod conversation;
mod conversations;
mod headers;
mod live;
mod messages;
mod page;
mod parts;
mod requests;
mod view;
mod webhooks;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};

use self::headers::secure;
pub(super) use self::view::View;
use crate::domain::account::Account;
use crate::http::Body;
use crate::http::api::Api;
use crate::operations::fields::Fields;

const STYLE: &str = include_str!("../../assets/inspector.css");
const SCRIPT: &str = include_str!("../../assets/inspector.js");

/// The response to a GET request for a page or a file of the inspector; `None` for any other path.
pub(super) fn get(api: &Api, account: &Account, path: &str, query: &Fields) -> Option<Response<Body>> {
    Some(match path {
        "" | "/" => {
            let html = page::render(api, account, &View::read(&account.sid, query)).into_string();
            file("text/html; charset=utf-8", html.into())
        }
        "/inspector.css" => file("text/css; charset=utf-8", Bytes::from_static(STYLE.as_bytes())),
        "/inspector.js" => file("text/javascript; charset=utf-8", Bytes::from_static(SCRIPT.as_bytes())),
        "/news" => secure(live::stream(api)),
        _ => return None,
    })
}

fn file(content_type: &'static str, content: Bytes) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(content)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    secure(response)
}
