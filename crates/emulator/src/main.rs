//! `twilio-conversations-emulator`: the emulator as a program.

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use twilio_conversations_emulator::program;

const NAME: &str = "twilio-conversations-emulator";

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = program::run(NAME, std::env::args_os().skip(1)).await else { return ExitCode::SUCCESS };
    let error: &dyn Error = &*error;
    let causes = std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string);
    // If not even this can be written, the exit code remains.
    let _ = writeln!(std::io::stderr(), "{NAME}: {}", causes.collect::<Vec<_>>().join(": "));
    ExitCode::from(2)
}
