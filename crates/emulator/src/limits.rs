//! How many writes per second are let through, where a limit is set.
//!
//! The vendor counts per service for what concerns the service, and per conversation for what concerns the
//! conversation. Reads are not counted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rusqlite::params;

use crate::account::Account;
use crate::call::Input;
use crate::core::Core;
use crate::error::Refusal;
use crate::spec::is_sid;
use crate::store::Cached;

/// Operations whose last SID is that of the conversation that they count for.
const UPDATES: [&str; 2] = ["UpdateConversation", "UpdateServiceConversation"];

/// What a write counts for, by its row.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Counted {
    /// Services, credentials, addresses, the account's configuration.
    Account(i64),
    /// Its conversations as they come and go, users, roles, and whatever else is in no conversation.
    Service(i64),
    /// Its update, participants, messages and webhooks, and what its users set for themselves in it.
    Conversation(i64),
}

/// Writes of the current second, by what they count for.
#[derive(Default)]
pub(crate) struct Limits {
    counts: Mutex<(i64, HashMap<Counted, u32>)>,
}

impl Limits {
    /// Counts a write, or refuses it.
    pub(crate) fn check(&self, core: &Core, account: &Account, input: &Input<'_>, writes: bool) -> Result<(), Refusal> {
        let Some(limit) = core.settings.rate_limit else { return Ok(()) };
        if !writes {
            return Ok(());
        }
        let counted = core.store.read(|db| counted(db, account, input)).map_err(Refusal::failed)?;
        let second = core.clock.now().0.div_euclid(1000);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.0 != second {
            *counts = (second, HashMap::new());
        }
        let count = counts.1.entry(counted).or_default();
        if *count >= limit {
            return Err(Refusal::new(429, 50063, "Actions per second limit exceeded"));
        }
        *count += 1;
        Ok(())
    }
}

/// What a request counts for, however its path names it. What is not there counts for what it would be in.
fn counted(db: &rusqlite::Connection, account: &Account, input: &Input<'_>) -> rusqlite::Result<Counted> {
    let operation = input.operation;
    let value = |name: &str| {
        let index = operation.path.iter().position(|parameter| *parameter.name == *name)?;
        Some(input.path.get(index))
    };
    let service = match value("ChatServiceSid") {
        Some(sid) => {
            db.first("SELECT id FROM service WHERE sid = ? AND account = ?", params![sid, account.id], read)?
        }
        None if operation.resource.is_some_and(|resource| resource.of_service) => {
            db.first("SELECT default_service FROM account WHERE id = ?", [account.id], read)?
        }
        None => None,
    };
    let Some(service) = service.flatten() else { return Ok(Counted::Account(account.id)) };
    let update = UPDATES.contains(&&*operation.id);
    let Some(name) = value("ConversationSid").or_else(|| value("Sid").filter(|_| update)) else {
        return Ok(Counted::Service(service));
    };
    let sql = if is_sid(name, Some(*b"CH")) {
        "SELECT id FROM conversation WHERE sid = ? AND service = ?"
    } else {
        "SELECT id FROM conversation WHERE unique_name = ? AND service = ?"
    };
    let conversation = db.first(sql, params![name, service], read)?.flatten();
    Ok(conversation.map_or(Counted::Service(service), Counted::Conversation))
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<i64>> {
    row.get(0)
}

#[cfg(test)]
mod tests {
    use super::UPDATES;
    use crate::resource::handler;
    use crate::spec::Api;

    #[test]
    fn what_is_in_the_default_service_is_known_of_its_resource() {
        for yes in ["CreateConversation", "CreateConversationWithParticipants", "DeleteUser", "UpdateRole"] {
            assert!(handler(yes).unwrap().0.of_service, "{yes}");
        }
        for no in ["CreateService", "UpdateConfiguration", "CreateCredential", "CreateConfigurationAddress"] {
            assert!(!handler(no).unwrap().0.of_service, "{no}");
        }
    }

    #[test]
    fn the_updates_that_count_for_their_conversation_are_operations_of_the_specification() {
        for update in UPDATES {
            let exists = Api::get().unwrap().operations().iter().any(|operation| operation.id == update);
            assert!(
                exists,
                "{update}, in UPDATES of crates/emulator/src/limits.rs, is no operation: remove or rename it"
            );
        }
    }
}
