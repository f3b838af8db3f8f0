//! `TWILIO_AUTH_TOKEN=… cargo run --example elasticsearch_feed --features axum -- 8080 http://127.0.0.1:9200 messages`
//!
//! Keeps an index of Elasticsearch in step with the messages of all conversations. Set it as the post-event webhook, with
//! the filters `onMessageAdded`, `onMessageUpdated` and `onMessageRemoved`.
//!
//! A document's id is the message's SID and its version the time of the event, so repeats and events in another order
//! converge: the newest wins, and of two edits in the same millisecond the one that arrived last. A removed message stays
//! as a document without its body, so that an older event does not restore it.
//!
//! Events are sent in batches by `_bulk` and acknowledged when they are indexed. A batch that the cluster cannot take now
//! (429, 503, no connection) is retried after a pause. Meanwhile the queue fills up; callers wait, then get 503.
//!
//! Behind a proxy, set `PUBLIC_URL` to the URL that Twilio calls. Port 0 takes any free port.
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::{Extension, Router, http::StatusCode, routing::any};
use chrono::{DateTime, Utc};
use elasticsearch::http::transport::Transport;
use elasticsearch::params::VersionType;
use elasticsearch::{BulkOperation, BulkOperations, BulkParts, Elasticsearch};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use twilio_conversations::MessageSid;
use twilio_conversations::webhook::{Deadline, Event, Signed, Verifier};

const QUEUE: usize = 1000;
const BATCH: usize = 200;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const CALLERS_WAIT: Deadline = Deadline::new(Duration::from_secs(5));

struct Document {
    id: MessageSid,
    version: i64,
    source: Value,
}

impl Document {
    /// The document of an event; `None` if the event is not about a message, or lacks its id or time.
    fn of(event: Event) -> Option<Self> {
        // Of events in the same millisecond, the removal comes last and the addition first.
        let version = |date: DateTime<Utc>, rank| date.timestamp_millis() * 4 + rank;
        Some(match event {
            Event::MessageAdded(m) => Self {
                id: m.message_sid?,
                version: version(m.date_created?, 0),
                source: json!({ "conversation_sid": m.conversation_sid, "index": m.index, "author": m.author,
                    "body": m.body, "attributes": m.attributes, "date_created": m.date_created }),
            },
            Event::MessageUpdated(m) => Self {
                id: m.message_sid?,
                version: version(m.date_updated?, 1),
                source: json!({ "conversation_sid": m.conversation_sid, "index": m.index, "author": m.author,
                    "body": m.body, "attributes": m.attributes, "date_created": m.date_created,
                    "date_updated": m.date_updated }),
            },
            Event::MessageRemoved(m) => Self {
                id: m.message_sid?,
                version: version(m.date_removed?, 2),
                source: json!({ "conversation_sid": m.conversation_sid, "index": m.index,
                    "date_removed": m.date_removed }),
            },
            _ => return None,
        })
    }
}

struct Work {
    document: Document,
    /// Receives whether the document is in the index.
    done: oneshot::Sender<bool>,
}

impl Work {
    fn finish(self, indexed: bool) {
        // The caller may have got 503 meanwhile.
        let _ = self.done.send(indexed);
    }
}

async fn on_event(Extension(queue): Extension<mpsc::Sender<Work>>, Signed(event): Signed<Event>) -> StatusCode {
    let event_type = event.event_type();
    let Some(document) = Document::of(event) else {
        eprintln!("nothing to index in an event {event_type}");
        return StatusCode::OK;
    };
    let (done, indexed) = oneshot::channel();
    let indexed = async {
        queue.send(Work { document, done }).await.ok()?;
        indexed.await.ok()
    };
    match CALLERS_WAIT.run(indexed, || None).await {
        Some(true) => StatusCode::OK,
        Some(false) => StatusCode::INTERNAL_SERVER_ERROR,
        None => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn feed(cluster: Elasticsearch, index: String, mut queue: mpsc::Receiver<Work>) {
    let mut batch = Vec::new();
    let mut pause = FIRST_PAUSE;
    while !batch.is_empty() || queue.recv_many(&mut batch, BATCH).await > 0 {
        let tried = batch.len();
        match send(&cluster, &index, &batch).await {
            Ok(statuses) => {
                let mut again = Vec::new();
                for (work, status) in batch.into_iter().zip(statuses) {
                    match status {
                        429 | 503 => again.push(work),
                        // A conflict of versions: the document in the index is newer.
                        200..300 | 409 => work.finish(true),
                        _ => {
                            eprintln!("indexing {}: status {status}", work.document.id);
                            work.finish(false);
                        }
                    }
                }
                batch = again;
            }
            Err(error) => eprintln!("indexing {tried} messages: {error}"),
        }
        if batch.len() < tried {
            pause = FIRST_PAUSE;
        }
        if !batch.is_empty() {
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
            while batch.len() < BATCH
                && let Ok(work) = queue.try_recv()
            {
                batch.push(work);
            }
        }
    }
}

/// Sends a batch; returns the status of each document.
async fn send(cluster: &Elasticsearch, index: &str, batch: &[Work]) -> Result<Vec<u64>, Box<dyn Error + Send + Sync>> {
    let mut operations = BulkOperations::new();
    for Work { document, .. } in batch {
        let operation = BulkOperation::index(&document.source).id(document.id.as_str());
        operations.push(operation.version(document.version).version_type(VersionType::ExternalGte))?;
    }
    let request = cluster.bulk(BulkParts::Index(index)).request_timeout(Duration::from_secs(30));
    let response = request.body(vec![operations]).send().await?.error_for_status_code()?;
    let response: Value = response.json().await?;
    let items = response["items"].as_array().map_or(&[][..], Vec::as_slice);
    let statuses: Option<Vec<_>> = items.iter().map(|item| item["index"]["status"].as_u64()).collect();
    statuses.filter(|statuses| statuses.len() == batch.len()).ok_or_else(|| "the response is not that of _bulk".into())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let token = env::var("TWILIO_AUTH_TOKEN").map_err(|_| "TWILIO_AUTH_TOKEN is not set")?;
    let mut verifier = Verifier::builder(token).plain_http(true);
    if let Ok(url) = env::var("PUBLIC_URL") {
        verifier = verifier.public_url(url);
    }
    let mut arguments = env::args().skip(1);
    let port = arguments.next().map_or(Ok(8080), |port| port.parse())?;
    let cluster = arguments.next().unwrap_or_else(|| "http://127.0.0.1:9200".to_owned());
    let cluster = Elasticsearch::new(Transport::single_node(&cluster)?);
    let index = arguments.next().unwrap_or_else(|| "messages".to_owned());

    let (queue, work) = mpsc::channel(QUEUE);
    tokio::spawn(feed(cluster, index, work));
    let app = Router::new().route("/", any(on_event)).layer(Extension(queue)).with_state(verifier.build()?);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
