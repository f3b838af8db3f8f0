//! `twilio-conversations-emulator`: the emulator as a program.

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use twilio_conversations_emulator::program;

const NAME: &str = "twilio-conversations-emulator";

#[tokio::main]
async fn main() -> ExitCode {
    match program::run(NAME, std::env::args_os().skip(1)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error),
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    let mut text = format!("{NAME}: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    // If not even this can be written, the exit code remains.
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::from(2)
}
