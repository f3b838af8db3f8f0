//! Requests that are made of typed events: what a receiver reads from them.

use http::{Method, Request};
use twilio_conversations_webhook::events::{MessageAdd, MessageAdded};
use twilio_conversations_webhook::types::v1::EventType;
use twilio_conversations_webhook::{Delivery, Event, Fields, FromFields, Signer, Verifier};

const URL: &str = "https://example.com/hooks?tenant=7";

fn signer() -> Signer {
    Signer::new("token").unwrap()
}

fn verified(request: &Request<Vec<u8>>) -> Fields {
    let verifier = Verifier::new("token").unwrap();
    let verified = verifier.verify(request.method(), request.uri(), request.headers(), request.body());
    verified.unwrap().into_fields()
}

/// The event without the query parameter of the URL, which a GET request mixes with the fields.
fn event_of(fields: &Fields) -> Event {
    Event::from_pairs(fields.iter().filter(|(name, _)| *name != "tenant")).unwrap()
}

#[test]
fn every_event_is_received_as_it_was_built_by_post_and_by_get() {
    for event_type in EventType::ALL.iter().map(EventType::as_str).chain(["onInventedAdded"]) {
        let pairs = [("EventType", event_type), ("RetryCount", "1"), ("Invented", "é & = + %\r\n"), ("Invented", "")];
        let event = Event::from_pairs(pairs).unwrap();
        let post = signer().event(URL, &event).unwrap();
        assert_eq!((post.method(), post.uri().to_string().as_str()), (&Method::POST, URL));
        assert_eq!(event_of(&verified(&post)), event);
        let get = signer().get_event(URL, event.clone()).unwrap();
        assert_eq!((get.method(), get.uri().path(), get.body().len()), (&Method::GET, "/hooks", 0));
        assert_eq!(event_of(&verified(&get)), event);
    }
}

#[test]
fn a_struct_of_one_event_is_received_with_its_members_and_nothing_else() {
    let mut message = MessageAdd::default();
    message.body = Some(String::new());
    message.author = Some("ann".to_owned());
    let fields = verified(&signer().event(URL, &message).unwrap());
    let pairs: Vec<_> = fields.iter().collect();
    assert_eq!(pairs, [("EventType", "onMessageAdd"), ("Body", ""), ("Author", "ann")]);
    assert_eq!(MessageAdd::from_fields(fields).unwrap(), message);
}

#[test]
fn the_idempotency_token_and_the_retry_count_are_those_of_the_delivery() {
    let mut message = MessageAdded::default();
    let delivery = |signer: &Signer, message: &MessageAdded| {
        let request = signer.event(URL, message).unwrap();
        Delivery::new(request.headers(), &verified(&request))
    };
    let bare = delivery(&signer(), &message);
    assert_eq!((bare.idempotency_token(), bare.retry_count()), (None, None));
    message.retry_count = Some(2);
    let retried = delivery(&signer().idempotency_token("a token-1").idempotency_token("token-1"), &message);
    assert_eq!(retried.idempotency_token().unwrap().as_str(), "token-1");
    assert_eq!((retried.retry_count(), retried.is_retry()), (Some(2), true));
    for method in [Signer::post_form, Signer::get] {
        let request = method(&signer().idempotency_token("t"), URL, [("A", "b")]).unwrap();
        assert_eq!(request.headers()["i-twilio-idempotency-token"], "t");
    }
}

#[test]
fn a_url_or_a_token_that_no_request_can_have_is_an_error() {
    let message = MessageAdded::default();
    for url in ["", "https://exa mple.com/", "https://", "https://example.com:port:1/"] {
        assert!(signer().event(url, &message).is_err(), "{url:?}");
        assert!(signer().get_event(url, &message).is_err(), "{url:?}");
    }
    for token in ["a\nb", "a\0", "\u{7f}"] {
        assert!(signer().idempotency_token(token).event(URL, &message).is_err(), "{token:?}");
        assert!(signer().idempotency_token(token).get_event(URL, &message).is_err(), "{token:?}");
    }
}

#[test]
fn another_secret_does_not_verify_an_event() {
    let request = Signer::new("stranger").unwrap().event(URL, MessageAdded::default()).unwrap();
    let verifier = Verifier::new("token").unwrap();
    assert!(verifier.verify(request.method(), request.uri(), request.headers(), request.body()).is_err());
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn a_signed_event_goes_through_an_axum_router_without_a_socket() {
    use axum::{Router, body::Body, routing::any};
    use tower::ServiceExt;
    use twilio_conversations_webhook::{Answer, EventRouter};

    let events = EventRouter::new(Verifier::builder("token").public_url(URL).build().unwrap())
        .on(async |message: MessageAdd| if message.body.is_some() { Answer::accept() } else { Answer::reject() });
    let app = Router::new().route("/hooks", any(events));
    let mut message = MessageAdd::default();
    for (body, status) in [(None, 403), (Some("hi"), 200)] {
        message.body = body.map(str::to_owned);
        for request in [signer().event(URL, &message).unwrap(), signer().get_event(URL, &message).unwrap()] {
            assert_eq!(app.clone().oneshot(request.map(Body::from)).await.unwrap().status(), status, "{body:?}");
        }
    }
}
