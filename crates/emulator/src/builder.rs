//! Configures and starts an emulator.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::App;
use crate::control::{Control, Hosts, Scenario, Start};
use crate::emulator::Emulator;
use crate::error::Error;
use crate::http::fault::Fault;
use crate::operations::timers;
use crate::seed::load;
use crate::settings::Settings;
use crate::store::account::Credentials;

/// Implements setters of the builder, each by a statement that changes it.
macro_rules! setters {
    ($($(#[$doc:meta])* pub fn $name:ident($builder:ident $(, $value:ident: $kind:ty)+) => $set:expr;)+) => {
        impl Builder {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(mut $builder $(, $value: $kind)+) -> Self {
                $set;
                $builder
            }
        )+}
    };
}

/// The default SID of an emulator's account.
pub const DEFAULT_ACCOUNT_SID: &str = "ACe0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0";

/// The default auth token of an emulator's account. It is public: by default the emulator listens on loopback only.
pub const DEFAULT_AUTH_TOKEN: &str = "e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0";

/// Configuration of an emulator. [`Emulator::builder`] creates it, [`start`](Self::start) uses it.
pub struct Builder {
    pub(crate) start: Start,
    #[cfg(feature = "proxy")]
    pub(crate) proxy: crate::proxy::Settings,
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
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let start = Start {
            accounts: vec![account],
            settings: Settings::default(),
            faults: Vec::new(),
            seed: None,
            seed_ids: None,
            signing_key: None,
            data: None,
            address: SocketAddr::new(address, 0),
            hosts: Hosts { listening: address, named: Vec::new() },
            time: Instant::now(),
        };
        Self {
            start,
            #[cfg(feature = "proxy")]
            proxy: crate::proxy::Settings::default(),
        }
    }
}

setters! {
    /// Sets the SID of the account: `AC` and 32 hexadecimal digits. Default: [`DEFAULT_ACCOUNT_SID`].
    pub fn account_sid(self, sid: impl Into<String>) => self.start.accounts[0].account_sid = sid.into();

    /// Sets the auth token of the account, for authentication and for signatures of webhooks; it must not be empty.
    /// Default: [`DEFAULT_AUTH_TOKEN`].
    pub fn auth_token(self, token: impl Into<String>) => self.start.accounts[0].auth_token = token.into();

    /// Adds an API key of the account, for authentication: `SK` and 32 hexadecimal digits, and its secret. Can be called
    /// several times. Default: no API keys.
    pub fn api_key(self, sid: impl Into<String>, secret: impl Into<String>) =>
        self.start.accounts[0].api_keys.push((sid.into(), secret.into()));

    /// Adds an account with its SID and auth token. Can be called several times. The data of accounts are separate. Default:
    /// one account.
    pub fn another_account(self, sid: impl Into<String>, auth_token: impl Into<String>) => {
        let (account_sid, auth_token) = (sid.into(), auth_token.into());
        self.start.accounts.push(Credentials { account_sid, auth_token, api_keys: Vec::new() });
    };

    /// Stores the state in a SQLite file, which is created if it does not exist. The state includes the clock's offset and
    /// whether it is frozen. Default: in memory.
    pub fn data_file(self, file: impl Into<PathBuf>) => self.start.data = Some(file.into());

    /// Sets the TCP port of the listener. Default: 0, which selects a free port.
    pub fn port(self, port: u16) => self.start.address.set_port(port);

    /// Sets the IP address of the listener. Default: `127.0.0.1`.
    ///
    /// Control requests need no credentials: every host that can reach the address can read and change the whole state.
    pub fn bind(self, address: IpAddr) => self.start.address.set_ip(address);

    /// Accepts control requests and requests of the inspector by this host name too: `emulator` for
    /// `http://emulator:4010`. Can be called several times.
    ///
    /// By default these requests are accepted by loopback names and addresses and by the address of the listener; if that
    /// is `0.0.0.0` or `::`, by any IP address. Requests by other names are rejected with 403, which guards against DNS
    /// rebinding. REST requests need credentials and are accepted by any host name.
    pub fn allow_host(self, name: impl Into<String>) => self.start.hosts.allow(&name.into());

    /// Sets whether form fields and query parameters that are not in the specification are rejected with 400 (20001).
    /// Otherwise they are ignored. Default: false.
    pub fn refuse_unknown_fields(self, refuse: bool) => self.start.settings.refuse_unknown_fields = refuse;

    /// Sets whether URLs in responses (`url`, `links`, pages) begin with `https://conversations.twilio.com`. Otherwise they
    /// begin with the host of the request. Default: false.
    pub fn vendor_urls(self, vendor: bool) => self.start.settings.vendor_urls = vendor;

    /// Adds a fault that is injected into requests. Can be called several times. Default: no faults.
    pub fn fault(self, fault: Fault) => self.start.faults.push(fault);

    /// Limits the writes per second for each service and each conversation. Beyond the limit they are rejected with 429
    /// (50063). Twilio documents a limit of 30. Default: no limit.
    pub fn rate_limit(self, per_second: u32) => self.start.settings.rate_limit = Some(per_second);

    /// Sets the number of REST requests that are kept with their responses, for
    /// [`Emulator::requests`](crate::Emulator::requests), the control API and the inspector. 0 keeps none. Default: 1000.
    ///
    /// Beyond this number, or beyond 16 MB together, the oldest are dropped. At most 4 KB each are kept of a request's URL,
    /// headers and body and of its response body. The requests are kept in memory, even with a data file.
    pub fn request_journal(self, requests: usize) => self.start.settings.request_journal = requests;

    /// Sets the number of connections that can be open at once. Default: 512. 0 counts as 1.
    ///
    /// At the limit, a new connection replaces the one that has waited longest for its client, and for at least 250 ms: an
    /// idle one, or one with an incomplete request. While all connections are handling requests, new ones wait.
    pub fn connection_limit(self, connections: usize) => self.start.settings.input.connections = connections;

    /// Sets the time limit for the request line and the headers of a request, from their first byte. After that the
    /// connection is closed. Default: 10 seconds. Beyond 64 KB or 100 headers the response is 431.
    pub fn header_timeout(self, timeout: Duration) => self.start.settings.input.header_timeout = timeout;

    /// Sets the time limit for the body of a request. After that the response is 408 and the connection is closed.
    /// Default: 30 seconds.
    ///
    /// Beyond 1 MB the response is 413; for a snapshot the limit is [`snapshot_limit`](Self::snapshot_limit).
    pub fn body_timeout(self, timeout: Duration) => self.start.settings.input.body_timeout = timeout;

    /// Sets the time limit of a connection between two requests, and of a client for reading the next bytes of a response.
    /// After that the connection is closed. Default: 75 seconds.
    pub fn idle_timeout(self, timeout: Duration) => self.start.settings.input.idle_timeout = timeout;

    /// Sets the size limit of snapshots for [`Emulator::restore`](crate::Emulator::restore) and
    /// `PUT /_emulator/snapshot`, in bytes. A larger snapshot is rejected. Default: 268,435,456 (256 MB).
    pub fn snapshot_limit(self, bytes: usize) => self.start.settings.input.snapshot_bytes = bytes;

    /// Sets whether REST requests with `X-Twilio-Webhook-Enabled: true` call pre-event webhooks. Default: true.
    ///
    /// Without `true`, an action by REST calls no webhooks at service or conversation scope; with `true` it calls
    /// post-event webhooks, and whether it calls pre-event webhooks is not documented.
    pub fn pre_hooks_for_rest(self, call: bool) => self.start.settings.pre_hooks_for_rest = call;

    /// Sets whether an account with an empty list of filters reports all events. Otherwise it reports none. Twilio does not
    /// document this. Default: false.
    pub fn empty_account_filters_mean_all(self, all: bool) => self.start.settings.empty_account_filters_mean_all = all;

    /// Sets the HTTP status of a request that a pre-event webhook rejects, with code 50056 or 50057. Twilio does not
    /// document it. Default: 403.
    pub fn refusal_status(self, status: u16) => self.start.settings.refusal_status = status;

    /// Sets whether a request is rejected (50057) if the response of its pre-event webhook is not a JSON object or is over
    /// 1 MB. Otherwise the request proceeds unchanged. Twilio does not document this. Default: false.
    pub fn refuse_on_bad_answer(self, refuse: bool) => self.start.settings.refuse_on_bad_answer = refuse;

    /// Sets the time limit of a pre-event webhook call. After that the request proceeds unchanged. Default: 5 seconds, as
    /// documented.
    pub fn pre_hook_timeout(self, timeout: Duration) => self.start.settings.pre_hook_timeout = timeout;

    /// Sets the time limit of each attempt of a post-event webhook call. After that the attempt has failed and is retried.
    /// Default: 15 seconds.
    pub fn post_hook_timeout(self, timeout: Duration) => self.start.settings.post_hook_timeout = timeout;

    /// Sets the number of retries of a post-event webhook call, and the delay before the first one. The delay doubles for
    /// each further retry, up to 300 seconds. Default: 3 retries, 1 second.
    pub fn retries(self, retries: u32, delay: Duration) => {
        self.start.settings.retries = retries;
        self.start.settings.retry_delay = delay;
    };

    /// Signs the webhooks of the first account with a shared key and HMAC-SHA256, in place of its auth token and HMAC-SHA1.
    /// The id takes 1 to 128 letters, digits, `_`, `-` and `.`, the secret 1 to 1024 bytes.
    /// [`Emulator::set_signing_key`](crate::Emulator::set_signing_key) changes it. Default: no shared key.
    pub fn signing_key(self, id: impl Into<String>, secret: impl Into<String>) =>
        self.start.signing_key = Some((id.into(), secret.into()));

    /// Loads a scenario in YAML or JSON before the first request: items of the first account, or a list of requests for it.
    /// Default: no scenario.
    ///
    /// A scenario is loaded completely or, on an error, not at all. A data file loads one scenario only: if its first
    /// account had one before, this one is ignored.
    ///
    /// A scenario is limited to 16 MB, 1,000,000 values, 32 levels and 1,000,000 requests; beyond that
    /// [`start`](Self::start) fails. A scenario that begins with `[` or `{` is JSON, any other one is YAML. YAML scalars keep
    /// their spelling: `+15551230001` needs no quotes.
    /// Rate limits and faults do not apply to it.
    ///
    /// # Items
    ///
    /// A mapping with `services`, `configuration`, `roles`, `credentials`, `users`, `addresses`, `conversations` and
    /// `webhooks` (the account's configuration). A service may have `roles`, `configuration`, `notifications`,
    /// `users`, `conversations` and `webhooks` of its own; a conversation has `participants`, `messages` and `webhooks`.
    /// They are created in this order, whatever their order in the document. Every other key is a parameter of the operation
    /// that creates the item, spelled as in responses: `friendly_name`, `timers: {inactive: PT1H}`. `attributes` may be a
    /// list or mapping.
    ///
    /// - `name` names an item. A SID parameter takes `$` and the name of an item that is created earlier. Its key may be
    ///   written without `_sid`: `role: $agent`.
    /// - `service` of a role, user or conversation of the document is its service, by `$` and name or by SID. Default: the
    ///   account's default service.
    /// - `count` creates an item that many times, with its contents. `{n}` in its values is the number, from 1.
    /// - Keys of the document that begin with `x-` are ignored. They can define YAML anchors.
    /// - The `state` of a conversation is set after its contents were added.
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
    /// # Requests
    ///
    /// A request is an object with `post`, a path of the API or of a control request; `form`, its fields, with an array for
    /// a repeated field; `webhooks`, whether webhooks are called (default: false); and `save`, a name for the SID in the
    /// response. Later requests refer to the SID by the name in braces.
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
    pub fn seed(self, scenario: impl Into<String>) =>
        self.start.seed = Some(Scenario { name: None, text: scenario.into(), load });

    /// Generates SIDs, idempotency tokens and the random decisions of faults from a seed, and freezes the clock at
    /// 2026-01-01T00:00:00Z. Default: random values, and the system clock.
    ///
    /// The same sequence of requests then has the same responses and webhooks in every run of this version of the emulator.
    /// Each kind of SID is counted separately: the SID of the third message does not depend on the number of participants.
    /// Concurrent requests may swap their SIDs. Headers with times and request ids still differ, and so do URLs, which have
    /// the port, unless [`vendor_urls`](Self::vendor_urls) is set.
    ///
    /// The clock stays frozen until it is moved ([`Emulator::advance_clock`](crate::Emulator::advance_clock),
    /// `POST /_emulator/clock`): items that are created meanwhile have the same date, and timers do not run. A data file
    /// stores the counts of the generator and the clock: after a restart no SID is generated twice, and the stored clock
    /// takes precedence.
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
    pub fn seed_ids(self, seed: u64) => self.start.seed_ids = Some(seed);

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
    #[cfg(feature = "proxy")]
    pub fn proxy(self, port: u16) => self.proxy.port = Some(port);

    /// Keeps the CA of the [proxy](Self::proxy) in a folder, so that the next start uses it again: the certificate in
    /// `ca.pem`, and its key in `ca-key.pem`, which only the user can read. Missing files are created. The certificate is
    /// valid for 365 days; a start within its last 30 days renews it with the same key. Default: see
    /// [`proxy`](Self::proxy).
    #[cfg(feature = "proxy")]
    pub fn ca_folder(self, folder: impl Into<PathBuf>) => self.proxy.ca_folder = Some(folder.into());
}

impl Builder {
    /// Starts the emulator on the Tokio runtime that this is called on.
    ///
    /// # Errors
    ///
    /// If the SID of an account or API key is malformed, an auth token is empty, the signing key is malformed, the
    /// data file or the CA cannot be used, a port cannot be bound, or the scenario is malformed or a request of it is
    /// rejected. The error has no [code](Error::code).
    pub async fn start(self) -> Result<Emulator, Error> {
        let mut start = self.start;
        let bound = start.address;
        let listener = TcpListener::bind(bound)
            .await
            .map_err(|error| Error::because(format!("cannot listen on {bound}"), error))?;
        let address =
            listener.local_addr().map_err(|error| Error::because(format!("cannot read the port of {bound}"), error))?;
        #[cfg(feature = "proxy")]
        let proxy = match self.proxy.port {
            Some(port) => {
                let address = SocketAddr::new(bound.ip(), port);
                Some(crate::proxy::Bound::new(&self.proxy, address, start.data.as_deref()).await?)
            }
            None => None,
        };
        start.hosts.listening = bound.ip();
        start.address = reachable(address);
        start.time = Instant::now();
        let start = Arc::new(start);
        let control = Control::new(start.clone(), start.data.as_deref())?;
        if let Some(seed) = &start.seed {
            (seed.load)(seed, &control).await?;
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
        let start = &self.start;
        let accounts: Vec<_> = start.accounts.iter().map(|account| &account.account_sid).collect();
        formatter
            .debug_struct("Builder")
            .field("accounts", &accounts)
            .field("address", &start.address.ip())
            .field("port", &start.address.port())
            .field("data", &start.data)
            .field("settings", &start.settings)
            .finish_non_exhaustive()
    }
}
