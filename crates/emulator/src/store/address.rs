//! Address configurations.

use rusqlite::Connection;

use super::listing::Listing;
use super::table::{Table as _, table};
use crate::domain::address::Address;
use crate::domain::values::{AddressType, Documented as _};

table! {
    Address as "address" in "account", from "address",
    joined {}
    fixed { account, sid, kind = "type", address, address_country, date_created }
    mutable {
        friendly_name, auto.enabled = "auto_enabled", auto.kind = "auto_type", auto.service_sid = "auto_service_sid",
        auto.webhook_url = "auto_webhook_url", auto.webhook_method = "auto_webhook_method", auto.flow_sid = "auto_flow_sid",
        auto.retry_count = "auto_retry_count", date_updated,
    }
    lists { webhook_filters = "address_webhook_filter" }
}

pub(crate) fn find(db: &Connection, account: i64, name: &str) -> rusqlite::Result<Option<Address>> {
    Address::by_sid_or(db, account, name, *b"IG", "address = ? AND account = ?")
}

pub(crate) fn list(account: i64, kind: Option<AddressType>) -> Listing {
    Address::of(account).and("type = ?", kind.map(|kind| kind.as_str().to_owned()))
}
