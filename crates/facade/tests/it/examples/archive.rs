//! `examples/archive.rs`: each event once, whatever is killed and however often an event is sent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::http::{HeaderValue, Request};
use rusqlite::{Connection, OpenFlags};
use twilio_conversations::webhook::Signer;

use super::{Program, TOKEN, refuses_to_start_without_a_token, send};

/// A database that no test left behind.
pub(super) fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.sqlite", std::process::id()));
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    path
}

/// What is in the archive: how often each token is there, and its event's text.
fn archived(path: &Path) -> BTreeMap<String, Vec<String>> {
    let archive = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let mut events: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut statement = archive.prepare("SELECT token, fields FROM events ORDER BY id").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    for row in rows {
        let (token, fields) = row.unwrap();
        let fields: Vec<(String, String)> = serde_json::from_str(&fields).unwrap();
        let body = fields.into_iter().find(|(name, _)| name == "Body").unwrap().1;
        events.entry(token).or_default().push(body);
    }
    events
}

fn request(address: SocketAddr, token: Option<&str>, body: &str, retry_count: usize) -> Request<Vec<u8>> {
    let count = retry_count.to_string();
    let pairs = [
        ("EventType", "onMessageAdded"),
        ("ConversationSid", "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("Body", body),
        ("RetryCount", &count),
    ];
    let mut request = Signer::new(TOKEN).unwrap().post_form(&format!("http://{address}/"), pairs).unwrap();
    if let Some(token) = token {
        request.headers_mut().insert("i-twilio-idempotency-token", HeaderValue::from_str(token).unwrap());
    }
    request
}

const SENDERS: usize = 4;
const EVENTS: usize = 100; // of each sender
const KILLS: usize = 5;

#[test]
fn nothing_is_lost_or_doubled_when_it_is_killed_while_events_arrive() {
    let path = fresh("archive-killed");
    let database = path.to_str().unwrap();
    let mut program = Program::start("archive", 0, &[database], &[]);
    let address = program.address;
    let (acknowledged, failures, finished) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));

    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (acknowledged, failures) = (&acknowledged, &failures);
                scope.spawn(move || {
                    for number in 0..EVENTS {
                        let (token, body) = (format!("token-{sender}-{number}"), format!("event {sender} {number}"));
                        // Until it is acknowledged, and every fifth once more, as a sender does that missed the answer.
                        let mut acknowledgements = if number % 5 == 0 { 2 } else { 1 };
                        let end = Instant::now() + Duration::from_secs(60);
                        let mut retry_count = 0;
                        while acknowledgements > 0 {
                            assert!(Instant::now() < end, "{token} is not acknowledged after {retry_count} retries");
                            match send(address, &request(address, Some(&token), &body, retry_count)) {
                                Ok(answer) if answer.status == 200 => acknowledgements -= 1,
                                _ => {
                                    failures.fetch_add(1, Ordering::Relaxed);
                                    std::thread::sleep(Duration::from_millis(5)); // a sender's pause between retries
                                }
                            }
                            retry_count += 1;
                        }
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let killer = scope.spawn(|| {
            for kill in 1..=KILLS {
                // In the middle of the stream, a sixth further each time.
                while acknowledged.load(Ordering::Relaxed) < kill * SENDERS * EVENTS / (KILLS + 1)
                    && !finished.load(Ordering::Relaxed)
                {
                    std::thread::sleep(Duration::from_millis(1));
                }
                program.kill();
                program = Program::start("archive", address.port(), &[database], &[]);
            }
        });
        let results: Vec<_> = senders.into_iter().map(|sender| sender.join()).collect();
        finished.store(true, Ordering::Relaxed);
        killer.join().unwrap();
        assert!(results.iter().all(Result::is_ok));
    });
    program.kill();

    let archived = archived(&path);
    assert_eq!(archived.len(), SENDERS * EVENTS);
    for sender in 0..SENDERS {
        for number in 0..EVENTS {
            assert_eq!(archived[&format!("token-{sender}-{number}")], [format!("event {sender} {number}")]);
        }
    }
    assert!(failures.into_inner() > 0, "no kill hit a sender");
}

#[test]
fn it_is_in_the_archive_before_it_is_acknowledged() {
    let path = fresh("archive-acknowledged");
    let mut program = Program::start("archive", 0, &[path.to_str().unwrap()], &[]);
    for number in 0..20 {
        let token = format!("token-{number}");
        assert_eq!(send(program.address, &request(program.address, Some(&token), "hi", 0)).unwrap().status, 200);
        if number % 5 == 4 {
            program.kill();
            assert_eq!(archived(&path).len(), number + 1);
            program = Program::start("archive", 0, &[path.to_str().unwrap()], &[]);
        }
    }
}

#[test]
fn without_a_token_the_fields_but_for_the_count_tell_events_apart() {
    let path = fresh("archive-untold");
    let program = Program::start("archive", 0, &[path.to_str().unwrap()], &[]);
    for (body, retry_count) in [("one", 0), ("one", 1), ("two", 0), ("one", 2)] {
        let answer = send(program.address, &request(program.address, None, body, retry_count)).unwrap();
        assert_eq!(answer.status, 200);
    }
    let bodies: Vec<_> = archived(&path).into_values().flatten().collect();
    assert_eq!(bodies, ["one", "two"]);
}

#[test]
fn what_cannot_be_kept_is_not_acknowledged() {
    let path = fresh("archive-locked");
    let program = Program::start("archive", 0, &[path.to_str().unwrap()], &[]);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("ALTER TABLE events RENAME TO elsewhere").unwrap();
    let event = request(program.address, Some("token"), "hi", 0);
    assert_eq!(send(program.address, &event).unwrap().status, 500);
    other.execute_batch("ALTER TABLE elsewhere RENAME TO events").unwrap();
    assert_eq!(send(program.address, &event).unwrap().status, 200);
    assert_eq!(archived(&path)["token"], ["hi"]);
}

#[test]
fn what_was_not_signed_is_not_kept() {
    let path = fresh("archive-forged");
    let program = Program::start("archive", 0, &[path.to_str().unwrap()], &[]);
    let mut forged = request(program.address, Some("token"), "hi", 0);
    forged.headers_mut().insert("x-twilio-signature", HeaderValue::from_static("AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    assert_eq!(send(program.address, &forged).unwrap().status, 403);
    assert!(archived(&path).is_empty());
}

#[test]
fn it_does_not_start_without_a_token() {
    refuses_to_start_without_a_token("archive");
}
