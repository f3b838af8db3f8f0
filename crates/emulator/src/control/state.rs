//! The whole state of an emulator: reset, snapshot and restore.
//!
//! A reset builds the new state in a second database in memory, and then replaces the present one with it, as a restore
//! does with the bytes of a snapshot.

use super::Control;
use crate::error::Error;
use crate::http::journal::Filter as RequestFilter;
use crate::store::{Candidate, Unfit};

impl Control {
    /// Resets all accounts, the clock and the faults to those of a start without data; with `seed` after the requests of the
    /// scenario, if there is one.
    pub(crate) async fn reset(&self, seed: bool) -> Result<(), Error> {
        let _replacing = self.replacing.lock().await;
        let fresh = Self::new(self.start.clone(), None)?;
        if let Some(scenario) = self.start.seed.as_ref().filter(|_| seed) {
            (scenario.load)(scenario, &fresh).await?;
        }
        let fresh = fresh.api.engine.store().take().map_err(|error| Error::because("cannot reset", error))?;
        self.replace(fresh).await?.map_err(|problem| Error::new(format!("cannot reset: {problem}")))?;
        self.api.faults.reset(&self.start.faults);
        self.api.journal.forget(&RequestFilter::default());
        self.start.sign(&self.api.engine)
    }

    /// The whole state as the bytes of a data file.
    pub(crate) fn snapshot(&self) -> Result<Vec<u8>, Error> {
        self.api.engine.store().snapshot().map_err(|error| Error::because("cannot make a snapshot", error))
    }

    /// Replaces the state with that of a snapshot, or changes nothing. The inner error is the reason for rejecting a snapshot
    /// that this emulator cannot use.
    pub(crate) async fn restore(&self, bytes: impl AsRef<[u8]> + Send + 'static) -> Result<Result<(), String>, Error> {
        let (size, limit) = (bytes.as_ref().len(), self.start.settings.input.snapshot_bytes);
        if size > limit {
            return Ok(Err(format!("it has {size} bytes, {limit} are the limit")));
        }
        let _replacing = self.replacing.lock().await;
        let (engine, doing) = (self.api.engine.clone(), "cannot check the snapshot");
        // Checking a large file takes too long for a thread of the runtime.
        let checked = tokio::task::spawn_blocking(move || Candidate::read(bytes.as_ref(), engine.store())).await;
        match rejection(doing, checked.map_err(|error| Error::because(doing, error))?)? {
            Ok(candidate) => self.replace(candidate).await,
            Err(problem) => Ok(Err(problem)),
        }
    }

    /// Replaces the state. A request sees one state or the other, never a mix. Pending webhook calls of the old state are
    /// dropped, those of the new state are sent.
    async fn replace(&self, other: Candidate) -> Result<Result<(), String>, Error> {
        let (engine, doing) = (self.api.engine.clone(), "cannot replace the state");
        let replaced = tokio::task::spawn_blocking(move || engine.webhooks.instance.replace(&other)).await;
        let replaced = rejection(doing, replaced.map_err(|error| Error::because(doing, error))?)?;
        if replaced.is_ok() {
            self.api.rate_limits.clear();
            self.api.engine.webhooks.restart().await;
            self.api.engine.timers.notify_one();
        }
        Ok(replaced)
    }
}

/// Separates the reason for rejecting a snapshot from an error of the database.
fn rejection<T>(doing: &str, result: Result<T, Unfit>) -> Result<Result<T, String>, Error> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(Unfit::Rejected(problem)) => Ok(Err(problem)),
        Err(Unfit::Failed(error)) => Err(Error::because(doing, error)),
    }
}
