//! Chat users: the permissions of their roles, and the resources that they see.

use serde_json::json;

use crate::support::{Instance, Method, each};

async fn conversation(instance: &Instance) -> String {
    format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await)
}

#[tokio::test]
async fn a_chat_user_has_the_permissions_of_its_roles() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    let sid = path.rsplit('/').next().unwrap();
    let as_user =
        |identity: &str, method, path: &str| instance.request(method, &format!("/_emulator/as/{identity}{path}"));

    let error = instance.emulator.say(sid, "alice", "hi").await.unwrap_err();
    assert_eq!(error.code(), Some(50430));
    instance.create(&format!("{path}/Participants"), &[("Identity", "alice")]).await;
    let posted = instance.emulator.say(sid, "alice", "hi").await.unwrap();
    let message = format!("{path}/Messages/{}", posted.message_sid);
    as_user("alice", Method::POST, &message).form(&[("Body", "hi!")]).send().await.expect(200);
    as_user("alice", Method::POST, &path).form(&[("FriendlyName", "x")]).send().await.expect_error(403, 50107);
    as_user("alice", Method::DELETE, &path).send().await.expect_error(403, 50107);
    instance.create(&format!("{path}/Participants"), &[("Identity", "bob")]).await;
    as_user("bob", Method::DELETE, &message).send().await.expect_error(403, 50107);

    let roles = instance.get("/v1/Roles").await.body["roles"].clone();
    let admin = roles[2]["sid"].as_str().unwrap();
    instance.post(&format!("{path}/Participants/bob"), &[("RoleSid", admin)]).await.expect(200);
    as_user("bob", Method::DELETE, &message).send().await.expect(204);
    as_user("bob", Method::POST, &path).form(&[("FriendlyName", "x")]).send().await.expect(200);

    // A chat user that creates a conversation and joins it gets the creator's role.
    let made = as_user("carol", Method::POST, "/v1/Conversations").form(&[]).send().await.expect(201).text("sid");
    let participants = format!("/v1/Conversations/{made}/Participants");
    let joined = as_user("carol", Method::POST, &participants).form(&[("Identity", "carol")]).send().await.expect(201);
    assert_eq!(joined.text("role_sid"), admin);
    as_user("dave", Method::POST, &participants).form(&[("Identity", "eve")]).send().await.expect_error(403, 50107);
    as_user("alice", Method::DELETE, &format!("{path}/Participants/alice")).send().await.expect(204);
}

#[tokio::test]
async fn a_chat_user_cannot_assign_a_role_to_itself_and_only_an_admin_to_others() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    let as_user =
        |identity: &str, method, path: &str| instance.request(method, &format!("/_emulator/as/{identity}{path}"));
    for identity in ["alice", "bob"] {
        instance.create(&format!("{path}/Participants"), &[("Identity", identity)]).await;
    }
    let roles = instance.get("/v1/Roles").await.body["roles"].clone();
    let role = |index: usize| [("RoleSid", roles[index]["sid"].as_str().unwrap())];
    let (service_admin, channel_admin, channel_user) = (role(0), role(2), role(3));
    let (of_alice, of_bob) = (format!("{path}/Participants/alice"), format!("{path}/Participants/bob"));

    as_user("alice", Method::POST, &of_alice).form(&channel_admin).send().await.expect_error(403, 50107);
    as_user("alice", Method::POST, "/v1/Users/alice").form(&service_admin).send().await.expect_error(403, 50107);
    as_user("alice", Method::POST, &of_bob).form(&channel_admin).send().await.expect_error(403, 50107);
    as_user("alice", Method::DELETE, &of_bob).send().await.expect_error(403, 50107);
    // Neither in a conversation that it joins or creates.
    let joins = [&[("Identity", "carol")][..], &channel_admin].concat();
    let participants = format!("{path}/Participants");
    as_user("carol", Method::POST, &participants).form(&joins).send().await.expect_error(403, 50107);
    let text = format!(r#"{{"identity": "carol", "role_sid": "{}"}}"#, channel_admin[0].1);
    let form = [("Participant", text.as_str())];
    as_user("carol", Method::POST, "/v1/ConversationWithParticipants")
        .form(&form)
        .send()
        .await
        .expect_error(403, 50107);

    // A chat user that may edit all users can assign roles to others, not to itself.
    instance.post(&of_bob, &channel_admin).await.expect(200);
    as_user("bob", Method::POST, &of_bob).form(&channel_user).send().await.expect_error(403, 50107);
    as_user("bob", Method::POST, &of_alice).form(&channel_admin).send().await.expect(200);
    as_user("bob", Method::POST, "/v1/Users/alice").form(&service_admin).send().await.expect_error(403, 50107);
    instance.post("/v1/Users/bob", &service_admin).await.expect(200);
    as_user("bob", Method::POST, "/v1/Users/alice").form(&service_admin).send().await.expect(200);
    as_user("bob", Method::POST, "/v1/Users/bob").form(&role(1)).send().await.expect_error(403, 50107);
    let added = [&[("Identity", "dave")][..], &channel_admin].concat();
    as_user("bob", Method::POST, &participants).form(&added).send().await.expect(201);
}

#[tokio::test]
async fn a_chat_user_moves_its_read_horizon_whatever_its_role() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    instance.create(&format!("{path}/Messages"), &[("Body", "x")]).await;
    let form = [("FriendlyName", "reader"), ("Type", "conversation"), ("Permission", "sendMessage")];
    let reader = instance.create("/v1/Roles", &form).await;
    let form = [("FriendlyName", "nobody"), ("Type", "service"), ("Permission", "joinConversation")];
    let nobody = instance.create("/v1/Roles", &form).await;
    for identity in ["alice", "bob"] {
        instance.create(&format!("{path}/Participants"), &[("Identity", identity), ("RoleSid", &reader)]).await;
        instance.post(&format!("/v1/Users/{identity}"), &[("RoleSid", &nobody)]).await.expect(200);
    }
    let as_alice = async |of: &str, form: &[(&str, &str)]| {
        let path = format!("/_emulator/as/alice{path}/Participants/{of}");
        instance.request(Method::POST, &path).form(form).send().await
    };
    let read = [("LastReadMessageIndex", "0"), ("LastReadTimestamp", "2026-01-02T03:04:05Z")];
    assert_eq!(as_alice("alice", &read).await.expect(200).body["last_read_message_index"], 0);
    as_alice("bob", &read).await.expect_error(403, 50107);
    as_alice("alice", &[read[0], ("Attributes", "{}")]).await.expect_error(403, 50107);
    instance.post(&format!("/v1/Roles/{reader}"), &[("Permission", "editOwnUserInfo")]).await.expect(200);
    as_alice("alice", &[read[0], ("Attributes", "{}")]).await.expect(200);
    as_alice("bob", &[("Attributes", "{}")]).await.expect_error(403, 50107);
}

#[tokio::test]
async fn urls_in_responses_to_a_chat_user_have_its_prefix() {
    let instance = Instance::start().await;
    let path = conversation(&instance).await;
    let identity = "a%6Cice%20%22b%22";
    instance.create(&format!("{path}/Participants"), &[("Identity", "alice \"b\"")]).await;
    let posted = [("ConversationSid", path.rsplit('/').next().unwrap()), ("Identity", "alice \"b\""), ("Body", "x")];
    for _ in 0..3 {
        instance.post("/_emulator/messages", &posted).await.expect(200);
    }
    let mut url = instance.url(&format!("/_emulator/as/{identity}{path}/Messages?PageSize=1"));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = instance.http.request(Method::GET, &url).send().await.expect(200).body;
        seen.push(page["messages"][0]["index"].clone());
        let item = page["messages"][0]["url"].as_str().unwrap();
        assert_eq!(instance.http.request(Method::GET, item).send().await.expect(200).body, page["messages"][0]);
        url = page["meta"]["next_page_url"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!((seen, url.as_str()), (vec![json!(0), json!(1), json!(2)], ""));
    for nobody in ["", "system", "US0123456789abcdef0123456789abcdef"] {
        instance.get(&format!("/_emulator/as/{nobody}/v1/Conversations")).await.expect(400);
    }
}

#[tokio::test]
async fn a_chat_user_sees_its_own_conversations_only_and_acts_for_no_other_user() {
    let instance = Instance::start().await;
    let (hers, other) = (conversation(&instance).await, conversation(&instance).await);
    let as_alice = |method, path: &str| instance.request(method, &format!("/_emulator/as/alice{path}"));
    for (path, identity) in [(&hers, "alice"), (&hers, "bob"), (&other, "bob")] {
        instance.create(&format!("{path}/Participants"), &[("Identity", identity)]).await;
    }
    let list = as_alice(Method::GET, "/v1/Conversations").send().await.expect(200).body;
    assert_eq!(each(&list["conversations"], "sid"), [hers.rsplit('/').next().unwrap()]);
    for path in ["", "/Messages", "/Participants", "/Participants/bob"] {
        as_alice(Method::GET, &format!("{hers}{path}")).send().await.expect(200);
        as_alice(Method::GET, &format!("{other}{path}")).send().await.expect_error(403, 50430);
    }
    let of = |identity: &str| {
        let sid = hers.rsplit('/').next().unwrap();
        format!("/v1/Users/{identity}/Conversations/{sid}")
    };
    as_alice(Method::POST, &of("alice")).form(&[("NotificationLevel", "muted")]).send().await.expect(200);
    as_alice(Method::POST, &of("bob")).form(&[("NotificationLevel", "muted")]).send().await.expect_error(403, 50107);
    as_alice(Method::DELETE, &of("bob")).send().await.expect_error(403, 50107);
    as_alice(Method::GET, "/v1/Users/bob/Conversations").send().await.expect_error(403, 50107);
    as_alice(Method::POST, "/v1/Users/alice").form(&[("FriendlyName", "A")]).send().await.expect(200);
    as_alice(Method::POST, "/v1/Users/bob").form(&[("FriendlyName", "B")]).send().await.expect_error(403, 50107);

    // Operations that SDKs do not have.
    for path in ["/v1/Services", "/v1/Credentials", "/v1/Configuration/Webhooks", "/v1/Roles"] {
        as_alice(Method::GET, path).send().await.expect_error(403, 50107);
    }
    let form = [("Target", "webhook"), ("Configuration.Url", "http://a/"), ("Configuration.Filters", "onMessageAdded")];
    as_alice(Method::POST, &format!("{hers}/Webhooks")).form(&form).send().await.expect_error(403, 50107);
}
