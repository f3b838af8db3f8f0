//! Whole requests: what is accepted, and which error tells why one is not.

use fastrand::Rng;
use http::{HeaderValue, Method, Request};
use twilio_conversations_webhook::{
    Algorithm, Payload, SignatureError, SignatureErrorKind as Kind, Signer, Verified, Verifier, VerifierError,
};

use super::generate::Case;

const URL: &str = "https://example.com/hooks?id=1";
const PAIRS: [(&str, &str); 3] = [("EventType", "onMessageAdded"), ("Body", "café & co"), ("Empty", "")];

fn signer() -> Signer {
    Signer::new("token").unwrap()
}

fn verifier() -> Verifier {
    Verifier::new("token").unwrap()
}

fn form() -> Request<Vec<u8>> {
    signer().post_form(URL, PAIRS).unwrap()
}

fn verify(verifier: &Verifier, request: &Request<Vec<u8>>) -> Result<Verified, SignatureError> {
    verifier.verify(request.method(), request.uri(), request.headers(), request.body())
}

#[track_caller]
fn refused(request: &Request<Vec<u8>>, kind: Kind) -> SignatureError {
    let error = verify(&verifier(), request).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    error
}

fn with_header(mut request: Request<Vec<u8>>, name: &'static str, value: &'static str) -> Request<Vec<u8>> {
    request.headers_mut().insert(name, HeaderValue::from_static(value));
    request
}

fn with_another(mut request: Request<Vec<u8>>, name: &'static str, value: &'static str) -> Request<Vec<u8>> {
    request.headers_mut().append(name, HeaderValue::from_static(value));
    request
}

#[test]
fn a_signed_form_gives_its_fields_in_order() {
    let verified = verify(&verifier(), &form()).unwrap();
    assert_eq!(verified.payload(), Payload::Form);
    assert!(verified.fields().iter().eq(PAIRS));
}

#[test]
fn a_signed_get_request_gives_the_fields_of_its_query() {
    let verified = verify(&verifier(), &signer().get(URL, PAIRS).unwrap()).unwrap();
    assert_eq!(verified.payload(), Payload::Query);
    assert!(verified.into_fields().iter().eq([("id", "1")].into_iter().chain(PAIRS)));
}

#[test]
fn a_signed_json_body_is_accepted_by_its_hash_and_has_no_fields() {
    let verified = verify(&verifier(), &signer().post_json(URL, r#"{"Body":"café"}"#).unwrap()).unwrap();
    assert_eq!(verified.payload(), Payload::Hashed);
    assert!(verified.fields().is_empty());
}

#[test]
fn whole_requests_are_signed_as_they_are_sent() {
    for (url, sent) in [
        ("https://h/p#rc=2", "https://h/p"),
        ("https://h/p?a=1#rc=2&ct=1?x", "https://h/p?a=1"),
        ("https://h#rc=2", "https://h/"),
        ("https://h", "https://h/"),
        ("https://h?a=1", "https://h/?a=1"),
        ("HTTPS://h/p", "https://h/p"),
        ("https://bot:p%40ss@h:8443/p", "https://h:8443/p"),
        ("https://[2001:db8::1]:443/p", "https://[2001:db8::1]:443/p"),
        ("https://h/p?", "https://h/p?"),
    ] {
        let form = signer().post_form(url, PAIRS).unwrap();
        assert_eq!(form.uri(), sent);
        assert_eq!(form.headers()["x-twilio-signature"], signer().sign_pairs(sent, PAIRS));
        assert!(verify(&verifier(), &form).unwrap().fields().iter().eq(PAIRS), "{url}");
        let get = signer().get(url, PAIRS).unwrap();
        let fields = verify(&verifier(), &get).unwrap().into_fields();
        assert!(fields.iter().filter(|(name, _)| *name != "a").eq(PAIRS), "{url}: {fields:?}");
        assert_eq!(fields.get("a").is_some(), url.contains("a=1"), "{url}");
        verify(&verifier(), &signer().post_json(url, "{}").unwrap()).unwrap();
    }
    assert!(signer().post_form("https://h h/p", PAIRS).is_err());
}

#[test]
fn a_fragment_is_neither_signed_nor_verified() {
    for (url, called) in [
        ("https://h/p#rc=2", "https://h/p"),
        ("https://h/p?a=1#rc=2", "https://h/p?a=1"),
        ("https://h#rc=2", "https://h"),
    ] {
        let signature = signer().sign_pairs(called, PAIRS);
        assert_eq!(signer().sign_pairs(url, PAIRS), signature);
        verifier().verify_pairs(url, PAIRS, &signature).unwrap();
        let body = signer().post_form("https://h", PAIRS).unwrap().into_body();
        verifier().verify_form(url, &body, &signature).unwrap();
        let (hashed, signature) = signer().sign_body(url, b"{}");
        assert_eq!((&hashed, &signature), (&signer().sign_body(called, b"{}").0, &signer().sign_body(called, b"{}").1));
        verifier().verify_body(&(hashed + "#rc=2"), b"{}", &signature).unwrap();
        let public = Verifier::builder("token").public_url(url).build().unwrap();
        verify(&public, &signer().post_form(url, PAIRS).unwrap()).unwrap();
    }
}

#[test]
fn hmac_sha256_is_used_where_the_settings_header_names_it() {
    let signer = signer().algorithm(Algorithm::HmacSha256).key_id("webhooks_sharedkey_1");
    for request in [signer.post_form(URL, PAIRS), signer.get(URL, PAIRS), signer.post_json(URL, "{}")] {
        let request = request.unwrap();
        assert_eq!(
            request.headers()["x-twilio-webhooks-signature-settings"],
            "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
        );
        verify(&verifier(), &request).unwrap();
    }
}

#[test]
fn generated_requests_of_every_kind_are_accepted_and_their_changes_refused() {
    let mut rng = Rng::with_seed(7);
    for _ in 0..1000 {
        let case = Case::new(&mut rng);
        let verifier = Verifier::builder(&case.token).public_url(&case.url).build().unwrap();
        let signer = Signer::new(&case.token).unwrap();
        let mut requests = [
            signer.post_form(&case.url, case.pairs()).unwrap(),
            signer.get(&case.url, case.pairs()).unwrap(),
            signer.post_json(&case.url, format!("{:?}", case.pairs)).unwrap(),
        ];
        for request in &mut requests {
            let verified = verify(&verifier, request).unwrap_or_else(|error| panic!("{error}: {case:?}"));
            if verified.payload() == Payload::Form {
                assert!(verified.fields().iter().eq(case.pairs()));
            }
            if request.method() == Method::GET {
                *request.uri_mut() = format!("{}?x", request.uri()).parse().unwrap();
            } else {
                request.body_mut().extend_from_slice(b"&x=y");
            }
            assert!(verify(&verifier, request).unwrap_err().is_mismatch(), "{case:?}");
        }
    }
}

#[test]
fn either_token_is_accepted_while_tokens_are_rotated() {
    let verifier = Verifier::builder("new").secondary_auth_token("old").secondary_auth_token("shared").build().unwrap();
    for token in ["new", "old", "shared"] {
        verify(&verifier, &Signer::new(token).unwrap().post_form(URL, PAIRS).unwrap()).unwrap();
    }
    let request = Signer::new("other").unwrap().post_form(URL, PAIRS).unwrap();
    assert_eq!(verify(&verifier, &request).unwrap_err().kind(), Kind::Mismatch);
}

#[test]
fn a_wrong_token_field_value_path_or_query_is_a_mismatch() {
    let mut wrong = vec![Signer::new("nekot").unwrap().post_form(URL, PAIRS).unwrap()];
    for body in ["", "EventType=onMessageAdded", "EventType=onMessageAdded&Body=caf%C3%A9+%26+co&Empty=+"] {
        let mut request = form();
        *request.body_mut() = body.into();
        wrong.push(request);
    }
    for url in ["https://example.com/hooks?id=2", "https://example.com/hooks", "https://example.com/Hooks?id=1"] {
        let mut request = form();
        *request.uri_mut() = url.parse().unwrap();
        wrong.push(request);
    }
    for request in wrong {
        let error = refused(&request, Kind::Mismatch);
        assert!(error.is_mismatch());
        assert_eq!(error.status(), 403);
    }
}

#[test]
fn an_error_is_a_response_by_itself() {
    let mut forged = form();
    forged.body_mut().extend_from_slice(b"&Secret=pr1vate");
    let mut large = form();
    large.body_mut().resize(300_000, b'a');
    let mut put = form();
    *put.method_mut() = http::Method::PUT;
    for (request, status, text) in [
        (forged, 403, "the signature does not match"),
        (large, 413, "the body or the url is over the limit"),
        (put, 405, "the method is not one that is accepted here"),
    ] {
        let error = verify(&verifier(), &request).unwrap_err();
        assert_eq!(error.status(), status);
        let response: http::Response<String> = error.into();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(response.body(), &format!("verifying a webhook: {text}"));
    }
}

#[test]
fn a_missing_signature_is_told_from_a_malformed_and_a_repeated_one() {
    let mut missing = form();
    missing.headers_mut().remove("x-twilio-signature");
    let error = refused(&missing, Kind::MissingHeader);
    assert_eq!(error.header(), Some("x-twilio-signature"));
    assert_eq!(error.status(), 400);
    refused(&with_header(form(), "x-twilio-signature", ""), Kind::MissingHeader);

    let valid = form().headers()["x-twilio-signature"].to_str().unwrap().to_owned();
    let malformed = [
        "x".to_owned(),
        "=".to_owned(),
        valid.replace('=', ""),
        valid.clone() + "=",
        format!("{valid}, {valid}"),
        valid.replacen(&valid[3..4], " ", 1),
        valid.clone() + &valid,
        "A".repeat(10_000),
        "-_".repeat(14),
    ];
    for value in malformed {
        let mut request = form();
        request.headers_mut().insert("x-twilio-signature", value.parse().unwrap());
        assert_eq!(refused(&request, Kind::MalformedHeader).header(), Some("x-twilio-signature"));
    }
    let mut request = form();
    request.headers_mut().insert("x-twilio-signature", HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    refused(&request, Kind::MalformedHeader);

    let mut request = form();
    request.headers_mut().append("x-twilio-signature", valid.parse().unwrap());
    refused(&request, Kind::RepeatedHeader);
}

#[test]
fn a_signature_has_one_text_only() {
    // The last character before the padding has two bits that an encoder leaves zero.
    let valid = form().headers()["x-twilio-signature"].to_str().unwrap().to_owned();
    let mut bytes = valid.into_bytes();
    bytes[26] += 1;
    let mut request = form();
    request.headers_mut().insert("x-twilio-signature", HeaderValue::from_bytes(&bytes).unwrap());
    refused(&request, Kind::MalformedHeader);
}

#[test]
fn an_algorithm_that_is_unknown_or_named_twice_is_refused() {
    const SETTINGS: &str = "x-twilio-webhooks-signature-settings";
    for known in ["", "key=1", "algorithm=", "algorithm=HMAC_SHA1", "key=1, algorithm = hmac_sha1 ", "algorithm"] {
        verify(&verifier(), &with_header(form(), SETTINGS, known)).unwrap();
    }
    for unknown in ["algorithm=HMAC_MD5", "algorithm=none", "key=1,algorithm=HMAC-SHA256"] {
        let error = refused(&with_header(form(), SETTINGS, unknown), Kind::UnsupportedAlgorithm);
        assert_eq!(error.header(), Some(SETTINGS));
    }
    let twice = "algorithm=HMAC_SHA1,algorithm=HMAC_SHA256";
    refused(&with_header(form(), SETTINGS, twice), Kind::MalformedHeader);
    let repeated = with_another(with_header(form(), SETTINGS, "key=1"), SETTINGS, "algorithm=HMAC_SHA1");
    refused(&repeated, Kind::RepeatedHeader);
    // By the other algorithm, the tag has the wrong length.
    refused(&with_header(form(), SETTINGS, "algorithm=HMAC_SHA256"), Kind::MalformedHeader);
}

#[test]
fn a_body_that_nothing_vouches_for_is_refused() {
    let mut json = signer().post_json(URL, "{}").unwrap();
    *json.uri_mut() = URL.parse().unwrap();
    refused(&json, Kind::UnsignedBody);

    // The URL alone is signed, as it would be for GET, and somebody adds a body.
    let plain = signer().get(URL, []).unwrap();
    let mut get = plain.clone();
    *get.body_mut() = b"EventType=onMessageAdded".to_vec();
    refused(&get, Kind::UnsignedBody);
    let mut post = get.clone();
    *post.method_mut() = Method::POST;
    refused(&post, Kind::UnsignedBody);
    refused(&with_header(post.clone(), "content-type", "text/plain"), Kind::UnsignedBody);
    refused(&with_header(post.clone(), "content-type", "multipart/form-data; boundary=x"), Kind::UnsignedBody);
    refused(&with_header(post, "content-type", "application/x-www-form-urlencoded"), Kind::Mismatch);

    let mut empty = plain;
    *empty.method_mut() = Method::POST;
    assert!(verify(&verifier(), &empty).unwrap().fields().is_empty());
}

#[test]
fn a_body_that_is_not_the_one_hashed_is_refused() {
    let mut json = signer().post_json(URL, r#"{"a":1}"#).unwrap();
    *json.body_mut() = br#"{"a":2}"#.to_vec();
    let error = refused(&json, Kind::BodyHashMismatch);
    assert!(error.is_mismatch());
    assert_eq!(error.status(), 403);
    *json.body_mut() = Vec::new();
    refused(&json, Kind::BodyHashMismatch);
}

#[test]
fn a_hash_that_is_itself_not_signed_is_a_mismatch() {
    let (_, signature) = signer().sign_body(URL, b"{}");
    let (forged, _) = Signer::new("mine").unwrap().sign_body(URL, b"{\"a\":1}");
    let error = verifier().verify_body(&forged, b"{\"a\":1}", &signature).unwrap_err();
    assert_eq!(error.kind(), Kind::Mismatch);
}

#[test]
fn the_first_hash_counts_and_an_empty_one_is_none() {
    let (url, _) = signer().sign_body(URL, b"{}");
    let hash = url.rsplit_once('=').unwrap().1;
    let verdict = |url: String| {
        let signature = signer().sign_pairs(&url, []);
        verifier().verify_body(&url, b"{}", &signature).err().map(|error| error.kind())
    };
    assert_eq!(verdict(format!("{URL}&bodySHA256={hash}&bodySHA256=0")), None);
    assert_eq!(verdict(format!("{URL}&body%53HA256={hash}")), None);
    assert_eq!(verdict(format!("{URL}&bodySHA256=0&bodySHA256={hash}")), Some(Kind::BodyHashMismatch));
    assert_eq!(verdict(format!("{URL}&bodySHA256=&bodySHA256={hash}")), Some(Kind::UnsignedBody));
    assert_eq!(verdict(format!("{URL}&bodysha256={hash}")), Some(Kind::UnsignedBody));
    assert_eq!(verdict(format!("{URL}#bodySHA256={hash}")), Some(Kind::UnsignedBody));
    assert_eq!(verdict(format!("https://h/bodySHA256={hash}")), Some(Kind::UnsignedBody));
}

#[test]
fn a_form_is_signed_as_a_form_even_if_the_url_holds_its_hash() {
    let body = b"Body=hello";
    let (url, signature) = signer().sign_body(URL, body);
    let mut request = signer().post_form(&url, [("Body", "hello")]).unwrap();
    verify(&verifier(), &request).unwrap();
    request.headers_mut().insert("x-twilio-signature", signature.parse().unwrap());
    refused(&request, Kind::Mismatch);
}

#[test]
fn the_content_type_may_have_capitals_and_parameters_but_comes_once() {
    for value in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded ;charset=UTF-8"] {
        verify(&verifier(), &with_header(form(), "content-type", value)).unwrap();
    }
    refused(&with_another(form(), "content-type", "application/json"), Kind::RepeatedHeader);
}

#[test]
fn other_methods_are_refused() {
    for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD, Method::OPTIONS] {
        let mut request = form();
        *request.method_mut() = method;
        assert_eq!(refused(&request, Kind::UnsupportedMethod).status(), 405);
    }
}

#[test]
fn only_forms_are_accepted_where_only_forms_are_wanted() {
    let verifier = Verifier::builder("token").form_posts_only(true).build().unwrap();
    verify(&verifier, &form()).unwrap();
    let get = signer().get(URL, PAIRS).unwrap();
    assert_eq!(verify(&verifier, &get).unwrap_err().kind(), Kind::UnsupportedMethod);
    let json = signer().post_json(URL, "{}").unwrap();
    let error = verify(&verifier, &json).unwrap_err();
    assert_eq!(error.kind(), Kind::UnsupportedContentType);
    assert_eq!(error.status(), 415);
}

#[test]
fn a_body_or_a_query_over_the_limit_is_refused_and_one_at_the_limit_is_not() {
    let request = form();
    let limit = request.body().len();
    let with_limit = |bytes| Verifier::builder("token").body_limit(bytes).build().unwrap();
    verify(&with_limit(limit), &request).unwrap();
    let error = verify(&with_limit(limit - 1), &request).unwrap_err();
    assert!(error.is_too_large());
    assert_eq!(error.status(), 413);

    let get = signer().get(URL, PAIRS).unwrap();
    let limit = get.uri().query().unwrap().len();
    verify(&with_limit(limit), &get).unwrap();
    assert!(verify(&with_limit(limit - 1), &get).unwrap_err().is_too_large());

    let body = form().into_body();
    let signature = signer().sign_pairs(URL, PAIRS);
    assert!(with_limit(1).verify_form(URL, &body, &signature).unwrap_err().is_too_large());
    assert!(with_limit(1).verify_body(URL, &body, &signature).unwrap_err().is_too_large());
    assert_eq!(verifier().body_limit(), 262_144);
}

#[test]
fn fields_that_are_not_utf8_are_an_error_that_names_the_field() {
    let mut request = form();
    *request.body_mut() = b"Body=ok&Author=%C3%28".to_vec();
    let error = refused(&request, Kind::MalformedForm);
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "decoding a form: field 2 is not utf-8");
}

#[test]
fn a_url_that_is_not_absolute_is_refused() {
    for url in ["", "/hooks", "example.com/hooks", "https://", "https://h:99999/"] {
        let signature = signer().sign_pairs(url, PAIRS);
        let error = verifier().verify_pairs(url, PAIRS, &signature).unwrap_err();
        assert_eq!(error.kind(), Kind::MalformedUrl, "{url}");
        assert!(verifier().verify_form(url, b"", &signature).is_err());
    }
}

#[test]
fn secrets_that_are_empty_or_blank_make_no_verifier() {
    assert_eq!(Verifier::new("").unwrap_err(), VerifierError::EmptySecret);
    assert_eq!(Verifier::new(" \n").unwrap_err(), VerifierError::EmptySecret);
    assert_eq!(Verifier::builder("t").secondary_auth_token("").build().unwrap_err(), VerifierError::EmptySecret);
    assert_eq!(Verifier::builder("t").secondary_auth_token("").build().unwrap_err(), VerifierError::EmptySecret);
    assert_eq!(Signer::new("").unwrap_err(), VerifierError::EmptySecret);
}

#[test]
fn neither_debug_nor_errors_show_a_secret_a_signature_or_a_body() {
    let verifier =
        Verifier::builder("s3cret").secondary_auth_token("s3cret2").public_url("https://u:s3cret@h/p").build().unwrap();
    let request = Signer::new("s3cret3").unwrap().post_form("https://h/p", [("Body", "pr1vate")]).unwrap();
    let signature = request.headers()["x-twilio-signature"].to_str().unwrap().to_owned();
    let error = verify(&verifier, &request).unwrap_err();
    for text in [
        format!("{verifier:?} {:?}", Verifier::builder("s3cret").public_url("https://u:s3cret@h/p?key=s3cret")),
        format!("{:?} {:?}", Signer::new("s3cret").unwrap(), Verifier::builder("")),
        format!("{error} {error:?}"),
    ] {
        for secret in ["s3cret", "pr1vate", signature.as_str()] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert!(format!("{verifier:?}").contains("https://..@h/p"));
}
