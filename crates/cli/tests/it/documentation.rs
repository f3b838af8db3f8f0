//! The commands that the API reference shows, verbatim after the program's name.

use std::process::Command;

use twilio_conversations_emulator::Emulator;

use crate::{
    server::{Answer, Server},
    support::{Ended, Twconv},
};

/// A command, and the line and form of the request that it makes.
type Documented = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The commands of the pages about webhook configurations.
const COMMANDS: [Documented; 4] = [
    ("twilio api:conversations:v1:configuration:webhooks:fetch", "GET /v1/Configuration/Webhooks", &[]),
    (
        r"twilio api:conversations:v1:configuration:webhooks:update \
   --post-webhook-url https://example.com/archive-every-action \
   --pre-webhook-url https://example.com/filtering-and-permissions \
   --method POST \
   --filters onConversationUpdated onMessageRemoved",
        "POST /v1/Configuration/Webhooks",
        UPDATE,
    ),
    (
        r"twilio api:conversations:v1:services:configuration:webhooks:fetch \
   --chat-service-sid ISXXXXXXXXXXXXXXXXXXXXXX",
        "GET /v1/Services/ISXXXXXXXXXXXXXXXXXXXXXX/Configuration/Webhooks",
        &[],
    ),
    (
        r"twilio api:conversations:v1:services:configuration:webhooks:update \
   --chat-service-sid ISXXXXXXXXXXXXXXXXXXXXXX \
   --filters onConversationUpdated onMessageRemoved \
   --method POST \
   --post-webhook-url https://example.com/archive-every-action \
   --pre-webhook-url https://example.com/filtering-and-permissions",
        "POST /v1/Services/ISXXXXXXXXXXXXXXXXXXXXXX/Configuration/Webhooks",
        UPDATE,
    ),
];

const UPDATE: &[(&str, &str)] = &[
    ("Filters", "onConversationUpdated"),
    ("Filters", "onMessageRemoved"),
    ("Method", "POST"),
    ("PostWebhookUrl", "https://example.com/archive-every-action"),
    ("PreWebhookUrl", "https://example.com/filtering-and-permissions"),
];

/// Runs a text in a shell where `twilio` is our program.
fn shell(program: &Twconv, text: &str) -> Ended {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("twilio() {{ \"$PROGRAM\" \"$@\"; }}\n{text}"));
    command.env_clear().envs(program.bare().get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("PROGRAM", program.bare().get_program());
    Ended::from(command.output().unwrap())
}

#[test]
fn the_commands_of_the_pages_make_the_requests_of_the_pages() {
    let server = Server::start(|_| Answer::status(200, r#"{"method":"POST"}"#));
    let program = Twconv::new()
        .with("TWILIO_ACCOUNT_SID", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        .with("TWILIO_AUTH_TOKEN", "x")
        .with("TWILIO_CONVERSATIONS_BASE_URL", &server.base_url);
    for (command, line, form) in COMMANDS {
        assert_eq!(shell(&program, command).ok(), "{\"method\":\"POST\"}\n", "{command}");
        let request = server.take_one();
        assert_eq!(format!("{} {}", request.method, request.target), line);
        let mut sent = request.form();
        sent.sort_by(|(a, _), (b, _)| a.cmp(b));
        let form: Vec<_> = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(sent, form, "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_pages_do_what_the_pages_say() {
    let emulator = Emulator::start().await.unwrap();
    let program = Twconv::on(&emulator);
    let [(fetch, ..), (update, ..), (fetch_of_service, ..), (update_of_service, ..)] = COMMANDS;
    shell(&program, fetch).ok();
    let updated = shell(&program, update).ok();
    let fetched: serde_json::Value = serde_json::from_str(&shell(&program, fetch).ok()).unwrap();
    assert_eq!(fetched, serde_json::from_str::<serde_json::Value>(&updated).unwrap());
    assert_eq!(fetched["filters"], serde_json::json!(["onConversationUpdated", "onMessageRemoved"]));
    assert_eq!(fetched["pre_webhook_url"], "https://example.com/filtering-and-permissions");
    assert_eq!(fetched["post_webhook_url"], "https://example.com/archive-every-action");

    // The placeholder is the SID of no service.
    for command in [fetch_of_service, update_of_service] {
        assert!(shell(&program, command).fails(3).contains("ISXXXXXXXXXXXXXXXXXXXXXX"), "{command}");
        let service = program.run("services create --friendly-name s --jq .sid").ok();
        shell(&program, &command.replace("ISXXXXXXXXXXXXXXXXXXXXXX", service.trim())).ok();
    }
    emulator.stop().await;
}
