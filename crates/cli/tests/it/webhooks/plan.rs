//! `twconv webhooks plan`: the differences, and the names in a file.

use twilio_conversations::EventType;

use super::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_after_a_manual_change_shows_it() {
    let site = Site::start().await;
    let file = r#"
[account]
method = "POST"
post_webhook_url = "https://example.com/post"
filters = ["onMessageAdded", "onConversationAdded"]

[[services.Support.conversations.order-4711]]
target = "webhook"
url = "https://example.com/order"
filters = ["onMessageAdded"]
"#;
    site.apply(file);
    assert_eq!(site.run("plan webhooks.toml").code, 0);
    let account = site.client.configuration().webhooks();
    let changed = account.update().filters([EventType::MessageAdded, EventType::UserAdded]).clear_post_webhook_url();
    changed.await.unwrap();
    let sid = site.scoped().await[0].sid.clone();
    let conversation = site.client.service(&site.service).conversation("order-4711");
    conversation.webhook(sid).delete().await.unwrap();
    conversation.webhooks().create("studio").configuration_flow_sid(flow()).await.unwrap();
    let extra = site.scoped().await[0].sid.clone();

    let plan = site.run("plan webhooks.toml");
    let expected = format!(
        "~ account  post_webhook_url: https://example.com/post\n\
         ~ account  filters: +onConversationAdded -onUserAdded\n\
         + service \"Support\" conversation \"order-4711\" webhook https://example.com/order  filters: +onMessageAdded\n\
         - service \"Support\" conversation \"order-4711\" studio {extra} FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  \
         (not in the file)\n\
         plan: 1 to create, 1 to update, 1 to delete\n"
    );
    assert_eq!((plan.code, plan.stdout, plan.stderr.as_str()), (2, expected, ""));
    assert_eq!(site.proxy.take_writes(), [], "a plan changes nothing");
}

fn flow() -> twilio_conversations::FlowSid {
    "FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_filters_and_words_and_the_case_of_methods_do_not_matter() {
    let site = Site::start().await;
    let file = |filters: &str, triggers: &str, method: &str| {
        format!(
            "[account]\nfilters = [{filters}]\nmethod = \"{method}\"\n\
             [[services.Support.conversations.order-4711]]\ntarget = \"trigger\"\nmethod = \"{method}\"\n\
             url = \"https://example.com/words\"\ntriggers = [{triggers}]\n"
        )
    };
    site.apply(&file(r#""onMessageAdded", "onUserAdded""#, r#""help", "agent""#, "POST"));
    site.write("b.toml", &file(r#""onUserAdded", "onMessageAdded", "onUserAdded""#, r#""agent", "help""#, "post"));
    assert_eq!(site.run("plan b.toml").ok(), "no changes: the webhooks are as in b.toml\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_json_on_request() {
    let site = Site::start().await;
    site.write("webhooks.toml", "[services.Support]\npre_webhook_url = \"https://example.com/pre\"\n");
    let plan = site.run("plan webhooks.toml -o json");
    let rows: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let expected = serde_json::json!([{
        "action": "update", "scope": "service", "service": "Support", "chat_service_sid": site.service.as_str(),
        "conversation": null, "conversation_sid": null, "sid": null, "target": null, "url": null, "flow_sid": null,
        "changes": [{"field": "pre_webhook_url", "before": null, "after": "https://example.com/pre"}],
    }]);
    assert_eq!((plan.code, rows), (2, expected));
    assert!(site.run("plan webhooks.toml --json").ok().starts_with("action\nscope\n"));
    let filtered = site.run("plan webhooks.toml --jq .changes[].field");
    assert_eq!((filtered.code, filtered.stdout.as_str()), (2, "pre_webhook_url\n"));
    assert!(site.run("plan webhooks.toml --json nothing").fails(2).contains("there is no member \"nothing\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_mark_the_differences_on_request() {
    let site = Site::start().await;
    site.write("webhooks.toml", "[account]\nmethod = \"POST\"\n");
    let plan = site.run("plan webhooks.toml --color always").stdout;
    assert!(plan.starts_with("\u{1b}[33m~\u{1b}[0m account  method: GET -> POST\n"), "{plan:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn services_and_conversations_are_named_by_sid_too() {
    let site = Site::start().await;
    let conversation = site.client.service(&site.service).conversation("order-4711").fetch().await.unwrap().sid;
    let service = &site.service;
    site.write(
        "webhooks.toml",
        &format!(
            "[services.{service}]\nfilters = [\"onMessageAdded\"]\n[[services.{service}.conversations.{conversation}]]\n\
             target = \"webhook\"\nurl = \"https://example.com\"\nfilters = [\"onMessageAdded\"]\n"
        ),
    );
    let plan = site.run("plan webhooks.toml");
    assert_eq!((plan.code, plan.stdout.lines().count()), (2, 3), "{plan:?}");
    let seen = site.proxy.take();
    assert!(seen.iter().all(|seen| seen.path.contains("/Webhooks")), "no list of services is read: {seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_unknown_ambiguous_or_twice_are_errors_with_their_lines() {
    let site = Site::start().await;
    let other = site.client.services().create("Sales").await.unwrap().sid;
    let again = site.client.services().create("Sales").await.unwrap().sid;
    let service = &site.service;
    let missing = "ISffffffffffffffffffffffffffffffff";
    let conversation = site.client.service(service).conversation("order-4711").fetch().await.unwrap().sid;
    site.write(
        "webhooks.toml",
        &format!(
            "[services.Suport]\n[services.Sales]\n[services.{missing}]\n[services.Support]\n\
             conversations.order-4711 = []\nconversations.{conversation} = []\nconversations.order-1 = []\n\
             conversations.CHffffffffffffffffffffffffffffffff = []\n[services.{service}]\n"
        ),
    );
    let stderr = site.run("plan webhooks.toml").fails(2);
    for expected in [
        "webhooks.toml:1: there is no service with the friendly name \"Suport\"".to_owned(),
        format!("webhooks.toml:3: there is no service {missing}"),
        format!("webhooks.toml:6: \"{conversation}\" is the same conversation as \"order-4711\" in line 5"),
        format!("webhooks.toml:7: service {service} has no conversation \"order-1\""),
        format!("webhooks.toml:8: service {service} has no conversation \"CHffffffffffffffffffffffffffffffff\""),
        format!("webhooks.toml:9: \"{service}\" is the same service as \"Support\" in line 4"),
    ] {
        assert!(stderr.lines().any(|line| line.trim() == expected), "{expected}\n{stderr}");
    }
    let ambiguous = "webhooks.toml:2: 2 services have the friendly name \"Sales\"; use the SID, one of ";
    let line = stderr.lines().find(|line| line.trim().starts_with(ambiguous)).unwrap();
    assert!(line.contains(other.as_str()) && line.contains(again.as_str()), "{line}");
    assert_eq!(site.proxy.take_writes(), []);

    site.write("missing.toml", "[services.Suport]\nfilters = []\n");
    site.run("apply missing.toml --yes").fails(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_cannot_be_created_is_an_error_before_anything_is_sent() {
    let site = Site::start().await;
    site.write(
        "webhooks.toml",
        "[account]\nmethod = \"POST\"\n[[services.Support.conversations.order-4711]]\ntarget = \"webhook\"\n\
         url = \"https://example.com\"\n[[services.Support.conversations.order-4711]]\ntarget = \"trigger\"\n\
         sid = \"WHffffffffffffffffffffffffffffffff\"\n",
    );
    let stderr = site.run("apply webhooks.toml --yes").fails(2);
    assert!(stderr.contains("webhooks.toml:3: there is no such webhook with target webhook"), "{stderr}");
    assert!(stderr.contains("to create one, `filters` is needed"), "{stderr}");
    assert!(stderr.contains("webhooks.toml:6: there is no webhook WHffffffffffffffffffffffffffffffff"), "{stderr}");
    assert_eq!(site.proxy.take_writes(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_option_service_restricts_a_plan_to_one_section() {
    let site = Site::start().await;
    let sales = site.client.services().create("Sales").await.unwrap().sid;
    site.write(
        "webhooks.toml",
        "[account]\nmethod = \"POST\"\n[services.Support]\nmethod = \"GET\"\n[services.Sales]\nmethod = \"GET\"\n\
         [services.Unknown]\n",
    );
    let plan = site.run(&format!("plan webhooks.toml --service {sales}"));
    assert_eq!((plan.code, plan.stdout.lines().next()), (2, Some("~ service \"Sales\"  method: GET")), "{plan:?}");
    assert!(plan.stderr.contains(&format!("only the section of service {sales} is used")), "{plan:?}");
    site.write("account.toml", "[account]\nmethod = \"POST\"\n");
    let stderr = site.run(&format!("plan account.toml --service {sales}")).fails(2);
    assert!(stderr.contains(&format!("account.toml has no section of service {sales}")), "{stderr}");
    assert!(site.run("plan account.toml --service IS1").fails(2).contains("--service: parsing ServiceSid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_in_urls_are_not_printed_by_a_plan() {
    let site = Site::start().await;
    let file = |password: &str| format!("[account]\npre_webhook_url = \"https://user:{password}@example.com/pre\"\n");
    site.apply(&file("hunter1"));
    site.write("webhooks.toml", &file("hunter2"));
    let plan = site.run("plan webhooks.toml");
    let line = "~ account  pre_webhook_url: https://user:***@example.com/pre -> https://user:***@example.com/pre \
                (another password)";
    assert_eq!((plan.code, plan.stdout.lines().next()), (2, Some(line)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_changes_nothing() {
    let site = Site::start().await;
    assert_eq!(site.twconv.run_with("webhooks plan -", "").ok(), "no changes: the webhooks are as in stdin\n");
    assert_eq!(site.proxy.take(), []);
}
