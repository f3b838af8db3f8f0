//! `twconv trigger`: a signed delivery of any event, with sample values, to a receiver.

mod sample;

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use chrono::Utc;
use clap::{Args, ValueEnum};
use twilio_conversations::{HttpMethod, webhook::Algorithm};

use self::sample::Samples;
use crate::{
    context::Context,
    delivery::{self, Delivery, Outcome, Receiver},
    events::Event,
    failure::{Failure, Result},
    printable::printable,
    secret::TokenArgs,
    terminal::Terminal,
};

/// The time in which a receiver must respond: 15 seconds, the vendor's for post-events.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(15);

/// How the fields of an event are sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum Method {
    /// In the query.
    #[value(alias = "get")]
    Get,
    /// In a form.
    #[default]
    #[value(alias = "post")]
    Post,
}

impl From<Method> for HttpMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::Get,
            Method::Post => Self::Post,
        }
    }
}

/// Sends a signed event with sample values to a receiver, and prints the response.
///
/// No request is made to the API: only the auth token is needed, and no account is changed. The event has every
/// documented field, and each delivery has an idempotency token of its own. The body of the response goes to stdout, its
/// status to stderr. The exit code is 0 for a status from 200 to 299, else 1.
#[derive(Args, Debug)]
pub(crate) struct Trigger {
    /// Name of the event, such as `onMessageAdded`; without it, the events are listed
    event: Option<String>,
    /// URL of the receiver
    #[arg(long, value_name = "URL", default_value = "http://localhost:3000")]
    to: String,
    /// HTTP method of the request
    #[arg(long, value_enum, default_value_t, value_name = "METHOD", ignore_case = true)]
    method: Method,
    /// Sets a field in place of its sample; a name that is set again is sent again
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Leaves out a field
    #[arg(long, value_name = "FIELD")]
    unset: Vec<String>,
    /// Takes fields in `--set` that the event is not known to have
    #[arg(long)]
    allow_unknown: bool,
    /// Adds a header
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// Prints the request and sends nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    token: TokenArgs,
}

impl Trigger {
    /// Sends the event.
    ///
    /// # Errors
    ///
    /// A wrong event or field, no auth token, no response, or one that is no success.
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let Some(name) = &self.event else { return list(&context.terminal) };
        let unknown = || Failure::usage(format!("there is no event {name:?}; the events are {}", Event::names()));
        let event = Event::find(name).ok_or_else(unknown)?;
        let delivery = self.delivery(event, context)?;
        let receiver = Receiver::new(&self.to, "--to")?;
        let request = delivery.sign(&receiver, &self.token.token(context)?)?;
        if self.dry_run {
            return print_request(&context.terminal, &request);
        }
        let outcome = receiver.send(request, Instant::now() + TIMEOUT).await;
        print_outcome(&context.terminal, &outcome, &receiver.called())
    }

    fn delivery(&self, event: &Event, context: &Context) -> Result<Delivery> {
        // Without an account, a sample stands for its SID.
        let account_sid = context.account().ok().and_then(|account| account.variable("TWILIO_ACCOUNT_SID"));
        let mut fields = Samples { account_sid, now: Utc::now() }.of(event);
        let is_known = |name: &str| name == "EventType" || event.fields().any(|field| field.name == name);
        let check = |name: &str, flag: &str| {
            if self.allow_unknown || is_known(name) {
                return Ok(());
            }
            let known: Vec<_> = event.fields().map(|field| field.name).collect();
            Err(Failure::usage(format!(
                "{flag}: {} has no field {name:?}; its fields are {}; --allow-unknown sends others",
                event.name,
                known.join(", ")
            )))
        };
        for name in &self.unset {
            check(name, "--unset")?;
            fields.retain(|(field, _)| field != name);
        }
        let mut set: Vec<(&str, &str)> = Vec::new();
        for text in &self.set {
            let malformed = || Failure::usage(format!("--set: expected FIELD=VALUE, found {text:?}"));
            let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(malformed)?;
            check(name, "--set")?;
            set.push((name, value));
        }
        replace(&mut fields, &set);
        let token = Some(new_token(&fields));
        let headers = delivery::headers(&self.header)?;
        Ok(Delivery { method: self.method.into(), fields, token, algorithm: Algorithm::default(), headers })
    }
}

/// Puts the first value of a name in its place, and further ones after it.
fn replace(fields: &mut Vec<(String, String)>, set: &[(&str, &str)]) {
    for (i, (name, value)) in set.iter().enumerate() {
        let pair = ((*name).to_owned(), (*value).to_owned());
        let is_first = !set[..i].iter().any(|(earlier, _)| earlier == name);
        match fields.iter().rposition(|(field, _)| field == name) {
            Some(at) if is_first => fields[at] = pair,
            Some(at) => fields.insert(at + 1, pair),
            None => fields.push(pair),
        }
    }
}

/// An idempotency token in the form of the vendor's, a UUID.
pub(crate) fn new_token(seed: &[(String, String)]) -> String {
    use std::hash::{BuildHasher as _, RandomState};
    // Each `RandomState` has keys of its own, from the system's source of randomness.
    let number = |salt: u8| u128::from(RandomState::new().hash_one((salt, seed)));
    let random = number(0) << 64 | number(1);
    let (high, low) = (random >> 80, random);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 16 & 0xffff_ffff,
        high & 0xffff,
        low >> 64 & 0xfff,
        0x8000 | (low >> 48 & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

fn list(terminal: &Terminal) -> Result<()> {
    let mut out = terminal.results();
    for Event { name, is_pre, description, .. } in Event::all() {
        writeln!(out, "{name:<28}{}  {description}", if *is_pre { "pre " } else { "post" })?;
    }
    Ok(())
}

/// Prints a request as HTTP, so that `twconv verify -` reads it.
///
/// # Errors
///
/// Stdout cannot be written.
pub(crate) fn print_request(terminal: &Terminal, request: &http::Request<Vec<u8>>) -> Result<()> {
    let mut text = Vec::new();
    let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    write!(text, "{} {target} HTTP/1.1\r\n", request.method())?;
    for (name, value) in request.headers() {
        write!(text, "{name}: ")?;
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    write!(text, "content-length: {}\r\n\r\n", request.body().len())?;
    text.extend_from_slice(request.body());
    let mut out = terminal.results();
    out.write_all(&text)?;
    Ok(out.flush()?)
}

/// Prints the body of a response on stdout and its status on stderr.
///
/// # Errors
///
/// The response is missing or incomplete, or its status is not from 200 to 299.
pub(crate) fn print_outcome(terminal: &Terminal, outcome: &Outcome, url: &str) -> Result<()> {
    let milliseconds = outcome.duration.as_millis();
    let problem = outcome.problem.as_ref().map(|problem| format!("calling {url}: {problem} ({milliseconds} ms)"));
    let Some(status) = outcome.status else { return Err(Failure::new(problem.unwrap_or_default())) };
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let reason = reason.map_or_else(String::new, |reason| format!(" {reason}"));
    let line = format!("{status}{reason} from {url} ({milliseconds} ms)");
    // An error is printed once: here, or as the end of the command.
    let failure = match (&problem, status) {
        (None, 200..300) => None,
        (None, _) => Some(Failure::new(line.clone())),
        (Some(problem), _) => Some(Failure::new(problem.clone())),
    };
    if failure.is_none() || problem.is_some() {
        terminal.note(line);
    }
    print_body(terminal, &outcome.body)?;
    failure.map_or(Ok(()), Err)
}

fn print_body(terminal: &Terminal, body: &[u8]) -> Result<()> {
    let mut out = terminal.results();
    if terminal.stdout {
        // On a terminal, control characters of the receiver are escaped.
        let text = String::from_utf8_lossy(body);
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        write!(out, "{}{end}", printable(&text))?;
    } else {
        out.write_all(body)?;
    }
    Ok(out.flush()?)
}
