//! How long a call may take is the transport's to keep, and reaches it, as does what a client adds for it.

use std::{
    borrow::Cow,
    io::{Read, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use serde_json::json;
use twilio_conversations_client::{BoxFuture, Call, Client, Transport, TransportError, TransportErrorKind};

use crate::server::{Answer, Server};

/// The operation of a call, and its timeout.
type Seen = (&'static str, Option<Duration>);

/// Writes down what it is given and answers with one item and a next page.
#[derive(Clone, Default)]
struct Fake {
    calls: Arc<Mutex<Vec<Seen>>>,
}

impl Transport for Fake {
    fn send(
        &self,
        request: http::Request<Bytes>,
        call: Call,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        let Cow::Borrowed(id) = call.operation.id else { panic!("a raw request: {call:?}") };
        self.calls.lock().unwrap().push((id, call.timeout));
        assert_eq!(request.method(), call.operation.method);
        let next = (request.uri().query() != Some("PageToken=2")).then_some("/v1/Users?PageToken=2");
        let sid = "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        let answer = json!({ "sid": sid, "users": [{ "sid": sid }], "meta": { "next_page_url": next } });
        Box::pin(async move { Ok(http::Response::new(answer.to_string().into())) })
    }
}

impl Fake {
    fn client(&self) -> Client {
        Client::new("http://localhost", self.clone()).unwrap()
    }

    fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

const SHORT: Duration = Duration::from_millis(250);
const LONG: Duration = Duration::from_secs(90);

#[tokio::test]
async fn a_call_without_a_timeout_leaves_it_to_the_transport() {
    let fake = Fake::default();
    fake.client().user("alice").fetch().await.unwrap();
    fake.client().fetch_user("alice").await.unwrap();
    assert_eq!(fake.take(), [("FetchUser", None), ("FetchUser", None)]);
}

#[tokio::test]
async fn the_timeout_of_a_call_reaches_the_transport_and_no_other_call() {
    let fake = Fake::default();
    let client = fake.client();
    client.user("alice").fetch().timeout(SHORT).await.unwrap();
    client.user("alice").update().friendly_name("Alice").timeout(LONG).send().await.unwrap();
    client.user("alice").delete().await.unwrap();
    let expected = [("FetchUser", Some(SHORT)), ("UpdateUser", Some(LONG)), ("DeleteUser", None)];
    assert_eq!(fake.take(), expected);
}

#[tokio::test]
async fn the_timeout_of_a_call_goes_before_that_of_its_client() {
    let fake = Fake::default();
    let client = fake.client().with_timeout(LONG);
    client.user("alice").fetch().await.unwrap();
    client.user("alice").fetch().timeout(SHORT).await.unwrap();
    client.fetch_user("alice").await.unwrap();
    fake.client().fetch_user("alice").await.unwrap();
    let expected = [Some(LONG), Some(SHORT), Some(LONG), None];
    assert_eq!(fake.take(), expected.map(|timeout| ("FetchUser", timeout)));
}

#[tokio::test]
async fn the_timeout_of_a_list_holds_for_each_of_its_pages() {
    let fake = Fake::default();
    let users = fake.client().users().list().timeout(SHORT).stream().try_collect().await.unwrap();
    assert_eq!(users.len(), 2);
    assert_eq!(fake.take(), [("ListUser", Some(SHORT)); 2]);
}

/// Writes down the number that it finds in each request.
#[derive(Clone, Default)]
struct Numbered(Arc<Mutex<Vec<Option<u32>>>>);

impl Transport for Numbered {
    fn send(
        &self,
        request: http::Request<Bytes>,
        call: Call,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        self.0.lock().unwrap().push(request.extensions().get().copied());
        Box::pin(async move { Fake::default().send(request, call).await })
    }
}

#[tokio::test]
async fn an_extension_of_a_client_goes_with_each_of_its_requests_and_no_others() {
    let numbered = Numbered::default();
    let plain = Client::new("http://localhost", numbered.clone()).unwrap();
    let client = plain.with_extension(7_u32).with_extension("of another type");
    client.users().list().stream().try_collect().await.unwrap();
    client.with_extension(8_u32).user("alice").fetch().await.unwrap();
    plain.user("alice").fetch().await.unwrap();
    assert_eq!(*numbered.0.lock().unwrap(), [Some(7), Some(7), Some(8), None]);
}

#[tokio::test]
async fn a_limit_of_the_response_reaches_the_transport_and_that_of_the_call_goes_first() {
    #[derive(Clone, Default)]
    struct Limits(Arc<Mutex<Vec<Option<usize>>>>);

    impl Transport for Limits {
        fn send(
            &self,
            request: http::Request<Bytes>,
            call: Call,
        ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
            self.0.lock().unwrap().push(call.max_response_size);
            Box::pin(async move { Fake::default().send(request, call).await })
        }
    }

    let limits = Limits::default();
    let client = Client::new("http://localhost", limits.clone()).unwrap();
    client.user("alice").fetch().await.unwrap();
    let small = client.with_max_response_size(1000);
    small.user("alice").fetch().max_response_size(7).timeout(SHORT).await.unwrap();
    small.users().list().stream().try_collect().await.unwrap();
    client.users().list().max_response_size(9).stream().try_collect().await.unwrap();
    client.user("alice").fetch().await.unwrap();
    let expected = [None, Some(7), Some(1000), Some(1000), Some(9), Some(9), None];
    assert_eq!(*limits.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_a_timeout() {
    let server = Server::answering([Answer::Never]);
    let error = server.client().user("alice").fetch().timeout(SHORT).await.unwrap_err();
    assert!(error.is_timeout() && error.is_retryable(), "{error:?}");
    assert_eq!(error.operation().unwrap().id, "FetchUser");
    assert_eq!(error.to_string(), "FetchUser: timed out");
}

#[tokio::test]
async fn a_server_that_stops_half_way_is_a_timeout_with_what_had_come() {
    // The head of an answer, and then nothing while the connection stays open.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // An answer that comes before the request is none.
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\n{\"sid\"").unwrap();
        // Until the caller has gone.
        while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
    });
    let http = crate::server::http_client().build().unwrap();
    let client = Client::new(&address, http).unwrap();
    let error = client.user("alice").fetch().timeout(SHORT).await.unwrap_err();
    let twilio_conversations_client::Error::Transport(error) = error else { panic!("{error:?}") };
    assert_eq!(error.transport().kind(), TransportErrorKind::Timeout);
    assert_eq!(error.transport().status().unwrap(), 200);
    assert_eq!(error.transport().partial_body(), "{\"sid\"");
}
