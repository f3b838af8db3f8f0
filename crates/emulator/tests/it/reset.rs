//! Reset while the emulator runs: no earlier state is left, and no earlier webhook is sent.

use std::time::Duration;

use serde_json::json;
use twilio_conversations_emulator::{Builder, Emulator};

use crate::receiver::{HookResponse, Receiver};
use crate::support::{ApiResponse, Instance, Method, each};

const OTHER: &str = "AC00000000000000000000000000000002";
const SEED: &str = r#"[
    {"post": "/v1/Conversations", "form": {"UniqueName": "seeded"}, "save": "it"},
    {"post": "/v1/Conversations/{it}/Participants", "form": {"Identity": "alice"}},
    {"post": "/_emulator/messages", "form": {"ConversationSid": "{it}", "Identity": "alice", "Body": "from the seed"}},
    {"post": "/_emulator/clock", "form": {"Freeze": "true", "Set": "2030-01-01T00:00:00Z"}}
]"#;

async fn reset(instance: &Instance, form: &[(&str, &str)]) -> ApiResponse {
    instance.bare(Method::POST, "/_emulator/reset").form(form).send().await
}

async fn conversations(instance: &Instance) -> Vec<String> {
    let list = instance.get("/v1/Conversations").await.expect(200).body;
    let names = list["conversations"].as_array().unwrap().iter();
    let mut names: Vec<_> = names.map(|one| one["unique_name"].as_str().unwrap_or("unnamed").to_owned()).collect();
    names.sort();
    names
}

/// Changes everything that can be changed.
async fn use_it(instance: &Instance) {
    let conversation = instance.create("/v1/Conversations", &[("UniqueName", "used")]).await;
    instance.post(&format!("/v1/Conversations/{conversation}/Messages"), &[("Body", "x")]).await.expect(201);
    instance.create("/v1/Credentials", &[("Type", "fcm"), ("Secret", "x")]).await;
    instance.service("used").await;
    instance.post("/_emulator/media", &[("Size", "5")]).await.expect(200);
    instance.post("/_emulator/clock", &[("Advance", "P100D"), ("Freeze", "true")]).await.expect(200);
    instance.post("/_emulator/faults", &[("Fault", "503:CreateRole")]).await.expect(200);
    let other = instance.bare(Method::POST, "/v1/Conversations").login(OTHER, "token").form(&[]);
    other.send().await.expect(201);
}

fn with_two_accounts() -> Builder {
    Emulator::builder().another_account(OTHER, "token").fault("504@0:Fetch".parse().unwrap())
}

async fn check_fresh(instance: &Instance) {
    assert_eq!(conversations(instance).await, [""; 0]);
    let services = instance.get("/v1/Services").await.expect(200).body;
    assert_eq!(each(&services["services"], "friendly_name"), ["Default Conversations Service"]);
    let configuration = instance.get("/v1/Configuration").await.expect(200);
    assert_eq!(configuration.text("default_chat_service_sid"), services["services"][0]["sid"]);
    assert!(instance.get("/v1/Credentials").await.expect(200).body["credentials"].as_array().unwrap().is_empty());
    let other = instance.bare(Method::GET, "/v1/Conversations").login(OTHER, "token").send().await.expect(200).body;
    assert!(other["conversations"].as_array().unwrap().is_empty());
    assert!(instance.emulator.deliveries().unwrap().is_empty());
    let faults = instance.get("/_emulator/faults").await.expect(200).body;
    assert_eq!(each(&faults["faults"], "fault"), ["504@0:Fetch"]);
    let clock = instance.get("/_emulator/clock").await.expect(200);
    assert_eq!(clock.body["frozen"], false);
    let now = instance.post("/v1/Conversations", &[]).await.expect(201).text("date_created");
    let now = now.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    let system = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(u64::try_from(now).unwrap().abs_diff(system) < 3600, "{now}");
}

#[tokio::test]
async fn a_reset_leaves_fresh_accounts_in_memory_and_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    for builder in [with_two_accounts(), with_two_accounts().data_file(&file)] {
        let instance = Instance::of(builder).await;
        for _ in 0..2 {
            use_it(&instance).await;
            assert_eq!(reset(&instance, &[]).await.expect(200).body, json!({"reset_to": "empty"}));
            check_fresh(&instance).await;
            instance.emulator.reset().await.unwrap();
        }
        use_it(&instance).await;
        instance.emulator.reset_to_empty().await.unwrap();
        check_fresh(&instance).await;
        instance.emulator.stop().await;
    }
    // The file stores the reset state.
    let instance = Instance::of(with_two_accounts().data_file(&file)).await;
    assert_eq!(conversations(&instance).await, ["unnamed"]);
}

#[tokio::test]
async fn a_reset_makes_the_requests_of_the_seed_again_or_leaves_them_out() {
    let instance = Instance::of(Emulator::builder().seed(SEED)).await;
    let first = instance.get("/v1/Conversations/seeded").await.expect(200).text("sid");
    instance.delete("/v1/Conversations/seeded").await.expect(204);
    for (form, to) in [(&[][..], "seed"), (&[("To", "seed")], "seed"), (&[("To", "empty")], "empty"), (&[], "seed")] {
        assert_eq!(reset(&instance, form).await.expect(200).body, json!({"reset_to": to}));
        if to == "empty" {
            assert_eq!(conversations(&instance).await, [""; 0]);
            assert_eq!(instance.get("/_emulator/clock").await.body["frozen"], false);
            continue;
        }
        assert_eq!(conversations(&instance).await, ["seeded"]);
        let messages = instance.get("/v1/Conversations/seeded/Messages").await.expect(200).body;
        assert_eq!(each(&messages["messages"], "body"), ["from the seed"]);
        assert_eq!(instance.get("/_emulator/clock").await.text("now"), "2030-01-01T00:00:00.000Z");
    }
    let again = instance.get("/v1/Conversations/seeded").await.expect(200).text("sid");
    assert_ne!(first, again);
}

#[tokio::test]
async fn a_reset_that_is_malformed_or_cannot_be_made_changes_nothing() {
    let instance = Instance::of(with_two_accounts()).await;
    use_it(&instance).await;
    assert!(reset(&instance, &[("To", "seed")]).await.expect_error(400, 20001).contains("without a seed"));
    reset(&instance, &[("To", "nothing")]).await.expect_error(400, 20001);
    reset(&instance, &[("To", "Empty")]).await.expect_error(400, 20001);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let response = instance.bare(method, "/_emulator/reset").send().await;
        assert_eq!(response.header("allow"), "POST");
        response.expect_error(405, 20004);
    }
    assert_eq!(conversations(&instance).await, ["used"]);
}

#[tokio::test]
async fn a_seed_cannot_reset_the_emulator() {
    for path in ["reset", "snapshot", "faults"] {
        let seed = format!(r#"[{{"post": "/_emulator/{path}", "form": {{"Fault": "503"}}}}]"#);
        let error = Emulator::builder().seed(seed).start().await.unwrap_err();
        assert!(format!("{error:?}").contains("404"), "{error:?}");
    }
}

/// The seed is loaded at first. Loading it again fails, since a webhook rejects it.
#[tokio::test]
async fn a_seed_that_fails_leaves_everything_as_it_was() {
    let receiver = Receiver::start().await;
    let seed = json!([
        {"post": "/v1/Configuration/Webhooks", "form":
            {"Method": "POST", "PreWebhookUrl": &receiver.url, "Filters": ["onConversationAdd"]}},
        {"post": "/v1/Conversations", "form": {"UniqueName": "seeded"}, "webhooks": true},
    ]);
    let instance = Instance::of(Emulator::builder().seed(seed.to_string())).await;
    instance.create("/v1/Conversations", &[("UniqueName", "mine")]).await;
    receiver.responds(|_| HookResponse::of(403, ""));
    let message = reset(&instance, &[]).await.expect_error(500, 20500);
    assert!(message.contains("cannot make call 2"), "{message}");
    instance.emulator.reset().await.unwrap_err();
    assert_eq!(conversations(&instance).await, ["mine", "seeded"]);
    receiver.responds(|_| HookResponse::of(200, ""));
    instance.emulator.reset().await.unwrap();
    assert_eq!(conversations(&instance).await, ["seeded"]);
}

async fn post_webhooks_to(instance: &Instance, url: &str) {
    let form = [("Method", "POST"), ("PostWebhookUrl", url), ("Filters", "onConversationAdded")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_that_were_pending_are_not_sent_after_a_reset() {
    let mut receiver = Receiver::start().await;
    receiver.responds(|_| HookResponse::of(503, ""));
    let instance = Instance::of(Emulator::builder().retries(1000, Duration::from_millis(1))).await;
    for _ in 0..3 {
        post_webhooks_to(&instance, &receiver.url).await;
        for _ in 0..20 {
            instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
        }
        receiver.next().await;
        instance.emulator.reset().await.unwrap();
        assert!(instance.emulator.deliveries().unwrap().is_empty());
        // Requests that were sent before may still be in the sockets of the receiver. Retries would go on after 256 ms.
        tokio::time::sleep(Duration::from_millis(150)).await;
        receiver.rest();
        tokio::time::sleep(Duration::from_millis(400)).await;
        let late = receiver.rest();
        assert!(late.is_empty(), "{} webhooks of before the reset were sent after it", late.len());
        assert!(instance.emulator.deliveries().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_webhook_that_hangs_does_not_hold_up_a_reset_and_its_end_is_not_recorded_in_the_new_state() {
    let mut receiver = Receiver::start().await;
    receiver.responds(|_| HookResponse { delay: Duration::from_millis(300), ..HookResponse::of(500, "late") });
    let instance = Instance::start().await;
    post_webhooks_to(&instance, &receiver.url).await;
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    receiver.next().await;
    instance.emulator.reset().await.unwrap();
    // The first call of the new state has the number of the one that hangs.
    receiver.responds(|_| HookResponse::of(200, "in time"));
    post_webhooks_to(&instance, &receiver.url).await;
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    instance.emulator.settle().await.unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    let deliveries = instance.emulator.deliveries().unwrap();
    let ends: Vec<_> = deliveries.iter().map(|one| (one.id, one.status, one.response_body.as_deref())).collect();
    assert_eq!(ends, [(1, Some(200), Some("in time"))]);
}

#[tokio::test]
async fn a_request_that_waits_for_a_pre_event_webhook_ends_with_503_and_has_no_effect() {
    let mut receiver = Receiver::start().await;
    receiver.responds(|_| HookResponse { delay: Duration::from_millis(300), ..HookResponse::of(200, "") });
    let instance = Instance::start().await;
    let form = [("Method", "POST"), ("PreWebhookUrl", &*receiver.url), ("Filters", "onConversationAdd")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let (response, ()) = tokio::join!(instance.post_with_webhooks("/v1/Conversations", &[]), async {
        receiver.next().await;
        instance.emulator.reset().await.unwrap();
    });
    response.expect_error(503, 20503);
    assert_eq!(conversations(&instance).await, [""; 0]);
    assert!(instance.emulator.deliveries().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_in_progress_see_the_state_before_or_after_a_reset_and_never_a_mix() {
    let instance = Instance::of(Emulator::builder().seed(SEED)).await;
    let (url, sid, token) = (
        instance.emulator.base_url().to_owned(),
        instance.emulator.account_sid().to_owned(),
        instance.emulator.auth_token().to_owned(),
    );
    let (done, stop) = tokio::sync::watch::channel(false);
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let (http, url, sid, token, stop) =
                (instance.http.clone(), url.clone(), sid.clone(), token.clone(), stop.clone());
            tokio::spawn(async move {
                let mut count = 0;
                while !*stop.borrow() {
                    let call = |method, path: &str| http.request(method, &format!("{url}{path}")).login(&sid, &token);
                    let response = if worker % 2 == 0 {
                        call(Method::GET, "/v1/Conversations/seeded/Messages").send().await.expect(200)
                    } else {
                        let form = [("Body", "x"), ("Author", "alice")];
                        call(Method::POST, "/v1/Conversations/seeded/Messages").form(&form).send().await.expect(201)
                    };
                    if worker % 2 == 0 {
                        assert_eq!(response.body["messages"][0]["body"], "from the seed");
                    } else {
                        // The clock of a state is part of it.
                        assert_eq!(response.text("date_created"), "2030-01-01T00:00:00Z");
                        assert_ne!(response.body["index"], 0);
                    }
                    count += 1;
                }
                count
            })
        })
        .collect();
    for _ in 0..30 {
        instance.emulator.reset().await.unwrap();
    }
    done.send_replace(true);
    for worker in workers {
        assert!(worker.await.unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_resets_run_one_after_the_other() {
    let instance = Instance::of(Emulator::builder().seed(SEED)).await;
    let one = async || {
        for _ in 0..5 {
            reset(&instance, &[]).await.expect(200);
        }
    };
    tokio::join!(one(), one(), one());
    assert_eq!(conversations(&instance).await, ["seeded"]);
}

#[tokio::test]
async fn after_a_reset_only_the_timers_of_the_seed_run() {
    let seed = r#"[{"post": "/v1/Conversations", "form": {"UniqueName": "timed", "Timers.Inactive": "PT1M"}}]"#;
    let instance = Instance::of(Emulator::builder().seed(seed)).await;
    instance.post("/_emulator/clock", &[("Advance", "PT2M")]).await.expect(200);
    assert_eq!(instance.get("/v1/Conversations/timed").await.expect(200).text("state"), "inactive");
    instance.emulator.reset().await.unwrap();
    assert_eq!(instance.get("/v1/Conversations/timed").await.expect(200).text("state"), "active");
    instance.emulator.advance_clock(Duration::from_secs(120)).unwrap();
    assert_eq!(instance.get("/v1/Conversations/timed").await.expect(200).text("state"), "inactive");
}

#[tokio::test]
async fn writes_are_counted_anew_after_a_reset() {
    let seed = r#"[{"post": "/_emulator/clock", "form": {"Freeze": "true", "Set": "2030-01-01T00:00:00Z"}}]"#;
    let instance = Instance::of(Emulator::builder().rate_limit(1).seed(seed)).await;
    for _ in 0..3 {
        instance.create("/v1/Conversations", &[]).await;
        instance.post("/v1/Conversations", &[]).await.expect_error(429, 50063);
        instance.emulator.reset().await.unwrap();
    }
}

#[tokio::test]
async fn a_reset_of_a_run_with_generated_sids_begins_it_anew() {
    let instance = Instance::of(Emulator::builder().seed_ids(7).seed(SEED)).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        let seeded = instance.get("/v1/Conversations/seeded").await.expect(200).body;
        let created = instance.post("/v1/Conversations", &[]).await.expect(201).body;
        runs.push((seeded["sid"].clone(), created["sid"].clone(), created["date_created"].clone()));
        instance.emulator.reset().await.unwrap();
    }
    assert_eq!(runs, vec![runs[0].clone(); 3]);
    instance.emulator.reset_to_empty().await.unwrap();
    assert_eq!(instance.get("/_emulator/clock").await.text("now"), "2026-01-01T00:00:00.000Z");
    // A restored emulator continues from the state of the snapshot.
    let snapshot = instance.emulator.snapshot().unwrap();
    let next = instance.create("/v1/Conversations", &[]).await;
    instance.emulator.restore(&snapshot).await.unwrap();
    assert_eq!(instance.create("/v1/Conversations", &[]).await, next);
    assert_ne!(instance.create("/v1/Conversations", &[]).await, next);
}

#[tokio::test]
async fn a_reset_forgets_recorded_requests_and_changed_signing_keys() {
    let instance = Instance::of(Emulator::builder().signing_key("first", "secret")).await;
    instance.service("x").await;
    instance.post("/_emulator/signing-key", &[("KeyId", "second"), ("Secret", "other")]).await.expect(200);
    assert!(!instance.emulator.requests().is_empty());
    instance.emulator.reset().await.unwrap();
    assert!(instance.emulator.requests().is_empty());
    assert_eq!(instance.get("/_emulator/signing-key").await.text("key_id"), "first");
}
