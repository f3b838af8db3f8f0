//! The proxy of a running emulator, for those who use it.

use std::path::Path;

use super::Emulator;
use crate::proxy::variables;

impl Emulator {
    /// URL of the [proxy](crate::Builder::proxy): `http://127.0.0.1:8080`. `None` if none was started.
    #[must_use]
    pub fn proxy_url(&self) -> Option<&str> {
        Some(&self.proxy.as_ref()?.url)
    }

    /// The certificate, in PEM, of the CA that clients of the proxy must trust. `None` if no proxy was started.
    #[must_use]
    pub fn ca_certificate(&self) -> Option<&str> {
        Some(&self.proxy.as_ref()?.ca_certificate)
    }

    /// The file of the CA's certificate. `None` if the CA is kept in memory or no proxy was started.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        self.proxy.as_ref()?.ca_file.as_deref()
    }

    /// Environment variables that have a program use the proxy and trust its CA, whose certificate is in `ca_file`:
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` (this machine), `NODE_EXTRA_CA_CERTS`, `REQUESTS_CA_BUNDLE`,
    /// `SSL_CERT_FILE` and `CURL_CA_BUNDLE`. Empty if no proxy was started.
    ///
    /// The last three have the program trust this CA only, which is enough, as the proxy rejects all other hosts.
    /// Java reads system properties instead: the README has them.
    #[must_use]
    pub fn proxy_vars(&self, ca_file: impl AsRef<Path>) -> Vec<(&'static str, String)> {
        self.proxy.as_ref().map_or_else(Vec::new, |proxy| variables(proxy, ca_file.as_ref()))
    }
}
