//! `examples/elasticsearch_feed.rs` beside a loopback server that checks what it is sent against the protocol of `_bulk`
//! and keeps documents by the rules of external versions. No real cluster was tried.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::post};
use serde_json::{Value, json};
use tokio::sync::watch;
use twilio_conversations::webhook::Signer;

use super::{Answer, Program, TOKEN, refuses_to_start_without_a_token, send};

/// What stands in for a cluster.
#[derive(Default)]
pub(super) struct Cluster {
    pub(super) documents: Mutex<BTreeMap<String, (i64, Value)>>,
    /// Statuses for whole requests to come, before any is answered as it should be.
    pub(super) refusals: Mutex<Vec<u16>>,
    /// Refuses every n-th document with 429, if not 0.
    pub(super) refuse_each: usize,
    pub(super) seen: AtomicUsize,
    pub(super) faults: Mutex<Vec<String>>,
    pub(super) sizes: Mutex<Vec<usize>>,
    pub(super) open: Option<watch::Receiver<bool>>,
}

impl Cluster {
    /// Starts it, with the feed in front of it.
    pub(super) fn start(self) -> (Arc<Self>, Program, tokio::runtime::Runtime) {
        let cluster = Arc::new(self);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/messages/_bulk", post(bulk)).with_state(Arc::clone(&cluster));
        runtime.spawn(async move { axum::serve(listener, app).await.unwrap() });
        (cluster, Program::start("elasticsearch_feed", 0, &[&url, "messages"], &[]), runtime)
    }

    pub(super) fn documents(&self) -> BTreeMap<String, (i64, Value)> {
        assert!(self.faults.lock().unwrap().is_empty(), "{:?}", self.faults.lock().unwrap());
        self.documents.lock().unwrap().clone()
    }

    /// Takes lines of action and document in turn, as the protocol has them. An error is a fault of the sender.
    fn index(&self, headers: &HeaderMap, body: &[u8]) -> Result<Vec<Value>, String> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content_type.contains("json") {
            return Err(format!("content type {content_type:?}"));
        }
        let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
        let text = text.strip_suffix('\n').ok_or("the last line is not ended by a line feed")?;
        let lines: Vec<Value> = text
            .split('\n')
            .map(|line| serde_json::from_str(line).map_err(|error| format!("{line}: {error}")))
            .collect::<Result<_, _>>()?;
        if lines.is_empty() || lines.len() % 2 == 1 {
            return Err(format!("{} lines", lines.len()));
        }
        self.sizes.lock().unwrap().push(lines.len() / 2);
        lines.chunks(2).map(|pair| self.index_one(&pair[0], &pair[1])).collect()
    }

    fn index_one(&self, action: &Value, source: &Value) -> Result<Value, String> {
        let wrong = || format!("{action} {source}");
        let index = action["index"].as_object().filter(|_| action.as_object().unwrap().len() == 1).ok_or_else(wrong)?;
        let id = index["_id"].as_str().filter(|id| id.starts_with("IM") && id.len() == 34).ok_or_else(wrong)?;
        let version = index["version"].as_i64().filter(|version| *version > 0).ok_or_else(wrong)?;
        if index["version_type"] != "external_gte" || !source.is_object() {
            return Err(wrong());
        }
        let each = self.refuse_each;
        let seen = self.seen.fetch_add(1, Ordering::Relaxed);
        let mut documents = self.documents.lock().unwrap();
        let status = match documents.get(id) {
            _ if each > 0 && seen.is_multiple_of(each) => 429,
            Some((newest, _)) if *newest > version => 409,
            _ if source["body"] == "unmappable" => 400,
            found => {
                let status = if found.is_some() { 200 } else { 201 };
                documents.insert(id.to_owned(), (version, source.clone()));
                status
            }
        };
        Ok(json!({ "index": { "_index": "messages", "_id": id, "status": status } }))
    }
}

async fn bulk(State(cluster): State<Arc<Cluster>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(open) = &cluster.open {
        open.clone().wait_for(|open| *open).await.unwrap();
    }
    let refusal = cluster.refusals.lock().unwrap().pop();
    if let Some(status) = refusal {
        return (StatusCode::from_u16(status).unwrap(), "no json").into_response();
    }
    match cluster.index(&headers, &body) {
        Ok(items) => {
            let errors = items.iter().any(|item| item["index"]["status"].as_u64() >= Some(300));
            let answer = json!({ "took": 1, "errors": errors, "items": items }).to_string();
            ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
        }
        Err(fault) => {
            cluster.faults.lock().unwrap().push(fault);
            StatusCode::BAD_REQUEST.into_response()
        }
    }
}

fn id(number: usize) -> String {
    format!("IM{number:032x}")
}

/// An event of a message. The later the second, the newer.
fn event(program: &Program, event_type: &str, number: usize, second: usize, body: &str) -> Answer {
    let (id, date) = (id(number), format!("2026-01-02T03:04:{second:02}.678Z"));
    let index = number.to_string();
    let pairs = [
        ("EventType", event_type),
        ("ConversationSid", "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("MessageSid", &id),
        ("Index", &index),
        ("Author", "alice"),
        ("Body", body),
        ("Attributes", "{}"),
        ("DateCreated", "2026-01-02T03:04:00.678Z"),
        ("DateUpdated", &date),
        ("DateRemoved", &date),
    ];
    let pairs = pairs.iter().copied().filter(|(name, _)| match event_type {
        "onMessageAdded" => !matches!(*name, "DateUpdated" | "DateRemoved"),
        "onMessageUpdated" => *name != "DateRemoved",
        _ => true,
    });
    let request = Signer::new(TOKEN).unwrap().post_form(&program.url("/"), pairs).unwrap();
    send(program.address, &request).unwrap()
}

/// As [`event`], as often as it takes to be acknowledged.
fn acknowledged(program: &Program, event_type: &str, number: usize, second: usize, body: &str) {
    let end = Instant::now() + Duration::from_secs(60);
    while event(program, event_type, number, second, body).status != 200 {
        assert!(Instant::now() < end, "{event_type} {number} is not acknowledged");
    }
}

#[test]
fn repeats_and_events_out_of_order_converge_to_the_newest() {
    let (cluster, feed, _runtime) = Cluster::default().start();
    for (event_type, second, body) in [
        ("onMessageUpdated", 5, "second edit"),
        ("onMessageAdded", 0, "first"),
        ("onMessageUpdated", 3, "first edit"),
        ("onMessageUpdated", 5, "second edit"),
        ("onMessageAdded", 0, "first"),
    ] {
        assert_eq!(event(&feed, event_type, 1, second, body).status, 200, "{event_type} {second}");
    }
    let documents = cluster.documents();
    assert_eq!(documents.len(), 1);
    let (_, source) = &documents[&id(1)];
    assert_eq!((&source["body"], &source["index"]), (&json!("second edit"), &json!(1)));
    assert_eq!(source["date_created"], "2026-01-02T03:04:00.678Z");

    for (event_type, second) in [("onMessageRemoved", 9), ("onMessageUpdated", 7), ("onMessageAdded", 0)] {
        assert_eq!(event(&feed, event_type, 1, second, "late").status, 200, "{event_type}");
    }
    let (_, source) = &cluster.documents()[&id(1)];
    assert_eq!((&source["body"], &source["date_removed"]), (&Value::Null, &json!("2026-01-02T03:04:09.678Z")));
}

#[test]
fn of_two_edits_in_the_same_millisecond_the_one_that_comes_last_is_kept() {
    let (cluster, feed, _runtime) = Cluster::default().start();
    for (event_type, body) in [
        ("onMessageAdded", "first"),
        ("onMessageUpdated", "one edit"),
        ("onMessageUpdated", "another"),
        ("onMessageAdded", "first"),
    ] {
        assert_eq!(event(&feed, event_type, 1, 0, body).status, 200, "{event_type} {body}");
    }
    assert_eq!(cluster.documents()[&id(1)].1["body"], "another");
}

#[test]
fn what_the_cluster_refuses_for_now_is_sent_again_until_it_is_indexed() {
    let cluster = Cluster { refusals: Mutex::new(vec![503, 429, 502]), refuse_each: 3, ..Cluster::default() };
    let (cluster, feed, _runtime) = cluster.start();
    std::thread::scope(|scope| {
        for sender in 0..8 {
            let feed = &feed;
            scope.spawn(move || {
                for number in (sender * 10)..(sender * 10 + 10) {
                    acknowledged(feed, "onMessageAdded", number, 0, "first");
                    acknowledged(feed, "onMessageUpdated", number, 1, &format!("edit of {number}"));
                    acknowledged(feed, "onMessageAdded", number, 0, "first"); // once more
                }
            });
        }
    });
    let documents = cluster.documents();
    assert_eq!(documents.len(), 80);
    for number in 0..80 {
        assert_eq!(documents[&id(number)].1["body"], format!("edit of {number}"));
    }
    assert!(cluster.refusals.lock().unwrap().is_empty());
}

#[test]
fn an_event_is_acknowledged_when_it_is_indexed_and_not_before() {
    let (open, closed) = watch::channel(false);
    let (cluster, feed, _runtime) = Cluster { open: Some(closed), ..Cluster::default() }.start();
    std::thread::scope(|scope| {
        let feed = &feed;
        let send = |number| scope.spawn(move || event(feed, "onMessageAdded", number, 0, "hi"));
        let waiting: Vec<_> = (0..30).map(send).collect();
        std::thread::sleep(Duration::from_millis(300)); // time enough to acknowledge too soon
        assert!(waiting.iter().all(|sender| !sender.is_finished()) && cluster.documents().is_empty());
        open.send(true).unwrap();
        assert!(waiting.into_iter().all(|sender| sender.join().unwrap().status == 200));
    });
    assert_eq!(cluster.documents().len(), 30);
    // What arrived while the cluster was busy went together.
    let sizes = cluster.sizes.lock().unwrap();
    assert!(sizes.len() < 30 && sizes.iter().sum::<usize>() == 30, "{sizes:?}");
}

#[test]
fn senders_wait_while_the_cluster_is_away_and_then_are_told_to_come_again() {
    let (open, closed) = watch::channel(false);
    let (cluster, feed, _runtime) = Cluster { open: Some(closed), ..Cluster::default() }.start();
    let start = Instant::now();
    assert_eq!(event(&feed, "onMessageAdded", 1, 0, "hi").status, 503);
    assert!((Duration::from_secs(4)..Duration::from_secs(20)).contains(&start.elapsed()), "{:?}", start.elapsed());
    assert!(cluster.documents().is_empty());
    open.send(true).unwrap();
    assert_eq!(event(&feed, "onMessageAdded", 1, 0, "hi").status, 200);
    assert_eq!(cluster.documents().len(), 1);
}

#[test]
fn what_can_never_be_indexed_is_not_acknowledged_and_holds_up_nothing() {
    let (cluster, feed, _runtime) = Cluster::default().start();
    assert_eq!(event(&feed, "onMessageAdded", 1, 0, "unmappable").status, 500);
    assert_eq!(event(&feed, "onMessageAdded", 2, 0, "fine").status, 200);
    assert_eq!(event(&feed, "onConversationAdded", 3, 0, "no message").status, 200);
    assert_eq!(cluster.documents().into_keys().collect::<Vec<_>>(), [id(2)]);
}

#[test]
fn it_does_not_start_without_a_token() {
    refuses_to_start_without_a_token("elasticsearch_feed");
}
