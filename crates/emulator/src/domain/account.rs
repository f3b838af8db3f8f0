//! Accounts, and the actors of requests.

use crate::domain::values::AddressType;
use crate::settings::Settings;

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: i64,
    pub(crate) sid: String,
    /// Key of its webhook signatures.
    pub(crate) auth_token: String,
}

/// The actor of a request, and which webhooks the request calls.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// Value of the webhook field `Source`; `None` leaves the field out.
    pub(crate) source: Option<String>,
    /// The chat user, if a chat SDK acts.
    pub(crate) identity: Option<String>,
    /// Whether webhooks are called.
    pub(crate) calls_webhooks: bool,
    /// Whether pre-event webhooks are among them.
    pub(crate) calls_pre_event: bool,
}

impl Actor {
    /// A caller of the REST API. `webhooks` is the header `X-Twilio-Webhook-Enabled`.
    pub(crate) fn rest(webhooks: bool, settings: &Settings) -> Self {
        let source = Some("API".to_owned());
        Self { source, identity: None, calls_webhooks: webhooks, calls_pre_event: settings.pre_hooks_for_rest }
    }

    /// A chat user with an SDK.
    pub(crate) fn sdk(identity: &str) -> Self {
        let (source, identity) = (Some("SDK".to_owned()), Some(identity.to_owned()));
        Self { source, identity, calls_webhooks: true, calls_pre_event: true }
    }

    /// A person on a channel.
    pub(crate) fn channel(channel: AddressType) -> Self {
        use super::values::Documented as _;
        let source = Some(channel.as_str().to_ascii_uppercase());
        Self { source, identity: None, calls_webhooks: true, calls_pre_event: true }
    }

    /// The emulator itself: its timers and delivery reports. A captured change of state by a timer has no `Source`.
    pub(crate) fn emulator() -> Self {
        Self { source: None, identity: None, calls_webhooks: true, calls_pre_event: false }
    }

    /// Whether a pre-event webhook may roll a transaction of this actor back.
    pub(crate) fn may_be_retried(&self) -> bool {
        self.calls_webhooks && self.calls_pre_event
    }
}

/// The defaults of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) id: i64,
    pub(crate) service_sid: Option<String>,
    pub(crate) messaging_service_sid: String,
    /// ISO 8601 durations, verbatim.
    pub(crate) inactive_timer: Option<String>,
    pub(crate) closed_timer: Option<String>,
}
