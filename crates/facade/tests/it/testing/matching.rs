//! The calls that an expectation matches.

use serde_json::{Value, json};
use twilio_conversations::{
    http::Method,
    testing::{Expect, MockTransport},
};

use super::{ONE, OTHER, end_of, named};

/// Whether the expectation matches an update of one conversation with two fields, or a list of ten.
async fn matches(operation: &str, narrow: impl FnOnce(Expect<'_>) -> Expect<'_>) -> bool {
    let mock = MockTransport::new();
    narrow(mock.expect(operation)).respond(&json!({ "sid": ONE, "conversations": [] }));
    let client = mock.client();
    let outcome = if operation.starts_with("List") {
        client.conversations().list().page_size(10).await.map(drop)
    } else {
        client.conversation(ONE).update().friendly_name("a b").attributes("{}").await.map(drop)
    };
    if outcome.is_err() {
        end_of(mock);
    }
    outcome.is_ok()
}

#[tokio::test]
async fn a_path_is_matched_as_a_whole() {
    let update = "UpdateConversation";
    assert!(matches(update, |expect| expect.path(format!("/v1/Conversations/{ONE}"))).await);
    for path in [format!("/v1/Conversations/{OTHER}"), "/v1/Conversations".into(), String::new(), format!("/{ONE}")] {
        assert!(!matches(update, |expect| expect.path(&path)).await, "{path}");
    }
}

#[tokio::test]
async fn form_fields_are_matched_by_name_and_value_among_others() {
    let update = "UpdateConversation";
    assert!(matches(update, |expect| expect.form([("FriendlyName", "a b")])).await);
    assert!(matches(update, |expect| expect.form([("Attributes", "{}"), ("FriendlyName", "a b")])).await);
    assert!(matches(update, |expect| expect.form([("Attributes", "{}")]).form([("FriendlyName", "a b")])).await);
    for (name, value) in [("FriendlyName", "a+b"), ("FriendlyName", ""), ("friendly_name", "a b"), ("State", "closed")]
    {
        assert!(!matches(update, |expect| expect.form([("Attributes", "{}"), (name, value)])).await, "{name}={value}");
    }
    assert!(!matches(update, |expect| expect.query([("FriendlyName", "a b")])).await, "it is not in the query");
}

#[tokio::test]
async fn query_parameters_are_matched_by_name_and_value_among_others() {
    let list = "ListConversation";
    assert!(matches(list, |expect| expect.query([("PageSize", "10")])).await);
    assert!(!matches(list, |expect| expect.query([("PageSize", "11")])).await);
    assert!(!matches(list, |expect| expect.query([("PageSize", "10"), ("State", "active")])).await);
    assert!(!matches(list, |expect| expect.form([("PageSize", "10")])).await, "it is not in the form");
}

#[tokio::test]
async fn the_operation_below_a_service_is_another_one() {
    assert!(!matches("UpdateServiceConversation", |expect| expect).await);
    let mock = MockTransport::new();
    mock.expect("UpdateServiceConversation").respond(&named(ONE, "Orders"));
    let service: twilio_conversations::ServiceSid = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap();
    mock.client().service(&service).conversation(ONE).update().friendly_name("Orders").await.unwrap();
    assert_eq!(mock.requests()[0].path, format!("/v1/Services/{service}/Conversations/{ONE}"));
}

#[tokio::test]
async fn the_first_expectation_that_matches_is_used_whatever_the_order_of_the_calls() {
    let mock = MockTransport::new();
    for (sid, name) in [(ONE, "one"), (OTHER, "other"), (ONE, "one again")] {
        mock.expect("FetchConversation").path(format!("/v1/Conversations/{sid}")).respond(&named(sid, name));
    }
    let client = mock.client();
    for (sid, expected) in [(OTHER, "other"), (ONE, "one"), (ONE, "one again")] {
        assert_eq!(client.conversation(sid).fetch().await.unwrap().friendly_name.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_raw_request_is_expected_by_its_method_and_path() {
    let mock = MockTransport::new();
    mock.expect("PATCH /v1/Things/7").query([("Deep", "true")]).respond(&json!({ "sid": "TH7" }));
    mock.expect("POST /v1/Things").form([("Name", "x")]).respond_error(403, 20403.into(), "no");
    let client = mock.client();
    let patch = client.request(Method::PATCH, "/v1/Things/7?Deep=true").json(&json!({ "a": [1] }));
    let thing: Value = patch.send().await.unwrap();
    assert_eq!(thing, json!({ "sid": "TH7" }));
    let post = client.request(Method::POST, "/v1/Things").form(&json!({ "Name": "x" }));
    assert_eq!(post.send::<Value>().await.unwrap_err().status().unwrap().as_u16(), 403);
    let requests = mock.requests();
    assert_eq!((requests[0].operation.as_str(), &*requests[0].body), ("PATCH /v1/Things/7", &br#"{"a":[1]}"#[..]));
    assert_eq!((requests[0].form.len(), requests[1].form_value("Name")), (0, Some("x")), "JSON is no form");
    mock.assert_done();
    assert!(client.request(Method::GET, "/v1/Things/7").send::<Value>().await.is_err(), "another method");
    end_of(mock);
}
