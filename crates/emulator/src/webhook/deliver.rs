//! Getting webhooks to where they belong.
//!
//! Post-event webhooks wait in the database, so that they outlive the process. Each lane, one receiver's calls about
//! one conversation, is delivered in order, by a task that ends when the lane is empty.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, params};
use tokio::sync::{Semaphore, broadcast, mpsc, watch};

use super::delivery::{self, Delivery, DeliveryState, Filter};
use super::send::{self, Sent};
use super::target::Hook;
use super::{Answer, Ask};
use crate::account::Account;
use crate::core::Core;
use crate::error::{Error, Refusal};
use crate::sid::new_uuid;
use crate::spec::Fields;
use crate::store::Cached;

/// Most calls under way at once to one receiver. One that hangs holds up nobody else's.
const AT_ONCE: usize = 64;
/// How many of the latest calls are kept to be looked at, and how many that were given up.
const KEPT: i64 = 10_000;
/// So many calls are forgotten at a time.
const FORGOTTEN_AT_ONCE: i64 = 100;
/// Most bytes of an answer that are kept.
const KEPT_OF_ANSWER: usize = 64 * 1024;
/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What the tasks that deliver have in common.
///
/// Which lanes have something to deliver is told by whoever puts it there, and never looked for: what waits may be a lot.
pub(crate) struct Deliverer {
    /// Lanes that something was put into, on their way to [`run`](Self::run).
    filled: mpsc::UnboundedSender<String>,
    to_empty: Mutex<Option<mpsc::UnboundedReceiver<String>>>,
    /// Lanes that are being emptied, and whether something was put there meanwhile.
    busy: Mutex<HashMap<String, bool>>,
    /// For each receiver that is being called, the places of its calls.
    places: Mutex<HashMap<String, Arc<Semaphore>>>,
    /// Tells of calls that began, went on or ended, by their number, and with 0 of everything else that changed.
    pub(crate) news: broadcast::Sender<i64>,
}

/// A call that waits.
struct Waiting {
    id: i64,
    account: i64,
    hook: Hook,
    fields: String,
    token: String,
    attempts: u32,
}

impl Default for Deliverer {
    fn default() -> Self {
        let (filled, to_empty) = mpsc::unbounded_channel();
        Self {
            filled,
            to_empty: Mutex::new(Some(to_empty)),
            busy: Mutex::default(),
            places: Mutex::default(),
            news: broadcast::channel(256).0,
        }
    }
}

impl Deliverer {
    /// Tells whoever looks on that something changed. Nobody does most of the time.
    pub(crate) fn tell(&self, id: i64) {
        let _ = self.news.send(id);
    }

    /// Says that there is something to deliver in a lane.
    pub(crate) fn wake(&self, lane: String) {
        // Fails only when the emulator has stopped; what waits is then left for the next.
        let _ = self.filled.send(lane);
    }

    /// Takes a lane, unless a task has it: that one is told that there is more.
    fn take(&self, lane: &str) -> bool {
        let mut busy = lock(&self.busy);
        if let Some(more) = busy.get_mut(lane) {
            *more = true;
            return false;
        }
        busy.insert(lane.to_owned(), false);
        true
    }

    /// Gives an empty lane back, unless there is more by now.
    fn give_back(&self, lane: &str) -> bool {
        let mut busy = lock(&self.busy);
        match busy.get_mut(lane) {
            Some(more) if *more => {
                *more = false;
                false
            }
            _ => {
                busy.remove(lane);
                true
            }
        }
    }

    /// The places of calls to a receiver.
    fn places(&self, receiver: String) -> Arc<Semaphore> {
        let mut places = lock(&self.places);
        if !places.contains_key(&receiver) {
            // Receivers that are not called any more.
            places.retain(|_, places| Arc::strong_count(places) > 1);
        }
        places.entry(receiver).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))).clone()
    }

    /// Delivers until told to stop. Begins with what an earlier run left.
    pub(crate) async fn run(core: Arc<Core>, mut stop: watch::Receiver<bool>) {
        let Some(mut lanes) = lock(&core.deliverer.to_empty).take() else { return };
        let left = core.store.read(|db| {
            db.all("SELECT DISTINCT lane FROM delivery WHERE state = 'pending'", [], |row| row.get::<_, String>(0))
        });
        for lane in left.unwrap_or_default() {
            core.deliverer.wake(lane);
        }
        loop {
            let lane = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                lane = lanes.recv() => lane,
            };
            let Some(lane) = lane else { return };
            if core.deliverer.take(&lane) {
                let (core, mut stop) = (core.clone(), stop.clone());
                tokio::spawn(async move {
                    let empty = async {
                        core.empty(&lane).await;
                        while !core.deliverer.give_back(&lane) {
                            core.empty(&lane).await;
                        }
                    };
                    tokio::select! {
                        _ = stop.wait_for(|stop| *stop) => {}
                        () = empty => {}
                    }
                });
            }
        }
    }
}

/// Every change leaves the value whole, so that a panic elsewhere is no reason to stop.
fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Forgets calls that are over, when a new one has been written down: of the others, the latest stay. It is done a
/// hundred at a time, in the transaction of the call whose number says that it is time; numbers have no gaps.
pub(super) fn forget_old(db: &Connection, latest: i64) -> rusqlite::Result<()> {
    if latest % FORGOTTEN_AT_ONCE != 0 {
        return Ok(());
    }
    // Those before were forgotten earlier, or as soon as they were over. So nothing that waits is looked at.
    db.execute_cached(
        "DELETE FROM delivery WHERE id > ?1 - ?2 AND id <= ?1 AND state NOT IN ('pending', 'given_up')",
        [latest - KEPT, FORGOTTEN_AT_ONCE],
    )?;
    db.execute_cached(
        "DELETE FROM delivery WHERE state = 'given_up' AND id <=
         (SELECT id FROM delivery WHERE state = 'given_up' ORDER BY id DESC LIMIT 1 OFFSET ?)",
        [KEPT],
    )?;
    Ok(())
}

impl Core {
    /// Delivers what waits in a lane, one after the other.
    async fn empty(&self, lane: &str) {
        while let Some(waiting) = self.first_in(lane) {
            let Some(account) = self.accounts.all().iter().find(|account| account.id == waiting.account) else {
                // The data is of an account that this emulator was not started with.
                self.finish(
                    waiting.id,
                    DeliveryState::GivenUp,
                    waiting.attempts,
                    None,
                    Some("the account is not there"),
                );
                continue;
            };
            self.deliver(account, waiting).await;
        }
    }

    async fn deliver(&self, account: &Account, waiting: Waiting) {
        let mut attempts = waiting.attempts;
        let places = self.deliverer.places(send::receiver(&waiting.hook.url));
        loop {
            let sent = {
                let _place = places.acquire().await;
                let limit = self.settings.post_hook_timeout;
                let Waiting { hook, fields, token, .. } = &waiting;
                self.sender.send(&account.auth_token, hook, fields, attempts, token, limit).await
            };
            attempts += 1;
            let state = match &sent.verdict {
                Some(verdict) if (200..300).contains(&verdict.status) => DeliveryState::Delivered,
                Some(verdict) if ![429, 503, 504].contains(&verdict.status) => DeliveryState::Failed,
                _ if attempts > self.settings.retries => DeliveryState::GivenUp,
                _ => DeliveryState::Pending,
            };
            self.finish(waiting.id, state, attempts, Some(&sent), None);
            if state != DeliveryState::Pending {
                return;
            }
            let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
            tokio::time::sleep(self.settings.retry_delay.saturating_mul(doubled).min(LONGEST_WAIT)).await;
        }
    }

    /// Asks a pre-event webhook, and says what its answer means.
    pub(crate) async fn ask(&self, account: &Account, ask: &Ask) -> Answer {
        let token = new_uuid();
        let limit = self.settings.pre_hook_timeout;
        let hook = &ask.question.hook;
        let sent = self.sender.send(&account.auth_token, hook, &ask.fields, 0, &token, limit).await;
        let (answer, state) = self.judge(&sent);
        let written: Result<i64, rusqlite::Error> = self.store.write(|db| {
            db.execute_cached(
                "INSERT INTO delivery (account, lane, scope, event, conversation_sid, method, url, fields, token, state,
                 attempts, date_created) VALUES (?, '', ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
                params![
                    ask.account_id,
                    hook.scope,
                    ask.event.as_str(),
                    ask.conversation_sid,
                    hook.method,
                    hook.url,
                    ask.fields,
                    token,
                    state,
                    self.clock.now().0
                ],
            )?;
            let id = db.last_insert_rowid();
            forget_old(db, id)?;
            Ok(id)
        });
        // That it could not be written down does not change what was answered.
        if let Ok(id) = written {
            self.finish(id, state, 1, Some(&sent), None);
        }
        answer
    }

    /// What an answer to a pre-event webhook means.
    fn judge(&self, sent: &Sent) -> (Answer, DeliveryState) {
        let proceed = || Answer::Proceed(serde_json::Map::new());
        let refuse = |code, message: String| Answer::Refuse(Refusal::new(self.settings.refusal_status, code, message));
        let Some(verdict) = &sent.verdict else {
            // After 5 s the action goes on unchanged, and so it does if nobody listens at all.
            return (proceed(), if sent.timed_out { DeliveryState::TimedOut } else { DeliveryState::GivenUp });
        };
        let status = verdict.status;
        match status {
            200..300 if verdict.body.trim().is_empty() && !verdict.too_long => (proceed(), DeliveryState::Proceeded),
            200..300 => match serde_json::from_str(&verdict.body) {
                Ok(serde_json::Value::Object(changes)) if !verdict.too_long => {
                    (Answer::Proceed(changes), DeliveryState::Proceeded)
                }
                _ if self.settings.refuse_on_bad_answer => {
                    let problem = if verdict.too_long { "is over 1 MB" } else { "is not a JSON object" };
                    (refuse(50057, format!("Webhook answered something that {problem}")), DeliveryState::Rejected)
                }
                _ => (proceed(), DeliveryState::Proceeded),
            },
            500.. => (
                refuse(50057, format!("Webhook failed to execute successfully: it answered {status}")),
                DeliveryState::Rejected,
            ),
            400..500 => (
                refuse(50056, format!("Webhook cancelled processing of command: it answered {status}")),
                DeliveryState::Rejected,
            ),
            _ => (proceed(), DeliveryState::Proceeded),
        }
    }

    /// Writes down how an attempt ended.
    fn finish(&self, id: i64, state: DeliveryState, attempts: u32, sent: Option<&Sent>, error: Option<&str>) {
        let verdict = sent.and_then(|sent| sent.verdict.as_ref());
        let written: Result<(), rusqlite::Error> = self.store.write(|db| {
            db.execute_cached(
                "UPDATE delivery SET state = ?, attempts = ?, signature = ?, status = ?, answer = ?, error = ?,
                 duration = ? WHERE id = ?",
                params![
                    state,
                    attempts,
                    sent.map(|sent| sent.signature.as_str()),
                    verdict.map(|verdict| verdict.status),
                    verdict.map(|verdict| beginning(&verdict.body)),
                    sent.and_then(|sent| sent.error.as_deref()).or(error),
                    sent.map(|sent| i64::try_from(sent.duration.as_micros()).unwrap_or(i64::MAX)),
                    id
                ],
            )?;
            // It may have waited for so long that it is forgotten already.
            db.execute_cached(
                "DELETE FROM delivery WHERE id = ? AND id <= (SELECT max(id) FROM delivery) - ?
                 AND state NOT IN ('pending', 'given_up')",
                [id, KEPT],
            )?;
            Ok(())
        });
        // A failing database is told to callers of the API.
        let _ = written;
        self.deliverer.tell(id);
    }

    fn first_in(&self, lane: &str) -> Option<Waiting> {
        let first = self.store.read(|db| {
            db.first(
                "SELECT id, account, scope, method, url, fields, token, attempts FROM delivery
                 WHERE lane = ? AND state = 'pending' ORDER BY id LIMIT 1",
                [lane],
                |row| {
                    Ok(Waiting {
                        id: row.get(0)?,
                        account: row.get(1)?,
                        hook: Hook { scope: row.get(2)?, method: row.get(3)?, url: row.get(4)?, is_flow: false },
                        fields: row.get(5)?,
                        token: row.get(6)?,
                        attempts: row.get(7)?,
                    })
                },
            )
        });
        first.ok().flatten()
    }

    /// Puts a call on the list once more, as a call of its own.
    pub(crate) fn resend(&self, account: i64, id: i64) -> Result<Option<i64>, Error> {
        let copied: rusqlite::Result<Option<i64>> = self.store.write(|db| {
            let copied = db.execute_cached(
                "INSERT INTO delivery (account, lane, scope, event, conversation_sid, method, url, fields, token, state,
                 date_created) SELECT account, 'resent:' || id, scope, event, conversation_sid, method, url, fields, token,
                 'pending', ? FROM delivery WHERE id = ? AND account = ? AND state <> 'recorded'",
                params![self.clock.now().0, id, account],
            )?;
            if copied == 0 {
                return Ok(None);
            }
            let copy = db.last_insert_rowid();
            forget_old(db, copy)?;
            Ok(Some(copy))
        });
        let copied = copied.map_err(|error| Error::because(format!("cannot resend delivery {id}"), error))?;
        if copied.is_some() {
            self.deliverer.wake(format!("resent:{id}"));
        }
        Ok(copied)
    }
}

/// Calls that were given up, of all accounts: event and URL, the latest first.
pub(crate) fn given_up(core: &Core) -> Vec<(String, String)> {
    let rows = core.store.read(|db| {
        db.all("SELECT event, url FROM delivery WHERE state = 'given_up' ORDER BY id DESC", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    });
    rows.unwrap_or_default()
}

/// The beginning of an answer, as much as is kept of it.
fn beginning(answer: &str) -> &str {
    let end = (0..=KEPT_OF_ANSWER.min(answer.len())).rev().find(|end| answer.is_char_boundary(*end));
    &answer[..end.unwrap_or_default()]
}

/// Calls that were made or wait, the latest first: of a state or event, if one is named.
pub(crate) fn list(core: &Core, account: i64, query: &Fields) -> Vec<serde_json::Value> {
    let filter = Filter {
        account: Some(account),
        state: query.filled("State"),
        event: query.filled("Event"),
        id: query.integer("Id"),
        limit: Some(query.integer("Limit").unwrap_or(100).clamp(1, KEPT)),
    };
    delivery::list(core, &filter).unwrap_or_default().iter().map(Delivery::to_json).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_a_lane_while_it_is_emptied_is_not_forgotten() {
        let deliverer = Deliverer::default();
        assert!(deliverer.take("a"));
        assert!(deliverer.take("b"), "another lane");
        assert!(!deliverer.take("a"), "a task has it");
        assert!(!deliverer.take("a"));
        assert!(!deliverer.give_back("a"), "there is more");
        assert!(deliverer.give_back("a"));
        assert!(deliverer.take("a"), "nobody has it any more");
    }

    #[test]
    fn a_receiver_has_places_of_its_own_for_as_long_as_it_is_called() {
        let deliverer = Deliverer::default();
        let (one, other) = (deliverer.places("http://a:80".to_owned()), deliverer.places("http://b:80".to_owned()));
        assert!(Arc::ptr_eq(&one, &deliverer.places("http://a:80".to_owned())));
        assert!(!Arc::ptr_eq(&one, &other));
        drop(other);
        deliverer.places("http://c:80".to_owned());
        assert_eq!(lock(&deliverer.places).len(), 2, "a and c");
    }

    #[test]
    fn what_is_kept_of_an_answer_ends_with_a_whole_character() {
        assert_eq!(beginning("short"), "short");
        let long = format!("x{}", "é".repeat(KEPT_OF_ANSWER));
        assert_eq!(beginning(&long).len(), KEPT_OF_ANSWER - 1);
    }
}
