//! Settings of the proxy.

use std::path::PathBuf;

use super::Builder;
#[cfg(test)]
use crate::proxy::Limits;

impl Builder {
    /// Starts an HTTP proxy too, on this port of the same address; 0 is any free port. Programs that use it reach the
    /// emulator at the vendor's own URLs.
    ///
    /// It terminates TLS for `conversations.twilio.com`, its edges and regions, and `mcs.{region}.twilio.com`, with
    /// certificates of a local CA. It rejects every other host with 403, and every connection beyond 256 with 503.
    /// A request to the proxy has at most 16 KB of head, within 10 seconds; a TLS handshake takes at most 10 seconds.
    ///
    /// The CA is kept in the folder of [`ca_folder`](Self::ca_folder), else beside the
    /// [data file](Self::data_file), in `FILE-ca`, else in memory. It can vouch for names below `twilio.com` only.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use twilio_conversations_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().proxy(0).start().await?;
    /// let ca = std::env::temp_dir().join(format!("ca-{}.pem", std::process::id()));
    /// std::fs::write(&ca, emulator.ca_certificate().ok_or("no proxy")?)?;
    /// // A program that knows nothing of the emulator:
    /// let mut program = std::process::Command::new("true");
    /// program.envs(emulator.proxy_vars(&ca)).status()?;
    /// # Ok(std::fs::remove_file(ca)?)
    /// # }
    /// ```
    #[must_use]
    pub fn proxy(mut self, port: u16) -> Self {
        self.proxy = Some(port);
        self
    }

    /// Keeps the CA of the [proxy](Self::proxy) in a folder, so that the next start uses it again: `ca.pem`, the
    /// certificate, and `ca-key.pem`, its key, which only the user can read. They are made if they are not there. The
    /// certificate is valid for a year, and is renewed with the same key by a start in its last 30 days.
    #[must_use]
    pub fn ca_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.proxy_settings.ca_folder = Some(folder.into());
        self
    }

    /// Limits of the proxy that a test can reach in no time.
    #[cfg(test)]
    pub(crate) fn proxy_limits(mut self, limits: Limits) -> Self {
        self.proxy_settings.limits = limits;
        self
    }

    pub(crate) fn has_data_file(&self) -> bool {
        self.data.is_some()
    }
}
