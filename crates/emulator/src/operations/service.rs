//! Services.

use super::call::{Call, Output};
use super::item::{Path, item};
use super::resource::resource;
use super::{Operation, RateScope};
use crate::domain::limits::check_length;
use crate::domain::service::Service;
use crate::error::Failure;
use crate::store::service;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new::<Service>(&["CreateService"], create).counted(RateScope::Account),
    Operation::fetch::<Service>(&["FetchService"]),
    Operation::list::<Service>(&["ListService"]),
    Operation::delete::<Service>(&["DeleteService"]).counted(RateScope::Account),
];

fn create(call: &Call<'_>) -> Result<Output, Failure> {
    let name = call.form().text("FriendlyName").unwrap_or_default();
    check_length("FriendlyName", Some(name), 256)?;
    let tx = call.tx;
    Ok(Output::item(service::create(tx.db, tx.ids, tx.account.id, name, tx.new_sid("IS"), tx.now)?))
}

/// The links of a service, and their paths below it.
const LINKS: &[(&str, &str)] = &[
    ("conversations", "Conversations"),
    ("conversation_with_participants", "ConversationWithParticipants"),
    ("participant_conversations", "ParticipantConversations"),
    ("users", "Users"),
    ("roles", "Roles"),
    ("bindings", "Bindings"),
    ("configuration", "Configuration"),
];

resource!(Service, |call| call.tx.account.id);

item! {
    impl Service { sid, friendly_name, date_created, date_updated }
    |item| {
        "account_sid" => Property::AccountSid,
        "url" => Path::of_account(["Services", &item.sid]),
        "links" => Property::LinksBelow(Path::of_account(["Services", &item.sid]), LINKS),
    }
}
