//! Limits on clients, and on the recorded requests.

use std::time::Duration;

use super::Builder;

impl Builder {
    /// Limits the writes per second for each service and each conversation. Beyond the limit they are rejected with 429
    /// (50063). Twilio documents a limit of 30. Default: no limit.
    #[must_use]
    pub fn rate_limit(mut self, per_second: u32) -> Self {
        self.settings.rate_limit = Some(per_second);
        self
    }

    /// Sets the number of REST requests that are kept with their responses, for
    /// [`Emulator::requests`](crate::Emulator::requests), the control API and the inspector. 0 keeps none. Default: 1000.
    ///
    /// Beyond this number, or beyond 16 MB together, the oldest are dropped. At most 4 KB each are kept of a request's URL,
    /// headers and body and of its response body. The requests are kept in memory, even with a data file.
    #[must_use]
    pub fn request_journal(mut self, requests: usize) -> Self {
        self.settings.request_journal = requests;
        self
    }

    /// Sets the number of connections that can be open at once. Default: 512. 0 counts as 1.
    ///
    /// At the limit, a new connection replaces the one that has waited longest for its client, and for at least 250 ms: an
    /// idle one, or one with an incomplete request. While all connections are handling requests, new ones wait.
    #[must_use]
    pub fn connection_limit(mut self, connections: usize) -> Self {
        self.settings.input.connections = connections;
        self
    }

    /// Sets the time limit for the request line and the headers of a request, from their first byte. After that the
    /// connection is closed. Default: 10 seconds. Beyond 64 KB or 100 headers the response is 431.
    #[must_use]
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.settings.input.header_timeout = timeout;
        self
    }

    /// Sets the time limit for the body of a request. After that the response is 408 and the connection is closed.
    /// Default: 30 seconds.
    ///
    /// Beyond 1 MB the response is 413; for a snapshot the limit is [`snapshot_limit`](Self::snapshot_limit).
    #[must_use]
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.settings.input.body_timeout = timeout;
        self
    }

    /// Sets the time limit of a connection between two requests, and of a client for reading the next bytes of a response.
    /// After that the connection is closed. Default: 75 seconds.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.input.idle_timeout = timeout;
        self
    }

    /// Sets the size limit of snapshots for [`Emulator::restore`](crate::Emulator::restore) and
    /// `PUT /_emulator/snapshot`, in bytes. A larger snapshot is rejected. Default: 268,435,456 (256 MB).
    #[must_use]
    pub fn snapshot_limit(mut self, bytes: usize) -> Self {
        self.settings.input.snapshot_bytes = bytes;
        self
    }
}
