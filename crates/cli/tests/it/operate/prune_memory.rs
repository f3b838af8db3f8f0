//! A plan of any length takes the memory of a short one.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
    routing::{delete, get},
};
use serde_json::{Value, json};

use super::support::{Bench, Run};

const SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A server with a list of closed conversations. It responds to deletes with success and does not record them.
#[derive(Clone)]
struct Server {
    conversations: u64,
    deleted: Arc<AtomicU64>,
    /// Process whose memory is read.
    process: Arc<AtomicU32>,
    /// Its largest resident memory in KiB.
    peak: Arc<AtomicU64>,
}

impl Server {
    fn page(&self, uri: &Uri) -> Value {
        let number = uri.query().and_then(|query| query.split("Page=").nth(1)?.split('&').next()?.parse().ok());
        let page: u64 = number.unwrap_or(0);
        let of = |at: u64| {
            json!({
                "sid": format!("CH{at:032x}"), "chat_service_sid": SERVICE, "state": "closed",
                "date_updated": "2026-01-01T00:00:00Z", "attributes": "x".repeat(500),
            })
        };
        let (begin, end) = (page * 100, ((page + 1) * 100).min(self.conversations));
        let next = format!(
            "https://conversations.twilio.com/v1/Services/{SERVICE}/Conversations?PageSize=100&Page={}",
            page + 1
        );
        let next = (end < self.conversations).then_some(next);
        json!({
            "conversations": (begin..end).map(of).collect::<Vec<_>>(),
            "meta": {"page": page, "page_size": 100, "key": "conversations", "next_page_url": next},
        })
    }

    fn delete(&self) {
        // The kernel keeps the peak, which is gone with the process.
        if self.deleted.fetch_add(1, Ordering::SeqCst) % 100 == 99 {
            let status = fs::read_to_string(format!("/proc/{}/status", self.process.load(Ordering::SeqCst))).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
            self.peak.store(line.trim().trim_end_matches(" kB").parse().unwrap(), Ordering::SeqCst);
        }
    }

    async fn start(self) -> String {
        let app = Router::new()
            .route("/v1/Configuration", get(async || json!({"default_chat_service_sid": SERVICE}).to_string()))
            .route(
                "/v1/Services/{service}/Conversations",
                get(async |State(server): State<Self>, uri: Uri| server.page(&uri).to_string()),
            )
            .route(
                "/v1/Services/{service}/Conversations/{sid}",
                delete(async |State(server): State<Self>| {
                    server.delete();
                    StatusCode::NO_CONTENT
                }),
            )
            .with_state(self);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }
}

/// Deletes this number of conversations and returns the peak in KiB.
async fn peak(conversations: u64) -> u64 {
    let server = Server { conversations, deleted: Arc::default(), process: Arc::default(), peak: Arc::default() };
    let bench = Bench::of(&server.clone().start().await, "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "token");
    let arguments = [
        "prune",
        "--state",
        "closed",
        "--older-than",
        "90d",
        "--yes",
        "--rate",
        "10000",
        "--concurrency",
        "32",
        "-ondjson",
    ];
    let child = bench.command(&arguments).spawn().unwrap();
    server.process.store(child.id(), Ordering::SeqCst);
    let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap().unwrap();
    let run = Run::new(output).exits(0);
    assert_eq!(run.rows()[0]["deleted"], conversations, "{}", run.stderr);
    assert_eq!(server.deleted.load(Ordering::SeqCst), conversations);
    server.peak.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_20_000_conversations_takes_the_memory_of_a_short_one() {
    let short = peak(500).await;
    let long = peak(20_000).await;
    eprintln!("peak of 500 conversations: {short} KiB; of 20,000: {long} KiB");
    assert!(short > 1024 && long < short + 4 * 1024, "{short} KiB, then {long} KiB");
}
