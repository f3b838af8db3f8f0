//! Configures and starts an emulator.

mod limits;
#[cfg(feature = "proxy")]
mod proxy;
mod scenario;
mod webhooks;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::App;
use crate::control::{self, Control, Hosts, Scenario, Start};
use crate::emulator::Emulator;
use crate::error::Error;
use crate::http::fault::Fault;
use crate::operations::timers;
use crate::seed::Seed;
use crate::settings::Settings;
use crate::store::Store;
use crate::store::account::Credentials;

/// The default SID of an emulator's account.
pub const DEFAULT_ACCOUNT_SID: &str = "ACe0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0";

/// The default auth token of an emulator's account. It is public: by default the emulator listens on loopback only.
pub const DEFAULT_AUTH_TOKEN: &str = "e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0";

/// Configuration of an emulator. [`Emulator::builder`] creates it, [`start`](Self::start) uses it.
pub struct Builder {
    accounts: Vec<Credentials>,
    address: IpAddr,
    port: u16,
    allowed_hosts: Vec<String>,
    data: Option<PathBuf>,
    settings: Settings,
    faults: Vec<Fault>,
    #[cfg(feature = "proxy")]
    proxy: Option<u16>,
    #[cfg(feature = "proxy")]
    proxy_settings: crate::proxy::Settings,
    seed: Option<Seed>,
    seed_ids: Option<u64>,
    signing_key: Option<(String, String)>,
}

impl Emulator {
    /// Starts an emulator with the default account on a free port of the loopback interface, its state in memory.
    ///
    /// The emulator runs on the Tokio runtime of the caller.
    ///
    /// # Errors
    ///
    /// If no port is free. The error has no [code](Error::code).
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Returns a configuration with all defaults.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Default for Builder {
    fn default() -> Self {
        let account = Credentials {
            account_sid: DEFAULT_ACCOUNT_SID.to_owned(),
            auth_token: DEFAULT_AUTH_TOKEN.to_owned(),
            api_keys: Vec::new(),
        };
        Self {
            accounts: vec![account],
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            allowed_hosts: Vec::new(),
            data: None,
            settings: Settings::default(),
            faults: Vec::new(),
            seed: None,
            #[cfg(feature = "proxy")]
            proxy: None,
            #[cfg(feature = "proxy")]
            proxy_settings: crate::proxy::Settings::default(),
            seed_ids: None,
            signing_key: None,
        }
    }
}

impl Builder {
    /// Sets the SID of the account: `AC` and 32 hexadecimal digits. Default: [`DEFAULT_ACCOUNT_SID`].
    #[must_use]
    pub fn account_sid(mut self, sid: impl Into<String>) -> Self {
        self.accounts[0].account_sid = sid.into();
        self
    }

    /// Sets the auth token of the account, for authentication and for signatures of webhooks; it must not be empty.
    /// Default: [`DEFAULT_AUTH_TOKEN`].
    #[must_use]
    pub fn auth_token(mut self, token: impl Into<String>) -> Self {
        self.accounts[0].auth_token = token.into();
        self
    }

    /// Adds an API key of the account, for authentication: `SK` and 32 hexadecimal digits, and its secret. Can be called
    /// several times. Default: no API keys.
    #[must_use]
    pub fn api_key(mut self, sid: impl Into<String>, secret: impl Into<String>) -> Self {
        self.accounts[0].api_keys.push((sid.into(), secret.into()));
        self
    }

    /// Adds an account with its SID and auth token. Can be called several times. The data of accounts are separate. Default:
    /// one account.
    #[must_use]
    pub fn another_account(mut self, sid: impl Into<String>, auth_token: impl Into<String>) -> Self {
        let (account_sid, auth_token) = (sid.into(), auth_token.into());
        self.accounts.push(Credentials { account_sid, auth_token, api_keys: Vec::new() });
        self
    }

    /// Stores the state in a SQLite file, which is created if it does not exist. The state includes the clock's offset and
    /// whether it is frozen. Default: in memory.
    #[must_use]
    pub fn data_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.data = Some(file.into());
        self
    }

    /// Sets the TCP port of the listener. Default: 0, which selects a free port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the IP address of the listener. Default: `127.0.0.1`.
    ///
    /// Control requests need no credentials: every host that can reach the address can read and change the whole state.
    #[must_use]
    pub fn bind(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// Accepts control requests and requests of the inspector by this host name too: `emulator` for
    /// `http://emulator:4010`. Can be called several times.
    ///
    /// By default these requests are accepted by loopback names and addresses and by the address of the listener; if that
    /// is `0.0.0.0` or `::`, by any IP address. Requests by other names are rejected with 403, which guards against DNS
    /// rebinding. REST requests need credentials and are accepted by any host name.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// Sets whether form fields and query parameters that are not in the specification are rejected with 400 (20001).
    /// Otherwise they are ignored. Default: false.
    #[must_use]
    pub fn refuse_unknown_fields(mut self, refuse: bool) -> Self {
        self.settings.refuse_unknown_fields = refuse;
        self
    }

    /// Sets whether URLs in responses (`url`, `links`, pages) begin with `https://conversations.twilio.com`. Otherwise they
    /// begin with the host of the request. Default: false.
    #[must_use]
    pub fn vendor_urls(mut self, vendor: bool) -> Self {
        self.settings.vendor_urls = vendor;
        self
    }

    /// Adds a fault that is injected into requests. Can be called several times. Default: no faults.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Starts the emulator on the Tokio runtime that this is called on.
    ///
    /// # Errors
    ///
    /// If the SID of an account or API key is malformed, an auth token is empty, the signing key is malformed, the
    /// data file or the CA cannot be used, a port cannot be bound, or the scenario is malformed or a request of it is
    /// rejected. The error has no [code](Error::code).
    pub async fn start(self) -> Result<Emulator, Error> {
        let address = SocketAddr::new(self.address, self.port);
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| Error::because(format!("cannot listen on {address}"), error))?;
        let address = listener
            .local_addr()
            .map_err(|error| Error::because(format!("cannot read the port of {address}"), error))?;
        #[cfg(feature = "proxy")]
        let proxy = match self.proxy {
            Some(port) => {
                let address = SocketAddr::new(self.address, port);
                Some(crate::proxy::Bound::new(&self.proxy_settings, address, self.data.as_deref()).await?)
            }
            None => None,
        };
        let store = Store::open(self.data.as_deref(), control::ids(self.seed_ids))?;
        let start = Arc::new(Start {
            accounts: self.accounts,
            settings: self.settings,
            faults: self.faults,
            seed: self.seed.map(|seed| Box::new(seed) as Box<dyn Scenario>),
            seed_ids: self.seed_ids,
            signing_key: self.signing_key,
            data: self.data,
            address: reachable(address),
            hosts: Hosts::new(self.address, &self.allowed_hosts),
            time: Instant::now(),
        });
        let control = Control::new(start.clone(), store)?;
        if let Some(seed) = &start.seed {
            seed.load(&control).await?;
        }
        let engine = control.api.engine.clone();
        let webhooks = engine.webhooks.clone();
        let app = Arc::new(App { control });
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(timers::run(engine, stopped.clone()));
        tokio::spawn(webhooks.run(stopped.clone()));
        tokio::spawn(app.clone().serve(listener, stopped.clone()));
        #[cfg(feature = "proxy")]
        let proxy = proxy.map(|bound| {
            let url = format!("http://{}", reachable(bound.address()));
            bound.serve(url, app.clone(), stopped)
        });
        Ok(Emulator {
            app,
            stop,
            #[cfg(feature = "proxy")]
            proxy,
        })
    }
}

/// The address at which this machine reaches a listener. An unspecified address is replaced by loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts: Vec<_> = self.accounts.iter().map(|account| &account.account_sid).collect();
        formatter
            .debug_struct("Builder")
            .field("accounts", &accounts)
            .field("address", &self.address)
            .field("port", &self.port)
            .field("data", &self.data)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
