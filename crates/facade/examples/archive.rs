//! `TWILIO_AUTH_TOKEN=… cargo run --example archive --features axum -- 8080 archive.sqlite`
//!
//! Stores every event in SQLite, each once. Set it as the post-event webhook of the account or a service.
//!
//! An event is acknowledged once its transaction is committed, so an acknowledged event survives a crash. A repeated
//! delivery is recognised by its idempotency token and stored once. Twilio documents no retries for Conversations;
//! `#rc=5` at the end of the webhook's URL requests 5, if Twilio's connection overrides apply.
//!
//! Behind a proxy, set `PUBLIC_URL` to the URL that Twilio calls. Port 0 takes any free port.
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::env;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use rusqlite::{Connection, params};
use twilio_conversations::webhook::{Delivered, Delivery, EventRouter, Fields, HandlerError, Reply, Verifier};

fn open(path: &str) -> rusqlite::Result<Connection> {
    let archive = Connection::open(path)?;
    archive.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL; -- a commit is on disk when it returns
         PRAGMA busy_timeout = 5000;
         CREATE TABLE IF NOT EXISTS events (
             id INTEGER PRIMARY KEY,
             token TEXT NOT NULL UNIQUE,
             event_type TEXT,
             conversation_sid TEXT,
             fields TEXT NOT NULL, -- verbatim, a JSON array of [name, value]
             received_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
         );",
    )?;
    Ok(archive)
}

fn store(archive: &Connection, fields: &Fields, delivery: &Delivery) -> Result<(), HandlerError> {
    // Deliveries of one event differ in their count alone, so its other fields replace a missing token.
    let token = match delivery.idempotency_token() {
        Some(token) => token.to_string(),
        None => serde_json::to_string(&fields.iter().filter(|(name, _)| *name != "RetryCount").collect::<Vec<_>>())?,
    };
    archive
        .prepare_cached(
            "INSERT INTO events (token, event_type, conversation_sid, fields) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (token) DO NOTHING",
        )?
        .execute(params![
            token,
            fields.get("EventType"),
            fields.get("ConversationSid"),
            serde_json::to_string(&fields.iter().collect::<Vec<_>>())?,
        ])?;
    Ok(())
}

/// Responds to an event once it is stored. An event that cannot be stored gets 500.
fn events(verifier: Verifier, archive: Connection) -> EventRouter {
    let archive = Arc::new(Mutex::new(archive));
    EventRouter::new(verifier)
        .fallback(move |Delivered { event: fields, delivery, .. }: Delivered<Fields>| {
            let archive = Arc::clone(&archive);
            let stored = tokio::task::spawn_blocking(move || {
                store(&archive.lock().unwrap_or_else(PoisonError::into_inner), &fields, &delivery)
            });
            async { stored.await?.map(|()| Reply::accept()) }
        })
        .on_error(|event_type, error| eprintln!("storing an event {event_type}: {error}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let token = env::var("TWILIO_AUTH_TOKEN").map_err(|_| "TWILIO_AUTH_TOKEN is not set")?;
    let mut verifier = Verifier::builder(token).plain_http(true);
    if let Ok(url) = env::var("PUBLIC_URL") {
        verifier = verifier.public_url(url);
    }
    let verifier = verifier.build()?;
    let archive = open(&env::args().nth(2).unwrap_or_else(|| "archive.sqlite".to_owned()))?;
    let app: Router = Router::new().route("/", events(verifier, archive).route());

    let port = env::args().nth(1).map_or(Ok(8080), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
