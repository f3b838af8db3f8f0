//! Every operation on an emulator, each as a command that succeeds: what an account has, then what a service has, once by
//! the paths of the account and once below a service, in both spellings.

use std::collections::{BTreeMap, BTreeSet};

use twilio_conversations_emulator::Emulator;

use crate::{
    every_operation::kebab,
    spec::{Operation, operations},
    support::Twconv,
};

const ACCOUNT: &str = "
configuration fetch
configuration update --default-inactive-timer PT10M --default-closed-timer PT1H
configuration webhooks fetch
configuration webhooks update --method POST --filters onMessageAdded --post-webhook-url http://127.0.0.1:9/ --target webhook
$address = configuration addresses create --type sms --address +15551239999 --friendly-name line --auto-creation.enabled --auto-creation.type default
configuration addresses list --type sms
configuration addresses fetch $address
configuration addresses update $address --friendly-name other --no-auto-creation.enabled
configuration addresses remove $address
$credential = credentials create --type fcm --friendly-name app --secret x
credentials list
credentials fetch $credential
credentials update $credential --friendly-name other
credentials remove $credential
services list
services fetch $service
";

/// Below a service only. Every line begins with `services`.
const SERVICE: &str = "
services configuration fetch $service
services configuration update $service --reachability-enabled
services configuration notifications fetch $service
services configuration notifications update $service --log-enabled --new-message.enabled --new-message.template x
services configuration webhooks fetch $service
services configuration webhooks update $service --method GET --filters onMessageAdded --post-webhook-url http://127.0.0.1:9/
services bindings list $service --binding-type fcm --identity alice
services bindings fetch $service $binding
services bindings remove $service $binding
";

/// At both levels.
const BOTH: &str = "
$role = roles create --friendly-name mod --type conversation --permission sendMessage --permission editOwnMessage
roles list
roles fetch $role
roles update $role --permission sendMessage
$user = users create --identity alice --friendly-name Alice --x-twilio-webhook-enabled true
users list
users fetch alice
users update $user --attributes {\"a\":1}
$conversation = conversations create --friendly-name Order --unique-name order-1 --timers.closed PT24H
conversations list --state active --start-date 2020-01-01 --end-date 2101-01-01
conversations fetch order-1
conversations update $conversation --state inactive --clear unique-name
conversations update $conversation --state active
conversation-with-participants create --friendly-name two --participant {\"identity\":\"bob\"}
$participant = conversations participants create $conversation --identity alice --role-sid $role
conversations participants list $conversation
conversations participants fetch $conversation $participant
conversations participants update $conversation $participant --attributes {}
$person = conversations participants create $conversation --messaging-binding.address $number --messaging-binding.proxy-address +15551239998
participant-conversations list --identity alice
participant-conversations list --address $number
$message = conversations messages create $conversation --author alice --body hello
conversations messages list $conversation --order asc
conversations messages fetch $conversation $message
conversations messages update $conversation $message --body changed
!deliver
conversations messages receipts list $conversation $message
conversations messages receipts fetch $conversation $message $receipt
users conversations list alice
users conversations fetch alice $conversation
users conversations update alice $conversation --notification-level muted --last-read-message-index 0
$webhook = conversations webhooks create $conversation --target webhook --configuration.url http://127.0.0.1:9/ --configuration.filters onMessageAdded
conversations webhooks list $conversation
conversations webhooks fetch $conversation $webhook
conversations webhooks update $conversation $webhook --configuration.method get
conversations webhooks remove $conversation $webhook
users conversations remove alice $conversation
conversations messages remove $conversation $message
$participant = conversations participants create $conversation --identity carol
conversations participants remove $conversation $participant
conversations remove $conversation
users remove alice
roles remove $role
";

/// Runs commands and remembers SIDs.
struct Walk {
    emulator: Emulator,
    program: Twconv,
    sids: BTreeMap<&'static str, String>,
    is_vendors: bool,
    called: BTreeSet<&'static str>,
}

impl Walk {
    async fn start(is_vendors: bool) -> Self {
        let emulator = Emulator::builder().refuse_unknown_fields(true).start().await.unwrap();
        let program = Twconv::on(&emulator);
        Self { emulator, program, sids: BTreeMap::new(), is_vendors, called: BTreeSet::new() }
    }

    /// Runs each line, below the service if `service` names it.
    async fn run(&mut self, script: &'static str, service: Option<&str>) {
        // A person has one conversation with a number of ours.
        let number = if service.is_some() { "+15551230001" } else { "+15551230002" };
        self.sids.insert("$number", number.to_owned());
        for line in script.lines().filter(|line| !line.is_empty()) {
            if line == "!deliver" {
                let receipt = self.emulator.report_delivery(&self.sids["$message"], None, "delivered", None).await;
                self.sids.insert("$receipt", receipt.unwrap());
                continue;
            }
            let (name, line) = match line.split_once(" = ") {
                Some((name, line)) => (Some(name), line),
                None => (None, line),
            };
            let sid = self.call(line, service);
            if let Some(name) = name {
                self.sids.insert(name, sid);
            }
        }
    }

    /// Runs one command, which succeeds, and returns the SID that it prints.
    fn call(&mut self, line: &str, service: Option<&str>) -> String {
        let below = format!("services {line}");
        let line = if service.is_some() { &below } else { line };
        let words: Vec<&str> = line.split(' ').collect();
        let (operation, count) = find(&words);
        let items = words[count..].iter().take_while(|word| !word.starts_with("--")).count();
        let value = |word: &&str| self.sids.get(word).cloned().unwrap_or_else(|| (*word).to_owned());
        let mut values: Vec<String> = service.map(str::to_owned).into_iter().collect();
        values.extend(words[count..count + items].iter().map(value));
        let mut arguments: Vec<String> = words[..count].iter().map(|word| (*word).to_owned()).collect();
        if self.is_vendors {
            arguments = vec![format!("api:conversations:v1:{}", arguments.join(":"))];
            let names = operation.path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'));
            values = names.zip(values).flat_map(|(name, value)| [format!("--{}", kebab(name)), value]).collect();
        }
        arguments.extend(values);
        arguments.extend(words[count + items..].iter().map(value));
        arguments.push("--yes".to_owned());
        self.called.insert(operation.id);
        let printed = self.program.run_args(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).ok();
        if operation.id.starts_with("Delete") {
            assert_eq!(printed, "", "{arguments:?}");
            return String::new();
        }
        let first = printed.lines().next().unwrap_or_else(|| panic!("{arguments:?} printed nothing"));
        let body: serde_json::Value = serde_json::from_str(first).unwrap();
        body["sid"].as_str().unwrap_or_default().to_owned()
    }
}

/// The operation of a command, and how many words name it.
fn find(words: &[&str]) -> (Operation, usize) {
    let actions =
        [("list", "List"), ("create", "Create"), ("fetch", "Fetch"), ("update", "Update"), ("remove", "Delete")];
    let count = words.iter().position(|word| actions.iter().any(|(action, _)| action == word)).unwrap();
    let (_, verb) = actions.into_iter().find(|(action, _)| *action == words[count]).unwrap();
    let plain = |text: &str| text.replace('-', "").to_lowercase();
    let is_named = |operation: &Operation| {
        let fixed = operation.path.split('/').skip(2).filter(|segment| !segment.starts_with('{'));
        operation.id.starts_with(verb) && fixed.map(plain).eq(words[..count].iter().map(|word| plain(word)))
    };
    let operation = operations().into_iter().find(is_named).unwrap_or_else(|| panic!("no operation {words:?}"));
    (operation, count + 1)
}

async fn walk(is_vendors: bool) {
    let mut walk = Walk::start(is_vendors).await;
    let service = walk.call("services create --friendly-name life", None);
    walk.sids.insert("$service", service.clone());
    walk.run(ACCOUNT, None).await;
    let binding = walk.emulator.add_binding(Some(&service), "alice", "fcm", "phone").await.unwrap();
    walk.sids.insert("$binding", binding);
    walk.run(SERVICE, None).await;
    walk.call("services users remove $service alice", None);
    walk.run(BOTH, None).await;
    walk.run(BOTH, Some(&service)).await;
    walk.call("services remove $service", None);
    assert_eq!(walk.called, operations().iter().map(|operation| operation.id).collect());
    walk.emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_works_on_an_emulator_by_the_words_of_its_url() {
    walk(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_works_on_an_emulator_in_the_vendors_spelling() {
    walk(true).await;
}
