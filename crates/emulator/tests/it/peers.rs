//! The vendor's own clients walk their life cycle against the emulator, and check the webhooks that it signs. Skipped,
//! with a message, where they are not installed, unless `TWILIO_PEERS=required`. `TWILIO_PEER_PYTHON` names the Python
//! interpreter, `NODE_PATH` the folder that holds the Node package.

use std::path::Path;
use std::process::{Command, Output};

use twilio_conversations_emulator::Emulator;

use crate::receiver::Receiver;
use crate::support::Instance;

/// Reports that a test is skipped because a third-party program is missing. If peers are required, this is a failure.
pub(crate) fn skipped(what: &str) {
    let required = std::env::var("TWILIO_PEERS").is_ok_and(|peers| peers == "required");
    assert!(!required, "{what} is not here, and is required");
    eprintln!("skipped: {what} is not here");
}

fn python() -> String {
    std::env::var("TWILIO_PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Runs a script with the emulator's URL and credentials in its environment, if its package is installed.
async fn run(
    instance: &Instance,
    receiver: &Receiver,
    program: String,
    probe: [&str; 2],
    script: &str,
) -> Option<Output> {
    let installed = Command::new(&program).args(probe).output().is_ok_and(|output| output.status.success());
    if !installed {
        skipped(&format!("{program} with the package twilio"));
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/peers").join(script);
    let mut command = Command::new(program);
    command
        .arg(script)
        .env("BASE_URL", instance.emulator.base_url())
        .env("ACCOUNT_SID", instance.emulator.account_sid())
        .env("AUTH_TOKEN", instance.emulator.auth_token())
        .env("RECEIVER_URL", &receiver.url);
    Some(tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap())
}

async fn check(program: String, probe: [&str; 2], script: &str) {
    let instance = Instance::of(Emulator::builder().refuse_unknown_fields(true)).await;
    let mut receiver = Receiver::start().await;
    let Some(output) = run(&instance, &receiver, program, probe, script).await else { return };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("all done"), "{out}\n{err}");
    assert_eq!(receiver.next().await.field("EventType"), "onMessageAdded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_python_client_walks_its_life_cycle() {
    check(python(), ["-c", "import twilio.rest"], "life.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_node_client_walks_its_life_cycle() {
    check("node".to_owned(), ["-e", "require('twilio')"], "life.js").await;
}

/// Twilio's package verifies the signatures of the emulator.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_python_package_verifies_webhooks() {
    let python = python();
    if !Command::new(&python)
        .args(["-c", "import twilio.request_validator"])
        .output()
        .is_ok_and(|it| it.status.success())
    {
        skipped(&format!("{python} with the package twilio"));
        return;
    }
    let instance = Instance::start().await;
    let mut receiver = Receiver::start().await;
    for method in ["POST", "GET"] {
        let form = [("Method", method), ("PostWebhookUrl", &*receiver.url), ("Filters", "onConversationAdded")];
        instance.post("/v1/Configuration/Webhooks", &form).await.expect(200);
        instance.post_with_webhooks("/v1/Conversations", &[("FriendlyName", "ünï cödé & co = ?")]).await.expect(201);
        let hook = receiver.next().await;
        let url = format!("{}{}", receiver.url.trim_end_matches("/hooks"), hook.target);
        let script = "import sys, urllib.parse\nfrom twilio.request_validator import RequestValidator\n\
            token, url, body, signature = sys.argv[1:]\n\
            params = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))\n\
            sys.exit(0 if RequestValidator(token).validate(url, params, signature) else 1)";
        let verify = |url: &str, body: &str, signature: &str| {
            let mut command = Command::new(&python);
            command
                .args(["-c", script, instance.emulator.auth_token(), url, body, signature])
                .status()
                .unwrap()
                .success()
        };
        assert!(verify(&url, &hook.body, hook.header("x-twilio-signature")), "{method}");
        assert!(!verify(&url, &hook.body, "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "{method}");
        // It also verifies the call as the list of deliveries shows it.
        instance.emulator.settle().await.unwrap();
        let list = instance.get("/_emulator/deliveries?Limit=1").await.expect(200).body;
        let listed = &list["deliveries"][0];
        let mut form = form_urlencoded::Serializer::new(String::new());
        for pair in listed["fields"].as_array().unwrap().iter().filter(|_| method == "POST") {
            form.append_pair(pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
        }
        let (form, url) = (form.finish(), listed["url"].as_str().unwrap());
        assert!(verify(url, &form, listed["signature"].as_str().unwrap()), "{listed}");
    }
}
