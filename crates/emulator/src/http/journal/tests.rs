//! The limits of the journal, and the data that is never recorded.

use hyper::Request;
use hyper::header::HeaderValue;

use super::*;
use crate::sid::Ids;
use crate::store::Store;
use crate::store::account::Credentials;

fn accounts() -> Accounts {
    let credentials = Credentials {
        account_sid: crate::DEFAULT_ACCOUNT_SID.to_owned(),
        auth_token: "token".to_owned(),
        api_keys: Vec::new(),
    };
    Accounts::open(&Store::open(None, Ids::default()).unwrap(), &[credentials], Millis::default()).unwrap()
}

fn record(journal: &Journal, request: Request<&[u8]>, response: &[u8]) {
    let (parts, body) = request.into_parts();
    let response = Response::new(Full::new(Bytes::copy_from_slice(response)));
    journal.record(&Trace::begin(Millis::default()), &parts, body, Some(&response), Duration::ZERO);
}

fn post<'b>(path: &str, body: &'b [u8]) -> Request<&'b [u8]> {
    Request::post(path).body(body).unwrap()
}

#[test]
fn the_oldest_requests_are_dropped_beyond_the_number() {
    let (accounts, journal) = (accounts(), Journal::new(3));
    for number in 0..5 {
        record(&journal, post(&format!("/v1/{number}"), b""), b"");
    }
    let list = journal.list(&accounts, &Filter::default(), 10);
    let paths: Vec<_> = list.iter().map(|request| (request.id, request.path.as_str())).collect();
    assert_eq!(paths, [(5, "/v1/4"), (4, "/v1/3"), (3, "/v1/2")]);
    assert!(journal.find(&accounts, &Filter::default(), 2).is_none());
    assert_eq!(journal.find(&accounts, &Filter::default(), 4).unwrap().path, "/v1/3");
}

#[test]
fn the_oldest_requests_are_dropped_beyond_16_mb_together() {
    let (accounts, journal) = (accounts(), Journal::new(1_000_000));
    let large = vec![b'x'; 2 * KEPT];
    let needed = TOTAL / (2 * KEPT);
    for _ in 0..needed + 10 {
        record(&journal, post("/v1/Conversations", &large), &large);
    }
    let count = journal.count(&Filter::default());
    assert!(count < needed && count > needed - needed / 20, "{count} of {needed}");
    let bytes = journal.lock().bytes;
    assert!(bytes <= TOTAL && bytes > TOTAL - 4 * KEPT, "{bytes}");
    let latest = journal.list(&accounts, &Filter::default(), 1);
    assert_eq!(latest[0].id, u64::try_from(needed + 10).unwrap());
    assert_eq!(journal.forget(&Filter::default()), count);
    assert_eq!(journal.lock().bytes, 0);
}

#[test]
fn the_first_4_kb_of_a_body_and_its_length_are_kept() {
    let (accounts, journal) = (accounts(), Journal::new(1));
    for (length, is_whole) in [(KEPT - 1, true), (KEPT, true), (KEPT + 1, false)] {
        let body = vec![b'x'; length];
        record(&journal, post("/v1/Conversations?a=b", &body), &body);
        let request = journal.list(&accounts, &Filter::default(), 1).remove(0);
        assert_eq!((request.request_body.len(), request.request_body_size), (length.min(KEPT), length));
        assert_eq!((request.response_body.len(), request.response_body_size), (length.min(KEPT), length));
        assert_eq!((request.path.as_str(), request.query.as_deref()), ("/v1/Conversations", Some("a=b")));
        assert_eq!(request.is_whole(), is_whole, "{length}");
    }
}

#[test]
fn at_most_4_kb_of_a_url_and_of_headers_are_kept() {
    let (accounts, journal) = (accounts(), Journal::new(1));
    let read = |request| {
        record(&journal, request, b"");
        journal.list(&accounts, &Filter::default(), 1).remove(0)
    };
    let long = read(post(&format!("/v1/{}", "y".repeat(KEPT)), b""));
    assert_eq!((long.path.len(), long.is_whole()), (KEPT, false));
    let mut request = post("/v1/Services", b"");
    let headers = request.headers_mut();
    headers.insert("x-first", HeaderValue::from_static("1"));
    headers.insert("x-large", HeaderValue::from_str(&"z".repeat(KEPT)).unwrap());
    let large = read(request);
    assert_eq!(large.header("X-First"), Some("1"));
    assert_eq!((large.header("x-large"), large.is_whole()), (None, false));
}

#[test]
fn no_credentials_are_recorded_whatever_the_spelling_of_the_path() {
    let (accounts, journal) = (accounts(), Journal::new(10));
    for path in ["/v1/Credentials", "/v1/CREDENTIALS/CR1?Secret=geheim", "/v1/%43redentials", "/v1/credentials/"] {
        let form = b"FriendlyName=push&Secret=geheim&PrivateKey=geheim&ApiKey=geheim&Certificate=geheim";
        for body in [&form[..], b"{\"Secret\": \"geheim\"}"] {
            let mut request = post(path, body);
            for name in ["authorization", "Proxy-Authorization", "cookie", "x-api-key"] {
                request.headers_mut().insert(name, HeaderValue::from_static("geheim"));
            }
            record(&journal, request, b"");
            let recorded = journal.list(&accounts, &Filter::default(), 1).remove(0);
            let all = format!("{recorded:?} {:?}", String::from_utf8_lossy(&recorded.request_body));
            assert!(!all.contains("geheim"), "{all}");
            assert!(recorded.headers.is_empty());
        }
    }
    record(&journal, post("/v1/Credentials", b"FriendlyName=push&Secret=x"), b"");
    let recorded = journal.list(&accounts, &Filter::default(), 1).remove(0);
    assert_eq!(recorded.field("FriendlyName").as_deref(), Some("push"));
    assert_eq!(recorded.field("Secret").as_deref(), Some("redacted"));
    record(&journal, post("/v1/Services", b"Secret=kept"), b"");
    let other = journal.list(&accounts, &Filter::default(), 1).remove(0);
    assert_eq!(other.field("Secret").as_deref(), Some("kept"));
}

#[test]
fn a_journal_that_is_off_keeps_nothing() {
    let journal = Journal::new(0);
    record(&journal, post("/v1/Services", b"a=b"), b"");
    assert_eq!(journal.count(&Filter::default()), 0);
}

#[test]
fn the_requests_after_a_number_are_the_next_ones() {
    let (accounts, journal) = (accounts(), Journal::new(10));
    for _ in 0..6 {
        record(&journal, post("/v1/Services", b""), b"");
    }
    let ids =
        |filter: Filter<'_>| journal.list(&accounts, &filter, 2).iter().map(|request| request.id).collect::<Vec<_>>();
    assert_eq!(ids(Filter { after: Some(2), ..Filter::default() }), [4, 3]);
    assert_eq!(ids(Filter { before: Some(5), ..Filter::default() }), [4, 3]);
    assert_eq!(ids(Filter { before: Some(5), after: Some(3), ..Filter::default() }), [4]);
    assert_eq!(ids(Filter { before: Some(1), ..Filter::default() }), [0; 0]);
}
