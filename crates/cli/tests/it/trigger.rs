//! `twconv trigger`: signed deliveries of every event.

use twilio_conversations::{EventType, webhook::Event};

use crate::{
    harness::{Harness, bare, run, run_with_input, text},
    receiver::Receiver,
};

const TOKEN: &str = "a token of the test";

async fn trigger(args: &[&str]) -> std::process::Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = bare(home.path(), &[&["trigger"], args].concat());
    command.env("TWILIO_AUTH_TOKEN", TOKEN);
    run(command).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_verified_and_typed_with_no_field_lost() {
    let receiver = Receiver::saying(200, "").await;
    for method in ["POST", "GET"] {
        for name in EventType::ALL {
            let output = trigger(&[name.as_str(), "--to", &receiver.url, "--method", method]).await;
            assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
            let arrived = receiver.all().pop().unwrap();
            assert_eq!(arrived.method, method);
            assert_eq!(arrived.headers["i-twilio-idempotency-token"].len(), 36);
            let fields = arrived.verify(TOKEN, &receiver.url);
            let event = arrived.event(TOKEN, &receiver.url);
            assert_eq!(event.event_type(), *name);
            assert!(!format!("{event:?}").contains("other: [("), "{event:?}");
            let mut sent: Vec<_> = fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let mut typed = event.to_pairs();
            sent.sort();
            typed.sort();
            assert_eq!(sent, typed);
            // A member that is documented and missing would be `None`; retries and undocumented members are.
            assert!(event.account_sid().is_some() && sent.len() > 8, "{sent:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_are_set_repeated_and_left_out() {
    let receiver = Receiver::saying(200, "").await;
    let args = [
        "onconversationadd",
        "--to",
        &receiver.url,
        "--set",
        "FriendlyName=a=b&c",
        "--set",
        "MessagingBinding.Address=+1",
        "--set",
        "MessagingBinding.Address=+2",
        "--unset",
        "Media",
        "--set",
        "MessageBody=",
        "-H",
        "X-Test: yes",
    ];
    let output = trigger(&args).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let arrived = receiver.all().pop().unwrap();
    assert_eq!(arrived.headers["x-test"], "yes");
    let fields = arrived.verify(TOKEN, &receiver.url);
    assert_eq!(fields.get("FriendlyName"), Some("a=b&c"));
    assert_eq!(fields.get_all("MessagingBinding.Address").collect::<Vec<_>>(), ["+1", "+2"]);
    assert_eq!((fields.get("Media"), fields.get("MessageBody")), (None, Some("")));
    let args = ["onMessageAdd", "--to", &receiver.url, "--set", "Invented=1", "--allow-unknown"];
    assert_eq!(trigger(&args).await.status.code(), Some(0));
    let Event::MessageAdd(event) = receiver.all().pop().unwrap().event(TOKEN, &receiver.url) else { panic!() };
    assert_eq!(event.other("Invented"), Some("1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_response_is_printed_and_its_status_is_the_exit_code() {
    let receiver = Receiver::saying(403, "{\"reason\":\"no\"}").await;
    let output = trigger(&["onMessageAdd", "--to", &receiver.url]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "{\"reason\":\"no\"}");
    assert!(
        text(&output.stderr).starts_with("error: 403 Forbidden from http://127.0.0.1:"),
        "{}",
        text(&output.stderr)
    );
    // A status that is an error is printed by --quiet too, and --silent prints no body.
    let output = trigger(&["onMessageAdd", "--to", &receiver.url, "--silent"]).await;
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""));
    assert_eq!(text(&output.stderr).lines().count(), 1, "{}", text(&output.stderr));
    let success = Receiver::saying(200, "yes").await;
    let output = trigger(&["onMessageAdd", "--to", &success.url, "--quiet"]).await;
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("yes".to_owned(), String::new()));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = trigger(&["onMessageAdd", "--to", &format!("http://user:secret@{closed}/")]).await;
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.starts_with("error: calling http://127.0.0.1:") && !error.contains("secret"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_arguments_are_errors_and_send_nothing() {
    let receiver = Receiver::saying(200, "").await;
    let to = ["--to", &receiver.url];
    for (args, problem) in [
        (&["onMessageSnt"][..], "the events are onConversationAdd, "),
        (&["onMessageAdd", "--set", "Bdy=x"], "onMessageAdd has no field \"Bdy\"; its fields are AccountSid, "),
        (&["onMessageAdd", "--set", "MessageSid=x"], "has no field \"MessageSid\""),
        (&["onMessageAdd", "--set", "Body"], "expected FIELD=VALUE"),
        (&["onMessageAdd", "--set", "=x"], "expected FIELD=VALUE"),
        (&["onMessageAdd", "--unset", "Bdy"], "--unset"),
        (&["onMessageAdd", "--header", "Host: x"], "--header"),
        (&["onMessageAdd", "--method", "PUT"], "PUT"),
        (&["onMessageAdd", "--token-file", "/nowhere/at/all"], "/nowhere/at/all"),
    ] {
        let output = trigger(&[args, &to].concat()).await;
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(problem), "{args:?}: {error}");
    }
    assert_eq!(trigger(&["onMessageAdd", "--to", "localhost"]).await.status.code(), Some(2));
    assert!(receiver.all().is_empty());
    let home = tempfile::tempdir().unwrap();
    let output = run(bare(home.path(), &["trigger", "onMessageAdd", "--to", &receiver.url])).await;
    assert_eq!(output.status.code(), Some(4), "no token: {}", text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_prints_a_request_that_verify_reads() {
    for extra in [&[][..], &["--method", "GET"]] {
        let args =
            [&["onMessageAdded", "--to", "https://example.com/hooks?a=1", "--set", "Body=é + ü", "-n"], extra].concat();
        let output = trigger(&args).await;
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let home = tempfile::tempdir().unwrap();
        let mut verify = bare(home.path(), &["verify", "-"]);
        verify.env("TWILIO_AUTH_TOKEN", TOKEN);
        let verified = run_with_input(verify, output.stdout).await;
        assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stderr));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_the_profile_names_its_account() {
    let harness = Harness::start().await;
    let receiver = Receiver::saying(200, "").await;
    let output = harness.run(&["trigger", "onUserAdded", "--to", &receiver.url]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let fields = receiver.all()[0].verify(harness.emulator.auth_token(), &receiver.url);
    assert_eq!(fields.get("AccountSid"), Some(harness.emulator.account_sid()));
    let listed = text(&harness.run(&["trigger"]).await.stdout);
    assert_eq!(listed.lines().count(), EventType::ALL.len());
}
