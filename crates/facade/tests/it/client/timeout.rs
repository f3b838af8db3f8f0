//! Time that runs out.

use std::time::{Duration, Instant};

use twilio_conversations::{Error, RetryPolicy, TransportErrorKind};

use crate::client::support::{Answer, HOOK, Server};

const SHORT: Duration = Duration::from_millis(100);

fn timed_out(error: &Error) -> (u32, Option<u16>, usize) {
    assert!(error.is_timeout(), "{error:?}");
    // A write may have been done.
    assert_eq!(error.is_retryable(), error.operation().unwrap().is_idempotent());
    let Error::Transport(error) = error else { panic!("{error:?}") };
    let transport = error.transport();
    assert_eq!(transport.kind(), TransportErrorKind::Timeout);
    (transport.attempts(), transport.status().map(|status| status.as_u16()), transport.partial_body().len())
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let server = Server::always(Answer::silence());
    let client = server.client().timeout(SHORT).retry(RetryPolicy::off()).build().unwrap();
    let begin = Instant::now();
    let error = client.configuration().webhooks().fetch().await.unwrap_err();
    assert!(begin.elapsed() >= SHORT && begin.elapsed() < Duration::from_secs(10));
    assert_eq!(timed_out(&error), (1, None, 0));
    assert_eq!(error.to_string(), "FetchConfigurationWebhook: timed out");
    server.closed(1).await;
}

#[tokio::test]
async fn the_timeout_covers_the_answers_last_byte() {
    let server = Server::always(Answer::json(200, HOOK).stall_before_end(30));
    let client = server.client().timeout(SHORT).retry(RetryPolicy::off()).build().unwrap();
    let error = client.configuration().webhooks().fetch().await.unwrap_err();
    assert_eq!(timed_out(&error), (1, Some(200), HOOK.len() - 30));
}

#[tokio::test]
async fn each_attempt_has_the_timeout_for_itself() {
    let server = Server::script([Answer::silence(), Answer::silence(), Answer::json(200, HOOK)]);
    let client = server.client().timeout(SHORT).build().unwrap();
    let begin = Instant::now();
    client.configuration().webhooks().fetch().await.unwrap();
    assert!(begin.elapsed() >= 2 * SHORT);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_write_that_timed_out_is_not_sent_again() {
    let server = Server::always(Answer::silence());
    let client = server.client().timeout(SHORT).build().unwrap();
    let error = client.configuration().webhooks().update().clear_pre_webhook_url().send().await.unwrap_err();
    assert_eq!(timed_out(&error), (1, None, 0));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_call_can_have_a_timeout_of_its_own() {
    let server = Server::script([Answer::silence(), Answer::json(200, HOOK)]);
    let client = server.client().retry(RetryPolicy::off()).build().unwrap();
    let hurried = client.with_timeout(SHORT);
    assert!(hurried.configuration().webhooks().fetch().await.unwrap_err().is_timeout());
    client.configuration().webhooks().fetch().await.unwrap();
    assert_eq!(hurried.account_sid(), client.account_sid());
}

#[cfg(target_os = "linux")] // elsewhere a full queue of connections behaves otherwise
#[tokio::test]
async fn a_connection_that_takes_too_long_is_a_timeout_that_sent_nothing() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody accepts: once the queue is full, no connection is made.
    let mut queue = Vec::new();
    while let Ok(connected) = tokio::time::timeout(SHORT, tokio::net::TcpStream::connect(address)).await {
        queue.push(connected.unwrap());
    }
    let builder = crate::client::support::client(format!("http://{address}"));
    let client = builder.connect_timeout(SHORT).retry(RetryPolicy::off()).build().unwrap();
    let error = client.configuration().webhooks().fetch().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(error.to_string(), "FetchConfigurationWebhook: could not connect in time");
    let Error::Transport(error) = error else { panic!("{error:?}") };
    assert!(error.transport().is_connect());
}
