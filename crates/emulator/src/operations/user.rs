//! Users.

use super::call::{Call, Output};
use super::fields::Fields;
use super::item::{Path, item};
use super::resource::{Resource as _, resource};
use super::{Access, Operation, ParameterCode, RateScope};
use crate::domain::limits::ATTRIBUTES;
use crate::domain::service::ServiceKey;
use crate::domain::user::{User, check_identity};
use crate::domain::values::RoleType;
use crate::error::{ApiError, ErrorCode, Failure};
use crate::store::table::Table as _;
use crate::store::transaction::Transaction;
use crate::store::{service, unless_taken, user};

const IDENTITY_CODES: &[ParameterCode] = &[ParameterCode::both("Identity", ErrorCode::IDENTITY_MISSING)];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<User>(&["CreateUser", "CreateServiceUser"], create)
        .counted(RateScope::Service)
        .codes(IDENTITY_CODES),
    Operation::fetch::<User>(&["FetchUser", "FetchServiceUser"]).for_chat_users(Access::Any),
    Operation::new::<User>(&["UpdateUser", "UpdateServiceUser"], update)
        .for_chat_users(Access::ByRequest)
        .counted(RateScope::Service),
    Operation::list::<User>(&["ListUser", "ListServiceUser"]),
    Operation::delete::<User>(&["DeleteUser", "DeleteServiceUser"]).counted(RateScope::Service),
];

fn create(call: &Call<'_>) -> Result<Output, Failure> {
    let service = call.service()?;
    let identity = call.form().text("Identity").unwrap_or_default();
    Ok(Output::item(call.tx.add_user(&service, identity, call.form())?))
}

fn update(call: &Call<'_>) -> Result<Output, Failure> {
    let service = call.service()?;
    let mut user = User::find_of(call, service.id)?;
    let tx = call.tx;
    tx.require_user_info(&service, &user.identity)?;
    if call.form().filled("RoleSid").is_some() {
        tx.require_service_role_assignment(&service, &user.identity)?;
    }
    user.set(tx, call.form())?;
    user.date_updated = tx.date_of_change(user.date_updated);
    tx.before(user.place(), || user.update_event())?;
    user.update(tx.db)?;
    tx.after(user.place(), || user.updated_event())?;
    Ok(Output::item(user))
}

impl Transaction<'_> {
    /// The user of an identity, added if there is none.
    pub(super) fn user_of_identity(&self, service: &ServiceKey, identity: &str) -> Result<User, Failure> {
        match user::find(self.db, service.id, identity)? {
            Some(user) => Ok(user),
            None => self.add_user(service, identity, &Fields::default()),
        }
    }

    fn add_user(&self, key: &ServiceKey, identity: &str, form: &Fields) -> Result<User, Failure> {
        check_identity(identity)?;
        let service = service::get(self.db, key.id)?.unwrap_or_default();
        let mut user = User {
            service: key.id,
            service_sid: key.sid.clone(),
            sid: self.new_sid("US"),
            identity: identity.to_owned(),
            attributes: "{}".to_owned(),
            role: service.chat_service_role,
            role_sid: service.chat_service_role_sid,
            reachability_enabled: service.reachability_enabled,
            date_created: self.now,
            date_updated: self.now,
            ..User::default()
        };
        user.set(self, form)?;
        unless_taken(user.insert(self.db), |_| ApiError::conflict(ErrorCode::USER_EXISTS, "User already exists"))?;
        self.after(user.place(), || user.added_event())?;
        Ok(user)
    }
}

impl User {
    /// Sets the fields of a request.
    fn set(&mut self, tx: &Transaction<'_>, form: &Fields) -> Result<(), Failure> {
        form.set_limited("FriendlyName", 256, &mut self.friendly_name)?;
        form.set_attributes(ATTRIBUTES, &mut self.attributes)?;
        if let Some(sid) = form.filled("RoleSid") {
            (self.role, self.role_sid) = tx.role(self.service, sid, RoleType::Service)?;
        }
        Ok(())
    }
}

resource!(User, |call| call.service()?.id, user::find);

item! {
    impl User {
        service_sid = "chat_service_sid", sid, identity, friendly_name, attributes, role_sid, date_created,
        date_updated,
    }
    |item| {
        "account_sid" => Property::AccountSid,
        // Null unless the service has reachability enabled.
        "is_online" => Some(item.is_online).filter(|_| item.reachability_enabled),
        "is_notifiable" => Some(item.is_notifiable).filter(|_| item.reachability_enabled),
        "url" => Path::in_service(["Users", &item.sid]),
        "links" => Property::LinksBelow(Path::in_service(["Users", &item.sid]), &[("user_conversations", "Conversations")]),
    }
}
