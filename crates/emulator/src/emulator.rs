//! A running emulator, and its methods.

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
use crate::operations::simulation::{Inbound, Posted, Report};
use crate::store::deliveries::{self, Filter};
use crate::webhooks::record::Delivery;

/// A running emulator. Dropping it stops the emulator. Without a data file its state is lost then.
///
/// Emulators share no state: start one for each test. The methods act for the first account. For other accounts, use
/// control requests, which take `AccountSid`.
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

impl Emulator {
    /// Returns the base URL, without a path and without a trailing slash: `http://127.0.0.1:4010`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.app.control.api.base_url
    }

    /// Returns the SID of the first account.
    #[must_use]
    pub fn account_sid(&self) -> &str {
        &self.engine().accounts().all()[0].sid
    }

    /// Returns the auth token of the first account.
    #[must_use]
    pub fn auth_token(&self) -> &str {
        &self.engine().accounts().all()[0].auth_token
    }

    /// Looks up an environment variable that configures a client for the account: `TWILIO_ACCOUNT_SID`,
    /// `TWILIO_AUTH_TOKEN` or `TWILIO_CONVERSATIONS_BASE_URL`.
    ///
    /// With the crate `twilio-conversations`, `ClientBuilder::from_vars(|name| emulator.var(name))?.build()?` is a client
    /// of this emulator. A test of another program sets the three variables for that program.
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

    /// Receives a message from an address to an address of the account, by the channel of both: SMS, WhatsApp or another
    /// one.
    ///
    /// The message is added to the open conversation that has the two as address and proxy address. Without one, it opens
    /// a conversation if auto-creation is enabled for the address; otherwise it is discarded and the result is `None`.
    /// Webhooks are called. `POST /_emulator/messages/inbound` does the same.
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
    /// If an address is malformed or on another channel (20001), the body is over 32 KB (50504), or a pre-event webhook
    /// rejects the message or the conversation (50056, 50057).
    pub async fn receive(&self, from: &str, to: &str, body: &str) -> Result<Option<Posted>, Error> {
        self.receive_with_others(from, to, &[], body).await
    }

    /// Receives a message with other recipients: a group text, or an e-mail with copies.
    ///
    /// A group text is added to the open conversation of exactly these addresses, in which `to` is a projected address. If
    /// auto-creation is enabled for `to`, it opens a conversation, whose events have all numbers in
    /// `MessagingBinding.Address`. An e-mail is added to the same conversation as without the other recipients. They become
    /// participants of a conversation that it opens. There can be at most 50 other recipients.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive), and if there are more than 50 other recipients or a repeated one (20001), or more than
    /// 10 participants of a group text (50436).
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
        Ok(self.engine().receive(self.account(), &inbound).await?)
    }

    /// Adds a message of a chat user, as an SDK does: with the permissions of the user's roles. Webhooks are called.
    ///
    /// `conversation` is a SID, or a unique name in the default service. For other actions of an SDK, send requests of the
    /// API to `/_emulator/as/IDENTITY/v1/…`.
    ///
    /// # Errors
    ///
    /// If there is no such conversation (20404), the user is not in it (50430) or may not write (50107), the message is
    /// too long (50504), or a pre-event webhook rejects it (50056, 50057).
    pub async fn say(&self, conversation: &str, identity: &str, body: &str) -> Result<Posted, Error> {
        Ok(self.engine().say(self.account(), conversation, identity, body).await?)
    }

    /// Records the delivery report of a channel for a message and a participant: `sent`, `delivered`, `read`, `failed` or
    /// `undelivered`. Returns the SID of the receipt, `DY…`.
    ///
    /// The default participant is the only one of the conversation that has an address. The default error code is 0.
    ///
    /// # Errors
    ///
    /// If there is no such message or participant (20404), or the status is another one, the participant is missing and
    /// ambiguous, or it has no address (20001).
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

    /// Sets whether a chat user is online and whether it can be notified. Calls no webhook. `service` is a SID; `None` is the
    /// default service.
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

    /// Registers an upload with a service, without its content. Returns its SID, `ME…`, which one message can have.
    /// `service` is a SID; `None` is the default service. `size` is in bytes.
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

    /// Registers a device of a chat user for push notifications by `apn`, `gcm`, `fcm` or `twilsock`. Returns the SID of the
    /// binding, `BS…`. The emulator sends no notifications. `service` is a SID; `None` is the default service.
    ///
    /// # Errors
    ///
    /// If there is no such service (20404), the type is another one, or the endpoint is empty (20001).
    pub async fn add_binding(
        &self,
        service: Option<&str>,
        identity: &str,
        binding_type: &str,
        endpoint: &str,
    ) -> Result<String, Error> {
        Ok(self.engine().add_binding(self.account(), service, identity, binding_type, endpoint).await?)
    }

    /// Moves the clock forward, and runs the timers that are due by then. The last possible time is the end of the year
    /// 9999. `POST /_emulator/clock` does the same.
    ///
    /// # Errors
    ///
    /// If the database fails. The error has no code.
    pub fn advance_clock(&self, by: Duration) -> Result<(), Error> {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.engine().move_clock(|reading| reading.advance(by))
    }

    /// Signs the account's webhooks with a shared key and HMAC-SHA256, in place of its auth token or another shared key. They
    /// have the header `X-Twilio-Webhooks-Signature-Settings: key=ID,algorithm=HMAC_SHA256`.
    ///
    /// The key is used from the next attempt on, including retries, until the emulator stops or
    /// [`remove_signing_key`](Self::remove_signing_key) is called. It is not stored in a data file. A receiver can rehearse
    /// the rotation of its keys with it. `POST /_emulator/signing-key` does the same.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = twilio_conversations_emulator::Emulator::start().await?;
    /// emulator.set_signing_key("webhooks_sharedkey_1", "the secret")?;
    /// // Webhooks have the header now.
    /// emulator.remove_signing_key();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the id is not 1 to 128 letters, digits, `_`, `-` and `.`, or the secret is blank or over 1024 bytes (20001). The
    /// error holds neither.
    pub fn set_signing_key(&self, id: &str, secret: &str) -> Result<(), Error> {
        Ok(self.engine().webhooks.signing_keys.set(self.account(), id, secret)?)
    }

    /// Removes the shared key, so that the account's webhooks are signed with its auth token and HMAC-SHA1. Without a shared
    /// key it does nothing.
    pub fn remove_signing_key(&self) {
        self.engine().webhooks.signing_keys.remove(self.account());
    }

    /// Waits until no post-event webhook call is pending: each was delivered, has failed or was given up. After that a test
    /// can check its receiver.
    ///
    /// The wait ends after the last retry at the latest. It returns at once if no call is pending.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = twilio_conversations_emulator::Emulator::start().await?;
    /// // Configure webhooks and cause events, then:
    /// emulator.settle().await?;
    /// assert!(emulator.given_up().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the database fails. The error has no code.
    pub async fn settle(&self) -> Result<(), Error> {
        let engine = self.engine();
        let accounts = engine.accounts().ids();
        let mut changes = engine.webhooks.changes.subscribe();
        loop {
            let pending = engine.store().read(|db| deliveries::count_pending(db, &accounts));
            if pending.map_err(|error| Error::because("cannot look for pending webhook calls", error))? == 0 {
                return Ok(());
            }
            // The calls are counted again after each change, so that a missed one does not matter.
            let _ = changes.recv().await;
        }
    }

    /// Returns the webhook calls of all accounts in the order in which they were recorded: pre-event and post-event
    /// calls, in every [state](crate::DeliveryState), pending ones included.
    ///
    /// A post-event call is recorded with its event, a pre-event call when its response arrived. The latest 10,000
    /// calls are kept, the latest 10,000 that were given up, and all pending ones; old calls are removed every 100 calls.
    /// [`settle`](Self::settle) waits until no call is pending.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = twilio_conversations_emulator::Emulator::start().await?;
    /// // Configure webhooks and cause events, then:
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
    /// If the database fails. The error has no code.
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

    /// Returns the webhook calls of all accounts that were given up: after the last retry, no response had arrived or its
    /// status was 429, 503 or 504. Each is `EVENT URL`, the latest first; the latest 10,000 are kept. If the database fails,
    /// the list is empty. [`deliveries`](Self::deliveries) returns all calls with their details.
    #[must_use]
    pub fn given_up(&self) -> Vec<String> {
        let calls = self.engine().store().read(deliveries::given_up).unwrap_or_default();
        calls.into_iter().map(|(event, url)| format!("{event} {url}")).collect()
    }

    /// Returns the latest REST requests of all accounts with their responses, in the order of the responses. At most 16 MB
    /// are kept, and at most the number of [`Builder::request_journal`](crate::Builder::request_journal), by default 1,000.
    /// Control requests are not recorded.
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
        let journal = &self.app.control.api.journal;
        let mut list = journal.list(self.engine().accounts(), &journal::Filter::default(), usize::MAX);
        list.reverse();
        list
    }

    /// Removes all recorded REST requests. Their numbers are not used again.
    pub fn clear_requests(&self) {
        self.app.control.api.journal.forget(&journal::Filter::default());
    }

    /// Stops the emulator, and waits until its sockets are closed.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.stop.closed().await;
    }
}

/// Webhook calls that are read in one query.
const PAGE: i64 = 1000;

impl Emulator {
    fn engine(&self) -> &Engine {
        &self.app.control.api.engine
    }

    fn account(&self) -> &crate::domain::account::Account {
        &self.engine().accounts().all()[0]
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
