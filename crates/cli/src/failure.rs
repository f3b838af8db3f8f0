//! The errors of commands, and the exit code of each.

use std::{error::Error as StdError, fmt, io, process::ExitCode};

use twilio_conversations::{ApiError, Error};

use crate::printable::printable;

/// Bytes of a response body that an error shows.
const LONGEST_EXCERPT: usize = 1024;

/// The result of a command.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Exit codes, by the kind of failure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// None: the command did something else than its work, such as listing members.
    Success = 0,
    /// Any failure without a code of its own.
    Failure = 1,
    /// The command line or a file is wrong. Nothing was sent.
    Usage = 2,
    /// The server has no such item.
    NotFound = 3,
    /// There are no credentials, or the server rejected them.
    Credentials = 4,
    /// Too many requests, after all retries.
    RateLimited = 5,
    /// Ctrl-C or a signal.
    Interrupted = 130,
}

/// The exit codes for the help.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    failure
  2    wrong command line or file; nothing was sent (webhooks plan: changes are pending)
  3    not found
  4    no credentials, or rejected ones
  5    rate limited, after retries
  130  interrupted";

/// An error of a command: a message in lower case, its cause, and an exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    /// Whether nothing is printed: the reader closed the pipe, or the command printed its problem.
    is_silent: bool,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { exit: Exit::Failure, message: message.into(), source: None, is_silent: false }
    }

    /// The command line or a file is wrong, and nothing was sent.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(message).exit(Exit::Usage)
    }

    pub(crate) fn interrupted() -> Self {
        Self::new("interrupted").exit(Exit::Interrupted)
    }

    /// Ends the program with this code; the command has printed all there is to say.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self { is_silent: true, ..Self::new("").exit(exit) }
    }

    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// Keeps the cause, which is printed after the message.
    pub(crate) fn source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Prefixes the message, in the form `archiving CH…: …`.
    pub(crate) fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = if self.message.is_empty() { doing.to_string() } else { format!("{doing}: {}", self.message) };
        self
    }

    /// Prints the error on stderr and returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.is_silent {
            use std::io::Write as _;
            // If not even this can be written, the exit code remains.
            let _ = anstream::stderr().write_all(self.text().as_bytes());
        }
        ExitCode::from(self.exit as u8)
    }

    fn text(&self) -> String {
        let red = anstyle::AnsiColor::Red.on_default().bold();
        let mut text = format!("{red}error:{red:#} {}\n", printable(&self.to_string()));
        match self.source.as_ref().and_then(|source| source.downcast_ref::<Error>()) {
            Some(Error::Decode(error)) => {
                text.push_str(&detail("request id", error.request_id()));
                text.push_str(&excerpt(error.body()));
            }
            Some(error) => text.push_str(&error.as_api().map(details).unwrap_or_default()),
            None => {}
        }
        text
    }
}

/// Link and request id of an error response. Status, code and message are in the message of the error. A body in another
/// form than the vendor's, such as that of a proxy, has no message and is shown.
fn details(error: &ApiError) -> String {
    let body = if error.message().is_none() { excerpt(error.body()) } else { String::new() };
    [detail("more info", error.more_info()), detail("request id", error.request_id()), body].concat()
}

/// A line below the error.
fn detail(name: &str, value: Option<&str>) -> String {
    value.map(|value| format!("  {name:<11} {}\n", printable(value))).unwrap_or_default()
}

/// The beginning of a response body on one line.
fn excerpt(body: &[u8]) -> String {
    let shown = &body[..body.len().min(LONGEST_EXCERPT)];
    let text = String::from_utf8_lossy(shown).replace(char::is_whitespace, " ");
    let end = if shown.len() < body.len() { "…" } else { "" };
    detail("body", Some(format!("{}{end}", text.trim())).as_deref().filter(|text| !text.is_empty()))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = self.source.as_ref().map(|source| &**source as &dyn StdError);
        f.write_str(&with_causes(self.message.clone(), cause))
    }
}

/// The message, then the error and its causes, joined by colons. One that the text ends with is not repeated.
pub(crate) fn with_causes(message: String, mut cause: Option<&(dyn StdError + 'static)>) -> String {
    let mut text = message;
    while let Some(error) = cause {
        let part = error.to_string();
        if text.is_empty() {
            text = part;
        } else if !text.ends_with(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        cause = error.source();
    }
    text
}

impl StdError for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match &error {
            error if error.is_not_found() => Exit::NotFound,
            error if error.is_unauthorized() => Exit::Credentials,
            error if error.is_rate_limited() => Exit::RateLimited,
            Error::Encode(_) => Exit::Usage,
            Error::Config(_) => Exit::Credentials,
            _ => Exit::Failure,
        };
        Self::new("").source(error).exit(exit)
    }
}

/// An error while writing to stdout. A reader that closed the pipe has all that it wants, which is a success.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::silent(Exit::Success);
        }
        Self::new("writing to stdout").source(error)
    }
}
