//! Answers, and the time there is for them.

use std::collections::BTreeMap;
use std::future::{pending, ready};
use std::time::Duration;

use http::StatusCode;
use serde_json::{Map, Value, json};
use twilio_conversations_webhook::types::JsonText;
use twilio_conversations_webhook::{
    Answer, Change, ConversationChange, Deadline, MessageChange, NoChange, PreEvent, Reply,
};

#[test]
fn accepting_is_200_without_a_body() {
    for reply in [Reply::accept(), Answer::<NoChange>::accept().into(), ().into()] {
        assert_eq!((reply.status(), reply.content_type(), reply.body()), (StatusCode::OK, None, ""));
    }
}

#[test]
fn rejecting_is_a_4xx_and_nothing_else() {
    assert_eq!(Reply::reject().status(), 403);
    let status = |code: u16| StatusCode::from_u16(code).unwrap();
    for status in [400, 403, 409, 499].map(status) {
        assert_eq!(Reply::reject_with(status).unwrap().status(), status);
        assert_eq!(Reply::from(Answer::<MessageChange>::reject_with(status).unwrap()).status(), status);
    }
    for code in [100, 200, 302, 399, 500, 503, 999] {
        let status = status(code);
        let error = Reply::reject_with(status).unwrap_err();
        assert_eq!(error.to_string(), format!("rejecting a webhook: status {code} is not between 400 and 499"));
        assert!(Answer::<ConversationChange>::reject_with(status).is_err());
    }
}

#[test]
fn a_change_is_snake_case_json_at_top_level_and_holds_what_was_set() {
    let body = |reply: Reply| -> Value { serde_json::from_str(reply.body()).unwrap() };
    let message = MessageChange::new().body("\"hi\"\n").author("é").attributes(json!({ "a": [1, null] }));
    assert_eq!(
        body(Reply::modify(message)),
        json!({ "body": "\"hi\"\n", "author": "é", "attributes": "{\"a\":[1,null]}" })
    );
    assert_eq!(body(Reply::modify(MessageChange::new().author("bot"))), json!({ "author": "bot" }));
    assert_eq!(body(Reply::modify(ConversationChange::new().friendly_name(""))), json!({ "friendly_name": "" }));
    assert_eq!(body(Reply::modify(MessageChange::new())), json!({}));
}

/// The setters are generated from the field names of `spec/events`; each sets the field of its name.
#[test]
fn every_field_that_an_answer_may_set_has_a_setter_by_its_name() {
    fn sets<C: Change, const N: usize>(fields: [(&str, C); N]) {
        for (field, change) in fields {
            let expected = Map::from_iter([(field.to_owned(), json!("text"))]);
            assert_eq!(change.into_fields(), expected);
        }
    }
    sets([
        ("friendly_name", ConversationChange::new().friendly_name("text")),
        ("attributes", ConversationChange::new().attributes("text")),
    ]);
    let message = MessageChange::new;
    sets([
        ("body", message().body("text")),
        ("author", message().author("text")),
        ("attributes", message().attributes("text")),
    ]);
}

#[test]
fn attributes_are_given_as_text_as_a_value_or_as_whatever_serialises() {
    let sent = |attributes: JsonText| {
        let answer: Value =
            serde_json::from_str(Reply::modify(MessageChange::new().attributes(attributes)).body()).unwrap();
        answer["attributes"].as_str().unwrap().to_owned()
    };
    assert_eq!(sent(r#"{ "seat":7 }"#.into()), r#"{ "seat":7 }"#);
    assert_eq!(sent(String::from("{}").into()), "{}");
    assert_eq!(sent(JsonText::of(&BTreeMap::from([("seat", 7)])).unwrap()), r#"{"seat":7}"#);
    let by_value = MessageChange::new().attributes(json!({ "seat": 7 }));
    assert_eq!(by_value, MessageChange::new().attributes(r#"{"seat":7}"#));
}

#[test]
fn a_reply_becomes_a_response() {
    let response: http::Response<Vec<u8>> = Reply::modify(ConversationChange::new().friendly_name("Support")).into();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.body(), br#"{"friendly_name":"Support"}"#);
    let response: http::Response<String> = Reply::reject_with(StatusCode::UNPROCESSABLE_ENTITY).unwrap().into();
    assert_eq!(response.status(), 422);
    assert!(response.headers().is_empty() && response.body().is_empty());
}

#[test]
fn a_pre_event_says_what_its_answer_may_change() {
    struct MessageAdd;
    impl PreEvent for MessageAdd {
        type Change = MessageChange;
    }
    fn answer<E: PreEvent>(change: E::Change) -> Reply {
        Answer::<E::Change>::from(change).into()
    }
    assert_eq!(answer::<MessageAdd>(MessageChange::new().body("x")).body(), r#"{"body":"x"}"#);
}

/// With tokio's clock: by `run` where there is one, and else by `race`, which is the same.
async fn in_time<T>(handler: impl Future<Output = T>, fallback: impl FnOnce() -> T) -> T {
    #[cfg(feature = "axum")]
    return Deadline::default().run(handler, fallback).await;
    #[cfg(not(feature = "axum"))]
    Deadline::default().race(handler, tokio::time::sleep, fallback).await
}

#[tokio::test(start_paused = true)]
async fn a_handler_in_time_answers_for_itself() {
    let start = tokio::time::Instant::now();
    let handler = async {
        tokio::time::sleep(Duration::from_millis(4499)).await;
        Reply::accept()
    };
    assert_eq!(in_time(handler, Reply::reject).await, Reply::accept());
    assert_eq!(start.elapsed(), Duration::from_millis(4499));
}

#[tokio::test(start_paused = true)]
async fn a_handler_over_time_is_dropped_and_the_fallback_answers() {
    let start = tokio::time::Instant::now();
    let held = std::sync::Arc::new(());
    let inside = held.clone();
    let handler = async move {
        pending::<()>().await;
        drop(inside);
        Reply::accept()
    };
    assert_eq!(in_time(handler, Reply::reject).await, Reply::reject());
    assert_eq!(start.elapsed(), Duration::from_millis(4500));
    assert_eq!(std::sync::Arc::strong_count(&held), 1);
    assert!(Deadline::default().limit() < Deadline::VENDOR_LIMIT);
}

#[tokio::test]
async fn a_handler_that_is_ready_with_the_timer_wins() {
    let deadline = Deadline::new(Duration::ZERO);
    assert_eq!(deadline.race(ready(1), ready, || 2).await, 1);
    assert_eq!(deadline.race(pending(), |_| ready(()), || 2).await, 2);
}
