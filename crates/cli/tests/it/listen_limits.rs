//! The limits of `twconv listen`: each is reached, and none ends the program.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use http::StatusCode;
use tokio::sync::Notify;
use twilio_conversations::webhook::Signer;

use crate::{
    harness::{Harness, Process},
    listen::send,
    receiver::Receiver,
};

fn address(listen: &Process) -> String {
    listen.url().trim_start_matches("http://").trim_end_matches('/').to_owned()
}

fn signed(harness: &Harness, listen: &Process, fields: &[(&str, &str)]) -> http::Request<Vec<u8>> {
    let signer = Signer::new(harness.emulator.auth_token()).unwrap();
    signer.post_form(&listen.url(), fields.iter().copied()).unwrap()
}

/// Sends bytes and returns the response.
pub(crate) async fn raw(address: String, bytes: Vec<u8>) -> String {
    let exchange = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        // The server may respond and close before it has read all.
        let _ = stream.write_all(&bytes);
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response);
        String::from_utf8_lossy(&response).into_owned()
    };
    tokio::task::spawn_blocking(exchange).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_over_256_kib_gets_413_and_is_not_forwarded() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(200, "").await;
    let mut listen = harness.listen(&["--forward-to", &receiver.url]).await;
    let attributes = "x".repeat(256 * 1024);
    let large = [("EventType", "onMessageAdd"), ("Attributes", attributes.as_str())];
    assert_eq!(send(signed(&harness, &listen, &large)).await, 413);
    let line = listen.line().await;
    assert!(line.contains("[413]") && line.contains("256 KiB"), "{line}");
    assert!(receiver.all().is_empty());
    let fits = [("EventType", "onMessageAdd"), ("Attributes", &attributes[..250 * 1024])];
    assert_eq!(send(signed(&harness, &listen, &fits)).await, 200);
    assert_eq!(receiver.all().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_over_the_limit_and_malformed_http_are_rejected() {
    let harness = Harness::start().await;
    let listen = harness.listen(&[]).await;
    let head = format!("GET /?{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200 * 1024));
    let response = raw(address(&listen), head.into_bytes()).await;
    assert!(response.starts_with("HTTP/1.1 431"), "{response}");
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(200 * 1024));
    let response = raw(address(&listen), head.into_bytes()).await;
    assert!(response.starts_with("HTTP/1.1 431"), "{response}");
    let response = raw(address(&listen), b"no http at all\r\n\r\n".to_vec()).await;
    assert!(response.starts_with("HTTP/1.1 400"), "{response}");
    let response = raw(address(&listen), b"PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    assert!(response.starts_with("HTTP/1.1 405"), "{response}");
    assert_eq!(send(signed(&harness, &listen, &[("EventType", "onMessageAdd")])).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_or_a_body_that_does_not_arrive_is_given_up() {
    let harness = Harness::start().await;
    let listen = harness.listen(&[]).await;
    let start = Instant::now();
    let (head, body) = tokio::join!(
        raw(address(&listen), b"POST / HTTP/1.1\r\nhost".to_vec()),
        raw(address(&listen), b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nEv".to_vec()),
    );
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert!(head.is_empty() || head.starts_with("HTTP/1.1 408"), "{head}");
    assert!(body.starts_with("HTTP/1.1 408"), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_over_1_mib_is_relayed_as_its_status_alone() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(200, &format!("{{\"friendly_name\":\"{}\"}}", "x".repeat(1024 * 1024))).await;
    let mut listen = harness.listen(&["--forward-to", &receiver.url, "--events", "onConversationAdd"]).await;
    harness.post("/v1/Conversations", &[]).await.unwrap();
    let deliveries = harness.emulator.deliveries().unwrap();
    assert_eq!((deliveries[0].status, deliveries[0].response_body.as_deref()), (Some(200), Some("")));
    listen.line().await;
    let line = listen.line().await;
    assert!(line.contains("larger than 1 MiB; responded 200 without a body"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_of_the_receiver_is_not_followed() {
    let harness = Harness::start().await;
    let other = Receiver::saying(200, "").await;
    let location = other.url.clone();
    let receiver = Receiver::start(move |_| {
        std::future::ready((StatusCode::FOUND, vec![("location", location.clone())], String::new()))
    })
    .await;
    let listen = harness.listen(&["--forward-to", &receiver.url]).await;
    assert_eq!(send(signed(&harness, &listen, &[("EventType", "onMessageAdded")])).await, 302);
    assert!(other.all().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_most_64_requests_are_forwarded_at_once() {
    let harness = Harness::start().await;
    let (now, most, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let counts = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&open));
    let receiver = Receiver::start(move |_| {
        let (now, most, open) = counts.clone();
        async move {
            let count = now.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(count, Ordering::SeqCst);
            let released = open.notified();
            if count == 64 {
                // The last one that may come. Each further one is let through by the one before it.
                open.notify_one();
            }
            released.await;
            now.fetch_sub(1, Ordering::SeqCst);
            open.notify_one();
            (StatusCode::OK, vec![], String::new())
        }
    })
    .await;
    let listen = harness.listen(&["--forward-to", &receiver.url]).await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..100 {
        requests.spawn(send(signed(&harness, &listen, &[("EventType", "onMessageAdded")])));
    }
    let statuses = requests.join_all().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(most.load(Ordering::SeqCst), 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_beyond_256_waits_until_another_one_ends() {
    let harness = Harness::start().await;
    let listen = harness.listen(&[]).await;
    let address = address(&listen);
    let start = Instant::now();
    let open = move || (0..256).map(|_| TcpStream::connect(&address).unwrap()).collect::<Vec<_>>();
    let idle = tokio::task::spawn_blocking(open).await.unwrap();
    assert_eq!(send(signed(&harness, &listen, &[("EventType", "onMessageAdd")])).await, 200);
    // The first of them ends after the 5 s that the head of a request may take.
    assert!(start.elapsed() >= Duration::from_secs(5), "{:?}", start.elapsed());
    drop(idle);
}
