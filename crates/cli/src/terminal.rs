//! The terminal: width, colours, questions.

use std::{
    borrow::Cow,
    io::{self, IsTerminal as _, Write as _},
};

use crate::failure::{Failure, Result};

/// When stdout and stderr have colours.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set or TERM is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// Sets the choice for everything that is printed through `anstream`.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// Which streams are terminals, and what may be done there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    pub(crate) stdin: bool,
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
    /// Columns of stdout, or of `COLUMNS`; 80 where neither is known.
    pub(crate) width: u16,
    /// Whether questions may be put: stdin and stderr are terminals, and `--no-input` is not set.
    pub(crate) can_ask: bool,
    /// Whether progress may be animated on stderr.
    pub(crate) can_animate: bool,
    /// Whether notes on stderr are left out: `--silent`.
    pub(crate) is_silent: bool,
}

impl Terminal {
    pub(crate) fn new(no_input: bool, is_silent: bool) -> Self {
        let (stdin, stdout, stderr) =
            (io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            stdin,
            stdout,
            stderr,
            width: width(),
            can_ask: stdin && stderr && !no_input,
            can_animate: stderr && !is_dumb && !is_silent,
            is_silent,
        }
    }

    /// Prints a line on stderr, unless `--silent` is set.
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        if !self.is_silent {
            // A note that cannot be written changes nothing about the result.
            let _ = writeln!(anstream::stderr(), "{}", text.as_ref());
        }
    }

    /// Asks whether to do `action`, such as `delete conversation CH…`. The default is no.
    ///
    /// # Errors
    ///
    /// The user says no; or no question can be put, and the command needs `--yes`.
    pub(crate) fn confirm(&self, action: &str) -> Result<()> {
        if !self.can_ask {
            return Err(Failure::usage(format!("to {action}, confirm by --yes: there is no terminal to ask on")));
        }
        let mut question = action.to_owned();
        if let Some(first) = question.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let is_yes =
            matches!(self.ask(&format!("{}? [y/N] ", printable(&question)))?.trim(), "y" | "Y" | "yes" | "YES");
        if is_yes { Ok(()) } else { Err(Failure::new(format!("not confirmed, so nothing was done: {action}"))) }
    }

    /// Asks for a line. Only where [`can_ask`](Self::can_ask).
    pub(crate) fn ask(&self, question: &str) -> Result<String> {
        let reading = |error| Failure::new("reading from the terminal").source(error);
        let mut stderr = io::stderr();
        write!(stderr, "{question}").and_then(|()| stderr.flush()).map_err(reading)?;
        let mut line = String::new();
        io::stdin().read_line(&mut line).map_err(reading)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

fn width() -> u16 {
    let from_variable = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let from_terminal = || terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| width);
    from_variable.or_else(from_terminal).filter(|width| *width >= 20).unwrap_or(80)
}

/// The string with control characters and directional overrides as `\u{…}`, so that what others wrote cannot steer the
/// terminal.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let is_unsafe = |char: char| {
        (char.is_control() && char != '\n' && char != '\t')
            || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if is_unsafe(char) { safe.extend(char.escape_unicode()) } else { safe.push(char) }
    }
    Cow::Owned(safe)
}
