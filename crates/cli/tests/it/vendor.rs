//! The vendor's own command line beside ours: the same commands have the same effects on two emulators. It runs
//! unmodified, through the emulator's proxy. Skipped, with a message, where it is not installed, unless
//! `TWILIO_PEERS=required`. `TWILIO_PEER_CLI` names the program.

mod flags;
mod state;

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use twilio_conversations_emulator::{Builder, Emulator};

use crate::support::{Ended, Twconv};

/// Commands without `api:conversations:v1:`, at least one of each topic, with a name for the SID that one prints.
const COMMANDS: &str = "
configuration:update --default-inactive-timer PT10M
configuration:webhooks:update --filters onConversationUpdated --filters onMessageRemoved --method GET --post-webhook-url http://127.0.0.1:9/post
$address = configuration:addresses:create --type sms --address +15551239999 --friendly-name line --auto-creation.enabled --auto-creation.type default
configuration:addresses:update --sid $address --friendly-name other --no-auto-creation.enabled
$role = roles:create --friendly-name mod --type conversation --permission sendMessage --permission editOwnMessage
roles:update --sid $role --permission leaveConversation
$user = users:create --identity alice --friendly-name Alice --x-twilio-webhook-enabled true
users:update --sid alice --attributes {\"team\":\"sales\"}
$credential = credentials:create --type fcm --friendly-name app --secret x --no-sandbox
credentials:update --sid $credential --friendly-name other
$conversation = conversations:create --friendly-name Order --unique-name order-1 --timers.closed PT24H
conversations:update --sid order-1 --state inactive
conversations:update --sid $conversation --state active
$participant = conversations:participants:create --conversation-sid $conversation --identity alice
conversations:participants:update --conversation-sid order-1 --sid $participant --role-sid $role
conversations:participants:create --conversation-sid $conversation --messaging-binding.address +15551230001 --messaging-binding.proxy-address +15551239998
$message = conversations:messages:create --conversation-sid $conversation --author alice --body Hello,_there
conversations:messages:update --conversation-sid $conversation --sid $message --body changed
conversations:messages:receipts:list --conversation-sid $conversation --message-sid $message
conversations:webhooks:create --conversation-sid $conversation --target webhook --configuration.url http://127.0.0.1:9/ --configuration.filters onMessageAdded --configuration.filters onMessageUpdated
conversation-with-participants:create --friendly-name two --participant {\"identity\":\"bob\"} --participant {\"identity\":\"carol\"}
participant-conversations:list --identity alice
users:conversations:update --user-sid alice --conversation-sid $conversation --notification-level muted
$service = services:create --friendly-name shop
services:configuration:update --chat-service-sid $service --reachability-enabled
services:configuration:webhooks:update --chat-service-sid $service --filters onMessageAdded --pre-webhook-url http://127.0.0.1:9/pre
services:configuration:notifications:update --chat-service-sid $service --log-enabled --new-message.with-media.enabled --new-message.with-media.template x
services:bindings:list --chat-service-sid $service
services:conversations:create --chat-service-sid $service --friendly-name below
conversations:messages:remove --conversation-sid $conversation --sid $message
configuration:addresses:remove --sid $address
";

type Run = Box<dyn Fn(&[String]) -> Ended>;

/// A program on an emulator of its own.
struct Side {
    emulator: Emulator,
    sids: BTreeMap<&'static str, String>,
    run: Run,
}

impl Side {
    /// Runs a command, notes the SID that it prints, and returns the duration.
    fn run(&mut self, line: &'static str) -> (Ended, Duration) {
        let (name, line) = line.split_once(" = ").map_or((None, line), |(name, line)| (Some(name), line));
        let known = |word: &str| self.sids.get(word).cloned().unwrap_or_else(|| word.to_owned());
        let arguments = format!("api:conversations:v1:{line} -o json");
        let arguments: Vec<String> = arguments.split(' ').map(known).collect();
        let start = Instant::now();
        let ended = (self.run)(&arguments);
        let duration = start.elapsed();
        if let Some(name) = name {
            let printed: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{line}: {ended:#?}"));
            let item = printed.get(0).unwrap_or(&printed);
            self.sids.insert(name, item["sid"].as_str().unwrap().to_owned());
        }
        (ended, duration)
    }
}

fn emulator() -> Builder {
    Emulator::builder().vendor_urls(true).refuse_unknown_fields(true)
}

/// Our program.
async fn ours() -> Side {
    let emulator = emulator().start().await.unwrap();
    let program = Twconv::on(&emulator);
    let run = move |arguments: &[String]| {
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // Off a terminal, ours deletes with a confirmation only.
        if arguments[0].ends_with(":remove") {
            arguments.push("--yes");
        }
        program.run_args(&arguments)
    };
    Side { emulator, sids: BTreeMap::new(), run: Box::new(run) }
}

/// The vendor's program with a home of its own, if it is installed.
fn installed() -> Option<(String, TempDir)> {
    let program = std::env::var("TWILIO_PEER_CLI").unwrap_or_else(|_| "twilio".to_owned());
    let home = TempDir::new().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut probe = Command::new(&program);
    probe.arg("--version").env_clear().env("PATH", &path).env("HOME", home.path()).stdin(Stdio::null());
    if !probe.output().is_ok_and(|output| output.status.success()) {
        let required = std::env::var("TWILIO_PEERS").is_ok_and(|peers| peers == "required");
        assert!(!required, "{program}, the vendor's command line, is not here, and is required");
        eprintln!("skipped: {program}, the vendor's command line, is not here");
        return None;
    }
    Some((program, home))
}

/// The vendor's program on an emulator of its own.
async fn vendors() -> Option<Side> {
    let (program, home) = installed()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let emulator = emulator().proxy(0).ca_folder(home.path()).start().await.unwrap();
    let variables = emulator.proxy_vars(emulator.ca_file().unwrap());
    let (account, token) = (emulator.account_sid().to_owned(), emulator.auth_token().to_owned());
    let run = move |arguments: &[String]| {
        let mut command = Command::new(&program);
        command.args(arguments).env_clear().env("PATH", &path).env("HOME", home.path()).stdin(Stdio::null());
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.env("TWILIO_ACCOUNT_SID", &account).env("TWILIO_AUTH_TOKEN", &token);
        Ended::from(command.output().unwrap())
    };
    Some(Side { emulator, sids: BTreeMap::new(), run: Box::new(run) })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_commands_have_the_effects_of_the_vendors_program() {
    let Some(mut vendors) = vendors().await else { return };
    let mut ours = ours().await;
    let mut before = state::of(&ours.emulator).await;
    assert_eq!(before, state::of(&vendors.emulator).await, "the emulators differ before any command");
    for line in COMMANDS.lines().filter(|line| !line.is_empty()) {
        let (theirs, _) = vendors.run(line);
        let (own, _) = ours.run(line);
        assert_eq!((theirs.code, own.code), (0, 0), "{line}\n{theirs:#?}\n{own:#?}");
        let after = state::of(&ours.emulator).await;
        assert_eq!(after, state::of(&vendors.emulator).await, "{line}");
        assert_eq!(after == before, line.contains(":list"), "{line} changes nothing, or a list something");
        before = after;
    }
}

#[test]
fn every_command_and_flag_of_the_vendors_program_is_ours() {
    let Some((program, _)) = installed() else { return };
    let (count, missing) = flags::missing(&program);
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
    assert_eq!(count, crate::spec::operations().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_is_timed_beside_that_of_the_vendors_program() {
    let Some(mut vendors) = vendors().await else { return };
    let mut ours = ours().await;
    let mut best = [Duration::MAX; 2];
    for _ in 0..3 {
        for (side, best) in [&mut ours, &mut vendors].into_iter().zip(&mut best) {
            let (ended, duration) = side.run("configuration:webhooks:fetch");
            assert_eq!(ended.code, 0, "{ended:#?}");
            *best = duration.min(*best);
        }
    }
    let [own, theirs] = best;
    let ratio = theirs.as_secs_f64() / own.as_secs_f64();
    eprintln!("a fetch: ours {own:.1?}, the vendor's {theirs:.1?}, {ratio:.0} times as long");
}
