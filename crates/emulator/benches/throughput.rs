//! Throughput on loopback beside a bare axum server with a constant response, in one run: each server on one thread,
//! its clients on another. Then memory, start, and the last page of a long list beside the first.
//!
//! `cargo bench -p twilio-conversations-emulator [-- PART_OF_A_ROW]`
#![allow(missing_docs, clippy::print_stdout, reason = "a program that prints figures")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use twilio_conversations_emulator::{DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, Emulator};

const CONNECTIONS: usize = 16;
/// Requests under way on each connection, so that the server never waits.
const PIPELINE: usize = 8;
const ROUND: Duration = Duration::from_millis(700);
const ROUNDS: usize = 7;

fn main() {
    let emulator = Server::start(|| async {
        let emulator = Emulator::start().await.unwrap();
        (emulator.base_url().trim_start_matches("http://").to_owned(), emulator)
    });
    let client = runtime();
    let form = |body: &str| {
        format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    let update_body = form(
        "Method=POST&Filters=onConversationUpdated&Filters=onMessageRemoved&PreWebhookUrl=https%3A%2F%2Fexample.com%2Ffiltering-and-permissions&PostWebhookUrl=https%3A%2F%2Fexample.com%2Farchive-every-action",
    );
    let created = client.block_on(ask(&emulator.address, &request("POST", "/v1/Conversations", &form("UniqueName=x"))));
    let sid = created.split("\"sid\":\"").nth(1).unwrap()[..34].to_owned();
    let answer = client.block_on(ask(&emulator.address, &request("GET", "/v1/Configuration/Webhooks", "\r\n")));
    let bare = Server::start(move || bare(answer));

    println!("requests per second, median of {ROUNDS} rounds, one server thread, {CONNECTIONS} connections");
    let conversation = format!("/v1/Conversations/{sid}");
    let rows = [
        ("fetch webhook configuration", request("GET", "/v1/Configuration/Webhooks", "\r\n"), 0.5),
        ("update webhook configuration", request("POST", "/v1/Configuration/Webhooks", &update_body), 0.35),
        ("fetch conversation", request("GET", &conversation, "\r\n"), 0.0),
        ("update conversation", request("POST", &conversation, &form("FriendlyName=y")), 0.0),
        ("create message", request("POST", &format!("{conversation}/Messages"), &form("Body=hello&Author=alice")), 0.0),
    ];
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (name, request, wanted) in rows.into_iter().filter(|(name, ..)| name.contains(&only)) {
        let (mut floor, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            floor.push(client.block_on(load(&bare.address, &request)));
            ours.push(client.block_on(load(&emulator.address, &request)));
        }
        let (floor, ours) = (median(floor), median(ours));
        let goal = if wanted > 0.0 { format!(" (at least {wanted})") } else { String::new() };
        println!("{name:<30} bare axum {floor:>8.0}   emulator {ours:>8.0}   ratio {:.2}{goal}", ours / floor);
    }
    if only.is_empty() {
        pages(&client);
        starts(&client);
        program();
    }
}

/// Page 1,000 of a list beside page 1, and memory with 100,000 messages.
fn pages(client: &tokio::runtime::Runtime) {
    client.block_on(async {
        let before = resident("self");
        let emulator = Emulator::start().await.unwrap();
        let address = emulator.base_url().trim_start_matches("http://").to_owned();
        let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: ";
        let created = ask(&address, &request("POST", "/v1/Conversations", &format!("{form}0\r\n\r\n"))).await;
        let path = format!("/v1/Conversations/{}/Messages", &created.split("\"sid\":\"").nth(1).unwrap()[..34]);
        let body = "Body=A+message+of+quite+usual+length+for+a+chat&Author=alice";
        let create = request("POST", &path, &format!("{form}{}\r\n\r\n{body}", body.len()));
        repeat(&address, &create, 100_000).await;
        println!("memory: {} MB more with 100,000 messages", (resident("self") - before) / 1_000_000);
        let first = request("GET", &format!("{path}?PageSize=50"), "\r\n");
        let token = format!("PTn{:016x}", 49_950);
        let thousandth = request("GET", &format!("{path}?PageSize=50&Page=999&PageToken={token}"), "\r\n");
        let time = async |request: &str| {
            let start = Instant::now();
            repeat(&address, request, 500).await;
            start.elapsed().as_micros() / 500
        };
        let _ = time(&first).await;
        println!("a page of 50: the first {} µs, the thousandth {} µs", time(&first).await, time(&thousandth).await);
    });
}

/// The program: how long until it serves, and what it takes then.
fn program() {
    let (mut times, mut memory) = (Vec::new(), 0);
    for _ in 0..10 {
        let start = Instant::now();
        let mut program = Command::new(env!("CARGO_BIN_EXE_twilio-conversations-emulator"));
        let mut program = program.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        memory = memory.max(resident(&program.id().to_string()));
        program.kill().unwrap();
        program.wait().unwrap();
    }
    println!(
        "program: serves after {:.0} ms (at most 20), idle in {} MB (at most 20)",
        median(times),
        memory / 1_000_000
    );
}

fn starts(client: &tokio::runtime::Runtime) {
    let mut times = Vec::new();
    for _ in 0..20 {
        let start = Instant::now();
        let emulator = client.block_on(Emulator::start()).unwrap();
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        drop(emulator);
    }
    println!("start in-process: {:.1} ms (the first in a process also reads the specification)", median(times));
}

async fn bare(answer: String) -> (String, ()) {
    use axum::routing::get;
    use axum::serve::ListenerExt as _;

    let get_answer = answer.clone();
    let app = axum::Router::new().fallback(
        get(move || async move { ([("content-type", "application/json")], get_answer) })
            .post(move |_body: bytes::Bytes| async move { ([("content-type", "application/json")], answer) }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // Without this it would wait for acknowledgements, forty milliseconds each time.
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (address, ())
}

/// A server on a thread of its own.
struct Server {
    address: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    fn start<T, F: Future<Output = (String, T)>>(start: impl FnOnce() -> F + Send + 'static) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (sender, address) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            runtime().block_on(async {
                let (address, _server) = start().await;
                sender.send(address).unwrap();
                let _ = stopped.await;
            });
        });
        Self { address: address.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().unwrap().join();
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn request(method: &str, path: &str, rest: &str) -> String {
    use base64::Engine as _;
    let login = base64::engine::general_purpose::STANDARD.encode(format!("{DEFAULT_ACCOUNT_SID}:{DEFAULT_AUTH_TOKEN}"));
    format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:4010\r\nauthorization: Basic {login}\r\n{rest}")
}

async fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut buffer = Vec::new();
    loop {
        stream.read_buf(&mut buffer).await.unwrap();
        if let Some(end) = answer_end(&buffer) {
            let text = String::from_utf8(buffer[..end].to_vec()).unwrap();
            assert!(text.starts_with("HTTP/1.1 20"), "{text}");
            return text.split_once("\r\n\r\n").unwrap().1.to_owned();
        }
    }
}

/// Requests per second of all connections together.
async fn load(address: &str, request: &str) -> f64 {
    let start = Instant::now();
    let connections = (0..CONNECTIONS).map(|_| {
        let (address, request) = (address.to_owned(), request.repeat(PIPELINE));
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (mut count, mut buffer) = (0, Vec::with_capacity(64 * 1024));
            while start.elapsed() < ROUND {
                stream.write_all(request.as_bytes()).await.unwrap();
                count += drain(&mut stream, &mut buffer, PIPELINE).await;
            }
            count
        })
    });
    let mut total = 0;
    for connection in connections.collect::<Vec<_>>() {
        total += connection.await.unwrap();
    }
    total as f64 / start.elapsed().as_secs_f64()
}

async fn repeat(address: &str, request: &str, times: usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = Vec::new();
    let batch = 50.min(times);
    for _ in 0..times / batch {
        stream.write_all(request.repeat(batch).as_bytes()).await.unwrap();
        drain(&mut stream, &mut buffer, batch).await;
    }
}

/// Reads this many responses.
async fn drain(stream: &mut TcpStream, buffer: &mut Vec<u8>, count: usize) -> usize {
    let mut left = count;
    let mut at = 0;
    buffer.clear();
    while left > 0 {
        match answer_end(&buffer[at..]) {
            Some(end) => {
                assert!(buffer[at..].starts_with(b"HTTP/1.1 20"), "{}", String::from_utf8_lossy(&buffer[at..at + end]));
                at += end;
                left -= 1;
            }
            None => assert!(stream.read_buf(buffer).await.unwrap() > 0, "the connection was cut"),
        }
    }
    count
}

/// The end of the first response, if it is complete.
fn answer_end(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let length: usize = text.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
    (bytes.len() >= head + length).then_some(head + length)
}

/// Memory of a process, in bytes.
fn resident(process: &str) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<i64>().ok()).unwrap_or_default() * 4096
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
