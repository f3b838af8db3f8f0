//! Webhooks per second through axum, beside a bare handler.
//!
//! Run by `cargo bench -p twilio-conversations-webhook --features axum --bench axum`.
//!
//! Three routes of one server get the same form over the same kind of connections. One reads it with axum's own `Form`
//! into pairs; another verifies its signature and reads it into an `Event`; a third takes the bytes and does not look.
//! They take turns, many times over, so that a busy machine slows all alike. Loopback only; bounded in requests and in
//! time. It ends with an error when, in the median, webhooks come to less than 1.0 of the bare handler's requests.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::routing::post;
use axum::{Form, Router};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use twilio_conversations_webhook::{Event, Reply, Signed, Signer, Verifier};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// 20 fields, about 900 bytes of form, as in the benchmark `webhook`.
const PAIRS: [(&str, &str); 20] = [
    ("EventType", "onMessageUpdated"),
    ("AccountSid", "AC0123456789abcdef0123456789abcdef"),
    ("ChatServiceSid", "IS0123456789abcdef0123456789abcdef"),
    ("MessagingServiceSid", "MG0123456789abcdef0123456789abcdef"),
    ("ConversationSid", "CH0123456789abcdef0123456789abcdef"),
    ("MessageSid", "IM0123456789abcdef0123456789abcdef"),
    ("ParticipantSid", "MB0123456789abcdef0123456789abcdef"),
    ("Index", "4711"),
    ("Author", "+14158675309"),
    ("Body", "Hello there, the parcel is with the neighbours at no. 12 – see you on Friday?"),
    ("Attributes", "{\"order\":\"A-1001\",\"tags\":[\"vip\"]}"),
    ("Media", "[{\"Sid\":\"ME0123456789abcdef0123456789abcdef\",\"ContentType\":\"image/png\",\"Size\":48213}]"),
    ("DateCreated", "2026-03-01T12:30:58.111Z"),
    ("DateUpdated", "2026-03-01T12:31:04.902Z"),
    ("ClientIdentity", "agent-42"),
    ("MessagingBinding.Address", "+14158675309"),
    ("MessagingBinding.ProxyAddress", "+18005551212"),
    ("MessagingBinding.Type", "sms"),
    ("Source", "SMS"),
    ("RetryCount", "0"),
];

const CONNECTIONS: usize = 16;
const REQUESTS: usize = 50; // on each connection, in each round: short, so that a quiet moment is enough for one
const ROUNDS: usize = 300;
const LIMIT: Duration = Duration::from_secs(60);
const LEAST: f64 = 1.0;

async fn bytes(body: Bytes) -> Reply {
    black_box(&body);
    Reply::accept()
}

async fn bare(Form(pairs): Form<Vec<(String, String)>>) -> Reply {
    black_box(&pairs);
    Reply::accept()
}

async fn signed(Signed(event): Signed<Event>) -> Reply {
    black_box(&event);
    Reply::accept()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn main() -> Result<(), Box<dyn Error>> {
    // Without `--bench`, as in `cargo test --all-targets`, it is enough that it runs.
    let full = std::env::args().any(|argument| argument == "--bench");
    let rounds = if full { ROUNDS } else { 1 };
    let (send_address, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            send_address.send(listener.local_addr().unwrap()).unwrap();
            let verifier = Verifier::builder(TOKEN).plain_http(true).build().unwrap();
            let app = Router::new()
                .route("/bytes", post(bytes))
                .route("/bare", post(bare))
                .route("/signed", post(signed))
                .with_state(verifier);
            axum::serve(listener, app).await.unwrap();
        });
    });
    let address = address.recv().unwrap();
    let wires = ["/bytes", "/bare", "/signed"].map(|path| wire(address, path));

    let clients = runtime();
    let start = Instant::now();
    for wire in &wires {
        clients.block_on(round(address, wire));
    }
    let mut rates = [const { Vec::new() }; 3];
    for turn in 0..rounds {
        if start.elapsed() > LIMIT {
            break;
        }
        for place in 0..wires.len() {
            let route = (turn + place) % wires.len(); // each comes after each
            rates[route].push(clients.block_on(round(address, &wires[route])));
        }
    }
    rates.iter_mut().for_each(|rates| rates.sort_by(f64::total_cmp));
    println!("{CONNECTIONS} connections, {} rounds of {} requests each", rates[0].len(), CONNECTIONS * REQUESTS);
    println!(
        "{:<24}{:>14}{:>14}{:>16}{:>12}",
        "requests per second", "bytes alone", "Form", "Signed<Event>", "to Form"
    );
    let mut ratio = 0.0;
    for (name, part) in [("best round", 1.0), ("upper quartile", 0.75), ("median", 0.5)] {
        let [bytes, bare, signed] =
            [0, 1, 2].map(|route| rates[route][((rates[route].len() - 1) as f64 * part) as usize]);
        ratio = signed / bare;
        println!("{name:<24}{bytes:>14.0}{bare:>14.0}{signed:>16.0}{ratio:>12.3}");
    }
    if full && ratio < LEAST {
        return Err(format!("webhooks come to {ratio:.2} of the bare handler's requests; {LEAST} is the limit").into());
    }
    Ok(())
}

/// A signed request as it stands on the wire.
fn wire(address: SocketAddr, path: &str) -> Vec<u8> {
    let request = Signer::new(TOKEN).unwrap().post_form(&format!("http://{address}{path}"), PAIRS).unwrap();
    let mut wire = format!("POST {path} HTTP/1.1\r\ncontent-length: {}\r\n", request.body().len());
    for (name, value) in request.headers() {
        wire += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    wire += "\r\n";
    let mut wire = wire.into_bytes();
    wire.extend_from_slice(request.body());
    wire
}

/// Sends as many requests as there are in a round; returns how many of them were answered in a second.
async fn round(address: SocketAddr, wire: &[u8]) -> f64 {
    let mut sockets = Vec::new();
    for _ in 0..CONNECTIONS {
        let socket = TcpStream::connect(address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        sockets.push(socket);
    }
    let start = Instant::now();
    let mut connections = JoinSet::new();
    for mut socket in sockets {
        let wire = wire.to_vec();
        connections.spawn(async move {
            let mut answer = [0; 1024];
            for _ in 0..REQUESTS {
                socket.write_all(&wire).await.unwrap();
                let mut read = 0;
                while !answer[..read].ends_with(b"\r\n\r\n") {
                    let more = socket.read(&mut answer[read..]).await.unwrap();
                    assert!(more > 0, "the server hung up");
                    read += more;
                }
                assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer[..read]));
            }
        });
    }
    while let Some(done) = connections.join_next().await {
        done.unwrap();
    }
    (CONNECTIONS * REQUESTS) as f64 / start.elapsed().as_secs_f64()
}
