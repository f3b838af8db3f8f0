//! What all parts of a running emulator share, and how work is done on its state.

use tokio::sync::Notify;

use crate::account::{Account, Accounts};
use crate::call::{Action, Actor, Signals, Turn};
use crate::clock::Clock;
use crate::control::Hosts;
use crate::error::{Refusal, Stop};
use crate::limits::Limits;
use crate::resource;
use crate::server::Faults;
use crate::settings::Settings;
use crate::spec::Api;
use crate::store::{Cached, Store};
use crate::time::Millis;
use crate::webhook::{Deliverer, Sender, overtaken};

/// How many answers of pre-event webhooks may prove useless, because what they were about has changed meanwhile.
const USELESS_ANSWERS: usize = 10;

/// A running emulator, without its sockets.
pub(crate) struct Core {
    pub(crate) api: &'static Api,
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) faults: Faults,
    pub(crate) limits: Limits,
    /// Where it listens: `http://127.0.0.1:4010`.
    pub(crate) base_url: String,
    /// Where control calls may be addressed to.
    pub(crate) hosts: Hosts,
    pub(crate) sender: Sender,
    pub(crate) deliverer: Deliverer,
    /// Rung when a timer was set or the clock was moved.
    pub(crate) timers: Notify,
}

impl Core {
    /// Does something for an account, all of it or nothing.
    ///
    /// Where a pre-event webhook wants to be asked, the work is undone, the webhook is asked while others get on with
    /// theirs, and the work is done from the beginning with the answer at hand. So what was checked before a slow
    /// answer is checked again after it, and an answer counts for the question that was asked and for no other: if the
    /// work takes another way this time, or finds something else there, the webhook is asked about that.
    pub(crate) async fn act<T>(
        &self,
        account: &Account,
        actor: &Actor,
        writes: bool,
        work: impl Fn(Turn<'_>) -> Result<T, Stop>,
    ) -> Result<T, Refusal> {
        let mut action = Action::begin(self.clock.now());
        loop {
            let (result, signals) = self.attempt(account, actor, &action, writes, &work);
            match result {
                Ok(done) => return Ok(done),
                Err(Stop::Refused(refusal)) => return Err(refusal),
                Err(Stop::Database(error)) => return Err(Refusal::failed(error)),
                Err(Stop::Ask(ask)) => {
                    if action.answers.len().saturating_sub(signals.answered.get()) >= USELESS_ANSWERS {
                        return Err(overtaken(&ask.event));
                    }
                    action.keep(signals);
                    let answer = self.ask(account, &ask).await;
                    action.answers.push((ask.question, answer));
                }
            }
        }
    }

    fn attempt<T>(
        &self,
        account: &Account,
        actor: &Actor,
        action: &Action,
        writes: bool,
        work: &impl Fn(Turn<'_>) -> Result<T, Stop>,
    ) -> (Result<T, Stop>, Signals) {
        let signals = Signals::default();
        let now = self.clock.now();
        let turn = |db: &rusqlite::Connection| {
            work(Turn { db, account, now, settings: &self.settings, actor, action, signals: &signals })
        };
        let result = if writes { self.store.write(turn) } else { self.store.read(turn) };
        if result.is_ok() {
            for lane in signals.lanes.take() {
                self.deliverer.wake(lane);
            }
            if signals.rescheduled.get() {
                self.timers.notify_one();
            }
            if writes {
                self.deliverer.tell(0);
            }
        }
        (result, signals)
    }

    /// Runs all timers that are due.
    pub(crate) fn run_timers(&self) -> Result<(), Stop> {
        let actor = Actor::timer();
        for account in self.accounts.all() {
            let next = || {
                let action = Action::begin(self.clock.now());
                self.attempt(account, &actor, &action, true, &|turn| resource::run_next_timer(&turn)).0
            };
            while next()?.is_some() {}
        }
        Ok(())
    }

    /// When the next timer is due, of the accounts that are here.
    pub(crate) fn next_timer(&self) -> Option<Millis> {
        // A cross join is one that SQLite does in this order: along the index, to the first that fits.
        const FIRST: &str = "SELECT min(due) FROM (
            SELECT * FROM (SELECT date_inactive AS due FROM conversation CROSS JOIN service ON service.id = service
             WHERE date_inactive IS NOT NULL AND account = ?1 ORDER BY date_inactive LIMIT 1)
            UNION ALL
            SELECT * FROM (SELECT date_closed FROM conversation CROSS JOIN service ON service.id = service
             WHERE date_closed IS NOT NULL AND account = ?1 ORDER BY date_closed LIMIT 1))";
        let due = |account: &Account| {
            self.store
                .read(|db| db.first(FIRST, [account.id], |row| row.get::<_, Option<i64>>(0)))
                .ok()
                .flatten()
                .flatten()
        };
        self.accounts.all().iter().filter_map(due).min().map(Millis)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Emulator, Error};

    #[tokio::test]
    async fn nobody_waits_for_the_timers_of_an_account_that_is_in_the_data_only() -> Result<(), Error> {
        let scenario = r#"[{"post": "/v1/Conversations", "form": {"Timers.Inactive": "PT1M"}, "save": "x"}]"#;
        let emulator = Emulator::builder().seed(scenario).start().await?;
        let core = &emulator.core;
        let own = core.next_timer();
        assert!(own > Some(core.clock.now()), "{own:?}");
        let added: rusqlite::Result<()> = core.store.write(|db| {
            db.execute_batch(
                "INSERT INTO account (id, sid, default_messaging_service_sid) VALUES (7, 'AC7', 'MG7');
                 INSERT INTO service (id, account, sid, friendly_name, date_created, date_updated)
                 VALUES (7, 7, 'IS7', '', 0, 0);
                 INSERT INTO conversation (service, sid, attributes, state, activity, date_inactive, date_closed,
                 date_created, date_updated) VALUES (7, 'CH7', '{}', 'active', 1, 1, 2, 0, 0);",
            )
        });
        added.map_err(|error| Error::because("cannot add an account", error))?;
        assert_eq!(core.next_timer(), own);
        Ok(())
    }
}
