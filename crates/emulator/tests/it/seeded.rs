//! Runs with a seed: the same SIDs, tokens, dates and faults each time.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use twilio_conversations_emulator::{Builder, DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, Emulator};

use crate::program::Program;
use crate::receiver::Receiver;
use crate::support::{Http, Instance, Method};
use crate::webhooks::{ACCOUNT, report};

const EVENTS: [&str; 6] = [
    "onConversationAdd",
    "onConversationAdded",
    "onParticipantAdded",
    "onMessageAdd",
    "onMessageAdded",
    "onDeliveryUpdated",
];

fn seeded(seed: u64, file: Option<&Path>) -> Builder {
    // URLs with a host that does not depend on the port.
    let builder = Emulator::builder().seed_ids(seed).vendor_urls(true);
    match file {
        Some(file) => builder.data_file(file),
        None => builder,
    }
}

/// The bodies of the responses to some requests, and the fields and tokens of the webhooks.
#[derive(Debug, Default, PartialEq)]
struct Record {
    bodies: Vec<Bytes>,
    /// SIDs of the created items.
    sids: Vec<String>,
    webhooks: Vec<(String, String)>,
}

impl Record {
    async fn post(
        &mut self,
        instance: &Instance,
        receiver: &mut Receiver,
        path: &str,
        form: &[(&str, &str)],
    ) -> String {
        let response = instance.post_with_webhooks(path, form).await.expect(201);
        self.bodies.push(response.bytes.clone());
        // One call after the other, since calls about different conversations may come in any order.
        instance.emulator.settle().await.unwrap();
        for hook in receiver.rest() {
            self.webhooks.push((hook.body.clone(), hook.header("i-twilio-idempotency-token").to_owned()));
        }
        self.sids.push(response.text("sid"));
        response.text("sid")
    }

    /// Creates resources of every kind, with pre-event and post-event webhooks.
    async fn act(&mut self, instance: &Instance) {
        let mut receiver = Receiver::start().await;
        report(instance, ACCOUNT, &receiver, &EVENTS).await;
        let receiver = &mut receiver;
        let service = self.post(instance, receiver, "/v1/Services", &[("FriendlyName", "s")]).await;
        for (base, ours) in [("/v1", "+15551239999"), (&*format!("/v1/Services/{service}"), "+15551239998")] {
            let conversation = self.post(instance, receiver, &format!("{base}/Conversations"), &[]).await;
            let path = format!("{base}/Conversations/{conversation}");
            self.post(instance, receiver, &format!("{path}/Participants"), &[("Identity", "alice")]).await;
            let person = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", ours)];
            self.post(instance, receiver, &format!("{path}/Participants"), &person).await;
            let message = self.post(instance, receiver, &format!("{path}/Messages"), &[("Body", "hello")]).await;
            instance.emulator.report_delivery(&message, None, "delivered", None).await.unwrap();
            let hook = [("Target", "webhook"), ("Configuration.Url", "http://127.0.0.1/")];
            let filters = [("Configuration.Filters", "onParticipantRemoved")];
            self.post(instance, receiver, &format!("{path}/Webhooks"), &[&hook[..], &filters].concat()).await;
            for list in ["Participants", "Messages", &format!("Messages/{message}/Receipts"), "Webhooks"] {
                self.bodies.push(instance.get(&format!("{path}/{list}")).await.expect(200).bytes);
            }
        }
        let role = [("FriendlyName", "r"), ("Type", "service"), ("Permission", "joinConversation")];
        self.post(instance, receiver, "/v1/Roles", &role).await;
        let credential = [("Type", "fcm"), ("Secret", "x")];
        self.post(instance, receiver, "/v1/Credentials", &credential).await;
        for list in ["Services", "Users", "Roles", "Conversations", "Credentials", "Configuration"] {
            self.bodies.push(instance.get(&format!("/v1/{list}")).await.expect(200).bytes);
        }
        self.sids.push(instance.emulator.add_media(None, None, "text/plain", 1).await.unwrap());
        self.sids.push(instance.emulator.add_binding(None, "alice", "fcm", "device").await.unwrap());
    }
}

#[tokio::test]
async fn two_runs_of_the_same_requests_have_the_same_bodies_webhooks_and_tokens() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let (instance, mut record) = (Instance::of(seeded(seed, None)).await, Record::default());
        record.act(&instance).await;
        assert!(record.webhooks.len() >= 12, "{record:?}");
        runs.push(record);
    }
    // The receivers' ports are in no field.
    assert_eq!(runs[0], runs[1]);
    let (one, other): (BTreeSet<_>, BTreeSet<_>) = (runs[0].sids.iter().collect(), runs[2].sids.iter().collect());
    assert!(one.len() > 12 && one.is_disjoint(&other), "{one:?} {other:?}");
    let service: Value = serde_json::from_slice(&runs[0].bodies[0]).unwrap();
    assert_eq!(service["date_created"], "2026-01-01T00:00:00Z");
}

#[tokio::test]
async fn a_restart_in_the_middle_repeats_no_sid_and_is_the_same_in_every_run() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data.db");
        let mut record = Record::default();
        for lap in 0..3 {
            let instance = Instance::of(seeded(7, Some(&file))).await;
            if lap == 2 {
                instance.emulator.advance_clock(Duration::from_secs(60)).unwrap();
            }
            let path = "/v1/Conversations";
            let mut receiver = Receiver::start().await;
            report(&instance, ACCOUNT, &receiver, &["onConversationAdded"]).await;
            for _ in 0..3 {
                record.post(&instance, &mut receiver, path, &[]).await;
            }
            instance.emulator.stop().await;
        }
        let sids: BTreeSet<_> = record.sids.iter().collect();
        let tokens: BTreeSet<_> = record.webhooks.iter().map(|(_, token)| token).collect();
        assert_eq!((sids.len(), tokens.len()), (9, 9), "{record:?}");
        let bodies = record.bodies.iter().map(|body| serde_json::from_slice::<Value>(body).unwrap());
        let dates: Vec<_> = bodies.map(|body| body["date_created"].as_str().unwrap().to_owned()).collect();
        assert!(dates.is_sorted() && dates[5] == "2026-01-01T00:00:00Z" && dates[6] == "2026-01-01T00:01:00Z");
        runs.push(record);
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn a_data_file_without_a_seed_and_one_of_another_seed_get_new_sids() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let mut sids = BTreeSet::new();
    for seed in [None, Some(1), Some(2), None, Some(1), Some(1)] {
        let builder = Emulator::builder().data_file(&file);
        let instance =
            Instance::of(seed.map_or(builder, |seed| Emulator::builder().data_file(&file).seed_ids(seed))).await;
        for _ in 0..3 {
            assert!(sids.insert(instance.create("/v1/Conversations", &[]).await));
        }
        instance.emulator.stop().await;
    }
    assert_eq!(sids.len(), 18);
}

#[tokio::test]
async fn the_sids_of_a_kind_do_not_depend_on_other_kinds_and_reads_nor_on_requests_that_fail() {
    let mut sids = Vec::new();
    for disturbed in [false, true] {
        let instance = Instance::of(seeded(7, None)).await;
        if disturbed {
            instance.create("/v1/Users", &[("Identity", "alice")]).await;
            for _ in 0..5 {
                instance.get("/v1/Conversations").await.expect(200);
                instance.post("/v1/Conversations", &[("State", "shut")]).await.expect_error(400, 50378);
            }
        }
        let conversation = instance.create("/v1/Conversations", &[]).await;
        let path = format!("/v1/Conversations/{conversation}/Messages");
        sids.push((conversation, instance.create(&path, &[("Body", "x")]).await));
    }
    assert_eq!(sids[0], sids[1]);
}

#[tokio::test]
async fn the_clock_stands_still_until_it_is_moved_and_timers_wait_for_it() {
    let instance = Instance::of(seeded(7, None)).await;
    let clock = instance.get("/_emulator/clock").await.expect(200).body;
    assert_eq!(clock, serde_json::json!({"now": "2026-01-01T00:00:00.000Z", "frozen": true}));
    let sid = instance.create("/v1/Conversations", &[("Timers.Inactive", "PT1M")]).await;
    let path = format!("/v1/Conversations/{sid}");
    let state = async || instance.get(&path).await.expect(200).text("state");
    instance.emulator.advance_clock(Duration::from_secs(59)).unwrap();
    assert_eq!(state().await, "active");
    instance.emulator.advance_clock(Duration::from_secs(1)).unwrap();
    assert_eq!(state().await, "inactive");
    let unfrozen =
        instance.bare(Method::POST, "/_emulator/clock").form(&[("Freeze", "false")]).send().await.expect(200);
    assert_eq!(unfrozen.body["frozen"], false);
}

#[tokio::test]
async fn faults_are_injected_into_the_same_requests_in_every_run() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let instance = Instance::of(seeded(seed, None).fault("503@0.5".parse().unwrap())).await;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(instance.get("/v1/Services").await.status);
        }
        assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn a_scenario_has_the_same_sids_in_every_run() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let instance = Instance::of(seeded(7, None).seed(include_str!("../../examples/shop.yaml"))).await;
        let mut bodies = Vec::new();
        for path in ["/v1/Services", "/v1/Users", "/v1/Conversations", "/v1/Conversations/order-4711/Messages"] {
            bodies.push(instance.get(path).await.expect(200).bytes);
        }
        runs.push(bodies);
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn concurrent_requests_never_get_the_same_sid() {
    let instance = std::sync::Arc::new(Instance::of(seeded(7, None)).await);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let instance = instance.clone();
            tokio::spawn(async move {
                let mut sids = Vec::new();
                for _ in 0..25 {
                    sids.push(instance.create("/v1/Conversations", &[]).await);
                }
                sids
            })
        })
        .collect();
    let mut sids = BTreeSet::new();
    for task in tasks {
        sids.extend(task.await.unwrap());
    }
    assert_eq!(sids.len(), 200);
}

#[tokio::test]
async fn a_program_that_is_killed_never_generates_a_sid_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let mut sids = BTreeSet::new();
    for lap in 1..=4 {
        // Killed when dropped.
        let program = Program::start(&["--seed-ids", "7", "--data", file.to_str().unwrap()]);
        let url = format!("{}/v1/Conversations", program.base_url);
        for _ in 0..10 {
            let request = Http::new().request(Method::POST, &url);
            let request = request.login(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN).form(&[]);
            sids.insert(request.send().await.expect(201).text("sid"));
        }
        assert_eq!(sids.len(), lap * 10);
    }
}
