//! The emulator as a program, for the binary of this crate and for programs with the emulator as a subcommand.

mod args;
mod file;
mod help;
mod options;
mod proxy;

use std::error::Error;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;

use self::args::Args;
use self::options::RunConfig;

/// Runs the emulator as a program: reads the options, prints its URL on stdout, and serves until Ctrl-C or SIGTERM. With `--help` or `--version` it prints that and returns.
///
/// - `command`: the words before the arguments, as the line of usage shows them: `twilio-conversations-emulator`.
/// - `args`: the arguments, without those words.
///
/// An option is set by an argument (`--retry-delay 50`), by a variable of the environment
/// (`TWILIO_EMULATOR_RETRY_DELAY=50`) or by a key of a TOML file (`retry-delay = 50`), in this order of precedence. The
/// file is the one that `--config` or `TWILIO_EMULATOR_CONFIG` names, else `twilio-emulator.toml` in the working folder if
/// it is there; it has at most 1 MB. Relative paths in it are relative to its folder. `--help` lists the options.
///
/// The binary of this crate prints an error on stderr and exits with code 2.
///
/// # Errors
///
/// An option that is unknown or malformed, a file that cannot be read, an emulator that cannot be started, or a stdout
/// that cannot be written.
pub async fn run(command: &str, args: impl IntoIterator<Item = OsString>) -> Result<(), Box<dyn Error + Send + Sync>> {
    match Args::parse(args, std::env::vars_os(), Path::new(""))? {
        Args::Help => print(&help::text(command)),
        Args::Version => print(concat!("twilio-conversations-emulator ", env!("CARGO_PKG_VERSION"), "\n")),
        Args::Run(config) => serve(*config).await,
    }
}

async fn serve(config: RunConfig) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (builder, notes) = config.finish()?;
    for note in notes {
        // If stderr cannot be written, the note is dropped.
        let _ = writeln!(std::io::stderr(), "{note}");
    }
    // Installed before the first line is printed, since a signal may follow that line at once.
    let signal = signal()?;
    let emulator = builder.start().await?;
    let url = emulator.base_url();
    let (sid, token) = (emulator.account_sid(), emulator.auth_token());
    // In one write, since a reader of the first line may close the pipe after it.
    let mut text = format!(
        "listening on {url}\n\
         export TWILIO_CONVERSATIONS_BASE_URL={url}\n\
         export TWILIO_ACCOUNT_SID={sid}\n\
         export TWILIO_AUTH_TOKEN={token}\n"
    );
    text.push_str(&proxy::lines(&emulator));
    print(&text)?;
    signal.await?;
    emulator.stop().await;
    Ok(())
}

/// Installs the handlers of Ctrl-C and SIGTERM. The future waits for one of them.
fn signal() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => Ok(()),
                _ = terminate.recv() => Ok(()),
            }
        })
    }
    #[cfg(not(unix))]
    Ok(tokio::signal::ctrl_c())
}

fn print(text: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
