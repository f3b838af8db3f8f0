//! `twconv listen` restores the webhooks that were there.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Notify;
#[cfg(target_os = "linux")]
use twilio_conversations_emulator::Emulator;

use crate::{
    harness::{Harness, Process, run, text},
    receiver::Receiver,
};

const PREVIOUS: [(&str, &str); 5] = [
    ("Method", "GET"),
    ("PreWebhookUrl", "https://user:secret@example.com/pre"),
    ("PostWebhookUrl", "https://example.com/post"),
    ("Filters", "onMessageAdded"),
    ("Filters", "onUserAdded"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_signal_restores_the_webhooks() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let harness = Harness::start().await;
        let before = harness.set_webhooks(&PREVIOUS).await;
        let listen = harness.listen(&["--events", "onMessageAdd"]).await;
        let during = harness.webhooks().await;
        assert_eq!(during["pre_webhook_url"], listen.url());
        assert_eq!((&during["method"], &during["filters"]), (&json!("POST"), &json!(["onMessageAdd"])));
        let start = Instant::now();
        listen.signal(signal);
        let (status, _, err) = listen.end().await;
        assert_eq!(status.code(), Some(130), "{err}");
        assert!(start.elapsed() < Duration::from_secs(4), "no request is open: {:?}", start.elapsed());
        assert!(err.contains("restored the webhooks of account AC"), "{err}");
        assert_eq!(harness.webhooks().await, before, "{signal}");
        assert!(harness.states(".json").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_that_were_empty_are_empty_again() {
    let harness = Harness::start().await;
    let before = harness.webhooks().await;
    assert!(before["pre_webhook_url"].is_null() && before["filters"] == json!([]));
    let listen = harness.listen(&[]).await;
    assert_ne!(harness.webhooks().await, before);
    listen.signal("-INT");
    listen.end().await;
    assert_eq!(harness.webhooks().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_the_next_run_restores_the_webhooks() {
    let harness = Harness::start().await;
    let before = harness.set_webhooks(&PREVIOUS).await;
    harness.listen(&[]).await.kill();
    assert_ne!(harness.webhooks().await, before);
    let saved = harness.states(".json");
    assert_eq!(saved.len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&saved[0]).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let output = harness.run(&["listen", "--restore"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(harness.webhooks().await, before);
    assert!(harness.states(".json").is_empty());

    // Twice killed: what the second run saves is the original, and not what the first one set.
    harness.listen(&[]).await.kill();
    harness.listen(&[]).await.kill();
    let listen = harness.listen(&[]).await;
    assert!(listen.notes.iter().any(|line| line.contains("restored the webhooks")), "{:?}", listen.notes);
    listen.signal("-INT");
    listen.end().await;
    assert_eq!(harness.webhooks().await, before);
    let output = harness.run(&["listen", "--restore"]).await;
    assert!(text(&output.stderr).contains("nothing to restore"), "{}", text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_for_a_service_restores_what_a_killed_one_left_of_the_account() {
    let harness = Harness::start().await;
    let before = harness.set_webhooks(&PREVIOUS).await;
    harness.listen(&[]).await.kill();
    let service: Value = harness.client.request(http::Method::GET, "/v1/Services").send().await.unwrap();
    let sid = service["services"][0]["sid"].as_str().unwrap();
    let listen = harness.listen(&["--service", sid]).await;
    assert_eq!(harness.webhooks().await, before);
    listen.signal("-INT");
    listen.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_listen_of_the_same_webhooks_is_refused() {
    let harness = Harness::start().await;
    let before = harness.webhooks().await;
    let listen = harness.listen(&[]).await;
    let during = harness.webhooks().await;
    for args in [&["listen"][..], &["listen", "--restore"]] {
        let output = harness.run(args).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("another twconv listen holds the webhooks of account AC"));
        assert_eq!(harness.webhooks().await, during);
    }
    listen.signal("-INT");
    listen.end().await;
    assert_eq!(harness.webhooks().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_others_changed_is_not_overwritten() {
    let harness = Harness::start().await;
    harness.set_webhooks(&PREVIOUS).await;
    let listen = harness.listen(&[]).await;
    let theirs = [("PreWebhookUrl", "https://other.example/pre"), ("PostWebhookUrl", "https://other.example/post")];
    let theirs = harness.set_webhooks(&theirs).await;
    listen.signal("-INT");
    let (status, _, err) = listen.end().await;
    assert_eq!(status.code(), Some(130));
    assert!(err.contains("were changed while they pointed here, and were not overwritten"), "{err}");
    assert_eq!(harness.webhooks().await, theirs);
    assert!(!err.contains("secret"), "{err}");
    // The original configuration is kept in a file, which no run restores.
    let kept = std::fs::read_to_string(&harness.states(".kept.json")[0]).unwrap();
    assert!(kept.contains("https://example.com/post"), "{kept}");
    harness.run(&["listen", "--restore"]).await;
    assert_eq!(harness.webhooks().await, theirs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_that_others_changed_are_kept_and_the_urls_restored() {
    let harness = Harness::start().await;
    let before = harness.set_webhooks(&PREVIOUS).await;
    let listen = harness.listen(&[]).await;
    harness.set_webhooks(&[("Filters", "onMessageRemove")]).await;
    listen.signal("-INT");
    let (_, _, err) = listen.end().await;
    assert!(err.contains("these fields kept: Filters"), "{err}");
    let mut expected = before;
    expected["filters"] = json!(["onMessageRemove"]);
    assert_eq!(harness.webhooks().await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn if_restoring_fails_the_saved_configuration_is_kept() {
    let harness = Harness::start().await;
    harness.set_webhooks(&PREVIOUS).await;
    let listen = harness.listen(&[]).await;
    let saved = harness.states(".json").pop().unwrap();
    harness.emulator.stop().await;
    listen.signal("-INT");
    let (status, _, err) = listen.end().await;
    assert_eq!(status.code(), Some(1), "{err}");
    assert!(err.contains(saved.to_str().unwrap()) && err.contains("twconv listen --restore"), "{err}");
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(saved).unwrap()).unwrap();
    assert_eq!(saved["previous"]["post_webhook_url"], "https://example.com/post");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_before_the_first_change_ends_the_command_at_once() {
    use std::os::unix::process::ExitStatusExt as _;
    let harness = Harness::start().await;
    // A server that accepts connections and does not respond.
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let mut command = harness.command(&["listen"]);
    command.env("TWILIO_CONVERSATIONS_BASE_URL", &url);
    let listen = Process::spawn(command);
    let _open = server.accept().await.unwrap();
    let start = Instant::now();
    listen.signal("-INT");
    let (status, _, err) = listen.end().await;
    assert_eq!(status.signal(), Some(2), "{err}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(harness.states(".json").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_configuration_that_is_damaged_stops_the_next_run() {
    let harness = Harness::start().await;
    harness.set_webhooks(&PREVIOUS).await;
    harness.listen(&[]).await.kill();
    let during = harness.webhooks().await;
    let saved = harness.states(".json").pop().unwrap();
    let good: Value = serde_json::from_slice(&std::fs::read(&saved).unwrap()).unwrap();
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed.to_string()
    };
    let large = " ".repeat(1024 * 1024 + 1);
    for (content, problem) in [
        ("{\"previous\": ".to_owned(), "is not a saved webhook configuration"),
        (String::new(), "is not a saved webhook configuration"),
        (with("version", json!(2)), "in format 2, expected 1"),
        (with("previous", json!(7)), "is not a saved webhook configuration"),
        (with("account_sid", json!("AC00000000000000000000000000000001")), "of another account"),
        (large, "larger than 1 MiB"),
    ] {
        std::fs::write(&saved, &content).unwrap();
        for args in [&["listen"][..], &["listen", "--restore"]] {
            let output = harness.run(args).await;
            let error = text(&output.stderr);
            assert!(matches!(output.status.code(), Some(1 | 2)) && error.contains(problem), "{error}");
        }
        assert_eq!(harness.webhooks().await, during);
        assert_eq!(std::fs::read_to_string(&saved).unwrap(), content);
    }
    std::fs::write(&saved, good.to_string()).unwrap();
    assert_eq!(harness.run(&["listen", "--restore"]).await.status.code(), Some(0));
    assert_ne!(harness.webhooks().await, during);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_stdout_ends_the_command_and_restores_the_webhooks() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(200, "").await;
    let before = harness.webhooks().await;
    let mut listen = harness.listen(&["--forward-to", &receiver.url]).await;
    // The reader's thread ends with the line that it cannot hand on, so several events are needed.
    listen.close_stdout();
    while harness.webhooks().await != before {
        harness.post("/v1/Conversations", &[]).await.unwrap();
    }
    let (status, err) = ended(listen).await;
    assert_eq!(status, Some(0), "{err}");
    assert!(err.contains("restored the webhooks"), "{err}");
}

async fn ended(mut listen: Process) -> (Option<i32>, String) {
    let line = listen.until("restored the webhooks").await;
    (listen.wait(), line)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_open_at_the_end_gets_its_response() {
    let harness = Harness::start().await;
    let (arrived, open) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let gates = (Arc::clone(&arrived), Arc::clone(&open));
    let receiver = Receiver::start(move |_| {
        let (arrived, open) = gates.clone();
        async move {
            arrived.notify_one();
            open.notified().await;
            (StatusCode::OK, vec![], r#"{"friendly_name":"by the receiver"}"#.to_owned())
        }
    })
    .await;
    let mut listen = harness.listen(&["--forward-to", &receiver.url, "--events", "onConversationAdd"]).await;
    let end = async {
        arrived.notified().await;
        listen.signal("-INT");
        listen.until("restored the webhooks").await;
        open.notify_one();
    };
    let (created, ()) = tokio::join!(harness.post("/v1/Conversations", &[("FriendlyName", "before")]), end);
    created.unwrap();
    // The emulator calls no webhook that was removed meanwhile, so it does not apply the change.
    let body = harness.emulator.deliveries().unwrap()[0].response_body.clone();
    assert_eq!(body.as_deref(), Some(r#"{"friendly_name":"by the receiver"}"#));
    assert_eq!(listen.wait(), Some(130));
}

/// The vendor's host leads to the emulator here, through its proxy.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_another_machine_the_change_is_confirmed_and_a_public_https_url_is_needed() {
    let harness = Harness::with(Emulator::builder().proxy(0).start().await.unwrap());
    let before = harness.set_webhooks(&PREVIOUS).await;
    let ca_file = harness.file("ca.pem");
    std::fs::write(&ca_file, harness.emulator.ca_certificate().unwrap()).unwrap();
    let variables = harness.emulator.proxy_vars(&ca_file);
    let command = |args: &[&str]| {
        let mut command = harness.command(&[&["listen"], args].concat());
        command.env_remove("TWILIO_CONVERSATIONS_BASE_URL");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command
    };
    let public = ["--port", "0", "--public-url", "https://user:hidden@tunnel.example/hooks"];
    for (args, problem) in [
        (&[][..], "the https URL of a tunnel to this machine is needed"),
        (&["--port", "0", "--public-url", "http://tunnel.example/"], "the https URL of a tunnel"),
        (&public, "confirm by --yes"),
    ] {
        let output = run(command(args)).await;
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(problem) && !error.contains("hidden") && !error.contains("secret"), "{error}");
        assert_eq!(harness.webhooks().await, before);
        assert!(harness.states(".json").is_empty());
    }
    let mut listen = Process::spawn(command(&[&["--yes"], &public[..]].concat()));
    let now = listen.until("now: ").await;
    assert!(now.contains("pre-event URL https://example.com/pre") && !now.contains("secret"), "{now}");
    listen.until("ready: ").await;
    assert_eq!(harness.webhooks().await["pre_webhook_url"], "https://user:hidden@tunnel.example/hooks");
    listen.signal("-INT");
    let (_, _, err) = listen.end().await;
    assert_eq!(harness.webhooks().await, before, "{err}");
    assert!(!err.contains("hidden"), "{err}");
}
