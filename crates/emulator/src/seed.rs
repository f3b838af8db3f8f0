//! Scenarios: a list of calls that are made before anyone else's.

use std::collections::HashMap;

use http_body_util::{BodyExt as _, Either};
use hyper::Request;
use hyper::header::CONTENT_TYPE;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use crate::control::{self, Control};
use crate::domain::account::Actor;
use crate::error::Error;
use crate::http::api::Client;
use crate::store::Cached;

/// One call of a scenario.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Path of the API, or of a control call.
    post: String,
    #[serde(default)]
    form: IndexMap<String, Value>,
    /// Whether webhooks hear of it.
    #[serde(default)]
    webhooks: bool,
    /// A name for the SID in the answer, which later steps write in braces.
    save: Option<String>,
}

/// Makes the calls of a scenario, for the first account: all of them or, if one fails, none; and none if it had one.
pub(crate) async fn plant_once(control: &Control, text: &str) -> Result<(), Error> {
    let Some(account) = control.api.engine.accounts().find(None) else { return Ok(()) };
    let failed = |error: rusqlite::Error| Error::because("cannot keep the scenario in the data", error);
    let seeded =
        control.api.engine.store().read(|db| db.number("SELECT seeded FROM account WHERE id = ?", [account.id]));
    if seeded.map_err(failed)? != 0 {
        return Ok(());
    }
    control.api.engine.store().begin_batch().map_err(failed)?;
    plant(control, text).await?;
    let noted = control
        .api
        .engine
        .store()
        .write(|db| db.execute_cached("UPDATE account SET seeded = 1 WHERE id = ?", [account.id]));
    noted.and_then(|_| control.api.engine.store().commit_batch()).map_err(failed)
}

async fn plant(control: &Control, text: &str) -> Result<(), Error> {
    let steps: Vec<Step> =
        serde_json::from_str(text).map_err(|error| Error::because("cannot read the scenario", error))?;
    let mut saved = HashMap::new();
    for (index, step) in steps.iter().enumerate() {
        let number = index + 1;
        let doing = || format!("cannot make call {number} of the scenario, {}", step.post);
        let answer = call(control, step, &saved).await.map_err(|problem| Error::because(doing(), problem))?;
        if let Some(name) = &step.save {
            let sid = answer["sid"].as_str().ok_or_else(|| Error::because(doing(), "its answer has no SID"))?;
            saved.insert(name.clone(), sid.to_owned());
        }
    }
    Ok(())
}

async fn call(control: &Control, step: &Step, saved: &HashMap<String, String>) -> Result<Value, String> {
    let path = fill(&step.post, saved)?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &step.form {
        match value {
            Value::Array(values) => {
                for value in values {
                    form.append_pair(name, &fill(&text(value), saved)?);
                }
            }
            value => {
                form.append_pair(name, &fill(&text(value), saved)?);
            }
        }
    }
    let body = form.finish();
    let request = Request::post(&path).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(());
    let (parts, ()) = request.map_err(|error| error.to_string())?.into_parts();
    let response = if path.starts_with("/_emulator/") {
        control::respond(control, &parts, body.as_bytes()).await
    } else {
        let account = control.api.engine.accounts().find(None).ok_or("there is no account")?;
        let actor = Actor::rest(step.webhooks, control.api.engine.settings());
        let client = Client { account, actor: &actor, prefix: "" };
        let path = parts.uri.path().to_owned();
        control.api.respond_to(&client, &path, &parts, body.as_bytes()).await.map(Either::Left)
    };
    let status = response.status();
    let bytes = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if status.is_success() { Ok(answer) } else { Err(format!("{status}: {}", text(&answer["message"]))) }
}

/// A text as it is, anything else as JSON: attributes may be written as objects.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Puts saved SIDs where `{name}` stands. Other braces stay.
fn fill(text: &str, saved: &HashMap<String, String>) -> Result<String, String> {
    let mut filled = text.to_owned();
    for (name, sid) in saved {
        filled = filled.replace(&format!("{{{name}}}"), sid);
    }
    if text.starts_with('/') && filled.contains('{') {
        return Err(format!("nothing was saved for a name in {filled}"));
    }
    Ok(filled)
}
