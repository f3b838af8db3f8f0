//! Conversations: names, states, timers, order.

use std::time::Duration;

use serde_json::json;

use crate::support::{Instance, each};

const PATH: &str = "/v1/Conversations";

#[tokio::test]
async fn a_bare_conversation_is_as_documented() {
    let instance = Instance::start().await;
    let configuration = instance.get("/v1/Configuration").await.expect(200);
    let created = instance.post(PATH, &[]).await.expect(201).body;
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
async fn an_update_changes_its_parameters_only_and_empty_strings_clear() {
    let instance = Instance::start().await;
    let form = [
        ("FriendlyName", "x"),
        ("UniqueName", "order/1 ü"),
        ("Attributes", "{\"a\": 1}"),
        ("Bindings.Email.Address", "a@example.com"),
        ("DateCreated", "2020-01-02T03:04:05+01:00"),
    ];
    let created = instance.post(PATH, &form).await.expect(201).body;
    assert_eq!(created["date_created"], "2020-01-02T02:04:05Z");
    assert_eq!(created["bindings"], json!({"email": {"address": "a@example.com", "name": null}}));
    let path = format!("{PATH}/order%2F1%20%C3%BC");
    assert_eq!(instance.get(&path).await.expect(200).body["sid"], created["sid"]);
    let updated = instance.post(&path, &[("FriendlyName", ""), ("State", "INACTIVE")]).await.expect(200).body;
    assert_eq!((&updated["friendly_name"], &updated["state"]), (&json!(null), &json!("inactive")));
    assert_eq!((&updated["attributes"], &updated["unique_name"]), (&created["attributes"], &created["unique_name"]));
    let url = updated["url"].as_str().unwrap();
    assert!(url.ends_with(created["sid"].as_str().unwrap()), "{url}");
}

#[tokio::test]
async fn a_unique_name_is_taken_once_per_service() {
    let instance = Instance::start().await;
    let service = instance.service("other").await;
    instance.create(PATH, &[("UniqueName", "one")]).await;
    instance.post(PATH, &[("UniqueName", "one")]).await.expect_error(409, 50353);
    instance.create(&format!("/v1/Services/{service}/Conversations"), &[("UniqueName", "one")]).await;
    let other = instance.create(PATH, &[]).await;
    instance.post(&format!("{PATH}/{other}"), &[("UniqueName", "one")]).await.expect_error(409, 50353);
    instance.post(PATH, &[("UniqueName", "CH0123456789abcdef0123456789abcdef")]).await.expect_error(400, 50390);
    instance.post(PATH, &[("UniqueName", &"x".repeat(257))]).await.expect_error(400, 50004);
    instance.delete(&format!("{PATH}/one")).await.expect(204);
    instance.create(PATH, &[("UniqueName", "one")]).await;
}

#[tokio::test]
async fn values_beyond_the_limits_are_rejected() {
    let instance = Instance::start().await;
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
        instance.post(PATH, &[(name, value)]).await.expect_error(400, code);
    }
    assert!(instance.get(PATH).await.body["conversations"].as_array().unwrap().is_empty());
    let largest = format!("\"{}\"", "x".repeat(16 * 1024 - 2));
    instance.create(PATH, &[("Attributes", &largest)]).await;
}

#[tokio::test]
async fn closed_is_final() {
    let instance = Instance::start().await;
    let sid = instance.create(PATH, &[]).await;
    let path = format!("{PATH}/{sid}");
    instance.post(&path, &[("State", "closed")]).await.expect(200);
    instance.post(&path, &[("State", "active")]).await.expect_error(400, 50377);
    instance.post(&format!("{path}/Messages"), &[("Body", "x")]).await.expect_error(400, 50377);
    instance.post(&format!("{path}/Participants"), &[("Identity", "alice")]).await.expect_error(400, 50377);
    instance.get(&path).await.expect(200);
    instance.delete(&path).await.expect(204);
}

#[tokio::test]
async fn the_list_begins_with_the_latest_activity_or_with_dates_the_latest_creation() {
    let instance = Instance::start().await;
    let mut sids = Vec::new();
    for day in ["2020-01-01", "2020-01-03", "2020-01-02"] {
        sids.push(instance.create(PATH, &[("DateCreated", &format!("{day}T12:00:00Z"))]).await);
    }
    let list = async |query: &str| {
        let body = instance.get(&format!("{PATH}{query}")).await.expect(200).body;
        each(&body["conversations"], "sid").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, [&*sids[2], &*sids[1], &*sids[0]]);
    instance.create(&format!("{PATH}/{}/Messages", sids[0]), &[("Body", "x")]).await;
    assert_eq!(list("").await, [&*sids[0], &*sids[2], &*sids[1]]);
    assert_eq!(list("?StartDate=2020-01-02").await, [&*sids[1], &*sids[2]]);
    assert_eq!(list("?EndDate=2020-01-02").await, [&*sids[2], &*sids[0]]);
    assert_eq!(list("?StartDate=2020-01-02T12:00:01Z&EndDate=2020-01-03").await, [&*sids[1]]);
    instance.post(&format!("{PATH}/{}", sids[1]), &[("State", "inactive")]).await.expect(200);
    assert_eq!(list("?State=inactive").await, [&*sids[1]]);
    instance.get(&format!("{PATH}?StartDate=soon")).await.expect_error(400, 20001);
    instance.get(&format!("{PATH}?State=asleep")).await.expect(400);
}

#[tokio::test]
async fn pages_of_conversations_follow_their_order_both_ways() {
    let instance = Instance::start().await;
    let mut sids = Vec::new();
    for _ in 0..7 {
        sids.insert(0, instance.create(PATH, &[]).await);
    }
    for query in ["", "&StartDate=2020-01-01"] {
        let mut page = instance.get(&format!("{PATH}?PageSize=3{query}")).await.expect(200).body;
        let mut seen = Vec::new();
        loop {
            seen.extend(each(&page["conversations"], "sid").into_iter().map(str::to_owned));
            let Some(next) = page["meta"]["next_page_url"].as_str() else { break };
            page = instance.get(next.strip_prefix(instance.emulator.base_url()).unwrap()).await.expect(200).body;
        }
        assert_eq!(seen, sids, "{query}");
        let previous = page["meta"]["previous_page_url"].as_str().unwrap();
        let back = instance.get(previous.strip_prefix(instance.emulator.base_url()).unwrap()).await.expect(200).body;
        assert_eq!(each(&back["conversations"], "sid"), sids[3..6]);
    }
}

#[tokio::test]
async fn timers_change_states_when_they_are_due() {
    let instance = Instance::start().await;
    let created = instance
        .post(PATH, &[("Timers.Inactive", "PT1H"), ("Timers.Closed", "P1D"), ("DateUpdated", "2020-01-01T00:00:00Z")])
        .await;
    let timers = created.expect(201).body["timers"].clone();
    assert_eq!(timers, json!({"date_inactive": "2020-01-01T01:00:00Z", "date_closed": "2020-01-02T00:00:00Z"}));

    let created = instance.post(PATH, &[("Timers.Inactive", "PT1H"), ("Timers.Closed", "P1D")]).await.expect(201);
    let path = format!("{PATH}/{}", created.text("sid"));
    instance.emulator.advance_clock(Duration::from_secs(3599)).unwrap();
    assert_eq!(instance.get(&path).await.text("state"), "active");
    instance.emulator.advance_clock(Duration::from_secs(2)).unwrap();
    let rested = instance.get(&path).await;
    assert_eq!(rested.text("state"), "inactive");
    assert_eq!(rested.body["date_updated"], created.body["timers"]["date_inactive"]);
    assert_eq!(rested.body["timers"], json!({"date_closed": created.body["timers"]["date_closed"]}));
    instance.emulator.advance_clock(Duration::from_secs(24 * 3600)).unwrap();
    let closed = instance.get(&path).await;
    assert_eq!((closed.text("state").as_str(), &closed.body["timers"]), ("closed", &json!({})));
}

#[tokio::test]
async fn a_message_activates_a_conversation_and_restarts_its_timers() {
    let instance = Instance::start().await;
    let sid = instance.create(PATH, &[("Timers.Inactive", "PT1H")]).await;
    let path = format!("{PATH}/{sid}");
    instance.emulator.advance_clock(Duration::from_secs(1800)).unwrap();
    instance.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    instance.emulator.advance_clock(Duration::from_secs(1900)).unwrap();
    assert_eq!(instance.get(&path).await.text("state"), "active");
    instance.emulator.advance_clock(Duration::from_secs(1800)).unwrap();
    assert_eq!(instance.get(&path).await.text("state"), "inactive");
    instance.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    let woken = instance.get(&path).await;
    assert_eq!(woken.text("state"), "active");
    assert!(woken.body["timers"]["date_inactive"].is_string());
    let cleared = instance.post(&path, &[("Timers.Inactive", "PT0S")]).await.expect(200);
    assert_eq!(cleared.body["timers"], json!({}));
}

#[tokio::test]
async fn a_new_participant_activates_an_inactive_conversation() {
    let instance = Instance::start().await;
    let sid = instance.create(PATH, &[("Timers.Inactive", "PT1H"), ("State", "inactive")]).await;
    let path = format!("{PATH}/{sid}");
    assert_eq!(instance.get(&path).await.expect(200).body["timers"], json!({}));
    let alice = instance.create(&format!("{path}/Participants"), &[("Identity", "alice")]).await;
    let woken = instance.get(&path).await.expect(200);
    assert_eq!(woken.text("state"), "active");
    assert!(woken.body["timers"]["date_inactive"].is_string());
    instance.post(&path, &[("State", "inactive")]).await.expect(200);
    instance.delete(&format!("{path}/Participants/{alice}")).await.expect(204);
    assert_eq!(instance.get(&path).await.text("state"), "inactive", "a removed participant does not activate it");
}

#[tokio::test]
async fn a_timer_runs_by_itself_in_real_time() {
    let instance = Instance::start().await;
    let sid = instance.create(PATH, &[("Timers.Inactive", "PT1M")]).await;
    let form = [("Advance", "PT59S")];
    instance.post("/_emulator/clock", &form).await.expect(200);
    let path = format!("{PATH}/{sid}");
    assert_eq!(instance.get(&path).await.text("state"), "active");
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        while instance.get(&path).await.text("state") == "active" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.expect("the timer never ran");
}

#[tokio::test]
async fn the_account_s_timers_and_services_are_defaults() {
    let instance = Instance::start().await;
    let service = instance.service("new default").await;
    let form = [
        ("DefaultChatServiceSid", service.as_str()),
        ("DefaultInactiveTimer", "PT10M"),
        ("DefaultMessagingServiceSid", "MG0123456789abcdef0123456789abcdef"),
    ];
    instance.post("/v1/Configuration", &form).await.expect(200);
    let created = instance.post(PATH, &[]).await.expect(201);
    assert_eq!(created.text("chat_service_sid"), service);
    assert_eq!(created.text("messaging_service_sid"), "MG0123456789abcdef0123456789abcdef");
    assert!(created.body["timers"]["date_inactive"].is_string());
    instance
        .post("/v1/Configuration", &[("DefaultChatServiceSid", "IS0123456789abcdef0123456789abcdef")])
        .await
        .expect_error(400, 50050);
    instance.delete(&format!("/v1/Services/{service}")).await.expect(204);
    assert_eq!(instance.get("/v1/Configuration").await.expect(200).body["default_chat_service_sid"], json!(null));
    instance.get(PATH).await.expect_error(404, 20404);
}

#[tokio::test]
async fn a_deleted_conversation_or_service_takes_everything_with_it() {
    let instance = Instance::start().await;
    let service = instance.service("doomed").await;
    let base = format!("/v1/Services/{service}/Conversations");
    let sid = instance.create(&base, &[]).await;
    let path = format!("{base}/{sid}");
    let pair = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15551239999")];
    instance.create(&format!("{path}/Participants"), &pair).await;
    let message = instance.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    instance.delete(&path).await.expect(204);
    for gone in ["", "/Messages", "/Participants", "/Webhooks", &format!("/Messages/{message}")] {
        instance.get(&format!("{path}{gone}")).await.expect_error(404, 20404);
    }
    let again = instance.create(&base, &[]).await;
    instance.create(&format!("{base}/{again}/Participants"), &pair).await;
    instance.delete(&format!("/v1/Services/{service}")).await.expect(204);
    instance.get(&format!("{base}/{again}")).await.expect_error(404, 20404);
    // The addresses are free again.
    let other = instance.create(PATH, &[]).await;
    instance.create(&format!("{PATH}/{other}/Participants"), &pair).await;
}

#[tokio::test]
async fn conversations_and_participants_are_created_in_one_request() {
    let instance = Instance::start().await;
    let path = "/v1/ConversationWithParticipants";
    let bob = r#"{"identity": "bob", "attributes": "{\"a\":1}"}"#;
    let person = r#"{"messaging_binding": {"address": "+15551230001", "proxy_address": "+15551239999"}}"#;
    let created =
        instance.post(path, &[("UniqueName", "x"), ("Participant", bob), ("Participant", person)]).await.expect(201);
    assert_eq!(created.text("state"), "initializing");
    assert_eq!(instance.get("/v1/Conversations/x").await.text("state"), "active");
    let participants = instance.get("/v1/Conversations/x/Participants").await.expect(200).body;
    assert_eq!(participants["participants"][0]["identity"], "bob");
    assert_eq!(participants["participants"][1]["messaging_binding"]["address"], "+15551230001");

    // All or nothing: the pair is in use, so that there is no conversation either.
    instance
        .post(path, &[("UniqueName", "y"), ("Participant", "{\"identity\": \"eve\"}"), ("Participant", person)])
        .await
        .expect_error(409, 50416);
    instance.get("/v1/Conversations/y").await.expect_error(404, 20404);
    instance.post(path, &[("Participant", "{")]).await.expect_error(400, 20001);
    instance.post(path, &[("Participant", "{\"name\": \"eve\"}")]).await.expect_error(400, 20001);
    let many: Vec<String> = (0..11).map(|number| format!("{{\"identity\": \"user {number}\"}}")).collect();
    let form: Vec<_> = many.iter().map(|text| ("Participant", text.as_str())).collect();
    instance.post(path, &form).await.expect_error(400, 50426);
}
