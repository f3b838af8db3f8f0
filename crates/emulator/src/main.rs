//! `twilio-conversations-emulator`: the emulator as a program.

mod args;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use args::{Args, HELP};

#[tokio::main]
async fn main() -> ExitCode {
    match Args::parse(std::env::args_os().skip(1)) {
        Ok(Args::Help) => say(HELP),
        Ok(Args::Version) => say(concat!("twilio-conversations-emulator ", env!("CARGO_PKG_VERSION"))),
        Ok(Args::Run(builder)) => match run(*builder).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&*error),
        },
        Err(error) => fail(&*error),
    }
}

async fn run(builder: twilio_conversations_emulator::Builder) -> Result<(), Box<dyn Error>> {
    // Before the first line is printed: a signal that follows it at once must end the program in order.
    let mut signals = Signals::new()?;
    let emulator = builder.start().await?;
    let url = emulator.base_url();
    let (sid, token) = (emulator.account_sid(), emulator.auth_token());
    // In one piece: whoever waits for the first line may close the pipe after it.
    let text = format!(
        "listening on {url}\n\
         export TWILIO_CONVERSATIONS_BASE_URL={url}\n\
         export TWILIO_ACCOUNT_SID={sid}\n\
         export TWILIO_AUTH_TOKEN={token}\n"
    );
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    drop(out);
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

fn say(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    let mut text = format!("twilio-conversations-emulator: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    // If not even this can be written, the exit code still tells.
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::from(2)
}
