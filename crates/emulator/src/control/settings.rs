//! The control requests about the clock, and about the shared key that signs an account's webhooks.

use hyper::Method;
use serde_json::{Value, json};

use super::{need, truth, value};
use crate::domain::account::Account;
use crate::domain::timers::milliseconds;
use crate::error::{ApiError, with_causes};
use crate::http::api::Api;
use crate::operations::fields::Fields;
use crate::time::parse_date_time;

/// Reads the clock (`GET`), or moves it before and runs the timers that are due by then (`POST`).
pub(super) fn clock(api: &Api, method: &Method, path: &str, form: &Fields) -> Result<Value, ApiError> {
    match *method {
        Method::GET => {}
        Method::POST => move_clock(api, form)?,
        _ => return Err(ApiError::not_found(path)),
    }
    let clock = api.engine.clock();
    Ok(json!({"now": clock.now().to_millis_text(), "frozen": clock.is_frozen()}))
}

fn move_clock(api: &Api, form: &Fields) -> Result<(), ApiError> {
    let advance = value(form, "Advance", "not an ISO 8601 duration", milliseconds)?;
    let set = value(form, "Set", "not an RFC 3339 date and time", parse_date_time)?;
    let freeze = truth(form, "Freeze")?;
    let moved = api.engine.move_clock(|reading| {
        if let Some(freeze) = freeze {
            reading.freeze(freeze);
        }
        if let Some(to) = set {
            reading.move_to(to);
        }
        if let Some(duration) = advance {
            reading.advance(duration);
        }
    });
    moved.map_err(|error| ApiError::failed(with_causes(&error)))
}

/// Sets the key (`POST` with `KeyId` and `Secret`), removes it (`DELETE`) or shows it (`GET`). The response has the id of
/// the key and never its secret.
pub(super) fn signing_key(api: &Api, account: &Account, method: &Method, form: &Fields) -> Result<Value, ApiError> {
    let keys = &api.engine.webhooks.signing_keys;
    match *method {
        Method::GET => {}
        Method::POST => keys.set(account, need(form, "KeyId")?, need(form, "Secret")?)?,
        Method::DELETE => keys.remove(account),
        _ => return Err(ApiError::not_allowed(method, "GET, POST, DELETE")),
    }
    let key = keys.of(account);
    let algorithm = if key.is_some() { "HMAC_SHA256" } else { "HMAC_SHA1" };
    Ok(json!({"key_id": key.as_ref().map(|key| key.id()), "algorithm": algorithm}))
}
