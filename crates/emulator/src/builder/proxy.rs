//! Settings of the proxy.

use std::path::PathBuf;

use super::Builder;

setters! {
    /// Starts an HTTP proxy too, on this port of the same address; 0 selects a free port. Programs that use the proxy reach
    /// the emulator at Twilio's own URLs. Default: no proxy.
    ///
    /// It terminates TLS for `conversations.twilio.com`, its edges and regions, and `mcs.{region}.twilio.com`, with
    /// certificates of a local CA. It rejects every other host with 403, and every connection beyond 256 with 503.
    /// The head of a request to the proxy is limited to 16 KB and 10 seconds, a TLS handshake to 10 seconds. Beyond that the
    /// connection is closed.
    ///
    /// The CA is kept in the folder of [`ca_folder`](Self::ca_folder), else beside the [data file](Self::data_file), in
    /// `FILE-ca`, else in memory. Its certificates are valid for names below `twilio.com` only.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use twilio_conversations_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().proxy(0).start().await?;
    /// let ca = std::env::temp_dir().join(format!("ca-{}.pem", std::process::id()));
    /// std::fs::write(&ca, emulator.ca_certificate().ok_or("no proxy")?)?;
    /// // An unmodified program:
    /// let mut program = std::process::Command::new("true");
    /// program.envs(emulator.proxy_vars(&ca)).status()?;
    /// # Ok(std::fs::remove_file(ca)?)
    /// # }
    /// ```
    pub fn proxy(self, port: u16) => self.proxy.port = Some(port);

    /// Keeps the CA of the [proxy](Self::proxy) in a folder, so that the next start uses it again: the certificate in
    /// `ca.pem`, and its key in `ca-key.pem`, which only the user can read. Missing files are created. The certificate is
    /// valid for 365 days; a start within its last 30 days renews it with the same key. Default: see
    /// [`proxy`](Self::proxy).
    pub fn ca_folder(self, folder: impl Into<PathBuf>) => self.proxy.ca_folder = Some(folder.into());
}

#[cfg(test)]
impl Builder {
    /// Sets limits of the proxy, for tests that reach them.
    pub(crate) fn proxy_limits(mut self, limits: crate::proxy::Limits) -> Self {
        self.proxy.limits = limits;
        self
    }
}
