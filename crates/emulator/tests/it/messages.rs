//! Messages, media and receipts.

use serde_json::json;

use crate::receiver::{Receiver, Reply};
use crate::support::{World, each};
use crate::webhooks::{ACCOUNT, quick, report};

async fn conversation(world: &World) -> String {
    format!("/v1/Conversations/{}", world.create("/v1/Conversations", &[]).await)
}

#[tokio::test]
async fn a_message_defaults_to_the_system_s() {
    let world = World::start().await;
    let path = conversation(&world).await;
    let created = world.post(&format!("{path}/Messages"), &[("Body", "Hi")]).await.expect(201).body;
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
    let world = World::start().await;
    let path = conversation(&world).await;
    let alice = world.create(&format!("{path}/Participants"), &[("Identity", "alice")]).await;
    let pair = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15551239999")];
    let person = world.create(&format!("{path}/Participants"), &pair).await;
    for (author, participant) in [("alice", json!(alice)), ("+15551230001", json!(person)), ("bob", json!(null))] {
        let message = world.post(&format!("{path}/Messages"), &[("Author", author)]).await.expect(201).body;
        assert_eq!(message["participant_sid"], participant, "{author}");
    }
}

#[tokio::test]
async fn indexes_count_up_from_0_and_none_is_used_again() {
    let world = World::start().await;
    let path = format!("{}/Messages", conversation(&world).await);
    let mut last = String::new();
    for index in 0..3 {
        let message = world.post(&path, &[]).await.expect(201);
        assert_eq!(message.body["index"], index);
        last = message.text("sid");
    }
    world.delete(&format!("{path}/{last}")).await.expect(204);
    assert_eq!(world.post(&path, &[]).await.expect(201).body["index"], 3);
    let indexes = async |query: &str| -> Vec<i64> {
        let list = world.get(&format!("{path}{query}")).await.expect(200).body;
        list["messages"].as_array().unwrap().iter().map(|message| message["index"].as_i64().unwrap()).collect()
    };
    assert_eq!(indexes("").await, [0, 1, 3]);
    assert_eq!(indexes("?Order=DESC").await, [3, 1, 0]);
    assert_eq!(indexes("?Order=desc&PageSize=2").await, [3, 1]);
    world.get(&format!("{path}?Order=up")).await.refused(400, 20001);
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let world = World::start().await;
    let path = format!("{}/Messages", conversation(&world).await);
    let created = world.post(&path, &[("Body", "Hi"), ("Author", "alice")]).await.expect(201);
    let one = format!("{path}/{}", created.text("sid"));
    let updated =
        world.post(&one, &[("Attributes", "[1]"), ("DateUpdated", "2030-01-01T00:00:00Z")]).await.expect(200).body;
    assert_eq!((&updated["body"], &updated["attributes"]), (&json!("Hi"), &json!("[1]")));
    assert_eq!(updated["date_updated"], "2030-01-01T00:00:00Z");
    assert_eq!(world.get(&one).await.body, updated);
}

#[tokio::test]
async fn a_body_is_at_most_1600_characters_to_a_channel_and_32_kilobytes_in_chat() {
    let world = World::start().await;
    let path = conversation(&world).await;
    let messages = format!("{path}/Messages");
    world.create(&messages, &[("Body", &"é".repeat(16 * 1024))]).await;
    world.post(&messages, &[("Body", &"x".repeat(32 * 1024 + 1))]).await.refused(400, 50504);
    let pair = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15551239999")];
    world.create(&format!("{path}/Participants"), &pair).await;
    let sid = world.create(&messages, &[("Body", &"é".repeat(1600))]).await;
    world.post(&messages, &[("Body", &"é".repeat(1601))]).await.refused(400, 50504);
    world.post(&format!("{messages}/{sid}"), &[("Body", &"é".repeat(1601))]).await.refused(400, 50504);
    world.emulator.receive("+15551230001", "+15551239999", &"x".repeat(32 * 1024)).await.unwrap().unwrap();
}

#[tokio::test]
async fn other_fields_have_their_limits_as_well() {
    let world = World::start().await;
    let path = format!("{}/Messages", conversation(&world).await);
    for (name, value) in [
        ("Author", "x".repeat(257)),
        ("Subject", "x".repeat(257)),
        ("Attributes", format!("\"{}\"", "x".repeat(4096))),
        ("Attributes", "{".to_owned()),
        ("ContentSid", "HX".to_owned()),
        ("ContentVariables", "{".to_owned()),
        ("DateCreated", "2020-01-01".to_owned()),
    ] {
        let message = world.post(&path, &[(name, &value)]).await.refused(400, 20001);
        assert!(message.contains(name), "{message}");
    }
}

#[tokio::test]
async fn a_content_template_takes_the_place_of_the_body() {
    let world = World::start().await;
    let path = format!("{}/Messages", conversation(&world).await);
    let sid = "HX0123456789abcdef0123456789abcdef";
    let message = world.post(&path, &[("Body", "x"), ("ContentSid", sid)]).await.expect(201).body;
    assert_eq!((&message["body"], &message["content_sid"]), (&json!(null), &json!(sid)));
}

#[tokio::test]
async fn an_upload_is_carried_by_one_message() {
    let world = World::start().await;
    let path = format!("{}/Messages", conversation(&world).await);
    let form = [("Filename", "a.jpg"), ("ContentType", "image/jpeg"), ("Size", "42056")];
    let media = world.post("/_emulator/media", &form).await.expect(200).text("sid");
    let message = world.post(&path, &[("MediaSid", &media)]).await.expect(201).body;
    assert_eq!(
        message["media"],
        json!([{"sid": media, "filename": "a.jpg", "content_type": "image/jpeg", "size": 42056}])
    );
    world.post(&path, &[("MediaSid", &media)]).await.refused(400, 50508);
    world.post(&path, &[("MediaSid", "ME0123456789abcdef0123456789abcdef")]).await.refused(400, 50507);
}

#[tokio::test]
async fn receipts_are_summed_up_in_the_message() {
    let world = World::start().await;
    let path = conversation(&world).await;
    let mut people = Vec::new();
    for number in ["+15551230001", "+15551230002"] {
        let pair = [("MessagingBinding.Address", number), ("MessagingBinding.ProxyAddress", "+15551239999")];
        people.push(world.create(&format!("{path}/Participants"), &pair).await);
    }
    let message = world.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    let one = format!("{path}/Messages/{message}");
    let report = async |person: &str, status: &str, code: &str| {
        let form =
            [("MessageSid", message.as_str()), ("ParticipantSid", person), ("Status", status), ("ErrorCode", code)];
        world.post("/_emulator/delivery-reports", &form).await
    };
    let receipt = report(&people[0], "sent", "0").await.expect(200).text("receipt_sid");
    assert_eq!(report(&people[0], "READ", "0").await.expect(200).text("receipt_sid"), receipt);
    report(&people[1], "undelivered", "30003").await.expect(200);
    let delivery = world.get(&one).await.body["delivery"].clone();
    assert_eq!(
        delivery,
        json!({"total": 2, "sent": "all", "delivered": "some", "read": "some", "failed": "none", "undelivered": "some"})
    );
    let receipts = world.get(&format!("{one}/Receipts")).await.expect(200).body;
    assert_eq!(each(&receipts["delivery_receipts"], "status"), ["read", "undelivered"]);
    assert_eq!(receipts["delivery_receipts"][1]["error_code"], 30003);
    report(&people[0], "lost", "0").await.refused(400, 20001);
    report("MB0123456789abcdef0123456789abcdef", "sent", "0").await.refused(404, 20404);
    world
        .post("/_emulator/delivery-reports", &[("MessageSid", &message), ("Status", "sent")])
        .await
        .refused(400, 20001);
}

#[tokio::test]
async fn each_page_begins_where_the_one_before_ended() {
    let world = World::start().await;
    let path = format!("{}/Messages", conversation(&world).await);
    for _ in 0..30 {
        world.create(&path, &[]).await;
    }
    let mut page = world.get(&format!("{path}?PageSize=1")).await.expect(200).body;
    for index in 1..30 {
        let next = page["meta"]["next_page_url"].as_str().unwrap().strip_prefix(world.emulator.base_url()).unwrap();
        page = world.get(next).await.expect(200).body;
        assert_eq!((&page["messages"][0]["index"], &page["meta"]["page"]), (&json!(index), &json!(index)));
    }
    assert_eq!(page["meta"]["next_page_url"], json!(null));
}

#[tokio::test]
async fn an_empty_author_from_a_pre_event_webhook_is_an_error_and_stores_nothing() {
    let world = World::of(quick()).await;
    let mut receiver = Receiver::start().await;
    report(&world, ACCOUNT, &receiver, &["onMessageAdd", "onMessageAdded", "onMessageUpdate", "onMessageUpdated"])
        .await;
    let path = format!("{}/Messages", conversation(&world).await);
    let message = world.create(&path, &[("Body", "first"), ("Author", "ann")]).await;
    let before = world.get(&path).await.expect(200).body;
    receiver.answers(|_| Reply::of(200, r#"{"author": "", "body": "replaced"}"#));
    let error = world.post_aloud(&path, &[("Body", "second"), ("Author", "ann")]).await.refused(400, 20001);
    assert!(error.contains("author"), "{error}");
    let error = world.post_aloud(&format!("{path}/{message}"), &[("Body", "changed")]).await.refused(400, 20001);
    assert!(error.contains("author"), "{error}");
    assert_eq!(world.get(&path).await.expect(200).body, before);
    world.emulator.settle().await.unwrap();
    let events: Vec<_> = receiver.rest().iter().map(|hook| hook.field("EventType").to_owned()).collect();
    assert_eq!(events, ["onMessageAdd", "onMessageUpdate"], "no post-event webhook is called");

    // The next message has the index of the one that was rejected.
    receiver.answers(|_| Reply::of(200, r#"{"author": "bob"}"#));
    let created = world.post_aloud(&path, &[("Body", "second")]).await.expect(201).body;
    assert_eq!((&created["author"], &created["index"]), (&json!("bob"), &json!(1)));
}
