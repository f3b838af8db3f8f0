//! A transport for unit tests. The module of the same name in `twilio-conversations` has a page on testing.

mod expect;
mod expectation;
mod request;
mod state;

use std::{sync::Arc, thread};

use bytes::Bytes;
use http::{Request, Response};

use crate::{BoxFuture, Call, Client, Transport, TransportError};
pub use expect::Expect;
use expectation::BASE_URL;
pub use request::RecordedRequest;
use state::Shared;

// `OPERATIONS`: id, status of the success, and the member of a list's response that holds the items.
include!("generated/operations.rs");

/// A transport that responds as a test expects, and reaches no server.
///
/// A call uses the first expectation, in the order in which they were added, that matches the call and is not used up. So
/// several expectations of one operation are used in their order, and tasks that run in any order do not disturb each
/// other; [`requests`](Self::requests) has the order of the calls.
///
/// A call without a matching expectation fails with [`Error::Transport`](crate::Error::Transport), whose source lists the
/// expectations that are left. [`assert_done`](Self::assert_done) then panics, and so does dropping the last clone, unless
/// the thread panics already; it also panics if an expectation is left. Clients made by [`client`](Self::client) do not
/// count as clones.
///
/// ```
/// use twilio_conversations::{ConversationSid, ErrorCode, testing::MockTransport, v1::Conversation};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockTransport::new();
/// let mut orders = Conversation::new("CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse::<ConversationSid>()?);
/// orders.friendly_name = Some("Orders".into());
/// mock.expect("FetchConversation").path("/v1/Conversations/orders").respond(&orders);
/// mock.expect("CreateConversationMessage").respond_error(404, ErrorCode::NOT_FOUND, "The conversation is gone");
///
/// let client = mock.client();
/// let conversation = client.conversation("orders").fetch().await?;
/// assert_eq!(conversation.friendly_name.as_deref(), Some("Orders"));
/// let error = client.conversation("orders").messages().create().body("Shipped.").await.unwrap_err();
/// assert!(error.is_not_found());
/// assert_eq!(mock.requests()[1].form_value("Body"), Some("Shipped."));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MockTransport(Arc<Checked>);

/// What the clones share. Its drop is the end of the test, and no client delays it.
#[derive(Debug, Default)]
struct Checked(Arc<Shared>);

impl MockTransport {
    /// Creates a transport without expectations.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins an expectation of one call. It is added by the method that says how to respond.
    ///
    /// - `operation`: id of the operation in the API reference and in errors, such as `FetchConversation`, or
    ///   `FetchServiceConversation` for a handle below `client.service(sid)`. Method and path of a
    ///   [raw request](crate::RawRequest): `GET /v1/Things`.
    ///
    /// # Panics
    ///
    /// If there is no such operation.
    #[track_caller]
    pub fn expect(&self, operation: &str) -> Expect<'_> {
        let is_raw = operation.split_once(' ').is_some_and(|(_, path)| path.starts_with('/'));
        match OPERATIONS.iter().find(|(id, ..)| *id == operation) {
            Some((_, status, items)) => Expect::new(self.shared(), operation, *status, *items),
            None if is_raw => Expect::new(self.shared(), operation, 200, None),
            None => panic!("expecting a call: there is no operation {operation:?}"),
        }
    }

    /// Creates a client on this transport: without credentials, retries and network.
    pub fn client(&self) -> Client {
        Client::new(BASE_URL, self.shared().clone()).expect("the base URL is valid")
    }

    /// The requests in the order in which they were made, those without an expectation included. The first 10,000 are
    /// kept; a call beyond them fails as one without an expectation does.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared().state().requests.clone()
    }

    /// Checks that every expectation was used and that no other call was made.
    ///
    /// # Panics
    ///
    /// If not, with a list of the expectations that are left and of the first 100 calls that had none.
    #[track_caller]
    pub fn assert_done(&self) {
        self.shared().check();
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.0.0
    }
}

/// For clients with settings of their own, such as another base URL.
impl Transport for MockTransport {
    fn send(&self, request: Request<Bytes>, call: Call) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.shared().send(request, call)
    }
}

impl Drop for Checked {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.0.check();
        }
    }
}
