//! Runs the command in a real shell, with a function `curl` that prints its arguments and its input.

use std::process::{Command, Stdio};
use std::time::Duration;

use proptest::prelude::*;

use super::command;
use crate::http::journal::RecordedRequest;

const BASE: &str = "http://127.0.0.1:4010";

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> RecordedRequest {
    RecordedRequest {
        id: 1,
        date_created: chrono::DateTime::default(),
        account_sid: None,
        method: method.to_owned(),
        path: path.to_owned(),
        query: None,
        operation: None,
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        request_body: body.to_vec(),
        request_body_size: body.len(),
        status: Some(200),
        response_body: Vec::new(),
        response_body_size: 0,
        request_id: None,
        duration: Duration::ZERO,
        fault: None,
        is_complete: true,
    }
}

/// The arguments and the input that a shell hands to curl.
fn run(command: &str) -> (Vec<String>, Vec<u8>) {
    let script =
        format!("curl() {{ printf '%s\\0' \"$@\"; case \"$*\" in *@-) printf '\\n'; cat;; esac; }}\n{command}");
    let output = Command::new("sh")
        .args(["-c", &script])
        .env("TWILIO_ACCOUNT_SID", "AC1 $x")
        .env("TWILIO_AUTH_TOKEN", "'to\"ken")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{command}: {output:?}");
    let end = output.stdout.iter().rposition(|byte| *byte == 0).unwrap();
    // The input follows the line break after the last argument; it has a zero byte of its own, perhaps.
    let marker = b"@-\0\n";
    let (arguments, input) = match output.stdout.windows(marker.len()).position(|window| window == marker) {
        Some(at) => (&output.stdout[..at + 2], output.stdout[at + marker.len()..].to_vec()),
        None => (&output.stdout[..end], Vec::new()),
    };
    (arguments.split(|byte| *byte == 0).map(|one| String::from_utf8(one.to_vec()).unwrap()).collect(), input)
}

#[test]
fn the_shell_expands_the_credentials_and_nothing_else() {
    let headers = [("x-twilio-webhook-enabled", "true"), ("content-type", super::FORM), ("host", "x"), ("x-empty", "")];
    let mut request = request("POST", "/v1/Conversations", &headers, b"FriendlyName=It's+%24HOME+`id`");
    request.query = Some("a[]={1,2}&b=$(id)".to_owned());
    let (arguments, _) = run(&command(BASE, &request).unwrap());
    assert_eq!(
        arguments,
        [
            "--globoff",
            "--path-as-is",
            "--request",
            "POST",
            "http://127.0.0.1:4010/v1/Conversations?a[]={1,2}&b=$(id)",
            "--user",
            "AC1 $x:'to\"ken",
            "--header",
            "x-twilio-webhook-enabled: true",
            "--header",
            "x-empty;",
            "--data-raw",
            "FriendlyName=It's+%24HOME+`id`",
        ]
    );
}

#[test]
fn a_request_that_curl_could_not_repeat_has_no_command() {
    let mut cut = request("POST", "/v1/Conversations", &[], b"Body=beginning");
    cut.request_body_size += 1;
    assert_eq!(command(BASE, &cut), None, "a part of the body");
    let mut long = request("GET", "/v1/Conversations", &[], b"");
    long.is_complete = false;
    assert_eq!(command(BASE, &long), None, "a part of the headers");
    assert_eq!(command(BASE, &request("HEAD", "/v1", &[], b"x")), None, "HEAD with a body");
    assert_eq!(command(BASE, &request("GET", "/v1", &[("a", "\u{fffd}")], b"")), None, "not UTF-8");
    assert_eq!(command(BASE, &request("GET", "/v1", &[("a", "\u{1b}[201~id\n")], b"")), None, "a terminal's sequence");
    assert!(command(BASE, &request("HEAD", "/v1", &[], b"")).unwrap().contains(" --head "));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_url_header_and_body_reaches_curl_unchanged(
        path in "/[ -~é€]{0,40}",
        query in proptest::option::of("[ -~]{0,40}"),
        value in "[ -~é€]{1,40}",
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 1..200),
            "[ -~é€]{1,200}".prop_map(String::into_bytes),
            "\\PC{1,100}".prop_map(String::into_bytes),
        ],
    ) {
        let mut request = request("PUT", &path, &[("x-any", &value)], &body);
        request.query.clone_from(&query);
        let (arguments, input) = run(&command(BASE, &request).unwrap());
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        prop_assert_eq!(&arguments[4], &format!("{BASE}{path}{query}"));
        prop_assert_eq!(&arguments[8], &format!("x-any: {value}"));
        match arguments[11].as_str() {
            "--data-raw" => prop_assert_eq!(arguments[12].as_bytes(), &body[..]),
            "--data-binary" => prop_assert_eq!(input, body),
            other => prop_assert!(false, "{}", other),
        }
    }
}
