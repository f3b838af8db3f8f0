//! Bindings.

use rusqlite::{Connection, params};

use super::listing::Listing;
use super::lists::to_json;
use super::select::Select as _;
use super::table::{Table as _, table};
use crate::domain::binding::Binding;

table! {
    Binding as "binding" in "service",
    from "binding JOIN service ON service.id = binding.service",
    joined { service_sid = "service.sid" }
    fixed { service, sid, identity, endpoint, date_created }
    mutable { binding_type, credential_sid, date_updated }
    lists { message_types = "binding_message_type" }
}

/// The binding of an identity's device.
pub(crate) fn of_endpoint(
    db: &Connection,
    service: i64,
    identity: &str,
    endpoint: &str,
) -> rusqlite::Result<Option<Binding>> {
    let condition = "binding.service = ? AND identity = ? AND endpoint = ?";
    Binding::first(db, condition, params![service, identity, endpoint])
}

/// The bindings of a service, of some types and identities if any are named.
pub(crate) fn list(service: i64, types: &[&str], identities: &[&str]) -> Listing {
    let any = |values: &[&str]| (!values.is_empty()).then(|| to_json(values));
    Binding::of(service)
        .and("binding_type IN (SELECT value FROM json_each(?))", any(types))
        .and("identity IN (SELECT value FROM json_each(?))", any(identities))
}
