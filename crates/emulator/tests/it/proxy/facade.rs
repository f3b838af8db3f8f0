//! Our own client through the proxy, configured by the environment alone: the test binary runs itself with it.

use std::process::Command;

use twilio_conversations::Client;

use super::peers::{Stage, report};

/// The name of the test below.
const CHILD: &str = "proxy::facade::our_client_with_the_environment_of_a_proxy";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_client_calls_through_the_proxy() {
    let stage = Stage::new().await;
    let mut command = Command::new(std::env::current_exe().unwrap());
    stage.set(&mut command).args(["--exact", CHILD, "--ignored", "--nocapture", "--test-threads", "1"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}\n{err}", String::from_utf8_lossy(&output.stdout));
    let counts = err.lines().find_map(|line| line.strip_prefix("calls: ")).unwrap_or_else(|| panic!("{err}"));
    report("Rust, `twilio-conversations`", counts);
    let conversations = stage.world.get("/v1/Conversations").await.expect(200).body;
    assert_eq!(conversations["conversations"][1]["friendly_name"], "Order 4711");
}

#[tokio::test]
#[ignore = "is run by the test above, with the environment of a proxy"]
async fn our_client_with_the_environment_of_a_proxy() {
    let client = Client::from_env().unwrap();
    let mut calls = 0;
    macro_rules! call {
        ($request:expr) => {{
            calls += 1;
            $request.await.unwrap()
        }};
    }
    let conversation = call!(client.conversations().create().friendly_name("Order 4711"));
    let sid = conversation.sid;
    assert_eq!(conversation.url.unwrap(), format!("https://conversations.twilio.com/v1/Conversations/{sid}"));
    let one = client.conversation(&sid);
    let participant = call!(one.participants().create().identity("alice"));
    let message = call!(one.messages().create().author("alice").body("Hello"));
    assert_eq!(call!(one.message(&message.sid).update().body("changed")).body.unwrap(), "changed");
    call!(one.message(&message.sid).fetch());
    call!(one.message(&message.sid).delete());
    call!(one.participant(&participant.sid).delete());
    call!(one.fetch());
    eprintln!("calls: {calls}/{calls}");
}
