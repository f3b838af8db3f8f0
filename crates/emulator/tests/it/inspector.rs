//! The inspector in a browser, without and with script.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use twilio_conversations_emulator::Emulator;

use crate::receiver::Receiver;
use crate::support::Instance;

const SCENARIO: &str = r#"[
    {"post": "/v1/Conversations", "form": {"FriendlyName": "Order <4711> & \"more\""}, "save": "order"},
    {"post": "/v1/Conversations/{order}/Participants", "form": {"Identity": "alice", "Attributes": {"a": [1]}}, "save": "alice"},
    {"post": "/_emulator/messages", "form": {"ConversationSid": "{order}", "Identity": "alice", "Body": "<script>alert(1)</script>"}}
]"#;

async fn sid(instance: &Instance) -> String {
    instance.get("/v1/Conversations").await.expect(200).body["conversations"][0]["sid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_page_shows_the_state_and_runs_no_script_from_it() {
    let instance = Instance::of(Emulator::builder().seed(SCENARIO)).await;
    let receiver = Receiver::start().await;
    let form = [("Method", "POST"), ("PostWebhookUrl", receiver.url.as_str()), ("Filters", "onMessageAdded")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let sid = sid(&instance).await;
    instance.emulator.say(&sid, "alice", "second").await.unwrap();
    let response = instance.get(&format!("/_emulator?Conversation={sid}")).await.expect(200);
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    assert!(response.header("content-security-policy").starts_with("default-src 'none'"));
    let page = response.body.as_str().unwrap().to_owned();
    for part in [
        "Order &lt;4711&gt; &amp; &quot;more&quot;",
        "&lt;script&gt;alert(1)",
        "second",
        "onMessageAdded",
        "Resend",
        "alice (chat)",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("<script>alert"));
}

#[tokio::test]
async fn a_form_of_the_page_writes_as_a_participant_and_leads_back() {
    let instance = Instance::of(Emulator::builder().seed(SCENARIO)).await;
    let sid = sid(&instance).await;
    let person = instance.get(&format!("/v1/Conversations/{sid}/Participants/alice")).await.text("sid");
    let form = [("Return", "page"), ("ConversationSid", &*sid), ("ParticipantSid", &person), ("Body", "from the page")];
    let response = instance.post("/_emulator/messages", &form).await.expect(303);
    assert!(response.header("location").ends_with(&format!("Conversation={sid}")), "{}", response.header("location"));
    let messages = instance.get(&format!("/v1/Conversations/{sid}/Messages?Order=desc")).await.body;
    assert_eq!(messages["messages"][0]["body"], "from the page");
}

#[tokio::test]
async fn changes_of_deliveries_are_sent_as_server_sent_events() {
    let instance = Instance::of(Emulator::builder().seed(SCENARIO)).await;
    let receiver = Receiver::start().await;
    let form = [("Method", "POST"), ("PostWebhookUrl", receiver.url.as_str()), ("Filters", "onMessageAdded")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let mut stream = TcpStream::connect(instance.emulator.base_url().trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"GET /_emulator/news HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut text = String::new();
    let mut read = async |until: &str| {
        tokio::time::timeout(Duration::from_secs(10), async {
            while !text.contains(until) {
                let mut buffer = [0; 1024];
                let count = stream.read(&mut buffer).await.unwrap();
                text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
            }
        })
        .await
        .unwrap_or_else(|_| panic!("no {until}"));
    };
    read("text/event-stream").await;
    read(": hello").await;
    instance.emulator.say(&sid(&instance).await, "alice", "news").await.unwrap();
    read("data: ").await;
}

#[tokio::test]
async fn the_error_of_a_rejected_scenario_names_the_call() {
    for (scenario, parts) in [
        ("{", &["scenario"][..]),
        (r#"[{"post": "/v1/Services"}]"#, &["call 1", "/v1/Services"]),
        (r#"[{"post": "/v1/Conversations"}, {"post": "/v1/Conversations/{x}/Messages"}]"#, &["call 2"]),
        (r#"[{"post": "/_emulator/clock", "save": "x"}]"#, &["call 1"]),
        (r#"[{"get": "/v1/Services"}]"#, &["scenario"]),
    ] {
        let error = Emulator::builder().seed(scenario).start().await.unwrap_err();
        for part in parts {
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}

/// Dumps the DOM of the page with its script in a headless browser, once the page is loaded, which may be before or
/// after the event stream is open. A virtual time budget cannot be used, since the open stream would never let it end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_shows_the_page_and_runs_its_script() {
    let Some(chromium) = crate::browser::chromium() else { return };
    let instance = Instance::of(Emulator::builder().seed(SCENARIO)).await;
    let url = instance.url(&format!("/_emulator?Conversation={}", sid(&instance).await));
    let folder = tempfile::tempdir().unwrap();
    let mut browser = tokio::process::Command::new(chromium);
    browser
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--timeout=3000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.path().display()))
        .arg(url)
        .kill_on_drop(true);
    let output =
        tokio::time::timeout(Duration::from_secs(60), browser.output()).await.expect("the browser hangs").unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("Order &lt;4711&gt;"), "{page}");
    assert!(page.contains(">connecting<") || page.contains(">live<"), "{page}");
}

/// Uses all functions of the page.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_browser_changes_appear_without_a_reload_and_forms_write_and_resend() {
    use crate::browser::{Browser, chromium};

    let Some(chromium) = chromium() else { return };
    let instance = Instance::of(Emulator::builder().seed(SCENARIO)).await;
    let mut receiver = Receiver::start().await;
    let form = [("Method", "POST"), ("PostWebhookUrl", receiver.url.as_str()), ("Filters", "onMessageAdded")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let sid = sid(&instance).await;
    let mut browser = Browser::open(chromium, &instance.url(&format!("/_emulator?Conversation={sid}"))).await;
    browser.until("document.querySelector('#live')?.textContent === 'live'").await;
    let deliveries = |count: usize| format!("document.querySelectorAll('#deliveries details').length === {count}");
    browser.until(&deliveries(0)).await;

    // Without a reload of the page.
    browser.evaluate("window.loaded = 'once'").await;
    instance.emulator.say(&sid, "alice", "news from alice").await.unwrap();
    browser.until(&deliveries(1)).await;
    browser.until("document.querySelector('#deliveries details .good')?.textContent === 'delivered'").await;
    browser.until("document.querySelector('#conversation').textContent.includes('news from alice')").await;
    instance.create("/v1/Conversations", &[("FriendlyName", "a quiet one")]).await;
    browser.until("document.querySelector('#conversations').textContent.includes('a quiet one')").await;
    assert_eq!(browser.evaluate("window.loaded").await, "once");
    assert_eq!(receiver.next().await.field("Body"), "news from alice");

    browser.evaluate("document.querySelector('input[name=Body]').value = 'from the browser'").await;
    browser
        .evaluate("[...document.querySelectorAll('button')].find((one) => one.textContent === 'Send').click()")
        .await;
    let sent = receiver.next().await;
    assert_eq!((sent.field("Body"), sent.field("ClientIdentity")), ("from the browser", "alice"));
    browser.until(&deliveries(2)).await;
    browser.until("document.querySelector('#conversation').textContent.includes('from the browser')").await;

    let signature = sent.header("x-twilio-signature");
    let latest = "document.querySelector('#deliveries details')";
    browser.evaluate(&format!("{latest}.open = true")).await;
    browser.until(&format!("{latest}.textContent.includes('{signature}')")).await;
    let picture = browser.picture("inspector").await;
    assert!(picture.len() > 10_000, "a picture of {} bytes", picture.len());
    browser.evaluate(&format!("{latest}.querySelector('button').click()")).await;
    let again = receiver.next().await;
    assert_eq!(again.header("i-twilio-idempotency-token"), sent.header("i-twilio-idempotency-token"));
    browser.until(&deliveries(3)).await;
    browser.until("document.querySelector('#conversation').textContent.includes('from the browser')").await;
    assert_eq!(browser.complaints, <[String; 0]>::default());
}
