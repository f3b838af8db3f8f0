//! Conversations: names, states, timers, order.

use std::time::Duration;

use serde_json::json;

use crate::support::{World, each};

const PATH: &str = "/v1/Conversations";

#[tokio::test]
async fn a_bare_conversation_is_as_documented() {
    let world = World::start().await;
    let configuration = world.get("/v1/Configuration").await.expect(200);
    let created = world.post(PATH, &[]).await.expect(201).body;
    for (name, value) in [
        ("friendly_name", json!(null)),
        ("unique_name", json!(null)),
        ("attributes", json!("{}")),
        ("state", json!("active")),
        ("timers", json!({})),
        ("bindings", json!({})),
        ("chat_service_sid", json!(configuration.text("default_chat_service_sid"))),
        ("messaging_service_sid", json!(configuration.text("default_messaging_service_sid"))),
    ] {
        assert_eq!(created[name], value, "{name}");
    }
    assert_eq!(created["date_created"], created["date_updated"]);
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_empty_texts_clear() {
    let world = World::start().await;
    let form = [
        ("FriendlyName", "x"),
        ("UniqueName", "order/1 ü"),
        ("Attributes", "{\"a\": 1}"),
        ("Bindings.Email.Address", "a@example.com"),
        ("DateCreated", "2020-01-02T03:04:05+01:00"),
    ];
    let created = world.post(PATH, &form).await.expect(201).body;
    assert_eq!(created["date_created"], "2020-01-02T02:04:05Z");
    assert_eq!(created["bindings"], json!({"email": {"address": "a@example.com", "name": null}}));
    let path = format!("{PATH}/order%2F1%20%C3%BC");
    assert_eq!(world.get(&path).await.expect(200).body["sid"], created["sid"]);
    let updated = world.post(&path, &[("FriendlyName", ""), ("State", "INACTIVE")]).await.expect(200).body;
    assert_eq!((&updated["friendly_name"], &updated["state"]), (&json!(null), &json!("inactive")));
    assert_eq!((&updated["attributes"], &updated["unique_name"]), (&created["attributes"], &created["unique_name"]));
    let url = updated["url"].as_str().unwrap();
    assert!(url.ends_with(created["sid"].as_str().unwrap()), "{url}");
}

#[tokio::test]
async fn a_unique_name_is_taken_once_per_service() {
    let world = World::start().await;
    let service = world.service("other").await;
    world.create(PATH, &[("UniqueName", "one")]).await;
    world.post(PATH, &[("UniqueName", "one")]).await.refused(409, 50353);
    world.create(&format!("/v1/Services/{service}/Conversations"), &[("UniqueName", "one")]).await;
    let other = world.create(PATH, &[]).await;
    world.post(&format!("{PATH}/{other}"), &[("UniqueName", "one")]).await.refused(409, 50353);
    world.post(PATH, &[("UniqueName", "CH0123456789abcdef0123456789abcdef")]).await.refused(400, 50390);
    world.post(PATH, &[("UniqueName", &"x".repeat(257))]).await.refused(400, 50004);
    world.delete(&format!("{PATH}/one")).await.expect(204);
    world.create(PATH, &[("UniqueName", "one")]).await;
}

#[tokio::test]
async fn values_beyond_the_limits_are_refused() {
    let world = World::start().await;
    let large = format!("\"{}\"", "x".repeat(16 * 1024));
    for (name, value, code) in [
        ("FriendlyName", "x".repeat(257).as_str(), 20001),
        ("Attributes", "{", 20001),
        ("Attributes", &large, 20001),
        ("MessagingServiceSid", "MG1", 20001),
        ("DateCreated", "yesterday", 20001),
        ("State", "asleep", 50378),
        ("State", "", 50374),
        ("State", "closed", 50384),
        ("Timers.Inactive", "PT59S", 50375),
        ("Timers.Inactive", "soon", 50379),
        ("Timers.Closed", "PT9M", 50376),
        ("Timers.Closed", "1 day", 50380),
    ] {
        world.post(PATH, &[(name, value)]).await.refused(400, code);
    }
    assert!(world.get(PATH).await.body["conversations"].as_array().unwrap().is_empty());
    let largest = format!("\"{}\"", "x".repeat(16 * 1024 - 2));
    world.create(PATH, &[("Attributes", &largest)]).await;
}

#[tokio::test]
async fn closed_is_final() {
    let world = World::start().await;
    let sid = world.create(PATH, &[]).await;
    let path = format!("{PATH}/{sid}");
    world.post(&path, &[("State", "closed")]).await.expect(200);
    world.post(&path, &[("State", "active")]).await.refused(400, 50377);
    world.post(&format!("{path}/Messages"), &[("Body", "x")]).await.refused(400, 50377);
    world.post(&format!("{path}/Participants"), &[("Identity", "alice")]).await.refused(400, 50377);
    world.get(&path).await.expect(200);
    world.delete(&path).await.expect(204);
}

#[tokio::test]
async fn the_list_begins_with_the_latest_activity_or_with_dates_the_latest_creation() {
    let world = World::start().await;
    let mut sids = Vec::new();
    for day in ["2020-01-01", "2020-01-03", "2020-01-02"] {
        sids.push(world.create(PATH, &[("DateCreated", &format!("{day}T12:00:00Z"))]).await);
    }
    let list = async |query: &str| {
        let body = world.get(&format!("{PATH}{query}")).await.expect(200).body;
        each(&body["conversations"], "sid").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, [&*sids[2], &*sids[1], &*sids[0]]);
    world.create(&format!("{PATH}/{}/Messages", sids[0]), &[("Body", "x")]).await;
    assert_eq!(list("").await, [&*sids[0], &*sids[2], &*sids[1]]);
    assert_eq!(list("?StartDate=2020-01-02").await, [&*sids[1], &*sids[2]]);
    assert_eq!(list("?EndDate=2020-01-02").await, [&*sids[2], &*sids[0]]);
    assert_eq!(list("?StartDate=2020-01-02T12:00:01Z&EndDate=2020-01-03").await, [&*sids[1]]);
    world.post(&format!("{PATH}/{}", sids[1]), &[("State", "inactive")]).await.expect(200);
    assert_eq!(list("?State=inactive").await, [&*sids[1]]);
    world.get(&format!("{PATH}?StartDate=soon")).await.refused(400, 20001);
    world.get(&format!("{PATH}?State=asleep")).await.expect(400);
}

#[tokio::test]
async fn pages_of_conversations_follow_their_order_both_ways() {
    let world = World::start().await;
    let mut sids = Vec::new();
    for _ in 0..7 {
        sids.insert(0, world.create(PATH, &[]).await);
    }
    for query in ["", "&StartDate=2020-01-01"] {
        let mut page = world.get(&format!("{PATH}?PageSize=3{query}")).await.expect(200).body;
        let mut seen = Vec::new();
        loop {
            seen.extend(each(&page["conversations"], "sid").into_iter().map(str::to_owned));
            let Some(next) = page["meta"]["next_page_url"].as_str() else { break };
            page = world.get(next.strip_prefix(world.emulator.base_url()).unwrap()).await.expect(200).body;
        }
        assert_eq!(seen, sids, "{query}");
        let previous = page["meta"]["previous_page_url"].as_str().unwrap();
        let back = world.get(previous.strip_prefix(world.emulator.base_url()).unwrap()).await.expect(200).body;
        assert_eq!(each(&back["conversations"], "sid"), sids[3..6]);
    }
}

#[tokio::test]
async fn timers_change_states_when_they_are_due() {
    let world = World::start().await;
    let created = world
        .post(PATH, &[("Timers.Inactive", "PT1H"), ("Timers.Closed", "P1D"), ("DateUpdated", "2020-01-01T00:00:00Z")])
        .await;
    let timers = created.expect(201).body["timers"].clone();
    assert_eq!(timers, json!({"date_inactive": "2020-01-01T01:00:00Z", "date_closed": "2020-01-02T00:00:00Z"}));

    let created = world.post(PATH, &[("Timers.Inactive", "PT1H"), ("Timers.Closed", "P1D")]).await.expect(201);
    let path = format!("{PATH}/{}", created.text("sid"));
    world.emulator.advance_clock(Duration::from_secs(3599)).unwrap();
    assert_eq!(world.get(&path).await.text("state"), "active");
    world.emulator.advance_clock(Duration::from_secs(2)).unwrap();
    let rested = world.get(&path).await;
    assert_eq!(rested.text("state"), "inactive");
    assert_eq!(rested.body["date_updated"], created.body["timers"]["date_inactive"]);
    assert_eq!(rested.body["timers"], json!({"date_closed": created.body["timers"]["date_closed"]}));
    world.emulator.advance_clock(Duration::from_secs(24 * 3600)).unwrap();
    let closed = world.get(&path).await;
    assert_eq!((closed.text("state").as_str(), &closed.body["timers"]), ("closed", &json!({})));
}

#[tokio::test]
async fn a_message_wakes_a_conversation_and_starts_its_timers_again() {
    let world = World::start().await;
    let sid = world.create(PATH, &[("Timers.Inactive", "PT1H")]).await;
    let path = format!("{PATH}/{sid}");
    world.emulator.advance_clock(Duration::from_secs(1800)).unwrap();
    world.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    world.emulator.advance_clock(Duration::from_secs(1900)).unwrap();
    assert_eq!(world.get(&path).await.text("state"), "active");
    world.emulator.advance_clock(Duration::from_secs(1800)).unwrap();
    assert_eq!(world.get(&path).await.text("state"), "inactive");
    world.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    let woken = world.get(&path).await;
    assert_eq!(woken.text("state"), "active");
    assert!(woken.body["timers"]["date_inactive"].is_string());
    let cleared = world.post(&path, &[("Timers.Inactive", "PT0S")]).await.expect(200);
    assert_eq!(cleared.body["timers"], json!({}));
}

#[tokio::test]
async fn a_participant_wakes_a_conversation_that_sleeps() {
    let world = World::start().await;
    let sid = world.create(PATH, &[("Timers.Inactive", "PT1H"), ("State", "inactive")]).await;
    let path = format!("{PATH}/{sid}");
    assert_eq!(world.get(&path).await.expect(200).body["timers"], json!({}));
    let alice = world.create(&format!("{path}/Participants"), &[("Identity", "alice")]).await;
    let woken = world.get(&path).await.expect(200);
    assert_eq!(woken.text("state"), "active");
    assert!(woken.body["timers"]["date_inactive"].is_string());
    world.post(&path, &[("State", "inactive")]).await.expect(200);
    world.delete(&format!("{path}/Participants/{alice}")).await.expect(204);
    assert_eq!(world.get(&path).await.text("state"), "inactive", "who leaves wakes nobody");
}

#[tokio::test]
async fn a_timer_runs_by_itself_in_real_time() {
    let world = World::start().await;
    let sid = world.create(PATH, &[("Timers.Inactive", "PT1M")]).await;
    let form = [("Advance", "PT59S")];
    world.post("/_emulator/clock", &form).await.expect(200);
    let path = format!("{PATH}/{sid}");
    assert_eq!(world.get(&path).await.text("state"), "active");
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        while world.get(&path).await.text("state") == "active" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.expect("the timer never ran");
}

#[tokio::test]
async fn the_account_s_timers_and_services_are_defaults() {
    let world = World::start().await;
    let service = world.service("new default").await;
    let form = [
        ("DefaultChatServiceSid", service.as_str()),
        ("DefaultInactiveTimer", "PT10M"),
        ("DefaultMessagingServiceSid", "MG0123456789abcdef0123456789abcdef"),
    ];
    world.post("/v1/Configuration", &form).await.expect(200);
    let created = world.post(PATH, &[]).await.expect(201);
    assert_eq!(created.text("chat_service_sid"), service);
    assert_eq!(created.text("messaging_service_sid"), "MG0123456789abcdef0123456789abcdef");
    assert!(created.body["timers"]["date_inactive"].is_string());
    world
        .post("/v1/Configuration", &[("DefaultChatServiceSid", "IS0123456789abcdef0123456789abcdef")])
        .await
        .refused(400, 50050);
    world.delete(&format!("/v1/Services/{service}")).await.expect(204);
    assert_eq!(world.get("/v1/Configuration").await.expect(200).body["default_chat_service_sid"], json!(null));
    world.get(PATH).await.refused(404, 20404);
}

#[tokio::test]
async fn a_deleted_conversation_or_service_takes_everything_with_it() {
    let world = World::start().await;
    let service = world.service("doomed").await;
    let base = format!("/v1/Services/{service}/Conversations");
    let sid = world.create(&base, &[]).await;
    let path = format!("{base}/{sid}");
    let pair = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15551239999")];
    world.create(&format!("{path}/Participants"), &pair).await;
    let message = world.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    world.delete(&path).await.expect(204);
    for gone in ["", "/Messages", "/Participants", "/Webhooks", &format!("/Messages/{message}")] {
        world.get(&format!("{path}{gone}")).await.refused(404, 20404);
    }
    let again = world.create(&base, &[]).await;
    world.create(&format!("{base}/{again}/Participants"), &pair).await;
    world.delete(&format!("/v1/Services/{service}")).await.expect(204);
    world.get(&format!("{base}/{again}")).await.refused(404, 20404);
    // The addresses are free again.
    let other = world.create(PATH, &[]).await;
    world.create(&format!("{PATH}/{other}/Participants"), &pair).await;
}

#[tokio::test]
async fn conversations_and_participants_are_made_at_once() {
    let world = World::start().await;
    let path = "/v1/ConversationWithParticipants";
    let bob = r#"{"identity": "bob", "attributes": "{\"a\":1}"}"#;
    let person = r#"{"messaging_binding": {"address": "+15551230001", "proxy_address": "+15551239999"}}"#;
    let created =
        world.post(path, &[("UniqueName", "x"), ("Participant", bob), ("Participant", person)]).await.expect(201);
    assert_eq!(created.text("state"), "initializing");
    assert_eq!(world.get("/v1/Conversations/x").await.text("state"), "active");
    let participants = world.get("/v1/Conversations/x/Participants").await.expect(200).body;
    assert_eq!(participants["participants"][0]["identity"], "bob");
    assert_eq!(participants["participants"][1]["messaging_binding"]["address"], "+15551230001");

    // All or nothing: the pair is in use, so that there is no conversation either.
    world
        .post(path, &[("UniqueName", "y"), ("Participant", "{\"identity\": \"eve\"}"), ("Participant", person)])
        .await
        .refused(409, 50416);
    world.get("/v1/Conversations/y").await.refused(404, 20404);
    world.post(path, &[("Participant", "{")]).await.refused(400, 20001);
    world.post(path, &[("Participant", "{\"name\": \"eve\"}")]).await.refused(400, 20001);
    let many: Vec<String> = (0..11).map(|number| format!("{{\"identity\": \"user {number}\"}}")).collect();
    let form: Vec<_> = many.iter().map(|text| ("Participant", text.as_str())).collect();
    world.post(path, &form).await.refused(400, 50426);
}
