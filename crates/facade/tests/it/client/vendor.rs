//! The same calls by the vendor's own Python client: what goes over the wire must be the same.

use std::{path::Path, process::Command};

use twilio_conversations::{Client, EventType, HttpMethod};

use crate::client::support::{ACCOUNT, Answer, HOOK, Request, SERVICE, Server, TOKEN, service_sid};

const FILTERS: [EventType; 2] = [EventType::ConversationUpdated, EventType::MessageRemoved];
const PRE_WEBHOOK_URL: &str = "https://example.com/filtering-and-permissions";
const POST_WEBHOOK_URL: &str = "https://example.com/archive-every-action";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_calls_are_those_of_the_vendor_s_python_client() {
    let python = std::env::var("TWILIO_PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python).args(["-c", "import twilio.rest"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        let required = std::env::var("TWILIO_PEERS").is_ok_and(|peers| peers == "required");
        assert!(!required, "{python} cannot import twilio.rest");
        eprintln!("skipped: {python} with the package twilio is not here");
        return;
    }
    let theirs = Server::always(Answer::json(200, HOOK));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/documented_calls.py");
    let output = Command::new(python)
        .arg(script)
        .env("BASE_URL", theirs.url())
        .env("ACCOUNT_SID", ACCOUNT)
        .env("AUTH_TOKEN", TOKEN)
        .env("SERVICE_SID", SERVICE)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let ours = Server::always(Answer::json(200, HOOK));
    make_the_calls(&ours.client().build().unwrap()).await;

    assert_eq!(ours.lines(), theirs.lines());
    for (ours, theirs) in ours.requests().iter().zip(theirs.requests()) {
        assert_eq!(ours.header("authorization"), theirs.header("authorization"), "{}", ours.line());
        assert_eq!(pairs(ours), pairs(&theirs), "{}", ours.line());
    }
    let form = ours.requests()[1].form();
    let filters: Vec<_> = form.iter().filter(|(name, _)| name == "Filters").map(|(_, value)| value.as_str()).collect();
    assert_eq!(filters, ["onConversationUpdated", "onMessageRemoved"]);
}

async fn make_the_calls(client: &Client) {
    let account = client.configuration().webhooks();
    account.fetch().await.unwrap();
    let update = account.update().method(HttpMethod::Post).filters(FILTERS);
    update.pre_webhook_url(PRE_WEBHOOK_URL).post_webhook_url(POST_WEBHOOK_URL).await.unwrap();
    let service = client.service(service_sid()).configuration().webhooks();
    service.fetch().await.unwrap();
    let update = service.update().method(HttpMethod::Post).filters(FILTERS);
    update.pre_webhook_url(PRE_WEBHOOK_URL).post_webhook_url(POST_WEBHOOK_URL).await.unwrap();
}

/// The body as a multiset of pairs; of nothing for a request without one.
fn pairs(request: &Request) -> Vec<(String, String)> {
    let mut pairs = if request.body.is_empty() { Vec::new() } else { request.form() };
    pairs.sort();
    pairs
}
