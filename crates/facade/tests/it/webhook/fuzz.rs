//! Everything that a stranger's bytes reach, on a stranger's bytes.
//!
//! [`exercise`] uses the public API alone, so a `cargo fuzz` target is one line: `fuzz_target!(|data: &[u8]|
//! exercise(data))`. The test below feeds it 20,000 generated inputs, or as many as `WEBHOOK_FUZZ_INPUTS` says.

use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use twilio_conversations::webhook::{Delivery, Fields, Payload, SignatureHeader, Signer, Verifier};

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

/// Takes bytes for a request: a method, a target, headers and a body, cut at line ends. Never panics, and accepts nothing
/// that it did not sign itself.
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
        if let Ok(request) = signer.post_form(url, &fields) {
            let result = verifier.verify(request.method(), request.uri(), request.headers(), request.body());
            if let Ok(verified) = result {
                assert_eq!((verified.payload(), verified.into_fields()), (Payload::Form, fields));
            }
        }
    }
}

#[test]
fn generated_inputs_neither_panic_nor_get_in() {
    const PIECES: [&[u8]; 34] = [
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
            for _ in 0..rng.usize(0..6) {
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
