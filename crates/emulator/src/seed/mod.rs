//! Scenarios: the initial state of an emulator. A scenario is a list of requests, or a document of items that is
//! translated to requests.

mod calls;
mod document;
mod form;
mod node;
mod yaml;

use std::pin::Pin;

use http_body_util::{BodyExt as _, Either};
use hyper::Request;
use hyper::header::CONTENT_TYPE;
use serde_json::Value;

use self::node::{Kind, Node, Problem};
use crate::control::{self, Control, Scenario};
use crate::domain::account::{Account, Actor};
use crate::error::Error;
use crate::http::api::Client;
use crate::store::account;

/// Largest scenario, in bytes.
pub(crate) const SIZE_LIMIT: u64 = 16 * 1024 * 1024;
/// Most requests of a scenario.
const CALLS: u64 = 1_000_000;

/// Runs the requests of a scenario, all of them or, if one fails, none. See `Load` of `control::start`.
pub(crate) fn load<'a>(
    scenario: &'a Scenario,
    control: &'a Control,
) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
    Box::pin(scenario.load_once(control))
}

impl Scenario {
    /// Runs the requests of the scenario for the first account: all of them or, if one fails, none. Does nothing if the
    /// account had a scenario before.
    async fn load_once(&self, control: &Control) -> Result<(), Error> {
        let (engine, store) = (&control.api.engine, control.api.engine.store());
        let Some(account) = engine.accounts().find(None) else { return Ok(()) };
        let failed = |error: rusqlite::Error| Error::because("cannot keep the scenario in the data", error);
        if store.read(|db| account::is_seeded(db, account.id)).map_err(failed)? {
            return Ok(());
        }
        let root = self.read().map_err(|problem| self.error(&problem))?;
        store.begin_batch().map_err(failed)?;
        // Rate limits apply to clients only.
        control.api.rate_limits.suspend(true);
        let caller = Caller { control, account };
        let loaded = match &root.kind {
            Kind::List(calls) => calls::make(&caller, calls).await,
            _ => document::make(&caller, &root).await,
        };
        control.api.rate_limits.suspend(false);
        loaded.map_err(|problem| self.error(&problem))?;
        let noted = store.write(|db| account::set_seeded(db, account.id));
        noted.and_then(|()| store.commit_batch()).map_err(failed)
    }

    /// JSON if it begins as a list or an object does, else YAML.
    fn read(&self) -> Result<Node, Problem> {
        let whole = |text: String| Problem { line: None, path: String::new(), text };
        if u64::try_from(self.text.len()).unwrap_or(u64::MAX) > SIZE_LIMIT {
            return Err(whole(format!("it is larger than {SIZE_LIMIT} bytes")));
        }
        let text = self.text.trim_start_matches('\u{feff}');
        if text.trim_start().starts_with(['[', '{']) { Node::of_json(text).map_err(whole) } else { yaml::read(text) }
    }

    fn error(&self, problem: &Problem) -> Error {
        match &self.name {
            Some(name) => Error::new(format!("cannot make the scenario in {name}: {problem}")),
            None => Error::new(format!("cannot make the scenario: {problem}")),
        }
    }
}

/// Sends requests in place of a client.
struct Caller<'c> {
    control: &'c Control,
    account: &'c Account,
}

impl Caller<'_> {
    /// Sends one request and returns its response, or the status and message of its rejection.
    async fn post(
        &self,
        path: &str,
        form: &[(impl AsRef<str>, impl AsRef<str>)],
        webhooks: bool,
    ) -> Result<Value, String> {
        let control = self.control;
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(());
        let (parts, ()) = request.map_err(|error| error.to_string())?.into_parts();
        let response = if path.starts_with("/_emulator/") {
            control::respond_for_account(control, &parts, body.as_bytes()).await
        } else {
            let actor = Actor::rest(webhooks, control.api.engine.settings());
            let client = Client { account: self.account, actor: &actor, prefix: "" };
            let path = parts.uri.path().to_owned();
            control.api.respond_to(&client, &path, &parts, body.as_bytes()).await.map(Either::Left)
        };
        let status = response.status();
        let bytes = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        let response: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            Ok(response)
        } else {
            Err(format!("{status}: {}", response["message"].as_str().unwrap_or_default()))
        }
    }
}

fn sid(response: &Value) -> Option<String> {
    response["sid"].as_str().map(str::to_owned)
}
