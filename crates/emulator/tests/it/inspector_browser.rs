//! The inspector in a browser, narrow and wide, small and full.

use serde_json::json;

use crate::browser::{Browser, chromium};
use crate::large;
use crate::receiver::Receiver;
use crate::support::Instance;

async fn resize(browser: &mut Browser, width: u32, height: u32, scheme: &str) {
    let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
    browser.call("Emulation.setDeviceMetricsOverride", metrics).await;
    let features = json!({"features": [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]});
    browser.call("Emulation.setEmulatedMedia", features).await;
}

/// Whether something is wider than the window.
const OVERFLOWS: &str = "document.documentElement.scrollWidth > innerWidth";
const TOP: &str = "(id) => document.getElementById(id).getBoundingClientRect().top";

async fn small() -> (Instance, Receiver, String) {
    let instance = Instance::start().await;
    let receiver = Receiver::start().await;
    let form = [("Method", "POST"), ("PostWebhookUrl", receiver.url.as_str()), ("Filters", "onMessageAdded")];
    instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
    let sid =
        instance.create("/v1/Conversations", &[("FriendlyName", "Order 4711"), ("UniqueName", "order-4711")]).await;
    let people = format!("/v1/Conversations/{sid}/Participants");
    instance.create(&people, &[("Identity", "alice")]).await;
    let address = [("MessagingBinding.Address", "+15551230001"), ("MessagingBinding.ProxyAddress", "+15559990000")];
    let customer = instance.create(&people, &address).await;
    let media = instance.emulator.add_media(None, Some("receipt.pdf"), "application/pdf", 48_213).await.unwrap();
    instance.emulator.receive("+15551230001", "+15559990000", "Where is my order?").await.unwrap();
    let message =
        instance.emulator.say(&sid, "alice", "It leaves today. The receipt follows.").await.unwrap().message_sid;
    instance.emulator.report_delivery(&message, Some(&customer), "delivered", None).await.unwrap();
    let form = [("Author", "alice"), ("MediaSid", &*media)];
    instance.post_with_webhooks(&format!("/v1/Conversations/{sid}/Messages"), &form).await.expect(201);
    instance.get("/v1/Nothing").await.expect(404);
    instance.emulator.settle().await.unwrap();
    (instance, receiver, sid)
}

/// Looks at one page in both widths and both colour schemes.
async fn look(browser: &mut Browser, name: &str) {
    for (width, height, scheme) in [(1400, 900, "light"), (400, 900, "dark")] {
        resize(browser, width, height, scheme).await;
        browser.until("document.querySelector('#live')?.textContent === 'live'").await;
        assert_eq!(browser.evaluate(OVERFLOWS).await, false, "{name} at {width}");
        let (one, other) = (
            browser.evaluate(&format!("({TOP})('conversation')")).await,
            browser.evaluate(&format!("({TOP})('conversations')")).await,
        );
        if width == 400 {
            assert!(one.as_f64() < other.as_f64(), "the chosen conversation comes first: {one} {other}");
        } else {
            assert_eq!(one, other, "side by side");
        }
        browser.picture(&format!("{name}-{width}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_browser_the_page_fits_both_widths_small_and_full() {
    let Some(chromium) = chromium() else { return };
    let (instance, _receiver, sid) = small().await;
    let mut browser = Browser::open(chromium, &instance.url(&format!("/_emulator?Conversation={sid}"))).await;
    look(&mut browser, "small").await;
    browser
        .call("Page.navigate", json!({"url": instance.url(&format!("/_emulator?Pane=requests&Conversation={sid}"))}))
        .await;
    browser.until("document.querySelectorAll('#requests details').length > 3").await;
    browser.evaluate("document.querySelectorAll('#requests details')[1].open = true").await;
    look(&mut browser, "small-requests").await;

    let (instance, _folder) = large::start().await;
    let url = instance.url(&format!("/_emulator?Conversation=CH{:032x}", 1999));
    browser.call("Page.navigate", json!({"url": url})).await;
    browser.until("document.querySelectorAll('#conversation article').length === 50").await;
    look(&mut browser, "full").await;
    assert_eq!(browser.complaints, <[String; 0]>::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_browser_the_panes_scroll_separately_and_an_update_keeps_the_reader_s_state() {
    let Some(chromium) = chromium() else { return };
    let (instance, _folder) = large::start().await;
    let sid = format!("CH{:032x}", 1999);
    let mut browser = Browser::open(chromium, &instance.url(&format!("/_emulator?Conversation={sid}"))).await;
    resize(&mut browser, 1400, 900, "light").await;
    browser.until("document.querySelector('#live')?.textContent === 'live'").await;
    browser.evaluate("document.querySelector('#conversations').scrollTop = 300").await;
    browser.evaluate("document.querySelector('#conversation').scrollTop = 900").await;
    let tops =
        "['conversations', 'conversation', 'deliveries'].map((id) => document.getElementById(id).scrollTop).join()";
    assert_eq!(browser.evaluate(tops).await, "300,900,0");
    assert_eq!(browser.evaluate("document.scrollingElement.scrollTop").await, 0);

    browser.evaluate("document.querySelector('#participants').open = false").await;
    browser.evaluate("document.querySelector('#webhook-settings').open = true").await;
    browser.evaluate("document.querySelector('#search').value = 'half a wo'").await;
    browser.evaluate("window.body = document.querySelector('input[name=Body]'); body.value = 'half a sentence'; body.focus({preventScroll: true}); body.setSelectionRange(2, 5)").await;
    browser.evaluate("document.querySelectorAll('.write option')[1].selected = true").await;
    // The article at the upper edge keeps its position, although a new one is added above it.
    browser.evaluate(
        "window.edge = [...document.querySelectorAll('#conversation article')].find((one) => one.getBoundingClientRect().top > 200);
         window.edgeTop = edge.getBoundingClientRect().top",
    ).await;
    let person = instance.get(&format!("/v1/Conversations/{sid}/Participants")).await.body["participants"][0].clone();
    let form = [("Author", person["identity"].as_str().unwrap()), ("Body", "something new")];
    instance.post(&format!("/v1/Conversations/{sid}/Messages"), &form).await.expect(201);
    browser.until("document.querySelector('#conversation').textContent.includes('something new')").await;

    for (expression, expected) in [
        ("document.querySelector('#participants').open", json!(false)),
        ("document.querySelector('#webhook-settings').open", json!(true)),
        ("document.querySelector('#search').value", json!("half a wo")),
        ("document.querySelector('input[name=Body]').value", json!("half a sentence")),
        ("document.activeElement.name", json!("Body")),
        ("[document.activeElement.selectionStart, document.activeElement.selectionEnd].join()", json!("2,5")),
        ("document.querySelectorAll('.write option')[1].selected", json!(true)),
        ("Math.abs(document.getElementById(edge.id).getBoundingClientRect().top - edgeTop) < 2", json!(true)),
        ("document.querySelector('#conversations').scrollTop", json!(300)),
        // A form is cleared when it is sent; this one was not sent.
        ("document.querySelector('#search').defaultValue", json!("")),
    ] {
        assert_eq!(browser.evaluate(expression).await, expected, "{expression}");
    }
    assert_eq!(browser.complaints, <[String; 0]>::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_browser_messages_run_no_script_and_every_control_has_a_name() {
    let Some(chromium) = chromium() else { return };
    let (instance, _receiver, sid) = small().await;
    let evil = "<img src=x onerror='window.evil = 1'><script>window.evil = 1</script>";
    instance.emulator.say(&sid, "alice", evil).await.unwrap();
    let mut browser = Browser::open(chromium, &instance.url(&format!("/_emulator?Conversation={sid}"))).await;
    browser.until("document.querySelector('#live')?.textContent === 'live'").await;
    browser.until("document.querySelector('#conversation').textContent.includes('onerror=')").await;
    assert_eq!(browser.evaluate("typeof window.evil").await, "undefined");
    assert_eq!(browser.evaluate("document.querySelectorAll('img').length").await, 0);
    // Even what is put into the page by force does not run: the policy has no `unsafe-inline`.
    browser
        .evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<details open ontoggle=\"window.evil = 1\">x</details>')",
        )
        .await;
    browser.evaluate("new Promise((done) => setTimeout(done, 50))").await;
    assert_eq!(browser.evaluate("typeof window.evil").await, "undefined");
    assert!(browser.complaints.iter().any(|complaint| complaint.contains("Content Security Policy")));

    let unnamed = "[...document.querySelectorAll('input:not([type=hidden]), select, button, a, section, nav')].filter((one) =>
        !(one.getAttribute('aria-label') || one.textContent.trim() && !one.matches('input, select, section, nav')
          || document.getElementById(one.getAttribute('aria-labelledby')))).map((one) => one.outerHTML.slice(0, 80)).join()";
    assert_eq!(browser.evaluate(unnamed).await, "");
    let headings =
        "[...document.querySelectorAll('h1, h2, h3')].map((one) => Number(one.localName[1])).every((level, at, all) =>
        at === 0 ? level === 1 : level <= all[at - 1] + 1)";
    assert_eq!(browser.evaluate(headings).await, true);
    let ids = "[...document.querySelectorAll('[id]')].map((one) => one.id).filter((id, at, all) => all.indexOf(id) !== at).join()";
    assert_eq!(browser.evaluate(ids).await, "", "ids that are there twice");
}
