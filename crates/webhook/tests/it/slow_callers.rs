//! Many callers that send a body slowly: how long they are served, and the memory that they hold.
//!
//! The bounds are those of the crate's README: the body as far as it was sent, and the buffers of hyper, which grow to
//! 408 KB with what is sent at once.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};
use twilio_conversations_webhook::{EventRouter, Verifier};

const CALLERS: u64 = 200;
const BODY_TIMEOUT: Duration = Duration::from_secs(2);
/// What a busy machine may add.
const MARGIN: Duration = Duration::from_secs(8);
/// Set in the process that serves.
const SERVES: &str = "TWILIO_CONVERSATIONS_TEST_SERVES";
const BODY_LIMIT: usize = 256 * 1024;

#[test]
fn callers_that_send_a_byte_a_second_get_408_and_hold_64_kb_each() {
    attack("callers_that_send_a_byte_a_second_get_408_and_hold_64_kb_each", 64, |head| {
        format!("{head}content-length: {BODY_LIMIT}\r\n\r\n").into_bytes()
    });
}

#[test]
fn callers_that_send_all_but_the_last_byte_get_408_and_hold_700_kb_each() {
    attack("callers_that_send_all_but_the_last_byte_get_408_and_hold_700_kb_each", 700, |head| {
        let mut wire = format!("{head}content-length: {BODY_LIMIT}\r\n\r\n").into_bytes();
        // One byte a second follows, and the body is never complete.
        wire.resize(wire.len() + BODY_LIMIT - 100, b'x');
        wire
    });
}

/// Sends what `start` makes of a head with a well-formed signature, then a byte a second, from many connections at once.
fn attack(test: &str, kilobytes: u64, start: fn(&str) -> Vec<u8>) {
    if std::env::var_os(SERVES).is_some() {
        serve();
    }
    let server = Server::start(test);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let before = server.peak_memory();
    let head = "POST /hooks HTTP/1.1\r\nhost: example.com\r\nx-twilio-signature: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\
                content-type: application/x-www-form-urlencoded\r\n";
    let wire = start(head);
    let begun = Instant::now();
    let responses = runtime.block_on(async {
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(timeout(BODY_TIMEOUT + MARGIN, call(server.address, wire.clone())));
        }
        callers.join_all().await
    });
    let took = begun.elapsed();
    for response in responses {
        let response = response.expect("the connection is open after the time");
        // The server may close while bytes are on the way, which can cost the response.
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{response}");
        assert!(response.is_empty() || response.contains("\r\nconnection: close\r\n"), "{response}");
    }
    assert!(took >= BODY_TIMEOUT, "{took:?}");
    let each = server.peak_memory().saturating_sub(before) / CALLERS;
    assert!(each <= kilobytes, "{each} KB for each of {CALLERS} callers, after {took:?}");
}

/// Returns the response, when the server has closed the connection.
async fn call(address: SocketAddr, wire: Vec<u8>) -> String {
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let drip = tokio::spawn(async move {
        if writer.write_all(&wire).await.is_ok() {
            let mut second = interval(Duration::from_secs(1));
            while writer.write_all(b"x").await.is_ok() {
                second.tick().await;
            }
        }
    });
    let mut response = Vec::new();
    let _ = reader.read_to_end(&mut response).await;
    drip.abort();
    String::from_utf8(response).unwrap()
}

struct Server {
    process: Child,
    address: SocketAddr,
    _ends_with: ChildStdin,
}

impl Server {
    /// Starts this test once more, in a process of its own, where it serves.
    fn start(test: &str) -> Self {
        let test = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([&test, "--exact", "--nocapture"])
            .env(SERVES, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = lines.find_map(|line| Some(line.split_once("listening on ")?.1.parse().unwrap()));
        Self { process, address: address.expect("the server has ended"), _ends_with: stdin }
    }

    /// The most memory that was resident at once, in KB.
    fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[allow(clippy::print_stdout, reason = "the test reads the address there")]
fn serve() -> ! {
    std::thread::spawn(|| {
        // Ends with the test, however that ends.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let verifier = Verifier::builder("token").body_timeout(BODY_TIMEOUT).build().unwrap();
        assert_eq!(verifier.body_limit(), BODY_LIMIT);
        let app = axum::Router::new().route("/hooks", EventRouter::new(verifier).route());
        println!("listening on {address}");
        axum::serve(listener, app).await.unwrap();
    });
    unreachable!("a server has no end")
}
