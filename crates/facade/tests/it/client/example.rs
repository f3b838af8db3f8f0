//! `examples/documented_calls.rs` as a person runs it.

use std::{
    env::{consts::EXE_SUFFIX, current_exe},
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

use crate::client::support::{ACCOUNT, Answer, BASIC, HOOK, NOT_FOUND, SERVICE, Server, TOKEN};

/// The example's program. `cargo test` has built it, unless it was told to build this test alone.
fn program() -> PathBuf {
    let target = current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
    let program = target.join("examples").join(format!("documented_calls{EXE_SUFFIX}"));
    if !program.exists() {
        let mut features = vec!["client"];
        for (on, feature) in [
            (cfg!(feature = "rustls-ring"), "rustls-ring"),
            (cfg!(feature = "rustls"), "rustls"),
            (cfg!(feature = "native-tls"), "native-tls"),
        ] {
            features.extend(on.then_some(feature));
        }
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--manifest-path", manifest, "--example", "documented_calls", "--no-default-features"]);
        build.args(["--features", &features.join(","), "--target-dir"]).arg(target.parent().unwrap());
        assert!(build.status().unwrap().success());
    }
    program
}

fn run(server: &Server, argument: Option<&str>) -> Output {
    let mut command = command(server.url(), argument);
    // This very machine is not reached through a proxy, which here would be one that is not there.
    command.env("HTTP_PROXY", "http://127.0.0.1:9").env("http_proxy", "http://127.0.0.1:9").output().unwrap()
}

/// The example with nothing in its environment but credentials and the server.
pub(crate) fn command(base_url: String, argument: Option<&str>) -> Command {
    let mut command = Command::new(program());
    command.args(argument).env_clear().env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", TOKEN);
    command.env("TWILIO_CONVERSATIONS_BASE_URL", base_url);
    command
}

#[test]
fn it_makes_the_four_calls_and_prints_each_result_as_a_line_of_json() {
    let of_service = r#"{"account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "filters": null,
        "chat_service_sid": "ISXXXXXXXXXXXXXXXXXXXXXX", "method": "GET"}"#;
    let answers = [HOOK, HOOK, of_service, of_service].map(|body| Answer::json(200, body));
    let server = Server::script(answers);
    let output = run(&server, Some(SERVICE));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0], serde_json::from_str::<Value>(HOOK).unwrap());
    assert_eq!(
        (&lines[3]["method"], &lines[3]["chat_service_sid"]),
        (&"GET".into(), &"ISXXXXXXXXXXXXXXXXXXXXXX".into())
    );

    let requests = server.requests();
    let of_account = "/v1/Configuration/Webhooks";
    let of_service = format!("/v1/Services/{SERVICE}/Configuration/Webhooks");
    let expected = [("GET", of_account), ("POST", of_account), ("GET", &of_service), ("POST", &of_service)];
    assert_eq!(server.lines(), expected.map(|(method, path)| format!("{method} {path}")));
    assert!(requests.iter().all(|request| request.header("authorization") == Some(BASIC)));
    for update in [&requests[1], &requests[3]] {
        let mut form = update.form();
        form.sort();
        let expected = [
            ("Filters", "onConversationUpdated"),
            ("Filters", "onMessageRemoved"),
            ("Method", "POST"),
            ("PostWebhookUrl", "https://example.com/archive-every-action"),
            ("PreWebhookUrl", "https://example.com/filtering-and-permissions"),
        ];
        assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}

#[test]
fn it_ends_with_the_reason_when_something_is_wrong() {
    let server = Server::always(Answer::json(404, NOT_FOUND));
    for (argument, reason) in [(None, "usage"), (Some("CH1"), "parsing ServiceSid"), (Some(SERVICE), "20404")] {
        let output = run(&server, argument);
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(reason) && !said.contains(TOKEN), "{reason}: {said}");
    }
}
