//! The configuration that an emulator is started with, and the assembly of its parts on a database.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use super::{Control, Hosts};
use crate::error::Error;
use crate::http::api::Api;
use crate::http::fault::Fault;
use crate::http::faults::Faults;
use crate::http::journal::Journal;
use crate::http::{RateLimits, Spec};
use crate::operations::engine::Engine;
use crate::settings::Settings;
use crate::sid::Ids;
use crate::store::Store;
use crate::store::account::{Accounts, Credentials};
use crate::store::instance::{Instance, open_clock};
use crate::webhooks::delivery::Webhooks;

/// The configuration that an emulator is started with. A reset uses it again.
pub(crate) struct Start {
    pub(crate) accounts: Vec<Credentials>,
    pub(crate) settings: Settings,
    pub(crate) faults: Vec<Fault>,
    pub(crate) seed: Option<Scenario>,
    pub(crate) seed_ids: Option<u64>,
    /// Id and secret of the first account's shared key.
    pub(crate) signing_key: Option<(String, String)>,
    pub(crate) data: Option<PathBuf>,
    /// The address by which the listener is reached from this machine.
    pub(crate) address: SocketAddr,
    pub(crate) hosts: Hosts,
    pub(crate) time: Instant,
}

/// A scenario in YAML or JSON.
pub(crate) struct Scenario {
    /// The file that it is from.
    pub(crate) name: Option<String>,
    pub(crate) text: String,
    pub(crate) load: Load,
}

/// Runs the requests of the scenario: all of them or, if one fails, none. Does nothing if the state had a scenario before.
pub(crate) type Load =
    for<'a> fn(&'a Scenario, &'a Control) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

impl Start {
    /// Sets the shared key of the first account, if the emulator is started with one. Webhooks of other accounts are signed
    /// with auth tokens.
    pub(super) fn sign(&self, engine: &Engine) -> Result<(), Error> {
        let keys = &engine.webhooks.signing_keys;
        engine.accounts().all().iter().for_each(|account| keys.remove(account));
        let (Some((id, secret)), Some(account)) = (&self.signing_key, engine.accounts().find(None)) else {
            return Ok(());
        };
        let set = keys.set(account, id, secret);
        set.map_err(|error| Error::because("cannot use the signing key", Error::from(error)))
    }
}

impl Control {
    /// Assembles the services of an emulator on a data file or a database in memory. Accounts that it does not have are added.
    pub(crate) fn new(start: Arc<Start>, data: Option<&Path>) -> Result<Self, Error> {
        let store = Store::open(data, Ids::new(start.seed_ids))?;
        let clock = open_clock(&store)?;
        let accounts = Accounts::open(&store, &start.accounts, clock.now())?;
        let instance = Instance { store, accounts, clock, settings: start.settings.clone() };
        let api = Api {
            engine: Arc::new(Engine::new(Arc::new(Webhooks::new(instance)))),
            spec: Spec::get().map_err(Error::new)?,
            faults: Faults::new(&start.faults),
            journal: Journal::new(start.settings.request_journal),
            rate_limits: RateLimits::default(),
            base_url: format!("http://{}", start.address),
        };
        start.sign(&api.engine)?;
        Ok(Self { api, start, replacing: tokio::sync::Mutex::default(), uploading: tokio::sync::Mutex::default() })
    }
}
