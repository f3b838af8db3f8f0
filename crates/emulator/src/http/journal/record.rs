//! A recorded request as tests read it.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// A REST request that the emulator received, with its response.
///
/// Credentials are not recorded: `Authorization` and similar headers are left out, and the keys and secrets of push
/// credentials are replaced by `redacted`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Number of the request, ascending in the order of the responses, from 1.
    pub id: u64,
    /// When the request was received, by the emulator's clock.
    pub date_created: DateTime<Utc>,
    /// Account that the credentials belong to, `AC…`; `None` if the request was not authenticated.
    pub account_sid: Option<String>,
    /// HTTP method, such as `POST`.
    pub method: String,
    /// Path as it was sent, percent-encoded. Path and query together are kept up to 4 KB.
    pub path: String,
    /// Query as it was sent, without the question mark; `None` if there was none.
    pub query: Option<String>,
    /// Operation id of the specification, such as `CreateConversation`; `None` if no operation has this method and path,
    /// or if the request was not authenticated.
    pub operation: Option<String>,
    /// Request headers in the order of their names' first appearance, up to 4 KB, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The first 4 KB of the request body.
    pub request_body: Vec<u8>,
    /// Length of the request body in bytes; 0 for a body that was rejected before its end was read.
    pub request_body_size: usize,
    /// HTTP status; `None` if a fault cut the connection in place of a response.
    pub status: Option<u16>,
    /// The first 4 KB of the response body.
    pub response_body: Vec<u8>,
    /// Length of the response body in bytes.
    pub response_body_size: usize,
    /// Header `Twilio-Request-Id` of the response.
    pub request_id: Option<String>,
    /// Time from the end of the request to the response. It includes pre-event webhooks and the delay of a fault.
    pub duration: Duration,
    /// The injected fault, as [`Fault`](crate::Fault) spells its kind: `429`, `503`, `cut`, `cut-after`, `slow=250`.
    /// Several are separated by commas. `None` if no fault was injected.
    pub fault: Option<String>,
    /// Whether path, query and headers are complete.
    pub(crate) is_complete: bool,
}

impl RecordedRequest {
    /// The first value of a form field in the kept part of the body.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.request_body).find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
    }

    /// The first value of a header. The case of the name does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the request was recorded completely, except for credentials.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_complete && self.request_body.len() == self.request_body_size
    }
}
