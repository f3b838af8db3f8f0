//! Restores the webhooks of this run and of earlier ones, and notes the result.

use std::time::Duration;

use super::{
    configuration::Scope,
    hold::{Hold, Restored, saved_scopes},
};
use crate::{failure::Result, terminal::Terminal};

/// Attempts to restore the webhooks, one second apart.
const ATTEMPTS: u32 = 3;

/// Restores what earlier runs left, of the account and all of its services.
///
/// # Errors
///
/// The configuration of one is not restored; the others are.
pub(super) async fn all(scope: &Scope, terminal: &Terminal) -> Result<()> {
    let scopes = saved_scopes(scope.client.base_url(), &scope.account_sid)?;
    if scopes.is_empty() {
        terminal.note(format!("there is nothing to restore for account {}", scope.account_sid));
    }
    let mut result = Ok(());
    for service_sid in scopes {
        let restored = match Hold::take(Scope { service_sid, ..scope.clone() }) {
            Ok(hold) => one(&hold, terminal).await,
            Err(failure) => Err(failure),
        };
        if let Err(failure) = restored
            && let Err(earlier) = std::mem::replace(&mut result, Err(failure))
        {
            terminal.note(format!("warning: {earlier}"));
        }
    }
    result
}

/// Restores the saved configuration and notes it. Requests that fail are retried.
///
/// # Errors
///
/// The file is malformed, or the requests fail.
pub(super) async fn one(hold: &Hold, terminal: &Terminal) -> Result<()> {
    // A retry would not mend a malformed file.
    hold.saved()?;
    let mut attempt = 1;
    loop {
        match hold.restore().await {
            Ok(Restored::Nothing) => {}
            Ok(Restored::Done) => terminal.note(format!("restored the webhooks of {}", hold.scope())),
            Ok(Restored::ChangedByOthers(state)) => terminal.note(format!(
                "the webhooks of {} were changed while they pointed here, and were not overwritten: {state}; the saved \
                 configuration is in {}",
                hold.scope(),
                hold.beside("kept.json").display()
            )),
            Err(_) if attempt < ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            Err(failure) => {
                return Err(failure.context(format!(
                    "restoring the webhooks of {}, which are saved in {}; run twconv listen --restore",
                    hold.scope(),
                    hold.path().display()
                )));
            }
        }
        return Ok(());
    }
}
