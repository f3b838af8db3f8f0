//! Ctrl-C while the program waits for something that is not asynchronous: a prompt, a pipe whose reader has paused, or
//! a jq filter that does not end.

use std::time::Duration;

use crate::failure::{Exit, Failure};

/// Time that a command has to end by itself after Ctrl-C.
const GRACE: Duration = Duration::from_millis(500);

/// Ctrl-C, which is caught from the call of this function on and not only while the result is awaited.
pub(crate) fn caught() -> impl Future<Output = ()> + Send {
    #[cfg(unix)]
    let mut signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    async move {
        #[cfg(unix)]
        let is_caught = match &mut signal {
            Ok(signal) => signal.recv().await.is_some(),
            Err(_) => false,
        };
        #[cfg(not(unix))]
        let is_caught = tokio::signal::ctrl_c().await.is_ok();
        if !is_caught {
            std::future::pending::<()>().await;
        }
    }
}

/// From now on, ends the program half a second after Ctrl-C if it has not ended by then.
pub(crate) fn end_if_blocked() {
    let caught = caught();
    tokio::spawn(async {
        caught.await;
        tokio::time::sleep(GRACE).await;
        exit();
    });
}

/// Prints a prompt and waits for input on the terminal. Ctrl-C ends the program at once, with the terminal as it was before.
pub(crate) fn during_prompt<T>(read: impl FnOnce() -> T) -> T {
    let modes = TerminalModes::read();
    let caught = caught();
    let watch = tokio::spawn(async move {
        caught.await;
        modes.restore();
        exit();
    });
    let input = read();
    watch.abort();
    input
}

fn exit() -> ! {
    // The line of the prompt, or of the output, is not complete.
    eprintln!();
    Failure::interrupted().report();
    std::process::exit(Exit::Interrupted as i32)
}

/// The modes of the terminal on stdin, such as its echo; none elsewhere.
struct TerminalModes(#[cfg(unix)] Option<rustix::termios::Termios>);

impl TerminalModes {
    fn read() -> Self {
        Self(
            #[cfg(unix)]
            rustix::termios::tcgetattr(std::io::stdin()).ok(),
        )
    }

    fn restore(&self) {
        #[cfg(unix)]
        if let Some(modes) = &self.0 {
            // If the terminal is gone, it has no modes to restore.
            let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, modes);
        }
    }
}
