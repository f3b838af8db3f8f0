//! `twconv webhooks explain`: each layer, and the same verdicts as the emulator's calls.

use std::collections::BTreeSet;

use serde_json::Value;
use twilio_conversations::{
    Client, ClientBuilder,
    v1::{EventType, HttpMethod, ScopedWebhookTarget},
};
use twilio_conversations_emulator::Emulator;

use super::site::Site;
use crate::support::Twconv;

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// `scope fires basis: reason` of each row.
fn verdicts(site: &Site, args: &str) -> Vec<String> {
    let text = site.run(&format!("explain {args}")).ok();
    let string = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let verdict = |row: &Value| {
        format!("{} {} {}: {}", string(row, "scope"), string(row, "fires"), string(row, "basis"), string(row, "reason"))
    };
    rows(&text).iter().map(verdict).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_webhooks_calls_none() {
    let site = Site::start().await;
    assert_eq!(
        verdicts(&site, "--event onMessageAdded"),
        [
            "account no documented: it has no post_webhook_url",
            "service no documented: it has no webhooks of its own, so that the account's count",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_layer_has_a_reason_not_to_be_called() {
    let site = Site::start().await;
    let account = site.client.configuration().webhooks();
    let first = |args: &str| verdicts(&site, args).swap_remove(0);
    let added = "--event onMessageAdded";
    account.update().post_webhook_url("https://example.com/post").await.unwrap();
    assert_eq!(
        first(added),
        "account no assumed: its filters are empty, and whether that means no or every event is not documented"
    );
    account.update().filters([EventType::UserAdded]).await.unwrap();
    assert_eq!(first(added), "account no assumed: its filters lack onMessageAdded");
    account.update().filters([EventType::MessageAdded, EventType::MessageAdd]).await.unwrap();
    assert!(first(added).starts_with("account yes documented: its filters have the event"), "{}", first(added));
    assert_eq!(first("--event onMessageAdd"), "account no documented: it has no pre_webhook_url");
    let silent = "the event is caused by the REST API, and the request lacks X-Twilio-Webhook-Enabled: true";
    assert_eq!(first(&format!("{added} --source api")), format!("account no assumed: {silent}"));
    assert!(first(&format!("{added} --source api --webhook-enabled")).starts_with("account yes documented"));
    account.update().target("flex").await.unwrap();
    assert!(first(added).starts_with("account no assumed: its target is flex"), "{}", first(added));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_with_webhooks_silences_the_account() {
    let site = Site::start().await;
    let service = site.client.service(&site.service).configuration().webhooks();
    let args = format!("--event onMessageAdded --service {}", site.service);
    service.update().filters([EventType::MessageAdded]).await.unwrap();
    let verdict = &verdicts(&site, &args)[1];
    assert_eq!(verdict, "service no assumed: it has filters and no URL, so that the account's webhooks count");
    service.update().pre_webhook_url("https://example.com/pre").method(HttpMethod::Post).await.unwrap();
    let silenced = "account no documented: the service has webhooks of its own, which silence the account's";
    assert_eq!(verdicts(&site, &args), [silenced, "service no documented: it has no post_webhook_url"]);
    service.update().post_webhook_url("https://example.com/post").await.unwrap();
    assert_eq!(verdicts(&site, &args), [silenced, "service yes documented: its filters have the event"]);
    let args = args.replace("onMessageAdded", "onMessageAdd");
    assert_eq!(verdicts(&site, &args)[1], "service no documented: its filters lack onMessageAdd");
    service.update().filters([EventType::MessageAdd]).await.unwrap();
    assert_eq!(verdicts(&site, &args)[1], "service yes documented: its filters have the event");
    let rest = format!("{args} --source api --webhook-enabled");
    assert!(verdicts(&site, &rest)[1].starts_with("service yes assumed: its filters have the event; whether REST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_target_of_a_conversation_has_its_reason() {
    let site = Site::start().await;
    site.apply(
        r#"
[[services.Support.conversations.order-4711]]
target = "webhook"
url = "https://example.com/order"
method = "GET"
filters = ["onMessageAdded"]
[[services.Support.conversations.order-4711]]
target = "trigger"
url = "https://example.com/words"
triggers = ["help", "agent"]
[[services.Support.conversations.order-4711]]
target = "studio"
flow_sid = "FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
"#,
    );
    let of = |event: &str| {
        let args = format!("--event {event} --conversation order-4711 --service {}", site.service);
        verdicts(&site, &args).split_off(2)
    };
    assert_eq!(
        of("onMessageAdded"),
        [
            "conversation yes documented: its filters have the event",
            "conversation maybe assumed: only if the message has one of the words: help, agent (whole words in any case)",
            "conversation yes assumed: its target is studio: a flow is started, and no URL is called",
        ]
    );
    assert_eq!(
        of("onParticipantAdded"),
        [
            "conversation no documented: its filters lack onParticipantAdded",
            "conversation no assumed: its words are looked for at onMessageAdded only",
            "conversation no assumed: its target is studio: a flow is started at onMessageAdded only",
        ]
    );
    let pre = "conversation no documented: a conversation's webhooks report post-events only";
    assert_eq!(of("onMessageAdd"), [pre; 3]);
    site.apply("[services.Support]\nconversations.order-4711 = []\n");
    assert_eq!(of("onMessageAdded"), ["conversation no documented: the conversation has no webhooks"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_contradict_each_other_are_errors() {
    let site = Site::start().await;
    let fails = |args: &str| site.run(&format!("explain {args}")).fails(2);
    assert!(fails("--event onMessageAdded --webhook-enabled").contains("so it needs --source api"));
    assert!(fails("--event onMessageAdded --source timer").contains("a timer causes onConversationStateUpdated only"));
    let stderr = fails("--event onMessage");
    assert!(stderr.contains("invalid value 'onMessage'") && stderr.contains("onMessageAdded"), "{stderr}");
    assert!(fails("").contains("--event <EVENT>"));
    assert_eq!(site.proxy.take(), []);
    site.run("explain --event onMessageAdded --conversation order-1").fails(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_is_not_named_is_mentioned() {
    let site = Site::start().await;
    assert!(site.run("explain --event ONMESSAGEADDED").stderr.contains("which --conversation includes"));
    assert_eq!(site.run("explain --event onMessageAdd").stderr, "", "a pre-event never calls one");
}

/// Account, service and conversation, as a file, and whether the service is that of the conversation.
const SITES: &[&str] = &[
    "[account]\npost_webhook_url = \"URL/account\"\nfilters = [\"onMessageAdded\", \"onMessageAdd\"]\n",
    "[account]\nmethod = \"POST\"\npre_webhook_url = \"URL/pre\"\npost_webhook_url = \"URL/account\"\n\
     filters = [\"onMessageAdded\", \"onMessageAdd\"]\n",
    "[account]\npost_webhook_url = \"URL/account\"\nfilters = []\n",
    "[account]\npost_webhook_url = \"URL/account\"\nfilters = [\"onMessageAdded\"]\n\
     [services.SERVICE]\npre_webhook_url = \"URL/service\"\nfilters = [\"onMessageAdd\"]\n",
    "[account]\npost_webhook_url = \"URL/account\"\nfilters = [\"onMessageAdded\"]\n\
     [services.SERVICE]\nfilters = [\"onMessageAdd\"]\n",
    "[services.SERVICE]\npost_webhook_url = \"URL/service\"\nmethod = \"GET\"\nfilters = [\"onMessageAdded\"]\n\
     [[services.SERVICE.conversations.order]]\ntarget = \"webhook\"\nurl = \"URL/order\"\nfilters = [\"onMessageAdded\"]\n\
     [[services.SERVICE.conversations.order]]\ntarget = \"webhook\"\nurl = \"URL/other\"\n\
     filters = [\"onParticipantAdded\"]\n\
     [[services.SERVICE.conversations.order]]\ntarget = \"trigger\"\nurl = \"URL/words\"\nmethod = \"GET\"\n\
     triggers = [\"help\"]\n\
     [[services.SERVICE.conversations.order]]\ntarget = \"studio\"\n\
     flow_sid = \"FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n",
];

/// The webhooks that `explain` says are called: scope, method and URL, or the flow.
fn explained(twconv: &Twconv, event: &EventType, cause: &str) -> BTreeSet<(String, String, String)> {
    let text = twconv.run(&format!("webhooks explain --event {event} --conversation order {cause}")).ok();
    let called = rows(&text).into_iter().filter(|row| row["fires"] != "no");
    let string = |value: &Value| value.as_str().map(str::to_owned);
    called
        .map(|row| {
            assert_eq!(row["order"], 1);
            let scope = if row["scope"] == "conversation" { &row["sid"] } else { &row["scope"] };
            // A flow is recorded by the emulator as a call of the flow by POST.
            let method = string(&row["method"]).unwrap_or_else(|| "POST".to_owned());
            let url = string(&row["url"]).or_else(|| string(&row["flow_sid"])).unwrap();
            (string(scope).unwrap(), method, url)
        })
        .collect()
}

/// The webhooks that the emulator called for an event.
fn called(emulator: &Emulator, event: &EventType, after: usize) -> BTreeSet<(String, String, String)> {
    let mut deliveries = emulator.deliveries().unwrap();
    deliveries.sort_by_key(|delivery| delivery.id);
    let calls = deliveries.into_iter().skip(after).filter(|delivery| delivery.event == *event);
    calls
        .map(|delivery| {
            let url = delivery.url.split('?').next().unwrap().to_owned();
            (delivery.scope, delivery.method.as_str().to_owned(), url)
        })
        .collect()
}

async fn say_by_rest(client: &Client, webhook_enabled: bool) {
    let messages = client.conversation("order").messages();
    messages.create().body("help").webhook_enabled(webhook_enabled).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_agrees_with_the_calls_of_the_emulator() {
    // No receiver is needed: a call that fails is a call.
    let builder = Emulator::builder().retries(0, std::time::Duration::ZERO);
    let emulator = builder.start().await.unwrap();
    let client = ClientBuilder::from_vars(|name| emulator.var(name)).unwrap().build().unwrap();
    let conversation = client.conversations().create().unique_name("order").await.unwrap();
    client.conversation("order").participants().create().identity("alice").await.unwrap();
    let service = conversation.chat_service_sid.unwrap();
    let twconv = Twconv::on(&emulator);
    let clear = "[account]\npre_webhook_url = \"\"\npost_webhook_url = \"\"\nfilters = []\n\
                 [services.SERVICE]\npre_webhook_url = \"\"\npost_webhook_url = \"\"\nfilters = []\n\
                 conversations.order = []\n";
    let mut calls = 0;
    for site in SITES {
        let file = |text: &str| text.replace("SERVICE", service.as_str()).replace("URL", "http://127.0.0.1:9");
        twconv.run_with("webhooks apply - --yes", &file(clear)).ok();
        twconv.run_with("webhooks apply - --yes", &file(site)).ok();
        for cause in ["--source sdk", "--source api", "--source api --webhook-enabled"] {
            let before = emulator.deliveries().unwrap().len();
            match cause {
                "--source sdk" => drop(emulator.say("order", "alice", "help").await.unwrap()),
                _ => say_by_rest(&client, cause.ends_with("enabled")).await,
            }
            emulator.settle().await.unwrap();
            for event in [EventType::MessageAdd, EventType::MessageAdded] {
                let expected = called(&emulator, &event, before);
                assert_eq!(explained(&twconv, &event, cause), expected, "{event} {cause}\n{site}");
                calls += expected.len();
            }
        }
    }
    assert!(calls > 12, "{calls} calls");
    let targets = client.conversation("order").webhooks().list().stream().try_collect().await.unwrap();
    assert!(targets.iter().any(|webhook| webhook.target == Some(ScopedWebhookTarget::Studio)));
}
