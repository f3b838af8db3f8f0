//! URLs of webhooks: which are rejected when they are set, and how those with characters outside ASCII are called.

use serde_json::Value;
use twilio_conversations::webhook::Verifier;

use crate::receiver::Receiver;
use crate::support::Instance;
use crate::webhooks::{ACCOUNT, quick};

const BAD_URLS: [&str; 14] = [
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:/",
    "http://127.0.0.1:-1/",
    "http://[::1]:70000/",
    "http://[::1/",
    "http://",
    "http:///hooks",
    "ftp://example.com/",
    "example.com/hooks",
    "/hooks",
    "https://exa mple.com/",
    "http://bücher.example/",
];

/// Sends a form with each bad URL in a field. Each is rejected with the code, and the response to a GET stays the same.
async fn check(instance: &Instance, path: &str, form: &[(&str, &str)], field: &str, code: u32, shown: &str) {
    let before = instance.get(shown).await.expect(200).body;
    for url in BAD_URLS {
        let form = [form, &[(field, url)]].concat();
        let message = instance.post(path, &form).await.expect_error(400, code);
        assert!(message.contains(field), "{message}");
        assert_eq!(instance.get(shown).await.expect(200).body, before, "{path} {field} {url}");
    }
}

#[tokio::test]
async fn bad_urls_of_accounts_and_services_are_rejected_with_50077_and_50078() {
    let instance = Instance::start().await;
    let service = instance.service("one").await;
    for path in [ACCOUNT, &format!("/v1/Services/{service}/Configuration/Webhooks")] {
        // One field is good, the other one bad: neither is stored.
        let good = [("PostWebhookUrl", "http://127.0.0.1:1/"), ("Filters", "onMessageAdded")];
        check(&instance, path, &good, "PreWebhookUrl", 50077, path).await;
        let good = [("PreWebhookUrl", "http://127.0.0.1:1/"), ("Filters", "onMessageAdd")];
        check(&instance, path, &good, "PostWebhookUrl", 50078, path).await;
        let changed = instance.post(path, &good[..1]).await.expect(200);
        assert_eq!(changed.text("pre_webhook_url"), good[0].1);
        check(&instance, path, &[], "PreWebhookUrl", 50077, path).await;
    }
}

#[tokio::test]
async fn bad_urls_of_a_conversation_s_webhook_are_rejected_when_it_is_created_and_updated() {
    let instance = Instance::start().await;
    let path = format!("/v1/Conversations/{}/Webhooks", instance.create("/v1/Conversations", &[]).await);
    for target in ["webhook", "trigger"] {
        let form =
            [("Target", target), ("Configuration.Filters", "onMessageAdded"), ("Configuration.Triggers", "help")];
        check(&instance, &path, &form, "Configuration.Url", 20001, &path).await;
        let good = [&form[..], &[("Configuration.Url", "http://127.0.0.1:1/")]].concat();
        let webhook = format!("{path}/{}", instance.create(&path, &good).await);
        check(&instance, &webhook, &[("Configuration.Method", "GET")], "Configuration.Url", 20001, &webhook).await;
    }
}

#[tokio::test]
async fn bad_urls_of_an_address_are_rejected_when_it_is_configured_and_updated() {
    let instance = Instance::start().await;
    let path = "/v1/Configuration/Addresses";
    let form = [
        ("Type", "sms"),
        ("Address", "+15551239999"),
        ("AutoCreation.Enabled", "true"),
        ("AutoCreation.Type", "webhook"),
    ];
    check(&instance, path, &form, "AutoCreation.WebhookUrl", 20001, path).await;
    let good = [&form[..], &[("AutoCreation.WebhookUrl", "http://127.0.0.1:1/")]].concat();
    let address = format!("{path}/{}", instance.create(path, &good).await);
    check(&instance, &address, &[("FriendlyName", "x")], "AutoCreation.WebhookUrl", 20001, &address).await;
}

#[tokio::test]
async fn a_url_with_characters_outside_ascii_is_called_and_signed_percent_encoded() {
    const PATH: &str = "/grüße/日本?q=ä&r=%20";
    const ENCODED: &str = "/gr%C3%BC%C3%9Fe/%E6%97%A5%E6%9C%AC?q=%C3%A4&r=%20";
    let instance = Instance::of(quick()).await;
    let mut receiver = Receiver::start().await;
    let url = format!("{}{PATH}", receiver.url);
    let expected = format!("/hooks{ENCODED}");
    let verifier = Verifier::builder(instance.emulator.auth_token()).plain_http(true).build().unwrap();
    for method in ["POST", "GET"] {
        let mut form = vec![("Method", method), ("PreWebhookUrl", &*url), ("PostWebhookUrl", &url)];
        form.extend(["onConversationAdd", "onConversationAdded"].map(|event| ("Filters", event)));
        let stored = instance.post(ACCOUNT, &form).await.expect(200);
        assert_eq!(stored.text("post_webhook_url"), url, "responses have the URL verbatim");
        instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "ünï")]).await.expect(201);
        for event in ["onConversationAdd", "onConversationAdded"] {
            let hook = receiver.next().await;
            let target = if method == "GET" { hook.target.split("&AccountSid=").next().unwrap() } else { &hook.target };
            assert_eq!((hook.method.as_str(), target), (method, &*expected));
            // The signature is that of the URL as it was called, and of no other one.
            let verify = |target: &str| {
                let (method, uri) = (hook.method.parse().unwrap(), target.parse().unwrap());
                verifier.verify(&method, &uri, &hook.headers, hook.body.as_bytes())
            };
            assert_eq!(verify(&hook.target).unwrap().fields().get("EventType"), Some(event));
            verify(&hook.target.replace("%C3%BC", "ue")).unwrap_err();
            verify(&hook.target.replace("%C3%BC", "%c3%bc")).unwrap_err();
        }
    }
    instance.emulator.settle().await.unwrap();
    let list = instance.get("/_emulator/deliveries").await.expect(200).body;
    let states: Vec<&Value> = list["deliveries"].as_array().unwrap().iter().map(|call| &call["state"]).collect();
    assert_eq!(states, ["delivered", "proceeded", "delivered", "proceeded"]);
}
