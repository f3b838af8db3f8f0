//! Expectations and their responses.

use std::{collections::HashMap, error::Error as _, time::Duration};

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::json;
use twilio_conversations::{
    Client, Credentials, Error, ErrorCode, MessageSid, TransportErrorKind,
    http::{Method, Response},
    testing::{Expect, MockTransport, RecordedRequest},
    v1::{Conversation, ConversationMessage},
};

use super::{ONE, OTHER, end_of, named, panic_of};

#[tokio::test]
async fn a_model_is_received_as_it_was_built() {
    let full = json!({
        "sid": ONE,
        "friendly_name": "é & \"quoted\"",
        "attributes": "{ \"a\": 1 }",
        "state": "frozen",
        "timers": { "date_inactive": "2026-01-02T03:04:05Z", "invented": 1 },
        "date_created": "2026-01-02T03:04:05.678Z",
        "date_updated": "soon",
        "links": { "messages": "https://conversations.twilio.com/v1/Conversations/CH/Messages" },
        "invented": [null, 1.5]
    });
    let model: Conversation = serde_json::from_value(full.clone()).unwrap();
    let mock = MockTransport::new();
    mock.expect("FetchConversation").respond(&model);
    mock.expect("FetchConversation").respond(&full);
    let client = mock.client();
    for _ in 0..2 {
        let fetched = client.conversation(ONE).fetch().await.unwrap();
        assert_eq!(fetched, model);
        assert_eq!(fetched.extra["invented"], json!([null, 1.5]));
    }
    mock.assert_done();
}

#[tokio::test]
async fn the_status_is_the_documented_one() {
    let mock = MockTransport::new();
    mock.expect("CreateConversation").respond(&named(ONE, "Orders"));
    mock.expect("FetchConversation").respond(&named(ONE, "Orders"));
    mock.expect("DeleteConversation").respond_empty();
    let client = mock.client();
    let created = client.conversations().create().send_with_response().await.unwrap();
    assert_eq!(
        (created.status().as_u16(), &created.headers()["content-type"]),
        (201, &"application/json".parse().unwrap())
    );
    assert_eq!(client.conversation(ONE).fetch().send_with_response().await.unwrap().status(), 200);
    let deleted = client.conversation(ONE).delete().send_with_response().await.unwrap();
    assert_eq!((deleted.status().as_u16(), deleted.body().len()), (204, 0));
}

#[tokio::test]
async fn an_error_has_its_status_code_and_message() {
    let mock = MockTransport::new();
    mock.expect("FetchConversation").respond_error(404, ErrorCode::NOT_FOUND, "There is no \"orders\"");
    let error = mock.client().conversation("orders").fetch().await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.code(), error.attempts()),
        (404, Some(ErrorCode::NOT_FOUND), 1)
    );
    let error = error.as_api().unwrap();
    assert_eq!(error.message(), Some("There is no \"orders\""));
    assert_eq!(error.more_info(), Some("https://www.twilio.com/docs/errors/20404"));
}

#[tokio::test]
async fn any_other_response_and_no_response_reach_the_caller_without_a_retry() {
    let mock = MockTransport::new();
    let busy = Response::builder().status(429).header("retry-after", "7").body("<p>busy").unwrap();
    mock.expect("FetchConversation").respond_with(busy);
    mock.expect("FetchConversation").fail(TransportErrorKind::Timeout);
    mock.expect("FetchConversation").fail(TransportErrorKind::Connect);
    mock.expect("FetchConversation").respond(&json!({ "no": "sid" }));
    let client = mock.client();
    let fetch = async || client.conversation(ONE).fetch().await.unwrap_err();
    let error = fetch().await;
    assert!(error.is_rate_limited(), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(error.as_api().unwrap().body(), "<p>busy");
    assert!(fetch().await.is_timeout());
    let Error::Transport(error) = fetch().await else { panic!("another error") };
    assert_eq!((error.transport().kind(), error.transport().attempts()), (TransportErrorKind::Connect, 1));
    assert!(matches!(fetch().await, Error::Decode(_)));
    assert_eq!(mock.requests().len(), 4);
}

#[tokio::test]
async fn requests_are_recorded_in_their_order_with_decoded_fields_and_no_credentials() {
    let mock = MockTransport::new();
    mock.expect("CreateConversationMessage")
        .respond(&ConversationMessage::new("IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse::<MessageSid>().unwrap()));
    mock.expect("ListConversation").respond_page([named(ONE, "Orders")]);
    let client = mock.client().with_webhook_enabled(true);
    client.conversation("my orders").messages().create().body("é & = +").author("").await.unwrap();
    client.conversations().list().page_size(7).await.unwrap();
    let requests = mock.requests();
    let [create, list] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((create.operation.as_str(), &create.method), ("CreateConversationMessage", &Method::POST));
    assert_eq!(create.path, "/v1/Conversations/my%20orders/Messages");
    assert_eq!((create.form_value("Body"), create.form_value("Author")), (Some("é & = +"), Some("")));
    assert_eq!((create.form_value("Attributes"), create.form.len(), create.query.len()), (None, 2, 0));
    assert_eq!(create.headers["x-twilio-webhook-enabled"], "true");
    assert!(!create.headers.contains_key("authorization"));
    assert_eq!((list.operation.as_str(), &list.method), ("ListConversation", &Method::GET));
    assert_eq!((list.query_value("PageSize"), list.query_value("Page"), list.form.len()), (Some("7"), None, 0));
    assert_eq!(
        create.to_string(),
        "CreateConversationMessage (POST /v1/Conversations/my%20orders/Messages, \
         form [(\"Author\", \"\"), (\"Body\", \"é & = +\")])"
    );
}

#[tokio::test]
async fn a_builder_s_settings_hold_for_a_client_on_a_mock() {
    let mock = MockTransport::new();
    mock.expect("UpdateConversation").respond(&named(ONE, "Orders"));
    let credentials = Credentials::auth_token("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap(), "token").unwrap();
    let on_mock = mock.clone();
    let builder = Client::builder().credentials(credentials).base_url("http://127.0.0.1:9").webhook_enabled(true);
    let client = builder.wrap_transport(move |_| on_mock.clone()).build().unwrap();
    assert!(client.account_sid().is_some());
    client.conversation(ONE).update().friendly_name("Orders").await.unwrap();
    let request = &mock.requests()[0];
    assert_eq!(request.headers["x-twilio-webhook-enabled"], "true");
    assert!(!request.headers.contains_key("authorization"));
}

#[tokio::test]
async fn expectations_of_one_operation_are_used_in_their_order_and_as_often_as_they_say() {
    let mock = MockTransport::new();
    mock.expect("FetchConversation").times(2).respond(&named(ONE, "first"));
    mock.expect("FetchConversation").times(0).respond(&named(ONE, "never"));
    mock.expect("FetchConversation").respond(&named(ONE, "last"));
    let client = mock.client();
    for expected in ["first", "first", "last"] {
        assert_eq!(client.conversation(ONE).fetch().await.unwrap().friendly_name.unwrap(), expected);
    }
    mock.assert_done();
    assert!(client.conversation(ONE).fetch().await.is_err(), "all are used up");
    end_of(mock);
}

#[tokio::test]
async fn a_call_without_an_expectation_fails_and_says_what_was_expected() {
    let mock = MockTransport::new();
    mock.expect("FetchConversation").path(format!("/v1/Conversations/{OTHER}")).respond(&named(OTHER, "Other"));
    mock.expect("CreateConversation").form([("FriendlyName", "Orders")]).times(3).respond(&named(ONE, "Orders"));
    let client = mock.client();
    let error = client.conversation(ONE).fetch().await.unwrap_err();
    let expected = format!(
        "no expectation for FetchConversation (GET /v1/Conversations/{ONE}); left: \
         FetchConversation (/v1/Conversations/{OTHER}), \
         CreateConversation (any path, form [(\"FriendlyName\", \"Orders\")], 3 times)"
    );
    let Error::Transport(call) = &error else { panic!("{error}") };
    assert_eq!(call.transport().kind(), TransportErrorKind::Invalid);
    assert!(!error.is_retryable());
    assert_eq!(error.source().unwrap().to_string(), expected);
    assert_eq!(mock.requests().len(), 1, "it is recorded");
    let end = end_of(mock);
    assert!(end.starts_with("MockTransport: calls expected and not made: FetchConversation ("), "{end}");
    assert!(end.ends_with(&expected), "{end}");
}

#[tokio::test]
async fn an_unexpected_call_is_reported_even_if_the_application_ignores_its_error() {
    let mock = MockTransport::new();
    let _ = mock.client().conversation(ONE).delete().await;
    assert_eq!(
        end_of(mock),
        format!("MockTransport: no expectation for DeleteConversation (DELETE /v1/Conversations/{ONE}); left: none")
    );
}

#[test]
fn an_expectation_that_is_left_is_reported_at_the_end_and_by_the_last_clone_only() {
    let mock = MockTransport::new();
    mock.expect("FetchConversation").respond(&named(ONE, "Orders"));
    drop(mock.clone());
    let client = mock.client();
    let end = end_of(mock);
    assert_eq!(end, "MockTransport: calls expected and not made: FetchConversation (any path)");
    drop(client);
    MockTransport::new().assert_done();
}

#[test]
fn a_test_that_panics_shows_its_own_panic() {
    let message = panic_of(|| {
        let mock = MockTransport::new();
        mock.expect("FetchConversation").respond(&named(ONE, "Orders"));
        panic!("the test's own");
    });
    assert_eq!(message, "the test's own");
}

#[test]
fn mistakes_in_an_expectation_are_found_where_it_is_made() {
    struct Unwritable;
    impl Serialize for Unwritable {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("out of ink"))
        }
    }
    let mock = MockTransport::new();
    for typo in ["FetchConversatoin", "fetchConversation", "fetch_conversation", ""] {
        let message = panic_of(|| mock.expect(typo).respond_empty());
        assert_eq!(message, format!("expecting a call: there is no operation {typo:?}"));
    }
    let fetch = || mock.expect("FetchConversation");
    assert_eq!(panic_of(|| fetch().respond_page([1])), "responding with pages: FetchConversation is not a list");
    assert_eq!(
        panic_of(|| fetch().respond(&Unwritable)),
        "responding: the value cannot be written as JSON: out of ink"
    );
    assert!(panic_of(|| fetch().respond(&HashMap::from([((1, 2), 3)]))).contains("cannot be written as JSON"));
    assert_eq!(
        panic_of(|| fetch().respond_error(99, ErrorCode::NOT_FOUND, "")),
        "responding: 99 is not an HTTP status"
    );
    mock.assert_done();
}

#[tokio::test]
async fn ten_thousand_requests_are_kept_and_the_next_call_fails() {
    let mock = MockTransport::new();
    mock.expect("DeleteConversation").times(10_001).respond_empty();
    let client = mock.client();
    for _ in 0..10_000 {
        client.conversation(ONE).delete().await.unwrap();
    }
    let mut problem = String::new();
    for _ in 0..101 {
        let error = client.conversation(ONE).delete().await.unwrap_err();
        problem = error.source().unwrap().to_string();
    }
    assert!(problem.ends_with("is beyond the limit of 10000 requests"), "{problem}");
    assert_eq!(mock.requests().len(), 10_000);
    let end = end_of(mock);
    assert!(end.contains("DeleteConversation (any path)\n"), "one is left: {end}");
    assert_eq!(end.lines().count(), 1 + 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_share_one_mock() {
    fn shared<T: Clone + Send + Sync + std::fmt::Debug + 'static>() {}
    fn used<T: Send + Sync + std::fmt::Debug>() {}
    shared::<MockTransport>();
    shared::<RecordedRequest>();
    used::<Expect<'_>>();
    let mock = MockTransport::new();
    for number in 0..64 {
        let name = format!("order {number}");
        mock.expect("CreateConversation").form([("FriendlyName", &*name)]).respond(&named(ONE, &name));
    }
    let client = mock.client();
    let tasks: Vec<_> = (0..64)
        .rev()
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move {
                let name = format!("order {number}");
                let created = client.conversations().create().friendly_name(&*name).await.unwrap();
                assert_eq!(created.friendly_name.unwrap(), name);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    mock.assert_done();
    assert_eq!(mock.requests().len(), 64);
}
