//! The limits of `doctor`, `who` and `prune` for an account as a whole.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, extract::Request};
use http::{Method, header};
use serde_json::{Value, json};

use super::support::{Bench, TOKEN};

const ACCOUNT: &str = "AC00000000000000000000000000000007";
/// Items of a page.
const PAGE: usize = 1_000;

/// A server whose lists have 10,001 items. Counts the requests that would change something.
async fn start() -> (Bench, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let changes = Arc::new(AtomicUsize::new(0));
    let (counter, url) = (Arc::clone(&changes), base_url.clone());
    let app = Router::new().fallback(move |request: Request| {
        counter.fetch_add(usize::from(*request.method() != Method::GET), Ordering::SeqCst);
        let body = respond(&url, &request).to_string();
        std::future::ready(([(header::CONTENT_TYPE, "application/json")], body))
    });
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (Bench::of(&base_url, ACCOUNT, TOKEN), changes)
}

fn respond(base_url: &str, request: &Request) -> Value {
    let path = request.uri().path();
    let sid = |prefix: &str, number: usize| format!("{prefix}{number:032x}");
    let item: &dyn Fn(usize) -> Value = match path.rsplit('/').next() {
        Some("Services") => &|number| json!({"sid": sid("IS", number)}),
        Some("ParticipantConversations") => &|number| {
            let state = "active";
            json!({"conversation_sid": sid("CH", number), "participant_sid": sid("MB", number), "conversation_state": state})
        },
        _ => return json!({"account_sid": ACCOUNT, "default_chat_service_sid": sid("IS", 0)}),
    };
    let query = request.uri().query().unwrap_or_default();
    let page: usize = query.split('&').find_map(|pair| pair.strip_prefix("Page=")?.parse().ok()).unwrap_or_default();
    let items: Vec<Value> = (page * PAGE..((page + 1) * PAGE).min(10_001)).map(item).collect();
    let next = ((page + 1) * PAGE < 10_001).then(|| format!("{base_url}{path}?Page={}&PageToken=x", page + 1));
    let key = if path.ends_with("/Services") { "services" } else { "conversations" };
    json!({key: items, "meta": {"key": key, "page": page, "next_page_url": next}})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_more_than_10_000_services_is_an_error_and_nothing_is_changed() {
    let (bench, changes) = start().await;
    for arguments in [
        &["who", "alice", "--release", "--yes"][..],
        &["prune", "--state", "closed", "--older-than", "90d", "--all-services", "--yes"],
    ] {
        let run = bench.run(arguments).await.exits(1);
        assert!(run.stderr.contains("more than 10000 services: name one by --service"), "{}", run.stderr);
    }
    let run = bench.run(&["doctor"]).await.exits(1);
    assert!(run.stdout.contains("more than 10000 services"), "{}", run.stdout);
    assert_eq!(changes.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_in_more_than_10_000_conversations_is_not_released() {
    let (bench, changes) = start().await;
    let service = format!("IS{:032x}", 1);
    let arguments = ["who", "alice", "--service", &service];
    let run = bench.run(&[&arguments[..], &["--release", "--yes"]].concat()).await.exits(1);
    assert!(run.stderr.contains("alice is in more than 10000 conversations, and none was changed"), "{}", run.stderr);
    assert_eq!((run.stdout.as_str(), changes.load(Ordering::SeqCst)), ("", 0));
    let run = bench.run(&arguments).await.exits(0);
    assert_eq!(run.rows().len(), 10_001, "without --release all are printed");
}
