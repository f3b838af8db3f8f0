//! Limits on connections and on the time that clients take, reached over raw sockets.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use twilio_conversations_emulator::{Builder, Emulator};

use crate::support::{Instance, Method};

/// Longer than the delays of a busy machine, and short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(60);

async fn connect(instance: &Instance) -> TcpStream {
    TcpStream::connect(instance.emulator.base_url().strip_prefix("http://").unwrap()).await.unwrap()
}

async fn send(instance: &Instance, bytes: impl AsRef<[u8]>) -> TcpStream {
    let mut stream = connect(instance).await;
    stream.write_all(bytes.as_ref()).await.unwrap();
    stream
}

/// Everything that arrives until the server closes the connection, which it must do soon.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
    // A reset closes it as well.
    let _ = read.expect("the connection stays open");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The head of the next response on a connection that stays open.
async fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let byte = tokio::time::timeout(Duration::from_secs(20), stream.read_u8()).await.expect("no response");
        bytes.push(byte.unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

fn patient() -> Builder {
    Emulator::builder().header_timeout(LONG).body_timeout(LONG).idle_timeout(LONG)
}

#[tokio::test]
async fn more_half_sent_requests_than_the_limit_do_not_stop_the_server() {
    let instance = Instance::of(patient().connection_limit(8)).await;
    let mut half_sent = Vec::new();
    for index in 0..40 {
        let half = [
            "GET /v1/Services HTTP/1.1\r\nHost: x\r\n",
            "",
            "POST /v1/Services HTTP/1.1\r\nContent-Length: 9\r\n\r\nFri",
        ];
        half_sent.push(send(&instance, half[index % half.len()]).await);
    }
    let start = Instant::now();
    instance.get("/v1/Services").await.expect(200);
    assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
    // The first ones were closed for the last ones, which are still open.
    let first = half_sent.remove(0);
    assert_eq!(rest(first).await, "");
    let mut last = half_sent.pop().unwrap();
    last.write_all(b"\r\n").await.unwrap();
    assert!(head(&mut last).await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn at_the_limit_new_connections_wait_for_busy_ones() {
    let instance =
        Instance::of(patient().connection_limit(1).fault("slow=1500:FetchConfiguration".parse().unwrap())).await;
    let (slow, fast) = tokio::join!(instance.get("/v1/Configuration"), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let start = Instant::now();
        Instance::of(Emulator::builder()).await; // another emulator is not held up
        let request = crate::support::Http::new().request(Method::GET, &instance.url("/v1/Services"));
        let response = request.login(instance.emulator.account_sid(), instance.emulator.auth_token()).send().await;
        (response, start.elapsed())
    });
    slow.expect(200);
    fast.0.expect(200);
    assert!(fast.1 > Duration::from_millis(500), "the busy connection made room after {:?}", fast.1);
}

#[tokio::test]
async fn headers_that_take_too_long_close_the_connection() {
    let instance = Instance::of(patient().header_timeout(SHORT)).await;
    let mut stream = send(&instance, "GET /v1/Services HTTP/1.1\r\n").await;
    let start = Instant::now();
    // More bytes do not extend the limit.
    while stream.write_all(b"X-A: b\r\n").await.is_ok() && start.elapsed() < LONG / 2 {
        let closed = tokio::time::timeout(Duration::from_millis(20), stream.read_u8()).await;
        if closed.is_ok() {
            break;
        }
    }
    assert!(start.elapsed() >= SHORT && start.elapsed() < LONG / 2, "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_time_limit_of_headers_begins_with_the_first_byte_of_each_connection() {
    let instance = Instance::of(patient().header_timeout(SHORT)).await;
    let mut stream = connect(&instance).await;
    for _ in 0..2 {
        tokio::time::sleep(SHORT * 3).await;
        stream.write_all(b"GET /v1/Nothing HTTP/1.1\r\n\r\n").await.unwrap();
        let head = head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        stream.read_exact(&mut vec![0; length.parse().unwrap()]).await.unwrap();
    }
    stream.write_all(b"GET /v1/Nothing HTTP/1.1\r\n").await.unwrap();
    assert_eq!(rest(stream).await, "");
}

#[tokio::test]
async fn a_body_that_takes_too_long_gets_408() {
    let instance = Instance::of(patient().body_timeout(SHORT)).await;
    for path in ["/v1/Services", "/_emulator/clock"] {
        let start = Instant::now();
        let half = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nFriendlyName=");
        let response = rest(send(&instance, half).await).await;
        assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
        assert!(response.contains("The request body took longer than 200ms"), "{response}");
        assert!(start.elapsed() >= SHORT, "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let fault = "slow=1000:FetchConfiguration".parse().unwrap();
    let instance = Instance::of(patient().idle_timeout(SHORT).fault(fault)).await;
    let start = Instant::now();
    assert_eq!(rest(connect(&instance).await).await, "");
    assert!(start.elapsed() >= SHORT && start.elapsed() < LONG / 2, "{:?}", start.elapsed());
    instance.get("/v1/Configuration").await.expect(200);
    let after_response = send(&instance, "GET /v1/Services HTTP/1.1\r\n\r\n").await;
    assert!(rest(after_response).await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn a_client_that_stops_reading_is_disconnected_and_a_slow_one_is_not() {
    let instance = Instance::of(patient().idle_timeout(SHORT * 2)).await;
    // More than the buffers of both sockets hold.
    let mut requests = String::new();
    for _ in 0..60_000 {
        requests.push_str("GET /v1/Services HTTP/1.1\r\n\r\n");
    }
    let mut stalled = connect(&instance).await;
    let sent = tokio::time::timeout(Duration::from_secs(20), stalled.write_all(requests.as_bytes())).await;
    // All of it was sent and is rejected unread, or the connection is closed before.
    if let Ok(Ok(())) = sent {
        stalled.shutdown().await.ok();
    }
    assert!(sent.is_ok(), "the connection stays open");

    // The event stream of the inspector has no end, and may be silent for long.
    let mut news = send(&instance, "GET /_emulator/news HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(head(&mut news).await.starts_with("HTTP/1.1 200 "));
    tokio::time::sleep(SHORT * 6).await;
    instance.service("x").await;
    let mut bytes = vec![0; 4096];
    loop {
        let read = tokio::time::timeout(Duration::from_secs(20), news.read(&mut bytes)).await.unwrap().unwrap();
        assert_ne!(read, 0, "the stream of news ended");
        if String::from_utf8_lossy(&bytes[..read]).contains("data:") {
            break;
        }
    }
}

#[tokio::test]
async fn a_request_line_headers_or_uri_over_their_limits_are_rejected() {
    let instance = Instance::start().await;
    let long = "x".repeat(70_000);
    let many: String = (0..101).map(|index| format!("X-{index}: y\r\n")).collect();
    for (request, status) in [
        (format!("GET /v1/Services HTTP/1.1\r\nX-Long: {long}\r\n\r\n"), "431"),
        (format!("GET /v1/Services HTTP/1.1\r\n{many}\r\n"), "431"),
        (format!("GET /v1/Services?{long} HTTP/1.1\r\n\r\n"), "431"),
    ] {
        let response = rest(send(&instance, &request).await).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{response}");
    }
    // Just below them.
    let long = "x".repeat(60_000);
    let many: String = (0..97).map(|index| format!("X-{index}: y\r\n")).collect();
    for request in [
        format!("GET /v1/Services HTTP/1.1\r\nX-Long: {long}\r\n\r\n"),
        format!("GET /v1/Services HTTP/1.1\r\n{many}\r\n"),
        format!("GET /v1/Services?{long} HTTP/1.1\r\n\r\n"),
    ] {
        assert!(head(&mut send(&instance, &request).await).await.starts_with("HTTP/1.1 401"));
    }
}

#[tokio::test]
async fn the_limits_are_set_on_the_command_line() {
    let limits = [
        ["--header-timeout", "100"],
        ["--body-timeout", "100"],
        ["--idle-timeout", "100"],
        ["--connection-limit", "2"],
        ["--snapshot-limit", "1000"],
    ];
    let program = crate::program::Program::start(limits.as_flattened());
    let address = program.base_url.strip_prefix("http://").unwrap().to_owned();
    for (half, status) in [
        ("", ""),
        ("GET /v1/Services HTTP/1.1\r\n", ""),
        ("POST /v1/Services HTTP/1.1\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 408 "),
        ("PUT /_emulator/snapshot HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", "HTTP/1.1 4"),
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(half.as_bytes()).await.unwrap();
        assert!(rest(stream).await.starts_with(status), "{half}");
    }
    let request = |limit: usize| {
        let http =
            crate::support::Http::new().request(Method::PUT, &format!("{}/_emulator/snapshot", program.base_url));
        http.body(vec![b'x'; limit]).send()
    };
    request(1000).await.expect_error(400, 20001);
    request(1001).await.expect_error(413, 20001);
}

#[tokio::test]
async fn two_host_headers_are_rejected() {
    let instance = Instance::start().await;
    for path in ["/v1/Services", "/_emulator/clock"] {
        for hosts in ["Host: localhost\r\nHost: localhost", "Host: localhost\r\nhost: evil.example"] {
            let request = format!("GET {path} HTTP/1.1\r\n{hosts}\r\nConnection: close\r\n\r\n");
            let response = rest(send(&instance, request).await).await;
            assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
            assert!(response.contains("more than one Host header"), "{response}");
        }
    }
}
