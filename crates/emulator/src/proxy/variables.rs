//! Environment variables with which unmodified programs use the proxy and trust its CA.

use std::path::Path;

use super::Proxy;

/// The variables for a CA certificate in a file, in the order in which the program prints them.
///
/// - `HTTPS_PROXY`, `HTTP_PROXY`: the proxy. The vendor's Node library reads the second one.
/// - `NO_PROXY`: this machine, which has the emulator's own URL and the receivers of webhooks.
/// - `NODE_EXTRA_CA_CERTS`: Node.
/// - `REQUESTS_CA_BUNDLE`: Python's `requests`.
/// - `SSL_CERT_FILE`: OpenSSL, Go, rustls.
/// - `CURL_CA_BUNDLE`: curl.
pub(crate) fn variables(proxy: &Proxy, ca_file: &Path) -> Vec<(&'static str, String)> {
    let ca_file = ca_file.display().to_string();
    let mut variables = vec![
        ("HTTPS_PROXY", proxy.url.clone()),
        ("HTTP_PROXY", proxy.url.clone()),
        ("NO_PROXY", "localhost,127.0.0.1,::1".to_owned()),
    ];
    for name in ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"] {
        variables.push((name, ca_file.clone()));
    }
    variables
}
