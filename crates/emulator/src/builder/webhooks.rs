//! Settings of webhooks.

use std::time::Duration;

use super::Builder;

impl Builder {
    /// Whether pre-event webhooks are called for REST calls with `X-Twilio-Webhook-Enabled: true`. Default: true.
    ///
    /// Without `true`, an action by REST calls no webhooks at service or conversation scope; with `true` it calls
    /// post-event webhooks, and whether it calls pre-event webhooks is not documented.
    #[must_use]
    pub fn pre_hooks_for_rest(mut self, ask: bool) -> Self {
        self.settings.pre_hooks_for_rest = ask;
        self
    }

    /// Whether an account whose filters are empty reports every event, in place of none. The vendor does not say.
    /// Default: false.
    #[must_use]
    pub fn empty_account_filters_mean_all(mut self, all: bool) -> Self {
        self.settings.empty_account_filters_mean_all = all;
        self
    }

    /// Status that a caller gets when a pre-event webhook refuses. The vendor does not say. Default: 403.
    #[must_use]
    pub fn refusal_status(mut self, status: u16) -> Self {
        self.settings.refusal_status = status;
        self
    }

    /// Whether a pre-event webhook's answer that is not a JSON object, or is over 1 MB, refuses the action, in place of
    /// changing nothing. The vendor does not say. Default: false.
    #[must_use]
    pub fn refuse_on_bad_answer(mut self, refuse: bool) -> Self {
        self.settings.refuse_on_bad_answer = refuse;
        self
    }

    /// How long a pre-event webhook may take before the action goes on without it. Default: 5 seconds, as documented.
    #[must_use]
    pub fn pre_hook_timeout(mut self, timeout: Duration) -> Self {
        self.settings.pre_hook_timeout = timeout;
        self
    }

    /// How long a post-event webhook may take. Default: 15 seconds.
    #[must_use]
    pub fn post_hook_timeout(mut self, timeout: Duration) -> Self {
        self.settings.post_hook_timeout = timeout;
        self
    }

    /// How often a post-event webhook is tried again, and how long after the first failure; the wait doubles from then
    /// on, up to 300 seconds. Default: 3 times, 1 second.
    #[must_use]
    pub fn retries(mut self, retries: u32, delay: Duration) -> Self {
        self.settings.retries = retries;
        self.settings.retry_delay = delay;
        self
    }

    /// Signs the account's webhooks with a shared key and HMAC-SHA256, in place of its auth token and HMAC-SHA1. See
    /// [`Emulator::set_signing_key`](crate::Emulator::set_signing_key), which changes it.
    #[must_use]
    pub fn signing_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.signing_key = Some((id.into(), secret.into()));
        self
    }
}
