//! Reset while the emulator runs: nothing of before is left, and nothing of before is sent.

use std::time::Duration;

use serde_json::json;
use twilio_conversations_emulator::{Builder, Emulator};

use crate::receiver::{Receiver, Reply};
use crate::support::{Answer, Method, World, each};

const OTHER: &str = "AC00000000000000000000000000000002";
const SEED: &str = r#"[
    {"post": "/v1/Conversations", "form": {"UniqueName": "seeded"}, "save": "it"},
    {"post": "/v1/Conversations/{it}/Participants", "form": {"Identity": "alice"}},
    {"post": "/_emulator/messages", "form": {"ConversationSid": "{it}", "Identity": "alice", "Body": "from the seed"}},
    {"post": "/_emulator/clock", "form": {"Freeze": "true", "Set": "2030-01-01T00:00:00Z"}}
]"#;

async fn reset(world: &World, form: &[(&str, &str)]) -> Answer {
    world.bare(Method::POST, "/_emulator/reset").form(form).send().await
}

async fn conversations(world: &World) -> Vec<String> {
    let list = world.get("/v1/Conversations").await.expect(200).body;
    let names = list["conversations"].as_array().unwrap().iter();
    let mut names: Vec<_> = names.map(|one| one["unique_name"].as_str().unwrap_or("unnamed").to_owned()).collect();
    names.sort();
    names
}

/// Changes everything that can be changed.
async fn use_it(world: &World) {
    let conversation = world.create("/v1/Conversations", &[("UniqueName", "used")]).await;
    world.post(&format!("/v1/Conversations/{conversation}/Messages"), &[("Body", "x")]).await.expect(201);
    world.create("/v1/Credentials", &[("Type", "fcm"), ("Secret", "x")]).await;
    world.service("used").await;
    world.post("/_emulator/media", &[("Size", "5")]).await.expect(200);
    world.post("/_emulator/clock", &[("Advance", "P100D"), ("Freeze", "true")]).await.expect(200);
    world.post("/_emulator/faults", &[("Fault", "503:CreateRole")]).await.expect(200);
    let other = world.bare(Method::POST, "/v1/Conversations").login(OTHER, "token").form(&[]);
    other.send().await.expect(201);
}

fn with_two_accounts() -> Builder {
    Emulator::builder().another_account(OTHER, "token").fault("504@0:Fetch".parse().unwrap())
}

async fn check_fresh(world: &World) {
    assert_eq!(conversations(world).await, [""; 0]);
    let services = world.get("/v1/Services").await.expect(200).body;
    assert_eq!(each(&services["services"], "friendly_name"), ["Default Conversations Service"]);
    let configuration = world.get("/v1/Configuration").await.expect(200);
    assert_eq!(configuration.text("default_chat_service_sid"), services["services"][0]["sid"]);
    assert!(world.get("/v1/Credentials").await.expect(200).body["credentials"].as_array().unwrap().is_empty());
    let other = world.bare(Method::GET, "/v1/Conversations").login(OTHER, "token").send().await.expect(200).body;
    assert!(other["conversations"].as_array().unwrap().is_empty());
    assert!(world.emulator.deliveries().unwrap().is_empty());
    let faults = world.get("/_emulator/faults").await.expect(200).body;
    assert_eq!(each(&faults["faults"], "fault"), ["504@0:Fetch"]);
    let clock = world.get("/_emulator/clock").await.expect(200);
    assert_eq!(clock.body["frozen"], false);
    let now = world.post("/v1/Conversations", &[]).await.expect(201).text("date_created");
    let now = now.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    let system = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(u64::try_from(now).unwrap().abs_diff(system) < 3600, "{now}");
}

#[tokio::test]
async fn a_reset_leaves_fresh_accounts_in_memory_and_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    for builder in [with_two_accounts(), with_two_accounts().data_file(&file)] {
        let world = World::of(builder).await;
        for _ in 0..2 {
            use_it(&world).await;
            assert_eq!(reset(&world, &[]).await.expect(200).body, json!({"reset_to": "empty"}));
            check_fresh(&world).await;
            world.emulator.reset().await.unwrap();
        }
        use_it(&world).await;
        world.emulator.reset_to_empty().await.unwrap();
        check_fresh(&world).await;
        world.emulator.stop().await;
    }
    // What was reset in the file stays so.
    let world = World::of(with_two_accounts().data_file(&file)).await;
    assert_eq!(conversations(&world).await, ["unnamed"]);
}

#[tokio::test]
async fn a_reset_makes_the_requests_of_the_seed_again_or_leaves_them_out() {
    let world = World::of(Emulator::builder().seed(SEED)).await;
    let first = world.get("/v1/Conversations/seeded").await.expect(200).text("sid");
    world.delete("/v1/Conversations/seeded").await.expect(204);
    for (form, to) in [(&[][..], "seed"), (&[("To", "seed")], "seed"), (&[("To", "empty")], "empty"), (&[], "seed")] {
        assert_eq!(reset(&world, form).await.expect(200).body, json!({"reset_to": to}));
        if to == "empty" {
            assert_eq!(conversations(&world).await, [""; 0]);
            assert_eq!(world.get("/_emulator/clock").await.body["frozen"], false);
            continue;
        }
        assert_eq!(conversations(&world).await, ["seeded"]);
        let messages = world.get("/v1/Conversations/seeded/Messages").await.expect(200).body;
        assert_eq!(each(&messages["messages"], "body"), ["from the seed"]);
        assert_eq!(world.get("/_emulator/clock").await.text("now"), "2030-01-01T00:00:00.000Z");
    }
    let again = world.get("/v1/Conversations/seeded").await.expect(200).text("sid");
    assert_ne!(first, again);
}

#[tokio::test]
async fn a_reset_that_is_malformed_or_cannot_be_made_changes_nothing() {
    let world = World::of(with_two_accounts()).await;
    use_it(&world).await;
    assert!(reset(&world, &[("To", "seed")]).await.refused(400, 20001).contains("without a seed"));
    reset(&world, &[("To", "nothing")]).await.refused(400, 20001);
    reset(&world, &[("To", "Empty")]).await.refused(400, 20001);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = world.bare(method, "/_emulator/reset").send().await;
        assert_eq!(answer.header("allow"), "POST");
        answer.refused(405, 20004);
    }
    assert_eq!(conversations(&world).await, ["used"]);
}

#[tokio::test]
async fn a_seed_cannot_reset_the_emulator() {
    for path in ["reset", "snapshot", "faults"] {
        let seed = format!(r#"[{{"post": "/_emulator/{path}", "form": {{"Fault": "503"}}}}]"#);
        let error = Emulator::builder().seed(seed).start().await.unwrap_err();
        assert!(format!("{error:?}").contains("404"), "{error:?}");
    }
}

/// The seed works at first, and fails when it is made again: a webhook rejects it.
#[tokio::test]
async fn a_seed_that_fails_leaves_everything_as_it_was() {
    let receiver = Receiver::start().await;
    let seed = json!([
        {"post": "/v1/Configuration/Webhooks", "form":
            {"Method": "POST", "PreWebhookUrl": &receiver.url, "Filters": ["onConversationAdd"]}},
        {"post": "/v1/Conversations", "form": {"UniqueName": "seeded"}, "webhooks": true},
    ]);
    let world = World::of(Emulator::builder().seed(seed.to_string())).await;
    world.create("/v1/Conversations", &[("UniqueName", "mine")]).await;
    receiver.answers(|_| Reply::of(403, ""));
    let message = reset(&world, &[]).await.refused(500, 20500);
    assert!(message.contains("cannot make call 2"), "{message}");
    world.emulator.reset().await.unwrap_err();
    assert_eq!(conversations(&world).await, ["mine", "seeded"]);
    receiver.answers(|_| Reply::of(200, ""));
    world.emulator.reset().await.unwrap();
    assert_eq!(conversations(&world).await, ["seeded"]);
}

async fn post_webhooks_to(world: &World, url: &str) {
    let form = [("Method", "POST"), ("PostWebhookUrl", url), ("Filters", "onConversationAdded")];
    world.post("/v1/Configuration/Webhooks", &form).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_that_were_pending_are_not_sent_after_a_reset() {
    let mut receiver = Receiver::start().await;
    receiver.answers(|_| Reply::of(503, ""));
    let world = World::of(Emulator::builder().retries(1000, Duration::from_millis(1))).await;
    for _ in 0..3 {
        post_webhooks_to(&world, &receiver.url).await;
        for _ in 0..20 {
            world.post_aloud("/v1/Conversations", &[]).await.expect(201);
        }
        receiver.next().await;
        world.emulator.reset().await.unwrap();
        assert!(world.emulator.deliveries().unwrap().is_empty());
        // Requests that were sent before may still be in the sockets of the receiver. Retries would go on after 256 ms.
        tokio::time::sleep(Duration::from_millis(150)).await;
        receiver.rest();
        tokio::time::sleep(Duration::from_millis(400)).await;
        let late = receiver.rest();
        assert!(late.is_empty(), "{} webhooks of before the reset were sent after it", late.len());
        assert!(world.emulator.deliveries().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_webhook_that_hangs_does_not_hold_up_a_reset_and_its_end_is_not_recorded_in_the_new_state() {
    let mut receiver = Receiver::start().await;
    receiver.answers(|_| Reply { delay: Duration::from_millis(300), ..Reply::of(500, "late") });
    let world = World::start().await;
    post_webhooks_to(&world, &receiver.url).await;
    world.post_aloud("/v1/Conversations", &[]).await.expect(201);
    receiver.next().await;
    world.emulator.reset().await.unwrap();
    // The first call of the new state has the number of the one that hangs.
    receiver.answers(|_| Reply::of(200, "in time"));
    post_webhooks_to(&world, &receiver.url).await;
    world.post_aloud("/v1/Conversations", &[]).await.expect(201);
    world.emulator.settle().await.unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    let deliveries = world.emulator.deliveries().unwrap();
    let ends: Vec<_> = deliveries.iter().map(|one| (one.id, one.status, one.response_body.as_deref())).collect();
    assert_eq!(ends, [(1, Some(200), Some("in time"))]);
}

#[tokio::test]
async fn a_request_that_waits_for_a_pre_event_webhook_ends_with_503_and_does_nothing() {
    let mut receiver = Receiver::start().await;
    receiver.answers(|_| Reply { delay: Duration::from_millis(300), ..Reply::of(200, "") });
    let world = World::start().await;
    let form = [("Method", "POST"), ("PreWebhookUrl", &*receiver.url), ("Filters", "onConversationAdd")];
    world.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let (answer, ()) = tokio::join!(world.post_aloud("/v1/Conversations", &[]), async {
        receiver.next().await;
        world.emulator.reset().await.unwrap();
    });
    answer.refused(503, 20503);
    assert_eq!(conversations(&world).await, [""; 0]);
    assert!(world.emulator.deliveries().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_under_way_see_the_state_before_or_after_a_reset_and_never_half_of_it() {
    let world = World::of(Emulator::builder().seed(SEED)).await;
    let (url, sid, token) = (
        world.emulator.base_url().to_owned(),
        world.emulator.account_sid().to_owned(),
        world.emulator.auth_token().to_owned(),
    );
    let (done, stop) = tokio::sync::watch::channel(false);
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let (http, url, sid, token, stop) =
                (world.http.clone(), url.clone(), sid.clone(), token.clone(), stop.clone());
            tokio::spawn(async move {
                let mut count = 0;
                while !*stop.borrow() {
                    let call = |method, path: &str| http.request(method, &format!("{url}{path}")).login(&sid, &token);
                    let answer = if worker % 2 == 0 {
                        call(Method::GET, "/v1/Conversations/seeded/Messages").send().await.expect(200)
                    } else {
                        let form = [("Body", "x"), ("Author", "alice")];
                        call(Method::POST, "/v1/Conversations/seeded/Messages").form(&form).send().await.expect(201)
                    };
                    if worker % 2 == 0 {
                        assert_eq!(answer.body["messages"][0]["body"], "from the seed");
                    } else {
                        // The clock of a state is part of it.
                        assert_eq!(answer.text("date_created"), "2030-01-01T00:00:00Z");
                        assert_ne!(answer.body["index"], 0);
                    }
                    count += 1;
                }
                count
            })
        })
        .collect();
    for _ in 0..30 {
        world.emulator.reset().await.unwrap();
    }
    done.send_replace(true);
    for worker in workers {
        assert!(worker.await.unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_at_the_same_time_are_made_one_after_the_other() {
    let world = World::of(Emulator::builder().seed(SEED)).await;
    let one = async || {
        for _ in 0..5 {
            reset(&world, &[]).await.expect(200);
        }
    };
    tokio::join!(one(), one(), one());
    assert_eq!(conversations(&world).await, ["seeded"]);
}

#[tokio::test]
async fn timers_of_before_a_reset_do_not_run_and_those_of_the_seed_do() {
    let seed = r#"[{"post": "/v1/Conversations", "form": {"UniqueName": "timed", "Timers.Inactive": "PT1M"}}]"#;
    let world = World::of(Emulator::builder().seed(seed)).await;
    world.post("/_emulator/clock", &[("Advance", "PT2M")]).await.expect(200);
    assert_eq!(world.get("/v1/Conversations/timed").await.expect(200).text("state"), "inactive");
    world.emulator.reset().await.unwrap();
    assert_eq!(world.get("/v1/Conversations/timed").await.expect(200).text("state"), "active");
    world.emulator.advance_clock(Duration::from_secs(120)).unwrap();
    assert_eq!(world.get("/v1/Conversations/timed").await.expect(200).text("state"), "inactive");
}

#[tokio::test]
async fn writes_are_counted_anew_after_a_reset() {
    let seed = r#"[{"post": "/_emulator/clock", "form": {"Freeze": "true", "Set": "2030-01-01T00:00:00Z"}}]"#;
    let world = World::of(Emulator::builder().rate_limit(1).seed(seed)).await;
    for _ in 0..3 {
        world.create("/v1/Conversations", &[]).await;
        world.post("/v1/Conversations", &[]).await.refused(429, 50063);
        world.emulator.reset().await.unwrap();
    }
}

#[tokio::test]
async fn a_reset_of_a_run_with_generated_sids_begins_it_anew() {
    let world = World::of(Emulator::builder().seed_ids(7).seed(SEED)).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        let seeded = world.get("/v1/Conversations/seeded").await.expect(200).body;
        let created = world.post("/v1/Conversations", &[]).await.expect(201).body;
        runs.push((seeded["sid"].clone(), created["sid"].clone(), created["date_created"].clone()));
        world.emulator.reset().await.unwrap();
    }
    assert_eq!(runs, vec![runs[0].clone(); 3]);
    world.emulator.reset_to_empty().await.unwrap();
    assert_eq!(world.get("/_emulator/clock").await.text("now"), "2026-01-01T00:00:00.000Z");
    // A snapshot goes on where it was taken.
    let snapshot = world.emulator.snapshot().unwrap();
    let next = world.create("/v1/Conversations", &[]).await;
    world.emulator.restore(&snapshot).await.unwrap();
    assert_eq!(world.create("/v1/Conversations", &[]).await, next);
    assert_ne!(world.create("/v1/Conversations", &[]).await, next);
}

#[tokio::test]
async fn a_reset_forgets_recorded_requests_and_changed_signing_keys() {
    let world = World::of(Emulator::builder().signing_key("first", "secret")).await;
    world.service("x").await;
    world.post("/_emulator/signing-key", &[("KeyId", "second"), ("Secret", "other")]).await.expect(200);
    assert!(!world.emulator.requests().is_empty());
    world.emulator.reset().await.unwrap();
    assert!(world.emulator.requests().is_empty());
    assert_eq!(world.get("/_emulator/signing-key").await.text("key_id"), "first");
}
