//! Responses of pre-event webhooks: changes, rejections, errors and time-outs.

use std::collections::BTreeSet;
use std::time::Duration;

use twilio_conversations::types::v1::EventType;
use twilio_conversations_emulator::Emulator;

use crate::receiver::{HookResponse, Receiver};
use crate::support::Instance;
use crate::webhooks::{ACCOUNT, names, report};

#[tokio::test]
async fn a_pre_event_webhook_can_change_the_documented_properties() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    report(
        &instance,
        ACCOUNT,
        &receiver,
        &["onConversationAdd", "onMessageAdd", "onMessageUpdate", "onConversationUpdate"],
    )
    .await;
    receiver.responds(|hook| {
        HookResponse::of(
            200,
            match hook.field("EventType") {
                "onMessageAdd" => r#"{"body": "****", "author": "bob", "attributes": "{\"seen\":true}", "index": 7}"#,
                "onMessageUpdate" => "{}",
                _ => r#"{"friendly_name": "renamed", "attributes": "{\"tier\":1}", "unique_name": "no"}"#,
            },
        )
    });
    let created = instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "x")]).await.expect(201);
    assert_eq!(
        (created.text("friendly_name").as_str(), &created.body["unique_name"]),
        ("renamed", &serde_json::Value::Null)
    );
    assert_eq!(created.text("attributes"), "{\"tier\":1}");
    let path = format!("/v1/Conversations/{}", created.text("sid"));
    assert_eq!(instance.get(&path).await.body["attributes"], created.body["attributes"]);
    let updated = instance.post_with_webhooks(&path, &[("Attributes", "{}"), ("FriendlyName", "x")]).await.expect(200);
    let set = (updated.text("friendly_name"), updated.text("attributes"));
    assert_eq!(set, ("renamed".to_owned(), "{\"tier\":1}".to_owned()));
    let message = instance
        .post_with_webhooks(&format!("{path}/Messages"), &[("Body", "damn"), ("Author", "alice")])
        .await
        .expect(201);
    assert_eq!(message.text("body"), "****");
    assert_eq!(message.text("author"), "bob");
    assert_eq!(message.text("attributes"), "{\"seen\":true}");
    assert_eq!(message.body["index"], 0);
    assert_eq!(instance.get(&format!("{path}/Messages/{}", message.text("sid"))).await.body, message.body);
    let updated =
        instance.post_with_webhooks(&format!("{path}/Messages/{}", message.text("sid")), &[("Body", "again")]).await;
    assert_eq!(updated.expect(200).text("body"), "again");
}

#[tokio::test]
async fn bad_attributes_in_a_response_to_on_conversation_add_are_an_error_of_the_create() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdd"]).await;
    for attributes in [r#""no JSON""#.to_owned(), r#"{"tier": 1}"#.to_owned(), format!("\"[{}0]\"", "0,".repeat(8192))]
    {
        receiver.responds(move |_| HookResponse::of(200, &format!(r#"{{"attributes": {attributes}}}"#)));
        instance.post_with_webhooks("/v1/Conversations", &[("UniqueName", "bad")]).await.expect_error(400, 20001);
    }
    instance.get("/v1/Conversations/bad").await.expect_error(404, 20404);
}

#[tokio::test]
async fn a_pre_event_webhook_can_reject() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdd", "onConversationAdded"]).await;
    for (status, code) in [(400, 50056), (403, 50056), (404, 50056), (500, 50057), (503, 50057)] {
        receiver.responds(move |_| HookResponse::of(status, "no"));
        instance.post_with_webhooks("/v1/Conversations", &[("UniqueName", "refused")]).await.expect_error(403, code);
    }
    instance.get("/v1/Conversations/rejected").await.expect_error(404, 20404);
    let instance = Instance::of(Emulator::builder().refusal_status(400)).await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdd"]).await;
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect_error(400, 50057);
}

/// Each pre-event can be rejected. The request then has no effect.
#[tokio::test]
async fn a_request_that_a_pre_event_webhook_rejects_has_no_effect() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let path = format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[("FriendlyName", "x")]).await);
    instance.create(&format!("{path}/Participants"), &[("Identity", "alice")]).await;
    let message = format!("{path}/Messages/{}", instance.create(&format!("{path}/Messages"), &[("Body", "x")]).await);
    let (participants, messages) = (format!("{path}/Participants"), format!("{path}/Messages"));
    let alice = format!("{participants}/alice");
    let pre = names(EventType::PRE_EVENTS);
    report(&instance, ACCOUNT, &receiver, &names(EventType::ALL)).await;
    receiver.responds(|hook| {
        let is_pre = EventType::PRE_EVENTS.contains(&hook.field("EventType").into());
        HookResponse::of(if is_pre { 403 } else { 200 }, "")
    });
    let all = async || {
        let mut all = Vec::new();
        for path in ["/v1/Conversations", &path, &participants, &messages, "/v1/Users"] {
            all.push(instance.get(path).await.expect(200).body);
        }
        all
    };
    let before = all().await;
    let mut rejected = BTreeSet::new();
    for (event, path, form) in [
        ("onConversationAdd", "/v1/Conversations", Some(&[][..])),
        ("onConversationUpdate", &path, Some(&[("FriendlyName", "y")])),
        ("onConversationRemove", &path, None),
        ("onParticipantAdd", &participants, Some(&[("Identity", "bob")])),
        ("onParticipantUpdate", &alice, Some(&[("Attributes", "[1]")])),
        ("onParticipantRemove", &alice, None),
        ("onMessageAdd", &messages, Some(&[("Body", "y")])),
        ("onMessageUpdate", &message, Some(&[("Body", "y")])),
        ("onMessageRemove", &message, None),
        ("onUserUpdate", "/v1/Users/alice", Some(&[("FriendlyName", "A")])),
    ] {
        let response = match form {
            Some(form) => instance.post_with_webhooks(path, form).await,
            None => instance.delete_with_webhooks(path).await,
        };
        response.expect_error(403, 50056);
        assert_eq!(receiver.next().await.field("EventType"), event);
        assert_eq!(all().await, before, "{event}");
        rejected.insert(event);
    }
    let missing: Vec<_> = pre.into_iter().filter(|event| !rejected.contains(event)).collect();
    assert!(missing.is_empty(), "no call of this test is rejected by a webhook of {missing:?}: add one");
    instance.emulator.settle().await.unwrap();
    assert!(receiver.rest().is_empty(), "nothing happened, and nothing is reported");
}

#[tokio::test]
async fn an_invalid_value_in_a_pre_event_response_is_an_error_of_the_caller() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onMessageAdd"]).await;
    let path = format!("/v1/Conversations/{}/Messages", instance.create("/v1/Conversations", &[]).await);
    let long = format!("{{\"body\": \"{}\"}}", "x".repeat(33_000));
    for (response, code) in [(r#"{"body": 7}"#, 20001), (r#"{"attributes": "{"}"#, 20001), (&long, 50504)] {
        let response = response.to_owned();
        receiver.responds(move |_| HookResponse::of(200, &response));
        instance.post_with_webhooks(&path, &[("Body", "x")]).await.expect_error(400, code);
    }
    assert!(instance.get(&path).await.body["messages"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_pre_event_response_that_is_not_json_changes_nothing_by_default() {
    for refuse in [false, true] {
        let instance = Instance::of(Emulator::builder().refuse_on_bad_answer(refuse)).await;
        let receiver = Receiver::start().await;
        report(&instance, ACCOUNT, &receiver, &["onConversationAdd"]).await;
        receiver.responds(|_| HookResponse::of(200, "<html>"));
        let response = instance.post_with_webhooks("/v1/Conversations", &[]).await;
        if refuse {
            response.expect_error(403, 50057);
        } else {
            response.expect(201);
        }
    }
}

#[tokio::test]
async fn a_request_proceeds_unchanged_if_its_pre_event_webhook_is_slow_or_absent() {
    let instance = Instance::of(Emulator::builder().pre_hook_timeout(Duration::from_millis(50))).await;
    let receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdd"]).await;
    receiver.responds(|_| HookResponse { delay: Duration::from_secs(60), ..HookResponse::of(403, "") });
    let created = instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "x")]).await.expect(201);
    assert_eq!(created.text("friendly_name"), "x");
    instance.post(ACCOUNT, &[("PreWebhookUrl", "http://127.0.0.1:1/")]).await.expect(200);
    instance.post_with_webhooks("/v1/Conversations", &[]).await.expect(201);
}

#[tokio::test]
async fn other_requests_are_served_while_a_pre_event_webhook_is_called() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onConversationAdd"]).await;
    receiver.responds(|_| HookResponse { delay: Duration::from_millis(300), ..HookResponse::of(200, "") });
    let slow = instance.post_with_webhooks("/v1/Conversations", &[("UniqueName", "wanted")]);
    let quick = async {
        receiver.next().await;
        // The name that the slow request has checked already is taken meanwhile, so that the check must be repeated.
        instance.create("/v1/Conversations", &[("UniqueName", "wanted")]).await
    };
    let (slow, _) = tokio::join!(slow, quick);
    slow.expect_error(409, 50353);
}
