//! What an emulator is started with.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::App;
use crate::control::{self, Control, Hosts, Plant, Start};
use crate::emulator::Emulator;
use crate::error::Error;
use crate::http;
use crate::http::fault::Fault;
use crate::operations::timers;
#[cfg(feature = "proxy")]
use crate::proxy;
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
    proxy_settings: proxy::Settings,
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
            proxy_settings: proxy::Settings::default(),
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

    /// Whether pre-event webhooks are called for REST calls with `X-Twilio-Webhook-Enabled: true`. Default: true.
    ///
    /// Without `true`, an action by REST calls no webhooks at service or conversation scope; with `true` it calls
    /// post-event webhooks, and whether it calls pre-event webhooks is not documented.
    #[must_use]
    pub fn pre_hooks_for_rest(mut self, ask: bool) -> Self {
        self.settings.pre_hooks_for_rest = ask;
        self
    }

    /// Whether an account whose filters are empty reports every event, in place of none. The vendor does not say.
    /// Default: false.
    #[must_use]
    pub fn empty_account_filters_mean_all(mut self, all: bool) -> Self {
        self.settings.empty_account_filters_mean_all = all;
        self
    }

    /// Status that a caller gets when a pre-event webhook refuses. The vendor does not say. Default: 403.
    #[must_use]
    pub fn refusal_status(mut self, status: u16) -> Self {
        self.settings.refusal_status = status;
        self
    }

    /// Whether a pre-event webhook's answer that is not a JSON object, or is over 1 MB, refuses the action, in place of
    /// changing nothing. The vendor does not say. Default: false.
    #[must_use]
    pub fn refuse_on_bad_answer(mut self, refuse: bool) -> Self {
        self.settings.refuse_on_bad_answer = refuse;
        self
    }

    /// How long a pre-event webhook may take before the action goes on without it. Default: 5 seconds, as documented.
    #[must_use]
    pub fn pre_hook_timeout(mut self, timeout: Duration) -> Self {
        self.settings.pre_hook_timeout = timeout;
        self
    }

    /// How long a post-event webhook may take. Default: 15 seconds.
    #[must_use]
    pub fn post_hook_timeout(mut self, timeout: Duration) -> Self {
        self.settings.post_hook_timeout = timeout;
        self
    }

    /// How often a post-event webhook is tried again, and how long after the first failure; the wait doubles from then
    /// on, up to 300 seconds. Default: 3 times, 1 second.
    #[must_use]
    pub fn retries(mut self, retries: u32, delay: Duration) -> Self {
        self.settings.retries = retries;
        self.settings.retry_delay = delay;
        self
    }

    /// Lets through this many writes per second of each service and each conversation, and refuses more with 429
    /// (50063). The vendor's number is 30. Default: no limit.
    #[must_use]
    pub fn rate_limit(mut self, per_second: u32) -> Self {
        self.settings.rate_limit = Some(per_second);
        self
    }

    /// Keeps this many of the latest REST requests with their responses, for [`Emulator::requests`], the control API and
    /// the inspector; 0 keeps none. Of each 4 KB of the body, of the response, of the headers and of the URL are kept, of
    /// all together 16 MB: beyond it the oldest are dropped. They are in memory, also with a data file. Default: 1000.
    #[must_use]
    pub fn request_journal(mut self, requests: usize) -> Self {
        self.settings.request_journal = requests;
        self
    }

    /// Sets how many connections may be open at once. At the limit, a new connection takes the place of the one that has
    /// waited longest for its client, for a quarter of a second at least: one that is idle, or that sent half a request.
    /// While every connection has a request in work, new ones wait. Default: 512, at least 1.
    #[must_use]
    pub fn connection_limit(mut self, connections: usize) -> Self {
        self.settings.input.connections = connections;
        self
    }

    /// Sets how long the request line and the headers of a request may take to arrive, from their first byte. After that
    /// the connection is closed. They have at most 64 KB and 100 headers, else the response is 431. Default: 10 seconds.
    #[must_use]
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.settings.input.header_timeout = timeout;
        self
    }

    /// Sets how long the body of a request may take to arrive. After that the response is 408, and the connection is
    /// closed. A body has at most 1 MB, that of a snapshot as much as [`snapshot_limit`](Self::snapshot_limit) says, else
    /// the response is 413. Default: 30 seconds.
    #[must_use]
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.settings.input.body_timeout = timeout;
        self
    }

    /// Sets how long a connection may be open between two requests, and how long its client may take to read the next
    /// bytes of a response. After that it is closed. Default: 75 seconds.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.input.idle_timeout = timeout;
        self
    }

    /// Sets the size of the largest snapshot that [`Emulator::restore`] and `PUT /_emulator/snapshot` take, in bytes.
    /// Default: 256 MB.
    #[must_use]
    pub fn snapshot_limit(mut self, bytes: usize) -> Self {
        self.settings.input.snapshot_bytes = bytes;
        self
    }

    /// Has something go wrong on purpose.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Loads a scenario, in YAML or JSON: items that the first account has, or a list of calls that are made for it, before
    /// the first request.
    ///
    /// With a data file it is made once, all of it or nothing: an account that had its scenario keeps it, and gets no other.
    /// A scenario has at most 16 MB, 1,000,000 values on at most 32 levels, and makes at most 1,000,000 calls. What begins
    /// with `[` or `{` is JSON, else it is YAML, of which the spelling of scalars is kept: `+15551230001` needs no quotes.
    /// Rate limits and faults do not apply to it.
    ///
    /// # Items
    ///
    /// A mapping with `services`, `configuration`, `roles`, `credentials`, `users`, `addresses`, `conversations` and
    /// `webhooks` (the configuration of the account's). A service may have `roles`, `configuration`, `notifications`,
    /// `users`, `conversations` and `webhooks` of its own; a conversation has `participants`, `messages` and `webhooks`.
    /// They are made in this order, whatever their order in the document. Every other key is a parameter of the operation
    /// that creates the item, spelled as in responses: `friendly_name`, `timers: {inactive: PT1H}`. `attributes` may be a
    /// list or mapping.
    ///
    /// - `name` names an item. A parameter that takes a SID takes `$` and the name of an item that is made before; it may be
    ///   written without `_sid`: `role: $agent`.
    /// - `service` of a role, user or conversation of the document is its service, by `$` and name or by SID. Default: the
    ///   account's default service.
    /// - `count` makes an item that many times, with all that is in it. `{n}` in its values is the number, from 1.
    /// - Keys of the document that begin with `x-` are ignored. YAML anchors may stand there.
    /// - The `state` of a conversation is set when all that is in it is there.
    ///
    /// No webhook is called. An error names the line and the path: `conversations[2].participants[0].identity`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let scenario = "
    /// services:
    ///   - {name: support, friendly_name: Support}
    /// roles:
    ///   - {name: agent, service: $support, friendly_name: agent, type: service, permissions: [joinConversation]}
    /// users:
    ///   - {identity: maria, service: $support, role: $agent}
    /// conversations:
    ///   - friendly_name: Order 4711
    ///     participants: [{identity: alice}]
    ///     messages: {count: 1000, author: alice, body: 'Message {n}'}
    /// ";
    /// let emulator = twilio_conversations_emulator::Emulator::builder().seed(scenario).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Calls
    ///
    /// A call is an object with `post`, a path of the API or of a control call; `form`, its fields, with an array for a
    /// repeated one; `webhooks`, whether they hear of it (default: false); and `save`, a name for the SID in the answer,
    /// which later calls write in braces.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let scenario = r#"[
    ///     {"post": "/v1/Conversations", "form": {"FriendlyName": "Order 4711"}, "save": "order"},
    ///     {"post": "/v1/Conversations/{order}/Participants", "form": {"Identity": "alice"}},
    ///     {"post": "/_emulator/messages", "form": {"ConversationSid": "{order}", "Identity": "alice", "Body": "Hi"}}
    /// ]"#;
    /// let emulator = twilio_conversations_emulator::Emulator::builder().seed(scenario).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn seed(mut self, scenario: impl Into<String>) -> Self {
        self.seed = Some(Seed { name: None, text: scenario.into() });
        self
    }

    /// The same with the name of the file that the scenario is from, for errors.
    pub(crate) fn seed_from(mut self, name: &str, scenario: String) -> Self {
        self.seed = Some(Seed { name: Some(name.to_owned()), text: scenario });
        self
    }

    /// Generates the same SIDs and idempotency tokens in every run, throws the same dice for the rates of faults, and
    /// stops the clock at 2026-01-01T00:00:00Z. Default: random ones, and the clock of the system.
    ///
    /// The same requests, one after the other, then have the same responses and webhooks in every run of this version of
    /// the emulator. The SIDs of one kind depend on those of no other: the third message has the same SID however many
    /// participants there are. Requests that overlap may swap theirs. Headers with times and request ids still differ, and
    /// URLs with the port, unless [`vendor_urls`](Self::vendor_urls) is set.
    ///
    /// The clock stands still until it is moved ([`Emulator::advance_clock`], `POST /_emulator/clock`), so that items that
    /// are made without moving it have the same date, and timers and rate limits wait. A data file keeps how far the
    /// generator and the clock came: after a restart no SID is generated again. A clock that the data file has already
    /// goes on as it did.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use twilio_conversations_emulator::Emulator;
    ///
    /// let scenario = r#"[{"post": "/v1/Conversations", "form": {}, "save": "order"}]"#;
    /// let emulator = Emulator::builder().seed_ids(7).seed(scenario).start().await?;
    /// // Its SID and dates are the same tomorrow.
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn seed_ids(mut self, seed: u64) -> Self {
        self.seed_ids = Some(seed);
        self
    }

    /// Signs the account's webhooks with a shared key and HMAC-SHA256, in place of its auth token and HMAC-SHA1. See
    /// [`Emulator::set_signing_key`], which changes it.
    #[must_use]
    pub fn signing_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.signing_key = Some((id.into(), secret.into()));
        self
    }

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
    #[cfg(feature = "proxy")]
    #[must_use]
    pub fn proxy(mut self, port: u16) -> Self {
        self.proxy = Some(port);
        self
    }

    /// Keeps the CA of the [proxy](Self::proxy) in a folder, so that the next start uses it again: `ca.pem`, the
    /// certificate, and `ca-key.pem`, its key, which only the user can read. They are made if they are not there. The
    /// certificate is valid for a year, and is renewed with the same key by a start in its last 30 days.
    #[cfg(feature = "proxy")]
    #[must_use]
    pub fn ca_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.proxy_settings.ca_folder = Some(folder.into());
        self
    }

    /// Limits of the proxy that a test can reach in no time.
    #[cfg(all(test, feature = "proxy"))]
    pub(crate) fn proxy_limits(mut self, limits: proxy::Limits) -> Self {
        self.proxy_settings.limits = limits;
        self
    }

    #[cfg(feature = "proxy")]
    pub(crate) fn has_data_file(&self) -> bool {
        self.data.is_some()
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
                Some(proxy::Bound::new(&self.proxy_settings, address, self.data.as_deref()).await?)
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
