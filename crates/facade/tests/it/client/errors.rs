//! What an error says of an answer that was no success, or no answer.

use std::{error::Error as StdError, time::Duration};

use twilio_conversations::{Error, ErrorCode, TransportErrorKind};

use crate::client::support::{Answer, HOOK, NOT_FOUND, Server, client, quick_retry, service_sid};

async fn fetch_service(answer: Answer) -> Error {
    let server = Server::always(answer);
    let client = server.client().retry(quick_retry().max_attempts(1)).build().unwrap();
    client.service(service_sid()).fetch().await.unwrap_err()
}

#[tokio::test]
async fn the_vendors_error_body_is_read() {
    let mut answer = Answer::new(404, &[("Twilio-Request-Id", "RQ0123456789abcdef0123456789abcdef")], NOT_FOUND);
    let error = fetch_service(answer.clone()).await;
    assert!(error.is_not_found() && !error.is_retryable() && !error.is_unauthorized() && !error.is_rate_limited());
    assert_eq!(error.code(), Some(ErrorCode::NOT_FOUND));
    assert_eq!(
        error.to_string(),
        "FetchService failed with status 404, code 20404: \
         The requested resource /Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa was not found"
    );
    let Error::Api(error) = error else { panic!("{error:?}") };
    assert_eq!(error.more_info(), Some("https://www.twilio.com/docs/errors/20404"));
    assert_eq!(error.request_id(), Some("RQ0123456789abcdef0123456789abcdef"));
    assert_eq!(error.operation().id, "FetchService");
    assert_eq!(error.body(), NOT_FOUND);
    assert_eq!(error.details(), None);

    answer =
        Answer::json(400, r#"{"code": 20001, "message": "Invalid", "status": 400, "details": {"field": "Method"}}"#);
    let Error::Api(error) = fetch_service(answer).await else { panic!() };
    assert_eq!(error.details().unwrap()["field"], "Method");
    assert_eq!((error.more_info(), error.request_id()), (None, None));
}

#[tokio::test]
async fn an_update_that_is_refused_says_so() {
    let body = r#"{"code": 50055, "message": "Invalid webhook method", "more_info": "x", "status": 400}"#;
    let server = Server::always(Answer::json(400, body));
    let client = server.client().build().unwrap();
    let error = client.configuration().webhooks().update().method("PATCH").send().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::INVALID_WEBHOOK_METHOD));
    assert_eq!(error.operation().unwrap().id, "UpdateConfigurationWebhook");
    assert_eq!(server.request().body, "Method=PATCH");
}

#[tokio::test]
async fn refused_credentials_are_told_apart() {
    let body = r#"{"code": 20003, "message": "Authenticate", "more_info": "x", "status": 401}"#;
    let error = fetch_service(Answer::json(401, body)).await;
    assert!(error.is_unauthorized() && !error.is_retryable());
    assert_eq!(error.code(), Some(ErrorCode::AUTHENTICATION_FAILED));
}

#[tokio::test]
async fn too_many_requests_come_with_the_time_to_wait() {
    let body = r#"{"code": 20429, "message": "Too Many Requests", "status": 429}"#;
    let error = fetch_service(Answer::new(429, &[("Retry-After", "12")], body)).await;
    assert!(error.is_rate_limited() && error.is_retryable());
    let Error::Api(error) = error else { panic!("{error:?}") };
    assert_eq!((error.code(), error.retry_after()), (ErrorCode::TOO_MANY_REQUESTS, Some(Duration::from_secs(12))));
}

#[tokio::test]
async fn html_from_a_proxy_keeps_its_status_and_its_text() {
    let html = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    let error = fetch_service(Answer::new(502, &[("Content-Type", "text/html")], html)).await;
    assert_eq!(error.to_string(), "FetchService failed with status 502: 50 bytes that are not the vendor's error body");
    assert_eq!(error.code(), None);
    let Error::Api(error) = error else { panic!("{error:?}") };
    assert_eq!((error.status().as_u16(), error.message(), error.code()), (502, None, ErrorCode::NONE));
    assert_eq!(error.body(), html);
    assert_eq!(error.headers()["content-type"], "text/html");
}

#[tokio::test]
async fn an_empty_500_is_an_error_with_a_status() {
    let error = fetch_service(Answer::new(500, &[], "")).await;
    assert_eq!(error.to_string(), "FetchService failed with status 500: no body");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_truncated_body_is_kept_as_far_as_it_came() {
    let error = fetch_service(Answer::json(200, HOOK).cut_before_end(100)).await;
    assert_eq!(error.status().unwrap().as_u16(), 200);
    let Error::Transport(error) = error else { panic!("{error:?}") };
    let transport = error.transport();
    assert_eq!(transport.kind(), TransportErrorKind::Body);
    assert_eq!(transport.partial_body(), &HOOK[..HOOK.len() - 100]);
    let message = error.to_string();
    let expected = format!(
        "FetchService: the connection failed while the response was read (status 200, {} bytes received)",
        HOOK.len() - 100
    );
    assert_eq!(message, expected);
    assert!(error.source().is_some(), "{error:?}");
}

#[tokio::test]
async fn a_truncated_error_body_keeps_its_status() {
    let error = fetch_service(Answer::json(404, NOT_FOUND).cut_before_end(1)).await;
    assert!(error.is_not_found());
    let Error::Transport(error) = error else { panic!("{error:?}") };
    assert_eq!(error.transport().partial_body().len(), NOT_FOUND.len() - 1);
}

#[tokio::test]
async fn a_connection_cut_in_the_headers_is_told_with_its_cause() {
    for answer in [Answer::hang_up(), Answer::json(200, HOOK).cut_after(30)] {
        let error = fetch_service(answer).await;
        assert_eq!(error.status(), None);
        assert!(error.is_retryable() && !error.is_timeout());
        let Error::Transport(inner) = &error else { panic!("{error:?}") };
        assert_eq!(inner.transport().kind(), TransportErrorKind::Request);
        assert_eq!(error.to_string(), "FetchService: the connection failed before a response arrived");
        assert!(error.source().and_then(StdError::source).is_some(), "{error:?}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_told_with_its_cause() {
    let error = fetch_service(Answer::raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")).await;
    let Error::Transport(inner) = &error else { panic!("{error:?}") };
    assert_eq!(inner.transport().kind(), TransportErrorKind::Request);
}

#[tokio::test]
async fn a_refused_connection_is_told_with_its_cause_and_without_the_url() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = client(format!("http://{address}")).retry(quick_retry()).build().unwrap();
    let error = client.service(service_sid()).fetch().await.unwrap_err();
    let message = error.to_string();
    assert_eq!(message, "FetchService: could not connect after 4 attempts");
    let mut causes = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes += &format!("{error}: ");
        cause = error.source();
    }
    assert!(causes.to_lowercase().contains("refused") && !causes.contains("http://"), "{causes}");
}

#[tokio::test]
async fn a_success_that_is_not_json_is_kept_whole() {
    for (body, said) in [
        (
            "<html>maintenance</html>",
            "decoding the response to FetchService (status 200, 24 bytes): not JSON at line 1",
        ),
        ("", "decoding the response to FetchService (status 200, 0 bytes): the JSON ends too early"),
        ("{} trailing", "decoding the response to FetchService (status 200, 11 bytes): missing field `sid`"),
    ] {
        let error = fetch_service(Answer::json(200, body)).await;
        assert!(error.to_string().starts_with(said), "{error}");
        assert!(!error.is_retryable());
        let Error::Decode(error) = error else { panic!("{error:?}") };
        assert_eq!((error.body(), error.status().as_u16()), (&bytes::Bytes::from(body), 200));
    }
}

#[tokio::test]
async fn a_surprise_in_a_success_is_told_with_its_place() {
    let body = r#"{"friendly_name": "x", "sid": {"en": "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}"#;
    let Error::Decode(error) = fetch_service(Answer::json(200, body)).await else { panic!() };
    assert_eq!(error.path(), "sid");

    let page = r#"{"services": [{"sid": "IS1"}, {"date_created": "yesterday", "sid": null}], "meta": {}}"#;
    let server = Server::always(Answer::json(200, page));
    let error = server.client().build().unwrap().services().list().send().await.unwrap_err();
    let Error::Decode(error) = error else { panic!("{error:?}") };
    assert_eq!(error.path(), "services[1].sid");
}

#[tokio::test]
async fn a_long_body_in_pieces_is_put_together() {
    let name = "x".repeat(300_000);
    let body = format!(r#"{{"sid": "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "friendly_name": "{name}"}}"#);
    let server = Server::always(Answer::json(200, &body));
    let service = server.client().build().unwrap().service(service_sid()).fetch().await.unwrap();
    assert_eq!(service.friendly_name.as_deref(), Some(name.as_str()));
}
