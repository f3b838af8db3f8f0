//! Requests that nobody should send: no 500, no panic, nothing of another account.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use twilio_conversations_emulator::Emulator;

use crate::support::World;

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
    "http://a/",
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
}

/// A request as bytes. Now and then it has bytes that no request should have.
fn request(dice: &mut Dice, login: &str, known: &[String]) -> Vec<u8> {
    let method = dice.pick(&["GET", "GET", "POST", "POST", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "BREW"]);
    let mut path = String::from(if dice.roll(4) > 0 { "/v1" } else { "" });
    for _ in 0..dice.roll(7) {
        path.push('/');
        let piece =
            if dice.roll(3) == 0 { dice.pick(&known.iter().collect::<Vec<_>>()).as_str() } else { dice.pick(&PIECES) };
        path.extend(piece.chars().filter(|character| character.is_ascii_graphic() && *character != '#'));
    }
    if path.is_empty() {
        path.push('/');
    }
    let pair = |dice: &mut Dice| {
        let (name, value) = (dice.pick(&NAMES), dice.pick(&VALUES));
        let mut pair = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        if dice.roll(10) == 0 {
            pair.push_str(dice.pick(&["%", "%f", "%ff", "=", "&&", "+", "%00"]));
        }
        pair
    };
    if dice.roll(4) == 0 {
        path = format!("{path}?{}", pair(dice));
    }
    let mut body: Vec<u8> = Vec::new();
    if method == "POST" {
        body = (0..dice.roll(4)).map(|_| pair(dice)).collect::<Vec<_>>().join("&").into_bytes();
        match dice.roll(40) {
            0 => body.extend([0xff, 0xfe, 0x00, b'&', b'=', 0x80]),
            1 => body.extend(std::iter::repeat_n(b'a', 40_000)),
            2 => body = [b"Body=".as_slice(), &vec![b'%'; 20_000]].concat(),
            _ => {}
        }
        if dice.roll(1000) == 0 {
            // As large as is taken at all.
            body = [b"Attributes=".as_slice(), &vec![b'['; 1024 * 1024 - 11]].concat();
        }
    }
    let content_type = dice.pick(&[
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=x",
        "application/json",
        "x",
    ]);
    let aloud = dice.pick(&["", "x-twilio-webhook-enabled: true\r\n", "x-twilio-webhook-enabled: \u{e9}\r\n"]);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Basic {login}\r\n{aloud}content-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut bytes = head.into_bytes();
    bytes.extend(body);
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_malformed_requests_break_nothing_and_leak_nothing() {
    let world = World::of(Emulator::builder().another_account(OTHER, "token")).await;
    let secret = "nobody else may see this";
    let service = world.service(secret).await;
    let base = format!("/v1/Services/{service}");
    let conversation = world.create(&format!("{base}/Conversations"), &[("UniqueName", secret)]).await;
    let message = world.create(&format!("{base}/Conversations/{conversation}/Messages"), &[("Body", secret)]).await;
    let user = world.create(&format!("{base}/Users"), &[("Identity", secret)]).await;
    let before = world.get(&format!("{base}/Conversations/{conversation}/Messages")).await.expect(200).body;

    // The malformed requests come from the other account, which knows the names of this one's things.
    let login = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!("{OTHER}:token"))
    };
    let known = [service.clone(), conversation.clone(), message, user, "nobody%20else%20may%20see%20this".to_owned()];
    let address = world.emulator.base_url().trim_start_matches("http://").to_owned();
    let tasks: Vec<_> = (0..4_u64)
        .map(|number| {
            let (address, login, known) = (address.clone(), login.clone(), known.clone());
            tokio::spawn(async move { hammer(&address, &login, &known, Dice(0xbad_5eed + number), secret).await })
        })
        .collect();
    let mut answers = 0;
    for task in tasks {
        answers += task.await.unwrap();
    }
    assert!(answers >= REQUESTS, "{answers}");
    let after = world.get(&format!("{base}/Conversations/{conversation}/Messages")).await.expect(200).body;
    assert_eq!(after, before);
}

async fn hammer(address: &str, login: &str, known: &[String], mut dice: Dice, secret: &str) -> usize {
    let mut answers = 0;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut buffer = Vec::new();
    while answers < REQUESTS / 4 {
        let request = request(&mut dice, login, known);
        buffer.clear();
        if stream.write_all(&request).await.is_err() {
            stream = TcpStream::connect(address).await.unwrap();
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
        let shown = String::from_utf8_lossy(&request);
        let text = String::from_utf8_lossy(&buffer);
        let status: u16 =
            text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer to {shown}"));
        assert!((200..500).contains(&status), "{text}\n to {shown}");
        assert!(!text.contains(secret), "{text}\n to {shown}");
        answers += 1;
        // After a request that is no HTTP the server closes.
        if whole.is_none() || status == 400 && text.contains("connection: close") {
            stream = TcpStream::connect(address).await.unwrap();
        }
    }
    answers
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
async fn what_is_no_http_is_turned_away() {
    let world = World::start().await;
    let address = world.emulator.base_url().trim_start_matches("http://");
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&answer));
    }
    world.get("/v1/Services").await.expect(200);
}
