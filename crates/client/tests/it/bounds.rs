//! What can cross threads. That every operation's future can is shown by `operations::Case`, which boxes each as one.

use std::fmt::Debug;

use futures_core::Stream;
use twilio_conversations_client::{
    ApiError, BoxFuture, Client, Error, ItemStream, Page, Response, TransportError,
    types::v1::{ConversationMessage, EventType, User},
};

fn assert_send<T: Send + 'static>(_: &T) {}
fn assert_send_and_sync<T: Send + Sync + 'static>() {}
fn assert_cheap_to_share<T: Clone + Debug + Send + Sync + 'static>() {}
fn assert_stream<T: Stream<Item = Result<User, Error>> + Send + Unpin + 'static>(_: &T) {}

#[test]
fn clients_and_handles_can_be_shared() {
    use twilio_conversations_client::v1::{conversation::ConversationHandle, user::UserCollection};
    assert_cheap_to_share::<Client>();
    assert_cheap_to_share::<ConversationHandle>();
    assert_cheap_to_share::<UserCollection>();
}

#[test]
fn answers_and_errors_can_be_sent_and_shared() {
    assert_send_and_sync::<Response<User>>();
    assert_send_and_sync::<Page<ConversationMessage>>();
    assert_send_and_sync::<EventType>();
    assert_send_and_sync::<Error>();
    assert_send_and_sync::<ApiError>();
    assert_send_and_sync::<TransportError>();
}

fn client() -> Client {
    Client::new("http://localhost", crate::server::http_client().build().unwrap()).unwrap()
}

#[test]
fn futures_and_streams_can_be_sent() {
    let client = client();
    assert_send(&client.user("alice").fetch().send());
    assert_send(&client.user("alice").fetch().into_future());
    assert_send(&client.users().list().send_with_response());
    let stream: ItemStream<User> = client.users().list().stream();
    assert_stream(&stream);
    assert_stream(&stream.prefetch());
}

/// A builder owns what it needs: its future outlives the handles and the client that it came from.
#[test]
fn a_builders_future_borrows_nothing() {
    fn boxed() -> BoxFuture<'static, Result<User, Error>> {
        let client = client();
        let name = "alice".to_owned();
        let update = client.user(&name).update().friendly_name(&*name);
        Box::pin(update.send())
    }
    drop(boxed());
}

#[tokio::test]
async fn a_stream_can_be_taken_to_another_task() {
    let server = crate::server::Server::answering([crate::server::Answer::status(200, r#"{"users": []}"#)]);
    let stream = server.client().users().list().stream();
    let users = tokio::spawn(stream.try_collect()).await.unwrap().unwrap();
    assert!(users.is_empty());
}

#[test]
fn a_client_shows_its_address_and_nothing_else() {
    let client = client().with_default_header("x-secret".parse().unwrap(), "hunter2".parse().unwrap());
    assert_eq!(format!("{client:?}"), "Client { base_url: \"http://localhost\", .. }");
}
