//! Requests that the crate has no method for.

use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use twilio_conversations_client::{Client, Error, Operation};

use crate::server::{Answer, Server};

#[derive(Debug, Deserialize, PartialEq)]
struct Thing {
    sid: String,
}

fn server() -> Server {
    Server::start(|_| Answer::json(&json!({ "sid": "TH1" })).header("Twilio-Request-Id", "RQ1"))
}

async fn encode_error(client: &Client, path: &str) -> String {
    let error = client.request(Method::GET, path).send::<Value>().await.unwrap_err();
    assert!(matches!(error, Error::Encode(_)), "{path}: {error:?}");
    error.to_string()
}

#[tokio::test]
async fn a_raw_request_sends_its_query_and_decodes_any_type() {
    let server = server();
    let request = server.client().request(Method::GET, "/v1/Things?Filter=a%20b");
    let thing: Thing = request.query(&json!({ "PageSize": 5, "Tag": ["x", "y"] })).send().await.unwrap();
    assert_eq!(thing, Thing { sid: "TH1".to_owned() });
    let request = server.take_one();
    assert_eq!((&*request.method, &*request.target), ("GET", "/v1/Things?Filter=a%20b&PageSize=5&Tag=x&Tag=y"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("content-type"), None);
}

#[tokio::test]
async fn a_raw_form_is_encoded_as_the_operations_encode_theirs() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct New {
        friendly_name: &'static str,
        filters: [&'static str; 2],
    }
    let server = server();
    let new = New { friendly_name: "a & b", filters: ["one", "two"] };
    let response = server.client().request(Method::POST, "/v1/Things").form(&new).send_with_response::<Thing>().await;
    let response = response.unwrap();
    assert_eq!((response.status().as_u16(), response.request_id(), &*response.sid), (200, Some("RQ1"), "TH1"));
    let request = server.take_one();
    assert_eq!(request.body, "FriendlyName=a+%26+b&Filters=one&Filters=two");
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn a_raw_query_and_form_may_be_lists_of_pairs() {
    let server = server();
    let request = server.client().request(Method::POST, "/v1/Things").query(&[("Page", 2)]);
    request.form(&[("Tag", "x"), ("Name", "a & b"), ("Tag", "y")]).send::<Thing>().await.unwrap();
    let request = server.take_one();
    assert_eq!((&*request.target, &*request.body), ("/v1/Things?Page=2", "Tag=x&Name=a+%26+b&Tag=y"));
}

#[tokio::test]
async fn a_raw_json_body_and_headers_are_sent_and_the_last_value_counts() {
    let server = server();
    let request = server.client().request(Method::PUT, "/v1/Things/TH1").json(&json!({ "a": [1] }));
    let request = request.header("X-New", "1").header("x-new", "2").header("Accept", "text/csv");
    request.send::<Thing>().await.unwrap();
    let request = server.take_one();
    assert_eq!((&*request.method, &*request.body), ("PUT", r#"{"a":[1]}"#));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("x-new"), Some("2"));
    assert_eq!(request.header("accept"), Some("text/csv"));
}

#[tokio::test]
async fn a_response_without_json_is_returned_as_bytes() {
    let server = Server::answering([Answer::status(204, ""), Answer::status(200, "a,b\n1,2\n")]);
    let client = server.client();
    let nothing = client.request(Method::DELETE, "/v1/Things/TH1").send_bytes().await.unwrap();
    assert_eq!((nothing.status().as_u16(), nothing.len()), (204, 0));
    let table = client.request(Method::GET, "/v1/Things.csv").send_bytes().await.unwrap();
    assert_eq!(table.into_inner(), "a,b\n1,2\n");
}

#[tokio::test]
async fn errors_of_a_raw_request_name_method_and_path_and_nothing_of_the_query() {
    let body = json!({ "code": 20404, "message": "no such thing" }).to_string();
    let server = Server::answering([Answer::status(404, body), Answer::status(200, "{}"), Answer::Raw(Vec::new())]);
    let client = server.client();
    let send = async || {
        let request = client.request(Method::GET, "/v1/Things/TH1?Identity=alice%40example.com");
        request.send::<Thing>().await.unwrap_err()
    };
    let api = send().await;
    assert!(api.is_not_found());
    let operation: &Operation = api.operation().unwrap();
    assert_eq!(
        (&*operation.id, &operation.method, &*operation.path),
        ("GET /v1/Things/TH1", &Method::GET, "/v1/Things/TH1")
    );
    let (decode, transport) = (send().await, send().await);
    assert!(matches!(decode, Error::Decode(_)) && matches!(transport, Error::Transport(_)));
    for error in [api, decode, transport] {
        assert!(error.to_string().contains("GET /v1/Things/TH1"), "{error}");
        assert!(!format!("{error} {error:?}").contains("alice"), "{error:?}");
    }
}

#[tokio::test]
async fn a_raw_request_is_idempotent_by_its_method() {
    let server = Server::start(|_| Answer::status(503, ""));
    for (method, idempotent) in [
        (Method::GET, true),
        (Method::HEAD, true),
        (Method::PUT, true),
        (Method::DELETE, true),
        (Method::POST, false),
        (Method::PATCH, false),
    ] {
        let error = server.client().request(method.clone(), "/v1/Things").send_bytes().await.unwrap_err();
        assert_eq!(error.is_retryable(), idempotent, "{method}");
    }
}

#[tokio::test]
async fn a_raw_request_has_a_timeout_of_its_own() {
    let server = Server::answering([Answer::Never]);
    let request = server.client().request(Method::GET, "/v1/Things").timeout(Duration::from_millis(50));
    assert!(request.send::<Value>().await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_path_that_would_leave_the_base_url_is_rejected_and_nothing_is_sent() {
    let server = server();
    let client = server.client();
    for path in [
        "https://user:hunter2@evil.example/v1/Things",
        "//evil.example/v1/Things",
        "@evil.example/v1/Things",
        ":81/v1/Things",
        "",
        "v1/Things",
        "?PageSize=1",
        "/v1//Things",
        "/v1/Things//",
        "/v1/../Things",
        "/v1/Things/..",
        "/v1/./Things",
        "/v1/%2e%2E/Things",
        "/v1/.%2e/Things",
        "/v1\\..\\Things",
        "/v1/Things#fragment",
        "/v1/Things?a=b#fragment",
        "/v1/Things\r\nX-Evil: 1",
        "/v1/Things?a=\r\n",
        "/v1/a thing",
        "/v1/Things?a=a thing",
        "/v1/Thïngs",
        "/v1/Things\0",
    ] {
        let error = encode_error(&client, path).await;
        assert!(error.starts_with("building the request for GET of an invalid path: the "), "{path}: {error}");
        assert!(!error.contains("hunter2") && !error.contains("evil"), "{path}: {error}");
    }
    assert_eq!(server.take().len(), 0);
}

#[tokio::test]
async fn dots_within_a_segment_and_a_slash_at_the_end_are_sent_unchanged() {
    let server = server();
    for path in ["/v1/Things/a..b", "/v1/Things/...", "/v1/Things/", "/v1/a%20thing?a=/../b", "/v1/Things/a%2Fb"] {
        server.client().request(Method::GET, path).send::<Thing>().await.unwrap();
        assert_eq!(server.take_one().target, path);
    }
}

#[tokio::test]
async fn headers_of_the_client_and_malformed_ones_are_rejected_and_nothing_is_sent() {
    let server = server();
    for (name, value, problem) in [
        ("Authorization", "Basic hunter2", "header authorization is set by the client"),
        ("proxy-authorization", "Basic hunter2", "header proxy-authorization is set by the client"),
        ("HOST", "evil.example", "header host is set by the client"),
        ("User-Agent", "hunter2", "header user-agent is set by the client"),
        ("Content-Length", "0", "header content-length is set by the client"),
        ("Transfer-Encoding", "chunked", "header transfer-encoding is set by the client"),
        ("Connection", "close", "header connection is set by the client"),
        ("not a name", "hunter2", "a header name is not a token of HTTP"),
        ("X-New", "hunter2\r\nX-Evil: 1", "the value of header x-new has a control character"),
    ] {
        let request = server.client().request(Method::GET, "/v1/Things").header(name, value).header("X-Good", "1");
        let error = request.send::<Value>().await.unwrap_err();
        assert_eq!(error.to_string(), format!("building the request for GET /v1/Things: {problem}"));
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    assert_eq!(server.take().len(), 0);
}

#[tokio::test]
async fn values_that_cannot_be_encoded_are_rejected_and_nothing_is_sent() {
    let server = server();
    let request = || server.client().request(Method::POST, "/v1/Things");
    let maps = [([1], "a")].into_iter().collect::<std::collections::HashMap<_, _>>();
    for request in [
        request().query(&json!({ "a": { "b": 1 } })),
        request().query(&"text"),
        request().form(&json!([1])),
        request().json(&maps),
    ] {
        let error = request.send::<Value>().await.unwrap_err();
        assert!(matches!(error, Error::Encode(_)), "{error:?}");
        assert!(error.to_string().starts_with("building the request for POST /v1/Things: "), "{error}");
    }
    assert_eq!(server.take().len(), 0);
}

#[tokio::test]
async fn a_link_is_requested_from_the_base_url_whatever_host_it_names() {
    let server = server();
    let client = server.client();
    for link in ["https://evil.example/v1/Things?Page=1&PageToken=PAx", "/v1/Things?Page=1&PageToken=PAx"] {
        client.request_link(link).send::<Thing>().await.unwrap();
        assert_eq!(server.take_one().target, "/v1/Things?Page=1&PageToken=PAx", "{link}");
    }
    for bad in ["", "not a link", "https://evil.example", "https://evil.example/v1/../Things", "Things"] {
        let error = client.request_link(bad).send::<Value>().await.unwrap_err();
        assert!(matches!(error, Error::Encode(_)), "{bad}: {error:?}");
    }
    assert_eq!(server.take().len(), 0);
}

#[tokio::test]
async fn a_prefix_of_the_base_url_is_in_a_raw_request_once() {
    let server = server();
    let http = crate::server::http_client().build().unwrap();
    let client = Client::new(&format!("{}/twilio", server.base_url), http).unwrap();
    client.request(Method::GET, "/v1/Things").send::<Thing>().await.unwrap();
    client.request_link("http://proxy/twilio/v1/Things?Page=1").send::<Thing>().await.unwrap();
    assert_eq!(server.take_targets(), ["/twilio/v1/Things", "/twilio/v1/Things?Page=1"]);
}
