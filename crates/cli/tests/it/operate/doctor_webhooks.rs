//! What `twconv doctor` finds about webhooks.

use twilio_conversations::{EventType, HttpMethod, v1::WebhookTarget};

use super::doctor::{default_service, findings, finds, healthy, set_webhooks};

#[tokio::test(flavor = "multi_thread")]
async fn urls_that_do_not_work_are_found_and_their_secrets_are_not_shown() {
    let (_emulator, client, bench) = healthy().await;
    let urls = [("http://localhost:3000/pre?token=hidden", "https://me:hidden@abc.ngrok.io/post")];
    set_webhooks(&client, &urls).await;
    let run = bench.run(&["doctor"]).await.exits(0);
    finds(&run, "webhook-url", "warning account", "pre-event URL http://localhost:3000/pre?… is on a private host");
    finds(&run, "webhook-url", "warning account", "pre-event URL http://localhost:3000/pre?… is plain http");
    finds(&run, "webhook-url", "warning account", "post-event URL https://user@abc.ngrok.io/post");
    assert!(!run.stdout.contains("hidden"), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_that_surprise_are_warnings() {
    let (_emulator, client, bench) = healthy().await;
    client.configuration().webhooks().update().method(HttpMethod::Get).await.unwrap();
    let service = client.services().create("shop").await.unwrap().sid;
    let hook = client.service(&service).configuration().webhooks();
    let filters = [EventType::MessageAdded];
    hook.update().post_webhook_url("https://hooks.shop.com").filters(filters).await.unwrap();
    let run = bench.run(&["doctor"]).await.exits(0);
    finds(&run, "webhook-method", "warning account", "the method is GET");
    finds(&run, "webhook-method", "warning service", "never set");
    assert!(findings(&run, "webhook-method")[1].contains("(shop)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_urls_that_do_not_fit_are_warnings() {
    let (_emulator, client, bench) = healthy().await;
    let account = client.configuration().webhooks();
    let cases: [(&str, &str, &[EventType], &str); 6] = [
        ("", "", &[EventType::MessageAdded], "filters without a URL: onMessageAdded"),
        ("https://a.com", "https://a.com", &[], "no filters"),
        (
            "",
            "https://a.com",
            &[EventType::MessageAdd, EventType::MessageAdded],
            "without a pre-event URL: onMessageAdd",
        ),
        ("https://a.com", "https://a.com", &[EventType::MessageAdded], "a pre-event URL without"),
        (
            "https://a.com",
            "",
            &[EventType::MessageAdd, EventType::MessageAdded],
            "without a post-event URL: onMessageAdded",
        ),
        ("https://a.com", "https://a.com", &[EventType::MessageAdd], "a post-event URL without"),
    ];
    for (pre, post, filters, finding) in cases {
        let update = account.update().filters(filters.to_vec()).pre_webhook_url(pre).post_webhook_url(post);
        update.await.unwrap();
        let run = bench.run(&["doctor"]).await.exits(0);
        let found = findings(&run, "webhook-filters");
        assert_eq!(found.len(), 1, "{finding}: {found:?}");
        assert!(found[0].contains(finding), "{finding}: {found:?}");
    }
    let service = default_service(&client).await;
    let hook = client.service(&service).configuration().webhooks();
    let filters = [EventType::MessageAdded, EventType::UserAdded];
    hook.update().method("POST").post_webhook_url("https://a.com").filters(filters).await.unwrap();
    let run = bench.run(&["doctor"]).await.exits(0);
    finds(&run, "webhook-filters", "warning service", "not documented here: onUserAdded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_flex_with_urls_is_a_warning() {
    let (_emulator, client, bench) = healthy().await;
    client.configuration().webhooks().update().target(WebhookTarget::Flex).await.unwrap();
    finds(&bench.run(&["doctor"]).await.exits(0), "webhook-target", "warning account", "flex");
    let clear = client.configuration().webhooks().update().clear_filters().clear_pre_webhook_url();
    clear.clear_post_webhook_url().await.unwrap();
    assert!(findings(&bench.run(&["doctor"]).await.exits(0), "webhook-target").is_empty());
}
