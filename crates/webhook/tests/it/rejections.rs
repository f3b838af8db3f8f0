//! Requests that reach no handler: methods, late bodies, and the reports of both.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use axum::routing::any;
use tokio::time::{Instant, Interval, interval};
use tower::ServiceExt;
use twilio_conversations_webhook::events::MessageAdd;
use twilio_conversations_webhook::{
    Answer, Deadline, EventRouter, Fields, Reply, Signed, SignedBody, SignedRejection, Signer, Verifier,
};

use super::listener::Listener;

const PAIRS: [(&str, &str); 2] = [("EventType", "onMessageAdd"), ("Body", "pr1vate")];

fn events() -> EventRouter {
    EventRouter::new(Verifier::new("token").unwrap()).on(async |_: MessageAdd| Answer::reject())
}

fn signed() -> Request<Body> {
    Signer::new("token").unwrap().post_form("https://example.com/hooks", PAIRS).unwrap().map(Body::from)
}

fn forged() -> Request<Body> {
    let mut request = signed();
    let signature = HeaderValue::from_static("AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    request.headers_mut().insert("x-twilio-signature", signature);
    request
}

async fn call(app: Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

fn app(events: EventRouter) -> Router {
    Router::new().route("/hooks", events.route())
}

/// A body of a byte a second, without end.
struct Trickle(Interval);

impl Trickle {
    fn instead_of_the_body(request: Request<Body>) -> Request<Body> {
        request.map(|_| Body::from_stream(Self(interval(Duration::from_secs(1)))))
    }
}

impl futures_core::Stream for Trickle {
    type Item = Result<&'static str, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_tick(context).map(|_| Some(Ok("x")))
    }
}

#[tokio::test]
async fn a_route_takes_get_and_post_and_no_other_method() {
    let get = Signer::new("token").unwrap().get("https://example.com/hooks", PAIRS).unwrap().map(Body::from);
    assert_eq!(call(app(events()), get).await.0, StatusCode::FORBIDDEN);
    assert_eq!(call(app(events()), signed()).await.0, StatusCode::FORBIDDEN);
    for method in [Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
        let mut request = signed();
        *request.method_mut() = method.clone();
        let (status, headers, _) = call(app(events()), request).await;
        assert_eq!(
            (status, headers["allow"].to_str().unwrap()),
            (StatusCode::METHOD_NOT_ALLOWED, "GET, POST"),
            "{method}"
        );
    }
}

#[tokio::test]
async fn extractors_take_get_and_post_too_and_a_405_says_what_is_allowed() {
    let handler = async |Signed(fields): Signed<Fields>| fields.get("Body").unwrap().to_owned();
    let app = |verifier: Verifier| Router::new().route("/hooks", any(handler)).with_state(verifier);
    let verifier = Verifier::new("token").unwrap();
    let posts_only = Verifier::builder("token").form_posts_only(true).build().unwrap();
    let get = || Signer::new("token").unwrap().get("https://example.com/hooks", PAIRS).unwrap().map(Body::from);
    assert_eq!(call(app(verifier.clone()), get()).await.2, "pr1vate");
    assert_eq!(call(app(posts_only.clone()), signed()).await.2, "pr1vate");
    let (status, headers, _) = call(app(posts_only), get()).await;
    assert_eq!((status, headers["allow"].to_str().unwrap()), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    let mut put = signed();
    *put.method_mut() = Method::PUT;
    let (status, headers, _) = call(app(verifier), put).await;
    assert_eq!((status, headers["allow"].to_str().unwrap()), (StatusCode::METHOD_NOT_ALLOWED, "GET, POST"));
}

#[tokio::test(start_paused = true)]
async fn a_method_or_a_signature_that_cannot_be_right_is_rejected_before_the_body_is_read() {
    let mut put = Trickle::instead_of_the_body(signed());
    *put.method_mut() = Method::PUT;
    let mut unsigned = Trickle::instead_of_the_body(signed());
    unsigned.headers_mut().remove("x-twilio-signature");
    let mut malformed = Trickle::instead_of_the_body(signed());
    malformed.headers_mut().insert("x-twilio-signature", HeaderValue::from_static("AAAA"));
    let mut large = Trickle::instead_of_the_body(signed());
    large.headers_mut().insert("content-length", HeaderValue::from_static("262145"));
    let start = Instant::now();
    for (request, status) in [(put, 405), (unsigned, 400), (malformed, 400), (large, 413)] {
        assert_eq!(call(app(events()), request).await.0, status);
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_takes_longer_than_4_seconds_is_408_and_closes_the_connection() {
    let start = Instant::now();
    let (status, headers, body) = call(app(events()), Trickle::instead_of_the_body(signed())).await;
    assert_eq!((status, headers["connection"].to_str().unwrap()), (StatusCode::REQUEST_TIMEOUT, "close"));
    assert_eq!(body, "reading a webhook: the body was not complete within 4s");
    assert_eq!(start.elapsed(), Duration::from_secs(4));

    let verifier = Verifier::builder("token").body_timeout(Duration::from_millis(1500)).build().unwrap();
    let app = Router::new().route("/hooks", any(async |SignedBody(_): SignedBody| ())).with_state(verifier);
    let start = Instant::now();
    assert_eq!(call(app, Trickle::instead_of_the_body(signed())).await.0, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(start.elapsed(), Duration::from_millis(1500));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_of_a_handler_counts_from_the_request_and_not_from_its_body() {
    struct Late(Option<Vec<u8>>, Pin<Box<tokio::time::Sleep>>);
    impl futures_core::Stream for Late {
        type Item = Result<Vec<u8>, Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.1.as_mut().poll(context).map(|()| self.0.take().map(Ok))
        }
    }
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reports);
    let events = EventRouter::new(Verifier::new("token").unwrap())
        .on(async |_: MessageAdd| {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Answer::reject()
        })
        .deadline(Deadline::default(), Reply::reject_with(StatusCode::CONFLICT).unwrap())
        .on_error(move |event_type, error| sink.lock().unwrap().push(format!("{event_type}: {error}")));
    let late = |seconds| {
        let (parts, body) =
            Signer::new("token").unwrap().post_form("https://example.com/hooks", PAIRS).unwrap().into_parts();
        let sleep = Box::pin(tokio::time::sleep(Duration::from_secs(seconds)));
        Request::from_parts(parts, Body::from_stream(Late(Some(body), sleep)))
    };
    let start = Instant::now();
    assert_eq!(call(app(events.clone()), late(2)).await.0, StatusCode::FORBIDDEN);
    assert_eq!((start.elapsed(), reports.lock().unwrap().len()), (Duration::from_secs(4), 0));
    let start = Instant::now();
    assert_eq!(call(app(events), late(3)).await.0, StatusCode::CONFLICT);
    assert_eq!(start.elapsed(), Deadline::default().limit());
    assert_eq!(*reports.lock().unwrap(), ["onMessageAdd: the handler was not done 4.5s after the request"]);
}

fn unreadable() -> Request<Body> {
    struct Broken;
    impl futures_core::Stream for Broken {
        type Item = Result<&'static str, std::io::Error>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(Some(Err(std::io::Error::other("reset"))))
        }
    }
    signed().map(|_| Body::from_stream(Broken))
}

fn no_event() -> Request<Body> {
    let pairs = [("Body", "pr1vate")];
    Signer::new("token").unwrap().post_form("https://example.com/hooks", pairs).unwrap().map(Body::from)
}

fn unsigned() -> Request<Body> {
    let mut request = signed();
    request.headers_mut().remove("x-twilio-signature");
    request
}

#[tokio::test(start_paused = true)]
async fn each_rejection_is_an_event_of_tracing_without_what_was_received() {
    let listener = Listener::up_to(tracing::Level::DEBUG);
    let _guard = tracing::subscriber::set_default(listener.clone());
    // Whether a subscriber listens at a place is looked up when it is first passed, perhaps by another test.
    call(app(events()), forged()).await;
    call(app(events()), unsigned()).await;
    tracing::callsite::rebuild_interest_cache();
    listener.lines();

    for request in [forged(), no_event(), unreadable(), Trickle::instead_of_the_body(signed()), unsigned()] {
        call(app(events()), request).await;
    }
    let line =
        |level, status, error| format!("{level} message=a webhook request was rejected status={status} error={error}");
    let expected = [
        line("WARN", 403, "verifying a webhook: the signature does not match"),
        line(
            "WARN",
            422,
            "reading a webhook: the fields are not those of an event: reading an event: there is no field EventType",
        ),
        line("WARN", 400, "reading a webhook: the body could not be read: reset"),
        line("WARN", 408, "reading a webhook: the body was not complete within 4s"),
        line("DEBUG", 400, "verifying a webhook: header x-twilio-signature is missing"),
    ];
    assert_eq!(listener.lines(), expected);

    let extract =
        Router::new().route("/hooks", any(async |_: Signed<Fields>| ())).with_state(Verifier::new("token").unwrap());
    call(extract, forged()).await;
    let extract =
        Router::new().route("/hooks", any(async |_: SignedBody| ())).with_state(Verifier::new("token").unwrap());
    call(extract, forged()).await;
    assert_eq!(listener.lines(), [expected[0].clone(), expected[0].clone()]);
}

#[tokio::test]
async fn rejections_go_to_the_report_of_the_program_and_a_panic_there_changes_no_response() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let reporting = events().on_rejection(move |rejection| {
        let mismatch = matches!(rejection, SignedRejection::Signature(error) if error.is_mismatch());
        sink.lock().unwrap().push((rejection.status().as_u16(), mismatch));
        assert!(!mismatch, "no log");
    });
    assert_eq!(call(app(reporting.clone()), forged()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(call(app(reporting.clone()), no_event()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(call(app(reporting), signed()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(*seen.lock().unwrap(), [(403, true), (422, false)]);
}
