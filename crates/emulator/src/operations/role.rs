//! Roles.

use super::call::{Call, Output};
use super::item::{Path, item};
use super::resource::{Resource as _, resource};
use super::{Operation, RateScope};
use crate::domain::limits::check_length;
use crate::domain::role::{Permission, Role, read_permissions};
use crate::domain::values::{Documented as _, RoleType};
use crate::error::{ApiError, ErrorCode, Failure};
use crate::store::role;
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Role>(&["CreateRole", "CreateServiceRole"], create).counted(RateScope::Service),
    Operation::fetch::<Role>(&["FetchRole", "FetchServiceRole"]),
    Operation::new::<Role>(&["UpdateRole", "UpdateServiceRole"], update).counted(RateScope::Service),
    Operation::list::<Role>(&["ListRole", "ListServiceRole"]),
    Operation::delete::<Role>(&["DeleteRole", "DeleteServiceRole"]).counted(RateScope::Service),
];

fn create(call: &Call<'_>) -> Result<Output, Failure> {
    let service = call.service()?;
    let (tx, form) = (call.tx, call.form());
    check_length("FriendlyName", form.text("FriendlyName"), 64)?;
    let kind = form.value("Type")?.ok_or_else(|| ApiError::missing("Type"))?;
    let mut role = Role {
        service: service.id,
        service_sid: service.sid,
        sid: tx.new_sid("RL"),
        friendly_name: form.text("FriendlyName").unwrap_or_default().to_owned(),
        kind,
        permissions: read_permissions(kind, &form.list("Permission").unwrap_or_default())?,
        date_created: tx.now,
        date_updated: tx.now,
        ..Role::default()
    };
    role.insert(tx.db)?;
    Ok(Output::item(role))
}

fn update(call: &Call<'_>) -> Result<Output, Failure> {
    let mut role = Role::find(call)?;
    role.permissions = read_permissions(role.kind, &call.form().list("Permission").unwrap_or_default())?;
    role.date_updated = call.tx.now;
    role.update(call.tx.db)?;
    role.replace_lists(call.tx.db)?;
    Ok(Output::item(role))
}

impl Transaction<'_> {
    /// The row of a role that a request names. It must be of the service and of the type.
    pub(super) fn role(&self, service: i64, sid: &str, kind: RoleType) -> Result<i64, Failure> {
        let code = match kind {
            RoleType::Service => ErrorCode::ROLE_NOT_FOUND,
            RoleType::Conversation => ErrorCode::CONVERSATION_ROLE_NOT_FOUND,
        };
        let not_found = || ApiError::bad(code, format!("The {} role {sid} was not found", kind.as_str()));
        Ok(role::id(self.db, service, sid, kind)?.ok_or_else(not_found)?)
    }
}

resource!(Role, |call| call.service()?.id);

item! {
    impl Role {
        service_sid = "chat_service_sid", sid, friendly_name, kind = "type", date_created, date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        "permissions" => Property::Texts(item.permissions.iter().copied().map(Permission::as_str).collect()),
        "url" => Path::in_service(["Roles", &item.sid]),
    }
}
