//! The main job in one program: fetch and update the webhook configuration of the account and of a service.
//!
//! ```text
//! cargo run --example quickstart             against an emulator inside this program: no account, no network
//! cargo run --example quickstart -- --live   against Twilio, with the credentials of the environment; it only reads
//! ```
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::error::Error;

use twilio_conversations::{
    Client, Credentials, ErrorCode, EventType, HttpMethod, ServiceSid,
    v1::{ConfigurationWebhook, ServiceWebhookConfiguration},
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
    let client = Client::builder()
        .credentials(Credentials::auth_token(emulator.account_sid().parse()?, emulator.auth_token())?)
        .base_url(emulator.base_url())
        .build()?;
    step("an emulator serves the API", emulator.base_url());

    // What is required is an argument, what is optional a setter, and awaiting a builder sends it.
    let service = client.services().create("Quickstart").await?;
    step("client.services().create(\"Quickstart\")", &service.sid);

    // The account's configuration: fetched, then changed. What is not set keeps its value.
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

    // The same for one service, whose webhooks silence the account's for it and for no other.
    let hooks = client.service(&service.sid).configuration().webhooks();
    show_service("client.service(&sid).configuration().webhooks().fetch()", &hooks.fetch().await?);
    let updated = hooks
        .update()
        .method(HttpMethod::Post)
        .filters(EventType::POST_EVENTS)
        .post_webhook_url("https://example.com/archive-every-action")
        .send()
        .await?;
    show_service("….update().filters(EventType::POST_EVENTS).post_webhook_url(..)", &updated);
    show_service(
        "….update().clear_filters().clear_post_webhook_url()",
        &hooks.update().clear_filters().clear_post_webhook_url().await?,
    );

    // An error says what was called, with the server's status and code.
    let nobody: ServiceSid = "IS00000000000000000000000000000000".parse()?;
    match client.service(&nobody).fetch().await {
        Err(error) if error.code() == Some(ErrorCode::NOT_FOUND) => step("a service that is not there", error),
        other => return Err(format!("expected an error with code 20404, got {other:?}").into()),
    }
    Ok(())
}

/// Against the real service: reads what is configured, and changes nothing.
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
