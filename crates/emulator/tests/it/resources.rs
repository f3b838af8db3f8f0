//! The smaller resources: scoped webhooks, addresses, credentials, bindings, notifications, configurations.

use serde_json::json;

use crate::receiver::Receiver;
use crate::support::{Instance, each};

async fn conversation(instance: &Instance) -> String {
    format!("/v1/Conversations/{}", instance.create("/v1/Conversations", &[]).await)
}

#[tokio::test]
async fn a_scoped_webhook_has_what_its_target_needs() {
    let instance = Instance::start().await;
    let path = format!("{}/Webhooks", conversation(&instance).await);
    let (url, filter, trigger) = ("Configuration.Url", "Configuration.Filters", "Configuration.Triggers");
    let (target, flow) = ("Target", "Configuration.FlowSid");
    let (long, long_word) = (format!("http://a/{}", "x".repeat(504)), "x".repeat(249));
    let rejected: [(&[(&str, &str)], u32); 16] = [
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
    for (form, code) in rejected {
        instance.post(&path, form).await.expect_error(400, code);
    }
    let made = instance
        .post(&path, &[(target, "Webhook"), (url, "http://a/"), (filter, "ONMESSAGEADDED")])
        .await
        .expect(201)
        .body;
    assert_eq!(made["configuration"], json!({"url": "http://a/", "method": "post", "filters": ["onMessageAdded"]}));
    let made =
        instance.post(&path, &[(target, "trigger"), (url, "http://a/"), (trigger, "help"), (trigger, "agent")]).await;
    assert_eq!(
        made.expect(201).body["configuration"],
        json!({"url": "http://a/", "method": "post", "triggers": ["help", "agent"]})
    );
    let sid = "FW0123456789abcdef0123456789abcdef";
    let made = instance.post(&path, &[(target, "studio"), (flow, sid)]).await.expect(201).body;
    assert_eq!(made["configuration"], json!({"flow_sid": sid}));
}

#[tokio::test]
async fn a_conversation_has_at_most_five_webhooks_on_a_page_of_five() {
    let instance = Instance::start().await;
    let path = format!("{}/Webhooks", conversation(&instance).await);
    let form = [("Target", "webhook"), ("Configuration.Url", "http://a/"), ("Configuration.Filters", "onMessageAdded")];
    for _ in 0..5 {
        instance.create(&path, &form).await;
    }
    instance.post(&path, &form).await.expect_error(400, 50361);
    let list = instance.get(&format!("{path}?PageSize=50")).await.expect(200).body;
    assert_eq!((list["webhooks"].as_array().unwrap().len(), &list["meta"]["page_size"]), (5, &json!(5)));
}

#[tokio::test]
async fn scoped_webhooks_receive_events_of_their_conversation_only() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let (one, other) = (conversation(&instance).await, conversation(&instance).await);
    let form = [
        ("Target", "webhook"),
        ("Configuration.Url", receiver.url.as_str()),
        ("Configuration.Filters", "onMessageAdded"),
        ("Configuration.Filters", "onConversationRemoved"),
    ];
    let webhook = instance.create(&format!("{one}/Webhooks"), &form).await;
    for path in [&other, &one] {
        instance.post_with_webhooks(&format!("{path}/Messages"), &[("Body", "x")]).await.expect(201);
        instance.post(&format!("{path}/Messages"), &[("Body", "unheard")]).await.expect(201);
    }
    assert!(one.ends_with(receiver.next().await.field("ConversationSid")));
    instance.post(&format!("{one}/Webhooks/{webhook}"), &[("Configuration.Method", "get")]).await.expect(200);
    instance.delete_with_webhooks(&one).await.expect(204);
    let last = receiver.next().await;
    assert_eq!((last.field("EventType"), last.method.as_str()), ("onConversationRemoved", "GET"));
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn a_trigger_webhook_receives_its_words_and_a_studio_flow_is_recorded() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let path = conversation(&instance).await;
    let form =
        [("Target", "trigger"), ("Configuration.Url", receiver.url.as_str()), ("Configuration.Triggers", "help")];
    instance.create(&format!("{path}/Webhooks"), &form).await;
    let flow = "FW0123456789abcdef0123456789abcdef";
    instance.create(&format!("{path}/Webhooks"), &[("Target", "studio"), ("Configuration.FlowSid", flow)]).await;
    for body in ["nothing", "Help me"] {
        instance.post_with_webhooks(&format!("{path}/Messages"), &[("Body", body)]).await.expect(201);
    }
    assert_eq!(receiver.next().await.field("Body"), "Help me");
    let recorded = instance.get("/_emulator/deliveries?State=recorded").await.expect(200).body;
    assert_eq!(each(&recorded["deliveries"], "url"), [flow, flow]);
}

#[tokio::test]
async fn a_new_webhook_can_receive_earlier_messages() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let path = conversation(&instance).await;
    for body in ["zero", "one", "two"] {
        instance.create(&format!("{path}/Messages"), &[("Body", body)]).await;
    }
    let form = [
        ("Target", "webhook"),
        ("Configuration.Url", receiver.url.as_str()),
        ("Configuration.Filters", "onMessageAdded"),
        ("Configuration.ReplayAfter", "1"),
    ];
    instance.create(&format!("{path}/Webhooks"), &form).await;
    assert_eq!(receiver.next().await.field("Body"), "one");
    assert_eq!(receiver.next().await.field("Body"), "two");
}

#[tokio::test]
async fn an_inbound_message_finds_its_conversation() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let path = conversation(&instance).await;
    let pair = [
        ("MessagingBinding.Address", "whatsapp:+15551230001"),
        ("MessagingBinding.ProxyAddress", "whatsapp:+15551239999"),
    ];
    let person = instance.create(&format!("{path}/Participants"), &pair).await;
    let hook =
        [("Target", "webhook"), ("Configuration.Url", &*receiver.url), ("Configuration.Filters", "onMessageAdded")];
    instance.create(&format!("{path}/Webhooks"), &hook).await;
    let form = [("From", pair[0].1), ("To", pair[1].1), ("Body", "Hi")];
    let posted = instance.post("/_emulator/messages/inbound", &form).await.expect(200);
    assert_eq!(posted.text("outcome"), "added");
    let received = receiver.next().await;
    assert_eq!((received.field("Source"), received.field("Author")), ("WHATSAPP", pair[0].1));
    assert_eq!(received.field("ParticipantSid"), person);

    instance
        .post("/_emulator/messages/inbound", &[("From", "+15551230001"), ("To", "nobody")])
        .await
        .expect_error(400, 20001);
    let lost = instance.post("/_emulator/messages/inbound", &[("From", "+15551230001"), ("To", "+15551239999")]).await;
    assert_eq!(lost.expect(200).text("outcome"), "ignored");
}

#[tokio::test]
async fn a_configured_address_opens_conversations() {
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    let mut of_account = Receiver::start().await;
    let form = [("Method", "POST"), ("PreWebhookUrl", &*of_account.url), ("Filters", "onConversationAdd")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let service = instance.service("inbox").await;
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
    let made = instance.post("/v1/Configuration/Addresses", &form).await.expect(201).body;
    assert_eq!(made["auto_creation"]["webhook_method"], "POST");
    let posted = instance.emulator.receive("+15551230001", "+15551239999", "Where is it?").await.unwrap().unwrap();
    assert!(posted.created);
    let called = of_account.next().await;
    assert_eq!(
        (called.field("MessageBody"), called.field("MessagingBinding.Address")),
        ("Where is it?", "+15551230001")
    );
    assert_eq!(receiver.events(2).await, ["onParticipantAdded", "onMessageAdded"]);
    let path = format!("/v1/Services/{service}/Conversations/{}", posted.conversation_sid);
    assert_eq!(
        instance.get(&format!("{path}/Messages")).await.expect(200).body["messages"][0]["author"],
        "+15551230001"
    );
    let again = instance.emulator.receive("+15551230001", "+15551239999", "Hello?").await.unwrap().unwrap();
    assert_eq!((again.created, again.conversation_sid, again.index), (false, posted.conversation_sid, 1));
}

#[tokio::test]
async fn address_configurations_are_checked() {
    let instance = Instance::start().await;
    let path = "/v1/Configuration/Addresses";
    let rejected: [&[(&str, &str)]; 7] = [
        &[("Type", "sms")],
        &[("Address", "+15551239999")],
        &[("Type", "fax"), ("Address", "+15551239999")],
        &[("Type", "whatsapp"), ("Address", "+15551239999")],
        &[("Type", "sms"), ("Address", "+15551239999"), ("AutoCreation.Type", "webhook")],
        &[("Type", "sms"), ("Address", "+15551239999"), ("AutoCreation.Type", "studio")],
        &[("Type", "sms"), ("Address", "+15551239999"), ("AutoCreation.WebhookFilters", "onUserAdded")],
    ];
    for form in rejected {
        instance.post(path, form).await.expect_error(400, 20001);
    }
    instance.create(path, &[("Type", "sms"), ("Address", "+15551239999")]).await;
    instance.post(path, &[("Type", "sms"), ("Address", "+15551239999")]).await.expect(409);
    instance.create(path, &[("Type", "email"), ("Address", "a@example.com")]).await;
    let list = instance.get(&format!("{path}?Type=email")).await.expect(200).body;
    assert_eq!(each(&list["address_configurations"], "address"), ["a@example.com"]);
    instance.delete(&format!("{path}/a%40example.com")).await.expect(204);
}

#[tokio::test]
async fn credentials_keep_no_secret() {
    let instance = Instance::start().await;
    let form = [
        ("Type", "APN"),
        ("FriendlyName", "app"),
        ("PrivateKey", "hush"),
        ("Certificate", "hush"),
        ("Sandbox", "TRUE"),
    ];
    let made = instance.post("/v1/Credentials", &form).await.expect(201);
    assert_eq!((made.text("type").as_str(), made.text("sandbox").as_str()), ("apn", "True"));
    assert!(!made.body.to_string().contains("hush"));
    instance.post("/v1/Credentials", &[("Type", "pigeon")]).await.expect_error(400, 20001);
    instance.post("/v1/Credentials", &[]).await.expect_error(400, 20001);
    let path = format!("/v1/Credentials/{}", made.text("sid"));
    let updated = instance.post(&path, &[("Type", "fcm"), ("Sandbox", "false")]).await.expect(200);
    assert_eq!((updated.text("type").as_str(), updated.text("sandbox").as_str()), ("fcm", "False"));
}

#[tokio::test]
async fn bindings_are_listed_by_type_and_identity() {
    let instance = Instance::start().await;
    let service = instance.service("x").await;
    for (identity, kind) in [("alice", "fcm"), ("alice", "apn"), ("bob", "fcm")] {
        let endpoint = format!("{identity}-{kind}");
        let form = [("ServiceSid", &*service), ("Identity", identity), ("BindingType", kind), ("Endpoint", &endpoint)];
        instance.post("/_emulator/bindings", &form).await.expect(200);
    }
    let list = async |query: &str| {
        let list = instance.get(&format!("/v1/Services/{service}/Bindings{query}")).await.expect(200).body;
        each(&list["bindings"], "endpoint").join(" ")
    };
    assert_eq!(list("").await, "alice-fcm alice-apn bob-fcm");
    assert_eq!(list("?BindingType=fcm").await, "alice-fcm bob-fcm");
    assert_eq!(list("?Identity=bob&Identity=alice&BindingType=APN").await, "alice-apn");
    assert_eq!(list("?Identity=carol").await, "");
    instance.get(&format!("/v1/Services/{service}/Bindings?BindingType=pigeon")).await.expect_error(400, 20001);
    instance
        .post("/_emulator/bindings", &[("Identity", "a"), ("BindingType", "x"), ("Endpoint", "y")])
        .await
        .expect_error(400, 20001);
}

#[tokio::test]
async fn notifications_keep_what_an_update_leaves_out() {
    let instance = Instance::start().await;
    let path = format!("/v1/Services/{}/Configuration/Notifications", instance.service("x").await);
    let fresh = instance.get(&path).await.expect(200).body;
    assert_eq!((&fresh["log_enabled"], &fresh["new_message"]["enabled"]), (&json!(false), &json!(false)));
    instance
        .post(&path, &[("NewMessage.Enabled", "true"), ("NewMessage.Sound", "ding"), ("LogEnabled", "true")])
        .await
        .expect(200);
    let updated = instance.post(&path, &[("NewMessage.WithMedia.Enabled", "true")]).await.expect(200).body;
    assert_eq!(
        updated["new_message"],
        json!({"enabled": true, "template": null, "sound": "ding", "badge_count_enabled": false,
               "with_media": {"enabled": true, "template": null}})
    );
    assert_eq!(instance.get(&path).await.body, updated);
    instance.post(&path, &[("LogEnabled", "maybe")]).await.expect_error(400, 20001);
}
