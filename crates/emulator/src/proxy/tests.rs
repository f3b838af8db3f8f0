//! The limits of the proxy, lowered so that tests reach them at once.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Limits;
use crate::Emulator;

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

const CONNECT: &[u8] = b"CONNECT conversations.twilio.com:443 HTTP/1.1\r\n\r\n";
const OTHER: &[u8] = b"CONNECT example.com:443 HTTP/1.1\r\n\r\n";
/// A time limit that no test reaches.
const LONG: Duration = Duration::from_secs(3600);

async fn emulator(limits: Limits) -> Result<(Emulator, String), crate::Error> {
    let mut builder = Emulator::builder().proxy(0);
    builder.proxy.limits = limits;
    let emulator = builder.start().await?;
    let address = emulator.proxy_url().unwrap_or_default().trim_start_matches("http://").to_owned();
    Ok((emulator, address))
}

fn limits() -> Limits {
    Limits { head_time: LONG, handshake_time: LONG, ..Limits::default() }
}

/// Reads until the proxy closes the connection.
async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset ends it too.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Opens a tunnel and leaves it alone.
async fn tunnel(address: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(CONNECT).await?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    assert_eq!(&head, b"HTTP/1.1 200", "{}", String::from_utf8_lossy(&head));
    while stream.read_u8().await? != b'\n' || stream.read_u8().await? != b'\r' {}
    stream.read_u8().await?;
    Ok(stream)
}

#[test]
fn the_default_limits_are_the_documented_ones() {
    let Limits { head_size, head_time, handshake_time, connections } = Limits::default();
    assert_eq!((head_size, head_time.as_secs(), handshake_time.as_secs(), connections), (16 * 1024, 10, 10, 256));
}

#[tokio::test]
async fn a_head_that_never_ends_closes_the_connection_in_time() -> Outcome {
    let time = Duration::from_millis(50);
    let (_emulator, address) = emulator(Limits { head_time: time, ..limits() }).await?;
    for part in [&b""[..], b"CONNECT conversations", b"GET http://conversations.twilio.com/ HTTP/1.1\r\nHost: x\r\n"] {
        let start = Instant::now();
        let mut stream = TcpStream::connect(&address).await?;
        stream.write_all(part).await?;
        assert!(!read_all(&mut stream).await.contains(" 200 "));
        assert!(start.elapsed() >= time, "{:?}", start.elapsed());
    }
    Ok(())
}

#[tokio::test]
async fn a_handshake_that_never_ends_closes_the_tunnel_in_time() -> Outcome {
    let time = Duration::from_millis(50);
    let (_emulator, address) = emulator(Limits { handshake_time: time, ..limits() }).await?;
    // The first bytes of a client's hello: a record of 512 bytes, of which one comes.
    for part in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
        let start = Instant::now();
        let mut stream = tunnel(&address).await?;
        stream.write_all(part).await?;
        assert_eq!(read_all(&mut stream).await, "");
        assert!(start.elapsed() >= time, "{:?}", start.elapsed());
    }
    Ok(())
}

#[tokio::test]
async fn connections_beyond_the_limit_get_503_until_others_end() -> Outcome {
    let (_emulator, address) = emulator(Limits { connections: 2, ..limits() }).await?;
    let first = tunnel(&address).await?;
    let second = TcpStream::connect(&address).await?;
    let mut third = TcpStream::connect(&address).await?;
    third.write_all(CONNECT).await?;
    let response = read_all(&mut third).await;
    assert!(response.starts_with("HTTP/1.1 503 ") && response.contains("the proxy has 2 connections"), "{response}");
    // A tunnel counts as long as it is open, and a connection without a request too.
    for other in [first, second] {
        drop(other);
        loop {
            let mut stream = TcpStream::connect(&address).await?;
            stream.write_all(OTHER).await?;
            let response = read_all(&mut stream).await;
            if response.starts_with("HTTP/1.1 403 ") {
                break;
            }
            assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
        }
        tunnel(&address).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_flood_of_connections_is_closed_and_does_not_stop_the_proxy() -> Outcome {
    let (_emulator, address) = emulator(Limits { connections: 1, ..limits() }).await?;
    let first = tunnel(&address).await?;
    let mut flood = Vec::new();
    for _ in 0..100 {
        flood.push(TcpStream::connect(&address).await?);
    }
    // The last ones are closed without a response; those that got a place would wait.
    let last = flood.last_mut().ok_or("there are some")?;
    assert_eq!(read_all(last).await, "");
    drop((flood, first));
    loop {
        let mut stream = TcpStream::connect(&address).await?;
        stream.write_all(OTHER).await?;
        if read_all(&mut stream).await.starts_with("HTTP/1.1 403 ") {
            return Ok(());
        }
    }
}
