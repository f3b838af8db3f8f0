//! The limit of writes per second, if one is set. The API counts per service and per conversation; reads are not counted.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::{ApiError, ErrorCode, Failure};
use crate::operations::RateScope;
use crate::operations::call::{Call, Input};
use crate::operations::engine::Caller;
use crate::store::conversation;
use crate::store::transaction::Transaction;

/// The object that a write is counted for, by its row.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Counted {
    Account(i64),
    Service(i64),
    Conversation(i64),
}

/// Writes of the current second.
#[derive(Default)]
pub(crate) struct RateLimits {
    /// Whether a scenario is being loaded, whose requests are not counted.
    suspended: AtomicBool,
    counts: Mutex<(i64, HashMap<Counted, u32>)>,
}

impl RateLimits {
    /// Stops or resumes counting.
    pub(crate) fn suspend(&self, suspend: bool) {
        self.suspended.store(suspend, Ordering::Release);
    }

    /// Clears all counts. The rows that they belong to no longer exist.
    pub(crate) fn clear(&self) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }

    /// Counts a write.
    ///
    /// # Errors
    ///
    /// 429, 50063, beyond the limit.
    pub(super) fn check(&self, caller: &Caller<'_>, input: &Input<'_>) -> Result<(), ApiError> {
        let Some(limit) = caller.engine.settings().rate_limit else { return Ok(()) };
        if input.operation.reads() || self.suspended.load(Ordering::Acquire) {
            return Ok(());
        }
        let counted = caller.read(|tx| counted(tx, input))?;
        let second = caller.engine.clock().now().0.div_euclid(1000);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.0 != second {
            *counts = (second, HashMap::new());
        }
        let count = counts.1.entry(counted).or_default();
        if *count >= limit {
            return Err(ApiError::new(429, ErrorCode::ACTION_RATE_LIMIT, "Actions per second limit exceeded"));
        }
        *count += 1;
        Ok(())
    }
}

/// The object of a request. A missing one counts against its parent's limit.
fn counted(tx: &Transaction<'_>, input: &Input<'_>) -> Result<Counted, Failure> {
    let account = Counted::Account(tx.account.id);
    let parameter = match input.operation.rate {
        RateScope::None | RateScope::Account => return Ok(account),
        RateScope::Service => None,
        RateScope::Conversation(parameter) => Some(parameter),
    };
    let service = match (Call { tx, input }).service() {
        Ok(service) => service.id,
        Err(Failure::Rejected(_)) => return Ok(account),
        Err(failure) => return Err(failure),
    };
    let Some(parameter) = parameter else { return Ok(Counted::Service(service)) };
    let name = input.parameters.get(parameter).unwrap_or_default();
    let conversation = conversation::find(tx.db, service, name)?;
    Ok(conversation.map_or(Counted::Service(service), |conversation| Counted::Conversation(conversation.id)))
}
