//! Delivery of webhooks. A queue has the calls to one receiver about one conversation. One task delivers them in order.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Map, Value};
use tokio::sync::{broadcast, watch};

use super::queues::{Claim, Queues};
use super::send::{Outcome, Response, Sender};
use super::signing::SigningKeys;
use crate::domain::account::Account;
use crate::domain::delivery::{DeliveryState, WebhookCall};
use crate::domain::pre_event::{PreEventCall, PreEventResponse};
use crate::domain::webhook_url::WebhookUrl;
use crate::error::{ApiError, Error, ErrorCode};
use crate::semaphores::Semaphores;
use crate::store::deliveries;
use crate::store::instance::Instance;

/// Most concurrent calls to one receiver. A receiver that hangs delays only its own calls.
const CONCURRENT_CALLS: usize = 64;
/// Longest pause between two attempts of a call.
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(300);
/// First and longest pause while the database fails.
const DATABASE_PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(30));

/// An emulator instance with the sender of its webhooks.
pub(crate) struct Webhooks {
    pub(crate) instance: Instance,
    sender: Sender,
    pub(crate) signing_keys: SigningKeys,
    queues: Queues,
    /// Limits the concurrent calls to each receiver.
    receivers: Semaphores,
    /// Numbers of calls that were stored, sent or completed, and 0 for every other change of the state.
    pub(crate) changes: broadcast::Sender<i64>,
}

impl Webhooks {
    pub(crate) fn new(instance: Instance) -> Self {
        Self {
            instance,
            sender: Sender::new(),
            signing_keys: SigningKeys::default(),
            queues: Queues::default(),
            receivers: Semaphores::new(CONCURRENT_CALLS),
            changes: broadcast::channel(256).0,
        }
    }

    pub(crate) fn notify(&self, id: i64) {
        let _ = self.changes.send(id);
    }

    pub(crate) fn wake(&self, queue: String) {
        self.queues.wake(queue);
    }

    /// Delivers calls until the emulator stops, beginning with those that an earlier run left pending. Calls of accounts
    /// that this emulator was not started with stay pending until a start with their account.
    pub(crate) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let Some(mut woken) = self.queues.woken() else { return };
        self.wake_pending();
        loop {
            let queue = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                queue = woken.recv() => queue,
            };
            let Some(queue) = queue else { return };
            let generation = self.instance.store.generation();
            if self.queues.claim(&queue, generation) {
                tokio::spawn(self.clone().empty_until(queue, generation, stop.clone()));
            }
        }
    }

    /// Delivers the calls of a queue until it is empty, the emulator stops, or the state is replaced.
    async fn empty_until(self: Arc<Self>, queue: String, generation: u64, mut stop: watch::Receiver<bool>) {
        let mut latest = self.queues.generation();
        let mut claim = self.queues.guard(&queue);
        let replaced = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => false,
            _ = latest.wait_for(|latest| *latest > generation) => true,
            () = self.empty(&queue, generation, &mut claim) => false,
        };
        drop(claim);
        if replaced {
            // The calls of the old state no longer exist. Those of the new one are for a task of its generation.
            self.wake(queue);
        }
    }

    /// Ends the delivery of all calls of earlier generations of the store, and closes the connections of those that are
    /// being sent: none of them is sent once this returns. Then delivers the pending calls of the present generation.
    pub(crate) async fn restart(&self) {
        self.queues.end_before(self.instance.store.generation()).await;
        self.wake_pending();
        self.notify(0);
    }

    fn wake_pending(&self) {
        let accounts = self.instance.accounts.ids();
        let queues = self.instance.store.read(|db| deliveries::pending_queues(db, &accounts));
        for queue in queues.unwrap_or_default() {
            self.wake(queue);
        }
    }

    /// Delivers the calls of a queue, one after the other, until it is empty.
    async fn empty(&self, queue: &str, generation: u64, claim: &mut Claim<'_>) {
        let store = &self.instance.store;
        let mut pause = DATABASE_PAUSES.0;
        loop {
            let first = store.read(|db| {
                let is_current = store.generation() == generation;
                if is_current { deliveries::first_pending(db, queue) } else { Ok(None) }
            });
            match first {
                Ok(Some(call)) => {
                    pause = DATABASE_PAUSES.0;
                    match self.instance.accounts.by_id(call.account) {
                        Some(account) => self.deliver(account, call, generation).await,
                        None => return,
                    }
                }
                Ok(None) if claim.release() => return,
                Ok(None) => {}
                Err(_) => wait(&mut pause).await,
            }
            // A queue whose receiver responds at once must not starve other tasks of the thread.
            tokio::task::yield_now().await;
        }
    }

    /// Sends a call, with retries, until it is delivered, has failed or is given up.
    async fn deliver(&self, account: &Account, mut call: WebhookCall, generation: u64) {
        let settings = &self.instance.settings;
        let origin = WebhookUrl::parse(&call.url).map_or_else(|_| call.url.clone(), |url| url.origin());
        let permits = self.receivers.get(origin);
        loop {
            {
                let _permit = permits.acquire().await;
                let key = self.signing_keys.of(account);
                self.sender.send(account, key.as_deref(), &mut call, settings.post_hook_timeout).await;
            }
            call.state = match call.status {
                Some(200..300) => DeliveryState::Delivered,
                Some(429 | 503 | 504) | None if call.attempts > settings.retries => DeliveryState::GivenUp,
                Some(429 | 503 | 504) | None => DeliveryState::Pending,
                Some(_) => DeliveryState::Failed,
            };
            self.save(&call, generation).await;
            if call.state != DeliveryState::Pending {
                return;
            }
            let doubled = 2_u32.saturating_pow(call.attempts.saturating_sub(1));
            tokio::time::sleep(settings.retry_delay.saturating_mul(doubled).min(LONGEST_RETRY_DELAY)).await;
        }
    }

    /// Stores the outcome of an attempt. While the database fails, this is retried with growing pauses: a call whose
    /// outcome is not stored would be sent again. After a reset the call no longer exists, and another may have its
    /// number.
    async fn save(&self, call: &WebhookCall, generation: u64) {
        let store = &self.instance.store;
        let save = |db: &Connection| {
            let is_current = store.generation() == generation;
            if is_current { deliveries::save_outcome(db, call) } else { Ok(()) }
        };
        let mut pause = DATABASE_PAUSES.0;
        while store.write(save).is_err() {
            wait(&mut pause).await;
        }
        self.notify(call.id);
    }

    /// Calls a pre-event webhook, and returns the effect of its response.
    pub(crate) async fn call_pre_event(&self, account: &Account, pre_event: PreEventCall) -> PreEventResponse {
        let PreEventCall { webhook: mut call, .. } = pre_event;
        let store = &self.instance.store;
        let generation = store.generation();
        call.token = store.ids.uuid();
        let (key, timeout) = (self.signing_keys.of(account), self.instance.settings.pre_hook_timeout);
        let outcome = self.sender.send(account, key.as_deref(), &mut call, timeout).await;
        // Without a response in time the action proceeds.
        let (response, state) = match &outcome {
            Outcome::Response(response) => match self.interpret(response) {
                Ok(changes) => (Ok(changes), DeliveryState::Proceeded),
                Err(error) => (Err(error), DeliveryState::Rejected),
            },
            Outcome::NoResponse => (Ok(Map::new()), DeliveryState::GivenUp),
            Outcome::TimedOut => (Ok(Map::new()), DeliveryState::TimedOut),
        };
        (call.state, call.date_created) = (state, self.instance.clock.now());
        // The response is used even if its record is lost because the database fails or the state was replaced.
        let _: rusqlite::Result<()> = store.write(|db| {
            let is_current = store.generation() == generation;
            if is_current { deliveries::add(db, &mut call) } else { Ok(()) }
        });
        self.notify(call.id);
        response
    }

    /// The effect of a pre-event webhook's response.
    fn interpret(&self, response: &Response) -> PreEventResponse {
        let Response { status, body, is_truncated } = response;
        let settings = &self.instance.settings;
        let reject = |code, message: String| Err(ApiError::new(settings.refusal_status, code, message));
        match status {
            200..300 if body.trim().is_empty() && !is_truncated => Ok(Map::new()),
            200..300 => match serde_json::from_str(body) {
                Ok(Value::Object(changes)) if !is_truncated => Ok(changes),
                _ if settings.refuse_on_bad_answer => {
                    let problem = if *is_truncated { "is over 1 MB" } else { "is not a JSON object" };
                    reject(ErrorCode::WEBHOOK_CALL_FAILED, format!("The webhook's response {problem}"))
                }
                _ => Ok(Map::new()),
            },
            500.. => reject(
                ErrorCode::WEBHOOK_CALL_FAILED,
                format!("Webhook failed to execute successfully: its response has status {status}"),
            ),
            400..500 => reject(
                ErrorCode::REFUSED_BY_WEBHOOK,
                format!("Webhook cancelled processing of command: its response has status {status}"),
            ),
            _ => Ok(Map::new()),
        }
    }

    /// Sends a call again, as a new call. Returns its number; `None` if there is no such call.
    pub(crate) fn resend(&self, account: i64, id: i64) -> Result<Option<i64>, Error> {
        let now = self.instance.clock.now();
        let copy = self.instance.store.write(|db| deliveries::copy(db, account, id, now));
        let copy =
            copy.map_err(|error: rusqlite::Error| Error::because(format!("cannot resend webhook call {id}"), error))?;
        Ok(copy.map(|copy| {
            self.wake(copy.queue);
            copy.id
        }))
    }
}

/// Waits while the database fails, each time twice as long.
async fn wait(pause: &mut Duration) {
    tokio::time::sleep(*pause).await;
    *pause = (*pause * 2).min(DATABASE_PAUSES.1);
}
