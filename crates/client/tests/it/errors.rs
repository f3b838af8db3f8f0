//! Answers that are no success, or no answers: the error says what happened and loses nothing.

use std::{error::Error as _, time::Duration};

use serde_json::json;
use twilio_conversations_client::{ApiError, Client, Error, TransportErrorKind, types::ErrorCode};

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
    let text = "FetchUser was answered with status 404, code 20404: The requested resource was not found";
    assert_eq!(error.to_string(), text);
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
    let text = "FetchUser was answered with status 502 and 37 bytes that are not the vendor's error body";
    assert_eq!(error.to_string(), text);
    assert!(Error::Api(error).is_retryable());
}

#[tokio::test]
async fn an_empty_refusal_says_so() {
    let error = refusal(Answer::status(500, "")).await;
    assert_eq!(error.to_string(), "FetchUser was answered with status 500 and no body");
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
    let body = r#"{"sid": "US1", "date_created": "yesterday"}"#;
    let Error::Decode(error) = fail(Answer::status(200, body)).await else { panic!("another error") };
    assert_eq!((error.status().as_u16(), error.path()), (200, "date_created"));
    assert_eq!(*error.body(), body);
    assert!(error.to_string().starts_with("decoding the answer to FetchUser (status 200, 43 bytes) at date_created: "));
    assert_eq!(error.json_error().unwrap().line(), 1);
}

#[tokio::test]
async fn what_cannot_be_understood_is_kept_and_not_quoted() {
    let cases = [
        (r#"{"sid": "US1", "identity": ["private, expected none"]}"#, "identity"),
        (r#"{"date_created": "private"}"#, "date_created"),
        (r#"{"url": {"private": 1}}"#, "url"),
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
    let error = fail(Answer::status(200, r#"{"identity": 5}"#)).await.to_string();
    let text =
        "decoding the answer to FetchUser (status 200, 15 bytes) at identity: expected a string at line 1 column 14";
    assert_eq!(error, text);
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
    // A port that was free a moment ago and has nobody behind it.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let http = crate::server::http_client().build().unwrap();
    let client = Client::new(&format!("http://{address}"), http).unwrap();
    let Error::Transport(error) = client.user("secret-name").fetch().await.unwrap_err() else {
        panic!("another error")
    };
    assert!(error.transport().is_connect());
    assert!(error.to_string().starts_with("FetchUser: could not connect: "), "{error}");
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
