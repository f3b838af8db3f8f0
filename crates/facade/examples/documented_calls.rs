//! The four calls of the documentation's pages on webhook configuration, with the values of its samples: fetch and
//! update of the account's, fetch and update of a service's. Each result is printed as one line of JSON.
//!
//! ```text
//! TWILIO_CONVERSATIONS_BASE_URL=http://127.0.0.1:4010 \
//! TWILIO_ACCOUNT_SID=AC… TWILIO_AUTH_TOKEN=… cargo run --example documented_calls -- IS…
//! ```
//!
//! The updates change what is configured, so without that variable, which points it at a server such as the emulator,
//! it asks for the word: `documented_calls IS… --live` calls Twilio itself.
#![allow(clippy::print_stdout, reason = "a program, whose output this is")]

use std::{error::Error, process::ExitCode};

use serde::Serialize;
use twilio_conversations::{Client, EventType, HttpMethod, ServiceSid};

const FILTERS: [EventType; 2] = [EventType::ConversationUpdated, EventType::MessageRemoved];
const PRE_WEBHOOK_URL: &str = "https://example.com/filtering-and-permissions";
const POST_WEBHOOK_URL: &str = "https://example.com/archive-every-action";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let service: ServiceSid = arguments.next().ok_or("usage: documented_calls SERVICE_SID [--live]")?.parse()?;
    let live = arguments.next().as_deref() == Some("--live");
    if !live && std::env::var_os("TWILIO_CONVERSATIONS_BASE_URL").is_none() {
        return Err("this changes the account; set TWILIO_CONVERSATIONS_BASE_URL, or say --live".into());
    }
    let client = Client::from_env()?;

    let account_hook = client.configuration().webhooks();
    print(&account_hook.fetch().await?)?;
    let updated = account_hook
        .update()
        .method(HttpMethod::Post)
        .filters(FILTERS)
        .pre_webhook_url(PRE_WEBHOOK_URL)
        .post_webhook_url(POST_WEBHOOK_URL)
        .send()
        .await?;
    print(&updated)?;

    let service_hook = client.service(&service).configuration().webhooks();
    print(&service_hook.fetch().await?)?;
    let updated = service_hook
        .update()
        .method(HttpMethod::Post)
        .filters(FILTERS)
        .pre_webhook_url(PRE_WEBHOOK_URL)
        .post_webhook_url(POST_WEBHOOK_URL)
        .send()
        .await?;
    print(&updated)?;
    Ok(())
}

fn print(result: &impl Serialize) -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string(result)?);
    Ok(())
}
