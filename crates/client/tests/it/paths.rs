//! What callers put into a path stays one segment of it.

use serde_json::json;
use twilio_conversations_client::{
    Client, Error,
    types::{ConversationSid, MessageSid, ServiceSid},
};

use crate::server::{Answer, Server};

const SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Names that would name another resource.
const BAD: [&str; 3] = ["", ".", ".."];

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(result: Result<T, Error>, operation: &str, parameter: &str) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Encode(_)), "{error:?}");
    let text = error.to_string();
    let expected = format!("building the request for {operation}: path parameter {parameter} is ");
    assert!(text.starts_with(&expected), "{text}");
}

#[tokio::test]
async fn names_that_name_another_resource_are_refused_and_nothing_is_sent() {
    let server = Server::answering([]);
    let client = server.client();
    let service: ServiceSid = SERVICE.parse().unwrap();
    for bad in BAD {
        assert_refused(client.fetch_conversation(bad).await, "FetchConversation", "Sid");
        assert_refused(client.conversation(bad).fetch().await, "FetchConversation", "Sid");
        assert_refused(client.conversation(bad).delete().await, "DeleteConversation", "Sid");
        assert_refused(client.conversation(bad).update().friendly_name("x").await, "UpdateConversation", "Sid");
        assert_refused(client.conversation(bad).messages().list().await, "ListConversationMessage", "ConversationSid");
        assert_refused(client.conversation("c").participant(bad).fetch().await, "FetchConversationParticipant", "Sid");
        assert_refused(client.user(bad).user_conversations().list().await, "ListUserConversation", "UserSid");
        assert_refused(client.service(&service).user(bad).delete().await, "DeleteServiceUser", "Sid");
        let streamed = client.conversation(bad).messages().list().stream().try_next().await;
        assert_refused(streamed, "ListConversationMessage", "ConversationSid");
    }
    assert_eq!(server.take().len(), 0);
}

/// One name as it is written, and as it stands in a path.
const NAMES: [(&str, &str); 9] = [
    ("plain-name_1.2~", "plain-name_1.2~"),
    ("a/b", "a%2Fb"),
    ("../Services", "..%2FServices"),
    ("a?b#c", "a%3Fb%23c"),
    ("100%", "100%25"),
    ("%2e%2e", "%252e%252e"),
    ("+15551230001", "%2B15551230001"),
    ("whatsapp:+1 555", "whatsapp%3A%2B1%20555"),
    ("größe\n\"<é>", "gr%C3%B6%C3%9Fe%0A%22%3C%C3%A9%3E"),
];

fn echo() -> Server {
    Server::start(|_| Answer::json(&json!({ "sid": "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" })))
}

#[tokio::test]
async fn a_name_stays_one_segment_whatever_is_in_it() {
    let server = echo();
    let client = server.client();
    for (name, segment) in NAMES {
        client.fetch_conversation(name).await.unwrap();
        assert_eq!(server.take_one().target, format!("/v1/Conversations/{segment}"));
        client.conversation(name).participant(name).fetch().await.unwrap();
        let expected = format!("/v1/Conversations/{segment}/Participants/{segment}");
        assert_eq!(server.take_one().target, expected);
    }
}

#[tokio::test]
async fn an_item_goes_by_its_sid_or_by_its_name() {
    let server = echo();
    let client = server.client();
    let sid: ConversationSid = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap();
    let owned = "order 4711".to_owned();
    let handles = [
        (client.conversation(&sid), "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        (client.conversation(sid.clone()), "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        (client.conversation("order 4711"), "order%204711"),
        (client.conversation(&owned), "order%204711"),
        (client.conversation(owned.clone()), "order%204711"),
    ];
    for (handle, segment) in handles {
        handle.fetch().await.unwrap();
        assert_eq!(server.take_one().target, format!("/v1/Conversations/{segment}"));
    }
}

/// A SID that the server gave out is not checked, so it is escaped like any other text.
#[tokio::test]
async fn a_sid_from_the_server_stays_one_segment_too() {
    let server = echo();
    let odd: MessageSid = serde_json::from_value(json!("IM/../../Services")).unwrap();
    server.client().fetch_conversation_message("c", &odd).await.unwrap();
    assert_eq!(server.take_one().target, "/v1/Conversations/c/Messages/IM%2F..%2F..%2FServices");
    let dots: MessageSid = serde_json::from_value(json!("..")).unwrap();
    let refused = server.client().fetch_conversation_message("c", &dots).await;
    assert_refused(refused, "FetchConversationMessage", "Sid");
    assert_eq!(server.take().len(), 0);
}

#[tokio::test]
async fn values_of_a_query_are_escaped() {
    let server = Server::start(|_| Answer::json(&json!({ "conversations": [] })));
    let list = server.client().participant_conversations().list().identity("a&b=c d+é").address("+1?#");
    list.await.unwrap();
    let request = server.take_one();
    let expected = [("Identity", "a&b=c d+é"), ("Address", "+1?#")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(request.query(), expected);
    assert_eq!(request.path(), "/v1/ParticipantConversations");
}

#[test]
fn a_base_url_with_a_secret_in_it_is_refused_without_showing_it() {
    for bad in ["http://user:hunter2@localhost", "localhost/hunter2", "http://localhost/?token=hunter2"] {
        let error = Client::new(bad, crate::server::http_client().build().unwrap()).unwrap_err();
        assert!(matches!(error, Error::Config(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}
