//! Push notifications: credentials, and bindings of devices, which apps create with an SDK, and control requests do in
//! the emulator.

use super::engine::Engine;
use super::{Call, Change, Operation, Output, Path, RateScope, Result, item, resource};
use crate::domain::account::{Account, Actor};
use crate::domain::binding::{Binding, MESSAGE_TYPES};
use crate::domain::credential::Credential;
use crate::domain::values::{BindingType, Documented};
use crate::error::ApiError;
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{binding, credential};

/// Accepted and not stored: the emulator sends no notifications, and the API never returns a secret.
const SECRETS: &[&str] = &["ApiKey", "Certificate", "PrivateKey", "Secret"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Credential>(&["CreateCredential"], create_credential)
        .counted(RateScope::Account)
        .ignoring(SECRETS),
    Operation::fetch::<Credential>(&["FetchCredential"]),
    Operation::update::<Credential>(&["UpdateCredential"]).counted(RateScope::Account).ignoring(SECRETS),
    Operation::list::<Credential>(&["ListCredential"]),
    Operation::delete::<Credential>(&["DeleteCredential"]).counted(RateScope::Account),
    Operation::fetch::<Binding>(&["FetchServiceBinding"]),
    Operation::new::<Binding>(&["ListServiceBinding"], list_bindings),
    Operation::delete::<Binding>(&["DeleteServiceBinding"]).counted(RateScope::Service),
];

fn create_credential(call: &Call<'_>) -> Result<Output> {
    let tx = call.tx;
    let mut credential = Credential {
        account: tx.account.id,
        sid: tx.new_sid("CR"),
        kind: call.form().required("Type")?,
        date_created: tx.now,
        ..Credential::default()
    };
    credential.set(call)?;
    credential.insert(tx.db)?;
    Ok(Output::item(credential))
}

impl Change for Credential {
    fn set(&mut self, call: &Call<'_>) -> Result<()> {
        let form = call.form();
        self.date_updated = call.tx.now;
        form.set_limited("FriendlyName", 64, &mut self.friendly_name)?;
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

fn list_bindings(call: &Call<'_>) -> Result<Output> {
    let service = call.service()?;
    let types = call.query().value_list::<BindingType>("BindingType")?.unwrap_or_default();
    let types: Vec<_> = types.into_iter().map(Documented::as_str).collect();
    let identities = call.query().list("Identity").unwrap_or_default();
    call.page::<Binding>(&binding::list(service.id, &types, &identities))
}

impl Engine {
    /// Registers a device for push notifications, as an app does, or renews it. Returns the SID of the binding.
    pub(crate) async fn add_binding(
        &self,
        account: &Account,
        service: Option<&str>,
        identity: &str,
        kind: &str,
        endpoint: &str,
    ) -> Result<String, ApiError> {
        let invalid = || ApiError::invalid("BindingType", &format!("not one of {}", BindingType::list()));
        let binding_type = BindingType::read(kind).ok_or_else(invalid)?;
        if endpoint.is_empty() {
            return Err(ApiError::missing("Endpoint"));
        }
        let work = |tx: &Transaction<'_>| {
            let service = tx.service_by_sid(service)?;
            tx.user_of_identity(&service, identity)?;
            let known = binding::of_endpoint(tx.db, service.id, identity, endpoint)?;
            let mut binding = known.unwrap_or_else(|| Binding {
                service: service.id,
                sid: tx.new_sid("BS"),
                identity: identity.to_owned(),
                endpoint: endpoint.to_owned(),
                message_types: MESSAGE_TYPES.map(str::to_owned).into(),
                date_created: tx.now,
                ..Binding::default()
            });
            binding.binding_type = binding_type;
            binding.credential_sid = credential::latest_sid(tx.db, tx.account.id, binding_type)?;
            binding.date_updated = tx.now;
            if binding.id == 0 {
                binding.insert(tx.db)?;
            } else {
                binding.update(tx.db)?;
            }
            Ok(binding.sid)
        };
        self.caller(account, &Actor::sdk(identity)).write(work).await
    }
}

resource!(Binding, |call| call.service()?.id);

item! {
    impl Binding {
        service_sid = "chat_service_sid", sid, identity, endpoint, binding_type, credential_sid, date_created,
        date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "message_types" => Property::Texts(item.message_types.iter().map(String::as_str).collect()),
        "url" => Path::in_service(["Bindings", &item.sid]),
    }
}
