//! The vendor's own clients walk their life cycle against the emulator, and check the webhooks that it signs. Skipped,
//! with a message, where they are not installed.

use std::path::Path;
use std::process::{Command, Output};

use twilio_conversations_emulator::Emulator;

use crate::receiver::Receiver;
use crate::support::World;

/// Runs a script with the emulator's address and credentials in its environment, if its package is there.
async fn run(world: &World, receiver: &Receiver, program: String, probe: [&str; 2], script: &str) -> Option<Output> {
    let installed = Command::new(&program).args(probe).output().is_ok_and(|output| output.status.success());
    if !installed {
        eprintln!("skipped: {program} with the package twilio is not here");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/peers").join(script);
    let mut command = Command::new(program);
    command
        .arg(script)
        .env("BASE_URL", world.emulator.base_url())
        .env("ACCOUNT_SID", world.emulator.account_sid())
        .env("AUTH_TOKEN", world.emulator.auth_token())
        .env("RECEIVER_URL", &receiver.url);
    Some(tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap())
}

async fn check(program: String, probe: [&str; 2], script: &str) {
    let world = World::of(Emulator::builder().refuse_unknown_fields(true)).await;
    let mut receiver = Receiver::start().await;
    let Some(output) = run(&world, &receiver, program, probe, script).await else { return };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("all done"), "{out}\n{err}");
    assert_eq!(receiver.next().await.field("EventType"), "onMessageAdded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_python_client_walks_its_life_cycle() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    check(python, ["-c", "import twilio.rest"], "life.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_node_client_walks_its_life_cycle() {
    check("node".to_owned(), ["-e", "require('twilio')"], "life.js").await;
}

/// What the emulator signs, the vendor's package finds right.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_python_package_verifies_webhooks() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if !Command::new(&python)
        .args(["-c", "import twilio.request_validator"])
        .output()
        .is_ok_and(|it| it.status.success())
    {
        eprintln!("skipped: {python} with the package twilio is not here");
        return;
    }
    let world = World::start().await;
    let mut receiver = Receiver::start().await;
    for method in ["POST", "GET"] {
        let form = [("Method", method), ("PostWebhookUrl", &*receiver.url), ("Filters", "onConversationAdded")];
        world.post("/v1/Configuration/Webhooks", &form).await.expect(200);
        world.post_aloud("/v1/Conversations", &[("FriendlyName", "ünï cödé & co = ?")]).await.expect(201);
        let hook = receiver.next().await;
        let url = format!("{}{}", receiver.url.trim_end_matches("/hooks"), hook.target);
        let script = "import sys, urllib.parse\nfrom twilio.request_validator import RequestValidator\n\
            token, url, body, signature = sys.argv[1:]\n\
            params = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))\n\
            sys.exit(0 if RequestValidator(token).validate(url, params, signature) else 1)";
        let signature = hook.header("x-twilio-signature");
        let verify = |signature: &str| {
            let mut command = Command::new(&python);
            command
                .args(["-c", script, world.emulator.auth_token(), &url, &hook.body, signature])
                .status()
                .unwrap()
                .success()
        };
        assert!(verify(signature), "{method}");
        assert!(!verify("AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "{method}");
    }
}
