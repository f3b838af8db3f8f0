//! Files that cannot be used: each problem with its line, before anything is sent.

use super::site::Site;
use crate::support::Twconv;

/// No request can be sent without credentials, so that a file that is wrong is found before.
fn problems(text: &str) -> Vec<String> {
    let stderr = Twconv::new().run_with("webhooks apply - --yes", text).fails(2);
    let mut lines = stderr.lines().map(str::to_owned);
    assert_eq!(lines.next().unwrap(), "error: stdin cannot be used, and nothing was changed:", "{stderr}");
    lines.map(|line| line.trim().strip_prefix("stdin:").unwrap().to_owned()).collect()
}

#[track_caller]
fn one_problem(text: &str, expected: &str) {
    let found = problems(text);
    assert!(found.len() == 1 && found[0].starts_with(expected), "{text}\n{found:#?}");
}

#[test]
fn an_unknown_key_is_an_error_with_its_line_and_the_known_keys() {
    one_problem(
        "\n[account]\nmethod = \"GET\"\nfilter = []\n",
        "4: unknown key `filter`, did you mean `filters`? The keys of `account` are `method`, `pre_webhook_url`, \
         `post_webhook_url`, `filters`, `target`",
    );
    one_problem("[acount]\n", "1: unknown key `acount`, did you mean `account`? The keys of the file are");
    one_problem("x = 1\n", "1: unknown key `x`. The keys of the file are `account`, `services`");
    one_problem("[services.S]\ntarget = \"flex\"\n", "2: unknown key `target`. The keys of a service are");
    one_problem(
        "[[services.S.conversations.c]]\ntarget = \"studio\"\nflow_sid = \"FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n\
         url = \"https://example.com\"\n",
        "4: unknown key `url`. The keys of a webhook with target studio are `sid`, `target`, `flow_sid`",
    );
}

#[test]
fn an_unknown_event_is_an_error_with_its_line_and_the_known_events() {
    one_problem(
        "[account]\nfilters = [\n  \"onMessageAdded\",\n  \"onMesageAdded\",\n]\n",
        "4: \"onMesageAdded\" is no event of the account, did you mean onMessageAdded? The events are onConversationAdd,",
    );
    one_problem("[account]\nfilters = [\"\"]\n", "2: \"\" is no event of the account. The events are");
    one_problem(
        "[services.S]\nfilters = [\"onUserAdded\"]\n",
        "2: \"onUserAdded\" is no documented event of a service. The events are",
    );
    one_problem(
        "[[services.S.conversations.c]]\ntarget = \"webhook\"\nurl = \"https://example.com\"\n\
         filters = [\"onMessageAdd\"]\n",
        "4: a conversation does not report the pre-event onMessageAdd. The events are onConversationUpdated,",
    );
}

#[test]
fn a_value_that_the_server_would_reject_is_an_error_with_its_line() {
    one_problem("[account]\nmethod = \"PUT\"\n", "2: `method` must be GET or POST, and is \"PUT\"");
    one_problem("[account]\nmethod = 7\n", "2: `method` must be a string, and is of type integer");
    one_problem("[account]\ntarget = \"\"\n", "2: `target` must be webhook or flex, and is \"\"");
    one_problem("[account]\nfilters = \"onMessageAdded\"\n", "2: `filters` must be an array of strings");
    one_problem("[account]\nfilters = [1]\n", "2: `filters` must be an array of strings, and has one integer");
    for url in ["example.com", "/pre", "ftp://example.com", "http://", "https://exa mple.com"] {
        let text = format!("[account]\npre_webhook_url = \"{url}\"\n");
        one_problem(&text, "2: `pre_webhook_url` must be an absolute http or https URL, or \"\" to clear it, and is");
    }
    one_problem("account = 1\n", "1: `account` must be a table, and is of type integer");
    one_problem("[services]\nS = 1\n", "2: `S` must be a table");
    one_problem("[services.\"\"]\n", "1: the name of a service must not be empty");
}

#[test]
fn a_webhook_of_a_conversation_is_checked_by_its_target() {
    let webhook = |keys: &str| format!("[[services.S.conversations.c]]\n{keys}");
    let one_problem = |keys: &str, expected: &str| one_problem(&webhook(keys), expected);
    one_problem("url = \"https://example.com\"\n", "1: a webhook needs `target`: webhook, trigger or studio");
    one_problem("target = \"flex\"\n", "2: `target` must be webhook or trigger or studio");
    one_problem("target = \"webhook\"\n", "1: a webhook with target webhook needs `url`, or the `sid`");
    one_problem("target = \"studio\"\n", "1: a webhook with target studio needs `flow_sid`, or the `sid`");
    one_problem("target = \"studio\"\nflow_sid = \"FW1\"\n", "3: `flow_sid`: parsing FlowSid: expected FW and 32");
    one_problem("target = \"studio\"\nsid = \"CH1\"\n", "3: `sid`: parsing WebhookSid: expected WH and 32");
    let url = "target = \"webhook\"\nurl = \"https://example.com\"\n";
    one_problem(&format!("{url}filters = []\n"), "4: `filters` of a conversation's webhook must have at least one");
    one_problem(&format!("{url}replay_after = -1\n"), "4: `replay_after` must be the index of a message");
    one_problem(&format!("{url}replay_after = \"1\"\n"), "4: `replay_after` must be the index of a message");
    one_problem(&format!("{url}method = \"\"\n"), "4: `method` must be get or post, and is \"\"");
    one_problem("target = \"webhook\"\nurl = \"\"\n", "3: `url` must be an absolute http or https URL, and is \"\"");
    let long = format!("https://example.com/{}", "x".repeat(493));
    one_problem(&format!("target = \"webhook\"\nurl = \"{long}\"\n"), "3: `url` must have at most 512 characters");
    let words = "target = \"trigger\"\nurl = \"https://example.com\"\n";
    one_problem(&format!("{words}triggers = []\n"), "4: `triggers` must have 1 to 5 words");
    one_problem(
        &format!("{words}triggers = [\"{}\"]\n", "x".repeat(249)),
        "4: a word of `triggers` must have 1 to 248",
    );
    one_problem(
        &format!("{words}triggers = [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"]\n"),
        "4: `triggers` must have 1 to 5",
    );
}

#[test]
fn the_webhooks_of_a_conversation_are_checked_together() {
    let sid = "WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let webhook = format!("[[services.S.conversations.c]]\ntarget = \"webhook\"\nsid = \"{sid}\"\n");
    assert_eq!(problems(&webhook.repeat(2)), ["4: the same `sid` is there twice"]);
    let webhook = "[[services.S.conversations.c]]\ntarget = \"webhook\"\nurl = \"https://example.com\"\n";
    assert_eq!(
        problems(&webhook.repeat(6)),
        ["1: conversation \"c\" has 6 webhooks, and at most 5 are allowed"],
        "the limit of the vendor"
    );
    one_problem("[services.S]\nconversations.c = [1]\n", "2: a webhook must be a table, and is of type integer");
    one_problem("[services.S]\nconversations.c = {}\n", "2: `c` must be an array of webhooks, such as [[services.");
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_their_lines() {
    let found = problems("[services.S]\nx = 1\n\n[account]\nmethod = \"PUT\"\ntarget = 1\n");
    let lines: Vec<&str> = found.iter().map(|problem| problem.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["2", "5", "6"]);
    let many: String = (0..27).map(|i| format!("key{i} = 1\n")).collect();
    let stderr = Twconv::new().run_with("webhooks plan -", &many).fails(2);
    assert_eq!(stderr.lines().count(), 22, "{stderr}");
    assert!(stderr.ends_with("  and 7 more\n"), "{stderr}");
}

#[test]
fn a_syntax_error_has_its_line() {
    one_problem("[account]\nmethod = \"GET\n", "2: ");
    one_problem("[account]\nmethod = \"GET\"\nmethod = \"POST\"\n", "3: duplicate key");
    one_problem("[account\n", "1: unclosed table");
}

#[test]
fn a_file_is_read_up_to_a_limit_and_must_be_utf_8() {
    let program = Twconv::new();
    let comment = format!("#{}\n", "x".repeat(1022));
    let stderr = program.run_with("webhooks plan -", &(comment.repeat(1024) + "\n")).fails(2);
    assert_eq!(stderr, "error: reading stdin: it is larger than 1 MiB\n");
    // One byte less is read, and the next error is that there are no credentials.
    assert!(program.run_with("webhooks plan -", &comment.repeat(1024)).fails(4).contains("no credentials"));
    std::fs::write(program.home().join("latin.toml"), b"\n# caf\xe9\n").unwrap();
    assert_eq!(program.run("webhooks plan latin.toml").fails(2), "error: reading latin.toml: line 2 is not UTF-8\n");
    assert!(program.run("webhooks plan none.toml").fails(2).starts_with("error: reading none.toml: No such file"));
    assert!(program.run("webhooks apply .").fails(2).starts_with("error: reading .: "));
}

#[test]
fn a_password_in_a_wrong_url_is_not_printed() {
    let found = problems("[account]\npre_webhook_url = \"ftp://user:hunter2@example.com/\"\n");
    assert!(found[0].contains("\"ftp://user:***@example.com/\""), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn undocumented_events_are_accepted_by_a_flag() {
    let site = Site::start().await;
    site.write("webhooks.toml", "[services.Support]\nfilters = [\"onUserAdded\"]\n");
    assert!(site.run("plan webhooks.toml").fails(2).contains("--any-event accepts others"));
    let plan = site.run("plan webhooks.toml --any-event");
    assert_eq!((plan.code, plan.stdout.lines().next()), (2, Some("~ service \"Support\"  filters: +onUserAdded")));
    site.write("webhooks.toml", "[account]\nfilters = [\"on, x\"]\n");
    assert!(site.run("plan webhooks.toml --any-event").fails(2).contains("\"on, x\" is no event of the account"));
}
