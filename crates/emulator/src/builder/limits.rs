//! Limits on clients, and on what is kept of their requests.

use std::time::Duration;

use super::Builder;

impl Builder {
    /// Lets through this many writes per second of each service and each conversation, and refuses more with 429
    /// (50063). The vendor's number is 30. Default: no limit.
    #[must_use]
    pub fn rate_limit(mut self, per_second: u32) -> Self {
        self.settings.rate_limit = Some(per_second);
        self
    }

    /// Keeps this many of the latest REST requests with their responses, for
    /// [`Emulator::requests`](crate::Emulator::requests), the control API and the inspector; 0 keeps none. Of each 4 KB
    /// of the body, of the response, of the headers and of the URL are kept, of all together 16 MB: beyond it the
    /// oldest are dropped. They are in memory, also with a data file. Default: 1000.
    #[must_use]
    pub fn request_journal(mut self, requests: usize) -> Self {
        self.settings.request_journal = requests;
        self
    }

    /// Sets how many connections may be open at once. At the limit, a new connection takes the place of the one that has
    /// waited longest for its client, for a quarter of a second at least: one that is idle, or that sent half a request.
    /// While every connection has a request in work, new ones wait. Default: 512, at least 1.
    #[must_use]
    pub fn connection_limit(mut self, connections: usize) -> Self {
        self.settings.input.connections = connections;
        self
    }

    /// Sets how long the request line and the headers of a request may take to arrive, from their first byte. After that
    /// the connection is closed. They have at most 64 KB and 100 headers, else the response is 431. Default: 10 seconds.
    #[must_use]
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.settings.input.header_timeout = timeout;
        self
    }

    /// Sets how long the body of a request may take to arrive. After that the response is 408, and the connection is
    /// closed. A body has at most 1 MB, that of a snapshot as much as [`snapshot_limit`](Self::snapshot_limit) says, else
    /// the response is 413. Default: 30 seconds.
    #[must_use]
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.settings.input.body_timeout = timeout;
        self
    }

    /// Sets how long a connection may be open between two requests, and how long its client may take to read the next
    /// bytes of a response. After that it is closed. Default: 75 seconds.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.input.idle_timeout = timeout;
        self
    }

    /// Sets the size of the largest snapshot that [`Emulator::restore`](crate::Emulator::restore) and
    /// `PUT /_emulator/snapshot` take, in bytes. Default: 256 MB.
    #[must_use]
    pub fn snapshot_limit(mut self, bytes: usize) -> Self {
        self.settings.input.snapshot_bytes = bytes;
        self
    }
}
