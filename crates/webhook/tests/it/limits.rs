//! Limits of the verifier: fields, bytes of the URL.

use http::StatusCode;
use twilio_conversations_webhook::{SignatureError, SignatureErrorKind as Kind, Signer, Verifier};

const URL: &str = "https://example.com/hooks";

fn signer() -> Signer {
    Signer::new("token").unwrap()
}

/// Verifies the same pairs as a form, as a query, as decoded pairs and as the body of `verify_form`.
fn verify_each_way(verifier: &Verifier, pairs: &[(&str, &str)]) -> [Result<(), SignatureError>; 4] {
    let form = signer().post_form(URL, pairs.iter().copied()).unwrap();
    let get = signer().get(URL, pairs.iter().copied()).unwrap();
    let signature = signer().sign_pairs(URL, pairs.iter().copied());
    [
        verifier.verify(form.method(), form.uri(), form.headers(), form.body()).map(drop),
        verifier.verify(get.method(), get.uri(), get.headers(), b"").map(drop),
        verifier.verify_pairs(URL, pairs.iter().copied(), &signature),
        verifier.verify_form(URL, form.body(), &signature).map(drop),
    ]
}

#[test]
fn a_thousand_fields_are_accepted_and_one_more_is_413() {
    let verifier = Verifier::new("token").unwrap();
    assert_eq!(verifier.field_limit(), 1000);
    for verified in verify_each_way(&verifier, &[("a", "1"); 1000]) {
        verified.unwrap();
    }
    for verified in verify_each_way(&verifier, &[("a", "1"); 1001]) {
        let error = verified.unwrap_err();
        assert_eq!((error.kind(), error.status()), (Kind::TooManyFields, StatusCode::PAYLOAD_TOO_LARGE));
        assert!(error.is_too_large());
        assert_eq!(error.to_string(), "verifying a webhook: the number of fields is over the limit");
    }
}

#[test]
fn the_number_of_fields_is_a_setting_and_may_be_none() {
    let verifier = Verifier::builder("token").field_limit(2).build().unwrap();
    assert!(verify_each_way(&verifier, &[("a", "1"), ("b", "2")]).iter().all(Result::is_ok));
    assert!(verify_each_way(&verifier, &[("a", "1"), ("b", "2"), ("c", "3")]).iter().all(Result::is_err));
    let unlimited = Verifier::builder("token").field_limit(usize::MAX).build().unwrap();
    assert!(verify_each_way(&unlimited, &[("a", "1"); 5000]).iter().all(Result::is_ok));
}

#[test]
fn fields_that_are_empty_do_not_count() {
    let verifier = Verifier::builder("token").field_limit(1).build().unwrap();
    let signature = signer().sign_pairs(URL, [("a", "1")]);
    verifier.verify_form(URL, b"&&&a=1&&&", &signature).unwrap();
    let error = verifier.verify_form(URL, b"&&&a=1&&&=", &signature).unwrap_err();
    assert_eq!(error.kind(), Kind::TooManyFields);
}

#[test]
fn the_query_of_a_json_webhook_counts_too() {
    let verifier = Verifier::builder("token").field_limit(2).build().unwrap();
    let verify = |url: &str| {
        let request = signer().post_json(url, "{}").unwrap();
        verifier.verify(request.method(), request.uri(), request.headers(), request.body()).map(drop)
    };
    verify("https://example.com/hooks?a=1").unwrap();
    assert_eq!(verify("https://example.com/hooks?a=1&b=2").unwrap_err().kind(), Kind::TooManyFields);
}

#[test]
fn a_url_longer_than_the_limit_is_413() {
    let verifier = Verifier::builder("token").body_limit(50).build().unwrap();
    let verify = |length: usize| {
        let url = format!("{URL}?{}", "x".repeat(length - URL.len() - 1));
        let (hashed, signature) = signer().sign_body(&url, b"");
        let pairs = [("a", "1")];
        let by_form = signer().sign_pairs(&url, pairs);
        [
            verifier.verify_pairs(&url, pairs, &by_form),
            verifier.verify_form(&url, b"a=1", &by_form).map(drop),
            // A hash makes this one longer than the limit in any case.
            verifier.verify_body(&hashed, b"", &signature),
        ]
        .map(|result| result.err().map(|error| error.kind()))
    };
    assert_eq!(verify(50), [None, None, Some(Kind::BodyTooLarge)]);
    assert_eq!(verify(51), [Some(Kind::BodyTooLarge); 3]);
}

#[test]
fn the_time_for_a_body_is_4_seconds_and_a_setting() {
    use std::time::Duration;
    let verifier = Verifier::new("token").unwrap();
    assert_eq!(verifier.body_timeout(), Duration::from_secs(4));
    let verifier = Verifier::builder("token").body_timeout(Duration::from_millis(1)).build().unwrap();
    assert_eq!(verifier.body_timeout(), Duration::from_millis(1));
}
