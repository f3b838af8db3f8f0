//! Participants, users and roles.

use serde_json::json;

use crate::support::{Instance, each};

const PAIR: [(&str, &str); 2] =
    [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15551239999")];

async fn conversation(instance: &Instance) -> String {
    format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await)
}

#[tokio::test]
async fn a_chat_participant_has_an_identity_a_role_and_a_user() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    let created =
        instance.post(&format!("{path}/Participants"), &[("Identity", "alice@example.com")]).await.expect(201).body;
    assert_eq!(created["messaging_binding"], json!(null));
    assert_eq!((&created["last_read_message_index"], &created["last_read_timestamp"]), (&json!(null), &json!(null)));
    let user = instance.get("/v1/Users/alice%40example.com").await.expect(200).body;
    assert_eq!(user["identity"], "alice@example.com");
    assert_ne!(user["role_sid"], created["role_sid"]);
    let by_identity = instance.get(&format!("{path}/Participants/alice%40example.com")).await.expect(200).body;
    assert_eq!(by_identity, created);
    instance.post(&format!("{path}/Participants"), &[("Identity", "alice@example.com")]).await.expect_error(409, 50433);
}

#[tokio::test]
async fn a_pair_of_addresses_is_in_one_open_conversation() {
    let instance = Instance::start().await;
    let (one, other) = (conversation(&instance).await, conversation(&instance).await);
    let created = instance.post(&format!("{one}/Participants"), &PAIR).await.expect(201).body;
    assert_eq!(
        created["messaging_binding"],
        json!({"type": "sms", "address": "+15551230001", "proxy_address": "+15551239999",
               "projected_address": null, "name": null, "level": null})
    );
    instance.post(&format!("{other}/Participants"), &PAIR).await.expect_error(409, 50416);
    instance.post(&one, &[("State", "closed")]).await.expect(200);
    instance.create(&format!("{other}/Participants"), &PAIR).await;
    let list = instance.get("/v1/ParticipantConversations?Address=%2B15551230001").await.expect(200).body;
    assert_eq!(each(&list["conversations"], "conversation_state"), ["closed", "active"]);
    assert!(list["meta"]["url"].as_str().unwrap().contains("?Address=%2B15551230001&PageSize=50&Page=0"));
}

#[tokio::test]
async fn participants_that_contradict_themselves_are_rejected() {
    let instance = Instance::start().await;
    let path = format!("{}/Participants", conversation(&instance).await);
    let (address, proxy) = ("MessagingBinding.Address", "MessagingBinding.ProxyAddress");
    let rejected: [(&[(&str, &str)], u32); 12] = [
        (&[], 50407),
        (&[("Identity", "a"), PAIR[0], PAIR[1]], 50451),
        (&[(address, "5551230001"), PAIR[1]], 50407),
        (&[PAIR[0], (proxy, "us")], 50408),
        (&[PAIR[0], (proxy, "+15551230001")], 50409),
        (&[PAIR[0], (proxy, "")], 50412),
        (&[(address, "whatsapp:+15551230001"), PAIR[1]], 50414),
        (&[PAIR[0], ("MessagingBinding.ProjectedAddress", "+15551239999")], 50407),
        (&[("Identity", "system")], 50203),
        (&[("Identity", "a"), ("RoleSid", "RL0123456789abcdef0123456789abcdef")], 50109),
        (&[("Identity", "a"), ("Attributes", "{")], 20001),
        (&[("Identity", "a"), ("RoleSid", "RL1")], 20001),
    ];
    for (form, code) in rejected {
        instance.post(&path, form).await.expect_error(400, code);
    }
    let long = "x".repeat(257);
    instance.post(&path, &[("Identity", &long)]).await.expect_error(400, 50207);
    assert!(instance.get(&path).await.body["participants"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_conversation_has_at_most_50_participants_on_channels() {
    let instance = Instance::start().await;
    let path = format!("{}/Participants", conversation(&instance).await);
    for number in 0..50 {
        let form = [("MessagingBinding.Address", &*format!("+1555123{number:04}")), PAIR[1]];
        instance.create(&path, &form).await;
    }
    let form = [("MessagingBinding.Address", "+15551239000"), PAIR[1]];
    instance.post(&path, &form).await.expect_error(400, 50422);
    instance.create(&path, &[("Identity", "alice")]).await;
}

#[tokio::test]
async fn a_conversation_has_at_most_1000_participants_and_an_identity_at_most_1000_open_conversations() {
    let instance = Instance::start().await;
    let conversation = conversation(&instance).await;
    let path = format!("{conversation}/Participants");
    for number in 0..1000 {
        instance.create(&path, &[("Identity", &format!("user {number}"))]).await;
    }
    instance.post(&path, &[("Identity", "one too many")]).await.expect_error(400, 50417);
    let form = [("MessagingBinding.Address", "+15551230001"), PAIR[1]];
    instance.post(&path, &form).await.expect_error(400, 50417);
    instance.delete(&format!("{path}/user%200")).await.expect(204);
    instance.create(&path, &form).await;

    let mut last = String::new();
    for number in 0..999 {
        let state = [("State", if number % 2 == 0 { "active" } else { "inactive" })];
        let form = [state[0], ("Participant", r#"{"identity": "user 1"}"#)];
        last = instance.create("/v1/ConversationWithParticipants", &form).await;
    }
    let busy = [("Participant", r#"{"identity": "user 1"}"#)];
    instance.post("/v1/ConversationWithParticipants", &busy).await.expect_error(400, 50214);
    instance.post(&format!("/v1/Conversations/{last}"), &[("State", "closed")]).await.expect(200);
    instance.create("/v1/ConversationWithParticipants", &busy).await;
}

#[tokio::test]
async fn names_addresses_and_attributes_of_participants_and_users_have_limits() {
    let instance = Instance::start().await;
    let path = format!("{}/Participants", conversation(&instance).await);
    let (largest, large) = (format!("\"{}\"", "x".repeat(4094)), format!("\"{}\"", "x".repeat(4095)));
    let (longest, long) = ("x".repeat(256), "x".repeat(257));
    instance.create(&path, &[("Identity", &longest), ("Attributes", &largest)]).await;
    let rejected = instance.post(&path, &[("Identity", "a"), ("Attributes", &large)]).await.expect_error(400, 20001);
    assert!(rejected.contains("Attributes"), "{rejected}");
    let messenger = |length: usize| format!("messenger:{}", "1".repeat(length - "messenger:".len()));
    let (address, proxy) = ("MessagingBinding.Address", "MessagingBinding.ProxyAddress");
    instance.create(&path, &[(address, &messenger(256)), (proxy, "messenger:2")]).await;
    instance.post(&path, &[(address, &messenger(257)), (proxy, "messenger:2")]).await.expect_error(400, 50407);
    instance.post(&path, &[(address, "messenger:1"), (proxy, &messenger(257))]).await.expect_error(400, 50408);

    instance.create("/v1/Users", &[("Identity", "bob"), ("FriendlyName", &longest), ("Attributes", &largest)]).await;
    instance.post("/v1/Users/bob", &[("FriendlyName", &long)]).await.expect_error(400, 20001);
    instance.post("/v1/Users/bob", &[("Attributes", &large)]).await.expect_error(400, 20001);
    instance.post("/v1/Users", &[("Identity", &long)]).await.expect_error(400, 50207);
    instance.post("/v1/Users", &[("Identity", "US0123456789abcdef0123456789abcdef")]).await.expect_error(400, 50206);
    let credential = |name: &str| [("Type", "fcm".to_owned()), ("FriendlyName", name.to_owned())];
    for (name, status) in [("x".repeat(64), 201), ("x".repeat(65), 400)] {
        let form = credential(&name);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        instance.post("/v1/Credentials", &form).await.expect(status);
    }
    for (name, status) in [(&longest, 201), (&long, 400)] {
        let form = [("Type", "sms"), ("Address", "+15551239999"), ("FriendlyName", name)];
        let response = instance.post("/v1/Configuration/Addresses", &form).await.expect(status);
        if status == 201 {
            instance.delete(&format!("/v1/Configuration/Addresses/{}", response.text("sid"))).await.expect(204);
        }
    }
}

#[tokio::test]
async fn a_group_text_has_at_most_10_participants() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    instance.create(&format!("{path}/Participants"), &[("MessagingBinding.ProjectedAddress", "+15551239999")]).await;
    for number in 0..9 {
        let address = format!("+1555123{number:04}");
        instance.create(&format!("{path}/Participants"), &[("MessagingBinding.Address", &address)]).await;
    }
    let eleventh = [("MessagingBinding.Address", "+15551239000")];
    instance.post(&format!("{path}/Participants"), &eleventh).await.expect_error(400, 50436);
    instance.post(&format!("{path}/Participants"), &[PAIR[0]]).await.expect(400);
    let posted = instance.emulator.receive("+15551230003", "+15551239999", "hi all").await.unwrap().unwrap();
    assert!(path.ends_with(&posted.conversation_sid));
}

#[tokio::test]
async fn the_read_horizon_determines_the_count_of_unread_messages() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    let participant = instance.create(&format!("{path}/Participants"), &[("Identity", "alice")]).await;
    for _ in 0..5 {
        instance.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    }
    let sid = path.rsplit('/').next().unwrap();
    let of_user = format!("/v1/Users/alice/Conversations/{sid}");
    assert_eq!(instance.get(&of_user).await.expect(200).body["unread_messages_count"], json!(null));
    let read = instance
        .post(&format!("{path}/Participants/{participant}"), &[("LastReadMessageIndex", "1")])
        .await
        .expect(200);
    assert_eq!(read.body["last_read_message_index"], 1);
    assert!(read.body["last_read_timestamp"].is_string());
    assert_eq!(instance.get(&of_user).await.body["unread_messages_count"], 3);
    let read = instance
        .post(&of_user, &[("LastReadMessageIndex", "4"), ("NotificationLevel", "MUTED")])
        .await
        .expect(200)
        .body;
    assert_eq!((&read["unread_messages_count"], &read["notification_level"]), (&json!(0), &json!("muted")));
    for bad in ["5", "-1"] {
        instance.post(&of_user, &[("LastReadMessageIndex", bad)]).await.expect_error(400, 50421);
    }
    instance.post(&of_user, &[("LastReadMessageIndex", "many")]).await.expect_error(400, 50516);
    let reset = instance.post(&of_user, &[("LastReadMessageIndex", "")]).await.expect(200).body;
    assert_eq!(reset["last_read_message_index"], json!(null));
    instance.delete(&of_user).await.expect(204);
    instance.get(&of_user).await.expect_error(404, 20404);
    instance.get(&format!("{path}/Participants/{participant}")).await.expect_error(404, 20404);
    instance.get("/v1/Users/alice").await.expect(200);
}

#[tokio::test]
async fn only_an_existing_binding_can_be_changed() {
    let instance = Instance::start().await;
    let path = format!("{}/Participants", conversation(&instance).await);
    let (person, alice) = (instance.create(&path, &PAIR).await, instance.create(&path, &[("Identity", "alice")]).await);
    let projected = instance.create(&path, &[("MessagingBinding.ProjectedAddress", "+15551239998")]).await;
    let update = async |sid: &str, form: &[(&str, &str)]| instance.post(&format!("{path}/{sid}"), form).await;
    let moved = update(&person, &[("MessagingBinding.ProxyAddress", "+15551239997")]).await.expect(200).body;
    assert_eq!(moved["messaging_binding"]["proxy_address"], "+15551239997");
    update(&alice, &[("MessagingBinding.ProxyAddress", "+15551239997")]).await.expect_error(400, 50441);
    update(&person, &[("MessagingBinding.ProjectedAddress", "+15551239997")]).await.expect_error(400, 50443);
    update(&alice, &[("Identity", "bob")]).await.expect_error(400, 50444);
    update(&person, &[("Identity", "bob")]).await.expect_error(400, 50444);
    assert_eq!(update(&projected, &[("Identity", "bob")]).await.expect(200).body["identity"], "bob");
    assert_eq!(update(&alice, &[("Identity", "alice")]).await.expect(200).body["identity"], "alice");
}

#[tokio::test]
async fn a_participant_that_leaves_leaves_its_messages() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    let alice = instance.create(&format!("{path}/Participants"), &[("Identity", "alice")]).await;
    let message = instance.create(&format!("{path}/Messages"), &[("Author", "alice"), ("Body", "x")]).await;
    instance.delete(&format!("{path}/Participants/{alice}")).await.expect(204);
    assert_eq!(instance.get(&format!("{path}/Messages/{message}")).await.expect(200).text("participant_sid"), alice);
}

#[tokio::test]
async fn users_are_unique_by_identity_in_their_service() {
    let instance = Instance::start().await;
    let service = instance.service("other").await;
    instance.create("/v1/Users", &[("Identity", "alice")]).await;
    instance.post("/v1/Users", &[("Identity", "alice")]).await.expect_error(409, 50201);
    instance.create(&format!("/v1/Services/{service}/Users"), &[("Identity", "alice")]).await;
    instance.post("/v1/Users", &[]).await.expect_error(400, 50204);
    instance.post("/v1/Users", &[("Identity", "")]).await.expect_error(400, 50204);
    instance
        .post("/v1/Users", &[("Identity", "bob"), ("RoleSid", "RL0123456789abcdef0123456789abcdef")])
        .await
        .expect_error(400, 50100);
    instance.get("/v1/Users/bob").await.expect_error(404, 20404);
}

#[tokio::test]
async fn reachability_is_shown_if_the_service_enables_it() {
    let instance = Instance::start().await;
    let service = instance.service("x").await;
    let path = format!("/v1/Services/{service}/Users/alice");
    let form = [("ServiceSid", service.as_str()), ("Identity", "alice"), ("IsOnline", "true")];
    instance.post("/_emulator/reachability", &form).await.expect(200);
    assert_eq!(instance.get(&path).await.expect(200).body["is_online"], json!(null));
    let configuration = format!("/v1/Services/{service}/Configuration");
    instance.post(&configuration, &[("ReachabilityEnabled", "true")]).await.expect(200);
    let user = instance.get(&path).await.body;
    assert_eq!((&user["is_online"], &user["is_notifiable"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn a_new_service_has_four_roles_of_which_three_are_defaults() {
    let instance = Instance::start().await;
    let roles = instance.get("/v1/Roles").await.expect(200).body["roles"].clone();
    assert_eq!(each(&roles, "friendly_name"), ["service admin", "service user", "channel admin", "channel user"]);
    let service = instance.get("/v1/Configuration").await.text("default_chat_service_sid");
    let configuration = instance.get(&format!("/v1/Services/{service}/Configuration")).await.expect(200).body;
    assert_eq!(configuration["default_chat_service_role_sid"], roles[1]["sid"]);
    assert_eq!(configuration["default_conversation_creator_role_sid"], roles[2]["sid"]);
    assert_eq!(configuration["default_conversation_role_sid"], roles[3]["sid"]);
    assert_eq!(configuration["reachability_enabled"], false);
}

#[tokio::test]
async fn a_role_s_permissions_are_those_of_its_type_and_replaced_as_a_whole() {
    let instance = Instance::start().await;
    let form = [
        ("FriendlyName", "mod"),
        ("Type", "Conversation"),
        ("Permission", "SENDMESSAGE"),
        ("Permission", "sendMessage"),
    ];
    let role = instance.post("/v1/Roles", &form).await.expect(201);
    assert_eq!((role.text("type").as_str(), &role.body["permissions"]), ("conversation", &json!(["sendMessage"])));
    let path = format!("/v1/Roles/{}", role.text("sid"));
    let updated = instance.post(&path, &[("Permission", "leaveConversation")]).await.expect(200).body;
    assert_eq!(updated["permissions"], json!(["leaveConversation"]));
    instance.post(&path, &[("Permission", "createConversation")]).await.expect_error(400, 20001);
    instance.post(&path, &[]).await.expect_error(400, 20001);
    let form = [("FriendlyName", &*"x".repeat(65)), ("Type", "service"), ("Permission", "joinConversation")];
    instance.post("/v1/Roles", &form).await.expect_error(400, 20001);
    instance
        .post("/v1/Roles", &[("FriendlyName", "x"), ("Type", "channel"), ("Permission", "x")])
        .await
        .expect_error(400, 20001);
}
