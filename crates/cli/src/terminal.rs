//! The terminal: width, colours, prompts.

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _, Write as _},
};

use crate::{
    failure::{Failure, Result},
    interrupt,
    printable::printable,
};

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
    /// The choice of `--color` before the arguments are parsed, for the help and the errors of the parser.
    pub(crate) fn of(args: &[OsString]) -> Self {
        let parse = |value: &str| clap::ValueEnum::from_str(value, false).ok();
        let args: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
        let joined = args.iter().find_map(|arg| parse(arg.strip_prefix("--color=")?));
        let parted = || args.windows(2).find_map(|pair| if pair[0] == "--color" { parse(pair[1]) } else { None });
        joined.or_else(parted).unwrap_or_default()
    }

    /// The same for clap.
    pub(crate) fn for_help(self) -> clap::ColorChoice {
        match self {
            Self::Auto => clap::ColorChoice::Auto,
            Self::Always => clap::ColorChoice::Always,
            Self::Never => clap::ColorChoice::Never,
        }
    }

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

/// The streams that are terminals, and the use that may be made of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    pub(crate) stdin: bool,
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
    /// Columns of stdout, or of `COLUMNS`; 80 where neither is known.
    pub(crate) width: u16,
    /// Whether prompts are on: stdin and stderr are terminals, and `--no-input` is not set.
    pub(crate) can_ask: bool,
    /// Whether progress may be animated on stderr.
    pub(crate) can_animate: bool,
    /// Whether notes on stderr are left out: `--quiet` or `--silent`.
    pub(crate) is_quiet: bool,
    /// Whether results on stdout are left out, too: `--silent`.
    pub(crate) is_silent: bool,
}

impl Terminal {
    pub(crate) fn new(no_input: bool, is_quiet: bool, is_silent: bool) -> Self {
        let is_quiet = is_quiet || is_silent;
        let (stdin, stdout, stderr) =
            (io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            stdin,
            stdout,
            stderr,
            width: width(),
            can_ask: stdin && stderr && !no_input,
            can_animate: stderr && !is_dumb && !is_quiet,
            is_quiet,
            is_silent,
        }
    }

    /// Prints a line on stderr, unless `--quiet` or `--silent` is set.
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        if !self.is_quiet {
            // A note that cannot be written changes nothing about the result.
            let _ = writeln!(anstream::stderr(), "{}", text.as_ref());
        }
    }

    /// Stdout for the result of a command; with `--silent`, nothing is written.
    pub(crate) fn results(&self) -> Box<dyn io::Write> {
        if self.is_silent { Box::new(io::sink()) } else { Box::new(io::stdout().lock()) }
    }

    /// Prompts for a confirmation of `action`, such as `delete conversation CH…`. The default is no.
    ///
    /// # Errors
    ///
    /// The user declines; or prompts are off, and the command needs `--yes`.
    pub(crate) fn confirm(&self, action: &str) -> Result<()> {
        if !self.can_ask {
            return Err(Failure::usage(format!("to {action}, confirm by --yes: there is no terminal for a prompt")));
        }
        let mut question = action.to_owned();
        if let Some(first) = question.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let is_yes =
            matches!(self.ask(&format!("{}? [y/N] ", printable(&question)))?.trim(), "y" | "Y" | "yes" | "YES");
        if is_yes { Ok(()) } else { Err(Failure::new(format!("not confirmed, so nothing was done: {action}"))) }
    }

    /// Prompts for a line. Only where [`can_ask`](Self::can_ask).
    pub(crate) fn ask(&self, question: &str) -> Result<String> {
        let reading = |error| Failure::new("reading from the terminal").source(error);
        let line = interrupt::during_prompt(|| {
            let (mut stderr, mut line) = (io::stderr(), String::new());
            write!(stderr, "{question}")?;
            stderr.flush()?;
            io::stdin().read_line(&mut line).map(|_| line)
        });
        let line = line.map_err(reading)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

fn width() -> u16 {
    let from_variable = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let from_terminal = || terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| width);
    from_variable.or_else(from_terminal).filter(|width| *width >= 20).unwrap_or(80)
}
