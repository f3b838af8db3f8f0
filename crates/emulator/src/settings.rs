//! What can be set, first of all where the vendor's documentation leaves something open.

use std::time::Duration;

/// How the emulator behaves where a choice has to be made. Each default is an assumption that the README lists.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Refuse form fields and query parameters that the specification doesn't have, in place of ignoring them.
    pub(crate) refuse_unknown_fields: bool,
    /// Begin addresses in answers with the vendor's host in place of the emulator's own.
    pub(crate) vendor_urls: bool,
    /// Whether pre-event webhooks run for REST calls with `X-Twilio-Webhook-Enabled: true`.
    pub(crate) pre_hooks_for_rest: bool,
    /// Whether an account whose list of filters is empty reports every event, in place of none.
    pub(crate) empty_account_filters_mean_all: bool,
    /// Status that a caller gets when a pre-event webhook refuses.
    pub(crate) refusal_status: u16,
    /// Whether a pre-event webhook's answer that is no JSON object refuses the action, in place of changing nothing.
    pub(crate) refuse_on_bad_answer: bool,
    /// How long a pre-event webhook may take.
    pub(crate) pre_hook_timeout: Duration,
    /// How long a post-event webhook may take.
    pub(crate) post_hook_timeout: Duration,
    /// How often a post-event webhook is tried again.
    pub(crate) retries: u32,
    /// How long after a failure it is tried again first; the wait doubles from then on.
    pub(crate) retry_delay: Duration,
    /// Writes per second that a service and a conversation take, if limited.
    pub(crate) rate_limit: Option<u32>,
    /// REST requests that are kept for tests and the inspector; 0 for none.
    pub(crate) request_journal: usize,
    pub(crate) input: InputLimits,
}

/// Limits on what clients send, in time, count and bytes.
#[derive(Clone, Debug)]
pub(crate) struct InputLimits {
    /// Connections that are open at once.
    pub(crate) connections: usize,
    /// How long the request line and the headers of a request may take, from their first byte.
    pub(crate) header_timeout: Duration,
    /// How long the body of a request may take.
    pub(crate) body_timeout: Duration,
    /// How long a connection may stay open without a request, and without a byte of a response being read.
    pub(crate) idle_timeout: Duration,
    /// Largest snapshot that is restored, in bytes.
    pub(crate) snapshot_bytes: usize,
}

impl Default for InputLimits {
    fn default() -> Self {
        Self {
            connections: 512,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            snapshot_bytes: 256 * 1024 * 1024,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            refuse_unknown_fields: false,
            vendor_urls: false,
            pre_hooks_for_rest: true,
            empty_account_filters_mean_all: false,
            refusal_status: 403,
            refuse_on_bad_answer: false,
            pre_hook_timeout: Duration::from_secs(5),
            post_hook_timeout: Duration::from_secs(15),
            retries: 3,
            retry_delay: Duration::from_secs(1),
            rate_limit: None,
            request_journal: 1000,
            input: InputLimits::default(),
        }
    }
}
