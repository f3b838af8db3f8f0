//! The whole state of an emulator: reset, snapshot and restore.
//!
//! A reset builds the new state in a second database in memory, and then replaces the present one with it, as a restore
//! does with the bytes of a snapshot.

use super::Control;
use crate::error::Error;
use crate::http::journal::Filter as RequestFilter;
use crate::store::{Candidate, Unfit};

/// The state after a reset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ResetTo {
    /// The accounts with their default services.
    Empty,
    /// The accounts after the requests of the seed.
    Seed,
}

/// The reason that a snapshot was not restored.
pub(crate) enum NotRestored {
    /// The bytes are not a snapshot that this emulator can use.
    Rejected(String),
    Failed(Error),
}

impl From<Error> for NotRestored {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<NotRestored> for Error {
    fn from(problem: NotRestored) -> Self {
        match problem {
            NotRestored::Rejected(problem) => Self::new(format!("cannot restore the snapshot: {problem}")),
            NotRestored::Failed(error) => error,
        }
    }
}

impl Control {
    /// The default state after a reset: that of the seed, if there is one.
    pub(crate) fn reset_default(&self) -> ResetTo {
        if self.start.seed.is_some() { ResetTo::Seed } else { ResetTo::Empty }
    }

    /// Resets all accounts, the clock and the faults to those of a start without data.
    pub(crate) async fn reset(&self, to: ResetTo) -> Result<(), Error> {
        let _replacing = self.replacing.lock().await;
        let fresh = Self::new(self.start.clone(), None)?;
        if let (ResetTo::Seed, Some(seed)) = (to, &self.start.seed) {
            (seed.load)(seed, &fresh).await?;
        }
        let fresh = fresh.api.engine.store().take().map_err(|error| Error::because("cannot reset", error))?;
        self.replace(fresh).await.map_err(|problem| match problem {
            NotRestored::Rejected(problem) => Error::new(format!("cannot reset: {problem}")),
            NotRestored::Failed(error) => error,
        })?;
        self.api.faults.reset(&self.start.faults);
        self.api.journal.forget(&RequestFilter::default());
        self.start.sign(&self.api.engine)
    }

    /// The whole state as the bytes of a data file.
    pub(crate) fn snapshot(&self) -> Result<Vec<u8>, Error> {
        self.api.engine.store().snapshot().map_err(|error| Error::because("cannot make a snapshot", error))
    }

    /// Replaces the state with that of a snapshot, or changes nothing.
    pub(crate) async fn restore(&self, bytes: impl AsRef<[u8]> + Send + 'static) -> Result<(), NotRestored> {
        let (size, limit) = (bytes.as_ref().len(), self.start.settings.input.snapshot_bytes);
        if size > limit {
            return Err(NotRestored::Rejected(format!("it has {size} bytes, {limit} are the limit")));
        }
        let _replacing = self.replacing.lock().await;
        let engine = self.api.engine.clone();
        // Checking a large file takes too long for a thread of the runtime.
        let checked = tokio::task::spawn_blocking(move || Candidate::read(bytes.as_ref(), engine.store())).await;
        let checked = checked.map_err(|error| Error::because("cannot check the snapshot", error))?;
        self.replace(checked.map_err(|problem| unfit("cannot check the snapshot", problem))?).await
    }

    /// Replaces the state. A request sees one state or the other, never a mix. Pending webhook calls of the old state are
    /// dropped, those of the new state are sent.
    async fn replace(&self, other: Candidate) -> Result<(), NotRestored> {
        let (engine, doing) = (self.api.engine.clone(), "cannot replace the state");
        let replaced = tokio::task::spawn_blocking(move || engine.webhooks.instance.replace(&other)).await;
        replaced.map_err(|error| Error::because(doing, error))?.map_err(|problem| unfit(doing, problem))?;
        self.api.rate_limits.clear();
        self.api.engine.webhooks.restart().await;
        self.api.engine.timers.notify_one();
        Ok(())
    }
}

fn unfit(doing: &str, problem: Unfit) -> NotRestored {
    match problem {
        Unfit::Rejected(problem) => NotRestored::Rejected(problem),
        Unfit::Failed(error) => Error::because(doing, error).into(),
    }
}
