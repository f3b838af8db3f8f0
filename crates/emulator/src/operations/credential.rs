//! Push credentials.

use super::call::{Call, Output};
use super::fields::Fields;
use super::item::{Path, item};
use super::resource::{Resource as _, resource};
use super::{Operation, RateScope};
use crate::domain::credential::Credential;
use crate::domain::limits::check_length;
use crate::error::{ApiError, Failure};
use crate::store::table::Table as _;

/// Accepted and not stored: the emulator sends no notifications, and the API never returns a secret.
const SECRETS: &[&str] = &["ApiKey", "Certificate", "PrivateKey", "Secret"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Credential>(&["CreateCredential"], create).counted(RateScope::Account).ignoring(SECRETS),
    Operation::fetch::<Credential>(&["FetchCredential"]),
    Operation::new::<Credential>(&["UpdateCredential"], update).counted(RateScope::Account).ignoring(SECRETS),
    Operation::list::<Credential>(&["ListCredential"]),
    Operation::delete::<Credential>(&["DeleteCredential"]).counted(RateScope::Account),
];

fn create(call: &Call<'_>) -> Result<Output, Failure> {
    let tx = call.tx;
    let mut credential = Credential {
        account: tx.account.id,
        sid: tx.new_sid("CR"),
        kind: call.form().value("Type")?.ok_or_else(|| ApiError::missing("Type"))?,
        date_created: tx.now,
        date_updated: tx.now,
        ..Credential::default()
    };
    credential.set(call.form())?;
    credential.insert(tx.db)?;
    Ok(Output::item(credential))
}

fn update(call: &Call<'_>) -> Result<Output, Failure> {
    let mut credential = Credential::find(call)?;
    credential.set(call.form())?;
    credential.date_updated = call.tx.now;
    credential.update(call.tx.db)?;
    Ok(Output::item(credential))
}

impl Credential {
    /// Sets the fields of a request.
    fn set(&mut self, form: &Fields) -> Result<(), Failure> {
        check_length("FriendlyName", form.text("FriendlyName"), 64)?;
        form.set_nullable("FriendlyName", &mut self.friendly_name);
        self.kind = form.value("Type")?.unwrap_or(self.kind);
        self.sandbox = form.boolean("Sandbox").or(self.sandbox);
        Ok(())
    }
}

resource!(Credential, |call| call.tx.account.id);

item! {
    impl Credential { sid, friendly_name, kind = "type", date_created, date_updated }
    |item| {
        "account_sid" => Property::AccountSid,
        // A string in the API.
        "sandbox" => item.sandbox.map(|sandbox| if sandbox { "True" } else { "False" }),
        "url" => Path::of_account(["Credentials", &item.sid]),
    }
}
