//! HTTP clients for receivers, which are not the API and get no credentials of it.

use reqwest::{Client, ClientBuilder, redirect::Policy};

/// A builder that follows no redirects, decompresses nothing, and speaks HTTP/1.1; TLS is by rustls with ring.
pub(crate) fn builder() -> ClientBuilder {
    // An error means that the process has a provider already.
    _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().tls_backend_rustls().redirect(Policy::none()).http1_only();
    // Bodies are relayed verbatim, whatever features of reqwest another crate of the build turns on.
    builder.no_gzip().no_brotli().no_zstd().no_deflate()
}
