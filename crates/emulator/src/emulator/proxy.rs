//! The proxy of a running emulator: its URL, CA and variables.

use std::path::Path;

use super::Emulator;
use crate::proxy::variables;

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
    pub fn ca_file(&self) -> Option<&Path> {
        self.proxy.as_ref()?.ca_file.as_deref()
    }

    /// Returns environment variables with which a program uses the proxy and trusts its CA. `ca_file` has the certificate:
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` (this machine), `NODE_EXTRA_CA_CERTS`, `REQUESTS_CA_BUNDLE`,
    /// `SSL_CERT_FILE` and `CURL_CA_BUNDLE`. Empty if no proxy was started.
    ///
    /// With the last three, the program trusts this CA only. This is sufficient, since the proxy rejects all other hosts.
    /// Java reads system properties instead; the README lists them.
    #[must_use]
    pub fn proxy_vars(&self, ca_file: impl AsRef<Path>) -> Vec<(&'static str, String)> {
        self.proxy.as_ref().map_or_else(Vec::new, |proxy| variables(proxy, ca_file.as_ref()))
    }
}
