//! Arguments, checks before anything is sent, confirmations and exit codes.

use std::fs;

use twilio_conversations_emulator::Emulator;

use crate::support::Twconv;

const CONVERSATION: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The request of a command, as a JSON object.
fn request(program: &Twconv, args: &[&str]) -> String {
    let args: Vec<&str> = args.iter().copied().chain(["-n", "-o", "json"]).collect();
    program.run_args(&args).ok()
}

#[test]
fn items_are_arguments_in_the_order_of_the_url_or_flags() {
    let program = Twconv::new();
    let message = "IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let expected = request(&program, &["conversations", "messages", "fetch", "order 1/2", message]);
    assert!(expected.contains("/v1/Conversations/order%201%2F2/Messages/IMaaaa"), "{expected}");
    for args in [
        ["--conversation-sid", "order 1/2", "--sid", message],
        ["--sid", message, "--conversation-sid", "order 1/2"],
        ["order 1/2", "--sid", message, "--quiet"],
        ["--conversation-sid", "order 1/2", message, "--quiet"],
    ] {
        let args: Vec<&str> = ["conversations", "messages", "fetch"].into_iter().chain(args).collect();
        assert_eq!(request(&program, &args), expected);
    }
}

#[test]
fn a_service_moves_a_command_below_itself() {
    let plain = Twconv::new();
    let by_words = request(&plain, &["services", "conversations", "fetch", SERVICE, "x"]);
    assert!(by_words.contains(&format!("/v1/Services/{SERVICE}/Conversations/x")), "{by_words}");
    assert_eq!(request(&plain, &["--service", SERVICE, "conversations", "fetch", "x"]), by_words);
    assert_eq!(request(&plain, &["conversations", "fetch", "x", &format!("--service={SERVICE}")]), by_words);
    let set = Twconv::new().with("TWILIO_CONVERSATIONS_SERVICE", SERVICE);
    assert_eq!(request(&set, &["conversations", "fetch", "x"]), by_words);
    assert_eq!(request(&set, &["services", "conversations", "fetch", "x"]), by_words);
    let other = "ISbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    assert!(request(&set, &["services", "conversations", "fetch", other, "x"]).contains(other));
    // An account-level resource stays there by the environment, and is an error by the flag.
    assert!(request(&set, &["credentials", "list"]).contains("/v1/Credentials"));
    let stderr = plain.run(&format!("credentials list -n --service {SERVICE}")).fails(2);
    assert!(stderr.contains("does not exist below a service"), "{stderr}");
}

#[test]
fn a_command_below_a_service_takes_that_operations_flags() {
    let program = Twconv::new();
    let moved = format!("--service {SERVICE} configuration update --no-reachability-enabled -n -o json");
    assert!(program.run(&moved).ok().contains(r#"["ReachabilityEnabled","false"]"#));
    assert!(program.run("configuration update --no-reachability-enabled -n").fails(2).contains("unexpected argument"));
}

#[test]
fn a_wrong_value_is_an_error_that_names_the_flag_and_what_is_allowed() {
    let program = Twconv::new();
    for (args, flag, allowed) in [
        ("configuration webhooks update --method PUT", "--method", "GET, POST"),
        ("configuration webhooks update --filters onMessageAded", "--filters", "onMessageAdded"),
        ("conversations create --timers.inactive 10", "--timers.inactive", "ISO 8601 duration"),
        ("conversations create --attributes {", "--attributes", "no JSON"),
        ("conversations create --date-created yesterday", "--date-created", "2026-01-31T12:00:00Z"),
        ("conversations create --messaging-service-sid MG1", "--messaging-service-sid", "MG and 32"),
        ("conversations create --x-twilio-webhook-enabled=maybe", "--x-twilio-webhook-enabled", "true, false"),
        ("conversations list --page-size 0", "--page-size", "from 1 to 100"),
        ("conversations list --start-date soon", "--start-date", "2026-01-31"),
        ("conversations list --limit 0", "--limit", "0 is not in"),
        ("roles fetch RL1", "--sid", "RL and 32"),
        ("roles fetch", "--sid is missing", "argument"),
        ("conversations fetch", "--sid is missing", "argument"),
        ("conversations fetch a b", "unexpected argument", "'b'"),
        ("conversations fetch ..", "--sid", "another resource"),
        ("roles create --friendly-name x --type service", "--permission", "required"),
        ("conversations update x --clear state", "--clear", "friendly-name"),
    ] {
        let stderr = program.run(args).fails(2);
        assert!(stderr.contains(flag) && stderr.contains(allowed), "{args}: {stderr}");
    }
    // The vendor's flag that turns the checks off.
    let unchecked = "configuration webhooks update --method PUT --skip-parameter-validation -n";
    assert!(program.run(unchecked).ok().contains("Method=PUT"));
}

#[test]
fn an_enums_value_is_sent_in_the_case_of_the_api() {
    let program = Twconv::new();
    let sent = program.run("configuration webhooks update --method post --filters ONMESSAGEADDED -n").ok();
    assert!(sent.contains("Method=POST") && sent.contains("Filters=onMessageAdded"), "{sent}");
}

#[test]
fn a_field_is_cleared_by_name() {
    let program = Twconv::new();
    let sent = program.run("configuration webhooks update --clear filters --clear pre-webhook-url -n").ok();
    assert!(sent.contains("Filters=&PreWebhookUrl=\n"), "{sent}");
    let stderr = program.run("conversations update x --clear friendly-name --friendly-name y -n").fails(2);
    assert!(stderr.contains("choose one"), "{stderr}");
}

#[test]
fn a_value_is_read_from_a_file_or_stdin_after_an_at_sign() {
    let program = Twconv::new();
    fs::write(program.home().join("body.txt"), "two\nlines & more").unwrap();
    let create = "conversations messages create x -n -o json --body";
    assert!(program.run(&format!("{create} @body.txt")).ok().contains(r#"["Body","two\nlines & more"]"#));
    assert!(program.run_with(&format!("{create} @-"), "from stdin").ok().contains(r#"["Body","from stdin"]"#));
    assert!(program.run(&format!("{create} @@alice")).ok().contains(r#"["Body","@alice"]"#));
    let stderr = program.run(&format!("{create} @alice")).fails(2);
    assert!(stderr.contains("write @@") && stderr.contains("alice"), "{stderr}");
    let stderr = program.run_with(&format!("{create} @- --attributes @-"), "{}").fails(2);
    assert!(stderr.contains("stdin can be read once"), "{stderr}");
    let stderr = program.run_with(&format!("{create} @-"), &"x".repeat(1024 * 1024 + 1)).fails(2);
    assert!(stderr.contains("larger than 1 MiB"), "{stderr}");
    // The vendor's command line sends such a value verbatim.
    let vendors = "api:conversations:v1:conversations:messages:create --conversation-sid x --body @alice -n -o json";
    assert!(program.run(vendors).ok().contains(r#"["Body","@alice"]"#));
}

#[test]
fn fields_are_read_from_a_json_object() {
    let program = Twconv::new();
    let data =
        r#"{"friendly_name": "f", "UniqueName": "u", "timers": {"closed": "PT1H"}, "attributes": {"a": [1, null]}}"#;
    let sent = program.run_with("conversations create --data-file - -n -o json --unique-name flag", data).ok();
    let fields = [r#"["FriendlyName","f"]"#, r#"["UniqueName","flag"]"#, r#"["Timers.Closed","PT1H"]"#];
    assert!(fields.iter().all(|field| sent.contains(field)), "{sent}");
    assert!(sent.contains(r#"["Attributes","{\"a\":[1,null]}"]"#), "{sent}");
    let lists = r#"{"filters": ["onMessageAdded", "onUserAdded"], "post-webhook-url": null}"#;
    let sent = program.run_with("configuration webhooks update --data-file - -n", lists).ok();
    assert!(sent.contains("Filters=onMessageAdded&Filters=onUserAdded&PostWebhookUrl=\n"), "{sent}");
}

#[test]
fn a_data_file_that_does_not_fit_is_an_error_and_nothing_is_sent() {
    let program = Twconv::new();
    for (data, problem) in [
        ("[]", "expected a JSON object"),
        ("{", "expected a JSON object"),
        (r#"{"friendlyname2": "x"}"#, r#"no field "friendlyname2""#),
        (r#"{"friendly_name": ["x"]}"#, "takes no object or list"),
        (r#"{"state": "open"}"#, "--state"),
        (r#"{"state": null}"#, "cannot be cleared"),
    ] {
        let stderr = program.run_with("conversations update x --data-file - -n", data).fails(2);
        assert!(stderr.contains(problem), "{data}: {stderr}");
    }
    assert!(program.run("conversations update x --data-file no-such-file").fails(2).contains("no-such-file"));
    let missing = program.run_with("roles create --data-file - -n", "{}").fails(2);
    assert!(missing.contains("--friendly-name") && missing.contains("--permission"), "{missing}");
}

#[test]
fn a_dry_run_needs_no_credentials_and_shows_no_secret() {
    let program = Twconv::new();
    let shown = program.run("credentials create --type fcm --secret hunter2 -n").ok();
    assert!(shown.starts_with("POST https://conversations.twilio.com/v1/Credentials\n"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let program = program.with("TWILIO_ACCOUNT_SID", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    let program = program.with("TWILIO_AUTH_TOKEN", "hunter2");
    let shown = program.run("conversations create -n --x-twilio-webhook-enabled").ok();
    assert!(shown.contains("X-Twilio-Webhook-Enabled: true") && !shown.contains("hunter2"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_needs_a_confirmation() {
    let emulator = Emulator::start().await.unwrap();
    let program = Twconv::on(&emulator);
    let sid = program.run("conversations create --jq .sid").ok();
    let sid = sid.trim();
    let stderr = program.run(&format!("conversations remove {sid}")).fails(2);
    assert!(stderr.contains("--yes") && stderr.contains(sid), "{stderr}");
    program.run(&format!("conversations fetch {sid}")).ok();
    let ended = program.run(&format!("conversations remove {sid} --yes"));
    assert!(ended.stderr.contains(&format!("deleted conversation {sid}")), "{ended:?}");
    assert_eq!(ended.ok(), "");
    program.run(&format!("conversations fetch {sid}")).fails(3);
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_response_is_on_stderr_with_code_and_link() {
    let emulator = Emulator::start().await.unwrap();
    let program = Twconv::on(&emulator);
    let stderr = program.run(&format!("conversations fetch {CONVERSATION} -o json")).fails(3);
    for part in ["status 404", "code 20404", "was not found", "https://www.twilio.com/docs/errors/20404", "request id"]
    {
        assert!(stderr.contains(part), "{stderr}");
    }
    let wrong = Twconv::on(&emulator).with("TWILIO_AUTH_TOKEN", "wrong");
    assert!(wrong.run("conversations list").fails(4).contains("401"));
    emulator.stop().await;
    assert!(program.run("conversations list").fails(1).contains("error:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_have_an_exit_code_after_the_retries() {
    let fault = "429=0".parse().unwrap();
    let emulator = Emulator::builder().fault(fault).start().await.unwrap();
    assert!(Twconv::on(&emulator).run("conversations list").fails(5).contains("429"));
    emulator.stop().await;
}

#[test]
fn the_help_names_the_exit_codes_and_each_flag_its_values() {
    let program = Twconv::new();
    let help = program.run("--help").ok();
    assert!(help.contains("130  interrupted") && help.contains("rate limited"), "{help}");
    let help = program.run("configuration webhooks update --help").ok();
    for part in ["--pre-webhook-url", "onMessageAdded", "POST /v1/Configuration/Webhooks", "--clear", "API reference"] {
        assert!(help.contains(part), "{help}");
    }
}

#[test]
fn a_field_that_a_data_file_has_twice_is_an_error() {
    let program = Twconv::new();
    let data = r#"{"FriendlyName": "a", "timers": {"closed": "PT1H"}, "friendly_name": "b"}"#;
    let stderr = program.run_with("conversations create --dry-run --data-file -", data).fails(2);
    assert!(stderr.contains("\"FriendlyName\" and \"friendly_name\" are the same field"), "{stderr}");
    let data = r#"{"timers": {"closed": "PT1H"}, "Timers.Closed": "PT2H"}"#;
    let stderr = program.run_with("conversations create --dry-run --data-file -", data).fails(2);
    assert!(stderr.contains("same field"), "{stderr}");
}

#[test]
fn a_malformed_service_is_an_error_that_names_its_own_flag() {
    let program = Twconv::new();
    for args in ["conversations list --service IS1 --dry-run", "--service= conversations list --dry-run"] {
        let stderr = program.run(args).fails(2);
        assert!(stderr.contains("error: --service: expected IS and 32"), "{stderr}");
    }
    let variable = Twconv::new().with("TWILIO_CONVERSATIONS_SERVICE", "IS1");
    let stderr = variable.run("conversations list --dry-run").fails(2);
    assert!(stderr.contains("error: --service: expected IS and 32"), "{stderr}");
    let stderr = program.run("services conversations list --chat-service-sid IS1 --dry-run").fails(2);
    assert!(stderr.contains("'--chat-service-sid <CHAT_SERVICE_SID>': expected IS and 32"), "{stderr}");
}
