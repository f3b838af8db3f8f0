//! Malformed requests: no status 500, no panic, no data of another account.
//!
//! Most are plausible requests that are damaged in one place, so that they pass the first checks.

mod plausible;

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

impl Sender {
    fn request(&mut self) -> Sent {
        loop {
            let wanted = self.dice.one(&self.wanted).copied();
            let sent = match (self.dice.roll(20), wanted) {
                (10.., Some(Target::Operation(index))) => self.operation(index),
                (10.., Some(Target::Control(index))) => Some(self.control(index)),
                (0..5, _) => Some(self.garbage()),
                (5..7, _) => {
                    let index = self.dice.roll(CONTROL.len());
                    // Moving the clock closes conversations.
                    let index = if CONTROL[index].0 == "clock" && self.dice.roll(4) > 0 { 0 } else { index };
                    Some(self.control(index))
                }
                _ => {
                    let index = self.dice.roll(self.api.operations.len());
                    let operation = &self.api.operations[index];
                    // A deleted resource is of no further use.
                    if operation.method == "DELETE" && self.dice.roll(3) > 0 { None } else { self.operation(index) }
                }
            };
            if let Some(sent) = sent {
                return sent;
            }
        }
    }

    /// A request of the API, perhaps of a chat user. `None` if no known resource fits.
    fn operation(&mut self, index: usize) -> Option<Sent> {
        let api = self.api.clone();
        let operation = &api.operations[index];
        let (mut path, mut query) = self.stock.path(&mut self.dice, operation)?;
        let mut form = self.stock.form(&mut self.dice, &operation.form);
        let mut whole = true;
        match self.dice.roll(20) {
            0 => {
                whole = false;
                let at = self.dice.roll(path.len() - 1) + 1;
                path[at] = self.piece();
            }
            1 => {
                // A resource of another account.
                let at = path.iter().rposition(|segment| segment.len() == 34);
                if let Some(at) = at {
                    path[at] = self.dice.one(&self.known)?.clone();
                }
            }
            2 | 3 => self.damage(&mut query),
            _ => {}
        }
        if self.dice.roll(3) == 0 {
            self.damage(&mut form);
        }
        let encode = |segment: &String| {
            if whole { utf8_percent_encode(segment, NON_ALPHANUMERIC).to_string() } else { segment.clone() }
        };
        let mut path = path.iter().map(encode).collect::<Vec<_>>().join("/");
        if self.dice.roll(12) == 0 {
            path = format!("/_emulator/as/{}{path}", self.dice.pick(&["alice", "bob", "%C3%BC%22", "%ff", "system"]));
        }
        let target = whole.then_some(Target::Operation(index));
        Some(Sent { bytes: self.write(operation.method, &path, &query, &form), target })
    }

    fn control(&mut self, index: usize) -> Sent {
        let (mut path, mut form) = self.stock.control(&mut self.dice, index);
        let mut whole = true;
        match self.dice.roll(12) {
            0 => {
                whole = false;
                path = format!("{path}{}", self.piece());
            }
            1 => {
                whole = false;
                path = format!("deliveries{}/resend", self.dice.pick(&["", "/", "/x", "/-1", "/%31"]));
            }
            2 => form.push(("AccountSid".to_owned(), self.dice.pick(&[OTHER, "", "AC1", "\u{0}"]).to_owned())),
            3..6 => self.damage(&mut form),
            _ => {}
        }
        if self.dice.roll(20) == 0 {
            let path =
                format!("/_emulator{}", self.dice.pick(&["", "/deliveries", "/clock", "/as/alice", "/as//v1/Users"]));
            let mut query = vec![("Limit".to_owned(), "2".to_owned())];
            query.push((self.dice.pick(&["Conversation", "State", "Event", "Id"]).to_owned(), self.piece()));
            return Sent { bytes: self.write("GET", &path, &query, &Vec::new()), target: None };
        }
        let target = whole.then_some(Target::Control(index));
        Sent { bytes: self.write("POST", &format!("/_emulator/{path}"), &Vec::new(), &form), target }
    }

    /// A request that consists of nothing but pieces. Now and then it has bytes that no request should have.
    fn garbage(&mut self) -> Sent {
        let method = self.dice.pick(&["GET", "POST", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "BREW"]);
        let mut path = String::from(if self.dice.roll(4) > 0 { "/v1" } else { "" });
        for _ in 0..self.dice.roll(7) {
            path.push('/');
            path.push_str(&self.piece());
        }
        if path.is_empty() {
            path.push('/');
        }
        let mut pairs = Vec::new();
        for _ in 0..self.dice.roll(4) {
            pairs.push((self.dice.pick(&NAMES).to_owned(), self.dice.pick(&VALUES).to_owned()));
        }
        Sent { bytes: self.write(method, &path, &Vec::new(), &pairs), target: None }
    }

    /// A piece of a path, or a placeholder of another account's resource.
    fn piece(&mut self) -> String {
        let piece = match self.dice.roll(3) {
            0 => self.dice.one(&self.known).cloned().unwrap_or_default(),
            _ => self.dice.pick(&PIECES).to_owned(),
        };
        piece.chars().filter(|character| character.is_ascii_graphic() && *character != '#').collect()
    }

    /// Damages a form or a query.
    fn damage(&mut self, pairs: &mut Pairs) {
        let at = self.dice.roll(pairs.len().max(1));
        match (self.dice.roll(8), pairs.get_mut(at)) {
            (0..4, Some(pair)) => pair.1 = self.dice.pick(&VALUES).to_owned(),
            (4, Some(_)) => drop(pairs.remove(at)),
            (5, Some(pair)) => {
                let again = (pair.0.clone(), self.dice.pick(&VALUES).to_owned());
                pairs.push(again);
            }
            (6, Some(pair)) => {
                let times = self.dice.pick(&[300, 300, 300, 2_000, 2_000, 17_000]);
                pair.1 = self.dice.pick(&["x", "\u{1F600}", "[", "\0", "\""]).repeat(times);
            }
            _ => pairs.push((self.dice.pick(&NAMES).to_owned(), self.dice.pick(&VALUES).to_owned())),
        }
    }

    fn write(&mut self, method: &str, path: &str, query: &Pairs, form: &Pairs) -> Vec<u8> {
        let dice = &mut self.dice;
        let encode = |pairs: &Pairs| form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut target = path.to_owned();
        if !query.is_empty() {
            target = format!("{target}?{}", encode(query));
        }
        if dice.roll(60) == 0 {
            let mark = if query.is_empty() { '?' } else { '&' };
            target = format!(
                "{target}{mark}{}",
                dice.pick(&["%", "%ff=%fe", "&&==", "PageToken=PTn%00", "PageSize=0", "+"])
            );
        }
        let mut body = Vec::new();
        if method == "POST" {
            body = encode(form).into_bytes();
            match dice.roll(400) {
                0 => body.extend([0xff, 0xfe, 0x00, b'&', b'=', 0x80]),
                1 => body.extend(std::iter::repeat_n(b'a', 40_000)),
                2 => body = [b"Body=".as_slice(), &vec![b'%'; 20_000]].concat(),
                3 => body.extend(b"&%f=%&%ff%00=&=&Attributes"),
                _ => {}
            }
            if dice.roll(2000) == 0 {
                // The largest accepted body.
                body = [b"Attributes=".as_slice(), &vec![b'['; 1024 * 1024 - 11]].concat();
            }
        }
        let content_type = match dice.roll(40) {
            0 => "application/json",
            1 => "x",
            2 => "Application/X-WWW-form-urlencoded ; charset=x",
            _ => "application/x-www-form-urlencoded",
        };
        let aloud = match dice.roll(40) {
            0 => "x-twilio-webhook-enabled: \u{e9}\r\n",
            1..4 => "x-twilio-webhook-enabled: true\r\n",
            _ => "",
        };
        let host = if dice.roll(40) == 0 { "evil.example" } else { &self.host };
        // A control request without credentials would act for the first account.
        let login = if dice.roll(60) == 0 && path.starts_with("/v1/") { "Zm9v" } else { &self.login };
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: {host}\r\nauthorization: Basic {login}\r\n{aloud}content-type: \
             {content_type}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        [head.into_bytes(), body].concat()
    }
}

/// The results of all requests.
#[derive(Default)]
struct Tally {
    answers: usize,
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

/// What the other account begins with: a receipt, and a conversation with a user, which come about by detours only.
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
        self.answers += other.answers;
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
        assert!(self.answers >= REQUESTS, "{}", self.answers);
        let sum = |of: fn(&Count) -> usize| self.reached.values().map(of).sum::<usize>();
        let (good, rejected) = (sum(|count| count.good), sum(|count| count.rejected));
        assert!(good + rejected > REQUESTS / 2, "{good} were answered, {rejected} rejected");
        assert!(good > REQUESTS / 4 && rejected > REQUESTS / 10, "{good} were answered, {rejected} rejected");
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
    while tally.answers < requests {
        let Sent { bytes: request, target } = sender.request();
        buffer.clear();
        if stream.write_all(&request).await.is_err() {
            stream = TcpStream::connect(&sender.host).await.unwrap();
            continue;
        }
        let is_head = request.starts_with(b"HEAD");
        let whole = loop {
            match answer_end(&buffer, is_head) {
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
        tally.answers += 1;
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

fn answer_end(bytes: &[u8], is_head: bool) -> Option<usize> {
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
