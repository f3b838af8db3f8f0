//! Runs the timers of conversations when they are due.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Result;
use super::engine::Engine;
use crate::clock::Reading;
use crate::domain::account::{Account, Actor};
use crate::domain::conversation::StateReason;
use crate::domain::values::ConversationState;
use crate::error::{Error, Failure};
use crate::store::conversation;
use crate::store::transaction::Transaction;

/// Longest pause between two checks of the timers.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Pause while the database fails.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// Runs timers until stopped.
pub(crate) async fn run(engine: Arc<Engine>, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match engine.run_due_timers() {
            // Errors of the database surface on the next request.
            Err(_) => DATABASE_PAUSE,
            Ok(()) => engine.until_next_timer(),
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = engine.timers.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Engine {
    pub(crate) fn run_due_timers(&self) -> Result<()> {
        let actor = Actor::emulator();
        for account in self.accounts().all() {
            let caller = self.caller(account, &actor);
            while caller.attempt_now(&run_next_timer)? {}
        }
        Ok(())
    }

    /// Moves the clock, and runs the timers that are due by then.
    pub(crate) fn move_clock(&self, change: impl FnOnce(&mut Reading)) -> Result<(), Error> {
        self.webhooks.instance.change_clock(change)?;
        self.timers.notify_one();
        self.run_due_timers().map_err(|failure| match failure {
            Failure::Database(error) => Error::because("cannot run the timers", error),
            failure => Error::new(format!("cannot run the timers: {failure:?}")),
        })
    }

    /// The time until the next timer of this emulator's accounts is due.
    fn until_next_timer(&self) -> Duration {
        let next = |account: &Account| self.store().read(|db| conversation::next_timer(db, account.id)).ok().flatten();
        match self.accounts().all().iter().filter_map(next).min() {
            Some(due) if !self.clock().is_frozen() => {
                let millis = due.0.saturating_sub(self.clock().now().0).max(1);
                Duration::from_millis(u64::try_from(millis).unwrap_or(1)).min(LONGEST_PAUSE)
            }
            _ => LONGEST_PAUSE,
        }
    }
}

/// Runs the timer that was due first. Returns `false` if none is due.
fn run_next_timer(tx: &Transaction<'_>) -> Result<bool> {
    let Some(timer) = conversation::first_due_timer(tx.db, tx.account.id, tx.now)? else { return Ok(false) };
    let mut conversation = timer.conversation;
    let from = conversation.state;
    conversation.state = if timer.closes { ConversationState::Closed } else { ConversationState::Inactive };
    conversation.date_updated = timer.due;
    conversation.timers.date_inactive = None;
    if timer.closes {
        conversation.timers.date_closed = None;
    }
    tx.save_state(&mut conversation, from, StateReason::Timer)?;
    Ok(true)
}
