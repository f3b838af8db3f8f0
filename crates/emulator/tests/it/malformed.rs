//! Malformed requests: no status 500, no panic, no data of another account.
//!
//! Most are plausible requests that are damaged in one place, so that they pass the first checks.

mod plausible;
mod sender;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use twilio_conversations_emulator::Emulator;

use self::plausible::{Api, CONTROL, Pairs, Stock};
use crate::support::{Instance, Method};

const OTHER: &str = "AC00000000000000000000000000000002";
const REQUESTS: usize = 100_000;

/// Pieces of paths, names and values, good and bad.
const PIECES: [&str; 40] = [
    "v1",
    "Services",
    "Conversations",
    "Messages",
    "Participants",
    "Webhooks",
    "Users",
    "Roles",
    "Configuration",
    "Receipts",
    "Credentials",
    "Addresses",
    "Bindings",
    "Notifications",
    "ConversationWithParticipants",
    "ParticipantConversations",
    "..",
    ".",
    "",
    "%2e%2e",
    "%2F",
    "%00",
    "%ff%fe",
    "%zz",
    "%",
    "+",
    "IS",
    "CH0123456789abcdef0123456789abcdef",
    "IS0123456789abcdef0123456789abcdef",
    "a",
    "\u{1F600}",
    "'",
    "\"",
    ";--",
    "' OR 1=1 --",
    "-1",
    "9999999999999999999",
    "null",
    "{}",
    "[[[[",
];
const NAMES: [&str; 24] = [
    "FriendlyName",
    "UniqueName",
    "Attributes",
    "State",
    "Timers.Inactive",
    "Timers.Closed",
    "Identity",
    "Body",
    "Author",
    "MessagingBinding.Address",
    "MessagingBinding.ProxyAddress",
    "RoleSid",
    "Permission",
    "Type",
    "Filters",
    "Method",
    "Target",
    "Configuration.Url",
    "Configuration.Filters",
    "LastReadMessageIndex",
    "Participant",
    "DateCreated",
    "PageToken",
    "PageSize",
];
const VALUES: [&str; 24] = [
    "",
    "x",
    "closed",
    "active",
    "PT1M",
    "PT99999999999999999H",
    "P",
    "{\"a\":",
    "{}",
    "-1",
    "0",
    "99999999999999999999",
    "true",
    "conversation",
    "webhook",
    "http://",
    "http://[::1]:1/",
    "+15551230001",
    "whatsapp:",
    "\u{0}",
    "onMessageAdded",
    "9999-99-99T99:99:99Z",
    "PTn0000000000000001",
    "\u{FFFD}\u{202E}",
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    fn one<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { Some(&from[self.roll(from.len())]) }
    }
}

/// A sender with its credentials.
struct Sender {
    api: Arc<Api>,
    stock: Stock,
    dice: Dice,
    host: String,
    login: String,
    /// Names of the other account's resources, which no response may have data of.
    known: Vec<String>,
    /// Operations that are to be sent more often than at random.
    wanted: Vec<Target>,
}

/// A request as bytes, and the target of its method and path, if these were not damaged.
struct Sent {
    bytes: Vec<u8>,
    target: Option<Target>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Target {
    Operation(usize),
    Control(usize),
}

/// Numbers of successful responses and of rejections.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Count {
    good: usize,
    rejected: usize,
}

/// The results of all requests.
#[derive(Default)]
struct Tally {
    responses: usize,
    reached: BTreeMap<Target, Count>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_malformed_requests_break_nothing_and_leak_nothing() {
    let builder = Emulator::builder().another_account(OTHER, "token").retries(0, Duration::ZERO);
    let instance = Instance::of(builder).await;
    let secret = "nobody else may see this";
    let service = instance.service(secret).await;
    let base = format!("/v1/Services/{service}");
    let conversation = instance.create(&format!("{base}/Conversations"), &[("UniqueName", secret)]).await;
    let message = instance.create(&format!("{base}/Conversations/{conversation}/Messages"), &[("Body", secret)]).await;
    let user = instance.create(&format!("{base}/Users"), &[("Identity", secret)]).await;
    let before = instance.get(&format!("{base}/Conversations/{conversation}/Messages")).await.expect(200).body;
    // No known resource leads to this one.
    let hidden = instance.create(&format!("{base}/Conversations"), &[]).await;
    let message_sid = instance.create(&format!("{base}/Conversations/{hidden}/Messages"), &[("Body", secret)]).await;
    let secrets = [secret.to_owned(), hidden];

    // The malformed requests are sent by the other account, which knows the SIDs of this one's resources.
    let login = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!("{OTHER}:token"))
    };
    let known = vec![service.clone(), conversation.clone(), message, message_sid, user, secret.replace(' ', "%20")];
    let host = instance.emulator.base_url().trim_start_matches("http://").to_owned();
    let nowhere = {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", taken.local_addr().unwrap())
    };
    let stock = stock(&instance, &nowhere).await;
    let api = Arc::new(Api::read());
    let tasks: Vec<_> = (0..4_u64)
        .map(|number| {
            let (api, host, login, known) = (api.clone(), host.clone(), login.clone(), known.clone());
            let dice = Dice(0xbad_5eed + number);
            let mut sender = Sender { api, stock: stock.clone(), dice, host, login, known, wanted: Vec::new() };
            let secrets = secrets.clone();
            tokio::spawn(async move { (hammer(&mut sender, REQUESTS / 4, &secrets).await, sender) })
        })
        .collect();
    let mut all = Tally::default();
    let mut senders = Vec::new();
    for task in tasks {
        let (tally, sender) = task.await.unwrap();
        all.add(tally);
        senders.push(sender);
    }
    // The remaining operations are sent explicitly, by each sender in turn, since one sender may know no fitting resource.
    for round in 0..100 {
        let sender = &mut senders[round % 4];
        sender.wanted = all.seldom(&api);
        if sender.wanted.is_empty() {
            break;
        }
        all.add(hammer(sender, 500, &secrets).await);
    }
    let after = instance.get(&format!("{base}/Conversations/{conversation}/Messages")).await.expect(200).body;
    assert_eq!(after, before);
    all.check(&api);
}

/// The initial resources of the other account: a receipt, and a conversation with a user, which random requests seldom
/// create.
async fn stock(instance: &Instance, nowhere: &str) -> Stock {
    let send = async |method, path: &str, form: &[(&str, &str)]| {
        let response = instance.bare(method, path).login(OTHER, "token").form(form).send().await;
        assert!(response.status < 300, "{path}: {}", response.body);
        response
    };
    let create = async |path: &str, form: &[(&str, &str)]| send(Method::POST, path, form).await.text("sid");
    let home = send(Method::GET, "/v1/Configuration", &[]).await.text("default_chat_service_sid");
    let conversation = create("/v1/Conversations", &[]).await;
    let base = format!("/v1/Conversations/{conversation}");
    let user = create("/v1/Users", &[("Identity", "kept")]).await;
    create(&format!("{base}/Participants"), &[("Identity", "kept")]).await;
    let address = [("MessagingBinding.Address", "+15550000001"), ("MessagingBinding.ProxyAddress", "+15550000002")];
    let participant = create(&format!("{base}/Participants"), &address).await;
    let message = create(&format!("{base}/Messages"), &[("Body", "kept")]).await;
    let report = [("MessageSid", &*message), ("ParticipantSid", &participant), ("Status", "delivered")];
    let receipt = send(Method::POST, "/_emulator/delivery-reports", &report).await.text("receipt_sid");

    let mut stock = Stock::new(&home, nowhere);
    stock.keep("Conversations/{}/Messages/{}/Receipts/{}", &[&conversation, &message, &receipt]);
    stock.keep("Conversations/{}/Messages/{}", &[&conversation, &message]);
    stock.keep("Users/{}/Conversations/{}", &[&user, &conversation]);
    stock.keep("Users/{}", &[&user]);
    stock
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.responses += other.responses;
        for (target, count) in other.reached {
            let sum = self.reached.entry(target).or_default();
            sum.good += count.good;
            sum.rejected += count.rejected;
        }
    }

    /// The operations and control requests that never succeeded, or were never rejected.
    fn seldom(&self, api: &Api) -> Vec<Target> {
        let all = (0..api.operations.len()).map(Target::Operation).chain((0..CONTROL.len()).map(Target::Control));
        let is_seldom = |target: &Target| self.reached.get(target).is_none_or(|one| one.good == 0 || one.rejected == 0);
        all.filter(is_seldom).collect()
    }

    /// The test is meaningful only if requests reach their operations. Most do: each operation and control request has some
    /// that succeed and some that are rejected.
    fn check(&self, api: &Api) {
        assert!(self.responses >= REQUESTS, "{}", self.responses);
        let sum = |of: fn(&Count) -> usize| self.reached.values().map(of).sum::<usize>();
        let (good, rejected) = (sum(|count| count.good), sum(|count| count.rejected));
        assert!(good + rejected > REQUESTS / 2, "{good} succeeded, {rejected} rejected");
        assert!(good > REQUESTS / 4 && rejected > REQUESTS / 10, "{good} succeeded, {rejected} rejected");
        let seldom = self.seldom(api).into_iter().map(|target| match target {
            Target::Operation(index) => (&*api.operations[index].id, self.reached.get(&target)),
            Target::Control(index) => (CONTROL[index].0, self.reached.get(&target)),
        });
        assert_eq!(seldom.collect::<Vec<_>>(), []);
    }
}

async fn hammer(sender: &mut Sender, requests: usize, secrets: &[String]) -> Tally {
    let mut tally = Tally::default();
    let mut stream = TcpStream::connect(&sender.host).await.unwrap();
    let mut buffer = Vec::new();
    while tally.responses < requests {
        let Sent { bytes: request, target } = sender.request();
        buffer.clear();
        if stream.write_all(&request).await.is_err() {
            stream = TcpStream::connect(&sender.host).await.unwrap();
            continue;
        }
        let is_head = request.starts_with(b"HEAD");
        let whole = loop {
            match response_end(&buffer, is_head) {
                Some(end) => break Some(end),
                None => match stream.read_buf(&mut buffer).await {
                    Ok(1..) => {}
                    _ => break None,
                },
            }
        };
        let shown = String::from_utf8_lossy(&request[..request.len().min(4_000)]);
        let text = String::from_utf8_lossy(&buffer);
        let status: u16 =
            text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no response to {shown}"));
        // Another test names the operations that are not implemented.
        let is_unimplemented = status == 501 && text.contains("\"code\":20501");
        assert!((200..500).contains(&status) || is_unimplemented, "{text}\n to {shown}");
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{text}\n to {shown}");
        tally.responses += 1;
        if let Some(target) = target {
            let count = tally.reached.entry(target).or_default();
            match status {
                200..300 => count.good += 1,
                // Rejected before the operation was reached.
                401 | 405 | 413 => {}
                _ => count.rejected += 1,
            }
        }
        if status < 300
            && let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(response) = serde_json::from_str(body)
        {
            sender.stock.learn(&mut sender.dice, &response);
        }
        if [204, 404].contains(&status)
            && let Some(path) = text_of_path(&request)
        {
            sender.stock.forget(path);
        }
        // After a request that is no HTTP, or has an endless path, the server closes.
        if whole.is_none() || text.contains("connection: close") {
            stream = TcpStream::connect(&sender.host).await.unwrap();
        }
    }
    tally
}

/// The path of a request, without a query.
fn text_of_path(request: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(request.split(|byte| *byte == b'\r').next()?).ok()?;
    line.split(' ').nth(1)?.split('?').next()
}

fn response_end(bytes: &[u8], is_head: bool) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?.to_ascii_lowercase();
    let length =
        text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok()).unwrap_or(0);
    let end = if is_head { head } else { head + length };
    (bytes.len() >= end).then_some(end)
}

#[tokio::test]
async fn bytes_that_are_not_http_are_rejected() {
    let instance = Instance::start().await;
    let address = instance.emulator.base_url().trim_start_matches("http://");
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response).await;
        assert!(response.is_empty() || response.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&response));
    }
    instance.get("/v1/Services").await.expect(200);
}
