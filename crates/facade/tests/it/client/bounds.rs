//! What the types promise to threads and tasks.

use std::future::IntoFuture;

use twilio_conversations::{
    ApiError, Client, ClientBuilder, Credentials, Error, ItemStream, Page, RetryPolicy, TransportError, v1,
};

use crate::client::support::{client, service_sid};

fn is_send_sync<T: Send + Sync + 'static>() {}
fn is_clone<T: Clone>() {}
fn is_send_static<T: IntoFuture<IntoFuture: Send + 'static>>(_: T) {}

#[test]
fn clients_are_cheap_to_share() {
    is_send_sync::<Client>();
    is_clone::<Client>();
    is_send_sync::<ClientBuilder>();
    is_clone::<ClientBuilder>();
    is_send_sync::<Credentials>();
    is_send_sync::<RetryPolicy>();
    assert!(size_of::<Client>() <= 3 * size_of::<usize>());
}

#[test]
fn errors_and_pages_can_cross_tasks() {
    is_send_sync::<Error>();
    is_send_sync::<ApiError>();
    is_send_sync::<TransportError>();
    is_send_sync::<Page<v1::Service>>();
    fn is_send<T: Send + 'static>() {}
    is_send::<ItemStream<v1::Service>>();
    assert!(size_of::<Error>() <= 2 * size_of::<usize>(), "an error is carried by every result");
}

#[test]
fn items_are_a_stream_to_those_who_use_one() {
    fn is_stream<T: futures_core::Stream<Item = Result<v1::Service, Error>> + Unpin>() {}
    is_stream::<ItemStream<v1::Service>>();
}

#[test]
fn calls_can_be_spawned() {
    let client = client("http://127.0.0.1").build().unwrap();
    is_send_static(client.configuration().webhooks().fetch());
    is_send_static(client.configuration().webhooks().update());
    is_send_static(client.service(service_sid()).configuration().webhooks().fetch());
    is_send_static(client.service(service_sid()).configuration().webhooks().update());
    is_send_static(client.service(service_sid()).fetch());
    is_send_static(client.service(service_sid()).delete());
    is_send_static(client.services().create("name"));
    is_send_static(client.services().list().send_with_response());
}
