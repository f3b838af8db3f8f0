//! Responses that no server of the API should send, streams that cannot be written, and Ctrl-C.

use std::{
    fs::OpenOptions,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    server::{Answer, Server},
    support::{Ended, Twconv},
};

/// A server with one response, or with one for each request by its target.
fn on(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> (Server, Twconv) {
    let server = Server::start(move |request| answer(&request.target));
    let program = Twconv::new()
        .with("TWILIO_CONVERSATIONS_BASE_URL", &server.base_url)
        .with("TWILIO_ACCOUNT_SID", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        .with("TWILIO_AUTH_TOKEN", "token");
    (server, program)
}

fn with_body(status: u16, body: &'static str) -> (Server, Twconv) {
    on(move |_| Answer::status(status, body))
}

/// A page of one conversation, with a link to the page `next`.
fn page(target: &str, next: impl Fn(u32) -> u32) -> Answer {
    let number: u32 = target.split("Page=").nth(1).map_or(0, |rest| rest.parse().unwrap());
    let link = format!("https://conversations.twilio.com/v1/Conversations?Page={}", next(number));
    let body = format!(r#"{{"conversations": [{{"sid": "CH{number}"}}], "meta": {{"next_page_url": "{link}"}}}}"#);
    Answer::status(200, body)
}

#[test]
fn links_that_lead_in_a_circle_end_the_list_with_an_error() {
    for length in [1, 2, 7] {
        let (_server, program) = on(move |target| page(target, |number| (number + 1) % length));
        let ended = program.run("conversations list --jq .sid");
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(ended.stderr.contains("leads back to an earlier page"), "{ended:?}");
        // The first page has no link of its own, so that it may be printed twice.
        assert_eq!(ended.stdout.lines().count() as u32, length + 1, "{ended:?}");
    }
}

#[test]
fn a_list_that_fails_within_prints_an_array_without_its_end() {
    for (status, code) in [(500, 1), (404, 3), (401, 4)] {
        let (_server, program) = on(move |target| match target.contains("Page=2") {
            true => Answer::status(status, r#"{"code": 20500, "message": "broken"}"#),
            false => page(target, |number| number + 1),
        });
        let ended = program.run("conversations list -o json");
        assert_eq!((ended.code, ended.stdout.as_str()), (code, "[\n{\"sid\": \"CH0\"},\n{\"sid\": \"CH1\"}\n"));
        assert!(ended.stderr.starts_with("error: ") && ended.stderr.contains("broken"), "{ended:?}");
        let ended = program.run("conversations list");
        assert_eq!((ended.code, ended.stdout.as_str()), (code, "{\"sid\":\"CH0\"}\n{\"sid\":\"CH1\"}\n"));
    }
}

#[test]
fn a_response_that_is_no_object_has_no_empty_row() {
    for body in ["[1, 2]", "\"x\"", "null", "3"] {
        let (_server, program) = with_body(200, body);
        for output in ["-o table", "-o tsv", "--json sid"] {
            let stderr = program.run(&format!("conversations fetch x {output}")).fails(1);
            assert!(stderr.contains("no JSON object"), "{body} {output}: {stderr}");
        }
        assert_eq!(program.run("conversations fetch x").ok(), format!("{}\n", body.replace(' ', "")));
    }
    let (_server, program) = with_body(200, r#"{"conversations": [{"sid": "CH1"}, 2], "meta": {}}"#);
    let ended = program.run("conversations list -o tsv --no-header --properties sid");
    assert_eq!((ended.code, ended.stdout.as_str()), (1, "CH1\n"), "{ended:?}");
}

#[test]
fn a_malformed_list_is_an_error_that_names_the_member() {
    let bodies = [
        ("{}", "no member \"conversations\""),
        (r#"{"conversations": null}"#, "member \"conversations\""),
        (r#"{"conversations": [], "meta": []}"#, "member \"meta\" of the response"),
        (r#"{"conversations": [], "meta": {"next_page_url": 3}}"#, "member \"meta\" of the response"),
        ("[]", "no JSON object"),
    ];
    for (body, problem) in bodies {
        let (_server, program) = with_body(200, body);
        let stderr = program.run("conversations list").fails(1);
        assert!(stderr.contains(problem) && !stderr.contains("struct"), "{body}: {stderr}");
    }
    let (_server, program) = with_body(200, r#"{"conversations": [{"sid":"CH1"}], "meta": null}"#);
    assert_eq!(program.run("conversations list").ok(), "{\"sid\":\"CH1\"}\n");
}

#[test]
fn an_error_shows_the_body_that_it_could_not_read() {
    let (_server, program) = with_body(400, "<html>\n<b>blocked by \u{1b}[31mproxy</b>\n</html>");
    let stderr = program.run("conversations fetch x").fails(1);
    assert!(stderr.ends_with("  body        <html> <b>blocked by \\u{1b}[31mproxy</b> </html>\n"), "{stderr}");
    let (_server, program) = with_body(201, "{\"sid\": \"CH1\", ");
    let stderr = program.run("conversations create").fails(1);
    assert!(stderr.contains("decoding") && stderr.ends_with("  body        {\"sid\": \"CH1\",\n"), "{stderr}");
    let (_server, program) = on(|_| Answer::status(400, "x".repeat(5000)));
    let stderr = program.run("conversations fetch x").fails(1);
    assert!(stderr.ends_with(&format!("  body        {}…\n", "x".repeat(1024))), "{stderr}");
    let (_server, program) = with_body(400, "");
    assert!(!program.run("conversations fetch x").fails(1).contains("  body"), "an empty body has no line");
}

#[test]
fn numbers_are_verbatim_wherever_they_are_nested() {
    let (_server, program) = with_body(
        200,
        r#"{"sid": "CH1", "timers": {"n": 12345678901234567890123.10, "list": [1.00, 2]}, "state": 1.50}"#,
    );
    let fetch = |rest: &str| program.run(&format!("conversations fetch x {rest}")).ok();
    assert_eq!(
        fetch("--json timers.n,timers.list,state,timers.none.deep"),
        "{\"timers.n\":12345678901234567890123.10,\"timers.list\":[1.00,2],\"state\":1.50,\"timers.none.deep\":null}\n"
    );
    let tsv = fetch("-o tsv --no-header --properties timers.n,timers.list,state,timers.none.deep,timers");
    let timers = "{\"n\":12345678901234567890123.10,\"list\":[1.00,2]}";
    assert_eq!(tsv, format!("12345678901234567890123.10\t1.00,2\t1.50\t\t{timers}\n"));
    assert_eq!(fetch("--json sid,sid,Sid"), "{\"sid\":\"CH1\"}\n", "a member that is named twice is printed once");
}

#[test]
fn a_response_beyond_the_limit_is_an_error() {
    let (_server, program) = on(|_| Answer::status(200, format!("{:?}", "x".repeat(33 * 1024 * 1024))));
    let stderr = program.run("conversations fetch x").fails(1);
    assert!(stderr.contains("larger than the limit of 33554432 bytes"), "{stderr}");
}

#[test]
fn a_filter_that_halts_keeps_what_it_printed() {
    let (_server, program) = with_body(200, r#"{"conversations": [{"sid": "CH1"}, {"sid": "CH2"}], "meta": {}}"#);
    let list = |filter: &str| program.run_args(&["conversations", "list", "--jq", filter]);
    assert_eq!(list(".sid, halt").ok(), "CH1\n");
    let ended = list(".sid, (\"no\" | halt_error)");
    assert_eq!((ended.code, ended.stdout.as_str()), (1, "CH1\n"), "{ended:?}");
    assert!(ended.stderr.contains("halted with code 5"), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_stdout() {
    let (_server, program) = with_body(200, r#"{"conversations": [{"sid": "CH1"}], "meta": {}}"#);
    let commands = ["--version", "--help", "conversations list", "conversations list -o json", "completions bash"];
    for args in commands {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = Ended::from(program.command(args).stdout(full).output().unwrap());
        assert_eq!(ended.code, 1, "{args}: {ended:?}");
        assert!(ended.stderr.contains("writing to stdout: No space left"), "{args}: {ended:?}");
    }
}

#[test]
fn ctrl_c_ends_a_command_that_waits_for_the_reader_of_its_output() {
    let (_server, program) = with_body(200, r#"{"sid": "CH1"}"#);
    let mut command = program.bare();
    command.args(["conversations", "fetch", "x", "--jq", "repeat(1)"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("the program ignores Ctrl-C");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert!(String::from_utf8(ended.stderr).unwrap().contains("error: interrupted"));
}
