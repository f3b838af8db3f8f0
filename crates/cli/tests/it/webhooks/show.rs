//! `twconv webhooks show`: all layers in one table, within limits.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{Router, extract::Request};
use serde_json::{Value, json};

use super::site::Site;
use crate::support::Twconv;

const FILE: &str = r#"
[account]
method = "POST"
post_webhook_url = "https://example.com/post"
filters = ["onMessageAdded", "onUserAdded"]
[services.Support]
pre_webhook_url = "https://example.com/pre"
filters = ["onMessageAdd"]
[[services.Support.conversations.order-4711]]
target = "webhook"
url = "https://example.com/order"
method = "GET"
filters = ["onMessageAdded"]
[[services.Support.conversations.order-4711]]
target = "trigger"
url = "https://example.com/words"
triggers = ["help"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn all_layers_are_in_one_table() {
    let site = Site::start().await;
    site.apply(FILE);
    let table = site.run("show -o table").ok();
    let cells: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    let (account, service) = (site.emulator.account_sid(), site.service.as_str());
    let scoped = site.scoped().await;
    let post = "https://example.com/post";
    assert_eq!(cells[1], [account, "account", "POST", post, "onMessageAdded,", "onUserAdded", "webhook"]);
    assert_eq!(cells[2][1], "service", "the default service");
    assert_eq!(cells[3], [service, "service", "Support", "https://example.com/pre", "onMessageAdd"]);
    let row = [scoped[0].sid.as_str(), "conversation", "order-4711", "get", "https://example.com/order"];
    assert_eq!(cells[4][..5], row);
    assert_eq!(cells[4][5..], ["onMessageAdded", "webhook"]);
    assert_eq!(cells[5].last(), Some(&"trigger"));
    assert_eq!(cells.len(), 6);
    let words = site.run("show --jq select(.target==\"trigger\")|[.triggers,.conversation_sid==null]").ok();
    assert_eq!(words, "[[\"help\"],false]\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_read_up_to_a_number_and_then_left_out_with_a_note() {
    let site = Site::start().await;
    site.apply(FILE);
    site.client.conversations().create().unique_name("another").await.unwrap();
    let scopes = |args: &str| {
        let ended = site.run(&format!("show --jq .scope {args}"));
        let scopes = ended.stdout.lines().filter(|scope| *scope == "conversation").count();
        (ended.code, scopes, ended.stderr.contains("webhooks of conversations are left out"))
    };
    assert_eq!(scopes(""), (0, 2, false));
    assert_eq!(scopes("--max-conversations 2"), (0, 2, false));
    site.proxy.take();
    assert_eq!(scopes("--max-conversations 1"), (0, 0, true));
    let seen = site.proxy.take();
    assert!(!seen.iter().any(|seen| seen.path.contains("/Conversations/")), "no conversation is read: {seen:#?}");
    let note = site.run("show --max-conversations 1").stderr;
    assert!(note.contains("more than 1 conversations: --all-conversations reads all"), "{note}");
    assert_eq!(scopes("--all-conversations"), (0, 2, false));
    assert_eq!(scopes(&format!("--service {} --conversation order-4711", site.service)), (0, 2, false));
    assert_eq!(scopes("--conversation another"), (0, 0, false));
    assert_eq!(site.run("show --silent --max-conversations 1").stderr, "");
    site.run("show --all-conversations --conversation x").fails(2);
    site.run("show --all-conversations --max-conversations 3").fails(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_conversations_are_read_and_one_more_is_too_many() {
    let site = Site::start().await;
    site.apply(FILE);
    for _ in 1..100 {
        site.client.conversations().create().await.unwrap();
    }
    let scopes = |args: &str| site.run(&format!("show --jq .scope {args}")).ok().matches("conversation").count();
    assert_eq!(scopes(""), 2);
    site.client.conversations().create().await.unwrap();
    assert_eq!(scopes(""), 0);
    assert_eq!(scopes("--all-conversations"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_option_service_shows_one_service_and_the_account() {
    let site = Site::start().await;
    site.apply(FILE);
    let scopes = site.run(&format!("show --jq .scope --service {}", site.service)).ok();
    assert_eq!(scopes, "account\nservice\nconversation\nconversation\n");
    let missing = "ISffffffffffffffffffffffffffffffff";
    let ended = site.run(&format!("show --max-conversations 0 --service {missing}"));
    assert_eq!(ended.code, 3, "{ended:?}");
    let stderr = site.run("show --conversation order-4711").fails(3);
    assert!(stderr.contains("of the account's default service (--service names another)"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_webhooks_without_an_end_is_an_error() {
    let served = std::sync::Arc::new(AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&served);
    // Each page has five webhooks and a link to another page.
    let app = Router::new().fallback(move |request: Request| {
        let count = std::sync::Arc::clone(&count);
        async move { respond(request.uri().path(), &count).to_string() }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let twconv = Twconv::new()
        .with("TWILIO_CONVERSATIONS_BASE_URL", url)
        .with("TWILIO_ACCOUNT_SID", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        .with("TWILIO_AUTH_TOKEN", "token");
    let ended = twconv.run("webhooks show --conversation CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_eq!(ended.code, 1, "{ended:?}");
    let expected = "reading the webhooks of conversation CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: there are more than 100";
    assert!(ended.stderr.contains(expected), "{ended:?}");
    assert!(served.load(Ordering::Relaxed) <= 21, "{served:?} pages");
}

fn respond(path: &str, pages: &AtomicUsize) -> Value {
    let sid = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    if !path.ends_with("/Webhooks") || path.contains("/Configuration/") {
        let sid = if path.contains("/Conversations/") { "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } else { sid };
        let account = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        return json!({"sid": sid, "account_sid": account, "chat_service_sid": "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"});
    }
    let page = pages.fetch_add(1, Ordering::Relaxed);
    let webhooks: Vec<Value> = (0..5).map(|i| json!({"sid": format!("WH{:032}", page * 5 + i)})).collect();
    let next = format!("https://conversations.twilio.com{path}?PageToken=t{page}");
    json!({"webhooks": webhooks, "meta": {"key": "webhooks", "next_page_url": next}})
}
