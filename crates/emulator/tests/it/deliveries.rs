//! Deliveries: their order, their listing, and idempotency tokens.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use twilio_conversations::webhook::events::MessageAdded;
use twilio_conversations::webhook::{EventRouter, RecentEvents, Signer, Verifier};
use twilio_conversations_emulator::{DeliveryState, Emulator};

use crate::receiver::{HookResponse, Receiver};
use crate::support::{Instance, Method};
use crate::webhooks::{ACCOUNT, quick, report};

/// The list of webhook calls, the latest first.
async fn listed(instance: &Instance, query: &str) -> Vec<Value> {
    let mut list = instance.get(&format!("/_emulator/deliveries?{query}")).await.expect(200).body;
    let Value::Array(list) = list["deliveries"].take() else { panic!("{list}") };
    list
}

/// A socket address without a listener.
async fn nowhere() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_receiver_that_hangs_delays_no_other_and_gets_64_concurrent_calls() {
    let instance = Instance::of(Emulator::builder().post_hook_timeout(Duration::from_secs(3600))).await;
    let (mut hangs, mut other) = (Receiver::start().await, Receiver::start().await);
    hangs.responds(|_| HookResponse { delay: Duration::from_secs(3600), ..HookResponse::of(200, "") });
    let (one, two) = (instance.service("one").await, instance.service("two").await);
    for (service, receiver) in [(&one, &hangs), (&two, &other)] {
        report(
            &instance,
            &format!("/v1/Services/{service}/Configuration/Webhooks"),
            receiver,
            &["onConversationAdded"],
        )
        .await;
    }
    for _ in 0..100 {
        instance.post_with_webhooks(&format!("/v1/Services/{one}/Conversations"), &[]).await.expect(201);
    }
    hangs.events(64).await;
    instance.post_with_webhooks(&format!("/v1/Services/{two}/Conversations"), &[]).await.expect(201);
    assert_eq!(other.events(1).await, ["onConversationAdded"]);
    assert!(hangs.rest().is_empty());
}

/// The queues that an earlier run left, and those that get new calls, are delivered.
#[tokio::test]
async fn pending_calls_are_delivered_after_a_restart_together_with_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let address = nowhere().await;
    let instance = Instance::of(Emulator::builder().data_file(&file).retries(9, Duration::from_secs(3600))).await;
    let form = [("Method", "POST"), ("PostWebhookUrl", &*format!("http://{address}/")), ("Filters", "onMessageAdded")];
    instance.post(ACCOUNT, &form).await.expect(200);
    let mut conversations = Vec::new();
    for _ in 0..20 {
        let path = format!("/v1/Conversations/{}/Messages", instance.create("/v1/Conversations", &[]).await);
        for _ in 0..2 {
            instance.post_with_webhooks(&path, &[("Body", "before")]).await.expect(201);
        }
        conversations.push(path);
    }
    instance.emulator.stop().await;

    let mut receiver = Receiver::on(TcpListener::bind(address).await.unwrap());
    let instance = Instance::of(quick().data_file(&file)).await;
    for path in &conversations {
        instance.post_with_webhooks(path, &[("Body", "after")]).await.expect(201);
    }
    let mut received = std::collections::BTreeMap::<String, Vec<String>>::new();
    for _ in 0..60 {
        let hook = receiver.next().await;
        received.entry(hook.field("ConversationSid").to_owned()).or_default().push(hook.field("Index").to_owned());
    }
    assert_eq!(received.len(), 20);
    assert!(received.values().all(|indices| indices == &["0", "1", "2"]), "{received:?}");
}

fn pairs(delivery: &Value) -> Vec<(&str, &str)> {
    delivery["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn a_call_is_listed_as_it_was_sent_and_signed() {
    let instance = Instance::of(quick()).await;
    let mut receiver = Receiver::start().await;
    let signer = Signer::new(instance.emulator.auth_token()).unwrap();
    // Neither login nor fragment is called or signed.
    let url = receiver.url.replace("http://", "http://user:pass@") + "?key=a%20b#rc=2";
    for (method, pre) in [("POST", false), ("GET", false), ("POST", true), ("GET", true)] {
        let (hook, event) = if pre {
            (["PreWebhookUrl", "PostWebhookUrl"], "onConversationAdd")
        } else {
            (["PostWebhookUrl", "PreWebhookUrl"], "onConversationAdded")
        };
        let form = [("Method", method), (hook[0], url.as_str()), (hook[1], ""), ("Filters", event)];
        instance.post(ACCOUNT, &form).await.expect(200);
        let mut left = 2;
        receiver.responds(move |_| {
            left -= 1;
            HookResponse::of(if left > 0 && !pre { 503 } else { 200 }, "")
        });
        instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "Ünï & co")]).await.expect(201);
        let sent = if pre { receiver.next().await } else { [receiver.next().await, receiver.next().await][1].clone() };
        instance.emulator.settle().await.unwrap();

        let listed = &listed(&instance, "Limit=1").await[0];
        assert_eq!((&listed["event"], &listed["method"]), (&event.into(), &method.into()));
        let fields = pairs(listed);
        assert_eq!(fields.last(), Some(&("RetryCount", if pre { "0" } else { "1" })));
        assert_eq!(sent.header("x-twilio-signature"), listed["signature"]);
        let shown = listed["url"].as_str().unwrap();
        assert_eq!(shown, format!("{}{}", receiver.url.trim_end_matches("/hooks"), sent.target));
        let signed = if method == "GET" { Vec::new() } else { fields };
        assert_eq!(signer.sign_pairs(shown, signed.into_iter()), listed["signature"].as_str().unwrap());
    }
}

#[tokio::test]
async fn a_pending_call_is_listed_as_it_will_be_sent() {
    let instance = Instance::of(Emulator::builder().retries(9, Duration::from_secs(3600))).await;
    let address = nowhere().await;
    let url = format!("http://{address}/hooks");
    let form = [("Method", "GET"), ("PostWebhookUrl", url.as_str()), ("Filters", "onMessageAdded")];
    instance.post(ACCOUNT, &form).await.expect(200);
    let path = format!("/v1/Conversations/{}/Messages", instance.create("/v1/Conversations", &[]).await);
    for _ in 0..2 {
        instance.post_with_webhooks(&path, &[("Body", "x")]).await.expect(201);
    }
    // The second call waits for the first one, whose retry is in an hour.
    let second = &listed(&instance, "Limit=1").await[0];
    assert_eq!((&second["state"], &second["attempts"]), (&"pending".into(), &0.into()));
    assert!(second["url"].as_str().unwrap().starts_with(&format!("{url}?AccountSid=")), "{second}");
    assert_eq!(pairs(second).last(), Some(&("RetryCount", "0")));
}

#[tokio::test]
async fn calls_that_were_given_up_are_listed_for_all_accounts() {
    const OTHER: &str = "AC00000000000000000000000000000002";
    let address = nowhere().await;
    let url = format!("http://{address}/hooks");
    let instance =
        Instance::of(Emulator::builder().retries(0, Duration::from_millis(1)).another_account(OTHER, "other")).await;
    let form = [("Method", "POST"), ("PostWebhookUrl", url.as_str()), ("Filters", "onConversationAdded")];
    instance.post(ACCOUNT, &form).await.expect(200);
    for _ in 0..120 {
        instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    }
    let other = |path, form: &[(&str, &str)]| {
        let request = instance.bare(Method::POST, path).login(OTHER, "other");
        request.header("x-twilio-webhook-enabled", "true").form(form).send()
    };
    let form = [("Method", "POST"), ("PostWebhookUrl", &*format!("{url}/other")), ("Filters", "onConversationAdded")];
    other(ACCOUNT, &form).await.expect(200);
    other("/v1/Conversations", &[]).await.expect(201);
    instance.emulator.settle().await.unwrap();
    let given_up = instance.emulator.given_up();
    assert_eq!(given_up.len(), 121);
    assert_eq!(given_up[0], format!("onConversationAdded {url}/other"));
    assert!(given_up[1..].iter().all(|call| *call == format!("onConversationAdded {url}")));
}

#[tokio::test]
async fn the_latest_10_000_completed_calls_and_those_given_up_are_kept() {
    let instance = Instance::of(Emulator::builder().retries(0, Duration::from_millis(1))).await;
    let address = nowhere().await;
    let path = format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await);
    let form = [
        ("Target", "webhook"),
        ("Configuration.Url", &*format!("http://{address}/")),
        ("Configuration.Filters", "onMessageAdded"),
    ];
    let dead = instance.create(&format!("{path}/Webhooks"), &form).await;
    instance.post_with_webhooks(&format!("{path}/Messages"), &[("Body", "x")]).await.expect(201);
    instance.emulator.settle().await.unwrap();
    instance.delete(&format!("{path}/Webhooks/{dead}")).await.expect(204);
    for _ in 1..500 {
        instance.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    }
    // Calls of Studio flows are recorded, and each new flow receives all earlier messages.
    let flow = [
        ("Target", "studio"),
        ("Configuration.FlowSid", "FW0123456789abcdef0123456789abcdef"),
        ("Configuration.ReplayAfter", "0"),
    ];
    for _ in 0..22 {
        let webhook = instance.create(&format!("{path}/Webhooks"), &flow).await;
        instance.delete(&format!("{path}/Webhooks/{webhook}")).await.expect(204);
    }
    let mut kept = Vec::new();
    while kept.len() < 20_000 {
        let before = kept.last().map_or(String::new(), |last: &serde_json::Value| format!("&Before={}", last["id"]));
        let page = listed(&instance, &format!("Limit=10000&State=recorded{before}")).await;
        assert!(page.len() <= 1000, "a page has at most 1,000 calls");
        if page.is_empty() {
            break;
        }
        kept.extend(page);
    }
    let ids = |index: usize| kept[index]["id"].as_i64().unwrap();
    assert_eq!(ids(0), 1 + 22 * 500);
    assert!((10_000..10_100).contains(&kept.len()), "{}", kept.len());
    assert!(listed(&instance, "Id=2").await.is_empty());
    assert!(listed(&instance, "Id=900").await.is_empty());
    assert_eq!(instance.emulator.given_up(), [format!("onMessageAdded http://{address}/")]);
    let deliveries = instance.emulator.deliveries().unwrap();
    assert_eq!((deliveries[0].id, deliveries[0].state), (1, DeliveryState::GivenUp));
    assert!((10_001..10_101).contains(&deliveries.len()), "a hundred are deleted at a time: {}", deliveries.len());
    assert!(deliveries.is_sorted_by_key(|delivery| delivery.id));
}

/// A receiver of two webhooks that drops repeated tokens handles the event once.
#[tokio::test]
async fn all_webhooks_of_an_event_have_the_same_token() {
    let instance = Instance::of(quick()).await;
    let handled = Arc::new(Mutex::new(Vec::new()));
    let sink = handled.clone();
    let verifier = Verifier::builder(instance.emulator.auth_token()).plain_http(true).build().unwrap();
    let events = EventRouter::new(verifier)
        .on(move |event: MessageAdded| {
            sink.lock().unwrap().push(event.index.unwrap());
            std::future::ready(())
        })
        .drop_repeats(RecentEvents::new(100));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/hooks", axum::routing::any(events));
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

    let form = [("Method", "POST"), ("PostWebhookUrl", url.as_str()), ("Filters", "onMessageAdded")];
    instance.post(ACCOUNT, &form).await.expect(200);
    let path = format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await);
    let scoped =
        [("Target", "webhook"), ("Configuration.Url", url.as_str()), ("Configuration.Filters", "onMessageAdded")];
    instance.create(&format!("{path}/Webhooks"), &scoped).await;
    for _ in 0..10 {
        instance.post_with_webhooks(&format!("{path}/Messages"), &[("Body", "x")]).await.expect(201);
    }
    instance.emulator.settle().await.unwrap();
    server.abort();
    let calls = listed(&instance, "State=delivered").await;
    assert_eq!(calls.len(), 20, "each webhook is called, and gets a response");
    let mut tokens: Vec<_> = calls.iter().map(|call| call["idempotency_token"].as_str().unwrap()).collect();
    tokens.sort_unstable();
    assert!(tokens.chunks(2).all(|two| two[0] == two[1]), "{tokens:?}");
    tokens.dedup();
    assert_eq!(tokens.len(), 10);
    let mut handled = handled.lock().unwrap().clone();
    handled.sort_unstable();
    assert_eq!(handled, Vec::from_iter(0..10));
}

#[tokio::test]
async fn a_change_of_state_by_a_timer_is_reported_without_a_header() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationUpdate", "onConversationStateUpdated"]).await;
    instance.create("/v1/Conversations", &[("Timers.Inactive", "PT1M")]).await;
    instance.emulator.advance_clock(Duration::from_secs(61)).unwrap();
    let hook = receiver.next().await;
    assert_eq!(hook.field("EventType"), "onConversationStateUpdated");
    assert_eq!((hook.field("Reason"), hook.find("Source")), ("TIMER", None));
}
