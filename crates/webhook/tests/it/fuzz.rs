//! Everything that a stranger's bytes reach, on a stranger's bytes: form decoder, verifier, event parser.
//!
//! [`exercise`] uses the public API alone, so a `cargo fuzz` target is one line: `fuzz_target!(|data: &[u8]|
//! exercise(data))`. The test below feeds it 20,000 generated inputs, or as many as `WEBHOOK_FUZZ_INPUTS` says; each is
//! read as events of two types.

use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use twilio_conversations_webhook::types::v1::EventType;
use twilio_conversations_webhook::{
    Delivery, Event, Fields, FromFields, Payload, SignatureErrorKind, SignatureHeader, Signer, Verifier, events,
};

use super::event_types::{LIST_FIELDS, TYPED_FIELDS, with_events};

const NAMES: [&str; 9] = [
    "x-twilio-signature",
    "x-twilio-webhooks-signature-settings",
    "host",
    "content-type",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "i-twilio-idempotency-token",
    "content-length",
];

/// Takes bytes for a request: a method, a target, headers and a body, cut at line ends. Never panics, accepts nothing
/// that it did not sign itself, and loses nothing of an event.
pub(super) fn exercise(data: &[u8]) {
    let mut lines = data.splitn(12, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let method = [Method::GET, Method::POST, Method::PUT][line().len() % 3].clone();
    let url = line();
    let mut headers = HeaderMap::new();
    for name in NAMES {
        let value = HeaderValue::from_bytes(line()).ok().filter(|value| !value.is_empty());
        headers.extend(value.map(|value| (HeaderName::from_static(name), value)));
    }
    let body = line();

    let verifier = Verifier::builder("token").trust_forwarded_headers(true).build().unwrap();
    if let Ok(uri) = Uri::try_from(url) {
        assert!(verifier.verify(&method, &uri, &headers, body).is_err(), "a stranger was let in");
    }
    let fields = Fields::parse(body);
    if let Ok(fields) = &fields {
        Delivery::new(&headers, fields);
        for (name, value) in fields {
            assert!(fields.get(name).is_some() && fields.get_all(name).any(|other| other == value));
        }
        read_whole(fields);
        // A stranger seldom hits the name of an event, so it gets one.
        let event_type = &EventType::ALL[data.len() % EventType::ALL.len()];
        read_whole(&[("EventType", event_type.as_str())].into_iter().chain(fields).collect());
    }
    let Ok(url) = std::str::from_utf8(url) else {
        return;
    };
    let settings = headers.get(NAMES[1]).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = headers.get(NAMES[0]).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let header = SignatureHeader::new(signature).settings(settings);
    assert!(verifier.verify_form(url, body, header).is_err(), "a stranger was let in");
    assert!(verifier.verify_body(url, body, header).is_err(), "a stranger was let in");
    let _ = Verifier::builder("token").public_url(url).build();
    let _ = Verifier::builder("token").public_base(url).build();

    // What is signed is accepted, if it can be: a form that decodes, at a URL that is one.
    if let Ok(fields) = fields {
        let signer = Signer::new("token").unwrap();
        let signature = signer.sign_pairs(url, &fields);
        match verifier.verify_form(url, body, &signature) {
            Ok(verified) => assert_eq!(verified, fields),
            Err(error) => assert!(!error.is_mismatch() || !url.starts_with("https://"), "{error}: {url:?}"),
        }
        for request in [signer.post_form(url, &fields), signer.get(url, &fields), signer.post_json(url, url)] {
            let Ok(request) = request else { continue };
            let plain = request.uri().scheme_str() == Some("http");
            let verifier = Verifier::builder("token").plain_http(plain).build().unwrap();
            match verifier.verify(request.method(), request.uri(), request.headers(), request.body()) {
                Ok(verified) if verified.payload() == Payload::Form => assert_eq!(verified.fields(), &fields),
                Ok(_) => {}
                // A host that is none of a URL's, a query that does not decode, or a hash that stood there before.
                Err(error) => {
                    let http = plain || request.uri().scheme_str() == Some("https");
                    assert!(error.kind() != SignatureErrorKind::Mismatch || !http, "{error}: {url:?}");
                }
            }
        }
    }
}

/// Reads fields as an event and asserts that nothing is lost: a value that cannot be parsed is kept verbatim and in its
/// order, and without any one of its fields it would be another event.
pub(super) fn read_whole(fields: &Fields) {
    let pairs: Vec<_> = fields.iter().collect();
    let Ok(event) = Event::from_fields(fields.clone()) else {
        assert_eq!(fields.get("EventType"), None);
        return;
    };
    assert_eq!(Event::from_pairs(pairs.iter().copied()).unwrap(), event);
    let event_type = event.event_type();
    let mut left = pairs.iter();
    for (name, value) in untyped(&event, fields) {
        assert!(left.any(|pair| *pair == (name, value)), "{name}={value} did not come, or not there: {pairs:?}");
    }
    for index in 0..pairs.len() {
        let mut fewer = pairs.clone();
        let (name, value) = fewer.remove(index);
        // The event's name is its type, however often it came.
        if event_type.object().is_some() && (name, value) == ("EventType", event_type.as_str()) {
            continue;
        }
        if stands_for_absence(name, value) {
            continue;
        }
        assert_ne!(Event::from_pairs(fewer).ok().as_ref(), Some(&event), "{name}={value} is lost: {pairs:?}");
    }
}

/// Whether a field equals an absent one: an empty value of a type other than a string, or an empty list.
fn stands_for_absence(name: &str, value: &str) -> bool {
    (TYPED_FIELDS.contains(&name) && value.is_empty())
        || (LIST_FIELDS.contains(&name) && value.split(',').all(|value| value.trim().is_empty()))
}

/// The fields of an event without a typed member. Asserts that its payload alone reads the same.
macro_rules! untyped {
    ($($name:ident)+) => {
        fn untyped<'a>(event: &'a Event, fields: &Fields) -> impl Iterator<Item = (&'a str, &'a str)> {
            let pairs = match event {
                $(Event::$name(payload) => {
                    assert_eq!(events::$name::from_fields(fields.clone()).as_ref(), Ok(payload));
                    &payload.other
                })+
                Event::Unknown { event_type, fields } => {
                    assert_eq!(event_type.object(), None, "{event_type} is known");
                    fields
                }
                _ => panic!("an event that is not listed here: {event:?}"),
            };
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
        }
    };
}

with_events! { untyped }

#[test]
fn generated_inputs_neither_panic_nor_get_in() {
    const PIECES: [&[u8]; 46] = [
        b"https://",
        b"http://",
        b"h",
        b"example.com",
        b"/",
        b"?",
        b"#",
        b":",
        b"443",
        b"8443",
        b"@",
        b"[::1]",
        b"[",
        b"]",
        b"bodySHA256=",
        b"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        b"&",
        b"=",
        b"+",
        b"%",
        b"%C3",
        b"%A9",
        b"\xff",
        b"\xc3",
        b"a",
        b"Body",
        b"RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        b"algorithm=HMAC_SHA256",
        b",",
        b"application/x-www-form-urlencoded",
        b"application/json",
        b"{}",
        b" ",
        b"\r",
        b"&EventType=",
        b"onMessageAdded",
        b"onUserUpdate",
        b"&Index=",
        b"&Media=",
        b"[{\"Size\":7,\"A\":null}]",
        b"&isOnline=true",
        b"&MessagingBinding.Address=",
        b"&DateCreated=",
        b"2026-03-01T12:30:58.111Z",
        b"&ConversationSid=CH0123456789abcdef0123456789abcdef",
        b"&Attributes=",
    ];
    let mut rng = Rng::with_seed(11);
    let inputs = std::env::var("WEBHOOK_FUZZ_INPUTS").ok().and_then(|inputs| inputs.parse().ok()).unwrap_or(20_000);
    for _ in 0..inputs {
        let mut data = Vec::new();
        for part in 0..12 {
            // A method and a target that are more than noise, most of the time.
            if part == 1 && rng.bool() {
                data.extend_from_slice(b"https://example.com/");
            }
            let pieces = if part == 11 { 0..20 } else { 0..6 };
            for _ in 0..rng.usize(pieces) {
                match rng.u8(..8) {
                    0 => data.push(rng.u8(..)),
                    _ => data.extend_from_slice(rng.choice(PIECES).unwrap()),
                }
            }
            data.push(b'\n');
        }
        exercise(&data);
    }
}
