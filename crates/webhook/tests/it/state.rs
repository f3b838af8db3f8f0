//! The state of the event router's handlers, and what they capture.

use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::{Router, handler::HandlerWithoutStateExt};
use tower::ServiceExt;
use twilio_conversations_webhook::events::{ConversationAdded, MessageAdd, MessageAdded, ParticipantAdd, UserAdded};
use twilio_conversations_webhook::{
    Answer, Delivered, Event, EventRouter, Fields, FromRef, MessageChange, Reply, Signer, State, Verifier,
};

/// A client of some service, which writes down what it is called with.
#[derive(Clone, Default)]
struct Client {
    calls: Arc<Mutex<Vec<String>>>,
}

impl Client {
    async fn reply(&self, message: &MessageAdded) -> Result<(), std::io::Error> {
        self.note(message.body.as_deref().unwrap_or_default());
        Ok(())
    }

    fn note(&self, call: &str) {
        self.calls.lock().unwrap().push(call.to_owned());
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

#[derive(Clone)]
struct App {
    client: Client,
    forbidden: &'static str,
}

impl FromRef<App> for Client {
    fn from_ref(app: &App) -> Self {
        app.client.clone()
    }
}

fn events() -> EventRouter {
    EventRouter::new(Verifier::new("token").unwrap())
}

fn request(event_type: &str, body: &str) -> Request<Body> {
    let pairs = [("EventType", event_type), ("Body", body)];
    Signer::new("token").unwrap().post_form("https://example.com/hooks", pairs).unwrap().map(Body::from)
}

async fn call<S: Clone + Send + Sync + 'static>(events: &EventRouter<S>, event_type: &str, body: &str) -> StatusCode {
    let app = Router::new().route("/hooks", events.clone().route());
    app.oneshot(request(event_type, body)).await.unwrap().status()
}

#[tokio::test]
async fn a_handler_takes_the_state_a_part_of_it_or_none() {
    async fn greet(State(client): State<Client>, _: ConversationAdded) {
        client.note("greeted");
    }
    let client = Client::default();
    let events = events()
        .on(async |_: ParticipantAdd| Answer::reject())
        .with_state(App { client: client.clone(), forbidden: "spam" })
        .on(async |State(app): State<App>, message: MessageAdd| match message.body {
            Some(body) if body == app.forbidden => Answer::reject(),
            _ => Answer::accept(),
        })
        .on(greet)
        .on(async |State(client): State<Client>, message: MessageAdded| client.reply(&message).await)
        .on(async |_: UserAdded| {})
        .fallback(async |State(client): State<Client>, event: Event| {
            client.note(event.event_type().as_str());
            Reply::reject()
        });
    for (event_type, body, status, calls) in [
        ("onParticipantAdd", "hi", 403, &[] as &[&str]),
        ("onMessageAdd", "hi", 200, &[]),
        ("onMessageAdd", "spam", 403, &[]),
        ("onConversationAdded", "hi", 200, &["greeted"]),
        ("onMessageAdded", "hi", 200, &["hi"]),
        ("onUserAdded", "hi", 200, &[]),
        ("onInventedAdded", "hi", 403, &["onInventedAdded"]),
    ] {
        assert_eq!(call(&events, event_type, body).await, status, "{event_type} {body}");
        assert_eq!(client.calls(), calls, "{event_type} {body}");
    }
}

#[tokio::test]
async fn handlers_keep_the_state_that_was_set_before_them() {
    let (first, second) = (Client::default(), Client::default());
    let events = events()
        .with_state(first.clone())
        .on(async |State(client): State<Client>, message: MessageAdded| client.reply(&message).await)
        .with_state(second.clone())
        .fallback(async |State(client): State<Client>, fields: Fields| -> Result<Reply, std::fmt::Error> {
            client.note(fields.get("EventType").unwrap());
            Ok(Reply::accept())
        });
    assert_eq!(call(&events, "onMessageAdded", "one").await, 200);
    assert_eq!(call(&events, "onUserAdded", "two").await, 200);
    assert_eq!((first.calls(), second.calls()), (vec!["one".to_owned()], vec!["onUserAdded".to_owned()]));
}

#[tokio::test]
async fn a_handler_with_state_takes_the_delivery_too() {
    let client = Client::default();
    let events = events().with_state(client.clone()).on(
        async |State(client): State<Client>, Delivered { event, delivery, .. }: Delivered<MessageAdded>| {
            client.note(&format!("{:?} {:?}", event.body, delivery.is_retry()));
        },
    );
    assert_eq!(call(&events, "onMessageAdded", "hi").await, 200);
    assert_eq!(client.calls(), ["Some(\"hi\") false"]);
}

#[tokio::test]
async fn a_client_is_captured_by_an_async_closure_a_plain_one_and_a_function() {
    let client = Client::default();
    let (captured, cloned) = (client.clone(), client.clone());
    let events = events()
        .on(async move |message: MessageAdded| captured.reply(&message).await)
        .on(move |_: UserAdded| {
            let client = cloned.clone();
            async move { client.note("a user") }
        })
        .on({
            let client = client.clone();
            async move |message: MessageAdd| {
                client.note("asked");
                Answer::modify(MessageChange::new().body(message.body.unwrap_or_default().to_uppercase()))
            }
        });
    // Each event has a clone of the handler, so the second call finds what the first found.
    for _ in 0..2 {
        assert_eq!(call(&events, "onMessageAdded", "hi").await, 200);
        assert_eq!(call(&events, "onUserAdded", "").await, 200);
        assert_eq!(client.calls(), ["hi", "a user"]);
    }
    let app = Router::new().route("/hooks", events.route());
    let response = app.oneshot(request("onMessageAdd", "hi")).await.unwrap();
    assert_eq!(to_bytes(response.into_body(), 100).await.unwrap(), r#"{"body":"HI"}"#);
    assert_eq!(client.calls(), ["asked"]);
}

#[tokio::test]
async fn a_router_with_state_is_a_route_a_handler_and_a_service_of_any_other_state() {
    let events =
        || events().with_state("spam").on(async |State(_): State<&'static str>, _: MessageAdd| Answer::reject());
    let route = Router::new().route("/hooks", events().route()).with_state(7_u32);
    assert_eq!(route.oneshot(request("onMessageAdd", "hi")).await.unwrap().status(), 403);
    let handler = Router::new().route("/hooks", axum::routing::any(events())).with_state(7_u32);
    assert_eq!(handler.oneshot(request("onMessageAdd", "hi")).await.unwrap().status(), 403);
    let service = Router::new().nest_service("/hooks", events().into_service());
    assert_eq!(service.oneshot(request("onMessageAdd", "hi")).await.unwrap().status(), 403);
}
