//! `twconv webhooks apply`: the requests, and the state after an error or a kill.

use std::process::Stdio;

use twilio_conversations::{EventType, v1::ScopedWebhookTarget};

use super::{proxy::Disturbance, site::Site};
use crate::support::Twconv;

const ALL: &str = r#"
[account]
method = "POST"
pre_webhook_url = "https://example.com/pre"
post_webhook_url = "https://example.com/post"
filters = ["onMessageAdd", "onMessageAdded"]

[services.Support]
method = "GET"
post_webhook_url = "https://example.com/support"
filters = ["onMessageAdded"]

[[services.Support.conversations.order-4711]]
target = "webhook"
url = "https://example.com/order"
method = "POST"
filters = ["onMessageAdded", "onParticipantAdded"]

[[services.Support.conversations.order-4711]]
target = "trigger"
url = "https://example.com/words"
triggers = ["help", "talk to agent"]

[[services.Support.conversations.order-4711]]
target = "studio"
flow_sid = "FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_second_run_sends_no_change() {
    let site = Site::start().await;
    let writes = site.apply(ALL);
    assert_eq!(writes.len(), 5, "{writes:#?}");
    assert_eq!(
        writes[0].body,
        "Method=POST&Filters=onMessageAdd&Filters=onMessageAdded&PreWebhookUrl=https%3A%2F%2Fexample.com%2Fpre&\
         PostWebhookUrl=https%3A%2F%2Fexample.com%2Fpost"
    );
    assert_eq!(site.apply(ALL), []);
    let again = site.run("apply webhooks.toml").ok();
    assert_eq!(again, "no changes: the webhooks are as in webhooks.toml\n", "without --yes, since nothing changes");
    assert_eq!(site.run("plan webhooks.toml").ok(), again);
    assert_eq!(site.scoped().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_fields_that_differ_are_sent() {
    let site = Site::start().await;
    site.apply(ALL);
    let writes = site.apply(
        r#"
[account]
method = "POST"
filters = ["onMessageAdded", "onUserAdded"]
pre_webhook_url = "https://example.com/pre"
[services.Support]
method = "post"
"#,
    );
    let bodies: Vec<&str> = writes.iter().map(|seen| seen.body.as_str()).collect();
    assert_eq!(bodies, ["Filters=onMessageAdded&Filters=onUserAdded", "Method=POST"]);
    let account = site.client.configuration().webhooks().fetch().await.unwrap();
    assert_eq!(account.post_webhook_url.as_deref(), Some("https://example.com/post"), "an absent key is kept");
    assert_eq!(site.scoped().await.len(), 3, "an absent conversation is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_key_clears_and_an_absent_one_keeps() {
    let site = Site::start().await;
    site.apply(ALL);
    let writes = site.apply(
        r#"
[account]
pre_webhook_url = ""
filters = []
[services.Support]
conversations.order-4711 = []
"#,
    );
    assert_eq!(writes[0].body, "Filters=&PreWebhookUrl=");
    let account = site.client.configuration().webhooks().fetch().await.unwrap();
    assert_eq!((account.pre_webhook_url, account.filters), (None, Some(Vec::new())));
    assert_eq!(account.post_webhook_url.as_deref(), Some("https://example.com/post"));
    let service = site.client.service(&site.service).configuration().webhooks().fetch().await.unwrap();
    assert_eq!(service.post_webhook_url.as_deref(), Some("https://example.com/support"));
    assert_eq!(site.scoped().await, [], "an empty list deletes all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_with_its_sid_is_updated_in_place_and_one_without_is_replaced() {
    let site = Site::start().await;
    site.apply(ALL);
    let sid = site.scoped().await[0].sid.clone();
    let file = |sid: &str, url: &str| {
        format!(
            "[[services.Support.conversations.order-4711]]\n{sid}\ntarget = \"webhook\"\nurl = \"{url}\"\n\
             filters = [\"onMessageAdded\"]\n"
        )
    };
    let writes = site.apply(&file(&format!("sid = \"{sid}\""), "https://example.com/moved"));
    assert_eq!(writes.len(), 3, "an update and two deletes: {writes:#?}");
    assert_eq!(
        writes[0].body,
        "Configuration.Url=https%3A%2F%2Fexample.com%2Fmoved&Configuration.Filters=onMessageAdded"
    );
    assert_eq!(site.scoped().await[0].sid, sid);
    let writes = site.apply(&file("", "https://example.com/again"));
    let methods: Vec<&str> = writes.iter().map(|seen| seen.method.as_str()).collect();
    assert_eq!(methods, ["POST", "DELETE"], "created before the old one is deleted, so that no event is missed");
    assert_ne!(site.scoped().await[0].sid, sid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_with_five_webhooks_can_change_all_of_them() {
    let site = Site::start().await;
    let file = |path: &str| -> String {
        let webhook = |i: u32| {
            format!(
                "[[services.Support.conversations.order-4711]]\ntarget = \"webhook\"\n\
                 url = \"https://example.com/{path}/{i}\"\nfilters = [\"onMessageAdded\"]\n"
            )
        };
        (0..5).map(webhook).collect()
    };
    assert_eq!(site.apply(&file("a")).len(), 5);
    assert_eq!(site.apply(&file("b")).len(), 10);
    assert_eq!(site.apply(&file("b")), []);
    assert_eq!(site.scoped().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_sid_and_another_target_create_a_webhook_once() {
    let site = Site::start().await;
    site.apply(ALL);
    let sid = site.scoped().await[0].sid.clone();
    let file = format!(
        r#"
[[services.Support.conversations.order-4711]]
sid = "{sid}"
target = "trigger"
url = "https://example.com/order"
triggers = ["help"]
[[services.Support.conversations.order-4711]]
sid = "WHffffffffffffffffffffffffffffffff"
target = "webhook"
url = "https://example.com/new"
filters = ["onMessageAdded"]
replay_after = 3
"#
    );
    let writes = site.apply(&file);
    assert!(writes.iter().any(|seen| seen.body.contains("Configuration.ReplayAfter=3")), "{writes:#?}");
    let targets: Vec<ScopedWebhookTarget> =
        site.scoped().await.into_iter().filter_map(|webhook| webhook.target).collect();
    assert_eq!(targets, [ScopedWebhookTarget::Trigger, ScopedWebhookTarget::Webhook]);
    assert_eq!(site.apply(&file), [], "the SIDs of the file do not exist, and the webhooks are found all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_any_change_is_made_up_for_by_the_next_run() {
    for done in 1..=5 {
        // The last of these changes is carried out, and its response never arrives.
        let rule = move |_: &_, before| if before + 1 == done { Disturbance::Hang } else { Disturbance::None };
        let site = Site::disturbed(rule).await;
        site.write("webhooks.toml", ALL);
        let mut command = site.twconv.command("webhooks apply webhooks.toml --yes");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        site.proxy.hung().await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(site.proxy.take_writes().len(), done);
        assert_eq!(site.run("plan webhooks.toml").code, if done < 5 { 2 } else { 0 });
        let plan = site.run("plan webhooks.toml --jq .action").stdout;
        assert_eq!(plan.lines().count(), 5 - done);
        // The rule does not count these again.
        let next = Twconv::on(&site.emulator);
        let text = std::fs::read_to_string(site.twconv.home().join("webhooks.toml")).unwrap();
        let rows = next.run_with("webhooks apply - --yes -o ndjson", &text).ok();
        assert_eq!(rows.lines().count(), 5 - done, "{rows}");
        assert_eq!(site.scoped().await.len(), 3);
        assert_eq!(next.run_with("webhooks apply -", &text).ok(), "no changes: the webhooks are as in stdin\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_response_is_lost_is_not_repeated() {
    let rule = |seen: &super::proxy::Seen, _| {
        if seen.body.contains("Target=trigger") { Disturbance::Lose } else { Disturbance::None }
    };
    let site = Site::disturbed(rule).await;
    site.write("webhooks.toml", ALL);
    let ended = site.run("apply webhooks.toml --yes");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("3 of 5 changes were made, and the same command makes the rest"), "{ended:?}");
    assert!(ended.stderr.contains(r#"changing service "Support" conversation "order-4711" trigger"#), "{ended:?}");
    assert_eq!(ended.stdout.lines().count(), 3, "{ended:?}");
    let writes = site.proxy.take_writes();
    assert_eq!(writes.iter().filter(|seen| seen.body.contains("Target=trigger")).count(), 1);
    // The webhook exists, so that the next run makes the last change only.
    assert_eq!(site.apply(ALL).len(), 1);
    assert_eq!(site.scoped().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_response_is_printed_with_the_change_that_it_stopped() {
    let rule = |_: &_, before| if before == 1 { Disturbance::Fail } else { Disturbance::None };
    let site = Site::disturbed(rule).await;
    site.write("webhooks.toml", ALL);
    let ended = site.run("apply webhooks.toml --yes");
    assert_eq!((ended.code, ended.stdout.as_str()), (1, "updated account\n"));
    assert!(ended.stderr.contains("1 of 5 changes were made"), "{ended:?}");
    assert!(ended.stderr.contains("out of order") && ended.stderr.contains("20500"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_keeps_something_else_is_reported() {
    let rule = |seen: &super::proxy::Seen, _| {
        if seen.path.ends_with("/v1/Configuration/Webhooks") { Disturbance::Ignore } else { Disturbance::None }
    };
    let site = Site::disturbed(rule).await;
    site.write("webhooks.toml", ALL);
    let ended = site.run("apply webhooks.toml --yes");
    assert_eq!(ended.code, 1, "{ended:?}");
    let expected = "all changes were sent, and the server still differs from webhooks.toml:\n  ~ account  method: GET";
    assert!(ended.stderr.contains(expected), "{ended:?}");
    assert!(!ended.stderr.contains("~ service \"Support\"  method: none"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_without_a_confirmation() {
    let site = Site::start().await;
    site.write("webhooks.toml", ALL);
    let stderr = site.run("apply webhooks.toml").fails(2);
    assert!(stderr.contains("~ account  method: GET -> POST"), "{stderr}");
    assert!(stderr.contains("confirm by --yes"), "{stderr}");
    assert!(stderr.contains("3 to create, 2 to update, 0 to delete"), "{stderr}");
    assert_eq!(site.proxy.take_writes(), []);
    let stderr = site.run("apply webhooks.toml --yes --silent");
    assert_eq!((stderr.code, stderr.stderr.as_str()), (0, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_closes_the_pipe_does_not_stop_the_changes() {
    let site = Site::start().await;
    site.write("webhooks.toml", ALL);
    let mut command = site.twconv.command("webhooks apply webhooks.toml --yes");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    child.wait().unwrap();
    assert_eq!(site.proxy.take_writes().len(), 5);
    assert_eq!(site.apply(ALL), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_from_stdin_is_applied() {
    let site = Site::start().await;
    site.twconv.run_with("webhooks apply - --yes", "[account]\nfilters = [\"onmessageadded\"]\n").ok();
    let account = site.client.configuration().webhooks().fetch().await.unwrap();
    assert_eq!(account.filters, Some(vec![EventType::MessageAdded]));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_a_row_for_programs() {
    let site = Site::start().await;
    site.write("webhooks.toml", ALL);
    let text = site.run("apply webhooks.toml --yes -o json").ok();
    let rows: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 5);
    assert_eq!(rows[0]["changes"][0], serde_json::json!({"field": "method", "before": "GET", "after": "POST"}));
    assert_eq!((&rows[2]["action"], &rows[2]["scope"]), (&"create".into(), &"conversation".into()));
    assert_eq!(rows[2]["sid"], site.scoped().await[0].sid.as_str(), "the SID of the new webhook");
    assert_eq!(site.run("apply webhooks.toml --yes -o json").ok(), "[]\n");
}
