//! The examples of the receiver as programs: started as a person starts them, over real sockets, with requests that our
//! signer signed, and, where the client is there to configure it, with those of the emulator.

mod archive;
mod elasticsearch_feed;
#[cfg(feature = "client")]
mod emulated;
#[cfg(all(feature = "client", feature = "testing"))]
mod helpdesk_bot;
mod profanity_filter;
mod receive_with_hyper;

use std::env::{consts::EXE_SUFFIX, current_exe};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::Request;
use twilio_conversations::webhook::Signer;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A running example, killed when the test lets it go.
struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    /// Starts an example on a port, 0 for any, and waits until it says where it listens.
    fn start(name: &str, port: u16, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(built(name))
            .arg(port.to_string())
            .args(arguments)
            .env_clear()
            .env("TWILIO_AUTH_TOKEN", TOKEN)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{name} says {line:?}"));
        Self { address: address.parse().unwrap(), child }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Ends the program at once, as `kill -9` does.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Posts an event that Twilio would have signed.
    fn post(&self, pairs: &[(&str, &str)]) -> Answer {
        let request = Signer::new(TOKEN).unwrap().post_form(&self.url("/"), pairs.iter().copied()).unwrap();
        send(self.address, &request).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An example's program. `cargo test` has built it, unless it was told to build this test alone.
fn built(name: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _place = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let target = current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
    let program = target.join("examples").join(format!("{name}{EXE_SUFFIX}"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(format!("{name}.rs"));
    let modified = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    if modified(&program) < modified(&source) {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--manifest-path", manifest, "--example", name, "--no-default-features"]);
        build.args(["--features", "axum", "--target-dir"]).arg(target.parent().unwrap());
        assert!(build.status().unwrap().success());
    }
    program
}

/// What a server answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// Sends one request over a connection of its own. An error is a connection that failed or ended early.
fn send(address: SocketAddr, request: &Request<Vec<u8>>) -> std::io::Result<Answer> {
    let mut wire = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri().path_and_query().unwrap());
    for (name, value) in request.headers() {
        wire += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    wire += &format!("connection: close\r\ncontent-length: {}\r\n\r\n", request.body().len());
    let mut socket = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
    socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    socket.write_all(wire.as_bytes())?;
    socket.write_all(request.body())?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Answer { status: status.ok_or(std::io::ErrorKind::InvalidData)?, head: head.to_owned(), body: body.to_owned() })
}

/// An example without its token does not start.
fn refuses_to_start_without_a_token(name: &str) {
    let output = Command::new(built(name)).arg("0").env_clear().output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    let output = Command::new(built(name)).arg("0").env_clear().env("TWILIO_AUTH_TOKEN", " ").output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
}
