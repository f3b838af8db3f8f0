//! What a subscriber to tracing hears of a call.

use std::{
    fmt::Debug,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use twilio_conversations::{Client, ClientBuilder, Credentials, ServiceSid, http::Method};

use crate::client::support::{ACCOUNT, Answer, HOOK, Server, TOKEN, http_client_builder};

/// Writes down the fields of this library's spans and events, each as a line.
#[derive(Clone, Default)]
struct Listener {
    lines: Arc<Mutex<Vec<String>>>,
    spans: Arc<AtomicU64>,
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Times differ from run to run.
        let value = if field.name().ends_with("_ms") { "…".to_owned() } else { format!("{value:?}") };
        self.0 += &format!(" {}={value}", field.name());
    }
}

impl Listener {
    fn write(&self, what: &str, record: impl FnOnce(&mut Line)) {
        let mut line = Line(what.to_owned());
        record(&mut line);
        self.lines.lock().unwrap().push(line.0);
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("twilio_conversations")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(&format!("new {}", span.metadata().name()), |line| span.record(line));
        Id::from_u64(self.spans.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write("set", |line| values.record(line));
    }

    fn event(&self, event: &Event<'_>) {
        self.write("event", |line| event.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// A builder for the vendor's host, which needs no certificates of the platform.
fn without_base_url() -> ClientBuilder {
    let credentials = Credentials::auth_token(ACCOUNT.parse().unwrap(), TOKEN).unwrap();
    Client::builder().credentials(credentials).http_client(http_client_builder().build().unwrap())
}

/// A listener to this thread.
///
/// Whether anyone listens at a place in the code is looked up when the place is first passed, and one that another test
/// passes just now may miss a new listener. So all places are passed first, and looked up again then.
async fn listen() -> (Listener, DefaultGuard) {
    let listener = Listener::default();
    let guard = tracing::subscriber::set_default(listener.clone());
    let server = Server::script([Answer::new(503, &[], ""), Answer::json(200, HOOK), Answer::hang_up()]);
    let client = server.client().build().unwrap();
    client.configuration().webhooks().fetch().await.unwrap();
    client.configuration().webhooks().update().clear_pre_webhook_url().send().await.unwrap_err();
    without_base_url().edge("dublin").build().unwrap();
    without_base_url().region("us1").build().unwrap();
    tracing::callsite::rebuild_interest_cache();
    listener.lines.lock().unwrap().clear();
    (listener, guard)
}

#[tokio::test]
async fn a_call_is_a_span_with_operation_status_attempts_and_duration_and_no_secret() {
    let (listener, _guard) = listen().await;
    let server = Server::script([Answer::new(503, &[], "secret body"), Answer::json(200, HOOK)]);
    let client = server.client().build().unwrap();
    client.configuration().webhooks().fetch().await.unwrap();
    let lines = listener.lines.lock().unwrap().clone();
    assert_eq!(
        lines,
        [
            "new twilio_conversations operation=\"FetchConfigurationWebhook\" method=\"GET\" path=\"/v1/Configuration/Webhooks\"",
            "event message=response attempt=1 status=503 elapsed_ms=…",
            "event message=retrying attempt=1 delay_ms=… cause=status 503",
            "event message=response attempt=2 status=200 elapsed_ms=…",
            "set status=200",
            "set attempts=2",
            "set duration_ms=…",
        ]
    );
    let text = lines.join("\n");
    assert!(!text.contains(TOKEN) && !text.contains("secret body") && !text.contains("example.com"));
}

#[tokio::test]
async fn the_span_of_a_handle_below_a_service_names_the_operation_that_was_sent() {
    let (listener, _guard) = listen().await;
    let server = Server::always(Answer::json(200, r#"{"sid": "CH1"}"#));
    let client = server.client().build().unwrap();
    let service: ServiceSid = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap();
    client.service(service).conversation("order-4711").fetch().await.unwrap();
    let path = "/v1/Services/{ChatServiceSid}/Conversations/{Sid}";
    assert_eq!(
        listener.lines.lock().unwrap()[0],
        format!("new twilio_conversations operation=\"FetchServiceConversation\" method=\"GET\" path=\"{path}\"")
    );
}

#[tokio::test]
async fn an_edge_without_a_region_or_a_region_without_an_edge_is_a_warning_of_each_build() {
    let (listener, _guard) = listen().await;
    let warnings = || std::mem::take(&mut *listener.lines.lock().unwrap());
    for _ in 0..2 {
        without_base_url().edge("dublin").build().unwrap();
        let expected = "event message=an edge is set without a region: the region us1 is used edge=\"dublin\"";
        assert_eq!(warnings(), [expected]);
        without_base_url().region("us1").build().unwrap();
        let expected = "event message=a region is set without an edge: Twilio is withdrawing such hosts; set the edge \
                        as well region=\"us1\"";
        assert_eq!(warnings(), [expected]);
    }
    without_base_url().build().unwrap();
    without_base_url().edge("dublin").region("us1").build().unwrap();
    without_base_url().edge("dublin").base_url("http://127.0.0.1:9").build().unwrap();
    assert_eq!(warnings(), [""; 0]);
}

#[tokio::test]
async fn the_span_of_a_raw_request_has_its_path_without_the_query() {
    let (listener, _guard) = listen().await;
    let server = Server::always(Answer::json(200, "{}"));
    let client = server.client().build().unwrap();
    let request = client.request(Method::GET, "/v1/Things?Identity=alice").query(&serde_json::json!({ "Name": "bob" }));
    request.send::<serde_json::Value>().await.unwrap();
    let lines = listener.lines.lock().unwrap().clone();
    assert_eq!(lines[0], "new twilio_conversations operation=\"GET /v1/Things\" method=\"GET\" path=\"/v1/Things\"");
    let text = lines.join("\n");
    assert!(!text.contains("alice") && !text.contains("bob"), "{text}");
}

#[tokio::test]
async fn a_call_without_an_answer_says_why() {
    let (listener, _guard) = listen().await;
    let server = Server::always(Answer::hang_up());
    let client = server.client().build().unwrap();
    client.configuration().webhooks().update().clear_pre_webhook_url().send().await.unwrap_err();
    let lines = listener.lines.lock().unwrap().clone();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(
        lines[1].starts_with("event message=no complete response attempt=1 error=the connection failed"),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2..], ["set attempts=1", "set duration_ms=…"]);
}
