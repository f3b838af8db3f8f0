//! `MockTransport`: what its clients receive, what it records, and what it reports at the end of a test.

mod expectations;
mod matching;
mod pages;

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use twilio_conversations::{ConversationSid, testing::MockTransport, v1::Conversation};

const ONE: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER: &str = "CHbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn named(sid: &str, name: &str) -> Conversation {
    let mut conversation = Conversation::new(sid.parse::<ConversationSid>().unwrap());
    conversation.friendly_name = Some(name.to_owned());
    conversation
}

/// The message of the panic.
#[track_caller]
fn panic_of<T>(run: impl FnOnce() -> T) -> String {
    let payload: Box<dyn Any + Send> = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(_) => panic!("it does not panic"),
        Err(payload) => payload,
    };
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

/// The message of the panic with which a mock ends.
#[track_caller]
fn end_of(mock: MockTransport) -> String {
    let asserted = panic_of(|| mock.assert_done());
    assert_eq!(panic_of(move || drop(mock)), asserted);
    asserted
}
