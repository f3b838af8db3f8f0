//! Settings, most of them for questions that Twilio's documentation leaves open.

use std::time::Duration;

/// The behaviour of an emulator. The README lists the defaults under "Assumptions".
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Whether form fields and query parameters that are not in the specification are rejected. Otherwise they are
    /// ignored.
    pub(crate) refuse_unknown_fields: bool,
    /// Whether URLs in responses have Twilio's host. Otherwise they have the host of the request.
    pub(crate) vendor_urls: bool,
    /// Whether REST requests with `X-Twilio-Webhook-Enabled: true` call pre-event webhooks.
    pub(crate) pre_hooks_for_rest: bool,
    /// Whether an account with an empty list of filters reports all events. Otherwise it reports none.
    pub(crate) empty_account_filters_mean_all: bool,
    /// Status of the response if a pre-event webhook rejects the request.
    pub(crate) refusal_status: u16,
    /// Whether a pre-event webhook's response that is not a JSON object, or is over 1 MB, rejects the request. Otherwise
    /// the request proceeds unchanged.
    pub(crate) refuse_on_bad_answer: bool,
    /// Time limit of a pre-event webhook call.
    pub(crate) pre_hook_timeout: Duration,
    /// Time limit of a post-event webhook call.
    pub(crate) post_hook_timeout: Duration,
    /// Number of retries of a post-event webhook call.
    pub(crate) retries: u32,
    /// Delay before the first retry. It doubles for each further one, up to 300 seconds.
    pub(crate) retry_delay: Duration,
    /// Writes per second for each service and each conversation; `None` for no limit.
    pub(crate) rate_limit: Option<u32>,
    /// Number of REST requests that are kept in the journal; 0 for none.
    pub(crate) request_journal: usize,
    pub(crate) input: InputLimits,
}

/// Limits on the input of clients, in time, count and bytes.
#[derive(Clone, Debug)]
pub(crate) struct InputLimits {
    /// Most open connections.
    pub(crate) connections: usize,
    /// Time limit for the request line and headers, from their first byte.
    pub(crate) header_timeout: Duration,
    /// Time limit for the body of a request.
    pub(crate) body_timeout: Duration,
    /// Time limit of a connection between two requests, and of a client that reads no bytes of a response.
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
