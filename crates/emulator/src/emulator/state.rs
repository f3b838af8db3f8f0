//! Reset, snapshot, faults and proxy, as methods of a running emulator.

use super::Emulator;
use crate::error::Error;
use crate::http::fault::Fault;
use crate::http::faults::ActiveFault;

impl Emulator {
    /// Resets all accounts to the state of the [seed](crate::Builder::seed) or, without a seed, to the
    /// [empty](Self::reset_to_empty) state. `POST /_emulator/reset` does the same.
    ///
    /// The clock and the faults are reset too, and so is a data file. SIDs are new. Pending webhook calls are dropped: none
    /// of them is sent once this returns. A request in progress sees the state before or after the reset; one that waits
    /// for a pre-event webhook gets status 503 (20503).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = twilio_conversations_emulator::Emulator::start().await?;
    /// // After each test:
    /// emulator.reset().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the database fails, or a request of the seed does. The state is then as before.
    pub async fn reset(&self) -> Result<(), Error> {
        self.app.control.reset(true).await
    }

    /// Resets all accounts as [`reset`](Self::reset) does, but without the seed: each has its default service and nothing
    /// else.
    ///
    /// # Errors
    ///
    /// If the database fails. The state is then as before.
    pub async fn reset_to_empty(&self) -> Result<(), Error> {
        self.app.control.reset(false).await
    }

    /// Returns the state of all accounts as the bytes of a SQLite file: one that [`restore`](Self::restore) and
    /// [`data_file`](crate::Builder::data_file) take. `GET /_emulator/snapshot` does the same.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = twilio_conversations_emulator::Emulator::start().await?;
    /// // Create the data that all tests need, then:
    /// let prepared = emulator.snapshot()?;
    /// // Before each test:
    /// emulator.restore(&prepared).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub fn snapshot(&self) -> Result<Vec<u8>, Error> {
        self.app.control.snapshot()
    }

    /// Replaces the state and the clock with those of a [snapshot](Self::snapshot) or of a data file.
    /// `PUT /_emulator/snapshot` does the same.
    ///
    /// The snapshot must come from an emulator of this version that has all accounts of this one. Webhook calls that are
    /// pending in it are sent, as after a restart; those that were pending before are dropped. Faults stay. The snapshot is
    /// limited to [`snapshot_limit`](crate::Builder::snapshot_limit), by default 256 MB. Restoring takes up to three times
    /// its size of memory.
    ///
    /// # Errors
    ///
    /// If the bytes are not such a snapshot or are damaged, or if the database fails. The state is then as before.
    pub async fn restore(&self, snapshot: &[u8]) -> Result<(), Error> {
        let restored = self.app.control.restore(snapshot.to_vec()).await?;
        restored.map_err(|problem| Error::new(format!("cannot restore the snapshot: {problem}")))
    }

    /// Returns the active faults in the order in which they were added, including those of
    /// [`Builder::fault`](crate::Builder::fault). `GET /_emulator/faults` does the same.
    #[must_use]
    pub fn faults(&self) -> Vec<ActiveFault> {
        self.app.control.api.faults.list()
    }

    /// Adds a fault. Returns its number. `POST /_emulator/faults` does the same.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use twilio_conversations_emulator::{Emulator, Fault};
    ///
    /// let emulator = Emulator::start().await?;
    /// let fault: Fault = "503:CreateConversation".parse()?;
    /// emulator.add_fault(fault.times(2))?;
    /// // The first two attempts to create a conversation fail.
    /// assert_eq!(emulator.faults()[0].strikes, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If no operation of the API has the fault's operation in its id, or there are 100 faults already.
    pub fn add_fault(&self, fault: Fault) -> Result<u64, Error> {
        let added = self.app.control.api.faults.add(&[fault], self.app.control.api.spec)?;
        Ok(added.first().map_or(0, |fault| fault.id))
    }

    /// Replaces all faults; an empty list removes all. `PUT` and `DELETE /_emulator/faults` do the same.
    ///
    /// # Errors
    ///
    /// If no operation of the API has a fault's operation in its id, or there are more than 100 faults. The faults are then
    /// as before.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) -> Result<(), Error> {
        let faults: Vec<Fault> = faults.into_iter().collect();
        self.app.control.api.faults.set(&faults, self.app.control.api.spec).map(|_| ())
    }
}

#[cfg(feature = "proxy")]
impl Emulator {
    /// Returns the URL of the [proxy](crate::Builder::proxy): `http://127.0.0.1:8080`. `None` if none was started.
    #[must_use]
    pub fn proxy_url(&self) -> Option<&str> {
        Some(&self.proxy.as_ref()?.url)
    }

    /// Returns the certificate, in PEM, of the CA that clients of the proxy must trust. `None` if no proxy was started.
    #[must_use]
    pub fn ca_certificate(&self) -> Option<&str> {
        Some(&self.proxy.as_ref()?.ca_certificate)
    }

    /// Returns the file of the CA's certificate. `None` if the CA is kept in memory or no proxy was started.
    #[must_use]
    pub fn ca_file(&self) -> Option<&std::path::Path> {
        self.proxy.as_ref()?.ca_file.as_deref()
    }

    /// Returns environment variables with which a program uses the proxy and trusts its CA. `ca_file` has the certificate:
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` (this machine), `NODE_EXTRA_CA_CERTS`, `REQUESTS_CA_BUNDLE`,
    /// `SSL_CERT_FILE` and `CURL_CA_BUNDLE`. Empty if no proxy was started.
    ///
    /// With the last three, the program trusts this CA only. This is sufficient, since the proxy rejects all other hosts.
    /// Java reads system properties instead; the README lists them.
    #[must_use]
    pub fn proxy_vars(&self, ca_file: impl AsRef<std::path::Path>) -> Vec<(&'static str, String)> {
        self.proxy.as_ref().map_or_else(Vec::new, |proxy| crate::proxy::variables(proxy, ca_file.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::Emulator;
    use crate::store::Cached as _;

    #[tokio::test]
    async fn a_clock_whose_change_cannot_be_stored_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        for file in [None, Some(folder.path().join("data.db"))] {
            let mut builder = Emulator::builder();
            if let Some(file) = &file {
                builder = builder.data_file(file);
            }
            let emulator = builder.start().await.unwrap();
            let engine = emulator.engine();
            engine.move_clock(|reading| reading.freeze(true)).unwrap();
            let before = engine.clock().now();
            engine.store().read(|db| db.execute_batch("PRAGMA query_only = ON")).unwrap();
            let error = emulator.advance_clock(Duration::from_secs(3600)).unwrap_err();
            assert_eq!(error.to_string(), "cannot store the clock");
            engine.move_clock(|reading| reading.freeze(false)).unwrap_err();
            assert_eq!((engine.clock().now(), engine.clock().is_frozen()), (before, true), "{file:?}");
            engine.store().read(|db| db.execute_batch("PRAGMA query_only = OFF")).unwrap();
            emulator.advance_clock(Duration::from_secs(3600)).unwrap();
            assert_eq!(engine.clock().now(), before.plus(3_600_000));
            let stored = engine.store().read(|db| db.number("SELECT frozen FROM clock", [])).unwrap();
            assert_eq!(stored, engine.clock().now().0);
        }
    }
}
