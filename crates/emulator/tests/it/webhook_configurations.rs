//! Webhook configurations of the account and of services.

use serde_json::json;

use crate::support::{Instance, Method};

const ACCOUNT: &str = "/v1/Configuration/Webhooks";

#[tokio::test]
async fn a_fresh_account_reports_nothing() {
    let instance = Instance::start().await;
    assert_eq!(
        instance.get(ACCOUNT).await.expect(200).body,
        json!({
            "account_sid": instance.emulator.account_sid(),
            "method": "GET",
            "filters": [],
            "pre_webhook_url": null,
            "post_webhook_url": null,
            "target": "webhook",
            "url": instance.url(ACCOUNT),
        })
    );
}

#[tokio::test]
async fn a_service_without_webhooks_has_null_values() {
    let instance = Instance::start().await;
    let service = instance.service("quiet").await;
    let path = format!("/v1/Services/{service}/Configuration/Webhooks");
    assert_eq!(
        instance.get(&path).await.expect(200).body,
        json!({
            "account_sid": instance.emulator.account_sid(),
            "chat_service_sid": service,
            "pre_webhook_url": null,
            "post_webhook_url": null,
            "filters": [],
            "method": null,
            "url": instance.url(&path),
        })
    );
}

#[tokio::test]
async fn the_documented_update_sets_its_parameters() {
    let instance = Instance::start().await;
    let service = instance.service("busy").await;
    for path in [ACCOUNT.to_owned(), format!("/v1/Services/{service}/Configuration/Webhooks")] {
        let form = [
            ("Method", "POST"),
            ("Filters", "onConversationUpdated"),
            ("Filters", "onMessageRemoved"),
            ("PreWebhookUrl", "https://example.com/filtering-and-permissions"),
            ("PostWebhookUrl", "https://example.com/archive-every-action"),
        ];
        let updated = instance.post(&path, &form).await.expect(200).body;
        assert_eq!(updated["method"], "POST");
        assert_eq!(updated["filters"], json!(["onConversationUpdated", "onMessageRemoved"]));
        assert_eq!(updated["pre_webhook_url"], "https://example.com/filtering-and-permissions");
        assert_eq!(updated["post_webhook_url"], "https://example.com/archive-every-action");
        assert_eq!(instance.get(&path).await.expect(200).body, updated);

        let kept = instance.post(&path, &[]).await.expect(200).body;
        assert_eq!(kept, updated, "absent fields are left alone");
        let method = instance.post(&path, &[("Method", "get")]).await.expect(200).body;
        assert_eq!((&method["method"], &method["filters"]), (&json!("GET"), &updated["filters"]));
    }
}

#[tokio::test]
async fn a_bare_filters_key_and_an_empty_url_clear() {
    let instance = Instance::start().await;
    instance
        .post(ACCOUNT, &[("Filters", "onMessageAdded"), ("PreWebhookUrl", "https://example.com/pre")])
        .await
        .expect(200);
    let request = instance.request(Method::POST, ACCOUNT).header("content-type", "application/x-www-form-urlencoded");
    let cleared = request.body("Filters=&PreWebhookUrl=").send().await.expect(200).body;
    assert_eq!((&cleared["filters"], &cleared["pre_webhook_url"]), (&json!([]), &json!(null)));
    assert_eq!(instance.get(ACCOUNT).await.body, cleared);
}

#[tokio::test]
async fn a_service_has_its_own_configuration() {
    let instance = Instance::start().await;
    let (one, other) = (instance.service("one").await, instance.service("other").await);
    let path = |service| format!("/v1/Services/{service}/Configuration/Webhooks");
    instance.post(&path(&one), &[("Filters", "onMessageAdded"), ("Method", "POST")]).await.expect(200);
    assert_eq!(instance.get(&path(&other)).await.body["filters"], json!([]));
    assert_eq!(instance.get(ACCOUNT).await.body["filters"], json!([]));
}

#[tokio::test]
async fn a_service_ignores_a_target_whatever_its_value_is() {
    let instance = Instance::start().await;
    let path = format!("/v1/Services/{}/Configuration/Webhooks", instance.service("one").await);
    for target in ["flex", "studio", "{"] {
        let updated = instance.post(&path, &[("Target", target), ("Method", "GET")]).await.expect(200).body;
        assert_eq!((&updated["method"], updated.get("target")), (&json!("GET"), None), "{target}");
    }
}

#[tokio::test]
async fn undocumented_values_are_rejected_and_named() {
    let instance = Instance::start().await;
    for (name, value, code) in [
        ("Method", "PATCH", 50055),
        ("Method", "", 50055),
        ("Target", "studio", 20001),
        ("Filters", "onMessageSend", 20001),
        ("PreWebhookUrl", "example.com/pre", 50077),
        ("PostWebhookUrl", "ftp://example.com", 50078),
    ] {
        let form = [("Filters", "onMessageAdded"), (name, value)];
        let message = instance.post(ACCOUNT, &form).await.expect_error(400, code);
        assert!(message.contains(name), "{message}");
    }
    assert_eq!(instance.get(ACCOUNT).await.body["filters"], json!([]), "what is rejected changes nothing");
}
