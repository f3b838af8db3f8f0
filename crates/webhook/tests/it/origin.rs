//! Which URL a request is verified against.

use http::{HeaderMap, HeaderValue, Method, Uri};
use twilio_conversations_webhook::{
    SignatureError, SignatureErrorKind as Kind, Signer, Verifier, VerifierBuilder, VerifierError,
};

const PAIRS: [(&str, &str); 1] = [("Body", "hi")];

/// Verifies a form as a server sees it that was called by another URL than it knows.
fn verify(
    builder: VerifierBuilder,
    called: &str,
    target: &str,
    headers: &[(&'static str, &'static str)],
) -> Result<(), SignatureError> {
    let request = Signer::new("token").unwrap().post_form("https://signed.by/hand", PAIRS).unwrap();
    let signature = Signer::new("token").unwrap().sign_pairs(called, PAIRS);
    let mut all = HeaderMap::new();
    all.insert("x-twilio-signature", signature.parse().unwrap());
    all.insert("content-type", request.headers()["content-type"].clone());
    for (name, value) in headers {
        all.append(*name, HeaderValue::from_static(value));
    }
    let target: Uri = target.parse().unwrap();
    builder.build().unwrap().verify(&Method::POST, &target, &all, request.body()).map(drop)
}

fn plain() -> VerifierBuilder {
    Verifier::builder("token")
}

#[track_caller]
fn kind(result: Result<(), SignatureError>) -> Kind {
    result.unwrap_err().kind()
}

#[test]
fn without_a_public_url_host_and_target_make_the_url() {
    let host = [("host", "example.com")];
    verify(plain(), "https://example.com/hooks?a=1", "/hooks?a=1", &host).unwrap();
    verify(plain(), "https://example.com:443/hooks", "/hooks", &host).unwrap();
    verify(plain(), "https://example.com/hooks", "/hooks", &[("host", "example.com:443")]).unwrap();
    verify(plain(), "https://example.com:8443/hooks", "/hooks", &[("host", "example.com:8443")]).unwrap();
    verify(plain(), "https://[::1]/hooks", "/hooks", &[("host", "[::1]")]).unwrap();
    verify(plain(), "https://example.com/hooks?", "/hooks?", &host).unwrap();
    assert_eq!(kind(verify(plain(), "http://example.com/hooks", "/hooks", &host)), Kind::Mismatch);
    assert_eq!(kind(verify(plain(), "https://example.com/hooks", "/hooks?", &host)), Kind::Mismatch);
    assert_eq!(kind(verify(plain(), "https://example.org/hooks", "/hooks", &host)), Kind::Mismatch);
}

#[test]
fn plain_http_is_assumed_only_where_it_is_said() {
    let host = [("host", "localhost:8080")];
    verify(plain().plain_http(true), "http://localhost:8080/hooks", "/hooks", &host).unwrap();
    assert_eq!(kind(verify(plain().plain_http(true), "https://localhost:8080/hooks", "/hooks", &host)), Kind::Mismatch);
}

#[test]
fn the_authority_of_http2_stands_for_the_host_header() {
    verify(plain(), "https://example.com/hooks", "https://example.com/hooks", &[]).unwrap();
    // What the connection says of its scheme is not believed: it may be the proxy's.
    verify(plain(), "https://example.com/hooks", "http://example.com/hooks", &[]).unwrap();
}

#[test]
fn a_host_that_is_missing_repeated_or_malformed_is_an_error() {
    let url = "https://example.com/hooks";
    assert_eq!(kind(verify(plain(), url, "/hooks", &[])), Kind::MissingHeader);
    let twice = [("host", "example.com"), ("host", "example.com")];
    assert_eq!(kind(verify(plain(), url, "/hooks", &twice)), Kind::RepeatedHeader);
    for host in
        ["", " ", ":443", "example.com/", "a@example.com", "example.com:x", "example.com:1:2", "[::1", "a b", "a,b c"]
    {
        assert_eq!(kind(verify(plain(), url, "/hooks", &[("host", host)])), Kind::MalformedHeader, "{host:?}");
    }
}

#[test]
fn a_public_url_counts_whatever_the_server_sees() {
    let public = || plain().public_url("https://example.com/twilio/hooks");
    let headers = [("host", "10.0.0.7:3000"), ("x-forwarded-host", "evil.example")];
    verify(public(), "https://example.com/twilio/hooks", "/internal", &headers).unwrap();
    verify(public(), "https://example.com/twilio/hooks?a=1", "/internal?a=1", &[]).unwrap();
    verify(public(), "https://example.com:443/twilio/hooks", "/internal", &[]).unwrap();
    verify(public().trust_forwarded_headers(true), "https://example.com/twilio/hooks", "/internal", &headers).unwrap();
    assert_eq!(kind(verify(public(), "https://example.com/internal", "/internal", &[])), Kind::Mismatch);
    assert_eq!(kind(verify(public(), "https://10.0.0.7:3000/internal", "/internal", &headers)), Kind::Mismatch);
}

#[test]
fn the_query_of_a_public_url_serves_where_the_request_has_none() {
    let public = || plain().public_url("https://example.com/hooks?shop=1#rc=2");
    verify(public(), "https://example.com/hooks?shop=1", "/hooks?shop=1", &[]).unwrap();
    verify(public(), "https://example.com/hooks?shop=1", "/hooks", &[]).unwrap();
    assert_eq!(kind(verify(public(), "https://example.com/hooks?shop=1", "/hooks?shop=2", &[])), Kind::Mismatch);
}

#[test]
fn userinfo_of_a_public_url_may_be_signed_or_not() {
    let public = || plain().public_url("https://user:pass@example.com/hooks");
    verify(public(), "https://user:pass@example.com/hooks", "/hooks", &[]).unwrap();
    verify(public(), "https://example.com/hooks", "/hooks", &[]).unwrap();
    assert_eq!(kind(verify(public(), "https://user:ssap@example.com/hooks", "/hooks", &[])), Kind::Mismatch);
}

#[test]
fn a_public_url_without_a_path_is_that_of_the_root() {
    let public = || plain().public_url("https://example.com");
    verify(public(), "https://example.com", "/", &[]).unwrap();
    verify(public(), "https://example.com/", "/", &[]).unwrap();
}

#[test]
fn a_public_base_is_put_before_each_path() {
    for base in ["https://example.com/twilio", "https://example.com/twilio/"] {
        let base = || plain().public_base(base);
        verify(base(), "https://example.com/twilio/pre?a=1", "/pre?a=1", &[]).unwrap();
        verify(base(), "https://example.com/twilio/post", "/post", &[("host", "internal")]).unwrap();
        assert_eq!(kind(verify(base(), "https://example.com/post", "/post", &[])), Kind::Mismatch);
    }
    verify(plain().public_base("https://example.com"), "https://example.com/post", "/post", &[]).unwrap();
}

#[test]
fn public_urls_that_are_none_are_refused_when_the_verifier_is_built() {
    for url in ["", "example.com", "/hooks", "ftp://example.com/hooks", "https://", "https://h:x/", "https://a b/"] {
        assert_eq!(plain().public_url(url).build().unwrap_err(), VerifierError::InvalidPublicUrl, "{url}");
        assert_eq!(plain().public_base(url).build().unwrap_err(), VerifierError::InvalidPublicUrl, "{url}");
    }
    assert_eq!(plain().public_base("https://h/?a=1").build().unwrap_err(), VerifierError::InvalidPublicUrl);
}

#[test]
fn forwarded_headers_count_only_where_they_are_trusted() {
    let headers = [
        ("host", "10.0.0.7:3000"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "example.com"),
        ("x-forwarded-port", "8443"),
    ];
    let trusting = || plain().plain_http(true).trust_forwarded_headers(true);
    verify(trusting(), "https://example.com:8443/hooks", "/hooks", &headers).unwrap();
    verify(trusting(), "https://example.com/hooks", "/hooks", &headers).unwrap();
    verify(trusting(), "https://example.com/hooks", "/hooks", &headers[..3]).unwrap();
    verify(trusting(), "http://10.0.0.7:3000/hooks", "/hooks", &headers[..1]).unwrap();
    verify(trusting(), "https://10.0.0.7:3000/hooks", "/hooks", &headers[..2]).unwrap();
    assert_eq!(kind(verify(plain(), "https://example.com:8443/hooks", "/hooks", &headers)), Kind::Mismatch);
    verify(plain(), "https://10.0.0.7:3000/hooks", "/hooks", &headers).unwrap();
}

#[test]
fn of_a_chain_of_proxies_the_first_value_counts() {
    let url = "https://example.com/hooks";
    let trusting = || plain().plain_http(true).trust_forwarded_headers(true);
    let headers =
        [("host", "inner"), ("x-forwarded-proto", "HTTPS, http"), ("x-forwarded-host", "example.com , inner:80")];
    verify(trusting(), url, "/hooks", &headers).unwrap();
    // RFC 9110: several lines are one list, in their order, and empty elements are skipped.
    let lines = [
        ("host", "inner"),
        ("x-forwarded-proto", ""),
        ("x-forwarded-proto", ", ,https"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "example.com"),
        ("x-forwarded-host", "a b"),
        ("x-forwarded-port", "8443"),
        ("x-forwarded-port", "443"),
    ];
    verify(trusting(), "https://example.com:8443/hooks", "/hooks", &lines).unwrap();
    let swapped = [("host", "example.com"), ("x-forwarded-proto", "http"), ("x-forwarded-proto", "https")];
    assert_eq!(kind(verify(trusting(), url, "/hooks", &swapped)), Kind::Mismatch);
}

#[test]
fn forwarded_headers_that_are_malformed_are_errors() {
    let trusting = || plain().trust_forwarded_headers(true);
    let url = "https://example.com/hooks";
    for (name, value) in [
        ("x-forwarded-proto", "ftp"),
        ("x-forwarded-proto", ""),
        ("x-forwarded-proto", " , ,"),
        ("x-forwarded-proto", "ftp, https"),
        ("x-forwarded-host", "a b"),
        ("x-forwarded-host", ""),
        ("x-forwarded-port", "https"),
        ("x-forwarded-port", "65536"),
    ] {
        let error = verify(trusting(), url, "/hooks", &[("host", "example.com"), (name, value)]).unwrap_err();
        assert_eq!((error.kind(), error.header()), (Kind::MalformedHeader, Some(name)), "{value:?}");
        verify(plain(), url, "/hooks", &[("host", "example.com"), (name, value)]).unwrap();
    }
}

#[test]
fn forwarded_of_rfc_7239_is_not_read() {
    let headers = [("host", "example.com"), ("forwarded", "proto=http;host=other.example")];
    verify(plain().trust_forwarded_headers(true), "https://example.com/hooks", "/hooks", &headers).unwrap();
}

#[test]
fn a_header_of_more_than_8192_bytes_is_malformed() {
    let url = "https://example.com/hooks";
    let trusting = || plain().trust_forwarded_headers(true);
    let padded = |len: usize| -> &'static str { format!("example.com{}", ",".repeat(len - 11)).leak() };
    let host = ("host", "other.example");
    verify(trusting(), url, "/hooks", &[host, ("x-forwarded-host", padded(8192))]).unwrap();
    let error = verify(trusting(), url, "/hooks", &[host, ("x-forwarded-host", padded(8193))]).unwrap_err();
    assert_eq!((error.kind(), error.header()), (Kind::MalformedHeader, Some("x-forwarded-host")));
    let error = verify(plain(), url, "/hooks", &[("host", "a".repeat(8193).leak())]).unwrap_err();
    assert_eq!((error.kind(), error.header()), (Kind::MalformedHeader, Some("host")));
}
