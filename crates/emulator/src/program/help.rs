//! The help, generated from the declarations of the options.

use std::fmt::Write as _;

use super::args::PREFIX;
use super::options::{Arity, OPTIONS, OptionSpec};

const ABOUT: &str = "A local Twilio Conversations for tests and development. Unofficial.";

const PLACES: &str = "Each option can also be set by a variable, --retry-delay by TWILIO_EMULATOR_RETRY_DELAY, and by the \
                      key of its name in a TOML file. The command line comes before the environment, the environment \
                      before the file. Options that can be repeated take their values from one place only; in a \
                      variable they are separated by commas or spaces, in the file they are a list.";

/// The column in which the description of an option begins, and the one that no line passes.
const COLUMN: usize = 25;
const WIDTH: usize = 120;

/// The whole help for a command.
pub(super) fn text(command: &str) -> String {
    debug_assert!(PLACES.contains(PREFIX));
    let mut help = format!("{ABOUT}\n\nUsage: {command} [OPTIONS]\n\nOptions:\n");
    for option in OPTIONS {
        entry(&mut help, &head(option), &description(option));
    }
    entry(&mut help, "  -h, --help", "print this help");
    entry(&mut help, "  -V, --version", "print the version");
    help.push('\n');
    fold(&mut help, PLACES, 0);
    help
}

fn head(option: &OptionSpec) -> String {
    match option.arity {
        Arity::Switch => format!("  --{}", option.name),
        Arity::One(value) | Arity::Many(value) => format!("  --{} {value}", option.name),
    }
}

fn description(option: &OptionSpec) -> String {
    let mut text = option.help.to_owned();
    if let Arity::Many(_) = option.arity {
        text.push_str("; can be repeated");
    }
    if let Some(default) = option.default {
        // Writing to a string cannot fail.
        let _ = write!(text, " [default: {default}]");
    }
    text
}

fn entry(help: &mut String, head: &str, description: &str) {
    help.push_str(head);
    if head.len() + 2 > COLUMN {
        help.push('\n');
        help.push_str(&" ".repeat(COLUMN));
    } else {
        help.push_str(&" ".repeat(COLUMN - head.len()));
    }
    fold(help, description, COLUMN);
}

/// Appends words in lines that are not longer than [`WIDTH`]. The first line has its indent already.
fn fold(help: &mut String, text: &str, indent: usize) {
    let mut at = indent;
    for word in text.split(' ') {
        if at > indent && at + 1 + word.len() > WIDTH {
            help.push('\n');
            help.push_str(&" ".repeat(indent));
            at = indent;
        } else if at > indent {
            help.push(' ');
            at += 1;
        }
        help.push_str(word);
        at += word.len();
    }
    help.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_has_every_option_with_its_value_and_default_in_lines_that_fit() {
        let help = text("emulator");
        assert!(help.contains("\nUsage: emulator [OPTIONS]\n"));
        for option in OPTIONS {
            assert!(help.contains(&format!("\n{}", head(option))), "{}: {help}", option.name);
        }
        assert!(help.contains("\n  --port PORT            port to listen on [default: any free one]\n"), "{help}");
        assert!(help.contains("accept this API key of the account too; can be repeated\n"), "{help}");
        for line in help.lines() {
            assert!(line.len() <= WIDTH, "{line}");
        }
    }
}
