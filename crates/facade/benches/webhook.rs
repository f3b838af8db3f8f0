//! What verifying a webhook costs, beside the HMAC alone: `cargo bench --features webhook --bench webhook`.
//!
//! The event is the size of a usual one: 20 fields, about 900 bytes of form. The floor is one HMAC-SHA1 of the bytes that
//! are signed, by the same library, with the key already taken in. All candidates take turns, many times over, and each
//! shows its best turn, so that a busy machine slows the floor and the rest alike.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::Instant;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use twilio_conversations::webhook::{Event, Fields, FromFields, Signer, Verifier};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const URL: &str = "https://example.com/twilio/hooks";

/// An `onMessageUpdated` with media and a few fields more, in an order that is not sorted.
const PAIRS: [(&str, &str); 20] = [
    ("EventType", "onMessageUpdated"),
    ("AccountSid", "AC0123456789abcdef0123456789abcdef"),
    ("ChatServiceSid", "IS0123456789abcdef0123456789abcdef"),
    ("MessagingServiceSid", "MG0123456789abcdef0123456789abcdef"),
    ("ConversationSid", "CH0123456789abcdef0123456789abcdef"),
    ("MessageSid", "IM0123456789abcdef0123456789abcdef"),
    ("ParticipantSid", "MB0123456789abcdef0123456789abcdef"),
    ("Index", "4711"),
    ("Author", "+14158675309"),
    ("Body", "Hello there, the parcel is with the neighbours at no. 12 – see you on Friday?"),
    ("Attributes", "{\"order\":\"A-1001\",\"tags\":[\"vip\"]}"),
    ("Media", "[{\"Sid\":\"ME0123456789abcdef0123456789abcdef\",\"ContentType\":\"image/png\",\"Size\":48213}]"),
    ("DateCreated", "2026-03-01T12:30:58.111Z"),
    ("DateUpdated", "2026-03-01T12:31:04.902Z"),
    ("ClientIdentity", "agent-42"),
    ("MessagingBinding.Address", "+14158675309"),
    ("MessagingBinding.ProxyAddress", "+18005551212"),
    ("MessagingBinding.Type", "sms"),
    ("Source", "SMS"),
    ("RetryCount", "0"),
];

fn main() {
    let signer = Signer::new(TOKEN).unwrap();
    let verifier = Verifier::builder(TOKEN).public_url(URL).build().unwrap();
    let request = signer.post_form(URL, PAIRS).unwrap();
    let signature = request.headers()["x-twilio-signature"].to_str().unwrap().to_owned();
    let body = request.body().as_slice();

    let mut sorted = PAIRS;
    sorted.sort_unstable();
    let signed = sorted.iter().fold(URL.to_owned(), |text, (name, value)| text + name + value);
    let sorted_request = signer.post_form(URL, sorted).unwrap();
    let state: Hmac<Sha1> = Hmac::new_from_slice(TOKEN.as_bytes()).unwrap();
    println!("{} fields, {} bytes of form, {} bytes signed", PAIRS.len(), body.len(), signed.len());

    let mut hmac = || {
        let mut mac = state.clone();
        mac.update(black_box(signed.as_bytes()));
        black_box(mac.finalize().into_bytes());
    };
    let mut pairs = || {
        verifier.verify_pairs(black_box(URL), black_box(PAIRS), black_box(&signature)).unwrap();
    };
    let mut form = || {
        drop(black_box(verifier.verify_form(black_box(URL), black_box(body), &signature).unwrap()));
    };
    let mut form_sorted = || {
        drop(black_box(verifier.verify_form(black_box(URL), black_box(sorted_request.body()), &signature).unwrap()));
    };
    let mut whole = || {
        let verified = verifier.verify(request.method(), request.uri(), request.headers(), black_box(body));
        drop(black_box(verified.unwrap()));
    };
    let fields = Fields::parse(body).unwrap();
    let mut event = || drop(black_box(Event::from_pairs(black_box(&fields)).unwrap()));
    let mut verified_event = || {
        let verified = verifier.verify(request.method(), request.uri(), request.headers(), black_box(body)).unwrap();
        drop(black_box(Event::from_fields(verified.into_fields()).unwrap()));
    };
    let mut decode = || drop(black_box(Fields::parse(black_box(body)).unwrap()));
    let mut refuse = || {
        let verified = verifier.verify_form(black_box(URL), black_box(body), "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        assert!(black_box(verified).is_err());
    };
    let mut sign = || {
        drop(black_box(signer.sign_pairs(black_box(URL), black_box(PAIRS))));
    };

    let mut candidates: [(&str, &mut dyn FnMut()); 10] = [
        ("floor: HMAC-SHA1 alone", &mut hmac),
        ("verify_pairs", &mut pairs),
        ("verify_form", &mut form),
        ("verify_form, sorted on the wire", &mut form_sorted),
        ("verify, a whole request", &mut whole),
        ("decode the form", &mut decode),
        ("parse fields into Event", &mut event),
        ("verify a request, parse into Event", &mut verified_event),
        ("refuse a wrong signature", &mut refuse),
        ("sign_pairs", &mut sign),
    ];
    let mut best = [f64::INFINITY; 10];
    for _ in 0..TURNS {
        for ((_, candidate), best) in candidates.iter_mut().zip(&mut best) {
            let start = Instant::now();
            for _ in 0..REPEATS {
                candidate();
            }
            *best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(REPEATS));
        }
    }
    for ((name, _), nanoseconds) in candidates.iter().zip(best) {
        println!("{name:<36}{nanoseconds:>8.0} ns {:>6.2} x floor", nanoseconds / best[0]);
    }
}

const TURNS: usize = 200;
const REPEATS: u32 = 1000;
