//! Ctrl-C and SIGTERM while requests are in flight.

use tokio::sync::watch;

use crate::{
    failure::{Exit, Result},
    signals::Signals,
    terminal::Terminal,
};

/// Whether the user interrupted the command. The first signal lets requests in flight finish, the second ends the
/// program at once.
pub(super) struct Interrupt {
    is_set: watch::Receiver<bool>,
}

impl Interrupt {
    /// Listens from now on. Before, a signal ends the program.
    ///
    /// # Errors
    ///
    /// The system does not let the program listen.
    pub(super) fn listen(terminal: Terminal) -> Result<Self> {
        let (sender, is_set) = watch::channel(false);
        let mut signals = Signals::new()?;
        tokio::spawn(async move {
            signals.next().await;
            // An error means that the command has ended.
            let _ = sender.send(true);
            terminal.note("interrupted: finishing the requests in flight; interrupt again to stop at once");
            signals.next().await;
            std::process::exit(Exit::Interrupted as i32);
        });
        Ok(Self { is_set })
    }

    pub(super) fn is_set(&self) -> bool {
        *self.is_set.borrow()
    }

    /// Waits until the user interrupts.
    pub(super) async fn wait(&mut self) {
        if self.is_set.wait_for(|is_set| *is_set).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
