//! What verifying a webhook costs, beside the HMAC alone: `cargo bench -p twilio-conversations-webhook --bench webhook`.
//!
//! The event is the size of a usual one: 20 fields, about 900 bytes of form. The floor is one HMAC-SHA1 of the bytes that
//! are signed, by the same library, with the key already taken in. All candidates take turns, many times over, and each
//! shows its best turn, so that a busy machine slows the floor and the rest alike. It ends with an error when verifying
//! pairs costs more than 1.75 times the floor, or verifying the raw form more than 3.5 times.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use twilio_conversations_webhook::{Event, Fields, FromFields, Signer, Verifier};

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

/// Its name, the most that it may cost in times the floor, and what it does.
type Candidate<'a> = (&'static str, Option<f64>, &'a mut dyn FnMut());

fn main() -> Result<(), Box<dyn Error>> {
    // Without `--bench`, as in `cargo test --all-targets`, it is enough that it runs.
    let full = std::env::args().any(|argument| argument == "--bench");
    let (turns, repeats) = if full { (200, 1000) } else { (1, 10) };
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

    let mut candidates: [Candidate<'_>; 10] = [
        ("floor: HMAC-SHA1 alone", None, &mut hmac),
        ("verify_pairs", Some(1.75), &mut pairs),
        ("verify_form", Some(3.5), &mut form),
        ("verify_form, sorted on the wire", None, &mut form_sorted),
        ("verify, a whole request", None, &mut whole),
        ("decode the form", None, &mut decode),
        ("parse fields into Event", None, &mut event),
        ("verify a request, parse into Event", None, &mut verified_event),
        ("refuse a wrong signature", None, &mut refuse),
        ("sign_pairs", None, &mut sign),
    ];
    let mut best = [f64::INFINITY; 10];
    for _ in 0..turns {
        for ((_, _, candidate), best) in candidates.iter_mut().zip(&mut best) {
            let start = Instant::now();
            for _ in 0..repeats {
                candidate();
            }
            *best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(repeats));
        }
    }
    let mut over = Vec::new();
    for ((name, most, _), nanoseconds) in candidates.iter().zip(best) {
        let ratio = nanoseconds / best[0];
        println!("{name:<36}{nanoseconds:>8.0} ns {ratio:>6.2} x floor");
        if let Some(most) = most.filter(|most| full && ratio > *most) {
            over.push(format!("{name} costs {ratio:.2} times the floor; {most} is the limit"));
        }
    }
    if over.is_empty() { Ok(()) } else { Err(over.join("; ").into()) }
}
