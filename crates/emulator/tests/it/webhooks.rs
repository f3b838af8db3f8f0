//! Webhooks: events, receivers, fields, and the effects of responses.

use std::collections::BTreeSet;
use std::time::Duration;

use twilio_conversations::types::v1::EventType;
use twilio_conversations::webhook::Signer;
use twilio_conversations_emulator::Emulator;

use crate::receiver::{Hook, HookResponse, Receiver};
use crate::support::Instance;

pub(crate) const ACCOUNT: &str = "/v1/Configuration/Webhooks";

/// The documented names of events.
pub(crate) fn names(events: &'static [EventType]) -> Vec<&'static str> {
    events.iter().map(EventType::as_str).collect()
}

/// Configures events to be reported to a receiver.
pub(crate) async fn report(instance: &Instance, path: &str, receiver: &Receiver, events: &[&str]) {
    let mut form =
        vec![("Method", "POST"), ("PreWebhookUrl", receiver.url.as_str()), ("PostWebhookUrl", &receiver.url)];
    form.extend(events.iter().map(|event| ("Filters", *event)));
    instance.post(path, &form).await.expect(200);
}

pub(crate) fn quick() -> twilio_conversations_emulator::Builder {
    Emulator::builder().retries(3, Duration::from_millis(5))
}

#[tokio::test]
async fn each_documented_event_can_be_caused_and_is_signed_and_received() {
    let instance = Instance::of(quick()).await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &names(EventType::ALL)).await;

    let conversation =
        instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "x")]).await.expect(201).text("sid");
    let path = format!("/v1/Conversations/{conversation}");
    instance.post_with_webhooks(&path, &[("FriendlyName", "y"), ("State", "inactive")]).await.expect(200);
    let person = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15551239999")];
    instance.post_with_webhooks(&format!("{path}/Participants"), &person).await.expect(201);
    let alice = instance
        .post_with_webhooks(&format!("{path}/Participants"), &[("Identity", "alice")])
        .await
        .expect(201)
        .text("sid");
    let participant = format!("{path}/Participants/{alice}");
    instance.post_with_webhooks(&participant, &[("Attributes", "{\"a\":1}")]).await.expect(200);
    let message =
        instance.post_with_webhooks(&format!("{path}/Messages"), &[("Body", "hello")]).await.expect(201).text("sid");
    let one = format!("{path}/Messages/{message}");
    instance.post_with_webhooks(&one, &[("Body", "hello!")]).await.expect(200);
    instance.emulator.report_delivery(&message, None, "delivered", None).await.unwrap();
    instance.delete_with_webhooks(&one).await.expect(204);
    instance.delete_with_webhooks(&participant).await.expect(204);
    instance.post_with_webhooks("/v1/Users/alice", &[("FriendlyName", "Alice")]).await.expect(200);
    instance.delete_with_webhooks(&path).await.expect(204);

    instance.emulator.settle().await.unwrap();
    let mut missing: BTreeSet<_> = names(EventType::ALL).into_iter().collect();
    for hook in receiver.rest() {
        check_signature(&instance, &receiver, &hook);
        assert_eq!(hook.field("AccountSid"), instance.emulator.account_sid());
        assert_eq!(hook.field("RetryCount"), "0");
        assert_eq!(hook.header("user-agent"), "TwilioProxy/1.1");
        assert_eq!(hook.header("content-type"), "application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(hook.header("i-twilio-idempotency-token").len(), 36);
        let event = hook.field("EventType");
        let source = if event == "onDeliveryUpdated" { None } else { Some("API") };
        assert_eq!(hook.find("Source"), source, "{event}");
        check_fields(event, &hook);
        assert_eq!(hook.event(&instance).event_type().as_str(), event);
        missing.remove(event);
    }
    assert!(
        missing.is_empty(),
        "no call of this test makes the emulator fire {missing:?}: fire the event by a method of its \
         object in crates/emulator/src/webhooks/payload.rs, add a call to this test, and its fields to `check_fields` below"
    );
}

/// The documented fields of each event that are always present.
fn check_fields(event: &str, hook: &Hook) {
    let conversation = "ChatServiceSid MessagingServiceSid State Attributes";
    let message = "ConversationSid Body Author Attributes";
    let numbered = "ConversationSid Body Author Attributes MessageSid Index DateCreated DateUpdated";
    let participant = "ConversationSid RoleSid Attributes";
    let known = "ConversationSid RoleSid Attributes ParticipantSid DateCreated DateUpdated";
    let user = "ChatServiceSid UserSid Identity RoleSid Attributes";
    let (common, more) = match event {
        "onConversationAdd" => (conversation, ""),
        "onConversationAdded" | "onConversationUpdate" | "onConversationUpdated" | "onConversationRemove" => {
            (conversation, "ConversationSid DateCreated DateUpdated")
        }
        "onConversationRemoved" => (conversation, "ConversationSid DateCreated DateUpdated DateRemoved"),
        "onConversationStateUpdated" => ("ConversationSid ChatServiceSid", "StateFrom StateTo StateUpdated Reason"),
        "onMessageAdd" => (message, ""),
        "onMessageAdded" => (message, "MessageSid MessagingServiceSid Index DateCreated"),
        "onMessageRemoved" => (numbered, "DateRemoved"),
        "onMessageUpdate" | "onMessageUpdated" | "onMessageRemove" => (numbered, ""),
        "onParticipantAdd" => (participant, ""),
        "onParticipantAdded" => (participant, "ParticipantSid DateCreated"),
        "onParticipantRemoved" => (known, "DateRemoved"),
        "onParticipantUpdate" | "onParticipantUpdated" | "onParticipantRemove" => (known, ""),
        "onUserAdded" => (user, "DateCreated"),
        "onUserUpdate" => (user, "DateUpdated"),
        "onUserUpdated" => (user, "DateCreated DateUpdated isOnline isNotifiable"),
        "onDeliveryUpdated" => (
            "ConversationSid ChatServiceSid MessageSid DeliveryReceiptSid ChannelMessageSid ParticipantSid Status",
            "DateCreated DateUpdated",
        ),
        other => panic!("{other} is not an event"),
    };
    for name in common.split(' ').chain(more.split(' ').filter(|name| !name.is_empty())) {
        let value = hook.field(name);
        if name.starts_with("Date") || name == "StateUpdated" {
            assert!(value.len() == 24 && value.ends_with('Z'), "{event} {name}: {value}");
        }
    }
    let forbidden = match event {
        "onConversationAdd" => "ConversationSid",
        "onMessageAdd" => "MessageSid",
        "onParticipantAdd" => "ParticipantSid",
        _ => "NothingElse",
    };
    assert_eq!(hook.find(forbidden), None, "{event}");
}

fn check_signature(instance: &Instance, receiver: &Receiver, hook: &Hook) {
    let origin = receiver.url.trim_end_matches("/hooks");
    let url = format!("{origin}{}", hook.target);
    let form = if hook.method == "GET" { &[][..] } else { &hook.fields[..] };
    let pairs = form.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let expected = Signer::new(instance.emulator.auth_token()).unwrap().sign_pairs(&url, pairs);
    assert_eq!(hook.header("x-twilio-signature"), expected);
}

#[tokio::test]
async fn a_rest_call_without_the_header_is_not_reported() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &names(EventType::ALL)).await;
    instance.create("/v1/Conversations", &[]).await;
    let request = instance.request(crate::support::Method::POST, "/v1/Conversations");
    request.header("x-twilio-webhook-enabled", "false").form(&[]).send().await.expect(201);
    let request = instance.request(crate::support::Method::POST, "/v1/Conversations");
    request.header("x-twilio-webhook-enabled", "TRUE").form(&[]).send().await.expect(201);
    assert_eq!(receiver.events(2).await, ["onConversationAdd", "onConversationAdded"]);
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn only_filtered_events_are_reported() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onMessageAdded"]).await;
    let conversation = instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201).text("sid");
    instance
        .post_with_webhooks(&format!("/v1/Conversations/{conversation}/Messages"), &[("Body", "x")])
        .await
        .expect(201);
    assert_eq!(receiver.events(1).await, ["onMessageAdded"]);
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn an_empty_list_of_filters_reports_nothing_by_default() {
    for all in [false, true] {
        let instance = Instance::of(Emulator::builder().empty_account_filters_mean_all(all)).await;
        let mut receiver = Receiver::start().await;
        report(&instance, ACCOUNT, &receiver, &[]).await;
        instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
        if all {
            assert_eq!(receiver.events(2).await, ["onConversationAdd", "onConversationAdded"]);
        }
        assert!(receiver.rest().is_empty());
    }
}

#[tokio::test]
async fn a_service_s_own_webhooks_replace_the_account_s_for_it_and_for_no_other() {
    let instance = Instance::start().await;
    let (mut of_account, mut of_service) = (Receiver::start().await, Receiver::start().await);
    let (loud, quiet) = (instance.service("loud").await, instance.service("quiet").await);
    report(&instance, ACCOUNT, &of_account, &["onConversationAdded", "onMessageAdded"]).await;
    report(&instance, &format!("/v1/Services/{loud}/Configuration/Webhooks"), &of_service, &["onConversationAdded"])
        .await;
    for service in [&loud, &quiet] {
        let path = format!("/v1/Services/{service}/Conversations");
        let conversation = instance.post_with_webhooks(&path, &[]).await.expect(201).text("sid");
        instance.post_with_webhooks(&format!("{path}/{conversation}/Messages"), &[("Body", "x")]).await.expect(201);
    }
    let hook = of_service.next().await;
    assert_eq!((hook.field("EventType"), hook.field("ChatServiceSid")), ("onConversationAdded", loud.as_str()));
    for _ in 0..2 {
        assert_eq!(of_account.next().await.field("ChatServiceSid"), quiet);
    }
    assert!(of_service.rest().is_empty() && of_account.rest().is_empty());
    // A configuration without a URL has no effect.
    let form = [("PreWebhookUrl", ""), ("PostWebhookUrl", "")];
    instance.post(&format!("/v1/Services/{loud}/Configuration/Webhooks"), &form).await.expect(200);
    instance.post_with_webhooks(&format!("/v1/Services/{loud}/Conversations"), &[]).await.expect(201);
    assert_eq!(of_account.next().await.field("ChatServiceSid"), loud);
}

#[tokio::test]
async fn a_get_webhook_has_its_fields_after_the_query_of_its_url() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let url = format!("{}?key=a%20b", receiver.url);
    let form = [("Method", "GET"), ("PostWebhookUrl", &url), ("Filters", "onConversationAdded")];
    instance.post(ACCOUNT, &form).await.expect(200);
    instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "Ünï & co")]).await.expect(201);
    let hook = receiver.next().await;
    assert_eq!((hook.method.as_str(), hook.body.as_str()), ("GET", ""));
    assert!(hook.target.starts_with("/hooks?key=a%20b&AccountSid="), "{}", hook.target);
    assert_eq!(hook.field("FriendlyName"), "Ünï & co");
    check_signature(&instance, &receiver, &hook);
}

#[tokio::test]
async fn a_login_in_the_url_is_sent_if_the_receiver_requests_it() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    receiver.responds(|hook| HookResponse::of(if hook.headers.contains_key("authorization") { 200 } else { 401 }, ""));
    let url = receiver.url.replace("http://", "http://user:p%40ss@");
    instance
        .post(ACCOUNT, &[("Method", "POST"), ("PostWebhookUrl", &url), ("Filters", "onConversationAdded")])
        .await
        .expect(200);
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    let first = receiver.next().await;
    assert!(!first.headers.contains_key("authorization"));
    let second = receiver.next().await;
    assert_eq!(second.header("authorization"), "Basic dXNlcjpwQHNz");
    check_signature(&instance, &receiver, &second);
}

#[tokio::test]
async fn without_pre_hooks_for_rest_rest_requests_call_post_event_webhooks_only() {
    let instance = Instance::of(Emulator::builder().pre_hooks_for_rest(false)).await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdd", "onConversationAdded"]).await;
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    assert_eq!(receiver.events(1).await, ["onConversationAdded"]);
}

#[tokio::test]
async fn post_event_webhooks_of_a_conversation_arrive_in_order_and_delay_no_request() {
    let instance = Instance::of(quick()).await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onMessageAdded"]).await;
    receiver.responds(|_| HookResponse { delay: Duration::from_millis(5), ..HookResponse::of(200, "") });
    let conversations =
        [instance.create("/v1/Conversations", &[]).await, instance.create("/v1/Conversations", &[]).await];
    for index in 0..20 {
        for conversation in &conversations {
            let path = format!("/v1/Conversations/{conversation}/Messages");
            instance.post_with_webhooks(&path, &[("Body", &index.to_string())]).await.expect(201);
        }
    }
    let mut next = [0, 0];
    for _ in 0..40 {
        let hook = receiver.next().await;
        let place = conversations.iter().position(|sid| sid == hook.field("ConversationSid")).unwrap();
        assert_eq!(hook.field("Index"), next[place].to_string());
        next[place] += 1;
    }
}

#[tokio::test]
async fn a_call_that_fails_for_a_while_is_retried_with_the_same_token() {
    let instance = Instance::of(quick()).await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdded"]).await;
    let mut left = [503, 429, 504].into_iter();
    receiver.responds(move |_| HookResponse::of(left.next().unwrap_or(200), ""));
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    let mut tokens = BTreeSet::new();
    for count in 0..4 {
        let hook = receiver.next().await;
        assert_eq!(hook.field("RetryCount"), count.to_string());
        check_signature(&instance, &receiver, &hook);
        tokens.insert(hook.header("i-twilio-idempotency-token").to_owned());
    }
    assert_eq!(tokens.len(), 1);
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn a_slow_receiver_is_called_again_before_the_next_event() {
    let instance = Instance::of(quick().post_hook_timeout(Duration::from_millis(50))).await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onMessageAdded"]).await;
    receiver.responds(|hook| {
        let late = hook.field("Index") == "0" && hook.field("RetryCount") == "0";
        HookResponse { delay: Duration::from_secs(if late { 60 } else { 0 }), ..HookResponse::of(200, "") }
    });
    let path = format!("/v1/Conversations/{}/Messages", instance.create("/v1/Conversations", &[]).await);
    for _ in 0..2 {
        instance.post_with_webhooks(&path, &[("Body", "x")]).await.expect(201);
    }
    let mut received = Vec::new();
    for _ in 0..3 {
        let hook = receiver.next().await;
        received.push(format!("{} {}", hook.field("Index"), hook.field("RetryCount")));
    }
    assert_eq!(received, ["0 0", "0 1", "1 0"]);
}

#[tokio::test]
async fn webhooks_of_an_account_are_signed_with_its_own_token() {
    const OTHER: &str = "AC00000000000000000000000000000002";
    let instance = Instance::of(Emulator::builder().another_account(OTHER, "other token")).await;
    let mut receiver = Receiver::start().await;
    let call = |path, form: &[(&str, &str)]| {
        let request = instance.bare(crate::support::Method::POST, path).login(OTHER, "other token");
        request.header("x-twilio-webhook-enabled", "true").form(form).send()
    };
    let form = [("Method", "POST"), ("PostWebhookUrl", &*receiver.url), ("Filters", "onConversationAdded")];
    call(ACCOUNT, &form).await.expect(200);
    call("/v1/Conversations", &[]).await.expect(201);
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    let hook = receiver.next().await;
    assert_eq!(hook.field("AccountSid"), OTHER);
    let pairs = hook.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let expected = Signer::new("other token").unwrap().sign_pairs(&receiver.url, pairs);
    assert_eq!(hook.header("x-twilio-signature"), expected);
    instance.emulator.settle().await.unwrap();
    assert!(receiver.rest().is_empty(), "the first account configured none");
}

#[tokio::test]
async fn no_call_is_lost_while_the_receiver_is_down() {
    let instance = Instance::of(Emulator::builder().retries(12, Duration::from_millis(5))).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let form =
        [("Method", "POST"), ("PostWebhookUrl", &format!("http://{address}/hooks")), ("Filters", "onMessageAdded")];
    instance.post(ACCOUNT, &form).await.expect(200);
    let path = format!("/v1/Conversations/{}/Messages", instance.create("/v1/Conversations", &[]).await);
    for _ in 0..5 {
        instance.post_with_webhooks(&path, &[("Body", "x")]).await.expect(201);
    }
    let mut receiver = Receiver::on(tokio::net::TcpListener::bind(address).await.unwrap());
    for index in 0..5 {
        assert_eq!(receiver.next().await.field("Index"), index.to_string());
    }
    assert!(instance.emulator.given_up().is_empty());
}

#[tokio::test]
async fn calls_that_were_given_up_are_listed_and_can_be_resent() {
    let instance = Instance::of(Emulator::builder().retries(1, Duration::from_millis(1))).await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdded"]).await;
    receiver.responds(|_| HookResponse::of(503, ""));
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    receiver.next().await;
    let token = receiver.next().await.header("i-twilio-idempotency-token").to_owned();
    let deliveries = loop {
        let list = instance.get("/_emulator/deliveries?State=given_up").await.expect(200).body;
        if !list["deliveries"].as_array().unwrap().is_empty() {
            break list;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(instance.emulator.given_up(), [format!("onConversationAdded {}", receiver.url)]);
    receiver.responds(|_| HookResponse::of(200, ""));
    let id = deliveries["deliveries"][0]["id"].as_i64().unwrap();
    instance.post(&format!("/_emulator/deliveries/{id}/resend"), &[]).await.expect(200);
    assert_eq!(receiver.next().await.header("i-twilio-idempotency-token"), token);
}

#[tokio::test]
async fn a_receiver_that_rejects_a_post_event_webhook_is_not_called_again() {
    let instance = Instance::of(quick()).await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdded"]).await;
    receiver.responds(|hook| HookResponse::of(if hook.field("FriendlyName") == "first" { 404 } else { 200 }, ""));
    instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "first")]).await.expect(201);
    assert_eq!(receiver.next().await.field("FriendlyName"), "first");
    instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "second")]).await.expect(201);
    assert_eq!(receiver.next().await.field("FriendlyName"), "second");
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn pending_webhooks_survive_the_emulator() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    let mut receiver = Receiver::start().await;
    receiver.responds(|_| HookResponse::of(503, ""));
    let instance = Instance::of(Emulator::builder().data_file(&file).retries(9, Duration::from_secs(3600))).await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdded"]).await;
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
    let token = receiver.next().await.header("i-twilio-idempotency-token").to_owned();
    instance.emulator.stop().await;

    receiver.responds(|_| HookResponse::of(200, ""));
    let _world = Instance::of(Emulator::builder().data_file(&file)).await;
    assert_eq!(receiver.next().await.header("i-twilio-idempotency-token"), token);
}
