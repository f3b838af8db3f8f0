//! A transaction of the database, with the context of its request.

use std::cell::{Cell, RefCell};

use rusqlite::Connection;

use crate::domain::account::{Account, Actor};
use crate::domain::pre_event::{PreEventCall, PreEventRequest, PreEventResponse};
use crate::settings::Settings;
use crate::sid::Ids;
use crate::time::Millis;

/// One attempt of a request, in one transaction of the database.
pub(crate) struct Transaction<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) account: &'a Account,
    pub(crate) actor: &'a Actor,
    pub(crate) now: Millis,
    pub(crate) ids: &'a Ids,
    pub(crate) settings: &'a Settings,
    pub(crate) request: &'a RequestState,
    pub(crate) effects: &'a Effects,
}

/// The state of a request that outlives a rolled back transaction.
#[derive(Debug)]
pub(crate) struct RequestState {
    /// When the request began.
    pub(crate) begun: Millis,
    /// The generation of the store at that time. A reset begins another one.
    pub(crate) generation: u64,
    /// Recorded responses of pre-event webhooks.
    pub(crate) responses: Vec<(PreEventRequest, PreEventResponse)>,
    /// SIDs that earlier attempts generated.
    sids: Vec<String>,
}

/// The effects of a transaction beside its changes.
#[derive(Default)]
pub(crate) struct Effects {
    /// The pre-event webhook to be called before the transaction is retried.
    pub(crate) pre_event: RefCell<Option<Box<PreEventCall>>>,
    /// How many recorded responses of pre-event webhooks were used.
    pub(crate) responses_used: Cell<usize>,
    /// Keys of the queues that webhooks were put into.
    pub(crate) queues: RefCell<Vec<String>>,
    /// SIDs that were generated or reused.
    sids: RefCell<Vec<String>>,
    /// Whether a conversation's timers changed.
    pub(crate) rescheduled: Cell<bool>,
    /// Whether the work was skipped because the state was replaced since the request began.
    pub(crate) replaced: Cell<bool>,
}

impl RequestState {
    pub(crate) fn begin(now: Millis, generation: u64) -> Self {
        Self { begun: now, generation, responses: Vec::new(), sids: Vec::new() }
    }

    /// Keeps the SIDs of a rolled back transaction for its retry.
    pub(crate) fn keep_sids(&mut self, effects: &Effects) {
        for sid in effects.sids.take() {
            if !self.sids.contains(&sid) {
                self.sids.push(sid);
            }
        }
    }
}

impl Transaction<'_> {
    /// The date of a change: the beginning of its request, so that it does not depend on the duration of a pre-event
    /// webhook call, but not before the date of the last change.
    pub(crate) fn date_of_change(&self, last: Millis) -> Millis {
        self.request.begun.max(last.min(self.now))
    }

    /// A new SID. It is the same when the transaction is retried, since a pre-event webhook may have received it.
    pub(crate) fn new_sid(&self, prefix: &str) -> String {
        if !self.actor.may_be_retried() {
            return self.ids.sid(prefix);
        }
        let mut sids = self.effects.sids.borrow_mut();
        let has_prefix = |sid: &&String| sid.starts_with(prefix);
        let before = sids.iter().filter(has_prefix).count();
        let earlier = self.request.sids.iter().filter(has_prefix).nth(before);
        let sid = earlier.cloned().unwrap_or_else(|| self.ids.sid(prefix));
        sids.push(sid.clone());
        sid
    }
}
