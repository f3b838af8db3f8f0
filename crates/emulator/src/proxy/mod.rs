//! An HTTP proxy for programs whose base URL cannot be changed. It terminates TLS for the vendor's hosts with
//! certificates of a local CA, serves the emulator behind them, and rejects every other host.

mod ca;
mod connection;
mod folder;
mod hosts;
#[cfg(test)]
mod tests;
mod variables;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use self::ca::CertificateAuthority;
pub(crate) use self::folder::of_user as user_folder;
pub(crate) use self::variables::variables;
use crate::app::App;
use crate::error::Error;

/// Configuration of the proxy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The port to listen on; `None` for no proxy.
    pub(crate) port: Option<u16>,
    /// Folder of the CA.
    pub(crate) ca_folder: Option<PathBuf>,
    pub(crate) limits: Limits,
}

/// Limits on clients of the proxy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Largest head of a request to the proxy, in bytes.
    pub(crate) head_size: usize,
    /// Time limit for the head of a request, also for the next request of a connection.
    pub(crate) head_time: Duration,
    /// Time limit for the TLS handshake of a tunnel.
    pub(crate) handshake_time: Duration,
    /// Most connections, including tunnels. Beyond it the response is 503.
    pub(crate) connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_size: 16 * 1024,
            head_time: Duration::from_secs(10),
            handshake_time: Duration::from_secs(10),
            connections: 256,
        }
    }
}

/// A proxy that is bound to its port and does not serve yet.
pub(crate) struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    ca: CertificateAuthority,
    ca_file: Option<PathBuf>,
    limits: Limits,
}

/// A running proxy: the values that clients need.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    /// URL for clients: `http://127.0.0.1:8080`.
    pub(crate) url: String,
    /// The CA certificate, in PEM.
    pub(crate) ca_certificate: String,
    /// The file of the certificate; `None` if the CA is kept in memory.
    pub(crate) ca_file: Option<PathBuf>,
}

impl Bound {
    /// Reads or creates the CA, and binds the port. The CA is kept in memory if neither a folder nor a data file is set.
    pub(crate) async fn new(settings: &Settings, address: SocketAddr, data: Option<&Path>) -> Result<Self, Error> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| Error::because(format!("cannot listen on {address} for the proxy"), error))?;
        let address = listener
            .local_addr()
            .map_err(|error| Error::because(format!("cannot read the port of the proxy on {address}"), error))?;
        let folder = settings.ca_folder.clone().or_else(|| data.map(folder::of_data_file));
        let ca = match &folder {
            Some(folder) => folder::open(folder)?,
            None => CertificateAuthority::generate()
                .map_err(|error| Error::because("cannot make a CA for the proxy", error))?,
        };
        let ca_file = folder.map(|folder| folder.join(folder::CERTIFICATE));
        Ok(Self { listener, address, ca, ca_file, limits: settings.limits })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the emulator stops. `url` is the URL for clients.
    pub(crate) fn serve(self, url: String, app: Arc<App>, stop: watch::Receiver<bool>) -> Proxy {
        let ca_certificate = self.ca.pem().to_owned();
        let server = connection::Server { app, ca: self.ca, limits: self.limits };
        tokio::spawn(connection::accept(self.listener, server, stop));
        Proxy { url, ca_certificate, ca_file: self.ca_file }
    }
}
