//! The limits on a response, with a plain `reqwest::Client` as the transport.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
    time::Duration,
};

use http::Method;
use twilio_conversations_client::{Client, DEFAULT_MAX_RESPONSE_SIZE, Error, TransportErrorKind};

use crate::server::{Answer, Server};

const BODY: &str = r#"{"sid": "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "identity": "alice"}"#;

async fn fail(client: &Client, limit: usize) -> Error {
    client.user("alice").fetch().max_response_size(limit).await.unwrap_err()
}

/// The kind of the error and the part of the body that was kept.
fn kind_and_part(error: &Error) -> (TransportErrorKind, &[u8]) {
    let Error::Transport(error) = error else { panic!("another error: {error:?}") };
    (error.transport().kind(), error.transport().partial_body())
}

fn chunked(status: u16, chunks: &[&str]) -> Answer {
    let mut text = format!("HTTP/1.1 {status} X\r\ntransfer-encoding: chunked\r\nretry-after: 9\r\n\r\n");
    for chunk in chunks {
        text.push_str(&format!("{:x}\r\n{chunk}\r\n", chunk.len()));
    }
    Answer::Raw((text + "0\r\n\r\n").into_bytes())
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let (start, end) = BODY.split_at(20);
    let until_close = format!("HTTP/1.1 200 X\r\n\r\n{BODY}");
    for answer in [Answer::status(200, BODY), chunked(200, &[start, end]), Answer::Raw(until_close.into_bytes())] {
        let client = Server::answering([answer]).client();
        let user = client.user("alice").fetch().max_response_size(BODY.len()).await.unwrap();
        assert_eq!(user.identity.as_deref(), Some("alice"));
    }
}

#[tokio::test]
async fn a_content_length_above_the_limit_is_an_error_before_the_body_is_read() {
    let limit = BODY.len() - 1;
    let server = Server::answering([Answer::status(200, BODY).header("Twilio-Request-Id", "RQ1")]);
    let error = fail(&server.client(), limit).await;
    assert_eq!(kind_and_part(&error), (TransportErrorKind::TooLarge { limit }, &b""[..]));
    assert_eq!((error.status().unwrap().as_u16(), error.request_id()), (200, Some("RQ1")));
    let text = "FetchUser: the response body is larger than the limit of 65 bytes (status 200, 0 bytes received)";
    assert_eq!(error.to_string(), text);
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the server declared 66 bytes");
    assert!(!error.is_retryable() && !error.is_timeout());
}

#[tokio::test]
async fn a_body_without_a_length_is_read_to_the_limit_and_that_part_is_kept() {
    for limit in [0, 1, 20, 21, BODY.len() - 1] {
        let (start, end) = BODY.split_at(20);
        let error = fail(&Server::answering([chunked(404, &[start, end])]).client(), limit).await;
        assert_eq!(kind_and_part(&error), (TransportErrorKind::TooLarge { limit }, &BODY.as_bytes()[..limit]));
        let Error::Transport(inner) = &error else { unreachable!() };
        assert!(inner.transport().is_too_large() && !inner.transport().is_connect());
        assert_eq!(inner.transport().headers().unwrap()["retry-after"], "9");
        assert!(error.is_not_found(), "the status is known");
    }
}

#[tokio::test]
async fn a_response_that_is_too_large_is_not_retryable_whatever_its_status() {
    for status in [200, 429, 503] {
        let error = fail(&Server::answering([chunked(status, &[BODY])]).client(), 9).await;
        assert!(!error.is_retryable(), "{status}");
        assert_eq!(error.attempts(), 1);
    }
}

#[tokio::test]
async fn a_raw_request_has_a_limit_of_its_own() {
    let head = Answer::Raw(b"HTTP/1.1 200 X\r\ncontent-length: 1073741824\r\n\r\n".to_vec());
    let server = Server::answering([Answer::status(200, BODY), Answer::status(200, BODY), head]);
    let client = server.client().with_max_response_size(9);
    let request = |method| client.request(method, "/v1/Things");
    request(Method::GET).max_response_size(BODY.len()).send_bytes().await.unwrap();
    let error = request(Method::GET).send::<serde_json::Value>().await.unwrap_err();
    assert_eq!(kind_and_part(&error).0, TransportErrorKind::TooLarge { limit: 9 });
    let response = request(Method::HEAD).send_bytes().await.unwrap();
    assert_eq!(response.len(), 0, "the length of a HEAD is that of a body which is not sent");
}

/// Writes `head` and then `body` again and again until the connection is closed. Sends the number of bytes of the body
/// that could be written.
fn endless(head: &'static str, body: Vec<u8>, pause: Option<mpsc::Receiver<()>>) -> (Client, mpsc::Receiver<u64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, written) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
        stream.write_all(head.as_bytes()).unwrap();
        let mut count = 0;
        while stream.write_all(&body).is_ok() {
            count += body.len() as u64;
            if let Some(pause) = &pause {
                _ = pause.recv_timeout(Duration::from_millis(5));
            }
        }
        _ = sender.send(count);
    });
    (Client::new(&address, crate::server::http_client().build().unwrap()).unwrap(), written)
}

#[tokio::test]
async fn an_endless_body_ends_at_the_default_limit_and_its_connection_is_closed() {
    let (client, written) = endless("HTTP/1.1 200 X\r\n\r\n", vec![b' '; 65_536], None);
    let error = client.user("alice").fetch().await.unwrap_err();
    let (kind, part) = kind_and_part(&error);
    assert_eq!(kind, TransportErrorKind::TooLarge { limit: DEFAULT_MAX_RESPONSE_SIZE });
    assert_eq!(part.len(), DEFAULT_MAX_RESPONSE_SIZE);
    let written = tokio::task::spawn_blocking(move || written.recv().unwrap()).await.unwrap();
    assert!(written < 2 * DEFAULT_MAX_RESPONSE_SIZE as u64, "{written} bytes were written");
}

#[tokio::test]
async fn a_declared_gigabyte_is_not_read_and_its_connection_is_closed() {
    let (client, written) = endless("HTTP/1.1 200 X\r\ncontent-length: 1073741824\r\n\r\n", vec![b' '; 65_536], None);
    let error = client.user("alice").fetch().await.unwrap_err();
    assert_eq!(kind_and_part(&error).1, b"");
    let written = tokio::task::spawn_blocking(move || written.recv().unwrap()).await.unwrap();
    assert!(written < DEFAULT_MAX_RESPONSE_SIZE as u64, "{written} bytes were written");
}

#[tokio::test]
async fn a_length_that_does_not_fit_in_a_u64_is_an_error() {
    let head = "HTTP/1.1 200 X\r\ncontent-length: 99999999999999999999999\r\n\r\n{}";
    let error = fail(&Server::answering([Answer::Raw(head.into())]).client(), usize::MAX).await;
    assert_eq!(kind_and_part(&error).0, TransportErrorKind::Request);
    let head = "HTTP/1.1 200 X\r\ncontent-length: 9223372036854775807\r\n\r\n{}";
    let error = fail(&Server::answering([Answer::Raw(head.into())]).client(), usize::MAX).await;
    assert_eq!(kind_and_part(&error), (TransportErrorKind::Body, &b"{}"[..]), "nothing is allocated for it");
}

#[tokio::test]
async fn an_endless_body_that_trickles_is_a_timeout() {
    // The pause is never sent: a byte comes every five milliseconds.
    let (_never, pause) = mpsc::channel();
    let (client, written) = endless("HTTP/1.1 200 X\r\n\r\n", vec![b' '; 1], Some(pause));
    let error = client.user("alice").fetch().timeout(Duration::from_millis(250)).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    let (kind, part) = kind_and_part(&error);
    assert!(kind == TransportErrorKind::Timeout && !part.is_empty(), "{kind:?}");
    tokio::task::spawn_blocking(move || written.recv().unwrap()).await.unwrap();
}

#[tokio::test]
async fn headers_have_a_limit_in_number_and_in_bytes() {
    let with = |count: usize, value: usize| {
        let headers: String = (1..count).map(|i| format!("x-{i}: {}\r\n", "v".repeat(value))).collect();
        Answer::Raw(format!("HTTP/1.1 200 X\r\n{headers}content-length: {}\r\n\r\n{BODY}", BODY.len()).into_bytes())
    };
    for (count, value) in [(100, 1), (5, 90_000)] {
        Server::answering([with(count, value)]).client().user("alice").fetch().await.unwrap();
    }
    for (count, value) in [(101, 1), (11, 90_000), (2, 900_000)] {
        let error = fail(&Server::answering([with(count, value)]).client(), usize::MAX).await;
        assert_eq!(kind_and_part(&error).0, TransportErrorKind::Request, "{count} of {value} bytes: {error}");
    }
}

#[tokio::test]
async fn headers_without_an_end_are_an_error() {
    let (client, written) = endless("HTTP/1.1 200 X\r\nx: ", vec![b'v'; 4096], None);
    let error = client.user("alice").fetch().await.unwrap_err();
    assert_eq!(kind_and_part(&error).0, TransportErrorKind::Request);
    let written = tokio::task::spawn_blocking(move || written.recv().unwrap()).await.unwrap();
    assert!(written < DEFAULT_MAX_RESPONSE_SIZE as u64, "{written} bytes were written");
}
