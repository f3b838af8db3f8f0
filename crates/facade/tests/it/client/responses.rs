//! Answers that the documentation shows, and some that it does not.

use twilio_conversations::{EventType, HttpMethod, v1};

use crate::client::support::{Answer, HOOK, Server, service_sid};

async fn account_hook(body: &str) -> v1::ConfigurationWebhook {
    let server = Server::always(Answer::json(200, body));
    server.client().build().unwrap().configuration().webhooks().fetch().await.unwrap()
}

async fn service_hook(body: &str) -> v1::ServiceWebhookConfiguration {
    let server = Server::always(Answer::json(200, body));
    let client = server.client().build().unwrap();
    client.service(service_sid()).configuration().webhooks().fetch().await.unwrap()
}

#[tokio::test]
async fn the_documented_answer_is_typed() {
    let hook = account_hook(HOOK).await;
    assert_eq!(hook.account_sid.as_ref().unwrap(), "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_eq!(hook.method, Some(HttpMethod::Post));
    assert_eq!(hook.filters.as_deref().unwrap(), [EventType::ConversationUpdated, EventType::MessageRemoved]);
    assert_eq!(hook.pre_webhook_url.as_deref(), Some("https://example.com/filtering-and-permissions"));
    assert_eq!(hook.post_webhook_url.as_deref(), Some("https://example.com/archive-every-action"));
    assert_eq!(hook.url.as_deref(), Some("https://conversations.twilio.com/v1/Configuration/Webhooks"));
}

#[tokio::test]
async fn null_in_every_field_is_read_as_nothing() {
    let hook = account_hook(
        r#"{"account_sid": null, "method": null, "filters": null, "pre_webhook_url": null, "post_webhook_url": null,
            "target": null, "url": null}"#,
    )
    .await;
    assert!(hook.account_sid.is_none() && hook.method.is_none() && hook.filters.is_none() && hook.target.is_none());
    assert!(hook.pre_webhook_url.is_none() && hook.post_webhook_url.is_none() && hook.url.is_none());

    let hook = service_hook(
        r#"{"account_sid": null, "chat_service_sid": null, "method": null, "filters": null, "pre_webhook_url": null,
            "post_webhook_url": null, "url": null}"#,
    )
    .await;
    assert!(hook.account_sid.is_none() && hook.chat_service_sid.is_none() && hook.method.is_none());
    assert!(hook.filters.is_none() && hook.url.is_none());
}

#[tokio::test]
async fn one_documented_field_is_enough_and_none_is_an_error() {
    let mut one = v1::ConfigurationWebhook::default();
    one.url = Some("x".to_owned());
    assert_eq!(account_hook(r#"{"url": "x"}"#).await, one);
    let server = Server::always(Answer::json(200, r#"{"ok": true}"#));
    let error = server.client().build().unwrap().configuration().webhooks().fetch().await.unwrap_err();
    assert!(error.to_string().contains("expected an object with documented members, such as `account_sid`"), "{error}");
}

#[tokio::test]
async fn unknown_enum_values_are_kept_as_they_came() {
    let hook =
        account_hook(r#"{"method": "BREW", "filters": ["onMessageSend", "onMessageRemoved"], "target": "moon"}"#).await;
    assert_eq!(hook.method.as_ref().unwrap().as_str(), "BREW");
    let filters: Vec<_> = hook.filters.iter().flatten().map(EventType::as_str).collect();
    assert_eq!(filters, ["onMessageSend", "onMessageRemoved"]);
    assert_eq!(hook.filters.as_ref().unwrap()[1], EventType::MessageRemoved);
    let json = serde_json::to_value(&hook).unwrap();
    assert_eq!((&json["method"], &json["target"]), (&"BREW".into(), &"moon".into()));
}

#[tokio::test]
async fn extra_fields_are_passed_over() {
    let hook = account_hook(r#"{"method": "GET", "retries": 3, "links": {"self": ["x", {"y": null}]}}"#).await;
    assert_eq!(hook.method, Some(HttpMethod::Get));
}

#[tokio::test]
async fn the_samples_short_service_sid_is_kept_as_it_came() {
    let hook = service_hook(
        r#"{"account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "chat_service_sid": "ISXXXXXXXXXXXXXXXXXXXXXX"}"#,
    )
    .await;
    let sid = hook.chat_service_sid.as_ref().unwrap();
    assert_eq!(sid.as_str().len(), 24);
    assert!(!sid.is_well_formed());
    assert_eq!(serde_json::to_value(&hook).unwrap()["chat_service_sid"], "ISXXXXXXXXXXXXXXXXXXXXXX");
}

#[tokio::test]
async fn status_and_headers_are_there_for_those_who_ask() {
    let service = r#"{"sid": "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "friendly_name": "name"}"#;
    let answer = Answer::new(201, &[("Twilio-Request-Id", "RQ0123456789abcdef0123456789abcdef")], service);
    let server = Server::script([answer, Answer::new(204, &[("Twilio-Concurrent-Requests", "1")], "")]);
    let client = server.client().build().unwrap();
    let created = client.services().create("name").send_with_response().await.unwrap();
    assert_eq!((created.status().as_u16(), created.request_id()), (201, Some("RQ0123456789abcdef0123456789abcdef")));
    let deleted = client.service(&created.sid).delete().send_with_response().await.unwrap();
    assert_eq!(deleted.status().as_u16(), 204);
    assert_eq!(deleted.headers()["twilio-concurrent-requests"], "1");
    assert_eq!(server.requests()[0].body, "FriendlyName=name");
}
