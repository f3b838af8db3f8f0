//! Getting webhooks to where they belong.
//!
//! Post-event webhooks wait in the database, so that they outlive the process. Each lane, one receiver's calls about
//! one conversation, is delivered in order, by a task that ends when the lane is empty.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::params;
use serde_json::json;
use tokio::sync::{Notify, Semaphore, broadcast, watch};

use super::send::Sent;
use super::target::Hook;
use super::{Answer, Ask};
use crate::account::Account;
use crate::core::Core;
use crate::error::{Error, Refusal};
use crate::sid::new_uuid;
use crate::spec::Fields;
use crate::store::Cached;
use crate::time::Millis;

/// Most calls under way at once.
const AT_ONCE: usize = 64;
/// How many calls that are over are kept to be looked at.
const KEPT: i64 = 10_000;
/// Most bytes of an answer that are kept.
const KEPT_OF_ANSWER: usize = 64 * 1024;
/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What the tasks that deliver have in common.
pub(crate) struct Deliverer {
    work: Notify,
    busy: Mutex<HashSet<String>>,
    at_once: Semaphore,
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
        Self {
            work: Notify::new(),
            busy: Mutex::default(),
            at_once: Semaphore::new(AT_ONCE),
            news: broadcast::channel(256).0,
        }
    }
}

impl Deliverer {
    /// Tells whoever looks on that something changed. Nobody does most of the time.
    pub(crate) fn tell(&self, id: i64) {
        let _ = self.news.send(id);
    }

    /// Says that there may be something to deliver.
    pub(crate) fn wake(&self) {
        self.work.notify_one();
    }

    /// Takes a lane, unless someone has it.
    fn take(&self, lane: &str) -> bool {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(lane.to_owned())
    }

    fn release(&self, lane: &str) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(lane);
        // Something may have come in between looking for more and giving the lane back.
        self.wake();
    }

    /// Delivers until told to stop.
    pub(crate) async fn run(core: Arc<Core>, mut stop: watch::Receiver<bool>) {
        loop {
            let lanes = core.store.read(|db| {
                db.all("SELECT DISTINCT lane FROM delivery WHERE state = 'pending'", [], |row| row.get::<_, String>(0))
            });
            for lane in lanes.unwrap_or_default() {
                if core.deliverer.take(&lane) {
                    let (core, mut stop) = (core.clone(), stop.clone());
                    tokio::spawn(async move {
                        tokio::select! {
                            _ = stop.wait_for(|stop| *stop) => {}
                            () = core.empty(&lane) => core.deliverer.release(&lane),
                        }
                    });
                }
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = core.deliverer.work.notified() => {}
            }
        }
    }
}

impl Core {
    /// Delivers what waits in a lane, one after the other.
    async fn empty(&self, lane: &str) {
        while let Some(waiting) = self.first_in(lane) {
            let Some(account) = self.accounts.all().iter().find(|account| account.id == waiting.account) else {
                // The data is of an account that this emulator was not started with.
                self.finish(waiting.id, "given_up", waiting.attempts, None, Some("the account is not there"));
                continue;
            };
            self.deliver(account, waiting).await;
        }
    }

    async fn deliver(&self, account: &Account, waiting: Waiting) {
        let mut attempts = waiting.attempts;
        loop {
            let sent = {
                let _place = self.deliverer.at_once.acquire().await;
                let limit = self.settings.post_hook_timeout;
                let Waiting { hook, fields, token, .. } = &waiting;
                self.sender.send(&account.auth_token, hook, fields, attempts, token, limit).await
            };
            attempts += 1;
            let state = match &sent.verdict {
                Some(verdict) if (200..300).contains(&verdict.status) => "delivered",
                Some(verdict) if ![429, 503, 504].contains(&verdict.status) => "failed",
                _ if attempts > self.settings.retries => "given_up",
                _ => "pending",
            };
            self.finish(waiting.id, state, attempts, Some(&sent), None);
            if state != "pending" {
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
                 attempts, date_created) VALUES (?, '', ?, ?, ?, ?, ?, ?, ?, 'answered', 1, ?)",
                params![
                    ask.account_id,
                    hook.scope,
                    ask.event,
                    ask.conversation_sid,
                    hook.method,
                    hook.url,
                    ask.fields,
                    token,
                    self.clock.now().0
                ],
            )?;
            Ok(db.last_insert_rowid())
        });
        // That it could not be written down does not change what was answered.
        if let Ok(id) = written {
            self.finish(id, state, 1, Some(&sent), None);
        }
        answer
    }

    /// What an answer to a pre-event webhook means.
    fn judge(&self, sent: &Sent) -> (Answer, &'static str) {
        let proceed = || Answer::Proceed(serde_json::Map::new());
        let refuse = |code, message: String| Answer::Refuse(Refusal::new(self.settings.refusal_status, code, message));
        let Some(verdict) = &sent.verdict else {
            // After 5 s the action goes on unchanged, and so it does if nobody listens at all.
            return (proceed(), if sent.timed_out { "timed_out" } else { "given_up" });
        };
        let status = verdict.status;
        match status {
            200..300 if verdict.body.trim().is_empty() && !verdict.too_long => (proceed(), "proceeded"),
            200..300 => match serde_json::from_str(&verdict.body) {
                Ok(serde_json::Value::Object(changes)) if !verdict.too_long => (Answer::Proceed(changes), "proceeded"),
                _ if self.settings.refuse_on_bad_answer => {
                    let problem = if verdict.too_long { "is over 1 MB" } else { "is not a JSON object" };
                    (refuse(50057, format!("Webhook answered something that {problem}")), "refused")
                }
                _ => (proceed(), "proceeded"),
            },
            500.. => {
                (refuse(50057, format!("Webhook failed to execute successfully: it answered {status}")), "refused")
            }
            400..500 => {
                (refuse(50056, format!("Webhook cancelled processing of command: it answered {status}")), "refused")
            }
            _ => (proceed(), "proceeded"),
        }
    }

    /// Writes down how an attempt ended.
    fn finish(&self, id: i64, state: &str, attempts: u32, sent: Option<&Sent>, error: Option<&str>) {
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
            if id % 100 == 0 {
                db.execute_cached("DELETE FROM delivery WHERE id <= ? AND state <> 'pending'", [id - KEPT])?;
            }
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
            Ok((copied > 0).then(|| db.last_insert_rowid()))
        });
        let copied = copied.map_err(|error| Error::because(format!("cannot resend delivery {id}"), error))?;
        self.deliverer.wake();
        Ok(copied)
    }
}

/// The beginning of an answer, as much as is kept of it.
fn beginning(answer: &str) -> &str {
    let end = (0..=KEPT_OF_ANSWER.min(answer.len())).rev().find(|end| answer.is_char_boundary(*end));
    &answer[..end.unwrap_or_default()]
}

/// Calls that were made or wait, the latest first: of a state or event, if one is named.
pub(crate) fn list(core: &Core, account: i64, query: &Fields) -> Vec<serde_json::Value> {
    let limit = query.integer("Limit").unwrap_or(100).clamp(1, KEPT);
    let rows = core.store.read(|db| {
        db.all(
            "SELECT id, scope, event, conversation_sid, method, url, fields, token, state, attempts, date_created,
             signature, status, answer, error, duration FROM delivery
             WHERE account = ?1 AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR event = ?3) AND (?4 IS NULL OR id = ?4)
             ORDER BY id DESC LIMIT ?5",
            params![account, query.filled("State"), query.filled("Event"), query.integer("Id"), limit],
            |row| {
                let fields: String = row.get(6)?;
                let pairs: Vec<(String, String)> = form_urlencoded::parse(fields.as_bytes()).into_owned().collect();
                Ok(json!({
                    "id": row.get::<_, i64>(0)?,
                    "scope": row.get::<_, String>(1)?,
                    "event": row.get::<_, String>(2)?,
                    "conversation_sid": row.get::<_, Option<String>>(3)?,
                    "method": row.get::<_, String>(4)?,
                    "url": row.get::<_, String>(5)?,
                    "fields": pairs,
                    "idempotency_token": row.get::<_, String>(7)?,
                    "state": row.get::<_, String>(8)?,
                    "attempts": row.get::<_, i64>(9)?,
                    "date_created": Millis(row.get(10)?).to_millis_text(),
                    "signature": row.get::<_, Option<String>>(11)?,
                    "status": row.get::<_, Option<i64>>(12)?,
                    "answer": row.get::<_, Option<String>>(13)?,
                    "error": row.get::<_, Option<String>>(14)?,
                    "duration_micros": row.get::<_, Option<i64>>(15)?,
                }))
            },
        )
    });
    rows.unwrap_or_default()
}
