//! The router of events: the right handler, its answer, and what happens when there is none.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::handler::HandlerWithoutStateExt;
use axum::http::{HeaderValue, Request, StatusCode};
use axum::routing::post;
use tokio::sync::Notify;
use tower::ServiceExt;
use twilio_conversations_webhook::events::{
    ConversationAdd, DeliveryUpdated, MessageAdd, MessageAdded, ParticipantAdd, UserAdded,
};
use twilio_conversations_webhook::types::v1::EventType;
use twilio_conversations_webhook::{
    Answer, ConversationChange, Deadline, Delivered, Event, EventRouter, Fields, IdempotencyToken, MessageChange,
    NoChange, RecentEvents, Reply, SeenEvents, SeenFuture, Signer, Verifier,
};

use super::listener::Listener;

fn events() -> EventRouter {
    EventRouter::new(Verifier::new("token").unwrap())
}

fn signed(path: &str, pairs: &[(&str, &str)]) -> Request<Body> {
    let url = format!("https://example.com{path}");
    let mut request = Signer::new("token").unwrap().post_form(&url, pairs.iter().copied()).unwrap().map(Body::from);
    *request.uri_mut() = path.parse().unwrap();
    request
}

fn event(event_type: &str, body: &str) -> Request<Body> {
    signed("/hooks", &[("EventType", event_type), ("Body", body), ("FriendlyName", body)])
}

fn with_token(mut request: Request<Body>, token: &'static str) -> Request<Body> {
    request.headers_mut().insert("i-twilio-idempotency-token", HeaderValue::from_static(token));
    request
}

async fn call_app(app: Router, request: Request<Body>) -> (StatusCode, String) {
    let response = app.oneshot(request).await.unwrap();
    let status = response.status();
    (status, String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap())
}

async fn call(events: &EventRouter, request: Request<Body>) -> (StatusCode, String) {
    call_app(Router::new().route("/hooks", events.clone().route()), request).await
}

#[tokio::test]
async fn each_event_reaches_its_own_handler_and_gets_its_own_answer() {
    async fn rename(_: ConversationAdd) -> Answer<ConversationChange> {
        ConversationChange::new().friendly_name("Support").into()
    }
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let events = events()
        .on(async |message: MessageAdd| match message.body.as_deref() {
            Some("spam") => Answer::reject(),
            Some("darn") => Answer::modify(MessageChange::new().body("****")),
            _ => Answer::accept(),
        })
        .on(rename)
        .on(async |_: ParticipantAdd| Answer::reject_with(StatusCode::CONFLICT))
        .on(move |message: MessageAdded| {
            sink.lock().unwrap().push(message.body.unwrap());
            async {}
        });
    for (event_type, body, status, answer) in [
        ("onMessageAdd", "hello", 200, ""),
        ("onMessageAdd", "spam", 403, ""),
        ("onMessageAdd", "darn", 200, r#"{"body":"****"}"#),
        ("onConversationAdd", "x", 200, r#"{"friendly_name":"Support"}"#),
        ("onParticipantAdd", "x", 409, ""),
        ("onMessageAdded", "spam", 200, ""),
        ("onMessageUpdate", "spam", 200, ""),
        ("onInventedAdded", "spam", 200, ""),
    ] {
        let answered = call(&events, event(event_type, body)).await;
        assert_eq!(answered, (StatusCode::from_u16(status).unwrap(), answer.to_owned()), "{event_type} {body}");
    }
    assert_eq!(*seen.lock().unwrap(), ["spam"]);
}

#[tokio::test]
async fn events_without_a_handler_go_to_the_fallback_whole() {
    let events = events().on(async |_: MessageAdded| {}).fallback(async |event: Event| match event {
        Event::Unknown { event_type, fields } => {
            assert_eq!((event_type.as_str(), fields.len()), ("onInventedAdd", 3));
            Reply::reject()
        }
        Event::UserUpdate(_) => Reply::reject(),
        _ => Reply::accept(),
    });
    for (event_type, status) in
        [("onInventedAdd", 403), ("onUserUpdate", 403), ("onMessageAdded", 200), ("onUserAdded", 200)]
    {
        assert_eq!(call(&events, event(event_type, "hi")).await.0, status, "{event_type}");
    }
}

#[tokio::test]
async fn a_handler_that_asks_for_it_sees_which_delivery_it_is() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let seen = Arc::clone(&seen);
        move |token: Option<&IdempotencyToken>, count, body: Option<&str>| {
            let token = token.map(|token| token.as_str().to_owned());
            seen.lock().unwrap().push((what, token, count, body.map(str::to_owned)));
        }
    };
    let (pre, post, rest) = (note("pre"), note("post"), note("rest"));
    let events = events()
        .on(move |Delivered { event, delivery, .. }: Delivered<MessageAdd>| {
            pre(delivery.idempotency_token(), delivery.retry_count(), event.body.as_deref());
            async { Answer::modify(MessageChange::new().body("seen")) }
        })
        .on(move |Delivered { event, delivery, .. }: Delivered<MessageAdded>| {
            post(delivery.idempotency_token(), delivery.retry_count(), event.body.as_deref());
            async { Ok::<_, std::fmt::Error>(()) }
        })
        .fallback(move |Delivered { event, delivery, .. }: Delivered<Fields>| {
            rest(delivery.idempotency_token(), delivery.retry_count(), event.get("Body"));
            async { Reply::reject() }
        });
    let once = events.clone().drop_repeats(RecentEvents::new(100));
    for events in [&events, &once] {
        for (event_type, token, status) in [
            ("onMessageAdd", "token-of-pre", 200),
            ("onMessageAdded", "token-of-post", 200),
            ("onUserAdded", "token-of-rest", 403),
        ] {
            let request = signed("/hooks", &[("EventType", event_type), ("Body", "hi"), ("RetryCount", "1")]);
            assert_eq!(call(events, with_token(request, token)).await.0, status, "{event_type}");
        }
        let expected = ["pre", "post", "rest"]
            .map(|what| (what, Some(format!("token-of-{what}")), Some(1), Some("hi".to_owned())));
        assert_eq!(std::mem::take(&mut *seen.lock().unwrap()), expected);
    }
    assert_eq!(call(&events, event("onMessageAdded", "hi")).await.0, StatusCode::OK);
    assert_eq!(*seen.lock().unwrap(), [("post", None, None, Some("hi".to_owned()))]);
}

#[tokio::test]
async fn what_does_not_verify_or_is_no_event_reaches_no_handler() {
    let events = events().fallback(async |_: Event| -> Reply { panic!("reached") });
    let mut forged = event("onMessageAdd", "pr1vate");
    forged.headers_mut().insert("x-twilio-signature", HeaderValue::from_static("AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    let expected = "verifying a webhook: the signature does not match";
    assert_eq!(call(&events, forged).await, (StatusCode::FORBIDDEN, expected.to_owned()));
    let expected = "reading a webhook: the fields are not those of an event";
    let answered = call(&events, signed("/hooks", &[("Body", "pr1vate")])).await;
    assert_eq!(answered, (StatusCode::UNPROCESSABLE_ENTITY, expected.to_owned()));
}

#[tokio::test]
async fn it_is_a_handler_on_any_router_and_a_service_to_nest() {
    let answer = || events().on(async |_: MessageAdd| Answer::reject());
    let nested = Router::new().nest("/api", Router::new().route("/hooks", post(answer()))).with_state("any state");
    let request = || signed("/api/hooks", &[("EventType", "onMessageAdd")]);
    assert_eq!(call_app(nested, request()).await.0, StatusCode::FORBIDDEN);
    let service = Router::new().nest_service("/api/hooks", answer().into_service());
    assert_eq!(call_app(service, request()).await.0, StatusCode::FORBIDDEN);
    let url = "https://example.com/hooks?tenant=7";
    let get = Signer::new("token").unwrap().get(url, [("EventType", "onMessageAdd")]).unwrap().map(Body::from);
    assert_eq!(call(&answer(), get).await.0, StatusCode::FORBIDDEN);
}

#[test]
#[should_panic(expected = "onMessageAdd has two handlers")]
fn two_handlers_for_one_event_are_a_mistake_in_the_program() {
    let _ = events().on(async |_: MessageAdd| Answer::accept()).on(async |_: MessageAdd| Answer::reject());
}

#[tokio::test]
async fn a_handler_that_fails_is_500_and_its_error_is_reported_not_sent() {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reports);
    let events = events()
        .on(async |_: MessageAdd| -> Result<Answer<MessageChange>, std::fmt::Error> { Err(std::fmt::Error) })
        .on(async |_: MessageAdded| Err::<(), _>("disk full"))
        .on(async |_: UserAdded| Ok::<_, std::fmt::Error>(()))
        .on_error(move |event_type, error| sink.lock().unwrap().push(format!("{event_type}: {error}")));
    for event_type in ["onMessageAdd", "onMessageAdded"] {
        let answered = call(&events, event(event_type, "pr1vate")).await;
        assert_eq!(answered, (StatusCode::INTERNAL_SERVER_ERROR, String::new()), "{event_type}");
    }
    assert_eq!(call(&events, event("onUserAdded", "hi")).await.0, StatusCode::OK);
    let format_error = std::fmt::Error.to_string();
    assert_eq!(
        *reports.lock().unwrap(),
        [format!("onMessageAdd: {format_error}"), "onMessageAdded: disk full".to_owned()]
    );
}

#[tokio::test]
async fn a_handler_that_panics_is_500_wherever_it_does_and_its_panic_is_reported() {
    /// Panics when the deadline drops it.
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reports);
    let events = events()
        .on(async |_: MessageAdd| -> Answer<MessageChange> { panic!("as the test wants it") })
        .on(|message: ConversationAdd| {
            assert!(message.friendly_name.is_none(), "before {} future", "its");
            async { Answer::<ConversationChange>::accept() }
        })
        .on(async |_: ParticipantAdd| {
            let _bomb = Bomb;
            pending::<Answer<NoChange>>().await
        })
        .on(async |_: MessageAdded| -> () { std::panic::panic_any(7) })
        .fallback(async |_: Event| -> Reply { panic!("in the fallback") })
        .deadline(Deadline::new(Duration::ZERO), Reply::accept())
        .on_error(move |event_type, error| sink.lock().unwrap().push(format!("{event_type}: {error}")));
    let once = events.clone().drop_repeats(RecentEvents::new(100));
    for event_type in ["onMessageAdd", "onConversationAdd", "onParticipantAdd", "onMessageAdded", "onInventedAdd"] {
        for events in [&events, &once] {
            let answered = call(events, with_token(event(event_type, "pr1vate"), "a")).await;
            assert_eq!(answered, (StatusCode::INTERNAL_SERVER_ERROR, String::new()), "{event_type}");
        }
    }
    let mut reports = std::mem::take(&mut *reports.lock().unwrap());
    reports.dedup();
    assert_eq!(
        reports,
        [
            "onMessageAdd: the handler panicked: as the test wants it",
            "onConversationAdd: the handler panicked: before its future",
            "onParticipantAdd: the handler panicked: dropped",
            "onMessageAdded: the handler panicked",
            "onInventedAdd: the handler panicked: in the fallback",
        ]
    );
}

#[tokio::test]
async fn an_error_that_nobody_takes_is_told_to_tracing_without_what_was_received() {
    let failing = || {
        events()
            .on(async |_: MessageAdded| Err::<(), _>(std::io::Error::other("disk full")))
            .on(async |message: MessageAdd| -> Answer<MessageChange> { panic!("cannot take {:?}", message.body) })
            .fallback(async |_: Event| Err::<Reply, _>("no such event"))
    };
    let listener = Listener::up_to(tracing::Level::ERROR);
    let _guard = tracing::subscriber::set_default(listener.clone());
    let lines = || listener.lines();
    // Whether anyone listens at a place is looked up when it is first passed, perhaps by another test; so once again.
    call(&failing(), event("onMessageAdded", "hi")).await;
    tracing::callsite::rebuild_interest_cache();
    lines();

    let long = format!("on{}", "X".repeat(10_000));
    for event_type in ["onMessageAdded", "onMessageAdd", "onUserAdded", &long] {
        assert_eq!(call(&failing(), event(event_type, "pr1vate")).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    }
    let line = |event_type, error| {
        format!("ERROR message=a webhook's event could not be handled event_type={event_type:?} error={error:?}")
    };
    assert_eq!(
        lines(),
        [
            line("onMessageAdded", "disk full"),
            line("onMessageAdd", "the handler panicked"),
            line("onUserAdded", "no such event"),
            line("one that is not known", "no such event"),
        ]
    );
    let taken = failing().on_error(|_, _| {});
    assert_eq!(call(&taken, event("onMessageAdded", "hi")).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(lines(), [""; 0]);
}

#[tokio::test]
async fn a_report_that_panics_changes_no_answer() {
    let events = events()
        .on(async |_: MessageAdd| -> Answer<MessageChange> { panic!("as the test wants it") })
        .on_error(|_, _| panic!("no log"));
    let answered = call(&events, event("onMessageAdd", "hi")).await;
    assert_eq!(answered, (StatusCode::INTERNAL_SERVER_ERROR, String::new()));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_answers_for_slow_pre_events_and_lets_post_events_take_their_time() {
    let events = events()
        .on(async |_: MessageAdd| pending::<Answer<MessageChange>>().await)
        .on(async |_: MessageAdded| tokio::time::sleep(Duration::from_secs(60)).await)
        .deadline(Deadline::default(), Reply::reject());
    let start = tokio::time::Instant::now();
    assert_eq!(call(&events, event("onMessageAdd", "hi")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(start.elapsed(), Deadline::default().limit());
    assert_eq!(call(&events, event("onMessageAdded", "hi")).await.0, StatusCode::OK);
    assert_eq!(start.elapsed(), Deadline::default().limit() + Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_nobody_knows_may_be_a_pre_event_and_gets_its_answer_each_time_and_in_time() {
    let rejecting = events().fallback(async |_: Event| Reply::reject()).drop_repeats(RecentEvents::new(100));
    for _ in 0..2 {
        let answered = call(&rejecting, with_token(event("onInventedAdd", "hi"), "a")).await;
        assert_eq!(answered.0, StatusCode::FORBIDDEN);
    }
    let slow =
        events().fallback(async |_: Event| pending::<Reply>().await).deadline(Deadline::default(), Reply::reject());
    let start = tokio::time::Instant::now();
    assert_eq!(call(&slow, event("onInventedAdd", "hi")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(start.elapsed(), Deadline::default().limit());
}

/// Counts what is handled; fails, panics or succeeds as the body says.
fn counting(count: &Arc<AtomicUsize>) -> EventRouter {
    let (posts, pres) = (Arc::clone(count), Arc::clone(count));
    events()
        .on(move |message: MessageAdded| {
            posts.fetch_add(1, Ordering::Relaxed);
            async move {
                match message.body.as_deref() {
                    Some("fail") => Err("failed"),
                    Some("panic") => panic!("as the test wants it"),
                    _ => Ok(()),
                }
            }
        })
        .on(move |_: MessageAdd| {
            pres.fetch_add(1, Ordering::Relaxed);
            async { Answer::reject() }
        })
}

#[tokio::test]
async fn a_post_event_that_comes_again_is_acknowledged_and_not_handled() {
    let count = Arc::new(AtomicUsize::new(0));
    let events = counting(&count).drop_repeats(RecentEvents::new(100));
    let handled = || count.swap(0, Ordering::Relaxed);
    for _ in 0..3 {
        assert_eq!(call(&events, with_token(event("onMessageAdded", "hi"), "a")).await.0, StatusCode::OK);
    }
    assert_eq!(handled(), 1);
    for token in ["b", "c"] {
        call(&events, with_token(event("onMessageAdded", "hi"), token)).await;
    }
    assert_eq!(handled(), 2);
    // Without a token there is no telling, and each delivery of a pre-event waits for its answer.
    for _ in 0..2 {
        assert_eq!(call(&events, event("onMessageAdded", "hi")).await.0, StatusCode::OK);
        assert_eq!(call(&events, with_token(event("onMessageAdd", "hi"), "d")).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(handled(), 4);
}

#[tokio::test]
async fn routers_that_share_a_store_handle_an_event_once_between_them() {
    let count = Arc::new(AtomicUsize::new(0));
    let seen: Arc<dyn SeenEvents> = Arc::new(RecentEvents::new(100));
    let routers = [(); 2].map(|()| counting(&count).drop_repeats(Arc::clone(&seen)));
    for events in routers.iter().chain(&routers) {
        assert_eq!(call(events, with_token(event("onMessageAdded", "hi"), "a")).await.0, StatusCode::OK);
    }
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_post_event_that_failed_or_panicked_is_handled_when_it_comes_again() {
    let count = Arc::new(AtomicUsize::new(0));
    let events = counting(&count).drop_repeats(RecentEvents::new(100));
    for (body, token) in [("fail", "a"), ("panic", "b")] {
        for _ in 0..2 {
            let answered = call(&events, with_token(event("onMessageAdded", body), token)).await;
            assert_eq!(answered, (StatusCode::INTERNAL_SERVER_ERROR, String::new()), "{body}");
        }
        assert_eq!(call(&events, with_token(event("onMessageAdded", "fine"), token)).await.0, StatusCode::OK);
    }
    assert_eq!(count.load(Ordering::Relaxed), 6);
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_stop_the_handler() {
    let (started, go_on, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let inside = (Arc::clone(&started), Arc::clone(&go_on), Arc::clone(&done));
    let events = events()
        .on(move |_: DeliveryUpdated| {
            let (started, go_on, done) = inside.clone();
            async move {
                started.notify_one();
                go_on.notified().await;
                done.notify_one();
            }
        })
        .drop_repeats(RecentEvents::new(100));
    let request = with_token(event("onDeliveryUpdated", "hi"), "a");
    let caller = tokio::spawn(async move { call(&events, request).await });
    started.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    go_on.notify_one();
    done.notified().await;
}

#[tokio::test]
async fn an_error_after_the_caller_hung_up_is_reported() {
    let (started, go_on, reported) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, waits, sink) = (Arc::clone(&started), Arc::clone(&go_on), Arc::clone(&reported));
    let events = events()
        .on(async move |_: MessageAdded| {
            inside.notify_one();
            waits.notified().await;
            Err::<(), _>("disk full")
        })
        .drop_repeats(RecentEvents::new(100))
        .on_error(move |event_type, error| {
            assert_eq!((event_type, error.to_string()), (&EventType::MessageAdded, "disk full".to_owned()));
            sink.notify_one();
        });
    let request = with_token(event("onMessageAdded", "hi"), "a");
    let caller = tokio::spawn(async move { call(&events, request).await });
    started.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    go_on.notify_one();
    tokio::time::timeout(Duration::from_secs(10), reported.notified()).await.expect("the error was not reported");
}

#[tokio::test]
async fn a_store_that_panics_is_500_and_reported() {
    struct Panics;
    impl SeenEvents for Panics {
        fn claim<'a>(&'a self, _: &'a IdempotencyToken) -> SeenFuture<'a, bool> {
            panic!("no {}", "store")
        }

        fn release<'a>(&'a self, _: &'a IdempotencyToken) -> SeenFuture<'a, ()> {
            Box::pin(async { Ok(()) })
        }
    }
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reports);
    let events = events()
        .on(async |_: MessageAdded| {})
        .drop_repeats(Panics)
        .on_error(move |_, error| sink.lock().unwrap().push(error.to_string()));
    let answered = call(&events, with_token(event("onMessageAdded", "hi"), "a")).await;
    assert_eq!(answered.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(*reports.lock().unwrap(), ["the handler panicked: no store"]);
}

#[tokio::test]
async fn a_store_that_cannot_answer_leaves_the_event_unacknowledged() {
    struct Broken;
    impl SeenEvents for Broken {
        fn claim<'a>(&'a self, _: &'a IdempotencyToken) -> SeenFuture<'a, bool> {
            Box::pin(async { Err("no store".into()) })
        }

        fn release<'a>(&'a self, _: &'a IdempotencyToken) -> SeenFuture<'a, ()> {
            Box::pin(async { Err("no store".into()) })
        }
    }
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reports);
    let events = events()
        .on(async |_: MessageAdded| -> () { panic!("reached") })
        .drop_repeats(Broken)
        .on_error(move |event_type, error| sink.lock().unwrap().push((event_type.clone(), error.to_string())));
    let answered = call(&events, with_token(event("onMessageAdded", "hi"), "a")).await;
    assert_eq!(answered.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(*reports.lock().unwrap(), [(EventType::MessageAdded, "no store".to_owned())]);
}

#[test]
fn its_debug_shows_events_and_no_token() {
    let shown = format!("{:?}", events().on(async |_: MessageAdd| Answer::accept()));
    assert!(shown.contains("MessageAdd") && !shown.contains("token\""), "{shown}");
}
