//! Bindings. Apps create them with an SDK, and control requests do in the emulator.

use super::call::{Call, Output};
use super::item::{Path, item};
use super::resource::resource;
use super::{Operation, RateScope};
use crate::domain::binding::{Binding, MESSAGE_TYPES};
use crate::domain::service::ServiceKey;
use crate::domain::values::{BindingType, Documented};
use crate::error::Failure;
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{binding, credential};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::fetch::<Binding>(&["FetchServiceBinding"]),
    Operation::new::<Binding>(&["ListServiceBinding"], list),
    Operation::delete::<Binding>(&["DeleteServiceBinding"]).counted(RateScope::Service),
];

fn list(call: &Call<'_>) -> Result<Output, Failure> {
    let service = call.service()?;
    let types = call.query().value_list::<BindingType>("BindingType")?.unwrap_or_default();
    let types: Vec<_> = types.into_iter().map(Documented::as_str).collect();
    let identities = call.query().list("Identity").unwrap_or_default();
    call.page::<Binding>(&binding::list(service.id, &types, &identities))
}

impl Transaction<'_> {
    /// Registers a device of a user, or renews it. Returns the SID of the binding.
    pub(super) fn add_binding(
        &self,
        service: &ServiceKey,
        identity: &str,
        binding_type: BindingType,
        endpoint: &str,
    ) -> Result<String, Failure> {
        self.user_of_identity(service, identity)?;
        let known = binding::of_endpoint(self.db, service.id, identity, endpoint)?;
        let mut binding = known.unwrap_or_else(|| Binding {
            service: service.id,
            sid: self.new_sid("BS"),
            identity: identity.to_owned(),
            endpoint: endpoint.to_owned(),
            message_types: MESSAGE_TYPES.map(str::to_owned).into(),
            date_created: self.now,
            ..Binding::default()
        });
        binding.binding_type = binding_type;
        binding.credential_sid = credential::latest_sid(self.db, self.account.id, binding_type)?;
        binding.date_updated = self.now;
        if binding.id == 0 {
            binding.insert(self.db)?;
        } else {
            binding.update(self.db)?;
        }
        Ok(binding.sid)
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
