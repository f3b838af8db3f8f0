//! `twconv webhooks pull`: a file that `plan` reads.

use twilio_conversations::{EventType, v1::ScopedWebhookTarget};
use twilio_conversations_emulator::Emulator;

use super::site::Site;
use crate::support::Twconv;

/// Values that need quotes or escapes.
const FILE: &str = r#"
[account]
method = "POST"
pre_webhook_url = "https://example.com/pre?a='b'"
post_webhook_url = "https://example.com/post"
filters = ["onMessageAdded", "onUserAdded"]
target = "flex"
[services."Support"]
post_webhook_url = "https://example.com/support"
filters = ["onMessageAdded"]
[[services.Support.conversations.order-4711]]
target = "webhook"
url = "https://example.com/order"
method = "GET"
filters = ["onMessageAdded"]
[[services.Support.conversations.order-4711]]
target = "trigger"
url = "https://example.com/words"
triggers = ['say "help"', 'back\slash', "two\nlines"]
[[services.Support.conversations.order-4711]]
target = "studio"
flow_sid = "FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_a_pulled_file_has_no_changes() {
    let site = Site::start().await;
    site.apply(FILE);
    site.client.services().create("Two\nlines \u{202e}").await.unwrap();
    for args in ["", "--names", "--all-conversations"] {
        let text = site.run(&format!("pull {args}")).ok();
        site.write("pulled.toml", &text);
        assert_eq!(site.run("plan pulled.toml").ok(), "no changes: the webhooks are as in pulled.toml\n", "{text}");
        assert_eq!(text.matches("[[services.").count(), 3, "{text}");
        assert_eq!(text.contains("sid = \"WH"), args != "--names", "{text}");
        assert!(!text.contains('\u{202e}') || args == "--names", "{text}");
    }
    let text = site.run("pull").ok();
    assert!(text.contains(&format!("# Support\n[services.{}]\n", site.service)), "{text}");
    assert!(text.contains("# order-4711\n[[services.IS"), "{text}");
    let names = site.run("pull --names").ok();
    assert!(names.contains(&format!("# {}\n[services.Support]\n", site.service)), "{names}");
    assert!(names.contains("[[services.Support.conversations.order-4711]]\n"), "{names}");
    assert_eq!(site.proxy.take_writes(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_names_can_be_applied_to_another_account() {
    let (site, other) = (Site::start().await, Site::start().await);
    site.apply(FILE);
    other.write("webhooks.toml", &site.run("pull --names").ok());
    other.run("apply webhooks.toml --yes").ok();
    assert_eq!(other.run("plan webhooks.toml").code, 0);
    let triggers = other.scoped().await.into_iter().find(|hook| hook.target == Some(ScopedWebhookTarget::Trigger));
    let words = triggers.unwrap().configuration.unwrap();
    assert_eq!(words.trigger_words(), ["say \"help\"", "back\\slash", "two\nlines"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_of_one_name_cannot_be_pulled_by_name() {
    let site = Site::start().await;
    site.client.services().create("Support").await.unwrap();
    let stderr = site.run("pull --names").fails(1);
    assert!(stderr.contains("have the same friendly name \"Support\""), "{stderr}");
    site.run("pull").ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_account_is_pulled_on_request() {
    let site = Site::start().await;
    site.apply(FILE);
    let text = site.run(&format!("pull --service {}", site.service)).ok();
    assert!(!text.contains("[account]") && text.contains("FWaaaa"), "{text}");
    assert_eq!(text.matches("\n[services.").count(), 1, "{text}");
    let ended = site.run("pull --max-conversations 0");
    assert!(!ended.stdout.contains("[[services") && ended.stderr.contains("are left out"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn undocumented_filters_are_pulled_with_a_note() {
    let site = Site::start().await;
    let service = site.client.service(&site.service).configuration().webhooks();
    service.update().filters([EventType::UserAdded, EventType::MessageAdded]).await.unwrap();
    let ended = site.run("pull");
    assert!(ended.stderr.contains("need --any-event"), "{ended:?}");
    assert!(ended.stderr.trim_end().ends_with("for their layer: onUserAdded"), "{ended:?}");
    site.write("webhooks.toml", &ended.stdout);
    site.run("plan webhooks.toml").fails(2);
    site.run("plan webhooks.toml --any-event").ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_plan_could_not_read_is_not_written() {
    let emulator = Emulator::start().await.unwrap();
    let twconv = Twconv::on(&emulator);
    let url = format!("https://example.com/{}", "x".repeat(60_000));
    let client = twilio_conversations::ClientBuilder::from_vars(|name| emulator.var(name)).unwrap().build().unwrap();
    for i in 0..9 {
        let sid = client.services().create(format!("{i}")).await.unwrap().sid;
        let update = client.service(&sid).configuration().webhooks().update();
        update.pre_webhook_url(&url).post_webhook_url(&url).await.unwrap();
    }
    let stderr = twconv.run("webhooks pull").fails(1);
    assert!(stderr.contains("the file would have more than 1 MiB"), "{stderr}");
}
