//! Messages, media and receipts.

use serde_json::json;

use crate::receiver::{HookResponse, Receiver};
use crate::support::{Instance, each};
use crate::webhooks::{ACCOUNT, quick, report};

async fn conversation(instance: &Instance) -> String {
    format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await)
}

#[tokio::test]
async fn a_message_defaults_to_the_system_s() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    let created = instance.post(&format!("{path}/Messages"), &[("Body", "Hi")]).await.expect(201).body;
    for (name, value) in [
        ("author", json!("system")),
        ("participant_sid", json!(null)),
        ("body", json!("Hi")),
        ("attributes", json!("{}")),
        ("media", json!(null)),
        ("delivery", json!(null)),
        ("content_sid", json!(null)),
        ("index", json!(0)),
    ] {
        assert_eq!(created[name], value, "{name}");
    }
}

#[tokio::test]
async fn the_author_leads_to_the_participant_by_identity_or_address() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    let alice = instance.create(&format!("{path}/Participants"), &[("Identity", "alice")]).await;
    let pair = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15551239999")];
    let person = instance.create(&format!("{path}/Participants"), &pair).await;
    for (author, participant) in [("alice", json!(alice)), ("+15551230001", json!(person)), ("bob", json!(null))] {
        let message = instance.post(&format!("{path}/Messages"), &[("Author", author)]).await.expect(201).body;
        assert_eq!(message["participant_sid"], participant, "{author}");
    }
}

#[tokio::test]
async fn indexes_count_from_0_and_are_not_reused() {
    let instance = Instance::start().await;
    let path = format!("{}/Messages", conversation(&instance).await);
    let mut last = String::new();
    for index in 0..3 {
        let message = instance.post(&path, &[]).await.expect(201);
        assert_eq!(message.body["index"], index);
        last = message.text("sid");
    }
    instance.delete(&format!("{path}/{last}")).await.expect(204);
    assert_eq!(instance.post(&path, &[]).await.expect(201).body["index"], 3);
    let indexes = async |query: &str| -> Vec<i64> {
        let list = instance.get(&format!("{path}{query}")).await.expect(200).body;
        list["messages"].as_array().unwrap().iter().map(|message| message["index"].as_i64().unwrap()).collect()
    };
    assert_eq!(indexes("").await, [0, 1, 3]);
    assert_eq!(indexes("?Order=DESC").await, [3, 1, 0]);
    assert_eq!(indexes("?Order=desc&PageSize=2").await, [3, 1]);
    instance.get(&format!("{path}?Order=up")).await.expect_error(400, 20001);
}

#[tokio::test]
async fn an_update_changes_its_parameters_only() {
    let instance = Instance::start().await;
    let path = format!("{}/Messages", conversation(&instance).await);
    let created = instance.post(&path, &[("Body", "Hi"), ("Author", "alice")]).await.expect(201);
    let one = format!("{path}/{}", created.text("sid"));
    let updated =
        instance.post(&one, &[("Attributes", "[1]"), ("DateUpdated", "2030-01-01T00:00:00Z")]).await.expect(200).body;
    assert_eq!((&updated["body"], &updated["attributes"]), (&json!("Hi"), &json!("[1]")));
    assert_eq!(updated["date_updated"], "2030-01-01T00:00:00Z");
    assert_eq!(instance.get(&one).await.body, updated);
}

#[tokio::test]
async fn a_body_is_at_most_1600_characters_to_a_channel_and_32_kilobytes_in_chat() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    let messages = format!("{path}/Messages");
    instance.create(&messages, &[("Body", &"é".repeat(16 * 1024))]).await;
    instance.post(&messages, &[("Body", &"x".repeat(32 * 1024 + 1))]).await.expect_error(400, 50504);
    let pair = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15551239999")];
    instance.create(&format!("{path}/Participants"), &pair).await;
    let sid = instance.create(&messages, &[("Body", &"é".repeat(1600))]).await;
    instance.post(&messages, &[("Body", &"é".repeat(1601))]).await.expect_error(400, 50504);
    instance.post(&format!("{messages}/{sid}"), &[("Body", &"é".repeat(1601))]).await.expect_error(400, 50504);
    instance.emulator.receive("+15551230001", "+15551239999", &"x".repeat(32 * 1024)).await.unwrap().unwrap();
}

#[tokio::test]
async fn other_fields_have_their_limits_as_well() {
    let instance = Instance::start().await;
    let path = format!("{}/Messages", conversation(&instance).await);
    for (name, value) in [
        ("Author", "x".repeat(257)),
        ("Subject", "x".repeat(257)),
        ("Attributes", format!("\"{}\"", "x".repeat(4096))),
        ("Attributes", "{".to_owned()),
        ("ContentSid", "HX".to_owned()),
        ("ContentVariables", "{".to_owned()),
        ("DateCreated", "2020-01-01".to_owned()),
    ] {
        let message = instance.post(&path, &[(name, &value)]).await.expect_error(400, 20001);
        assert!(message.contains(name), "{message}");
    }
}

#[tokio::test]
async fn a_content_template_takes_the_place_of_the_body() {
    let instance = Instance::start().await;
    let path = format!("{}/Messages", conversation(&instance).await);
    let sid = "HX0123456789abcdef0123456789abcdef";
    let message = instance.post(&path, &[("Body", "x"), ("ContentSid", sid)]).await.expect(201).body;
    assert_eq!((&message["body"], &message["content_sid"]), (&json!(null), &json!(sid)));
}

#[tokio::test]
async fn an_upload_belongs_to_one_message() {
    let instance = Instance::start().await;
    let path = format!("{}/Messages", conversation(&instance).await);
    let form = [("Filename", "a.jpg"), ("ContentType", "image/jpeg"), ("Size", "42056")];
    let media = instance.post("/_emulator/media", &form).await.expect(200).text("sid");
    let message = instance.post(&path, &[("MediaSid", &media)]).await.expect(201).body;
    assert_eq!(
        message["media"],
        json!([{"sid": media, "filename": "a.jpg", "content_type": "image/jpeg", "size": 42056}])
    );
    instance.post(&path, &[("MediaSid", &media)]).await.expect_error(400, 50508);
    instance.post(&path, &[("MediaSid", "ME0123456789abcdef0123456789abcdef")]).await.expect_error(400, 50507);
}

#[tokio::test]
async fn receipts_are_summed_up_in_the_message() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    let mut people = Vec::new();
    for number in ["+15551230001", "+15551230002"] {
        let pair = [("MessagingBinding.Address", number), ("MessagingBinding.ProxyAddress", "+15551239999")];
        people.push(instance.create(&format!("{path}/Participants"), &pair).await);
    }
    let message = instance.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    let one = format!("{path}/Messages/{message}");
    let report = async |person: &str, status: &str, code: &str| {
        let form =
            [("MessageSid", message.as_str()), ("ParticipantSid", person), ("Status", status), ("ErrorCode", code)];
        instance.post("/_emulator/delivery-reports", &form).await
    };
    let receipt = report(&people[0], "sent", "0").await.expect(200).text("receipt_sid");
    assert_eq!(report(&people[0], "READ", "0").await.expect(200).text("receipt_sid"), receipt);
    report(&people[1], "undelivered", "30003").await.expect(200);
    let delivery = instance.get(&one).await.body["delivery"].clone();
    assert_eq!(
        delivery,
        json!({"total": 2, "sent": "all", "delivered": "some", "read": "some", "failed": "none", "undelivered": "some"})
    );
    let receipts = instance.get(&format!("{one}/Receipts")).await.expect(200).body;
    assert_eq!(each(&receipts["delivery_receipts"], "status"), ["read", "undelivered"]);
    assert_eq!(receipts["delivery_receipts"][1]["error_code"], 30003);
    report(&people[0], "lost", "0").await.expect_error(400, 20001);
    report("MB0123456789abcdef0123456789abcdef", "sent", "0").await.expect_error(404, 20404);
    instance
        .post("/_emulator/delivery-reports", &[("MessageSid", &message), ("Status", "sent")])
        .await
        .expect_error(400, 20001);
}

#[tokio::test]
async fn each_page_begins_where_the_one_before_ended() {
    let instance = Instance::start().await;
    let path = format!("{}/Messages", conversation(&instance).await);
    for _ in 0..30 {
        instance.create(&path, &[]).await;
    }
    let mut page = instance.get(&format!("{path}?PageSize=1")).await.expect(200).body;
    for index in 1..30 {
        let next = page["meta"]["next_page_url"].as_str().unwrap().strip_prefix(instance.emulator.base_url()).unwrap();
        page = instance.get(next).await.expect(200).body;
        assert_eq!((&page["messages"][0]["index"], &page["meta"]["page"]), (&json!(index), &json!(index)));
    }
    assert_eq!(page["meta"]["next_page_url"], json!(null));
}

#[tokio::test]
async fn an_empty_author_from_a_pre_event_webhook_is_an_error_and_stores_nothing() {
    let instance = Instance::of(quick()).await;
    let mut receiver = Receiver::start().await;
    report(&instance, ACCOUNT, &receiver, &["onMessageAdd", "onMessageAdded", "onMessageUpdate", "onMessageUpdated"])
        .await;
    let path = format!("{}/Messages", conversation(&instance).await);
    let message = instance.create(&path, &[("Body", "first"), ("Author", "ann")]).await;
    let before = instance.get(&path).await.expect(200).body;
    receiver.responds(|_| HookResponse::of(200, r#"{"author": "", "body": "replaced"}"#));
    let error =
        instance.post_with_webhooks(&path, &[("Body", "second"), ("Author", "ann")]).await.expect_error(400, 20001);
    assert!(error.contains("author"), "{error}");
    let error = instance
        .post_with_webhooks(&format!("{path}/{message}"), &[("Body", "changed")])
        .await
        .expect_error(400, 20001);
    assert!(error.contains("author"), "{error}");
    assert_eq!(instance.get(&path).await.expect(200).body, before);
    instance.emulator.settle().await.unwrap();
    let events: Vec<_> = receiver.rest().iter().map(|hook| hook.field("EventType").to_owned()).collect();
    assert_eq!(events, ["onMessageAdd", "onMessageUpdate"], "no post-event webhook is called");

    // The next message has the index of the one that was rejected.
    receiver.responds(|_| HookResponse::of(200, r#"{"author": "bob"}"#));
    let created = instance.post_with_webhooks(&path, &[("Body", "second")]).await.expect(201).body;
    assert_eq!((&created["author"], &created["index"]), (&json!("bob"), &json!(1)));
}
