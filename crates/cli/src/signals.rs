//! The signals that end a command which has something to finish.

use crate::failure::{Failure, Result};

/// Catches signals from its creation on.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    all: Vec<tokio::signal::unix::Signal>,
}

impl Signals {
    /// Catches Ctrl-C and SIGTERM.
    ///
    /// # Errors
    ///
    /// The system does not allow it.
    pub(crate) fn new() -> Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::SignalKind;
            Self::of(&[SignalKind::interrupt(), SignalKind::terminate()])
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Catches SIGHUP as well, which a terminal sends when it is closed.
    ///
    /// # Errors
    ///
    /// The system does not allow it.
    pub(crate) fn with_hangup() -> Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::SignalKind;
            Self::of(&[SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()])
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    #[cfg(unix)]
    fn of(kinds: &[tokio::signal::unix::SignalKind]) -> Result<Self> {
        let caught = kinds.iter().map(|kind| tokio::signal::unix::signal(*kind)).collect::<Result<_, _>>();
        Ok(Self { all: caught.map_err(|error| Failure::new("catching signals").source(error))? })
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        futures_util::future::select_all(self.all.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
