//! The control requests that set or remove the shared key that signs an account's webhooks.

use hyper::Method;
use serde_json::{Value, json};

use crate::domain::account::Account;
use crate::error::{ApiError, code};
use crate::http::api::Api;
use crate::operations::fields::Fields;

pub(super) const PATH: &str = "/signing-key";

/// Sets the key (`POST` with `KeyId` and `Secret`), removes it (`DELETE`) or shows it (`GET`). The response has the id of
/// the key and never its secret.
pub(super) fn handle(api: &Api, account: &Account, method: &Method, form: &Fields) -> Result<Value, ApiError> {
    let need = |name: &str| form.filled(name).ok_or_else(|| ApiError::missing(name));
    let keys = &api.engine.webhooks.signing_keys;
    match *method {
        Method::GET => {}
        Method::POST => keys.set(account, need("KeyId")?, need("Secret")?)?,
        Method::DELETE => keys.remove(account),
        _ => {
            let message = format!("Method {method} is not allowed here: GET, POST, DELETE");
            return Err(ApiError::new(405, code::METHOD_NOT_ALLOWED, message));
        }
    }
    let key = keys.of(account);
    let algorithm = if key.is_some() { "HMAC_SHA256" } else { "HMAC_SHA1" };
    Ok(json!({"key_id": key.as_ref().map(|key| key.id()), "algorithm": algorithm}))
}
