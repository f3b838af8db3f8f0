//! `Emulator::var` and `Emulator::deliveries`: a client of the emulator, and the records of webhook calls.

use std::env::VarError;
use std::time::Duration;

use twilio_conversations::webhook::Signer;
use twilio_conversations::{Client, ClientBuilder, EventType, HttpMethod};
use twilio_conversations_emulator::{Delivery, DeliveryState, Emulator};

use crate::receiver::{HookResponse, Receiver};
use crate::support::{Instance, Method};
use crate::webhooks::{ACCOUNT, quick};

fn client_of(emulator: &Emulator) -> Client {
    ClientBuilder::from_vars(|name| emulator.var(name)).unwrap().webhook_enabled(true).build().unwrap()
}

/// Configures an account to report events to a receiver.
async fn report(client: &Client, receiver: &Receiver, method: HttpMethod, events: &[EventType]) {
    let update = client.configuration().webhooks().update().method(method).filters(events.iter().cloned());
    update.pre_webhook_url(&receiver.url).post_webhook_url(&receiver.url).await.unwrap();
}

/// Events and states, in their order.
fn outline(deliveries: &[Delivery]) -> Vec<(EventType, DeliveryState)> {
    deliveries.iter().map(|delivery| (delivery.event.clone(), delivery.state)).collect()
}

#[tokio::test]
async fn the_variables_of_an_emulator_configure_a_client_of_its_first_account() {
    let other = "AC00000000000000000000000000000002";
    let emulator = Emulator::builder().another_account(other, "other").start().await.unwrap();
    let client = client_of(&emulator);
    assert_eq!(client.account_sid().unwrap(), emulator.account_sid());
    assert_eq!(client.base_url(), emulator.base_url());
    let created = client.conversations().create().friendly_name("Orders").await.unwrap();
    assert_eq!(created.account_sid.unwrap(), emulator.account_sid());
    for name in ["TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_EDGE", "TWILIO_REGION", "PATH", "", "twilio_auth_token"]
    {
        assert_eq!(emulator.var(name), Err(VarError::NotPresent), "{name}");
    }
}

#[tokio::test]
async fn pre_and_post_event_calls_are_listed_in_their_order_with_all_details() {
    let emulator = quick().start().await.unwrap();
    assert_eq!(emulator.deliveries().unwrap(), []);
    let client = client_of(&emulator);
    let receiver = Receiver::start().await;
    receiver.responds(|hook| match hook.field("EventType") {
        "onMessageAdd" => HookResponse::of(200, r#"{"body": "é"}"#),
        _ => HookResponse::of(204, ""),
    });
    report(&client, &receiver, HttpMethod::Post, &[EventType::MessageAdd, EventType::MessageAdded]).await;
    let conversation = client.conversations().create().await.unwrap();
    client.conversation(&conversation.sid).messages().create().body("a & b").author("ann").await.unwrap();
    emulator.settle().await.unwrap();

    let deliveries = emulator.deliveries().unwrap();
    let expected =
        [(EventType::MessageAdd, DeliveryState::Proceeded), (EventType::MessageAdded, DeliveryState::Delivered)];
    assert_eq!(outline(&deliveries), expected);
    let [add, added] = deliveries.as_slice() else { panic!("{deliveries:#?}") };
    assert!(add.id < added.id && add.date_created <= added.date_created);
    assert!(add.event.is_pre_event() && added.event.is_post_event());
    assert_eq!((add.field("Body"), add.field("Author"), add.field("Invented")), (Some("a & b"), Some("ann"), None));
    assert_eq!(added.field("Body"), Some("é"), "as the response changed it");
    assert_eq!((add.status, add.response_body.as_deref()), (Some(200), Some(r#"{"body": "é"}"#)));
    assert_eq!((added.status, added.response_body.as_deref()), (Some(204), Some("")));
    assert_ne!(add.idempotency_token, added.idempotency_token);
    for delivery in &deliveries {
        assert_eq!((delivery.method.as_str(), delivery.url.as_str()), ("POST", &*receiver.url));
        assert_eq!(delivery.conversation_sid.as_deref(), Some(conversation.sid.as_str()));
        assert_eq!((delivery.account_sid.as_str(), delivery.scope.as_str()), (emulator.account_sid(), "account"));
        assert_eq!((delivery.attempts, delivery.field("RetryCount"), &delivery.error), (1, Some("0"), &None));
        let pairs = delivery.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let signature = Signer::new(emulator.auth_token()).unwrap().sign_pairs(&delivery.url, pairs);
        assert_eq!(delivery.signature.as_ref(), Some(&signature));
        assert!(delivery.duration.unwrap() > Duration::ZERO);
    }
}

#[tokio::test]
async fn each_outcome_of_a_call_has_a_state_of_its_own() {
    let emulator = quick().pre_hook_timeout(Duration::from_millis(100)).start().await.unwrap();
    let client = client_of(&emulator);
    let receiver = Receiver::start().await;
    receiver.responds(|hook| match (hook.field("EventType"), hook.find("FriendlyName")) {
        ("onConversationAdd", Some("rejected")) => HookResponse::of(403, "no"),
        ("onConversationAdd", Some("slow")) => {
            HookResponse { delay: Duration::from_secs(3600), ..HookResponse::of(200, "") }
        }
        ("onConversationAdded", Some("failed")) => HookResponse::of(400, "bad"),
        ("onConversationAdded", Some("given up")) => HookResponse::of(503, "busy"),
        _ => HookResponse::of(200, ""),
    });
    report(&client, &receiver, HttpMethod::Get, &[EventType::ConversationAdd, EventType::ConversationAdded]).await;
    for (name, states) in [
        ("rejected", &[DeliveryState::Rejected][..]),
        ("slow", &[DeliveryState::TimedOut, DeliveryState::Delivered]),
        ("failed", &[DeliveryState::Proceeded, DeliveryState::Failed]),
        ("given up", &[DeliveryState::Proceeded, DeliveryState::GivenUp]),
    ] {
        let before = emulator.deliveries().unwrap().len();
        let created = client.conversations().create().friendly_name(name).await;
        assert_eq!(created.is_err(), name == "rejected", "{created:?}");
        emulator.settle().await.unwrap();
        let deliveries = &emulator.deliveries().unwrap()[before..];
        assert_eq!(deliveries.iter().map(|delivery| delivery.state).collect::<Vec<_>>(), states, "{name}");
        for delivery in deliveries {
            assert_eq!((delivery.method.as_str(), delivery.field("FriendlyName")), ("GET", Some(name)));
            assert!(delivery.url.starts_with(&format!("{}?AccountSid=", receiver.url)), "{}", delivery.url);
        }
    }
    let deliveries = emulator.deliveries().unwrap();
    let find = |state| deliveries.iter().find(|delivery| delivery.state == state).unwrap();
    let given_up = find(DeliveryState::GivenUp);
    assert_eq!((given_up.attempts, given_up.field("RetryCount"), given_up.status), (4, Some("3"), Some(503)));
    let timed_out = find(DeliveryState::TimedOut);
    assert_eq!((timed_out.status, &timed_out.response_body), (None, &None));
    assert!(timed_out.error.is_some(), "{timed_out:?}");
    assert_eq!(find(DeliveryState::Rejected).conversation_sid, None, "there is no conversation yet");
}

#[tokio::test]
async fn a_waiting_call_is_pending_and_one_of_a_studio_flow_is_recorded() {
    let instance = Instance::of(Emulator::builder().retries(9, Duration::from_secs(3600))).await;
    let client = client_of(&instance.emulator);
    let mut receiver = Receiver::start().await;
    receiver.responds(|_| HookResponse::of(503, "later"));
    report(&client, &receiver, HttpMethod::Post, &[EventType::MessageAdded]).await;
    let path = format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await);
    let flow = "FW0123456789abcdef0123456789abcdef";
    instance.create(&format!("{path}/Webhooks"), &[("Target", "studio"), ("Configuration.FlowSid", flow)]).await;
    for body in ["one", "two"] {
        instance.post_with_webhooks(&format!("{path}/Messages"), &[("Body", body)]).await.expect(201);
    }
    receiver.next().await;
    // The first attempt ends when its response is recorded, shortly after it was sent.
    let deliveries = loop {
        let deliveries = instance.emulator.deliveries().unwrap();
        if deliveries[0].attempts > 0 {
            break deliveries;
        }
        tokio::task::yield_now().await;
    };
    let state = |body, state| {
        let mut calls =
            deliveries.iter().filter(|delivery| delivery.field("Body") == Some(body) && delivery.state == state);
        let call = calls.next().unwrap_or_else(|| panic!("{deliveries:#?}"));
        (call.attempts, call.status, call.url.clone())
    };
    assert_eq!(deliveries.len(), 4);
    assert_eq!(state("one", DeliveryState::Pending), (1, Some(503), receiver.url.clone()));
    assert_eq!(state("two", DeliveryState::Pending), (0, None, receiver.url.clone()), "it waits for the first");
    assert_eq!(state("one", DeliveryState::Recorded), (0, None, flow.to_owned()));
    assert_eq!(state("two", DeliveryState::Recorded), (0, None, flow.to_owned()));
}

#[tokio::test]
async fn the_calls_of_every_account_are_listed_and_named_by_it() {
    const OTHER: &str = "AC00000000000000000000000000000002";
    let instance = Instance::of(quick().another_account(OTHER, "other")).await;
    let receiver = Receiver::start().await;
    let form = [("Method", "POST"), ("PostWebhookUrl", &*receiver.url), ("Filters", "onConversationAdded")];
    for (sid, token) in [(instance.emulator.account_sid(), instance.emulator.auth_token()), (OTHER, "other")] {
        let post =
            |path| instance.bare(Method::POST, path).login(sid, token).header("x-twilio-webhook-enabled", "true");
        post(ACCOUNT).form(&form).send().await.expect(200);
        post("/v1/Conversations").send().await.expect(201);
    }
    instance.emulator.settle().await.unwrap();
    let deliveries = instance.emulator.deliveries().unwrap();
    let accounts: Vec<_> = deliveries.iter().map(|delivery| delivery.account_sid.as_str()).collect();
    assert_eq!(accounts, [instance.emulator.account_sid(), OTHER]);
    assert!(deliveries.iter().all(|delivery| delivery.field("AccountSid") == Some(&*delivery.account_sid)));
}

#[tokio::test]
async fn four_kilobytes_of_a_response_are_kept() {
    let emulator = quick().start().await.unwrap();
    let client = client_of(&emulator);
    let receiver = Receiver::start().await;
    receiver.responds(|_| HookResponse::of(200, &"x".repeat(70_000)));
    report(&client, &receiver, HttpMethod::Post, &[EventType::ConversationAdded]).await;
    client.conversations().create().await.unwrap();
    emulator.settle().await.unwrap();
    assert_eq!(emulator.deliveries().unwrap()[0].response_body.as_ref().unwrap().len(), 4 * 1024);
}
