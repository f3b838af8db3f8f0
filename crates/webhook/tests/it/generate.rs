//! Requests made up from a seed, the same in every run.

use fastrand::Rng;

/// A webhook with a form.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) token: String,
    pub(super) url: String,
    pub(super) pairs: Vec<(String, String)>,
}

impl Case {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let token = (0..32).map(|_| char::from_digit(rng.u32(..16), 16).unwrap()).collect();
        let mut pairs: Vec<(String, String)> = (0..rng.usize(0..26)).map(|_| (name(rng), value(rng))).collect();
        // Repeated names, with the same value or another.
        for _ in 0..rng.usize(0..3) {
            if let Some((name, value)) = rng.choice(&pairs).cloned() {
                let value = if rng.bool() { value } else { self::value(rng) };
                pairs.push((name, value));
            }
        }
        rng.shuffle(&mut pairs);
        Self { token, url: url(rng), pairs }
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Changes one thing that is signed.
    pub(super) fn mutated(&self, rng: &mut Rng) -> Self {
        let mut case = self.clone();
        let which = rng.usize(..6);
        match which {
            0 => case.token.push('0'),
            1 => case.url.push_str(if case.url.contains('?') { "&x=1" } else { "/x" }),
            2 => {
                case.url = case.url.replacen("://", "://x", 1).replacen("://x[", "://[", 1);
                case.url.push('y');
            }
            _ if case.pairs.is_empty() => case.pairs.push(("Body".to_owned(), "x".to_owned())),
            3 => {
                let index = rng.usize(..case.pairs.len());
                case.pairs[index].1.push('x');
            }
            4 => {
                let index = rng.usize(..case.pairs.len());
                case.pairs[index].0.insert(0, 'x');
            }
            _ => case.pairs.push(("ZZ".to_owned(), "x".to_owned())),
        }
        case
    }
}

/// URLs that both of the vendor's libraries treat alike: no userinfo or IPv6 host together with a port.
fn url(rng: &mut Rng) -> String {
    let scheme = *rng.choice(&["https", "https", "https", "http"]).unwrap();
    let hosts = [
        "example.com",
        "h",
        "127.0.0.1",
        "[2001:db8::1]",
        "bot:p%40ss@example.com",
        "a-b.example.org",
        "xn--bcher-kva.example",
    ];
    let host = *rng.choice(&hosts).unwrap();
    let port = match host.contains([']', '@']) {
        true => "",
        false => *rng.choice(&["", "", "", ":443", ":80", ":8443", ":1"]).unwrap(),
    };
    let path = ["/", "/hook", "/a/b/c", "/a%20b", "/caf%C3%A9", "/x;y=1", "/~a@b:c", "/a//b", "/'quoted'(1)!*"];
    let path = *rng.choice(&path).unwrap();
    let query =
        ["", "", "?foo=1&bar=2", "?a=b%20c&d=e+f", "?q='x'", "?empty=", "?flag", "?u=%F0%9F%98%80", "?a=1&a=2&x=a=b"];
    let query = *rng.choice(&query).unwrap();
    format!("{scheme}://{host}{port}{path}{query}")
}

fn name(rng: &mut Rng) -> String {
    const NAMES: [&str; 14] = [
        "EventType",
        "AccountSid",
        "ConversationSid",
        "MessageSid",
        "Body",
        "Author",
        "Attributes",
        "MessagingBinding.Address",
        "MessagingBinding.ProxyAddress",
        "isOnline",
        "Messaging",
        "RetryCount",
        "body",
        "Index",
    ];
    if rng.u8(..4) > 0 { (*rng.choice(&NAMES).unwrap()).to_owned() } else { text(rng, 1..12) }
}

fn value(rng: &mut Rng) -> String {
    match rng.u8(..8) {
        0 => String::new(),
        1 => "2026-03-01T12:30:58.111Z".to_owned(),
        2 => "{\"a\":[1,2,{\"b\":\"c & d = e + 100%\"}]}".to_owned(),
        3 => "+14158675309".to_owned(),
        4 => " spaces \t kept ".to_owned(),
        _ => text(rng, 0..40),
    }
}

/// Text from all over Unicode, but from U+E000 to U+FFFF: there the vendor's libraries disagree on order.
fn text(rng: &mut Rng, len: std::ops::Range<usize>) -> String {
    let one = |rng: &mut Rng| match rng.u8(..8) {
        0 => rng.char('\u{a1}'..'\u{700}'),
        1 => rng.char('\u{3041}'..'\u{9fff}'),
        2 => rng.char('\u{1f300}'..'\u{1f6ff}'),
        3 => *rng
            .choice(&['&', '=', '+', '%', '#', '?', '/', ';', '"', '\'', '\\', '\n', '\r', '\u{0}', '\u{7f}'])
            .unwrap(),
        _ => rng.char(' '..='~'),
    };
    (0..rng.usize(len)).map(|_| one(rng)).collect()
}
