//! The smaller resources: scoped webhooks, addresses, credentials, bindings, notifications, configurations.

use serde_json::json;

use crate::receiver::Receiver;
use crate::support::{World, each};

async fn conversation(world: &World) -> String {
    format!("/v1/Conversations/{}", world.create("/v1/Conversations", &[]).await)
}

#[tokio::test]
async fn a_scoped_webhook_has_what_its_target_needs() {
    let world = World::start().await;
    let path = format!("{}/Webhooks", conversation(&world).await);
    let (url, filter, trigger) = ("Configuration.Url", "Configuration.Filters", "Configuration.Triggers");
    let (target, flow) = ("Target", "Configuration.FlowSid");
    let (long, long_word) = (format!("http://a/{}", "x".repeat(504)), "x".repeat(249));
    let refused: [(&[(&str, &str)], u32); 16] = [
        (&[], 50368),
        (&[(target, "email")], 50364),
        (&[(target, "webhook")], 50369),
        (&[(target, "webhook"), (url, "http://a/")], 50370),
        (&[(target, "webhook"), (url, "http://a/"), (filter, "")], 50370),
        (&[(target, "webhook"), (url, "http://a/"), (filter, "onMessageAdd")], 50365),
        (&[(target, "webhook"), (url, "a"), (filter, "onMessageAdded")], 20001),
        (&[(target, "webhook"), (url, &long), (filter, "onMessageAdded")], 50372),
        (&[(target, "trigger"), (url, "http://a/")], 50371),
        (&[(target, "trigger"), (trigger, "a")], 50369),
        (&[(target, "trigger"), (url, "http://a/"), (trigger, &long_word)], 50366),
        (
            &[
                (target, "trigger"),
                (url, "http://a/"),
                (trigger, "a"),
                (trigger, "b"),
                (trigger, "c"),
                (trigger, "d"),
                (trigger, "e"),
                (trigger, "f"),
            ],
            50362,
        ),
        (&[(target, "studio")], 50367),
        (&[(target, "studio"), (flow, "FW1")], 50367),
        (
            &[(target, "webhook"), (url, "http://a/"), (filter, "onMessageAdded"), ("Configuration.Method", "put")],
            20001,
        ),
        (
            &[(target, "webhook"), (url, "http://a/"), (filter, "onMessageAdded"), ("Configuration.ReplayAfter", "x")],
            20001,
        ),
    ];
    for (form, code) in refused {
        world.post(&path, form).await.refused(400, code);
    }
    let made = world
        .post(&path, &[(target, "Webhook"), (url, "http://a/"), (filter, "ONMESSAGEADDED")])
        .await
        .expect(201)
        .body;
    assert_eq!(made["configuration"], json!({"url": "http://a/", "method": "post", "filters": ["onMessageAdded"]}));
    let made =
        world.post(&path, &[(target, "trigger"), (url, "http://a/"), (trigger, "help"), (trigger, "agent")]).await;
    assert_eq!(
        made.expect(201).body["configuration"],
        json!({"url": "http://a/", "method": "post", "triggers": ["help", "agent"]})
    );
    let sid = "FW0123456789abcdef0123456789abcdef";
    let made = world.post(&path, &[(target, "studio"), (flow, sid)]).await.expect(201).body;
    assert_eq!(made["configuration"], json!({"flow_sid": sid}));
}

#[tokio::test]
async fn a_conversation_has_at_most_five_webhooks_on_a_page_of_five() {
    let world = World::start().await;
    let path = format!("{}/Webhooks", conversation(&world).await);
    let form = [("Target", "webhook"), ("Configuration.Url", "http://a/"), ("Configuration.Filters", "onMessageAdded")];
    for _ in 0..5 {
        world.create(&path, &form).await;
    }
    world.post(&path, &form).await.refused(400, 50361);
    let list = world.get(&format!("{path}?PageSize=50")).await.expect(200).body;
    assert_eq!((list["webhooks"].as_array().unwrap().len(), &list["meta"]["page_size"]), (5, &json!(5)));
}

#[tokio::test]
async fn scoped_webhooks_hear_of_their_conversation_only() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    let (one, other) = (conversation(&world).await, conversation(&world).await);
    let form = [
        ("Target", "webhook"),
        ("Configuration.Url", receiver.url.as_str()),
        ("Configuration.Filters", "onMessageAdded"),
        ("Configuration.Filters", "onConversationRemoved"),
    ];
    let webhook = world.create(&format!("{one}/Webhooks"), &form).await;
    for path in [&other, &one] {
        world.post_aloud(&format!("{path}/Messages"), &[("Body", "x")]).await.expect(201);
        world.post(&format!("{path}/Messages"), &[("Body", "unheard")]).await.expect(201);
    }
    assert!(one.ends_with(receiver.next().await.field("ConversationSid")));
    world.post(&format!("{one}/Webhooks/{webhook}"), &[("Configuration.Method", "get")]).await.expect(200);
    world.delete_aloud(&one).await.expect(204);
    let last = receiver.next().await;
    assert_eq!((last.field("EventType"), last.method.as_str()), ("onConversationRemoved", "GET"));
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn a_trigger_hears_its_words_and_a_flow_is_recorded() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    let path = conversation(&world).await;
    let form =
        [("Target", "trigger"), ("Configuration.Url", receiver.url.as_str()), ("Configuration.Triggers", "help")];
    world.create(&format!("{path}/Webhooks"), &form).await;
    let flow = "FW0123456789abcdef0123456789abcdef";
    world.create(&format!("{path}/Webhooks"), &[("Target", "studio"), ("Configuration.FlowSid", flow)]).await;
    for body in ["nothing", "Help me"] {
        world.post_aloud(&format!("{path}/Messages"), &[("Body", body)]).await.expect(201);
    }
    assert_eq!(receiver.next().await.field("Body"), "Help me");
    let recorded = world.get("/_emulator/deliveries?State=recorded").await.expect(200).body;
    assert_eq!(each(&recorded["deliveries"], "url"), [flow, flow]);
}

#[tokio::test]
async fn a_new_webhook_may_hear_what_was_said_before() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    let path = conversation(&world).await;
    for body in ["zero", "one", "two"] {
        world.create(&format!("{path}/Messages"), &[("Body", body)]).await;
    }
    let form = [
        ("Target", "webhook"),
        ("Configuration.Url", receiver.url.as_str()),
        ("Configuration.Filters", "onMessageAdded"),
        ("Configuration.ReplayAfter", "1"),
    ];
    world.create(&format!("{path}/Webhooks"), &form).await;
    assert_eq!(receiver.next().await.field("Body"), "one");
    assert_eq!(receiver.next().await.field("Body"), "two");
}

#[tokio::test]
async fn an_inbound_message_finds_its_conversation() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    let path = conversation(&world).await;
    let pair = [
        ("MessagingBinding.Address", "whatsapp:+15551230001"),
        ("MessagingBinding.ProxyAddress", "whatsapp:+15551239999"),
    ];
    let person = world.create(&format!("{path}/Participants"), &pair).await;
    let hook =
        [("Target", "webhook"), ("Configuration.Url", &*receiver.url), ("Configuration.Filters", "onMessageAdded")];
    world.create(&format!("{path}/Webhooks"), &hook).await;
    let form = [("From", pair[0].1), ("To", pair[1].1), ("Body", "Hi")];
    let posted = world.post("/_emulator/messages/inbound", &form).await.expect(200);
    assert_eq!(posted.text("outcome"), "added");
    let heard = receiver.next().await;
    assert_eq!((heard.field("Source"), heard.field("Author")), ("WHATSAPP", pair[0].1));
    assert_eq!(heard.field("ParticipantSid"), person);

    world.post("/_emulator/messages/inbound", &[("From", "+15551230001"), ("To", "nobody")]).await.refused(400, 20001);
    let lost = world.post("/_emulator/messages/inbound", &[("From", "+15551230001"), ("To", "+15551239999")]).await;
    assert_eq!(lost.expect(200).text("outcome"), "ignored");
}

#[tokio::test]
async fn a_configured_address_makes_conversations() {
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    let mut of_account = Receiver::start().await;
    let form = [("Method", "POST"), ("PreWebhookUrl", &*of_account.url), ("Filters", "onConversationAdd")];
    world.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let service = world.service("inbox").await;
    let form = [
        ("Type", "sms"),
        ("Address", "+15551239999"),
        ("AutoCreation.Enabled", "true"),
        ("AutoCreation.Type", "webhook"),
        ("AutoCreation.ConversationServiceSid", service.as_str()),
        ("AutoCreation.WebhookUrl", &receiver.url),
        ("AutoCreation.WebhookFilters", "onParticipantAdded"),
        ("AutoCreation.WebhookFilters", "onMessageAdded"),
    ];
    let made = world.post("/v1/Configuration/Addresses", &form).await.expect(201).body;
    assert_eq!(made["auto_creation"]["webhook_method"], "POST");
    let posted = world.emulator.receive("+15551230001", "+15551239999", "Where is it?").await.unwrap().unwrap();
    assert!(posted.created);
    let asked = of_account.next().await;
    assert_eq!((asked.field("MessageBody"), asked.field("MessagingBinding.Address")), ("Where is it?", "+15551230001"));
    assert_eq!(receiver.events(2).await, ["onParticipantAdded", "onMessageAdded"]);
    let path = format!("/v1/Services/{service}/Conversations/{}", posted.conversation_sid);
    assert_eq!(world.get(&format!("{path}/Messages")).await.expect(200).body["messages"][0]["author"], "+15551230001");
    let again = world.emulator.receive("+15551230001", "+15551239999", "Hello?").await.unwrap().unwrap();
    assert_eq!((again.created, again.conversation_sid, again.index), (false, posted.conversation_sid, 1));
}

#[tokio::test]
async fn address_configurations_are_checked() {
    let world = World::start().await;
    let path = "/v1/Configuration/Addresses";
    let refused: [&[(&str, &str)]; 7] = [
        &[("Type", "sms")],
        &[("Address", "+15551239999")],
        &[("Type", "fax"), ("Address", "+15551239999")],
        &[("Type", "whatsapp"), ("Address", "+15551239999")],
        &[("Type", "sms"), ("Address", "+15551239999"), ("AutoCreation.Type", "webhook")],
        &[("Type", "sms"), ("Address", "+15551239999"), ("AutoCreation.Type", "studio")],
        &[("Type", "sms"), ("Address", "+15551239999"), ("AutoCreation.WebhookFilters", "onUserAdded")],
    ];
    for form in refused {
        world.post(path, form).await.refused(400, 20001);
    }
    world.create(path, &[("Type", "sms"), ("Address", "+15551239999")]).await;
    world.post(path, &[("Type", "sms"), ("Address", "+15551239999")]).await.expect(409);
    world.create(path, &[("Type", "email"), ("Address", "a@example.com")]).await;
    let list = world.get(&format!("{path}?Type=email")).await.expect(200).body;
    assert_eq!(each(&list["address_configurations"], "address"), ["a@example.com"]);
    world.delete(&format!("{path}/a%40example.com")).await.expect(204);
}

#[tokio::test]
async fn credentials_keep_no_secret() {
    let world = World::start().await;
    let form = [
        ("Type", "APN"),
        ("FriendlyName", "app"),
        ("PrivateKey", "hush"),
        ("Certificate", "hush"),
        ("Sandbox", "TRUE"),
    ];
    let made = world.post("/v1/Credentials", &form).await.expect(201);
    assert_eq!((made.text("type").as_str(), made.text("sandbox").as_str()), ("apn", "True"));
    assert!(!made.body.to_string().contains("hush"));
    world.post("/v1/Credentials", &[("Type", "pigeon")]).await.refused(400, 20001);
    world.post("/v1/Credentials", &[]).await.refused(400, 20001);
    let path = format!("/v1/Credentials/{}", made.text("sid"));
    let updated = world.post(&path, &[("Type", "fcm"), ("Sandbox", "false")]).await.expect(200);
    assert_eq!((updated.text("type").as_str(), updated.text("sandbox").as_str()), ("fcm", "False"));
}

#[tokio::test]
async fn bindings_are_listed_by_type_and_identity() {
    let world = World::start().await;
    let service = world.service("x").await;
    for (identity, kind) in [("alice", "fcm"), ("alice", "apn"), ("bob", "fcm")] {
        let endpoint = format!("{identity}-{kind}");
        let form = [("ServiceSid", &*service), ("Identity", identity), ("BindingType", kind), ("Endpoint", &endpoint)];
        world.post("/_emulator/bindings", &form).await.expect(200);
    }
    let list = async |query: &str| {
        let list = world.get(&format!("/v1/Services/{service}/Bindings{query}")).await.expect(200).body;
        each(&list["bindings"], "endpoint").join(" ")
    };
    assert_eq!(list("").await, "alice-fcm alice-apn bob-fcm");
    assert_eq!(list("?BindingType=fcm").await, "alice-fcm bob-fcm");
    assert_eq!(list("?Identity=bob&Identity=alice&BindingType=APN").await, "alice-apn");
    assert_eq!(list("?Identity=carol").await, "");
    world.get(&format!("/v1/Services/{service}/Bindings?BindingType=pigeon")).await.refused(400, 20001);
    world
        .post("/_emulator/bindings", &[("Identity", "a"), ("BindingType", "x"), ("Endpoint", "y")])
        .await
        .refused(400, 20001);
}

#[tokio::test]
async fn notifications_keep_what_an_update_leaves_out() {
    let world = World::start().await;
    let path = format!("/v1/Services/{}/Configuration/Notifications", world.service("x").await);
    let fresh = world.get(&path).await.expect(200).body;
    assert_eq!((&fresh["log_enabled"], &fresh["new_message"]["enabled"]), (&json!(false), &json!(false)));
    world
        .post(&path, &[("NewMessage.Enabled", "true"), ("NewMessage.Sound", "ding"), ("LogEnabled", "true")])
        .await
        .expect(200);
    let updated = world.post(&path, &[("NewMessage.WithMedia.Enabled", "true")]).await.expect(200).body;
    assert_eq!(
        updated["new_message"],
        json!({"enabled": true, "template": null, "sound": "ding", "badge_count_enabled": false,
               "with_media": {"enabled": true, "template": null}})
    );
    assert_eq!(world.get(&path).await.body, updated);
    world.post(&path, &[("LogEnabled", "maybe")]).await.refused(400, 20001);
}
