//! The vendor's command line through the proxy: commands of every topic. `TWILIO_PEER_CLI` names the program.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::peers::{Stage, is_there, report};

/// Commands without `api:conversations:v1:`, with a name for the SID that one prints. Groups of commands, which run at
/// the same time, are apart by an empty line.
const COMMANDS: &str = "
configuration:update --default-inactive-timer PT10M
configuration:webhooks:fetch
configuration:webhooks:update --filters onConversationUpdated --filters onMessageRemoved --method GET
$address = configuration:addresses:create --type sms --address +15551239999
configuration:addresses:remove --sid $address
$credential = credentials:create --type fcm --secret x
credentials:update --sid $credential --friendly-name other
credentials:remove --sid $credential

$role = roles:create --friendly-name r --type conversation --permission sendMessage --permission editOwnMessage
$user = users:create --identity alice --x-twilio-webhook-enabled true
$conversation = conversations:create --unique-name order --timers.closed PT24H
conversations:list --page-size 1
conversations:fetch --sid order
$participant = conversations:participants:create --conversation-sid order --identity alice
conversations:participants:update --conversation-sid order --sid $participant --role-sid $role
$message = conversations:messages:create --conversation-sid order --author alice --body Hello
conversations:messages:list --conversation-sid order --order desc
conversations:messages:update --conversation-sid order --sid $message --body changed
conversations:messages:remove --conversation-sid order --sid $message
conversations:messages:receipts:fetch --conversation-sid $CONVERSATION_SID --message-sid $MESSAGE_SID --sid $RECEIPT_SID
$webhook = conversations:webhooks:create --conversation-sid order --target webhook --configuration.url https://example.com/ --configuration.filters onMessageAdded
conversations:webhooks:remove --conversation-sid order --sid $webhook
participant-conversations:list --identity alice
users:conversations:update --user-sid alice --conversation-sid $conversation --notification-level muted
conversation-with-participants:create --participant {\"identity\":\"bob\"}
conversations:remove --sid $conversation
users:remove --sid $user
roles:remove --sid $role

$service = services:create --friendly-name shop
services:configuration:update --chat-service-sid $service --reachability-enabled
services:configuration:webhooks:update --chat-service-sid $service --filters onMessageAdded
services:configuration:notifications:update --chat-service-sid $service --log-enabled
services:conversations:create --chat-service-sid $service --friendly-name below
services:remove --sid $service
services:bindings:list --chat-service-sid $SERVICE_SID
services:bindings:remove --chat-service-sid $SERVICE_SID --sid $BINDING_SID
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendor_s_command_line_runs_commands_of_every_topic_through_the_proxy() {
    let program = std::env::var("TWILIO_PEER_CLI").unwrap_or_else(|_| "twilio".to_owned());
    let stage = Stage::new().await;
    let run = |arguments: &[String]| {
        let mut command = Command::new(&program);
        stage.set(&mut command).args(arguments).env("HOME", stage.folder.path());
        command
    };
    if !is_there("the vendor's command line", &mut run(&["--version".to_owned()])) {
        return;
    }
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &stage.variables {
        known.insert(format!("${name}"), value.to_string_lossy().into_owned());
    }
    let (mut made, mut failed) = (0, String::new());
    std::thread::scope(|scope| {
        let groups = COMMANDS.split("\n\n").map(|lines| {
            let (known, run) = (known.clone(), &run);
            scope.spawn(move || run_group(lines, known, run))
        });
        for group in groups.collect::<Vec<_>>() {
            let (count, problems) = group.join().unwrap();
            made += count;
            failed.push_str(&problems);
        }
    });
    assert_eq!(failed, "");
    report("Command line, `twilio-cli` 6", &format!("{made}/{made}"));
}

/// Runs commands one after the other. Returns how many there were, and those that failed.
fn run_group(lines: &str, mut known: BTreeMap<String, String>, run: impl Fn(&[String]) -> Command) -> (usize, String) {
    let (mut made, mut failed) = (0, String::new());
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let (name, words) = line.split_once(" = ").map_or((None, line), |(name, words)| (Some(name), words));
        let words = format!("api:conversations:v1:{words} -o json");
        let arguments: Vec<String> =
            words.split(' ').map(|word| known.get(word).cloned().unwrap_or_else(|| word.to_owned())).collect();
        let output = run(&arguments).output().unwrap();
        made += 1;
        let out = String::from_utf8_lossy(&output.stdout);
        let printed: Value = serde_json::from_str(&out).unwrap_or_default();
        let sid = printed.get(0).unwrap_or(&printed)["sid"].as_str();
        if !output.status.success() || (name.is_some() && sid.is_none()) {
            failed.push_str(&format!("{line}: {}{out}{}\n", output.status, String::from_utf8_lossy(&output.stderr)));
        }
        if let (Some(name), Some(sid)) = (name, sid) {
            known.insert(name.to_owned(), sid.to_owned());
        }
    }
    (made, failed)
}
