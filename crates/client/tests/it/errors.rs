//! Answers that are no success, or no answers: the error says what happened and loses nothing.

use std::{error::Error as _, time::Duration};

use bytes::Bytes;
use serde_json::json;
use twilio_conversations_client::{
    ApiError, BoxFuture, Call, Client, Error, Transport, TransportError, TransportErrorKind,
    types::{ErrorCode, ServiceSid},
};

use crate::server::{Answer, Server};

async fn fail(answer: Answer) -> Error {
    Server::answering([answer]).client().user("alice").fetch().await.unwrap_err()
}

async fn refusal(answer: Answer) -> Box<ApiError> {
    match fail(answer).await {
        Error::Api(error) => error,
        other => panic!("another error: {other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_has_all_that_the_vendor_says() {
    let body = json!({
        "code": 20404, "message": "The requested resource was not found", "status": 404,
        "more_info": "https://www.twilio.com/docs/errors/20404", "details": { "sid": "US1" },
    });
    let answer = Answer::status(404, body.to_string()).header("Twilio-Request-Id", "RQ1");
    let error = refusal(answer).await;
    assert_eq!(error.code(), ErrorCode::NOT_FOUND);
    assert_eq!(error.message(), Some("The requested resource was not found"));
    assert_eq!(error.more_info(), Some("https://www.twilio.com/docs/errors/20404"));
    assert_eq!(error.details(), Some(&json!({ "sid": "US1" })));
    assert_eq!(error.status(), 404);
    assert_eq!(error.request_id(), Some("RQ1"));
    assert_eq!(error.operation().id, "FetchUser");
    assert_eq!(*error.body(), body.to_string());
    let text = "FetchUser failed with status 404, code 20404: The requested resource was not found";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn a_problem_of_rfc_9457_shows_its_title_and_its_detail() {
    let body = json!({
        "type": "https://www.twilio.com/docs/api/errors/20001", "title": "Invalid parameter", "status": 400,
        "code": 20001, "detail": "Identity is longer than 256 characters", "instance": "/v1/Users/alice",
        "errors": [{ "detail": "must be shorter", "pointer": "#/Identity" }],
    });
    let error = refusal(Answer::status(400, body.to_string())).await;
    assert_eq!(error.code(), ErrorCode::INVALID_PARAMETER);
    assert_eq!(error.title(), Some("Invalid parameter"));
    assert_eq!(error.detail(), Some("Identity is longer than 256 characters"));
    assert_eq!(error.message(), error.detail());
    assert_eq!(error.more_info(), Some("https://www.twilio.com/docs/api/errors/20001"));
    assert_eq!(error.details(), Some(&body["errors"]));
    assert_eq!(*error.body(), body.to_string());
    let shown = error.to_string();
    assert!(shown.ends_with(", code 20001: Invalid parameter: Identity is longer than 256 characters"), "{shown}");
}

#[tokio::test]
async fn an_error_body_shows_each_string_once_whichever_members_it_has() {
    for (body, message, more_info, shown) in [
        (json!({ "title": "Not found" }), Some("Not found"), None, ": Not found"),
        (json!({ "detail": "no such user" }), Some("no such user"), None, ": no such user"),
        (json!({ "title": "Gone", "detail": "Gone" }), Some("Gone"), None, ": Gone"),
        (json!({ "title": "Gone", "detail": "Gone for good" }), Some("Gone for good"), None, ": Gone for good"),
        (json!({ "title": "Bad", "message": "m", "detail": "d" }), Some("m"), None, ": Bad: m: d"),
        (json!({ "title": 7, "detail": ["d"], "message": "m", "type": 5 }), Some("m"), None, ": m"),
        (json!({ "title": "t", "detail": null, "message": {} }), Some("t"), None, ": t"),
        (json!({ "title": "", "detail": "" }), None, None, " that are not the vendor's error body"),
        (json!({ "title": "t", "type": "about:blank" }), Some("t"), None, ": t"),
        (json!({ "title": "t", "type": "http://a/", "more_info": "b" }), Some("t"), Some("b"), ": t"),
        (json!({ "title": "t", "type": "http://a/", "more_info": 4 }), Some("t"), Some("http://a/"), ": t"),
    ] {
        let error = refusal(Answer::status(404, body.to_string())).await;
        assert_eq!((error.message(), error.more_info()), (message, more_info), "{body}");
        let display = error.to_string();
        let (_, rest) = display.split_once("status 404").unwrap();
        assert!(rest == shown || message.is_none() && rest.ends_with(shown), "{body}: {display}");
    }
}

#[tokio::test]
async fn a_long_message_is_shown_in_part_and_kept_in_full() {
    let message = "é".repeat(100_000);
    let error = refusal(Answer::status(400, json!({ "message": message }).to_string())).await;
    assert_eq!(error.message(), Some(&*message));
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(shown.contains(&"é".repeat(1000)) && shown.len() < 2200, "{} bytes", shown.len());
    }
}

#[tokio::test]
async fn too_many_requests_say_how_long_to_wait() {
    let body = json!({ "code": 20429, "message": "Too many requests", "status": 429 }).to_string();
    let error = fail(Answer::status(429, body).header("Retry-After", "7")).await;
    assert!(error.is_rate_limited() && error.is_retryable());
    assert_eq!(error.code(), Some(ErrorCode::TOO_MANY_REQUESTS));
    let Error::Api(error) = error else { panic!("another error") };
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_page_of_html_keeps_its_status_and_its_text() {
    let html = "<html><body>Bad Gateway</body></html>";
    let error = refusal(Answer::status(502, html).header("Content-Type", "text/html")).await;
    assert_eq!((error.status().as_u16(), error.code(), error.message()), (502, ErrorCode::NONE, None));
    assert_eq!(*error.body(), html);
    let text = "FetchUser failed with status 502: 37 bytes that are not the vendor's error body";
    assert_eq!(error.to_string(), text);
    assert!(Error::Api(error).is_retryable());
}

#[tokio::test]
async fn an_empty_refusal_says_so() {
    let error = refusal(Answer::status(500, "")).await;
    assert_eq!(error.to_string(), "FetchUser failed with status 500: no body");
    assert!(!Error::Api(error).is_retryable());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::answering([]);
    let error = refusal(Answer::status(302, "").header("Location", &elsewhere.base_url)).await;
    assert_eq!(error.status(), 302);
    assert_eq!(elsewhere.take().len(), 0);
}

#[tokio::test]
async fn a_success_that_cannot_be_understood_says_where() {
    let body = r#"{"identity": "alice", "sid": 1234567890123}"#;
    let Error::Decode(error) = fail(Answer::status(200, body)).await else { panic!("another error") };
    assert_eq!((error.status().as_u16(), error.path()), (200, "sid"));
    assert_eq!(*error.body(), body);
    assert!(error.to_string().starts_with("decoding the response to FetchUser (status 200, 43 bytes) at sid: "));
    assert_eq!(error.json_error().unwrap().line(), 1);
}

#[tokio::test]
async fn what_cannot_be_understood_is_kept_and_not_quoted() {
    let cases = [
        (r#"{"identity": "alice", "sid": ["private, expected none"]}"#, "sid"),
        (r#"{"date_created": "private"}"#, "sid"),
        (r#"{"url": {"private": 1}, "sid": {"private": 1}}"#, "sid"),
        (r#""private""#, ""),
        (r#"{"sid": "private"#, ""),
    ];
    for (body, place) in cases {
        let error = fail(Answer::status(200, body)).await;
        let shown = format!("{error} {error:?} {:?}", error.source());
        assert!(!shown.contains("private"), "{shown}");
        assert!(shown.contains(place) && shown.contains("at line 1 column "), "{shown}");
        let Error::Decode(error) = error else { panic!("{error:?}") };
        assert_eq!(*error.body(), body);
    }
    let error = fail(Answer::status(200, r#"{"sid": 5}"#)).await.to_string();
    let text = "decoding the response to FetchUser (status 200, 10 bytes) at sid: expected a string at line 1 column 9";
    assert_eq!(error, text);
}

#[tokio::test]
async fn a_list_without_its_items_is_no_empty_list() {
    let error_body = r#"{"code": 20404, "message": "not found", "status": 404}"#;
    for (body, path, problem) in [
        (r#"{"ok": true}"#, "", "missing field `users`"),
        ("{}", "", "missing field `users`"),
        (error_body, "", "missing field `users`"),
        (r#"{"items": [], "meta": {}}"#, "", "missing field `users`"),
        (r#"{"meta": {"key": "things"}, "others": []}"#, "", "missing field `users`"),
        ("[]", "", "expected an object"),
        ("null", "", "expected an object"),
        ("", "", "the JSON ends too early"),
        ("   ", "", "the JSON ends too early"),
        (r#"{"users": null}"#, "users", "expected a sequence"),
        (r#"{"users": {}}"#, "users", "expected a sequence"),
        (r#"{"users": [null]}"#, "users[0]", "expected an object"),
        (r#"{"users": [{"sid": "US1"}, {"ok": true}]}"#, "users[1]", "missing field `sid`"),
        (r#"{"meta": {"key": "things"}, "things": null}"#, "things", "expected a sequence"),
    ] {
        let server = Server::start(move |_| Answer::status(200, body));
        let client = server.client();
        for error in
            [client.users().list().await.unwrap_err(), client.users().list().stream().try_collect().await.unwrap_err()]
        {
            let Error::Decode(error) = error else { panic!("{body}: {error:?}") };
            assert_eq!((error.path(), *error.body() == body), (path, true), "{body}: {error}");
            assert!(error.problem().starts_with(problem), "{body}: {error}");
        }
    }
}

#[tokio::test]
async fn items_under_the_name_that_meta_gives_are_a_page() {
    for body in [
        r#"{"meta": {"key": "things"}, "things": [{"sid": "US1"}]}"#,
        r#"{"things": [{"sid": "US1"}], "meta": {"key": "things"}}"#,
    ] {
        let page = Server::answering([Answer::status(200, body)]).client().users().list().await.unwrap();
        assert_eq!((page.len(), page[0].sid.as_str()), (1, "US1"), "{body}");
    }
}

#[tokio::test]
async fn a_success_without_any_documented_member_is_an_error_for_what_has_no_sid() {
    let error_body = r#"{"code": 20404, "message": "not found", "status": 404}"#;
    for body in ["{}", r#"{"ok": true}"#, error_body, "[]", "null", ""] {
        let client = Server::start(move |_| Answer::status(200, body)).client();
        let service = client.service("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse::<ServiceSid>().unwrap());
        for error in [
            client.configuration().fetch().await.unwrap_err(),
            client.configuration().webhooks().fetch().await.unwrap_err(),
            client.configuration().update().await.unwrap_err(),
            service.configuration().fetch().await.unwrap_err(),
            service.configuration().webhooks().fetch().await.unwrap_err(),
            service.configuration().notifications().fetch().await.unwrap_err(),
        ] {
            let Error::Decode(error) = error else { panic!("{body}: {error:?}") };
            assert_eq!(*error.body(), body);
            assert!(
                error.problem().starts_with("expected an object with documented members, such as `")
                    || !body.starts_with('{'),
                "{body}: {error}"
            );
        }
    }
    let body = r#"{"conversations": [{"conversation_sid": "CH1"}, {"ok": true}]}"#;
    let error = Server::answering([Answer::status(200, body)]).client().user("a").user_conversations().list().await;
    let Error::Decode(error) = error.unwrap_err() else { panic!("another error") };
    assert_eq!(error.path(), "conversations[1]");
}

#[tokio::test]
async fn an_item_that_is_not_there_is_known_by_status_or_code() {
    let not_found = r#"{"code": 20404, "message": "no", "status": 400}"#;
    for answer in [Answer::status(404, ""), Answer::status(400, not_found)] {
        let error = refusal(answer).await;
        assert!(error.is_not_found() && !error.is_conflict());
        assert!(Error::Api(error).is_not_found());
    }
    assert!(!refusal(Answer::status(400, "{}")).await.is_not_found());
}

#[tokio::test]
async fn a_success_that_is_no_json_is_an_error() {
    for body in ["", "<html>", "[]", "{\"sid\": \"US1\"", "{\"sid\": \"US1\"} and more"] {
        let error = fail(Answer::status(200, body)).await;
        assert!(matches!(error, Error::Decode(_)), "{body}: {error:?}");
        assert_eq!(error.status().unwrap(), 200);
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_is_an_error_that_keeps_what_had_come() {
    let cut = |text: &str| Answer::Raw(text.as_bytes().to_vec());
    let cases = [
        (cut(""), TransportErrorKind::Request, None, ""),
        (cut("HTTP/1.1 200 X\r\ncontent-length: 9"), TransportErrorKind::Request, None, ""),
        (cut("not http at all\r\n\r\n"), TransportErrorKind::Request, None, ""),
        (cut("HTTP/1.1 200 X\r\ncontent-length: 99\r\n\r\n{\"si"), TransportErrorKind::Body, Some(200), "{\"si"),
        (cut("HTTP/1.1 404 X\r\ncontent-length: 99\r\n\r\n{\"co"), TransportErrorKind::Body, Some(404), "{\"co"),
    ];
    for (answer, kind, status, body) in cases {
        let shown = format!("{answer:?}");
        let Error::Transport(error) = fail(answer).await else { panic!("{shown}: another error") };
        let transport = error.transport();
        assert_eq!(transport.kind(), kind, "{shown}: {error}");
        assert_eq!(transport.status().map(|status| status.as_u16()), status, "{shown}");
        assert_eq!(*transport.partial_body(), body, "{shown}");
        assert_eq!(transport.attempts(), 1);
        assert!(error.to_string().starts_with("FetchUser: the connection failed "), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    let client = client_of(&dead_address());
    let Error::Transport(error) = client.user("secret-name").fetch().await.unwrap_err() else {
        panic!("another error")
    };
    assert!(error.transport().is_connect());
    assert_eq!(error.to_string(), "FetchUser: could not connect");
    assert!(!format!("{error} {error:?}").contains("secret-name"), "{error:?}");
}

#[tokio::test]
async fn an_answer_to_a_delete_needs_no_body_and_may_have_one() {
    for answer in [Answer::status(204, ""), Answer::status(200, ""), Answer::status(202, "<html>")] {
        Server::answering([answer]).client().user("alice").delete().await.unwrap();
    }
    let error = Server::answering([Answer::status(404, "")]).client().user("alice").delete().await.unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn a_success_of_another_status_is_a_success() {
    let server = Server::answering([Answer::status(203, r#"{"sid": "US1"}"#)]);
    let response = server.client().user("alice").fetch().send_with_response().await.unwrap();
    assert_eq!((response.status().as_u16(), response.sid.as_str()), (203, "US1"));
}

#[tokio::test]
async fn predicates_go_by_the_status() {
    let status = |status| fail(Answer::status(status, ""));
    assert!(status(404).await.is_not_found());
    assert!(status(401).await.is_unauthorized());
    assert!(status(409).await.is_conflict());
    assert!(status(429).await.is_rate_limited());
    for retryable in [429, 502, 503, 504] {
        assert!(status(retryable).await.is_retryable(), "{retryable}");
    }
    for final_status in [400, 401, 403, 404, 409, 500, 501] {
        let error = status(final_status).await;
        assert!(!error.is_retryable() && !error.is_timeout(), "{final_status}");
        assert_eq!(error.status().unwrap().as_u16(), final_status);
    }
}

fn dead_address() -> String {
    // A port that was free a moment ago and has nobody behind it.
    format!("http://{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

fn client_of(base_url: &str) -> Client {
    Client::new(base_url, crate::server::http_client().build().unwrap()).unwrap()
}

/// Every variant, with the word in whatever was sent, came or was set, but for the vendor's message.
async fn one_of_each(word: &str) -> Vec<Error> {
    let body = json!({
        "code": 20001, "message": "Invalid", "status": 400, "more_info": word, "details": { word: [word] }, word: word,
    });
    let cut = |status| format!("HTTP/1.1 {status} X\r\ncontent-length: 99\r\n\r\n{{\"{word}\": \"{word}\"");
    let page = json!({ "users": [], "meta": { "next_page_url": word } });
    let update = |client: Client, identity| client.user(identity).update().friendly_name(word).send();
    vec![
        fail(Answer::status(400, body.to_string())).await,
        fail(Answer::status(502, word)).await,
        fail(Answer::status(400, json!([word]).to_string())).await,
        fail(Answer::Raw(cut(200).into_bytes())).await,
        fail(Answer::Raw(cut(429).into_bytes())).await,
        fail(Answer::Raw(format!("{word}\r\n\r\n").into_bytes())).await,
        update(client_of(&dead_address()), "alice").await.unwrap_err(),
        update(client_of("http://1.2.3.256"), "alice").await.unwrap_err(),
        fail(Answer::status(200, json!({ "identity": word, "sid": [word] }).to_string())).await,
        fail(Answer::status(200, json!(word).to_string())).await,
        fail(Answer::status(200, word)).await,
        Server::answering([Answer::json(&page)]).client().users().list().await.unwrap().next().await.unwrap_err(),
        update(client_of("http://localhost"), "..").await.unwrap_err(),
        Client::new(&format!("http://localhost/ {word}"), crate::server::http_client().build().unwrap()).unwrap_err(),
        Client::new(&format!("http://{word}@localhost"), crate::server::http_client().build().unwrap()).unwrap_err(),
    ]
}

#[tokio::test]
async fn no_error_shows_what_was_sent_or_came() {
    for error in one_of_each("marker").await {
        let mut shown = format!("{error} {error:?} {error:#?}");
        let mut cause = error.source();
        while let Some(error) = cause {
            shown += &format!(" {error} {error:?}");
            cause = error.source();
        }
        assert!(!shown.contains("marker"), "{shown}");
        let inner = match &error {
            Error::Api(error) => format!("{error} {error:?}"),
            Error::Transport(error) => format!("{error} {error:?} {} {:?}", error.transport(), error.transport()),
            Error::Decode(error) => format!("{error} {error:?}"),
            Error::Encode(error) => format!("{error} {error:?}"),
            Error::Config(error) => format!("{error} {error:?}"),
            _ => unreachable!(),
        };
        assert!(!inner.contains("marker"), "{inner}");
    }
}

#[tokio::test]
async fn a_half_answer_is_told_by_its_length() {
    let error = fail(Answer::Raw(b"HTTP/1.1 200 X\r\ncontent-length: 99\r\n\r\nmarker".to_vec())).await;
    let shown = format!("{error:?}");
    assert!(shown.contains("status: Some(200)") && shown.contains("bytes_of_body: 6"), "{shown}");
}

#[tokio::test]
async fn no_text_comes_twice_on_the_way_to_the_cause() {
    for error in one_of_each("marker").await {
        let told = error.to_string();
        // As programs report an error with all that caused it.
        let mut cause = error.source();
        if matches!(error, Error::Transport(_)) {
            assert!(cause.is_some(), "{told}");
        }
        while let Some(error) = cause {
            assert!(!told.contains(&error.to_string()), "{told}: {error}");
            cause = error.source();
        }
    }
}

/// Fails with an error of its own.
struct Collapsing;

#[derive(Debug)]
struct Outer(std::io::Error);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the tunnel collapsed")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl Transport for Collapsing {
    fn send(&self, _: http::Request<Bytes>, _: Call) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        let cause = Outer(std::io::Error::other("water"));
        Box::pin(async { Err(TransportError::new(TransportErrorKind::Request, cause)) })
    }
}

#[tokio::test]
async fn the_error_of_a_transport_is_the_source_down_to_the_end() {
    let error = Client::new("http://localhost", Collapsing).unwrap().user("alice").fetch().await.unwrap_err();
    assert_eq!(error.to_string(), "FetchUser: the connection failed before a response arrived");
    let cause = error.source().expect("it has a cause");
    assert!(cause.is::<Outer>());
    assert_eq!(cause.source().expect("and that has one").to_string(), "water");
}

#[tokio::test]
async fn a_url_that_cannot_be_sent_is_no_broken_connection_and_not_worth_another_try() {
    let error = client_of("https://1.2.3.256").user("alice").fetch().await.unwrap_err();
    assert!(!error.is_retryable());
    assert!(error.to_string().starts_with("FetchUser: the request cannot be sent"), "{error}");
    let Error::Transport(error) = error else { panic!("{error:?}") };
    assert_eq!(error.transport().kind(), TransportErrorKind::Invalid);
    assert!(!error.transport().is_connect() && !error.transport().is_timeout());
}

#[tokio::test]
async fn a_write_is_worth_another_try_only_where_nothing_was_done() {
    let cut = |text: &str| Answer::Raw(text.as_bytes().to_vec());
    for (answer, read, write) in [
        (Answer::status(429, ""), true, true),
        (cut("HTTP/1.1 429 X\r\ncontent-length: 9\r\n\r\n{"), true, true),
        (Answer::status(502, ""), true, false),
        (Answer::status(503, ""), true, false),
        (Answer::status(504, ""), true, false),
        (Answer::status(500, ""), false, false),
        (cut(""), true, false),
        (cut("HTTP/1.1 201 X\r\ncontent-length: 9\r\n\r\n{"), true, false),
        (Answer::status(200, "[]"), false, false),
    ] {
        let client = Server::start(move |_| answer.clone()).client();
        let errors = [
            (client.user("alice").fetch().await.unwrap_err(), read),
            (client.user("alice").update().send().await.unwrap_err(), write),
            (client.users().create("alice").await.unwrap_err(), write),
        ];
        for (error, expected) in errors {
            assert_eq!(error.is_retryable(), expected, "{error}");
            let inner = match &error {
                Error::Api(error) => error.is_retryable(),
                Error::Transport(error) => error.is_retryable(),
                _ => false,
            };
            assert_eq!(inner, expected, "{error}");
        }
    }
    let client = client_of(&dead_address());
    assert!(client.user("alice").fetch().await.unwrap_err().is_retryable());
    assert!(client.users().create("alice").await.unwrap_err().is_retryable(), "nothing was sent");
}

#[tokio::test]
async fn what_support_asks_for_is_there_whatever_went_wrong() {
    let refused = Answer::status(503, "").header("Twilio-Request-Id", "RQ1").header("Retry-After", "3");
    let error = fail(refused).await;
    assert_eq!(
        (error.request_id(), error.retry_after(), error.attempts()),
        (Some("RQ1"), Some(Duration::from_secs(3)), 1)
    );

    let error = fail(Answer::status(200, "<html>").header("Twilio-Request-Id", "RQ2")).await;
    assert_eq!((error.request_id(), error.retry_after(), error.attempts()), (Some("RQ2"), None, 1));

    let half = b"HTTP/1.1 200 X\r\nTwilio-Request-Id: RQ3\r\ncontent-length: 9\r\n\r\n{";
    let error = fail(Answer::Raw(half.to_vec())).await;
    assert_eq!((error.request_id(), error.retry_after(), error.attempts()), (Some("RQ3"), None, 1));
    let Error::Transport(error) = error else { panic!("{error:?}") };
    assert_eq!(error.transport().headers().unwrap()["content-length"], "9");

    let error = fail(Answer::Raw(Vec::new())).await;
    assert_eq!((error.request_id(), error.retry_after(), error.attempts()), (None, None, 1));

    let error = client_of("http://localhost").user("..").fetch().await.unwrap_err();
    assert_eq!((error.request_id(), error.retry_after(), error.attempts()), (None, None, 0), "it was never sent");
}
