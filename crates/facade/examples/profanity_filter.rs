//! `TWILIO_AUTH_TOKEN=… cargo run --example profanity_filter --features axum -- 8080`
//!
//! A filter for all conversations: mild words are replaced by stars, others reject the message, in new messages and in
//! edited ones. Set it as the pre-event webhook of the account or a service, with the filters `onMessageAdd` and
//! `onMessageUpdate`.
//!
//! Behind a proxy, set `PUBLIC_URL` to the URL that Twilio calls. Port 0 takes any free port.
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::env;
use std::error::Error;

use axum::Router;
use twilio_conversations::webhook::events::{MessageAdd, MessageUpdate};
use twilio_conversations::webhook::{Answer, Deadline, EventRouter, MessageChange, Reply, Verifier};

const STARRED: [&str; 3] = ["darn", "dang", "heck"];
const REJECTED: [&str; 2] = ["ruffian", "scoundrel"];

fn filter(body: Option<&str>) -> Answer<MessageChange> {
    // A message may be a picture alone.
    let Some(body) = body else { return Answer::accept() };
    if words(body).any(|word| is_any_of(word, &REJECTED)) {
        return Answer::reject();
    }
    let starred: String = words(body)
        .map(|word| if is_any_of(word, &STARRED) { "*".repeat(word.len()) } else { word.to_owned() })
        .collect();
    if starred == body { Answer::accept() } else { MessageChange::new().body(starred).into() }
}

/// The words of a text, and what is between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let in_word = rest.chars().next()?.is_alphanumeric();
        let end = rest.find(|c: char| c.is_alphanumeric() != in_word).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

fn is_any_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(word))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let token = env::var("TWILIO_AUTH_TOKEN").map_err(|_| "TWILIO_AUTH_TOKEN is not set")?;
    let mut verifier = Verifier::builder(token).plain_http(true);
    if let Ok(url) = env::var("PUBLIC_URL") {
        verifier = verifier.public_url(url);
    }
    let events = EventRouter::new(verifier.build()?)
        .on(async |message: MessageAdd| filter(message.body.as_deref()))
        .on(async |message: MessageUpdate| filter(message.body.as_deref()))
        // Without a response within 5 seconds the message is posted unfiltered.
        .deadline(Deadline::default(), Reply::reject());
    let app = Router::new().route("/", events.route());

    let port = env::args().nth(1).map_or(Ok(8080), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
