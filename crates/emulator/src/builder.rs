//! The settings of an emulator, and its start.

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
use crate::control::{self, Control, Hosts, Plant, Start};
use crate::emulator::Emulator;
use crate::error::Error;
use crate::http;
use crate::http::fault::Fault;
use crate::operations::timers;
use crate::seed::Seed;
use crate::settings::Settings;
use crate::store::Store;
use crate::store::account::Credentials;

/// The account that an emulator has unless told otherwise.
pub const DEFAULT_ACCOUNT_SID: &str = "ACe0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0";

/// The auth token of [`DEFAULT_ACCOUNT_SID`]. It is no secret: the emulator listens on loopback only.
pub const DEFAULT_AUTH_TOKEN: &str = "e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0";

/// Settings of an emulator that is yet to start. Made by [`Emulator::builder`].
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
    /// It serves on the Tokio runtime that this is called on.
    ///
    /// # Errors
    ///
    /// If no port can be had.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Begins with the defaults, to change some of them.
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
    /// Sets the SID of the account: `AC` and 32 hexadecimal digits.
    #[must_use]
    pub fn account_sid(mut self, sid: impl Into<String>) -> Self {
        self.accounts[0].account_sid = sid.into();
        self
    }

    /// Sets the auth token of the account, which callers authenticate with.
    #[must_use]
    pub fn auth_token(mut self, token: impl Into<String>) -> Self {
        self.accounts[0].auth_token = token.into();
        self
    }

    /// Lets in callers with an API key of the account: `SK` and 32 hexadecimal digits, and its secret.
    #[must_use]
    pub fn api_key(mut self, sid: impl Into<String>, secret: impl Into<String>) -> Self {
        self.accounts[0].api_keys.push((sid.into(), secret.into()));
        self
    }

    /// Adds another account. Accounts see nothing of each other.
    #[must_use]
    pub fn another_account(mut self, sid: impl Into<String>, auth_token: impl Into<String>) -> Self {
        let (account_sid, auth_token) = (sid.into(), auth_token.into());
        self.accounts.push(Credentials { account_sid, auth_token, api_keys: Vec::new() });
        self
    }

    /// Keeps the state in a file, made if it isn't there, and with it how the clock was moved or stopped. Default: in
    /// memory.
    #[must_use]
    pub fn data_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.data = Some(file.into());
        self
    }

    /// Listens on this port. Default: 0, any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Listens on another address than `127.0.0.1`. Whoever reaches it can read and change everything.
    #[must_use]
    pub fn bind(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// Takes control calls, and shows the inspector, by this host name as well: `emulator` for `http://emulator:4010`.
    ///
    /// Without it they are taken by loopback names and addresses and by the address that is listened on, which is any
    /// for `0.0.0.0` and `::`. Other names may be those of sites that want in by a browser. The API itself, which takes
    /// credentials, is there by any name.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// Refuses form fields and query parameters that the specification doesn't have (400, 20001), in place of
    /// ignoring them. Default: false.
    #[must_use]
    pub fn refuse_unknown_fields(mut self, refuse: bool) -> Self {
        self.settings.refuse_unknown_fields = refuse;
        self
    }

    /// Begins addresses in answers (`url`, `links`, pages) with the vendor's host in place of the emulator's own.
    /// Default: false.
    #[must_use]
    pub fn vendor_urls(mut self, vendor: bool) -> Self {
        self.settings.vendor_urls = vendor;
        self
    }

    /// Has something go wrong on purpose.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Starts the emulator on the Tokio runtime that this is called on.
    ///
    /// # Errors
    ///
    /// If an account's SID is malformed, the data file can't be used, the address can't be listened on, or a call of the
    /// scenario is refused.
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
            seed: self.seed.map(|seed| Box::new(seed) as Box<dyn Plant>),
            seed_ids: self.seed_ids,
            signing_key: self.signing_key,
            data: self.data,
            address: reachable(address),
            hosts: Hosts::new(self.address, &self.allowed_hosts),
            time: Instant::now(),
        });
        let control = Control::new(start.clone(), store)?;
        if let Some(seed) = &start.seed {
            seed.plant(&control).await?;
        }
        let engine = control.api.engine.clone();
        let webhooks = engine.webhooks.clone();
        let app = Arc::new(App { control });
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(timers::run(engine, stopped.clone()));
        tokio::spawn(webhooks.run(stopped.clone()));
        tokio::spawn(http::serve(listener, app.clone(), stopped.clone()));
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

/// The address by which a listener is reached from this machine: an unspecified one cannot be called.
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
