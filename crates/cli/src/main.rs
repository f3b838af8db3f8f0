//! `twconv`: a command line for Twilio Conversations.

mod api;
mod args;
mod config;
mod context;
mod delivery;
mod emulator;
mod events;
mod failure;
mod http_client;
mod input;
mod interrupt;
mod listen;
mod operate;
mod output;
mod printable;
mod profiles;
mod record;
mod resend;
mod secret;
mod signals;
mod signature;
mod spelling;
mod table;
mod terminal;
mod trigger;
mod webhooks;

use std::process::ExitCode;

use args::NoCommand;
use context::Context;
use failure::{Failure, Result};
use terminal::Terminal;

fn main() -> ExitCode {
    let parsed = match args::parse(std::env::args_os()) {
        Ok(parsed) => parsed,
        // Help and version go to stdout with code 0, the rest to stderr with code 2.
        Err(NoCommand::Parser(error)) => return print_parser(&error),
        Err(NoCommand::Failure(failure)) => return failure.report(),
    };
    parsed.globals.color.apply();
    match run(parsed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Prints help, version or an error of the parser.
fn print_parser(error: &clap::Error) -> ExitCode {
    match error.print().map_err(Failure::from) {
        Ok(()) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1)),
        Err(failure) => failure.report(),
    }
}

fn run(parsed: args::Parsed) -> Result<()> {
    start_log(&parsed.globals.log_level);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("starting the runtime").source(error))?;
    let result = runtime.block_on(async {
        let terminal = Terminal::new(parsed.globals.no_input, parsed.globals.quiet, parsed.globals.silent);
        let context = Context::new(parsed.globals.clone(), terminal).await?;
        let handles_interrupts = parsed.handles_interrupts();
        let interrupted =
            async { if handles_interrupts { std::future::pending().await } else { interrupt::caught().await } };
        if !handles_interrupts {
            interrupt::end_if_blocked();
        }
        let result = tokio::select! {
            result = parsed.run(&context) => result,
            () = interrupted => Err(Failure::interrupted()),
        };
        context.close().await;
        result
    });
    // A read of stdin that was cancelled would block the end of the program.
    runtime.shutdown_background();
    result
}

/// Log lines of the libraries on stderr; they hold no secret.
fn start_log(level: &str) {
    use tracing_subscriber::filter::LevelFilter;
    let level = if level == "none" { LevelFilter::OFF } else { level.parse().unwrap_or(LevelFilter::WARN) };
    let subscriber = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).without_time();
    subscriber.with_ansi(false).init();
}
