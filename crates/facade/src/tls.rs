//! The TLS backend, chosen by the features.
//!
//! If several are enabled, the first of these is used: `native-tls`, then `rustls`, then `rustls-ring`. The certificates that
//! are trusted are the platform's in all three.

use reqwest::ClientBuilder;
use twilio_conversations_client::Error;

use crate::host::Link;

/// Sets the TLS backend. A client of an `http` URL has no trusted certificates, so it starts on a machine without any.
///
/// A builder that the application configures further needs reqwest's own TLS settings: a preconfigured TLS would silently
/// ignore its certificates.
pub(crate) fn configure(http: ClientBuilder, link: Link, is_configurable: bool) -> Result<ClientBuilder, Error> {
    let encrypted = link == Link::Encrypted;
    #[cfg(any(feature = "native-tls", feature = "rustls", not(feature = "rustls-ring")))]
    let _ = is_configurable;
    #[cfg(feature = "native-tls")]
    {
        let http = http.tls_backend_native();
        Ok(if encrypted { http } else { http.tls_certs_only([]) })
    }
    #[cfg(all(feature = "rustls", not(feature = "native-tls")))]
    {
        let http = http.tls_backend_rustls();
        Ok(if encrypted { http } else { http.tls_certs_only([]) })
    }
    #[cfg(all(feature = "rustls-ring", not(any(feature = "native-tls", feature = "rustls"))))]
    {
        if !is_configurable {
            return Ok(http.tls_backend_preconfigured(ring::config(encrypted)?));
        }
        ring::install();
        let http = http.tls_backend_rustls();
        Ok(if encrypted { http } else { http.tls_certs_only([]) })
    }
    #[cfg(not(any(feature = "native-tls", feature = "rustls", feature = "rustls-ring")))]
    if encrypted {
        Err(Error::config(
            "base URL",
            "begins with https://, and no TLS was built in: turn on the feature rustls-ring, rustls or native-tls of \
             twilio-conversations, or pass a reqwest::Client to http_client",
        ))
    } else {
        Ok(http)
    }
}

#[cfg(all(feature = "rustls-ring", not(any(feature = "native-tls", feature = "rustls"))))]
mod ring {
    use std::sync::Arc;

    use rustls::{ClientConfig, RootCertStore, crypto};
    use rustls_platform_verifier::BuilderVerifierExt;
    use twilio_conversations_client::Error;

    /// Makes ring the process's provider if it has none. An error means that another thread was faster.
    pub(super) fn install() {
        if crypto::CryptoProvider::get_default().is_none() {
            _ = crypto::ring::default_provider().install_default();
        }
    }

    /// What reqwest makes by itself, but with ring: reqwest would take the provider from a setting of the whole
    /// process, which is the application's to make. Where the application made it, it is kept to.
    pub(super) fn config(encrypted: bool) -> Result<ClientConfig, Error> {
        let problem = |error| Error::config_from("TLS", "could not be set up", error);
        let provider = match crypto::CryptoProvider::get_default() {
            Some(provider) => provider.clone(),
            None => Arc::new(crypto::ring::default_provider()),
        };
        let config =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(problem)?;
        let config = if encrypted {
            config.with_platform_verifier().map_err(problem)?
        } else {
            config.with_root_certificates(RootCertStore::empty())
        };
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}
