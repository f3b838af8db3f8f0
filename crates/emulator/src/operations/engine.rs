//! Runs requests on the state: transactions, their retries after pre-event webhooks, and their effects.

use std::sync::Arc;

use tokio::sync::Notify;

use super::Result;
use crate::clock::Clock;
use crate::domain::account::{Account, Actor};
use crate::domain::pre_event::overtaken;
use crate::error::{ApiError, Failure, code};
use crate::semaphores::Semaphores;
use crate::settings::Settings;
use crate::store::Store;
use crate::store::account::Accounts;
use crate::store::transaction::{Effects, RequestState, Transaction};
use crate::webhooks::delivery::Webhooks;

/// Most responses of pre-event webhooks that a request discards because the state changed during the call.
const DISCARDED_RESPONSES: usize = 10;

/// Runs the operations of an emulator instance.
pub(crate) struct Engine {
    pub(crate) webhooks: Arc<Webhooks>,
    /// Notified when a timer was set or the clock was moved.
    pub(crate) timers: Notify,
    /// Held while a message opens a conversation, by the addresses. So two concurrent messages open one conversation.
    pub(super) openings: Semaphores,
}

/// An account's caller of the engine.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) account: &'a Account,
    pub(crate) actor: &'a Actor,
    /// The generation of the store that a request of several transactions is limited to.
    pub(crate) generation: Option<u64>,
}

impl Engine {
    pub(crate) fn new(webhooks: Arc<Webhooks>) -> Self {
        Self { webhooks, timers: Notify::new(), openings: Semaphores::new(1) }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.webhooks.instance.store
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.webhooks.instance.accounts
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.webhooks.instance.clock
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.webhooks.instance.settings
    }

    pub(crate) fn caller<'a>(&'a self, account: &'a Account, actor: &'a Actor) -> Caller<'a> {
        Caller { engine: self, account, actor, generation: None }
    }
}

impl Caller<'_> {
    /// This caller, limited to the present generation of the store: if the state is replaced between two transactions of
    /// a request, the next one fails.
    pub(crate) fn of_one_state(&self) -> Self {
        Self { generation: Some(self.engine.store().generation()), ..*self }
    }

    /// The state of a request that begins now. The generation is read before the clock, so that a reset in between is
    /// detected.
    fn begin(&self) -> RequestState {
        let generation = self.generation.unwrap_or_else(|| self.engine.store().generation());
        RequestState::begin(self.engine.clock().now(), generation)
    }

    /// Runs work in a transaction, unless the state was replaced since the request began.
    fn unless_replaced<T>(
        &self,
        db: &rusqlite::Connection,
        request: &RequestState,
        effects: &Effects,
        work: impl FnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        if self.engine.store().generation() != request.generation {
            effects.replaced.set(true);
            return Err(replaced().into());
        }
        let Self { engine, account, actor, .. } = *self;
        let (now, ids, settings) = (engine.clock().now(), &engine.store().ids, engine.settings());
        work(&Transaction { db, account, actor, now, ids, settings, request, effects })
    }

    /// Reads without a transaction.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T, ApiError> {
        let effects = Effects::default();
        let result = self.engine.store().read(|db| self.unless_replaced(db, &self.begin(), &effects, work));
        result.map_err(rejected)
    }

    /// Runs a request in a transaction.
    ///
    /// If a pre-event webhook must be called, the transaction is rolled back, the webhook is called without holding the
    /// lock, and the transaction is retried with its response, which repeats all checks. A response is used only for
    /// an identical request.
    pub(crate) async fn write<T>(&self, work: impl Fn(&Transaction<'_>) -> Result<T>) -> Result<T, ApiError> {
        let mut request = self.begin();
        loop {
            let (result, effects) = self.attempt(&request, &work);
            if effects.replaced.get() {
                if self.generation.is_some() || !request.responses.is_empty() {
                    return Err(replaced());
                }
                request = self.begin();
                continue;
            }
            let failure = match result {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let Some(call) = effects.pre_event.take() else { return Err(rejected(failure)) };
            let discarded = request.responses.len().saturating_sub(effects.responses_used.get());
            if discarded >= DISCARDED_RESPONSES {
                return Err(overtaken(&call.event));
            }
            request.keep_sids(&effects);
            let identity = call.request.clone();
            drop(effects);
            let response = self.engine.webhooks.call_pre_event(self.account, *call).await;
            request.responses.push((identity, response));
        }
    }

    /// Runs a transaction without webhooks and rolls it back: it finds the errors of a request that takes several
    /// transactions before the first is committed.
    pub(crate) fn rehearse(&self, work: impl Fn(&Transaction<'_>) -> Result<()>) -> Result<(), ApiError> {
        let actor = Actor { calls_webhooks: false, ..self.actor.clone() };
        let caller = Caller { actor: &actor, ..*self };
        let (request, effects) = (self.begin(), Effects::default());
        let result = self.engine.store().rehearse(|db| caller.unless_replaced(db, &request, &effects, &work));
        result.map_err(rejected)
    }

    /// Runs one transaction on the present state, outside of a request. Its effects follow the commit.
    pub(super) fn attempt_now<T>(&self, work: &impl Fn(&Transaction<'_>) -> Result<T>) -> Result<T> {
        loop {
            let (result, effects) = self.attempt(&self.begin(), work);
            if !effects.replaced.get() {
                return result;
            }
        }
    }

    /// Runs one transaction. Its effects follow the commit.
    fn attempt<T>(
        &self,
        request: &RequestState,
        work: &impl Fn(&Transaction<'_>) -> Result<T>,
    ) -> (Result<T>, Effects) {
        let effects = Effects::default();
        let result = self.engine.store().write(|db| self.unless_replaced(db, request, &effects, work));
        if result.is_ok() {
            for queue in effects.queues.take() {
                self.engine.webhooks.wake(queue);
            }
            if effects.rescheduled.get() {
                self.engine.timers.notify_one();
            }
            self.engine.webhooks.notify(0);
        }
        (result, effects)
    }
}

/// 503: the state was replaced while the request was handled.
fn replaced() -> ApiError {
    ApiError::new(503, code::RESET, "The emulator was reset while the request was handled")
}

/// The response to a request that failed.
fn rejected(failure: Failure) -> ApiError {
    match failure {
        Failure::Rejected(error) => error,
        Failure::Database(error) => ApiError::failed(error),
        Failure::PreEventCall => ApiError::failed("a pre-event webhook cannot be called here"),
    }
}
