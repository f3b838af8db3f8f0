//! `twconv doctor` against an emulator, and against servers of the test's own.

use serde_json::Value;
use twilio_conversations::{
    Client, EventType, HttpMethod, ServiceSid,
    v1::{AddressType, AutoCreationType, ScopedWebhookTarget, WebhookMethod},
};
use twilio_conversations_emulator::{Emulator, Fault};

use super::support::{Bench, Run, TOKEN, client};

/// A row of `doctor`.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) check: String,
    pub(super) result: String,
    pub(super) subject: String,
    finding: String,
    advice: String,
}

impl Row {
    fn new(row: &Value) -> Self {
        let text = |name: &str| row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}")).to_owned();
        let (check, result, subject) = (text("check"), text("result"), text("subject"));
        Self { check, result, subject, finding: text("finding"), advice: text("advice") }
    }
}

pub(super) fn rows(run: &Run) -> Vec<Row> {
    run.rows().iter().map(Row::new).collect()
}

/// The rows of a check that are no `ok`, as `result subject: finding`.
pub(super) fn findings(run: &Run, check: &str) -> Vec<String> {
    let rows = rows(run).into_iter().filter(|row| row.check == check && row.result != "ok");
    rows.map(|row| {
        assert!(!row.advice.is_empty(), "{row:?}");
        format!("{} {}: {}", row.result, row.subject, row.finding)
    })
    .collect()
}

#[track_caller]
pub(super) fn finds(run: &Run, check: &str, result: &str, part: &str) {
    let found = findings(run, check);
    assert!(found.iter().any(|row| row.starts_with(result) && row.contains(part)), "{check}, {part}: {found:?}");
}

/// An emulator whose account has nothing wrong.
pub(super) async fn healthy() -> (Emulator, Client, Bench) {
    let emulator = Emulator::builder().auth_token(TOKEN).start().await.unwrap();
    let (client, bench) = (client(&emulator), Bench::new(&emulator));
    set_webhooks(&client, &[("https://hooks.shop.com/pre", "https://hooks.shop.com/post")]).await;
    (emulator, client, bench)
}

pub(super) async fn set_webhooks(client: &Client, urls: &[(&str, &str)]) {
    for (pre, post) in urls {
        let update = client.configuration().webhooks().update().method(HttpMethod::Post);
        let update = update.filters([EventType::MessageAdd, EventType::MessageAdded]);
        update.pre_webhook_url(*pre).post_webhook_url(*post).await.unwrap();
    }
}

pub(super) async fn default_service(client: &Client) -> ServiceSid {
    client.configuration().fetch().await.unwrap().default_chat_service_sid.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_flaws_has_only_rows_that_are_ok() {
    let (emulator, client, bench) = healthy().await;
    let service = default_service(&client).await;
    let hook = client.service(&service).configuration().webhooks();
    hook.update()
        .method("POST")
        .post_webhook_url("https://hooks.shop.com/service")
        .filters([EventType::MessageAdded])
        .await
        .unwrap();
    let addresses = client.configuration().address_configurations();
    let address = addresses.create(AddressType::Sms, "+15551239999").auto_creation_enabled(true);
    let address = address.auto_creation_type(AutoCreationType::Webhook);
    let address = address.auto_creation_webhook_url("https://hooks.shop.com/address");
    let address = address.auto_creation_webhook_method(WebhookMethod::Post);
    let address = address.auto_creation_conversation_service_sid(&service);
    address.auto_creation_webhook_filters([EventType::MessageAdded]).await.unwrap();
    let conversation = client.conversations().create().await.unwrap().sid;
    let webhooks = client.conversation(&conversation).webhooks();
    let webhook = webhooks.create(ScopedWebhookTarget::Webhook).configuration_url("https://hooks.shop.com/scoped");
    let webhook = webhook.configuration_method(WebhookMethod::Post);
    webhook.configuration_filters([EventType::MessageAdded]).await.unwrap();

    let run = bench.run(&["doctor", "--conversations", "all"]).await.exits(0);
    let rows = rows(&run);
    assert!(rows.iter().all(|row| row.result == "ok"), "{rows:#?}");
    let checks: Vec<&str> = rows.iter().map(|row| row.check.as_str()).collect();
    let expected = [
        "credentials",
        "clock",
        "region",
        "base-url",
        "default-service",
        "timers",
        "webhook-url",
        "webhook-method",
        "webhook-filters",
        "webhook-target",
        "address-service",
        "address-action",
        "default-roles",
    ];
    assert_eq!(checks, expected);
    let credentials = &rows[0];
    assert_eq!(credentials.subject, emulator.account_sid());
    assert!(credentials.finding.contains("the auth token of the environment"), "{credentials:?}");
    assert!(!run.stdout.contains(TOKEN) && !run.stderr.contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written() {
    let emulator = Emulator::builder().fault(fault("500:Create")).fault(fault("500:Update")).fault(fault("500:Delete"));
    let emulator = emulator.start().await.unwrap();
    let bench = Bench::new(&emulator);
    bench.run(&["doctor", "--conversations", "all", "--probe"]).await.exits(0);
}

fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_and_missing_credentials_are_problems() {
    let (emulator, _, _) = healthy().await;
    let token = "deadbeefdeadbeefdeadbeefdeadbeef";
    let bench = Bench::of(emulator.base_url(), emulator.account_sid(), token);
    let run = bench.run(&["doctor"]).await.exits(1);
    finds(&run, "credentials", "problem", "the environment");
    assert!(!run.stdout.contains(token) && !run.stderr.contains(token));

    let bench = bench.with("TWILIO_AUTH_TOKEN", "");
    let run = bench.run(&["doctor"]).await.exits(1);
    finds(&run, "credentials", "problem", "TWILIO_AUTH_TOKEN");
    let bench = bench.with("TWILIO_ACCOUNT_SID", "");
    let run = bench.run(&["doctor"]).await.exits(1);
    finds(&run, "credentials", "problem", "no credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_hides_the_active_profile_is_a_warning() {
    let (emulator, _, bench) = healthy().await;
    let folder = bench.home().join(".config/twconv");
    std::fs::create_dir_all(&folder).unwrap();
    let write = |sid: &str| {
        let text = format!("active = \"shop\"\n[profiles.shop]\naccount-sid = \"{sid}\"\nauth-token = \"x\"\n");
        let path = folder.join("profiles.toml");
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    };
    write("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    finds(&bench.run(&["doctor"]).await.exits(0), "credentials", "warning", "profile \"shop\"");
    write(emulator.account_sid());
    assert!(findings(&bench.run(&["doctor"]).await.exits(0), "credentials").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_a_problem() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let bench = Bench::of(&url, "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "secret");
    let run = bench.run(&["doctor"]).await.exits(1);
    finds(&run, "api", "problem", "FetchConfiguration");
}

#[tokio::test(flavor = "multi_thread")]
async fn region_and_edge_that_a_base_url_overrides_are_warnings() {
    let (_emulator, _, bench) = healthy().await;
    let bench = bench.with("TWILIO_REGION", "us1");
    let run = bench.run(&["doctor"]).await.exits(1);
    finds(&run, "region", "problem", "without an edge");
    finds(&run, "base-url", "warning", "ignored");
    let bench = bench.with("TWILIO_EDGE", "ashburn");
    let run = bench.run(&["doctor"]).await.exits(0);
    assert!(findings(&run, "region").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_whose_service_is_gone_are_problems() {
    let (_emulator, client, bench) = healthy().await;
    let service = client.services().create("gone").await.unwrap().sid;
    let addresses = client.configuration().address_configurations();
    let address = addresses.create(AddressType::Sms, "+15551239999").auto_creation_enabled(true);
    let address = address.auto_creation_conversation_service_sid(&service).await.unwrap();
    assert!(findings(&bench.run(&["doctor"]).await.exits(0), "address-service").is_empty());
    client.service(&service).delete().await.unwrap();
    let run = bench.run(&["doctor"]).await.exits(1);
    finds(&run, "address-service", &format!("problem address {} (sms +15551239999)", address.sid), service.as_str());
    client.configuration().address_configuration(&address.sid).update().auto_creation_enabled(false).await.unwrap();
    bench.run(&["doctor"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_service_that_is_missing_is_found() {
    let (_emulator, client, bench) = healthy().await;
    let service = default_service(&client).await;
    client.service(&service).delete().await.unwrap();
    let run = bench.run(&["doctor"]).await;
    assert_eq!(findings(&run, "default-service").len(), 1, "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn default_roles_that_are_gone_are_found() {
    let (_emulator, client, bench) = healthy().await;
    let service = client.services().create("shop").await.unwrap().sid;
    let role = client.service(&service).configuration().fetch().await.unwrap().default_conversation_role_sid.unwrap();
    client.service(&service).role(&role).delete().await.unwrap();
    let run = bench.run(&["doctor"]).await;
    let found = findings(&run, "default-roles");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("(shop)") && found[0].contains("participants"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_of_conversations_are_checked_when_wanted_and_grouped() {
    let (_emulator, client, bench) = healthy().await;
    for _ in 0..3 {
        let conversation = client.conversations().create().await.unwrap().sid;
        let webhooks = client.conversation(&conversation).webhooks();
        let webhook = webhooks.create(ScopedWebhookTarget::Webhook).configuration_url("https://x.loca.lt");
        let webhook = webhook.configuration_method(WebhookMethod::Post);
        webhook.configuration_filters([EventType::MessageAdded]).await.unwrap();
    }
    let run = bench.run(&["doctor"]).await.exits(0);
    assert!(findings(&run, "webhook-url").is_empty());
    let run = bench.run(&["doctor", "--conversations", "all"]).await.exits(0);
    let found = findings(&run, "webhook-url");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("and 2 more") && found[0].contains("loca.lt"), "{found:?}");
    let run = bench.run(&["doctor", "--conversations", "2"]).await.exits(0);
    assert!(findings(&run, "webhook-url")[0].contains("and 1 more"));
    for bad in ["some", "-1", ""] {
        bench.run(&["doctor", &format!("--conversations={bad}")]).await.exits(2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_service_is_checked_alone() {
    let (_emulator, client, bench) = healthy().await;
    let mut sids = Vec::new();
    for name in ["one", "two"] {
        let service = client.services().create(name).await.unwrap().sid;
        let hook = client.service(&service).configuration().webhooks();
        hook.update().method("GET").post_webhook_url("https://a.com").filters([EventType::MessageAdded]).await.unwrap();
        sids.push(service);
    }
    assert_eq!(findings(&bench.run(&["doctor"]).await.exits(0), "webhook-method").len(), 2);
    let run = bench.run(&["doctor", "--service", sids[1].as_str()]).await.exits(0);
    let found = findings(&run, "webhook-method");
    assert!(found.len() == 1 && found[0].contains("(two)"), "{found:?}");
    bench.run(&["doctor", "--service", "ISffffffffffffffffffffffffffffffff"]).await.exits(3);
    bench.run(&["doctor", "--service", "shop"]).await.exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_cannot_be_read_is_a_problem_and_the_rest_is_checked() {
    let emulator = Emulator::builder().fault(fault("500:FetchConfigurationWebhook")).start().await.unwrap();
    let run = Bench::new(&emulator).run(&["doctor"]).await.exits(1);
    finds(&run, "api", "problem webhooks of the account", "500");
    assert!(rows(&run).iter().any(|row| row.check == "default-roles" && row.result == "ok"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_differs_from_the_servers_is_a_problem() {
    const BODY: &str = r#"{"account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
    let app = axum::Router::new().fallback(|| async {
        ([("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("content-type", "application/json")], BODY)
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let run = Bench::of(&url, "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "secret").run(&["doctor"]).await;
    let run = run.exits(1);
    finds(&run, "clock", "problem", "ahead");
}
