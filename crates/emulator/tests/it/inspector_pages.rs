//! The pages of the inspector without script: headers, hostile content, filters, and a large account.

use std::time::{Duration, Instant};

use serde_json::Value;
use twilio_conversations_emulator::{DEFAULT_ACCOUNT_SID, Emulator};

use crate::large;
use crate::receiver::Receiver;
use crate::support::{ApiResponse, Instance, Method};

/// Breaks out of text, attributes, comments, scripts, styles and URLs, unless it is escaped.
const HOSTILE: &str =
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)>--></style></textarea>&lt;javascript:alert(1)";

async fn page(instance: &Instance, query: &str) -> String {
    text(instance.bare(Method::GET, &format!("/_emulator?{query}")).send().await.expect(200))
}

fn text(response: ApiResponse) -> String {
    match response.body {
        Value::String(text) => text,
        other => panic!("no page: {other}"),
    }
}

/// The page has no element or attribute that a browser would run.
#[track_caller]
fn assert_harmless(page: &str) {
    assert_eq!(page.matches("<script").count(), 1, "the script of the page itself: {page}");
    for bad in ["<img", "</style", "</textarea", "'>", "--><", " onerror=alert(1)>"] {
        assert!(!page.contains(bad), "{bad} in {page}");
    }
}

#[tokio::test]
async fn the_page_and_its_files_cannot_be_framed_sniffed_or_loaded_by_other_sites() {
    let instance = Instance::start().await;
    for (path, content_type) in [
        ("/_emulator", "text/html; charset=utf-8"),
        ("/_emulator/", "text/html; charset=utf-8"),
        ("/_emulator?Pane=requests", "text/html; charset=utf-8"),
        ("/_emulator/inspector.css", "text/css; charset=utf-8"),
        ("/_emulator/inspector.js", "text/javascript; charset=utf-8"),
    ] {
        let response = instance.bare(Method::GET, path).send().await.expect(200);
        assert_eq!(response.header("content-type"), content_type, "{path}");
        let policy = response.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        for part in ["style-src 'self'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.split("; ").any(|one| one == part), "{part} in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(response.header("x-frame-options"), "DENY");
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert_eq!(response.header("referrer-policy"), "same-origin");
        assert_eq!(response.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(response.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(response.header("cache-control"), "no-store");
    }
    let page = page(&instance, "").await;
    assert!(!page.contains(" style=") && !page.contains("<style") && !page.contains(" onclick="), "{page}");
}

#[tokio::test]
async fn hostile_strings_are_escaped_in_every_field_of_the_page() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    let hooks = format!("{}?x='%22%3E%3Cscript%3E", receiver.url);
    let service = instance.service(HOSTILE).await;
    for path in ["/v1/Configuration/Webhooks".to_owned(), format!("/v1/Services/{service}/Configuration/Webhooks")] {
        let form = [("Method", "POST"), ("PostWebhookUrl", &hooks), ("Filters", "onMessageAdded")];
        instance.post(&path, &form).await.expect(200);
    }
    let attributes = serde_json::json!({ "x": HOSTILE }).to_string();
    let form = [("FriendlyName", HOSTILE), ("UniqueName", HOSTILE), ("Attributes", &*attributes)];
    let sid = instance.create(&format!("/v1/Services/{service}/Conversations"), &form).await;
    let conversation = format!("/v1/Services/{service}/Conversations/{sid}");
    let roles = format!("/v1/Services/{service}/Roles");
    let role =
        [("FriendlyName", "'\"><script>alert(1)</script>"), ("Type", "conversation"), ("Permission", "sendMessage")];
    let role = instance.create(&roles, &role).await;
    let person = [("Identity", HOSTILE), ("RoleSid", &*role)];
    instance.create(&format!("{conversation}/Participants"), &person).await;
    let hook = [
        ("Target", "trigger"),
        ("Configuration.Url", &*hooks),
        ("Configuration.Method", "POST"),
        ("Configuration.Triggers", HOSTILE),
    ];
    instance.create(&format!("{conversation}/Webhooks"), &hook).await;
    let media = [("Filename", HOSTILE), ("ContentType", HOSTILE), ("Size", "1"), ("ServiceSid", &*service)];
    let media = instance.post("/_emulator/media", &media).await.expect(200).text("sid");
    let message = [
        ("Author", HOSTILE),
        ("Body", HOSTILE),
        ("MediaSid", &*media),
        ("Attributes", &*attributes),
        ("Subject", HOSTILE),
    ];
    instance.post_with_webhooks(&format!("{conversation}/Messages"), &message[..1]).await.expect(201);
    let response = instance.post_with_webhooks(&format!("{conversation}/Messages"), &message[..3]).await;
    assert!([201, 400].contains(&response.status), "{}", response.body);
    let long = HOSTILE.repeat(40);
    instance
        .post_with_webhooks(&format!("{conversation}/Messages"), &[("Author", HOSTILE), ("Body", &long)])
        .await
        .expect(201);
    instance.request(Method::GET, "/v1/Conversations?a='%22%3E%3Cscript%3E").header("x-evil", HOSTILE).send().await;
    instance.emulator.settle().await.unwrap();

    let chosen = format!("Conversation={sid}");
    for query in [chosen.clone(), format!("{chosen}&Pane=requests")] {
        let page = page(&instance, &query).await;
        assert_harmless(&page);
        assert!(page.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count() > 5, "{page}");
    }
    let encoded: String = form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    for name in [
        "Conversation",
        "Message",
        "Pane",
        "Search",
        "Service",
        "State",
        "ConversationsBefore",
        "ConversationsAfter",
        "MessagesBefore",
        "WebhookState",
        "Event",
        "WebhooksOf",
        "WebhooksAfter",
        "Operation",
        "Status",
        "Method",
        "Path",
        "RequestsBefore",
        "Unknown",
    ] {
        for pane in ["", "&Pane=requests"] {
            assert_harmless(&page(&instance, &format!("{name}={encoded}{pane}")).await);
        }
    }
    let form =
        [("Return", "page"), ("Page", HOSTILE), ("ConversationSid", &*sid), ("Identity", HOSTILE), ("Body", "x")];
    let back = instance.post("/_emulator/messages", &form).await;
    if back.status == 303 {
        assert_eq!(back.header("location"), format!("/_emulator?AccountSid={DEFAULT_ACCOUNT_SID}"));
    }
}

#[tokio::test]
async fn a_form_leads_back_to_the_view_it_was_sent_from_and_nowhere_else() {
    let instance = Instance::start().await;
    let sid = instance.create("/v1/Conversations", &[]).await;
    instance.create(&format!("/v1/Conversations/{sid}/Participants"), &[("Identity", "alice")]).await;
    for (page, expected) in [
        (
            format!("Conversation={sid}&Search=a+b&Pane=requests&Evil=x"),
            format!("&Conversation={sid}&Pane=requests&Search=a%20b"),
        ),
        ("https://evil.example/".to_owned(), String::new()),
        ("//evil.example\r\nSet-Cookie: a=b".to_owned(), String::new()),
        ("AccountSid=AC00000000000000000000000000000000&State=x%0d%0ay".to_owned(), "&State=x%0D%0Ay".to_owned()),
    ] {
        let form =
            [("Return", "page"), ("Page", &*page), ("ConversationSid", &*sid), ("Identity", "alice"), ("Body", "x")];
        let back = instance.post("/_emulator/messages", &form).await.expect(303);
        assert_eq!(back.header("location"), format!("/_emulator?AccountSid={DEFAULT_ACCOUNT_SID}{expected}"), "{page}");
    }
}

#[tokio::test]
async fn the_selected_conversation_shows_participants_media_receipts_and_webhooks() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    let form = [("Method", "POST"), ("PostWebhookUrl", receiver.url.as_str()), ("Filters", "onMessageAdded")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let sid = instance.create("/v1/Conversations", &[("FriendlyName", "Order 1"), ("UniqueName", "order-1")]).await;
    let path = format!("/v1/Conversations/{sid}");
    let address = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15559990000")];
    let customer = instance.create(&format!("{path}/Participants"), &address).await;
    let agent = instance.create(&format!("{path}/Participants"), &[("Identity", "agent")]).await;
    let hook =
        [("Target", "trigger"), ("Configuration.Url", "http://127.0.0.1:9/own"), ("Configuration.Triggers", "help")];
    let hook = instance.create(&format!("{path}/Webhooks"), &hook).await;
    let media = instance.emulator.add_media(None, Some("photo.jpg"), "image/jpeg", 777).await.unwrap();
    let form = [("Author", "agent"), ("MediaSid", &*media)];
    let message = instance.post_with_webhooks(&format!("{path}/Messages"), &form).await.expect(201).text("sid");
    instance.emulator.report_delivery(&message, Some(&customer), "undelivered", Some(30008)).await.unwrap();
    instance.post(&format!("{path}/Participants/{agent}"), &[("LastReadMessageIndex", "0")]).await.expect(200);
    instance.emulator.settle().await.unwrap();

    let page = page(&instance, &format!("Conversation={sid}")).await;
    for part in [
        "2 participants",
        "address +15551230001",
        "proxy +15559990000",
        "read up to #0",
        "has read nothing",
        ">sms</span>",
        "photo.jpg",
        "image/jpeg, 777 bytes",
        "undelivered",
        "error 30008",
        "1 of the account, 1 of the conversation",
        &hook,
        "http://127.0.0.1:9/own",
        "help",
        "onMessageAdded",
        "unique name <code>order-1</code>",
        "1 message",
        "1 conversation<",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let gone = self::page(&instance, "Conversation=CH00000000000000000000000000000000").await;
    assert!(gone.contains("The account has no conversation"), "{gone}");
}

#[tokio::test]
async fn webhooks_are_filtered_by_event_state_and_conversation() {
    let instance = Instance::of(Emulator::builder().retries(0, Duration::ZERO)).await;
    let receiver = Receiver::start().await;
    let filters = [("Filters", "onMessageAdded"), ("Filters", "onConversationAdded")];
    let form = [[("Method", "POST"), ("PostWebhookUrl", receiver.url.as_str())], filters].concat();
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let mut sids = Vec::new();
    for name in ["first", "second"] {
        let sid =
            instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", name)]).await.expect(201).text("sid");
        instance.post_with_webhooks(&format!("/v1/Conversations/{sid}/Messages"), &[("Body", name)]).await.expect(201);
        sids.push(sid);
    }
    instance.emulator.settle().await.unwrap();
    let calls = async |query: &str| page(&instance, query).await.matches("<details id=\"delivery-").count();
    assert_eq!(calls("").await, 4);
    assert_eq!(calls("Event=onMessageAdded").await, 2);
    assert_eq!(calls("WebhookState=delivered").await, 4);
    assert_eq!(calls("WebhookState=failed").await, 0);
    assert_eq!(calls(&format!("WebhooksOf={}", sids[0])).await, 2);
    assert_eq!(calls(&format!("WebhooksOf={}&Event=onMessageAdded&WebhookState=delivered", sids[1])).await, 1);
    assert_eq!(calls("Event=onNothing").await, 0);
    let page = page(&instance, "").await;
    assert!(page.contains("4 delivered") && page.contains("WebhookState=delivered"), "{page}");
    assert!(page.contains("<span class=\"dim line\">first</span>"), "{page}");
}

#[tokio::test]
async fn accounts_see_their_own_conversations_webhooks_and_requests_only() {
    let other = "AC00000000000000000000000000000002";
    let instance = Instance::of(Emulator::builder().another_account(other, "token")).await;
    let sid = instance.create("/v1/Conversations", &[("FriendlyName", "mine alone")]).await;
    let page_of_other = page(&instance, &format!("AccountSid={other}&Conversation={sid}")).await;
    assert!(!page_of_other.contains("mine alone"), "{page_of_other}");
    assert!(
        page_of_other.contains(&format!("href=\"/_emulator?AccountSid={DEFAULT_ACCOUNT_SID}\"")),
        "{page_of_other}"
    );
    let requests = page(&instance, &format!("AccountSid={other}&Pane=requests")).await;
    assert!(requests.contains("No request was made yet."), "{requests}");
    instance
        .bare(Method::GET, &format!("/_emulator?AccountSid={}", other.replace('2', "3")))
        .send()
        .await
        .expect_error(400, 20001);
}

#[tokio::test]
async fn a_large_account_is_shown_in_pages_quickly_and_in_bounded_size() {
    let (instance, _folder) = large::start().await;
    let busy = format!("Conversation=CH{:032x}", 1999);
    let request = instance.request(Method::GET, "/v1/Conversations?PageSize=100").send().await.expect(200);
    drop(request);
    for (query, parts) in [
        (String::new(), &["2000 conversations", "4000 participants", "40000 messages", "older →"][..]),
        (busy.clone(), &[large::BUSY, "1000 messages", "#999", "#950", "photo-", "30008"]),
        (format!("{busy}&MessagesBefore=950&Search=ORDER-1999"), &["#949", "#900", "← newer", "newest"]),
        ("Search=agent-7&State=closed".to_owned(), &["closed", "older →"]),
        ("Search=%2B15550000042".to_owned(), &["2 participants"]),
        ("Search=no+conversation+has+this+in+it".to_owned(), &["No conversation matches."]),
        ("WebhookState=given_up&Event=onMessageAdded".to_owned(), &["given up", "older →"]),
        ("WebhooksBefore=26".to_owned(), &["delivery-25\"", "delivery-1\"", "← newer"]),
        ("Pane=requests".to_owned(), &["/v1/Conversations?PageSize=100", "of which 4096 are kept"]),
    ] {
        let mut best = Duration::MAX;
        let mut html = String::new();
        for _ in 0..5 {
            let start = Instant::now();
            html = page(&instance, &query).await;
            best = best.min(start.elapsed());
        }
        for part in parts {
            assert!(html.contains(part), "{part} is not on the page {query}");
        }
        assert!(html.len() < 300_000, "{query}: {} bytes", html.len());
        assert!(best < Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 100 }), "{query}: {best:?}");
    }
}

#[tokio::test]
async fn long_values_are_cut_and_a_selected_long_message_is_shown_completely() {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    let form = [("Method", "POST"), ("PostWebhookUrl", receiver.url.as_str()), ("Filters", "onMessageAdded")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let sid = instance.create("/v1/Conversations", &[]).await;
    let body = format!("{}the end", "<".repeat(32_000));
    let mut message = String::new();
    for _ in 0..60 {
        let form = [("Body", &*body)];
        message = instance
            .post_with_webhooks(&format!("/v1/Conversations/{sid}/Messages"), &form)
            .await
            .expect(201)
            .text("sid");
    }
    instance.emulator.settle().await.unwrap();
    let short = page(&instance, &format!("Conversation={sid}")).await;
    assert!(short.contains("show all 32007 characters") && !short.contains("the end"));
    assert!(short.len() < 700_000, "{}", short.len());
    let requests = page(&instance, &format!("Conversation={sid}&Pane=requests")).await;
    assert!(requests.len() < 2_000_000, "{}", requests.len());
    let whole = page(&instance, &format!("Conversation={sid}&Message={message}")).await;
    assert_eq!(whole.matches("the end").count(), 1);
}
