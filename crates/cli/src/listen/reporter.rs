//! Prints each event and its response: two lines for a person, or an object of JSON for a program.

use std::{
    io::{self, Write as _},
    sync::Mutex,
    time::Duration,
};

use anstyle::{AnsiColor, Style};
use chrono::Utc;
use serde_json::json;
use tokio::sync::Notify;
use twilio_conversations::webhook::Event;

use crate::{
    delivery::{Delivery, Outcome},
    printable::printable,
    record::Entry,
    terminal::Terminal,
};

/// Longest part of a response body in a line, in characters.
const SHOWN_BODY: usize = 200;

/// The fields that identify what an event is about, in the order in which they are shown.
const SIDS: [&str; 5] = ["ConversationSid", "MessageSid", "ParticipantSid", "UserSid", "DeliveryReceiptSid"];

/// Prints to stdout. With `--print-json` the objects go there, and the lines to stderr.
#[derive(Debug)]
pub(super) struct Reporter {
    terminal: Terminal,
    is_json: bool,
    /// Keeps lines whole.
    lock: Mutex<()>,
    /// Notified when stdout cannot be written any more.
    closed: Notify,
}

impl Reporter {
    pub(super) fn new(terminal: Terminal, is_json: bool) -> Self {
        Self { terminal, is_json, lock: Mutex::new(()), closed: Notify::new() }
    }

    /// Waits until stdout cannot be written any more.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }

    /// The line of a received event.
    pub(super) fn event(&self, id: &str, delivery: &Delivery) {
        let name = printable(delivery.field("EventType").unwrap_or_default()).into_owned();
        let mut sids: Vec<_> = SIDS.iter().filter_map(|name| delivery.field(name)).collect();
        if sids.is_empty() {
            sids.extend(delivery.field("ChatServiceSid"));
        }
        let style = AnsiColor::Cyan.on_default();
        let sids = short(&sids.join(" "), SHOWN_BODY);
        let separator = if sids.is_empty() { "" } else { " " };
        self.line(&format!("  --> {style}{}{style:#}{separator}{sids} [{}]", short(&name, 64), short(id, 8)));
    }

    /// The line of the response to an event.
    pub(super) fn response(&self, id: &str, method: &str, url: &str, outcome: &Outcome, note: &str) {
        let id = short(id, 8);
        let time = milliseconds(outcome.duration);
        let Some(status) = outcome.status.filter(|_| outcome.problem.is_none()) else {
            let problem = outcome.problem.as_ref().map(ToString::to_string).unwrap_or_default();
            let style = AnsiColor::Red.on_default().bold();
            self.line(&format!(
                " <--  {style}[ERROR]{style:#} {method} {url} ({time}) [{id}] {}; {note}",
                printable(&problem)
            ));
            return;
        };
        let style = status_style(status);
        let body = short(&String::from_utf8_lossy(&outcome.body), SHOWN_BODY);
        let body = if body.is_empty() { body } else { format!(" {body}") };
        self.line(&format!(" <--  {style}[{status}]{style:#} {method} {url} ({time}) [{id}]{body}"));
    }

    /// The line of a request that is not an event of the account.
    pub(super) fn rejected(&self, status: u16, method: &str, target: &str, reason: &str) {
        let style = AnsiColor::Red.on_default().bold();
        let (method, target) = (short(method, 16), short(target, 80));
        self.line(&format!("  --> {style}[{status}]{style:#} {method} {target}: {reason}; not forwarded"));
    }

    /// The object of an event, with `--print-json`.
    pub(super) fn entry(&self, entry: &Entry) {
        if !self.is_json || self.terminal.is_silent {
            return;
        }
        let pairs = entry.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut object = json!(entry);
        object["payload"] = Event::from_pairs(pairs).ok().map(|event| json!(event)).unwrap_or_default();
        let _guard = self.lock.lock();
        let written = writeln!(io::stdout(), "{object}");
        self.check(&written);
    }

    /// A problem of this program that ends nothing.
    pub(super) fn problem(&self, text: &str) {
        self.terminal.note(format!("warning: {}", printable(text)));
    }

    fn line(&self, text: &str) {
        let now = Utc::now().format("%Y-%m-%d %H:%M:%SZ");
        let dim = Style::new().dimmed();
        let text = format!("{dim}{now}{dim:#} {text}");
        let _guard = self.lock.lock();
        if self.is_json {
            self.terminal.note(text);
        } else if !self.terminal.is_silent {
            let mut out = anstream::stdout();
            let written = writeln!(out, "{text}").and_then(|()| out.flush());
            self.check(&written);
        }
    }

    fn check(&self, written: &io::Result<()>) {
        if written.is_err() {
            self.closed.notify_one();
        }
    }
}

fn status_style(status: u16) -> Style {
    match status {
        200..300 => AnsiColor::Green,
        300..400 => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    }
    .on_default()
}

fn milliseconds(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

/// The beginning of a text as one line, without control characters.
fn short(text: &str, length: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(length).collect();
    let dots = if length > 8 && cut.len() < line.len() { "…" } else { "" };
    format!("{}{dots}", printable(&cut))
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_foreign_string_is_one_printable_line() {
        assert_eq!(short("a\r\n  b\tc", 80), "a b c");
        assert_eq!(short("\u{1b}[2J\u{202e}x", 80), "\\u{1b}[2J\\u{202e}x");
        assert_eq!(short("äöü and more", 9), "äöü and m…");
        assert_eq!(short("0123456789", 8), "01234567");
    }
}
