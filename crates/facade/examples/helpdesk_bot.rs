//! `TWILIO_ACCOUNT_SID=… TWILIO_AUTH_TOKEN=… cargo run --example helpdesk_bot --features axum -- 8080 IDENTITY`
//!
//! A helpdesk for all conversations: an agent, the chat user IDENTITY, joins each new conversation; the first message of
//! a customer gets a reply; messages are filtered before they are posted. Configure the URL of this program as the
//! account's pre-event and post-event webhook, with the filters that it prints.
//!
//! Behind a proxy, set `PUBLIC_URL` to the URL that Twilio calls. Port 0 takes any free port.
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::{env, error::Error as StdError};

use axum::{Router, extract::State};
use twilio_conversations::v1::conversation::ConversationHandle;
use twilio_conversations::webhook::events::{ConversationAdded, MessageAdd, MessageAdded, MessageUpdate};
use twilio_conversations::webhook::{Answer, Deadline, EventRouter, MessageChange, RecentEvents, Reply, Verifier};
use twilio_conversations::{Client, ConversationSid, Error, ErrorCode, EventType, ServiceSid};

/// The events that the program handles.
pub(crate) const FILTERS: [EventType; 4] =
    [EventType::ConversationAdded, EventType::MessageAdd, EventType::MessageUpdate, EventType::MessageAdded];

/// Author of the program's own messages.
const BOT: &str = "helpdesk";
const GREETING: &str = "Thank you for your message. An agent will be with you shortly.";
const FILTERED: [&str; 3] = ["darn", "dang", "heck"];

/// State of the handlers.
#[derive(Clone)]
pub(crate) struct Helpdesk {
    pub(crate) client: Client,
    /// Identity of the chat user who joins every conversation.
    pub(crate) agent: String,
}

impl Helpdesk {
    /// The conversation of an event, in its own service.
    fn conversation(&self, service: Option<&ServiceSid>, conversation: &ConversationSid) -> ConversationHandle {
        match service {
            Some(service) => self.client.service(service).conversation(conversation),
            None => self.client.conversation(conversation),
        }
    }
}

/// The program without its socket.
pub(crate) fn app(verifier: Verifier, helpdesk: Helpdesk) -> Router {
    let events = EventRouter::new(verifier)
        .with_state(helpdesk)
        .on(async |message: MessageAdd| filter(message.body.as_deref()))
        .on(async |message: MessageUpdate| filter(message.body.as_deref()))
        .on(add_agent)
        .on(greet)
        .deadline(Deadline::default(), Reply::reject())
        .drop_repeats(RecentEvents::new(10_000));
    Router::new().route("/", events.route())
}

/// Pre-event: replaces the letters of filtered words by stars.
fn filter(body: Option<&str>) -> Answer<MessageChange> {
    let Some(body) = body else { return Answer::accept() };
    let words = body.split_inclusive(|c: char| !c.is_alphanumeric());
    let filtered: String = words
        .map(|word| {
            let letters = word.trim_end_matches(|c: char| !c.is_alphanumeric());
            let is_filtered = FILTERED.iter().any(|filtered| filtered.eq_ignore_ascii_case(letters));
            if is_filtered { word.replace(letters, &"*".repeat(letters.len())) } else { word.to_owned() }
        })
        .collect();
    if filtered == body { Answer::accept() } else { MessageChange::new().body(filtered).into() }
}

/// Post-event: adds the agent. A repeated delivery finds the agent there already, which is no error.
async fn add_agent(State(helpdesk): State<Helpdesk>, event: ConversationAdded) -> Result<(), Error> {
    let Some(sid) = &event.conversation_sid else { return Ok(()) };
    let conversation = helpdesk.conversation(event.chat_service_sid.as_ref(), sid);
    match conversation.participants().create().identity(&helpdesk.agent).await {
        Err(error) if error.code() != Some(ErrorCode::PARTICIPANT_EXISTS) => Err(error),
        _ => Ok(()),
    }
}

/// Post-event: replies to the first message of a conversation, unless the program or the agent wrote it.
///
/// Two guards against loops: the reply is created without `webhook_enabled`, so it fires no webhook, and an event of the
/// program's own message is ignored.
async fn greet(State(helpdesk): State<Helpdesk>, event: MessageAdded) -> Result<(), Error> {
    let Some(sid) = &event.conversation_sid else { return Ok(()) };
    let author = event.author.as_deref().unwrap_or_default();
    if event.index != Some(0) || author == BOT || author == helpdesk.agent {
        return Ok(());
    }
    let conversation = helpdesk.conversation(event.chat_service_sid.as_ref(), sid);
    conversation.messages().create().author(BOT).body(GREETING).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let mut arguments = env::args().skip(1);
    let port: u16 = arguments.next().map_or(Ok(8080), |port| port.parse())?;
    let agent = arguments.next().ok_or("the identity of the agent is missing: helpdesk_bot PORT IDENTITY")?;
    // Webhooks are signed with the auth token, also if the client uses an API key.
    let token = env::var("TWILIO_AUTH_TOKEN").map_err(|_| "TWILIO_AUTH_TOKEN is not set")?;
    let verifier = match env::var("PUBLIC_URL") {
        Ok(url) => Verifier::builder(token).public_url(url),
        Err(_) => Verifier::builder(token).plain_http(true),
    };
    let app = app(verifier.build()?, Helpdesk { client: Client::from_env()?, agent });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    println!("filters: {}", FILTERS.each_ref().map(EventType::as_str).join(", "));
    axum::serve(listener, app).await?;
    Ok(())
}
