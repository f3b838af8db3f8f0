//! The main job in one program: fetch and update the webhook configuration of the account and of a service, then receive
//! the configured webhooks and respond to them.
//!
//! ```text
//! cargo run --example quickstart             against an emulator inside this program: no account, no network
//! cargo run --example quickstart -- --live   against Twilio, with the credentials of the environment; it only reads
//! ```
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::{error::Error, time::Duration};

use axum::{Router, extract::State};
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use twilio_conversations::{
    Client, ClientBuilder, ErrorCode, EventType, HttpMethod, ServiceSid,
    v1::{ConfigurationWebhook, ServiceWebhookConfiguration},
    webhook::{
        Answer, EventPayload, EventRouter, MessageChange, Verifier,
        events::{MessageAdd, MessageAdded},
    },
};
use twilio_conversations_emulator::Emulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        None => emulated().await,
        Some("--live") => live().await,
        Some(other) => Err(format!("unknown argument {other}; there is only --live").into()),
    }
}

/// Everything, against an emulator that ends with this function.
async fn emulated() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start().await?;
    let client = ClientBuilder::from_vars(|name| emulator.var(name))?.build()?;
    step("an emulator serves the API", emulator.base_url());

    // Required values are arguments, optional values are setters, and awaiting a builder sends the request.
    let service = client.services().create("Quickstart").await?;
    step("client.services().create(\"Quickstart\")", &service.sid);

    // The account's configuration: fetched, then changed. A setter that is not called keeps the value.
    let hooks = client.configuration().webhooks();
    show_account("client.configuration().webhooks().fetch()", &hooks.fetch().await?);
    let updated = hooks
        .update()
        .method(HttpMethod::Post)
        .filters([EventType::ConversationUpdated, EventType::MessageRemoved])
        .pre_webhook_url("https://example.com/filtering-and-permissions")
        .post_webhook_url("https://example.com/archive-every-action")
        .send()
        .await?;
    show_account("….update().method(..).filters(..).pre_webhook_url(..).post_webhook_url(..)", &updated);

    // The same for one service. Its webhooks replace the account's for this service. They are sent to this program.
    let (receiver, mut received) = receiver(emulator.auth_token()).await?;
    let hooks = client.service(&service.sid).configuration().webhooks();
    show_service("client.service(&sid).configuration().webhooks().fetch()", &hooks.fetch().await?);
    let updated = hooks
        .update()
        .method(HttpMethod::Post)
        .filters([EventType::MessageAdd, EventType::MessageAdded])
        .pre_webhook_url(&receiver)
        .post_webhook_url(&receiver)
        .send()
        .await?;
    show_service("….update().filters([MessageAdd, MessageAdded]).pre_webhook_url(..).post_webhook_url(..)", &updated);

    // Messages of chat users call webhooks. Messages created by REST call them if the request enables it.
    let conversation = client.service(&service.sid).conversations().create().friendly_name("Orders").await?;
    let messages = client.service(&service.sid).conversation(&conversation.sid).messages();
    let message = messages.create().body("Where the heck is my order?").webhook_enabled(true).await?;
    step("….messages().create().body(\"Where the heck is my order?\")", message.body.as_deref().unwrap_or("no text"));
    match messages.create().body("spam").webhook_enabled(true).await {
        Err(error) if error.code() == Some(ErrorCode::REFUSED_BY_WEBHOOK) => step("….create().body(\"spam\")", error),
        other => return Err(format!("expected that the receiver refuses, got {other:?}").into()),
    }
    for _ in 0..3 {
        let event = timeout(Duration::from_secs(10), received.recv()).await?.ok_or("the receiver has ended")?;
        step("received, and verified", event);
    }
    show_service(
        "….update().clear_filters().clear_pre_webhook_url().clear_post_webhook_url()",
        &hooks.update().clear_filters().clear_pre_webhook_url().clear_post_webhook_url().await?,
    );

    // An error names the operation, and has the server's status and code.
    let missing: ServiceSid = "IS00000000000000000000000000000000".parse()?;
    match client.service(&missing).fetch().await {
        Err(error) if error.code() == Some(ErrorCode::NOT_FOUND) => step("a service that is not there", error),
        other => return Err(format!("expected an error with code 20404, got {other:?}").into()),
    }
    Ok(())
}

/// Receives webhooks on a free port. Returns the URL to configure and a line for each verified event.
async fn receiver(auth_token: &str) -> Result<(String, mpsc::UnboundedReceiver<String>), Box<dyn Error>> {
    let verifier = Verifier::builder(auth_token).plain_http(true).build()?;
    let (report, received) = mpsc::unbounded_channel();
    let events = EventRouter::new(verifier).with_state(report).on(before_message).on(after_message);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", events.route())).await });
    Ok((url, received))
}

type Report = mpsc::UnboundedSender<String>;

/// A pre-event waits for its response: accept, reject, or the changes that this event allows.
async fn before_message(State(report): State<Report>, message: MessageAdd) -> Answer<MessageChange> {
    let (decision, answer) = match message.body.as_deref() {
        Some("spam") => ("rejected", Answer::reject()),
        Some(body) if body.contains("heck") => {
            ("changed", MessageChange::new().body(body.replace("heck", "****")).into())
        }
        _ => ("accepted", Answer::accept()),
    };
    let _ = report.send(format!("{} {:?}: {decision}", MessageAdd::TYPE, message.body));
    answer
}

/// A post-event reports a finished action.
async fn after_message(State(report): State<Report>, message: MessageAdded) {
    let _ = report.send(format!("{} {:?}", MessageAdded::TYPE, message.body));
}

/// Against the real service: reads the configuration, and changes nothing.
async fn live() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;
    show_account("client.configuration().webhooks().fetch()", &client.configuration().webhooks().fetch().await?);
    let mut services = client.services().list().limit(5).stream();
    while let Some(service) = services.try_next().await? {
        let hooks = client.service(&service.sid).configuration().webhooks().fetch().await?;
        show_service(&format!("client.service({})…fetch()", service.sid), &hooks);
    }
    Ok(())
}

fn step(call: &str, result: impl std::fmt::Display) {
    println!("{call}\n    {result}\n");
}

fn show_account(call: &str, hooks: &ConfigurationWebhook) {
    show(call, hooks.method.as_ref(), hooks.filters.as_deref(), &hooks.pre_webhook_url, &hooks.post_webhook_url);
}

fn show_service(call: &str, hooks: &ServiceWebhookConfiguration) {
    show(call, hooks.method.as_ref(), hooks.filters.as_deref(), &hooks.pre_webhook_url, &hooks.post_webhook_url);
}

fn show(
    call: &str,
    method: Option<&HttpMethod>,
    filters: Option<&[EventType]>,
    pre: &Option<String>,
    post: &Option<String>,
) {
    let method = method.map_or("not set", HttpMethod::as_str);
    let filters: Vec<_> = filters.into_iter().flatten().map(EventType::as_str).collect();
    let url = |url: &Option<String>| url.clone().unwrap_or_else(|| "not set".to_owned());
    let filters = if filters.is_empty() { "none".to_owned() } else { filters.join(", ") };
    step(
        call,
        format!(
            "method {method}\n    before an action: {}\n    after an action: {}\n    events: {filters}",
            url(pre),
            url(post)
        ),
    );
}
