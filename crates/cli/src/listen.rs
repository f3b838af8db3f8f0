//! `twconv listen`: receives webhooks on this machine, forwards them to a local receiver, and relays its responses.

mod configuration;
mod hold;
mod relay;
mod reporter;
mod restore;
mod server;
mod session;

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use tokio::net::TcpListener;
use twilio_conversations::{EventType, ServiceSid, webhook::Verifier};

pub(crate) use self::hold::{folder, prefix};
use self::{
    configuration::{Configuration, Scope, without_password},
    relay::Relay,
    reporter::Reporter,
    server::Server,
    session::Session,
};
use crate::{
    context::Context,
    delivery::{self, Receiver},
    events::Event,
    failure::{Failure, Result},
    record::Record,
    trigger::Method,
};

/// Receives webhooks on a local port, and forwards them to a receiver that you develop.
///
/// The webhooks of the account, or of the service of `--service`, point at this command for as long as it runs. The
/// previous configuration is restored when it ends: by Ctrl-C, SIGTERM or SIGHUP; after a kill, by the next `listen` of the
/// account or by `listen --restore`. A second Ctrl-C ends at once and leaves that to the next run.
///
/// Each event is verified, signed again for the receiver's URL with the same fields and idempotency token, and forwarded;
/// the status, `Content-Type`, `Content-Encoding`, `Location`, `Retry-After` and body of the response are relayed. A request with a wrong signature gets 403 and is not
/// forwarded. A receiver has 4.5 seconds for a pre-event and 14 seconds for a post-event. Without a response from it, a
/// pre-event gets 200 without a body, so that the action goes on, and a post-event gets 503 or 504. Redirects are relayed,
/// not followed.
///
/// Limits: heads of requests 128 KiB, bodies of requests 256 KiB, bodies of responses 1 MiB, 256 connections and 64
/// forwarded requests at once. Further connections and requests wait.
#[derive(Args, Debug)]
pub(crate) struct Listen {
    /// URL of your receiver, such as `http://localhost:3000/hooks`; without it, events are printed and get 200
    #[arg(short, long, value_name = "URL")]
    forward_to: Option<String>,
    /// Events to receive, separated by commas [default: all that the account or the service can send]
    #[arg(short, long, value_name = "EVENTS", value_delimiter = ',')]
    events: Vec<String>,
    /// Port of 127.0.0.1 to receive on [default: any free one; needed with --public-url]
    #[arg(long)]
    port: Option<u16>,
    /// URL of your tunnel to the port; not needed if the server is on this machine, as an emulator is
    #[arg(long, value_name = "URL", requires = "port")]
    public_url: Option<String>,
    /// HTTP method of the webhooks [default: POST; that of a service whose method was never set is not changed]
    #[arg(long, value_enum, value_name = "METHOD", ignore_case = true)]
    method: Option<Method>,
    /// Adds a header to the forwarded requests
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// Prints an object of JSON for each event on stdout; the lines go to stderr then
    #[arg(short = 'j', long)]
    print_json: bool,
    /// Appends each event and its response to this file, as a line of JSON
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Restores the webhooks that an earlier run could not restore, and ends
    #[arg(long, conflicts_with_all = ["forward_to", "events", "port", "public_url", "header", "print_json", "record", "method"])]
    restore: bool,
}

impl Listen {
    /// Receives events until a signal.
    ///
    /// # Errors
    ///
    /// A wrong option, another `listen` of the same webhooks, a request to the API that fails, or webhooks that could not
    /// be restored. A signal is [`Exit::Interrupted`](crate::failure::Exit::Interrupted).
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let scope = scope(context).await?;
        if self.restore {
            return restore::all(&scope, &context.terminal).await;
        }
        let filters = self.filters(scope.service_sid.is_some())?;
        let is_local = context.is_local()?;
        if !is_local && !self.public_url.as_deref().is_some_and(|url| url.starts_with("https://")) {
            let problem =
                "--public-url: the https URL of a tunnel to this machine is needed, since the server is not on it";
            return Err(Failure::usage(problem));
        }
        let (listener, url) = self.bind().await?;
        let relay = self.relay(context, &url)?;
        if relay.receiver.as_ref().is_some_and(|receiver| receiver.is_at(listener.local_addr(), &url)) {
            return Err(Failure::usage(
                "--forward-to: this is the URL of the command itself, which would receive its own requests",
            ));
        }
        // Not before all options are known to be right.
        if let Some(path) = &self.record {
            relay.record_to(Record::open(path)?, path.clone());
        }
        let session = Session { scope, terminal: context.terminal };
        if let Some(emulator) = context.emulator() {
            context.terminal.note(format!("the emulator of this command is at {}", emulator.base_url()));
        }
        let ours = Configuration {
            method: self.method.map(|method| twilio_conversations::HttpMethod::from(method).as_str().to_owned()),
            filters: Some(filters),
            pre_webhook_url: Some(url.clone()),
            post_webhook_url: Some(url),
            target: None,
        };
        session.run(context, Server::new(listener, Arc::clone(&relay)), &relay, ours).await
    }

    /// The names of the events, by their exact spelling.
    fn filters(&self, is_service: bool) -> Result<Vec<String>> {
        let all = if is_service { EventType::SERVICE_EVENTS } else { EventType::ALL };
        let name = |event: &EventType| event.as_str().to_owned();
        if self.events.is_empty() || self.events == ["*"] {
            return Ok(all.iter().map(name).collect());
        }
        let mut filters = Vec::new();
        for text in self.events.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
            let unknown =
                || Failure::usage(format!("--events: there is no event {text:?}; the events are {}", Event::names()));
            let event = EventType::from(Event::find(text).ok_or_else(unknown)?.name);
            if !all.contains(&event) {
                let names: Vec<_> = all.iter().map(EventType::as_str).collect();
                let problem = format!("--events: a service does not send {event}; its events are {}", names.join(", "));
                return Err(Failure::usage(problem));
            }
            if !filters.contains(&name(&event)) {
                filters.push(name(&event));
            }
        }
        if filters.is_empty() { Err(Failure::usage("--events: no event is named")) } else { Ok(filters) }
    }

    /// Opens the port, and returns the URL of the webhooks.
    async fn bind(&self) -> Result<(TcpListener, String)> {
        let port = self.port.unwrap_or(0);
        let failed = |error| Failure::new(format!("listening on port {port} of 127.0.0.1")).source(error);
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let Some(url) = &self.public_url else { return Ok((listener, format!("http://127.0.0.1:{port}/"))) };
        if url.contains('?') {
            return Err(Failure::usage("--public-url: the URL of a webhook has no query here"));
        }
        Ok((listener, url.clone()))
    }

    fn relay(&self, context: &Context, url: &str) -> Result<Arc<Relay>> {
        let auth_token = context.account()?.auth_token()?;
        let verifier = Verifier::builder(&auth_token).public_url(url).build();
        let verifier = verifier.map_err(|error| Failure::usage("--public-url").source(error))?;
        let reporter = Reporter::new(context.terminal, self.print_json);
        let mut relay = Relay::new(verifier, auth_token, without_password(url), reporter);
        relay.receiver = self.forward_to.as_deref().map(|url| Receiver::new(url, "--forward-to")).transpose()?;
        relay.headers = delivery::headers(&self.header)?;
        Ok(Arc::new(relay))
    }
}

/// The account or service of the command.
async fn scope(context: &Context) -> Result<Scope> {
    let client = context.client()?;
    let service_sid = context.globals.service.clone();
    if let Some(sid) = &service_sid {
        sid.parse::<ServiceSid>().map_err(|error| Failure::usage("--service").source(error))?;
    }
    let account_sid = match context.account()?.variable("TWILIO_ACCOUNT_SID") {
        Some(sid) => sid.to_owned(),
        None => {
            let configuration = client.configuration().webhooks().fetch().await?;
            let sid = configuration.account_sid.map(|sid| sid.to_string());
            sid.ok_or_else(|| Failure::new("the account's SID is not known: set TWILIO_ACCOUNT_SID"))?
        }
    };
    Ok(Scope { client, account_sid, service_sid })
}
