//! Dropping a call ends it: nothing goes on behind it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;
use twilio_conversations::RetryPolicy;

use crate::client::support::{Answer, HOOK, Server};

#[tokio::test]
async fn dropping_a_call_that_waits_for_its_answer_closes_the_connection() {
    let server = Server::always(Answer::silence());
    let client = server.client().build().unwrap();
    tokio::select! {
        outcome = async { client.configuration().webhooks().fetch().await } => panic!("{outcome:?}"),
        () = server.seen(1) => {}
    }
    server.closed(1).await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn dropping_a_call_that_waits_for_its_next_attempt_sends_no_more() {
    let server = Server::script([Answer::new(503, &[("Retry-After", "1")], "")]);
    let waiting = Arc::new(Notify::new());
    let (told, hooks) = (waiting.clone(), Arc::new(AtomicU32::new(0)));
    let count = hooks.clone();
    let retry = RetryPolicy::default().on_retry(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        told.notify_one();
    });
    let client = server.client().retry(retry).build().unwrap();
    tokio::select! {
        outcome = async { client.configuration().webhooks().fetch().await } => panic!("{outcome:?}"),
        () = waiting.notified() => {}
    }
    // The wait would have been over in a second.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!((server.requests().len(), hooks.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn a_client_goes_on_after_a_dropped_call() {
    let server = Server::script([Answer::silence(), Answer::json(200, HOOK)]);
    let client = server.client().build().unwrap();
    tokio::select! {
        outcome = async { client.configuration().webhooks().fetch().await } => panic!("{outcome:?}"),
        () = server.seen(1) => {}
    }
    let hook = client.configuration().webhooks().fetch().await.unwrap();
    assert_eq!(hook.account_sid.as_ref().unwrap(), "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}
