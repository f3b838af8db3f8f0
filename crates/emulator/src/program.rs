//! The emulator as a program, for the binary of this crate and for programs that have it as a command.

mod args;
mod proxy;

use std::error::Error;
use std::ffi::OsString;
use std::io::Write as _;

use self::args::{ABOUT, Args, OPTIONS};

/// Runs the emulator as a program: parses the arguments, prints on stdout where it listens, and serves until Ctrl-C or
/// SIGTERM. With `--help` or `--version` it prints that and returns.
///
/// - `command`: the words before the arguments, as the line of usage shows them: `twilio-conversations-emulator`.
/// - `args`: the arguments, without those words.
///
/// The binary of this crate prints an error on stderr and exits with code 2.
///
/// # Errors
///
/// An argument that is unknown or malformed, an emulator that cannot be started, or a stdout that cannot be written.
pub async fn run(command: &str, args: impl IntoIterator<Item = OsString>) -> Result<(), Box<dyn Error + Send + Sync>> {
    match Args::parse(args)? {
        Args::Help => print(&format!("{ABOUT}\n\nUsage: {command} [OPTIONS]\n\n{OPTIONS}\n")),
        Args::Version => print(concat!("twilio-conversations-emulator ", env!("CARGO_PKG_VERSION"), "\n")),
        Args::Run(builder) => serve(*builder).await,
    }
}

async fn serve(builder: crate::Builder) -> Result<(), Box<dyn Error + Send + Sync>> {
    // Before the first line is printed: a signal that follows it at once must end the program in order.
    let mut signals = Signals::new()?;
    let emulator = builder.start().await?;
    let url = emulator.base_url();
    let (sid, token) = (emulator.account_sid(), emulator.auth_token());
    // In one write: a reader that waits for the first line may close the pipe after it.
    let mut text = format!(
        "listening on {url}\n\
         export TWILIO_CONVERSATIONS_BASE_URL={url}\n\
         export TWILIO_ACCOUNT_SID={sid}\n\
         export TWILIO_AUTH_TOKEN={token}\n"
    );
    text.push_str(&proxy::lines(&emulator));
    print(&text)?;
    signals.received().await?;
    emulator.stop().await;
    Ok(())
}

/// Ctrl-C, and the signal that ends services.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// From here on the signals are caught.
    fn new() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for one of them.
    async fn received(&mut self) -> std::io::Result<()> {
        #[cfg(unix)]
        {
            tokio::select! {
                _ = self.interrupt.recv() => Ok(()),
                _ = self.terminate.recv() => Ok(()),
            }
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    }
}

fn print(text: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
