#![doc = include_str!("../docs/testing.md")]

use std::ops::Deref;

use http::Request;
pub use twilio_conversations_client::testing::{Expect, RecordedRequest};
use twilio_conversations_client::{BoxFuture, Call, Transport, TransportError, testing};

use crate::{Client, bytes::Bytes};

/// A transport that responds as a test expects, and reaches no server.
///
/// It derefs to the [mock of the client's crate](testing::MockTransport), which has the methods.
///
/// A call uses the first expectation, in the order in which they were added, that matches the call and is not used up. So
/// several expectations of one operation are used in their order, and tasks that run in any order do not disturb each
/// other. A call without a matching expectation fails with [`Error::Transport`](crate::Error::Transport). Dropping the last
/// clone then panics, unless the thread panics already; it also panics if an expectation is left.
///
/// ```
/// use twilio_conversations::{ErrorCode, testing::MockTransport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let mock = MockTransport::new();
/// mock.expect("FetchConversation").respond_error(404, ErrorCode::NOT_FOUND, "The conversation is gone");
/// let error = mock.client().conversation("orders").fetch().await.unwrap_err();
/// assert!(error.is_not_found());
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MockTransport(testing::MockTransport);

impl MockTransport {
    /// Creates a transport without expectations.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a client on this transport: without credentials, retries and network.
    pub fn client(&self) -> Client {
        Client::new(self.0.client(), None)
    }
}

impl Deref for MockTransport {
    type Target = testing::MockTransport;

    fn deref(&self) -> &testing::MockTransport {
        &self.0
    }
}

/// For clients with settings of their own: `Client::builder().credentials(…).wrap_transport(move |_| mock.clone())`.
impl Transport for MockTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        call: Call,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        self.0.send(request, call)
    }
}
