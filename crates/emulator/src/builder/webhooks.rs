//! Settings of webhooks.

use std::time::Duration;

use super::Builder;

impl Builder {
    /// Sets whether REST requests with `X-Twilio-Webhook-Enabled: true` call pre-event webhooks. Default: true.
    ///
    /// Without `true`, an action by REST calls no webhooks at service or conversation scope; with `true` it calls
    /// post-event webhooks, and whether it calls pre-event webhooks is not documented.
    #[must_use]
    pub fn pre_hooks_for_rest(mut self, call: bool) -> Self {
        self.settings.pre_hooks_for_rest = call;
        self
    }

    /// Sets whether an account with an empty list of filters reports all events. Otherwise it reports none. Twilio does not
    /// document this. Default: false.
    #[must_use]
    pub fn empty_account_filters_mean_all(mut self, all: bool) -> Self {
        self.settings.empty_account_filters_mean_all = all;
        self
    }

    /// Sets the HTTP status of a request that a pre-event webhook rejects, with code 50056 or 50057. Twilio does not
    /// document it. Default: 403.
    #[must_use]
    pub fn refusal_status(mut self, status: u16) -> Self {
        self.settings.refusal_status = status;
        self
    }

    /// Sets whether a request is rejected (50057) if the response of its pre-event webhook is not a JSON object or is over
    /// 1 MB. Otherwise the request proceeds unchanged. Twilio does not document this. Default: false.
    #[must_use]
    pub fn refuse_on_bad_answer(mut self, refuse: bool) -> Self {
        self.settings.refuse_on_bad_answer = refuse;
        self
    }

    /// Sets the time limit of a pre-event webhook call. After that the request proceeds unchanged. Default: 5 seconds, as
    /// documented.
    #[must_use]
    pub fn pre_hook_timeout(mut self, timeout: Duration) -> Self {
        self.settings.pre_hook_timeout = timeout;
        self
    }

    /// Sets the time limit of each attempt of a post-event webhook call. After that the attempt has failed and is retried.
    /// Default: 15 seconds.
    #[must_use]
    pub fn post_hook_timeout(mut self, timeout: Duration) -> Self {
        self.settings.post_hook_timeout = timeout;
        self
    }

    /// Sets the number of retries of a post-event webhook call, and the delay before the first one. The delay doubles for
    /// each further retry, up to 300 seconds. Default: 3 retries, 1 second.
    #[must_use]
    pub fn retries(mut self, retries: u32, delay: Duration) -> Self {
        self.settings.retries = retries;
        self.settings.retry_delay = delay;
        self
    }

    /// Signs the webhooks of the first account with a shared key and HMAC-SHA256, in place of its auth token and HMAC-SHA1.
    /// The id takes 1 to 128 letters, digits, `_`, `-` and `.`, the secret 1 to 1024 bytes.
    /// [`Emulator::set_signing_key`](crate::Emulator::set_signing_key) changes it. Default: no shared key.
    #[must_use]
    pub fn signing_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.signing_key = Some((id.into(), secret.into()));
        self
    }
}
