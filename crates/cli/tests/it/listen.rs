//! `twconv listen` and `twconv resend`: events arrive, and responses are relayed.

use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::Value;
use twilio_conversations::webhook::{Event, Signer};

use crate::{
    harness::{Harness, text},
    receiver::Receiver,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_signed_for_the_receiver_with_the_same_fields_and_token() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(200, "{}").await;
    let url = format!("{}?from=test", receiver.url);
    let mut listen = harness.listen(&["--forward-to", &url, "--header", "X-Developer: me"]).await;
    harness.post("/v1/Conversations", &[("FriendlyName", "Größe & co")]).await.unwrap();
    harness.emulator.settle().await.unwrap();

    let arrived = receiver.all();
    let names: Vec<_> = arrived.iter().map(|one| one.event(harness.emulator.auth_token(), &url).event_type()).collect();
    assert_eq!(format!("{names:?}"), "[ConversationAdd, ConversationAdded]");
    let deliveries = harness.emulator.deliveries().unwrap();
    for (one, sent) in arrived.iter().zip(&deliveries) {
        assert_eq!(one.headers["i-twilio-idempotency-token"], sent.idempotency_token.as_str());
        assert_eq!(one.headers["x-developer"], "me");
        assert_eq!(one.headers["user-agent"], "TwilioProxy/1.1");
        assert_eq!(one.uri.query(), Some("from=test"));
        let fields = one.verify(harness.emulator.auth_token(), &url);
        assert_eq!(fields.get("FriendlyName"), Some("Größe & co"));
    }
    let first = listen.line().await;
    let id = &deliveries[0].idempotency_token[..8];
    assert!(first.contains("  --> onConversationAdd ") && first.ends_with(&format!("[{id}]")), "{first}");
    let second = listen.line().await;
    assert!(second.contains(&format!(" <--  [200] POST {url} (")) && second.ends_with("{}"), "{second}");
    let third = listen.line().await;
    assert!(third.contains("  --> onConversationAdded CH"), "{third}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_and_a_rewrite_by_the_receiver_reach_the_emulator() {
    let harness = Harness::start().await;
    let receiver = Receiver::start(move |arrived| {
        let fields = form_urlencoded::parse(&arrived.body).into_owned().collect::<Vec<_>>();
        let has = |value: &str| fields.iter().any(|(_, field)| field == value);
        let response = if has("refused") {
            (StatusCode::FORBIDDEN, vec![], "no".to_owned())
        } else if has("rewritten") {
            let json = vec![("content-type", "application/json".to_owned())];
            (StatusCode::OK, json, r#"{"friendly_name": "by the receiver"}"#.to_owned())
        } else {
            (StatusCode::OK, vec![], String::new())
        };
        std::future::ready(response)
    })
    .await;
    let mut listen = harness.listen(&["--forward-to", &receiver.url, "--events", "onConversationAdd"]).await;
    let refused = harness.post("/v1/Conversations", &[("FriendlyName", "refused")]).await.unwrap_err();
    assert!(refused.contains("50056"), "{refused}");
    let rewritten = harness.post("/v1/Conversations", &[("FriendlyName", "rewritten")]).await.unwrap();
    assert_eq!(rewritten["friendly_name"], "by the receiver");
    let kept = harness.post("/v1/Conversations", &[("FriendlyName", "kept")]).await.unwrap();
    assert_eq!(kept["friendly_name"], "kept");
    listen.line().await;
    let line = listen.line().await;
    assert!(line.contains(" <--  [403] POST ") && line.ends_with(" no"), "{line}");
    assert_eq!(receiver.all().len(), 3, "only the selected event was sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_hangs_does_not_delay_an_action_beyond_the_deadline() {
    let harness = Harness::start().await;
    let receiver = Receiver::start(|_| std::future::pending()).await;
    let mut listen = harness.listen(&["--forward-to", &receiver.url, "--events", "onConversationAdd"]).await;
    let start = Instant::now();
    harness.post("/v1/Conversations", &[]).await.expect("the action goes on");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let deliveries = harness.emulator.deliveries().unwrap();
    assert_eq!((deliveries[0].status, deliveries[0].state.to_string().as_str()), (Some(200), "proceeded"));
    listen.line().await;
    let line = listen.line().await;
    assert!(line.contains("[ERROR]") && line.ends_with("responded 200, so the action goes on"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_goes_on_if_no_receiver_listens_and_a_post_event_gets_503() {
    let harness = Harness::with(
        twilio_conversations_emulator::Emulator::builder().retries(1, Duration::from_millis(1)).start().await.unwrap(),
    );
    // A port that was free a moment ago.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _listen = harness.listen(&["--forward-to", &format!("http://{closed}/")]).await;
    harness.post("/v1/Conversations", &[]).await.expect("the action goes on");
    harness.emulator.settle().await.unwrap();
    let deliveries = harness.emulator.deliveries().unwrap();
    let states: Vec<_> = deliveries.iter().map(|one| (one.status, one.attempts)).collect();
    assert_eq!(states, [(Some(200), 1), (Some(503), 2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_by_get_are_forwarded_by_get() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(200, "").await;
    let _listen = harness.listen(&["--forward-to", &receiver.url, "--method", "get"]).await;
    harness.post("/v1/Conversations", &[("FriendlyName", "a+b c")]).await.unwrap();
    harness.emulator.settle().await.unwrap();
    let arrived = receiver.all();
    assert_eq!(arrived.len(), 2);
    for one in arrived {
        assert_eq!(one.method, http::Method::GET);
        assert_eq!(one.verify(harness.emulator.auth_token(), &receiver.url).get("FriendlyName"), Some("a+b c"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_with_a_wrong_signature_is_shown_gets_403_and_is_not_forwarded() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(200, "").await;
    let mut listen = harness.listen(&["--forward-to", &receiver.url]).await;
    let forged = Signer::new("another token").unwrap();
    let status = send(forged.post_form(&listen.url(), [("EventType", "onMessageAdd"), ("Body", "x")]).unwrap()).await;
    assert_eq!(status, 403);
    let line = listen.line().await;
    assert!(line.contains("  --> [403] POST /: the signature does not match; not forwarded"), "{line}");
    let signer = Signer::new(harness.emulator.auth_token()).unwrap();
    assert_eq!(send(signer.post_form(&listen.url(), [("Body", "x")]).unwrap()).await, 400, "no EventType");
    assert!(receiver.all().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_print_json_stdout_has_an_object_for_each_event_and_nothing_else() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(200, r#"{"friendly_name": "new"}"#).await;
    let record = harness.file("record.ndjson");
    let args = ["--forward-to", &receiver.url, "--print-json", "--record", record.to_str().unwrap()];
    let mut listen = harness.listen(&args).await;
    harness.post("/v1/Conversations", &[]).await.unwrap();
    harness.emulator.settle().await.unwrap();
    let object: Value = serde_json::from_str(&listen.line().await).unwrap();
    assert_eq!(object["payload"]["EventType"], "onConversationAdd");
    assert_eq!(object["response"]["status"], 200);
    assert_eq!(object["response"]["body"], r#"{"friendly_name": "new"}"#);
    let object: Value = serde_json::from_str(&listen.line().await).unwrap();
    assert_eq!(object["event"], "onConversationAdded");
    listen.until("  --> onConversationAdded").await;

    listen.signal("-TERM");
    let (status, out, err) = listen.end().await;
    assert_eq!((status.code(), out.as_str()), (Some(130), ""), "{err}");
    let lines = std::fs::read_to_string(&record).unwrap();
    assert_eq!(lines.lines().count(), 2);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&record).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_event_is_sent_again_with_its_fields_and_token() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(200, r#"{"friendly_name":"new"}"#).await;
    let record = harness.file("record.ndjson");
    let listen = harness.listen(&["--forward-to", &receiver.url, "--record", record.to_str().unwrap()]).await;
    harness.post("/v1/Conversations", &[("FriendlyName", "twice")]).await.unwrap();
    harness.emulator.settle().await.unwrap();
    listen.signal("-INT");
    listen.end().await;

    let first = receiver.all();
    let token = first[0].headers["i-twilio-idempotency-token"].to_str().unwrap();
    let url = &receiver.url;
    for (args, original) in [
        (&["resend", "--last"][..], &first[1]),
        (&["resend", &token[..8]], &first[0]),
        (&["resend", token, "--record", record.to_str().unwrap(), "--forward-to", url], &first[0]),
    ] {
        let output = harness.run(args).await;
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), r#"{"friendly_name":"new"}"#);
        let again = receiver.all().pop().unwrap();
        assert_eq!(again.headers, original.headers);
        let verify = |one: &crate::receiver::Arrived| one.verify(harness.emulator.auth_token(), url);
        assert_eq!(verify(&again), verify(original));
    }
    let output = harness.run(&["resend", "00000000-nothing"]).await;
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let output = harness.run(&["resend", ""]).await;
    assert_eq!(output.status.code(), Some(2), "an id is needed: {}", text(&output.stderr));
    assert_eq!(harness.run(&["resend"]).await.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_has_webhooks_of_its_own() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(200, "").await;
    let service: Value = harness
        .client
        .request(http::Method::POST, "/v1/Services")
        .form(&[("FriendlyName", "mine")])
        .send()
        .await
        .unwrap();
    let sid = service["sid"].as_str().unwrap();
    let before = harness.webhooks().await;
    let listen = harness.listen(&["--service", sid, "--forward-to", &receiver.url]).await;
    assert_eq!(harness.webhooks().await, before, "the account's webhooks stay");
    harness.post(&format!("/v1/Services/{sid}/Conversations"), &[]).await.unwrap();
    harness.emulator.settle().await.unwrap();
    let token = harness.emulator.auth_token();
    let events: Vec<Event> = receiver.all().iter().map(|one| one.event(token, &receiver.url)).collect();
    assert_eq!(events.len(), 2);
    listen.signal("-INT");
    listen.end().await;
    let path = format!("/v1/Services/{sid}/Configuration/Webhooks");
    let after: Value = harness.client.request(http::Method::GET, &path).send().await.unwrap();
    assert!(after["pre_webhook_url"].is_null() && after["method"].is_null(), "{after}");
    assert_eq!(after["filters"], serde_json::json!([]));

    let output = harness.run(&["listen", "--service", sid, "--events", "onUserAdded"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("a service does not send onUserAdded"), "{}", text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_options_are_errors_before_anything_is_changed() {
    let harness = Harness::start().await;
    let before = harness.webhooks().await;
    for (args, problem) in [
        (&["--forward-to", "localhost:3000"][..], "--forward-to"),
        (&["--forward-to", "ftp://localhost/"], "--forward-to"),
        (&["--events", "onMessageSnt"], "there is no event \"onMessageSnt\""),
        (&["--service", "CH1"], "--service"),
        (&["--service", ""], "--service"),
        (&["--events", " , "], "no event is named"),
        (&["--header", "no colon"], "--header"),
        (&["--header", "X-Twilio-Signature: x"], "--header"),
        (&["--public-url", "https://example.com/"], "--port"),
        (&["--public-url", "https://example.com/?a=1", "--port", "0"], "--public-url"),
        (&["--public-url", "example.com", "--port", "0"], "--public-url"),
        (&["--restore", "--print-json"], "--restore"),
    ] {
        let output = harness.run(&[&["listen"], args].concat()).await;
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(problem), "{args:?}: {error}");
    }
    let mut empty = harness.command(&["listen", "--restore"]);
    empty.env("TWILIO_CONVERSATIONS_SERVICE", "");
    let output = crate::harness::run(empty).await;
    assert_eq!(output.status.code(), Some(0), "an empty variable counts as unset: {}", text(&output.stderr));
    let output = harness.run(&["listen", "--record", "/nowhere/at/all"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(harness.webhooks().await, before);
    assert!(harness.states(".json").is_empty());
}

/// Sends a request, and returns the status of the response.
pub(crate) async fn send(request: http::Request<Vec<u8>>) -> u16 {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).redirect(reqwest::redirect::Policy::none());
    let (parts, body) = request.into_parts();
    let request = plain(client).request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    request.send().await.unwrap().status().as_u16()
}

/// A client for plain HTTP.
fn plain(builder: reqwest::ClientBuilder) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder.build().unwrap()
}
