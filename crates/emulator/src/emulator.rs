//! A running emulator, and what can be done to it beside its API.

#[cfg(feature = "proxy")]
mod proxy;
mod state;

use std::env::VarError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::error::Error;
use crate::http::journal::{self, RecordedRequest};
use crate::operations::engine::Engine;
use crate::operations::simulation::{self, Inbound, Report};
use crate::store::deliveries::{self, Filter};
use crate::webhooks::record::Delivery;

/// A running emulator. Dropping it stops it and, unless it has a data file, forgets everything.
///
/// Each emulator is a world of its own: start one for each test. Its methods act for the first account, if there are
/// several; for the others there are control calls, which take `AccountSid`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use twilio_conversations_emulator::Emulator;
///
/// let emulator = Emulator::start().await?;
/// println!("TWILIO_CONVERSATIONS_BASE_URL={}", emulator.base_url());
/// println!("TWILIO_ACCOUNT_SID={}", emulator.account_sid());
/// # Ok(())
/// # }
/// ```
pub struct Emulator {
    pub(crate) app: Arc<App>,
    pub(crate) stop: watch::Sender<bool>,
    #[cfg(feature = "proxy")]
    pub(crate) proxy: Option<crate::proxy::Proxy>,
}

/// Where a message went.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Posted {
    /// SID of the conversation, `CH…`.
    pub conversation_sid: String,
    /// SID of the message, `IM…`.
    pub message_sid: String,
    /// Index of the message in its conversation, from 0.
    pub index: i64,
    /// Whether the conversation was made for the message, as an address configuration asks for.
    pub created: bool,
}

impl Emulator {
    /// Where it listens, without a path and without a slash at the end: `http://127.0.0.1:4010`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.app.control.api.base_url
    }

    /// SID of the account; of the first, if there are several.
    #[must_use]
    pub fn account_sid(&self) -> &str {
        &self.engine().accounts().all()[0].sid
    }

    /// Auth token of the account; of the first, if there are several.
    #[must_use]
    pub fn auth_token(&self) -> &str {
        &self.engine().accounts().all()[0].auth_token
    }

    /// Looks up an environment variable that configures a client for the account: `TWILIO_ACCOUNT_SID`,
    /// `TWILIO_AUTH_TOKEN` or `TWILIO_CONVERSATIONS_BASE_URL`. Every other one is not present.
    ///
    /// With the crate `twilio-conversations`, `ClientBuilder::from_vars(|name| emulator.var(name))?.build()?` is a client
    /// of this emulator. A test of another program sets the three for it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use twilio_conversations::ClientBuilder;
    /// use twilio_conversations_emulator::Emulator;
    ///
    /// let emulator = Emulator::start().await?;
    /// let client = ClientBuilder::from_vars(|name| emulator.var(name))?.build()?;
    /// let conversation = client.conversations().create().friendly_name("Orders").await?;
    /// assert_eq!(conversation.account_sid.unwrap(), emulator.account_sid());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`VarError::NotPresent`] for every other variable.
    pub fn var(&self, name: &str) -> Result<String, VarError> {
        let value = match name {
            "TWILIO_ACCOUNT_SID" => self.account_sid(),
            "TWILIO_AUTH_TOKEN" => self.auth_token(),
            "TWILIO_CONVERSATIONS_BASE_URL" => self.base_url(),
            _ => return Err(VarError::NotPresent),
        };
        Ok(value.to_owned())
    }

    /// Has somebody write to an address, by SMS, WhatsApp or another channel that both addresses belong to.
    ///
    /// The message goes to the open conversation in which the two are address and proxy address. Without one, it makes
    /// a conversation if the address is configured so, and else it is lost: the answer is `None`. Webhooks hear of all
    /// this. `POST /_emulator/messages/inbound` does the same.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = twilio_conversations_emulator::Emulator::start().await?;
    /// let posted = emulator.receive("+15551230001", "+15551239999", "Where is my order?").await?;
    /// assert_eq!(posted, None, "no conversation, and no address configuration");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If an address is malformed, the message too long, or a pre-event webhook refuses.
    pub async fn receive(&self, from: &str, to: &str, body: &str) -> Result<Option<Posted>, Error> {
        self.receive_with_others(from, to, &[], body).await
    }

    /// Has somebody write to an address and to others besides: a group text, or an e-mail with copies.
    ///
    /// A group text goes to the open conversation of just these people, in which the address is the projected one. If
    /// the address is configured to, it makes one: with everyone's number in `MessagingBinding.Address` of its events.
    /// An e-mail goes where it would without the others, who join the conversation that it makes.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive), and if more than 10 would be in a group text (50436).
    pub async fn receive_with_others(
        &self,
        from: &str,
        to: &str,
        others: &[&str],
        body: &str,
    ) -> Result<Option<Posted>, Error> {
        let others = others.iter().map(|other| (*other).to_owned()).collect();
        let (from, to, body) = (from.to_owned(), to.to_owned(), Some(body.to_owned()));
        let inbound = Inbound { from, to, others, body, ..Inbound::default() };
        Ok(self.engine().receive(self.account(), &inbound).await?.map(Posted::from))
    }

    /// Has a chat user write, as by an SDK: with the permissions of the user's roles, and heard by webhooks.
    ///
    /// The conversation is named by SID, or by its unique name in the default service. Anything else that an SDK does
    /// goes to `/_emulator/as/IDENTITY/v1/…`, which takes the requests of the API.
    ///
    /// # Errors
    ///
    /// If there is no such conversation (20404), the user is not in it (50430) or may not write (50107), the message is
    /// too long (50504), or a pre-event webhook refuses (50056).
    pub async fn say(&self, conversation: &str, identity: &str, body: &str) -> Result<Posted, Error> {
        Ok(self.engine().say(self.account(), conversation, identity, body).await?.into())
    }

    /// Has a channel report how far a message came for a participant: `sent`, `delivered`, `read`, `failed` or
    /// `undelivered`. Answers the SID of the receipt, `DY…`.
    ///
    /// Without a participant it is the only one in the conversation that has an address.
    ///
    /// # Errors
    ///
    /// If there is no such message or participant (20404), or the status is not one of those (20001).
    pub async fn report_delivery(
        &self,
        message_sid: &str,
        participant_sid: Option<&str>,
        status: &str,
        error_code: Option<u32>,
    ) -> Result<String, Error> {
        let report = Report {
            message_sid: message_sid.to_owned(),
            participant_sid: participant_sid.map(str::to_owned),
            status: status.to_owned(),
            error_code: error_code.unwrap_or_default().into(),
        };
        Ok(self.engine().report_delivery(self.account(), &report).await?)
    }

    /// Has a chat user of a service (the default one unless named) come or go, or become able or unable to be notified.
    ///
    /// # Errors
    ///
    /// If there is no such service (20404).
    pub async fn set_reachability(
        &self,
        service: Option<&str>,
        identity: &str,
        is_online: bool,
        is_notifiable: bool,
    ) -> Result<(), Error> {
        let (online, notifiable) = (Some(is_online), Some(is_notifiable));
        Ok(self.engine().set_reachability(self.account(), service, identity, online, notifiable).await?)
    }

    /// Makes an upload known to a service (the default one unless named). Answers its SID, `ME…`, for one message.
    ///
    /// # Errors
    ///
    /// If there is no such service (20404).
    pub async fn add_media(
        &self,
        service: Option<&str>,
        filename: Option<&str>,
        content_type: &str,
        size: u32,
    ) -> Result<String, Error> {
        Ok(self.engine().add_media(self.account(), service, filename, content_type, size.into()).await?)
    }

    /// Registers a device of a chat user with a service (the default one unless named), for `apn`, `gcm`, `fcm` or
    /// `twilsock`. Answers the SID of the binding, `BS…`. Nothing is ever pushed to it.
    ///
    /// # Errors
    ///
    /// If there is no such service (20404) or type (20001).
    pub async fn add_binding(
        &self,
        service: Option<&str>,
        identity: &str,
        binding_type: &str,
        endpoint: &str,
    ) -> Result<String, Error> {
        Ok(self.engine().add_binding(self.account(), service, identity, binding_type, endpoint).await?)
    }

    /// Moves the clock forward. Timers that are due by then have run when this returns.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub fn advance_clock(&self, by: Duration) -> Result<(), Error> {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.engine().move_clock(|reading| reading.advance(by))
    }

    /// Signs the account's webhooks with a shared key, in place of its auth token or of another shared key: with
    /// HMAC-SHA256, and with `X-Twilio-Webhooks-Signature-Settings: key=ID,algorithm=HMAC_SHA256`.
    ///
    /// It holds from the next attempt on, retries included, until the emulator stops or
    /// [`remove_signing_key`](Self::remove_signing_key) is called; a data file does not keep it. So a receiver can rehearse
    /// the rotation of its keys. `POST /_emulator/signing-key` does the same.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = twilio_conversations_emulator::Emulator::start().await?;
    /// emulator.set_signing_key("webhooks_sharedkey_1", "the secret")?;
    /// // Webhooks carry the header now.
    /// emulator.remove_signing_key();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the id is not 1 to 128 letters, digits, `_`, `-` and `.`, or the secret is blank or over 1024 bytes. The error
    /// holds neither.
    pub fn set_signing_key(&self, id: &str, secret: &str) -> Result<(), Error> {
        Ok(self.engine().webhooks.signing_keys.set(self.account(), id, secret)?)
    }

    /// Signs the account's webhooks with its auth token and HMAC-SHA1 again. Without a shared key it does nothing.
    pub fn remove_signing_key(&self) {
        self.engine().webhooks.signing_keys.remove(self.account());
    }

    /// Waits until no post-event webhook is left to be delivered: each was delivered, failed or was given up. So what a
    /// test did has reached its receiver.
    ///
    /// It takes no longer than the retries do, and returns at once if nothing waits.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = twilio_conversations_emulator::Emulator::start().await?;
    /// // Configure webhooks, have things happen, then:
    /// emulator.settle().await?;
    /// assert!(emulator.given_up().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn settle(&self) -> Result<(), Error> {
        let engine = self.engine();
        let accounts = engine.accounts().ids();
        let mut changes = engine.webhooks.changes.subscribe();
        loop {
            let pending = engine.store().read(|db| deliveries::count_pending(db, &accounts));
            if pending.map_err(|error| Error::because("cannot look for pending webhook calls", error))? == 0 {
                return Ok(());
            }
            // A missed change does not matter: the calls are counted again in any case.
            let _ = changes.recv().await;
        }
    }

    /// Returns the webhook calls of all accounts in the order in which they were recorded: pre-event and post-event
    /// calls, in every [state](crate::DeliveryState), pending ones included.
    ///
    /// A post-event call is recorded with its event, a pre-event call when its response arrived. The latest 10,000
    /// calls are kept, up to 99 more, every pending call and the latest 10,000 that were given up.
    /// [`settle`](Self::settle) waits until no call is pending.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = twilio_conversations_emulator::Emulator::start().await?;
    /// // Configure webhooks, have things happen, then:
    /// emulator.settle().await?;
    /// for delivery in emulator.deliveries()? {
    ///     println!("{} {}: {} {:?}", delivery.event, delivery.url, delivery.state, delivery.field("Body"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub fn deliveries(&self) -> Result<Vec<Delivery>, Error> {
        let mut calls = Vec::new();
        let mut before = None;
        loop {
            let filter = Filter { before, ..Filter::default() };
            let page = self.engine().store().read(|db| deliveries::list(db, &filter, PAGE));
            let page = page.map_err(|error| Error::because("cannot list the webhook calls", error))?;
            before = page.last().map(|call| call.id);
            if before.is_none() {
                break;
            }
            calls.extend(page.into_iter().map(Delivery::from));
        }
        calls.reverse();
        Ok(calls)
    }

    /// Webhook calls that were given up, of all accounts: no response arrived, or only 429, 503 or 504, until no retry was
    /// left. Each is `EVENT URL`, the latest first; the latest 10,000 are kept. [`deliveries`](Self::deliveries) has all
    /// calls, with their details.
    #[must_use]
    pub fn given_up(&self) -> Vec<String> {
        let calls = self.engine().store().read(deliveries::given_up).unwrap_or_default();
        calls.into_iter().map(|(event, url)| format!("{event} {url}")).collect()
    }

    /// Returns the REST requests of all accounts with their responses, in the order of the responses: the latest 1,000,
    /// unless [`Builder::request_journal`](crate::Builder::request_journal) sets another number, and at most 16 MB. Control calls are not among them.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use twilio_conversations::ClientBuilder;
    /// use twilio_conversations_emulator::Emulator;
    ///
    /// let emulator = Emulator::start().await?;
    /// let client = ClientBuilder::from_vars(|name| emulator.var(name))?.build()?;
    /// client.conversations().create().friendly_name("Orders").await?;
    /// let requests = emulator.requests();
    /// assert_eq!(requests[0].operation.as_deref(), Some("CreateConversation"));
    /// assert_eq!(requests[0].field("FriendlyName").as_deref(), Some("Orders"));
    /// assert_eq!(requests[0].status, Some(201));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        let mut list = self.app.control.api.journal.list(
            self.app.control.api.engine.accounts(),
            &journal::Filter::default(),
            usize::MAX,
        );
        list.reverse();
        list
    }

    /// Forgets all recorded REST requests. Numbers go on from where they were.
    pub fn clear_requests(&self) {
        self.app.control.api.journal.forget(&journal::Filter::default());
    }

    /// Stops it and waits until its sockets are closed.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.stop.closed().await;
    }
}

/// Webhook calls that are read at once.
const PAGE: i64 = 1000;

impl Emulator {
    fn engine(&self) -> &Engine {
        &self.app.control.api.engine
    }

    fn account(&self) -> &crate::domain::account::Account {
        &self.engine().accounts().all()[0]
    }
}

impl From<simulation::Posted> for Posted {
    fn from(posted: simulation::Posted) -> Self {
        let simulation::Posted { conversation_sid, message_sid, index, created } = posted;
        Self { conversation_sid, message_sid, index, created }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Emulator").field("base_url", &self.app.control.api.base_url).finish_non_exhaustive()
    }
}
