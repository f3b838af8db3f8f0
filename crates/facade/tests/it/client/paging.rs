//! Lists of several pages.

use twilio_conversations::{Client, Credentials, Error, v1};
use twilio_conversations_emulator::Emulator;

use crate::client::support::{Answer, Server};

/// A page with services of these names; `next` is a JSON value.
fn page(names: &[&str], next: &str) -> Answer {
    let items: Vec<_> =
        names.iter().map(|name| format!(r#"{{"sid": "IS{name}", "friendly_name": "{name}"}}"#)).collect();
    Answer::json(
        200,
        &format!(
            r#"{{"services": [{}], "meta": {{"page": 0, "page_size": 50, "key": "services", "next_page_url": {next}}}}}"#,
            items.join(", ")
        ),
    )
}

fn link(token: &str) -> String {
    format!(r#""https://conversations.twilio.com/v1/Services?PageSize=2&Page=1&PageToken={token}""#)
}

fn names<'a>(services: impl IntoIterator<Item = &'a v1::Service>) -> Vec<&'a str> {
    services.into_iter().map(|service| service.friendly_name.as_deref().unwrap()).collect()
}

async fn stream(client: &Client) -> (Vec<v1::Service>, Option<Error>) {
    let mut stream = client.services().list().page_size(2).stream();
    let mut items = Vec::new();
    loop {
        match stream.try_next().await {
            Ok(Some(item)) => items.push(item),
            Ok(None) => return (items, None),
            Err(error) => {
                assert!(stream.try_next().await.unwrap().is_none(), "a failed stream is at its end");
                return (items, Some(error));
            }
        }
    }
}

#[tokio::test]
async fn a_stream_follows_the_links_on_our_own_server() {
    let server = Server::script([page(&["a", "b"], &link("t1")), page(&["c", "d"], &link("t2")), page(&["e"], "null")]);
    let (items, error) = stream(&server.client().build().unwrap()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(names(&items), ["a", "b", "c", "d", "e"]);
    assert_eq!(
        server.lines(),
        [
            "GET /v1/Services?PageSize=2",
            "GET /v1/Services?PageSize=2&Page=1&PageToken=t1",
            "GET /v1/Services?PageSize=2&Page=1&PageToken=t2",
        ]
    );
    assert!(server.requests().iter().all(|request| request.header("authorization").is_some()));
}

#[tokio::test]
async fn a_link_to_another_host_is_followed_on_our_own() {
    let evil = Server::always(page(&["stolen"], "null"));
    let next = format!(r#""{}/v1/Services?PageToken=t1""#, evil.url());
    let server = Server::script([
        page(&["a"], &next),
        page(&["b"], r#""//evil.example/v1/Services?PageToken=t2""#),
        page(&["c"], "null"),
    ]);
    let (items, error) = stream(&server.client().build().unwrap()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(names(&items), ["a", "b", "c"]);
    assert_eq!(evil.connections(), 0);
    assert_eq!(server.lines()[1], "GET /v1/Services?PageToken=t1");
    // What has no scheme is a path, whatever it looks like.
    assert_eq!(server.lines()[2], "GET //evil.example/v1/Services?PageToken=t2");
}

#[tokio::test]
async fn pages_can_be_turned_by_hand() {
    let server = Server::script([page(&["a", "b"], &link("t1")), page(&["c"], "null")]);
    let client = server.client().build().unwrap();
    let first = client.services().list().send_with_response().await.unwrap();
    assert_eq!(names(first.iter()), ["a", "b"]);
    assert_eq!((first.len(), first.has_next(), first.status().as_u16()), (2, true, 200));
    let second = first.next().await.unwrap().unwrap();
    assert_eq!(names(second.items()), ["c"]);
    assert!(!second.has_next());
    assert!(second.next().await.unwrap().is_none());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_empty_list_is_no_items_and_no_error() {
    for answer in [
        page(&[], "null"),
        Answer::json(200, r#"{"services": []}"#),
        Answer::json(200, r#"{"services": [], "meta": null}"#),
    ] {
        let server = Server::script([answer]);
        let (items, error) = stream(&server.client().build().unwrap()).await;
        assert!(items.is_empty() && error.is_none(), "{error:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn an_empty_page_in_the_middle_is_passed_over() {
    let server = Server::script([page(&["a"], &link("t1")), page(&[], &link("t2")), page(&["b"], "null")]);
    let (items, error) = stream(&server.client().build().unwrap()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(names(&items), ["a", "b"]);
}

#[tokio::test]
async fn a_missing_null_or_empty_link_ends_the_list() {
    let no_link = Answer::json(200, r#"{"services": [{"sid": "IS1"}], "meta": {"page": 0}}"#);
    for answer in [page(&["a"], "null"), page(&["a"], r#""""#), no_link] {
        let server = Server::script([answer]);
        let (items, error) = stream(&server.client().build().unwrap()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!((items.len(), server.requests().len()), (1, 1));
    }
}

#[tokio::test]
async fn a_link_that_comes_again_is_an_error_and_not_an_endless_loop() {
    let server = Server::always(page(&["a"], &link("same")));
    let (items, error) = stream(&server.client().build().unwrap()).await;
    let error = error.unwrap();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    assert!(error.to_string().contains("was named as the next page before"), "{error}");
    assert!((2..=4).contains(&items.len()), "{} items", items.len());
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_an_error() {
    let server = Server::always(page(&["a"], r#""https://conversations.twilio.com""#));
    let (items, error) = stream(&server.client().build().unwrap()).await;
    assert_eq!(names(&items), ["a"]);
    assert!(error.unwrap().to_string().contains("has no path that could be followed"));
}

#[tokio::test]
async fn items_before_a_page_that_fails_are_handed_out() {
    let server = Server::script([
        page(&["a", "b"], &link("t1")),
        page(&["c"], &link("t2")),
        Answer::json(400, r#"{"code": 21481, "message": "Invalid page token", "status": 400}"#),
    ]);
    let (items, error) = stream(&server.client().build().unwrap()).await;
    assert_eq!(names(&items), ["a", "b", "c"]);
    assert_eq!(error.unwrap().code(), Some(twilio_conversations::ErrorCode::INVALID_PAGE_TOKEN));
}

#[tokio::test]
async fn a_page_that_is_refused_for_now_is_fetched_again() {
    let server = Server::script([page(&["a"], &link("t1")), Answer::new(429, &[], ""), page(&["b"], "null")]);
    let (items, error) = stream(&server.client().build().unwrap()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(names(&items), ["a", "b"]);
}

#[tokio::test]
async fn a_limit_fetches_no_more_pages_than_it_needs() {
    let server = Server::script([page(&["a", "b"], &link("t1")), page(&["c", "d"], &link("t2"))]);
    let client = server.client().build().unwrap();
    let items = client.services().list().limit(3).stream().try_collect().await.unwrap();
    assert_eq!(names(&items), ["a", "b", "c"]);
    assert_eq!(server.requests().len(), 2);
    assert!(client.services().list().limit(0).stream().try_collect().await.unwrap().is_empty());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn prefetch_asks_for_the_next_page_while_items_are_left() {
    let server = Server::script([page(&["a", "b"], &link("t1")), page(&["c"], "null")]);
    let client = server.client().build().unwrap();
    let mut stream = client.services().list().stream().prefetch();
    assert_eq!(stream.try_next().await.unwrap().unwrap().sid, "ISa");
    // The second page was asked for, and will be there when its turn comes.
    tokio::join!(server.seen(2), async { assert_eq!(stream.try_next().await.unwrap().unwrap().sid, "ISb") });
    assert_eq!(stream.try_next().await.unwrap().unwrap().sid, "ISc");
    assert!(stream.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_stream_does_nothing_until_it_is_polled() {
    let server = Server::script([]);
    let client = server.client().build().unwrap();
    drop(client.services().list().stream());
    assert_eq!(server.connections(), 0);
}

async fn emulated() -> (Emulator, Client) {
    let emulator = Emulator::start().await.unwrap();
    let client = emulated_client(&emulator);
    (emulator, client)
}

/// A client as another process would make it.
fn emulated_client(emulator: &Emulator) -> Client {
    let credentials = Credentials::auth_token(emulator.account_sid().parse().unwrap(), emulator.auth_token()).unwrap();
    Client::builder().credentials(credentials).base_url(emulator.base_url()).build().unwrap()
}

#[tokio::test]
async fn another_process_gets_exactly_the_rest_of_a_list_by_its_token() {
    let (emulator, client) = emulated().await;
    for number in 0..9 {
        let name = format!("{number}");
        client.conversations().create().friendly_name(name).await.unwrap();
    }
    client.conversations().create().friendly_name("inactive").state("inactive").await.unwrap();
    let first = client.conversations().list().state("active").page_size(4).await.unwrap();
    let stored = first.next_token().unwrap().to_owned();

    let other = emulated_client(&emulator);
    let second = other.conversations().list().page_token(stored).await.unwrap();
    assert_eq!((first.len(), second.len()), (4, 4));
    let third = second.next().await.unwrap().unwrap();
    assert_eq!((third.next_token(), third.has_next()), (None, false));
    let all = [first.into_items(), second.into_items(), third.into_items()].concat();
    let mut names: Vec<_> = all.into_iter().map(|conversation| conversation.friendly_name.unwrap()).collect();
    names.sort();
    assert_eq!(names, ["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
}

#[tokio::test]
async fn a_token_that_the_server_does_not_know_is_the_error_of_the_server() {
    let (_emulator, client) = emulated().await;
    for bad in ["?PageSize=2&PageToken=rubbish", "rubbish"] {
        let error = client.conversations().list().page_token(bad).await.unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(400), "{error}");
    }
}
