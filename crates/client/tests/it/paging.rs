//! Lists of more than one page, and what a server may make of them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};
use twilio_conversations_client::{
    BoxFuture, Call, Client, Error, ItemStream, Page, Transport, TransportError,
    types::{
        ServiceSid, UserSid,
        v1::{User, request::ShortPageParams},
    },
};

use crate::server::{Answer, Server};

/// A page of users whose identities are these.
fn page(identities: &[&str], next: &Value) -> Answer {
    Answer::json(&json!({ "users": users(identities), "meta": { "next_page_url": next, "page": 0 } }))
}

fn users(identities: &[&str]) -> Vec<Value> {
    let user = |identity| json!({ "sid": "USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "identity": identity });
    identities.iter().map(user).collect()
}

fn link(page: &str) -> Value {
    json!(format!("https://conversations.twilio.com/v1/Users?PageSize=2&PageToken={page}"))
}

/// The identities that the stream gives out, and the error that it ends with.
async fn drain(mut stream: ItemStream<User>) -> (Vec<String>, Option<Error>) {
    let mut identities = Vec::new();
    loop {
        match stream.try_next().await {
            Ok(Some(user)) => identities.push(user.identity.unwrap()),
            Ok(None) => return (identities, None),
            Err(error) => {
                assert!(matches!(stream.try_next().await, Ok(None)), "after an error it is at its end");
                return (identities, Some(error));
            }
        }
    }
}

async fn drain_well(stream: ItemStream<User>) -> Vec<String> {
    let (identities, error) = drain(stream).await;
    assert!(error.is_none(), "{}", error.unwrap());
    identities
}

#[tokio::test]
async fn a_stream_goes_through_all_pages_in_order() {
    let pages = [page(&["a", "b"], &link("2")), page(&["c", "d"], &link("3")), page(&["e"], &Value::Null)];
    let server = Server::answering(pages);
    assert_eq!(drain_well(server.client().users().list().page_size(2).stream()).await, ["a", "b", "c", "d", "e"]);
    let expected = ["/v1/Users?PageSize=2", "/v1/Users?PageSize=2&PageToken=2", "/v1/Users?PageSize=2&PageToken=3"];
    assert_eq!(server.take_targets(), expected);
}

#[tokio::test]
async fn the_filters_of_a_list_go_with_the_first_request() {
    let next = "https://conversations.twilio.com/v1/Conversations?State=active&PageToken=2";
    let first = json!({ "conversations": [], "meta": { "next_page_url": next } });
    let server = Server::answering([Answer::json(&first), Answer::json(&json!({ "conversations": [] }))]);
    let list = server.client().conversations().list().state("active").start_date("2026-01-02");
    assert_eq!(list.stream().try_collect().await.unwrap().len(), 0);
    let expected =
        ["/v1/Conversations?StartDate=2026-01-02&State=active", "/v1/Conversations?State=active&PageToken=2"];
    assert_eq!(server.take_targets(), expected);
}

#[tokio::test]
async fn date_filters_take_dates_instants_and_strings() {
    let server = Server::start(|_| Answer::json(&json!({ "conversations": [] })));
    let list = || server.client().conversations().list();
    let day = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
    list().start_date(day).end_date(day).await.unwrap();
    let instant = DateTime::parse_from_rfc3339("2026-01-02T03:04:05.6+01:00").unwrap();
    list().start_date(instant.to_utc()).end_date(instant).await.unwrap();
    list().start_date("2026-01-02").end_date(String::from("2026-01-03")).await.unwrap();
    let expected = [
        "/v1/Conversations?StartDate=2026-01-02T00%3A00%3A00Z&EndDate=2026-01-02T23%3A59%3A59Z",
        "/v1/Conversations?StartDate=2026-01-02T02%3A04%3A05Z&EndDate=2026-01-02T02%3A04%3A05Z",
        "/v1/Conversations?StartDate=2026-01-02&EndDate=2026-01-03",
    ];
    assert_eq!(server.take_targets(), expected);
}

#[tokio::test]
async fn an_empty_page_is_not_the_end() {
    let server = Server::answering([page(&[], &link("2")), page(&[], &link("3")), page(&["a"], &Value::Null)]);
    assert_eq!(drain_well(server.client().users().list().stream()).await, ["a"]);
    assert_eq!(server.take().len(), 3);
}

#[tokio::test]
async fn a_page_without_a_next_link_is_the_last() {
    let last = [
        json!({ "users": users(&["a"]), "meta": { "next_page_url": null } }),
        json!({ "users": users(&["a"]), "meta": { "next_page_url": "" } }),
        json!({ "users": users(&["a"]), "meta": {} }),
        json!({ "users": users(&["a"]), "meta": null }),
        json!({ "users": users(&["a"]) }),
    ];
    for answer in last {
        let server = Server::answering([Answer::json(&answer)]);
        assert_eq!(drain_well(server.client().users().list().stream()).await, ["a"], "{answer}");
        assert_eq!(server.take().len(), 1, "{answer}");
    }
}

#[tokio::test]
async fn a_page_without_its_items_is_an_error_and_not_an_empty_list() {
    let answers =
        [json!({ "users": null }), json!({}), json!({ "meta": { "next_page_url": null } }), json!({ "ok": true })];
    for answer in answers {
        let server = Server::answering([Answer::json(&answer)]);
        let (identities, error) = drain(server.client().users().list().stream()).await;
        assert_eq!(identities, Vec::<String>::new());
        assert!(matches!(error, Some(Error::Decode(_))), "{answer}: {error:?}");
    }
    let server = Server::answering([Answer::json(&json!({ "users": [] }))]);
    assert_eq!(drain_well(server.client().users().list().stream()).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_page_whose_place_cannot_be_read_is_an_error_and_not_the_last() {
    for meta in [json!("nowhere"), json!({ "next_page_url": 7 }), json!({ "next_page_url": ["a"] })] {
        let server = Server::answering([Answer::json(&json!({ "users": [], "meta": meta }))]);
        let (_, error) = drain(server.client().users().list().stream()).await;
        assert!(matches!(error, Some(Error::Decode(_))), "{meta}: {error:?}");
    }
}

#[test]
fn a_page_that_was_made_of_items_is_the_only_one() {
    let page: Page<User> = [User::new(sid("USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))].into_iter().collect();
    assert_eq!((page.len(), page.has_next()), (1, false));
    assert!(page.meta().is_none());
    assert_eq!(page.iter().map(|user| user.sid.as_str()).collect::<Vec<_>>(), ["USaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]);
    assert_eq!(Page::from(vec![1, 2]).into_items(), [1, 2]);
}

fn sid(text: &str) -> UserSid {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_token_that_repeats_ends_the_stream_with_an_error() {
    let server = Server::start(|request| match request.target.as_str() {
        "/v1/Users" => page(&["a"], &link("2")),
        target if target.ends_with("PageToken=2") => page(&["b"], &link("3")),
        _ => page(&["c"], &link("2")),
    });
    let (identities, error) = drain(server.client().users().list().stream()).await;
    let error = error.unwrap();
    assert_eq!(identities[..3], ["a", "b", "c"]);
    assert!(identities.len() < 12, "it went round {} times", identities.len() / 2);
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("decoding the response to ListUser") && text.contains("was named as the next page before"),
        "{text}"
    );
}

#[tokio::test]
async fn a_page_that_names_itself_is_asked_for_once_more_at_most() {
    let server = Server::start(|_| page(&["a"], &link("2")));
    let (_, error) = drain(server.client().users().list().stream()).await;
    assert!(error.unwrap().to_string().contains("was named as the next page before"));
    assert!(server.take().len() <= 3);
}

#[tokio::test]
async fn a_page_that_fails_half_way_ends_the_stream_after_what_came_before() {
    let failure = json!({ "code": 20429, "message": "too many requests", "status": 429 });
    let server = Server::answering([page(&["a", "b"], &link("2")), Answer::status(429, failure.to_string())]);
    let (identities, error) = drain(server.client().users().list().stream()).await;
    assert_eq!(identities, ["a", "b"]);
    let error = error.unwrap();
    assert!(error.is_rate_limited());
    assert_eq!(error.operation().unwrap().id, "ListUser");
}

#[tokio::test]
async fn a_page_that_cannot_be_understood_says_where() {
    let bad = json!({ "users": [{ "sid": "US1", "identity": "c" }, { "sid": 2 }] });
    let server = Server::answering([page(&["a"], &link("2")), Answer::json(&bad)]);
    let (identities, error) = drain(server.client().users().list().stream()).await;
    assert_eq!(identities, ["a"]);
    let Error::Decode(error) = error.unwrap() else { panic!("another error") };
    assert_eq!(error.path(), "users[1].sid");
}

#[tokio::test]
async fn a_connection_that_breaks_half_way_is_an_error() {
    let server = Server::answering([page(&["a"], &link("2")), Answer::Raw(b"HTTP/1.1 200 X\r\ncontent-le".to_vec())]);
    let (identities, error) = drain(server.client().users().list().stream()).await;
    assert_eq!(identities, ["a"]);
    assert!(matches!(error, Some(Error::Transport(_))), "{error:?}");
}

#[tokio::test]
async fn the_host_of_a_link_is_never_called() {
    let elsewhere = Server::answering([]);
    let links = [
        json!(format!("{}/v1/Users?PageToken=2", elsewhere.base_url)),
        json!("https://user:secret@evil.example:8443/v1/Users?PageToken=2"),
        json!("/v1/Users?PageToken=2"),
    ];
    for link in links {
        let server = Server::answering([page(&["a"], &link), page(&["b"], &Value::Null)]);
        assert_eq!(drain_well(server.client().users().list().stream()).await, ["a", "b"], "{link}");
        let requests = server.take();
        assert_eq!(requests[1].target, "/v1/Users?PageToken=2", "{link}");
        assert_eq!(requests[1].header("authorization"), None, "{link}");
        assert_eq!(requests[1].header("host"), server.base_url.strip_prefix("http://"), "{link}");
    }
    assert_eq!(elsewhere.take().len(), 0);
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_an_error() {
    for link in ["https://conversations.twilio.com", "not a link", "?PageToken=2", "mailto:someone"] {
        let server = Server::answering([page(&["a"], &json!(link))]);
        let (identities, error) = drain(server.client().users().list().stream()).await;
        assert_eq!(identities, ["a"], "{link}");
        let text = error.unwrap_or_else(|| panic!("{link} was followed: {:?}", server.take_targets())).to_string();
        assert!(text.contains("has no path that could be followed"), "{text}");
    }
}

#[tokio::test]
async fn a_limit_ends_the_stream_without_a_request_too_many() {
    for (limit, expected, requests) in [(1, 1, 1), (2, 2, 1), (3, 3, 2), (4, 4, 2), (5, 5, 3), (9, 5, 3)] {
        let server = Server::answering([
            page(&["a", "b"], &link("2")),
            page(&["c", "d"], &link("3")),
            page(&["e"], &Value::Null),
        ]);
        let identities = drain_well(server.client().users().list().limit(limit).stream()).await;
        assert_eq!(identities, ["a", "b", "c", "d", "e"][..expected], "limit {limit}");
        assert_eq!(server.take().len(), requests, "limit {limit}");
    }
}

#[tokio::test]
async fn a_limit_of_none_asks_for_nothing() {
    let server = Server::answering([]);
    assert_eq!(drain_well(server.client().users().list().limit(0).stream()).await, Vec::<String>::new());
    assert_eq!(server.take().len(), 0);
}

#[tokio::test]
async fn a_page_is_no_larger_than_the_limit_unless_its_size_is_chosen() {
    let cases = [
        (None, None, "/v1/Users"),
        (Some(7), None, "/v1/Users?PageSize=7"),
        (Some(1000), None, "/v1/Users?PageSize=50"),
        (Some(7), Some(20), "/v1/Users?PageSize=20"),
        (None, Some(20), "/v1/Users?PageSize=20"),
    ];
    for (limit, page_size, expected) in cases {
        let server = Server::answering([page(&[], &Value::Null)]);
        let mut list = server.client().users().list();
        if let Some(limit) = limit {
            list = list.limit(limit);
        }
        if let Some(page_size) = page_size {
            list = list.page_size(page_size);
        }
        drain_well(list.stream()).await;
        assert_eq!(server.take_targets(), [expected]);
    }
}

#[tokio::test]
async fn the_largest_page_is_that_of_the_list() {
    let server = Server::answering([Answer::json(&json!({ "messages": [] }))]);
    server.client().conversation("c").messages().list().limit(1000).stream().try_collect().await.unwrap();
    assert_eq!(server.take_targets(), ["/v1/Conversations/c/Messages?PageSize=100"]);
}

#[tokio::test]
async fn without_prefetch_a_page_is_asked_for_when_its_items_are() {
    let server = Server::answering([page(&["a", "b"], &link("2")), page(&["c"], &Value::Null)]);
    let mut stream = server.client().users().list().stream();
    assert_eq!(server.take().len(), 0, "nothing is sent before an item is asked for");
    stream.try_next().await.unwrap();
    stream.try_next().await.unwrap();
    assert_eq!(server.take().len(), 1);
    stream.try_next().await.unwrap();
    assert_eq!(server.take().len(), 1);
}

#[tokio::test]
async fn with_prefetch_the_next_page_comes_while_items_are_at_hand() {
    let server = Server::answering([page(&["a", "b"], &link("2")), page(&["c"], &Value::Null)]);
    let mut stream = server.client().users().list().stream().prefetch();
    assert_eq!(stream.try_next().await.unwrap().unwrap().identity.as_deref(), Some("a"));
    // The second of the first page's items was not asked for, and the second page is.
    server.seen(2).await;
    assert_eq!(drain_well(stream).await, ["b", "c"]);
    assert_eq!(server.take_targets(), ["/v1/Users", "/v1/Users?PageSize=2&PageToken=2"]);
}

/// Answers every request with a page of two and a link, and counts them as they are begun, sent or not.
#[derive(Clone, Default)]
struct Endless(Arc<AtomicUsize>);

impl Transport for Endless {
    fn send(&self, _: http::Request<Bytes>, _: Call) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let page = json!({ "users": users(&["a", "b"]), "meta": { "next_page_url": link(&number.to_string()) } });
        Box::pin(async move { Ok(http::Response::new(page.to_string().into())) })
    }
}

#[tokio::test]
async fn a_limit_begins_no_request_for_a_page_that_is_not_wanted() {
    for (limit, pages) in [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)] {
        for prefetch in [false, true] {
            let transport = Endless::default();
            let client = Client::new("http://localhost", transport.clone()).unwrap();
            let stream = client.users().list().page_size(2).limit(limit).stream();
            let stream = if prefetch { stream.prefetch() } else { stream };
            assert_eq!(drain_well(stream).await.len(), limit);
            assert_eq!(transport.0.load(Ordering::Relaxed), pages, "limit {limit}, prefetch {prefetch}");
        }
    }
}

#[tokio::test]
async fn a_limit_holds_for_a_page_too() {
    let server = Server::answering([page(&["a", "b", "c"], &link("2"))]);
    let page = server.client().users().list().limit(2).await.unwrap();
    // What the limit cut off is not on the next page, so there is none.
    assert_eq!((page.len(), page.has_next()), (2, false));
    assert!(page.next().await.unwrap().is_none());
    assert_eq!(server.take_targets(), ["/v1/Users?PageSize=2"]);
    let names: Vec<_> = (&page).into_iter().map(|user| user.identity.as_deref().unwrap()).collect();
    assert_eq!(names, ["a", "b"]);
}

#[tokio::test]
async fn turning_pages_gives_the_items_of_the_stream_and_ends_at_the_limit() {
    for (limit, lengths) in [(0, vec![0]), (1, vec![1]), (2, vec![2]), (3, vec![2, 1]), (4, vec![2, 2])] {
        // The last page names another, which nobody wants.
        let server = Server::answering([page(&["a", "b"], &link("2")), page(&["c", "d"], &link("3"))]);
        let mut at = server.client().users().list().page_size(2).limit(limit).await.unwrap();
        let (mut names, mut found) = (Vec::new(), vec![at.len()]);
        names.extend(at.iter().map(|user| user.identity.clone().unwrap()));
        while at.has_next() {
            at = at.next().await.unwrap().unwrap();
            found.push(at.len());
            names.extend(at.iter().map(|user| user.identity.clone().unwrap()));
        }
        assert!(at.next().await.unwrap().is_none());
        assert_eq!(found, lengths, "limit {limit}");
        assert_eq!(names, ["a", "b", "c", "d"][..limit]);
        assert_eq!(server.take().len(), lengths.len(), "limit {limit}");
    }
    let server = Server::answering([page(&["a", "b"], &link("2")), page(&["c"], &Value::Null)]);
    let first = server.client().users().list().limit(9).await.unwrap();
    assert!(!first.next().await.unwrap().unwrap().has_next(), "a list that ends before the limit ends");
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_no_error_at_the_limit() {
    let server = Server::answering([page(&["a", "b"], &json!("nowhere"))]);
    let first = server.client().users().list().limit(2).await.unwrap();
    assert!(!first.has_next() && first.next().await.unwrap().is_none());
}

#[tokio::test]
async fn after_an_error_the_next_page_can_be_asked_for_again() {
    let answers = [page(&["a"], &link("2")), Answer::status(503, ""), page(&["b"], &Value::Null)];
    let server = Server::answering(answers);
    let first = server.client().users().list().await.unwrap();
    assert!(first.next().await.unwrap_err().is_retryable());
    assert_eq!(first.next().await.unwrap().unwrap()[0].identity.as_deref(), Some("b"));
}

#[tokio::test]
async fn an_error_about_a_link_has_the_page_and_does_not_quote_it() {
    let server = Server::answering([page(&["a"], &json!("private link"))]);
    let error = server.client().users().list().await.unwrap().next().await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("at meta.next_page_url: it has no path") && !shown.contains("private"), "{shown}");
    let Error::Decode(error) = error else { panic!("{error:?}") };
    assert!(std::str::from_utf8(error.body()).unwrap().contains("private link"));
    assert!(error.headers().contains_key("content-length"));
}

#[tokio::test]
async fn with_prefetch_an_error_waits_until_the_items_before_it_are_taken() {
    for second in [Answer::status(500, ""), page(&["x"], &json!("nowhere"))] {
        let server = Server::answering([page(&["a", "b"], &link("2")), second]);
        let (identities, error) = drain(server.client().users().list().stream().prefetch()).await;
        assert_eq!(identities[..2], ["a", "b"]);
        assert!(error.is_some());
    }
    let server = Server::answering([page(&["a", "b", "c"], &json!("nowhere"))]);
    let (identities, error) = drain(server.client().users().list().stream().prefetch()).await;
    assert_eq!(identities, ["a", "b", "c"]);
    assert!(error.unwrap().to_string().contains("has no path that could be followed"));
}

#[tokio::test]
async fn a_page_is_a_value_with_items_and_the_page_after_it() {
    let server = Server::answering([page(&["a", "b"], &link("2")), page(&["c"], &Value::Null)]);
    let first = server.client().users().list().send().await.unwrap();
    assert_eq!(first.len(), 2);
    assert_eq!(first.items()[1].identity.as_deref(), Some("b"));
    assert_eq!(first.meta().unwrap().page, Some(0));
    assert!(first.has_next());
    let second = first.next().await.unwrap().unwrap();
    assert!(!second.has_next());
    assert!(second.next().await.unwrap().is_none());
    let items: Vec<_> = second.into_iter().map(|user| user.identity.unwrap()).collect();
    assert_eq!(items, ["c"]);
    assert_eq!(server.take().len(), 2);
}

#[tokio::test]
async fn a_list_that_is_awaited_is_its_first_page() {
    let server = Server::answering([page(&["a"], &link("2"))]);
    assert_eq!(server.client().users().list().await.unwrap().into_items().len(), 1);
}

#[tokio::test]
async fn a_stream_that_is_dropped_half_way_asks_for_no_more() {
    let server = Server::answering([page(&["a", "b"], &link("2")), page(&["c"], &link("3"))]);
    let mut stream = server.client().users().list().stream();
    stream.try_next().await.unwrap();
    drop(stream);
    assert_eq!(server.take().len(), 1);
}

#[tokio::test]
async fn behind_a_prefix_links_are_followed_with_it() {
    let server = Server::answering([
        page(&["a"], &link("2")),
        page(&["b"], &json!("/twilio/v1/Users?PageToken=3")),
        page(&["c"], &Value::Null),
    ]);
    let http = crate::server::http_client().build().unwrap();
    let client = twilio_conversations_client::Client::new(&format!("{}/twilio/", server.base_url), http).unwrap();
    assert_eq!(drain_well(client.users().list().stream()).await, ["a", "b", "c"]);
    let expected = ["/twilio/v1/Users", "/twilio/v1/Users?PageSize=2&PageToken=2", "/twilio/v1/Users?PageToken=3"];
    assert_eq!(server.take_targets(), expected);
}

#[tokio::test]
async fn a_list_continues_after_a_stored_token_with_its_filters_and_page_size() {
    let next = "https://conversations.twilio.com/v1/Conversations?State=active&PageSize=2&Page=1&PageToken=P%3D2#top";
    let first = json!({ "conversations": [], "meta": { "next_page_url": next } });
    let server = Server::answering([Answer::json(&first), Answer::json(&first), Answer::json(&first)]);
    let list = server.client().conversations().list();
    let stored = list.state("active").page_size(2).await.unwrap().next_token().unwrap().to_owned();
    assert_eq!(stored, "?State=active&PageSize=2&Page=1&PageToken=P%3D2");
    // The token has the page size, and the page after that is requested as usual.
    let list = server.client().conversations().list().page_size(50).limit(7);
    let second = list.page_token(&stored).await.unwrap();
    second.next().await.unwrap().unwrap();
    let continued = "/v1/Conversations?State=active&PageSize=2&Page=1&PageToken=P%3D2";
    assert_eq!(server.take_targets(), ["/v1/Conversations?State=active&PageSize=2", continued, continued]);
}

#[tokio::test]
async fn a_token_cannot_replace_a_filter_of_the_builder() {
    let server = Server::start(|_| Answer::json(&json!({ "conversations": [], "meta": {} })));
    for token in ["?PageToken=2&State=closed", "?state=closed&PageToken=2", "?PageToken=2&%53tate=closed&State&State=x"]
    {
        let list = server.client().conversations().list().state("active").page(7).page_token(token);
        list.await.unwrap();
        assert_eq!(server.take_targets(), ["/v1/Conversations?State=active&PageToken=2"], "{token}");
    }
}

#[tokio::test]
async fn a_token_of_a_service_list_continues_in_that_service() {
    let next = "https://conversations.twilio.com/v1/Services/IS1/Users?PageToken=2";
    let first = json!({ "users": [], "meta": { "next_page_url": next } });
    let server = Server::answering([Answer::json(&first), page(&["b"], &Value::Null)]);
    let users = server.client().service("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse::<ServiceSid>().unwrap()).users();
    let stored = users.list().await.unwrap().next_token().unwrap().to_owned();
    assert_eq!(drain_well(users.list().page_token(stored).stream()).await, ["b"]);
    assert_eq!(server.take_targets()[1], "/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Users?PageToken=2");
}

#[tokio::test]
async fn a_page_without_a_page_after_it_or_cut_by_the_limit_has_no_token() {
    for next in [json!(null), json!(""), json!("/v1/Users")] {
        let server = Server::answering([page(&["a"], &next)]);
        assert_eq!(server.client().users().list().await.unwrap().next_token(), None, "{next}");
    }
    assert_eq!(Page::from(vec![1]).next_token(), None);
    for (limit, token) in [(1, None), (2, Some("?PageSize=2&PageToken=2")), (3, Some("?PageSize=2&PageToken=2"))] {
        let server = Server::answering([page(&["a", "b"], &link("2"))]);
        assert_eq!(server.client().users().list().limit(limit).await.unwrap().next_token(), token, "limit {limit}");
    }
}

#[tokio::test]
async fn a_limit_counts_anew_after_a_token() {
    let server = Server::answering([page(&["a", "b"], &link("2")), page(&["c", "d"], &link("3"))]);
    let stored = server.client().users().list().limit(2).await.unwrap().next_token().unwrap().to_owned();
    assert_eq!(drain_well(server.client().users().list().limit(1).page_token(stored).stream()).await, ["c"]);
    assert_eq!(server.take_targets()[1], "/v1/Users?PageSize=2&PageToken=2");
}

#[tokio::test]
async fn a_stored_token_with_characters_of_no_query_is_an_error_and_nothing_is_sent() {
    let server = Server::answering([]);
    for bad in ["?PageToken=a b", "?PageToken=a#b", "?PageToken=a\r\nX-Evil: 1", "?PageToken=\u{e9}"] {
        let error = server.client().users().list().page_token(bad).await.unwrap_err();
        assert!(matches!(error, Error::Encode(_)), "{error:?}");
        assert!(error.to_string().starts_with("building the request for ListUser: the page token: "), "{error}");
    }
    assert_eq!(server.take().len(), 0);
}

#[tokio::test]
async fn a_positional_method_continues_a_list_by_a_token_too() {
    let server = Server::answering([page(&["c"], &Value::Null)]);
    let token = Some("?PageSize=2&PageToken=P%2B2".to_owned());
    server.client().list_user(&ShortPageParams { page_token: token, ..Default::default() }).await.unwrap();
    assert_eq!(server.take_targets(), ["/v1/Users?PageSize=2&PageToken=P%2B2"]);
}

#[tokio::test]
async fn a_page_token_of_the_vendor_is_sent_as_a_parameter() {
    let server = Server::answering([page(&[], &Value::Null)]);
    server.client().users().list().page_token("PT=?&1").page(3).await.unwrap();
    assert_eq!(server.take_targets(), ["/v1/Users?Page=3&PageToken=PT%3D%3F%261"]);
}

#[tokio::test]
async fn the_next_page_is_fetched_after_the_items_were_moved_out() {
    let server = Server::answering([page(&["a", "b"], &link("2")), page(&["c"], &Value::Null)]);
    let mut at = server.client().users().list().limit(9).await.unwrap();
    assert_eq!(at.take_items().len(), 2);
    assert!(at.is_empty() && at.has_next() && at.next_token().is_some());
    let second = at.next().await.unwrap().unwrap();
    assert_eq!((second.into_items().len(), at.take_items().len()), (1, 0));
}
