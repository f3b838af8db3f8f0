//! `examples/helpdesk_bot.rs`: its handlers with a mock client and signed events, and the whole of it with the emulator.

use axum::body::{Body, to_bytes};
use serde_json::json;
use tower::ServiceExt;
use twilio_conversations::testing::MockTransport;
use twilio_conversations::v1::{ConversationMessage, ConversationParticipant};
use twilio_conversations::webhook::events::{ConversationAdded, MessageAdd, MessageAdded};
use twilio_conversations::webhook::{Event, Signer, Verifier};
use twilio_conversations::{Client, ClientBuilder, ConversationSid, ErrorCode, EventType, HttpMethod};
use twilio_conversations_emulator::Emulator;

use self::program::{FILTERS, Helpdesk, app};

#[allow(dead_code, reason = "`main` is the program's")]
#[path = "../../../examples/helpdesk_bot.rs"]
mod program;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const URL: &str = "https://example.com/";
const CONVERSATION: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Delivers an event to the program, without a socket.
async fn deliver(client: Client, event: impl Into<Event>) -> (u16, String) {
    let verifier = Verifier::builder(TOKEN).public_url(URL).build().unwrap();
    let app = app(verifier, Helpdesk { client, agent: "ada".to_owned() });
    let request = Signer::new(TOKEN).unwrap().event(URL, event).unwrap();
    let response = app.oneshot(request.map(Body::from)).await.unwrap();
    let status = response.status().as_u16();
    (status, String::from_utf8(to_bytes(response.into_body(), 1000).await.unwrap().into()).unwrap())
}

fn message(author: &str, index: i64) -> MessageAdded {
    let mut message = MessageAdded::default();
    message.conversation_sid = Some(CONVERSATION.parse().unwrap());
    message.author = Some(author.to_owned());
    message.index = Some(index);
    message
}

#[tokio::test]
async fn filtered_words_are_replaced_by_stars_and_nothing_else_is() {
    for (body, response) in [
        (Some("Where the HECK is my order?"), r#"{"body":"Where the **** is my order?"}"#),
        (Some("darn,dang! é"), r#"{"body":"****,****! é"}"#),
        (Some("Heckler's order"), ""),
        (Some(""), ""),
        (None, ""),
    ] {
        let mut event = MessageAdd::default();
        event.body = body.map(str::to_owned);
        assert_eq!(deliver(MockTransport::new().client(), event).await, (200, response.to_owned()), "{body:?}");
    }
}

#[tokio::test]
async fn the_agent_is_added_to_a_new_conversation_in_its_own_service() {
    let mut event = ConversationAdded::default();
    event.conversation_sid = Some(CONVERSATION.parse().unwrap());
    event.chat_service_sid = Some(SERVICE.parse().unwrap());
    let mock = MockTransport::new();
    let add = || {
        let path = format!("/v1/Services/{SERVICE}/Conversations/{CONVERSATION}/Participants");
        mock.expect("CreateServiceConversationParticipant").path(path).form([("Identity", "ada")])
    };
    add().respond(&json!({ "sid": "MBaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }));
    assert_eq!(deliver(mock.client(), event.clone()).await.0, 200);

    add().respond_error(409, ErrorCode::PARTICIPANT_EXISTS, "Participant already exists");
    assert_eq!(deliver(mock.client(), event.clone()).await.0, 200, "a repeated delivery is no error");

    add().respond_error(403, ErrorCode(50438), "Limit reached");
    assert_eq!(deliver(mock.client(), event).await.0, 500, "another error is one");
    mock.assert_done();
}

#[tokio::test]
async fn the_first_message_of_a_customer_gets_one_reply() {
    let mock = MockTransport::new();
    mock.expect("CreateConversationMessage")
        .path(format!("/v1/Conversations/{CONVERSATION}/Messages"))
        .form([("Author", "helpdesk")])
        .respond(&json!({ "sid": "IMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }));
    assert_eq!(deliver(mock.client(), message("+15551230001", 0)).await.0, 200);
    // Each of these would be a call that the mock does not expect.
    for ignored in [message("+15551230001", 1), message("helpdesk", 0), message("ada", 0), MessageAdded::default()] {
        assert_eq!(deliver(mock.client(), ignored).await.0, 200);
    }
    let requests = mock.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].headers.get("x-twilio-webhook-enabled"), None, "the reply fires no webhook");
    mock.assert_done();
}

#[tokio::test]
async fn with_the_emulator_a_customer_meets_the_agent_and_is_greeted_once() {
    let emulator = Emulator::builder().auth_token(TOKEN).start().await.unwrap();
    let client = ClientBuilder::from_vars(|name| emulator.var(name)).unwrap().build().unwrap();
    let verifier = Verifier::builder(TOKEN).plain_http(true).build().unwrap();
    let app = app(verifier, Helpdesk { client: client.clone(), agent: "ada".to_owned() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });

    let webhooks = client.configuration().webhooks().update().method(HttpMethod::Post).filters(FILTERS);
    webhooks.pre_webhook_url(&url).post_webhook_url(&url).await.unwrap();
    let addresses = client.configuration().address_configurations();
    addresses.create("sms", "+15551239999").auto_creation_enabled(true).await.unwrap();

    let posted =
        emulator.receive("+15551230001", "+15551239999", "Where the heck is my order?").await.unwrap().unwrap();
    emulator.settle().await.unwrap();
    emulator.receive("+15551230001", "+15551239999", "Hello?").await.unwrap().unwrap();
    emulator.settle().await.unwrap();

    let conversation = client.conversation(posted.conversation_sid.parse::<ConversationSid>().unwrap());
    let messages: Vec<ConversationMessage> = conversation.messages().list().stream().try_collect().await.unwrap();
    let bodies: Vec<_> = messages.iter().map(|message| message.body.as_deref().unwrap()).collect();
    assert_eq!(
        bodies,
        ["Where the **** is my order?", "Thank you for your message. An agent will be with you shortly.", "Hello?"]
    );
    let participants: Vec<ConversationParticipant> =
        conversation.participants().list().stream().try_collect().await.unwrap();
    assert_eq!(participants.iter().filter(|participant| participant.identity.as_deref() == Some("ada")).count(), 1);

    let events: Vec<_> = emulator.deliveries().unwrap().into_iter().map(|delivery| delivery.event).collect();
    assert_eq!(events.iter().filter(|event| **event == EventType::MessageAdded).count(), 2, "{events:?}");
}
