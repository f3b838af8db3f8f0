//! Connections: how many are open at once, and how long each may wait for its client.
//!
//! Every connection has a phase, which its requests and the transfer of bytes change. A watchdog closes the connection
//! when a phase exceeds its time limit. At the limit on connections, the one that has waited longest for its client is
//! closed for a new one; while all connections are busy, new ones wait in the kernel's backlog.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use crate::settings::InputLimits;

/// How long a connection must have waited for its client before it may be closed for a new one.
const GRACE: Duration = Duration::from_millis(250);
/// How often the accept loop looks for a connection to close while all are busy.
const RECHECK: Duration = Duration::from_millis(50);

/// The phase of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// No byte of the next request has arrived, or the client is reading a response.
    Idle,
    /// A request line and headers are arriving.
    Head,
    /// A request body is arriving.
    Body,
    /// A request is being handled.
    Busy,
    /// A stream of server-sent events is being sent.
    Stream,
    /// It is being closed.
    Closing,
}

impl Phase {
    const ALL: [Self; 6] = [Self::Idle, Self::Head, Self::Body, Self::Busy, Self::Stream, Self::Closing];

    /// How long it may last.
    fn limit(self, limits: &InputLimits) -> Option<Duration> {
        match self {
            Self::Idle => Some(limits.idle_timeout),
            Self::Head => Some(limits.header_timeout),
            // `collect` limits the time of the body, so that the client gets a 408 response.
            Self::Body | Self::Busy | Self::Stream | Self::Closing => None,
        }
    }

    fn waits_for_client(self) -> bool {
        matches!(self, Self::Idle | Self::Head | Self::Body | Self::Stream)
    }
}

/// The phase of one connection, and the time at which it began or bytes were last transferred.
pub(crate) struct Activity {
    start: Instant,
    phase: AtomicU8,
    /// Milliseconds after `start`.
    since: AtomicU64,
    close: Notify,
}

impl Activity {
    pub(crate) fn new() -> Self {
        let (phase, since) = (AtomicU8::new(Phase::Idle as u8), AtomicU64::new(0));
        Self { start: Instant::now(), phase, since, close: Notify::new() }
    }

    pub(crate) fn enter(&self, phase: Phase) {
        // Handling has no time limit here, and reading the clock takes time.
        if phase != Phase::Busy {
            self.touch();
        }
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    fn phase(&self) -> Phase {
        Phase::ALL[usize::from(self.phase.load(Ordering::Relaxed)).min(Phase::ALL.len() - 1)]
    }

    /// Restarts the time of the phase, since bytes were transferred.
    fn touch(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since.store(millis, Ordering::Relaxed);
    }

    /// How long the phase has lasted.
    fn age(&self) -> Duration {
        self.start.elapsed().saturating_sub(Duration::from_millis(self.since.load(Ordering::Relaxed)))
    }

    /// Returns when the connection is to be closed: a phase has exceeded its limit, or a new connection needs the place.
    pub(super) async fn overdue(&self, limits: &InputLimits) {
        let watch = async {
            loop {
                let wait = match self.phase().limit(limits) {
                    Some(limit) => match limit.checked_sub(self.age()) {
                        Some(left) if !left.is_zero() => left,
                        _ => return,
                    },
                    None => limits.header_timeout.min(limits.idle_timeout),
                };
                // Wakes often enough for a phase with a shorter limit that begins meanwhile.
                let wait = wait.min(limits.header_timeout).max(Duration::from_millis(1));
                tokio::time::sleep(wait).await;
            }
        };
        tokio::select! {
            () = watch => {}
            () = self.close.notified() => {}
        }
    }
}

/// The open connections of an emulator.
pub(crate) struct Connections {
    limit: usize,
    open: Mutex<(u64, HashMap<u64, Arc<Activity>>)>,
    freed: Notify,
}

/// One of the places of a [`Connections`]; free again when dropped.
pub(crate) struct Place {
    connections: Arc<Connections>,
    id: u64,
    pub(crate) activity: Arc<Activity>,
}

impl Connections {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        // A limit of 0 would serve no request.
        Arc::new(Self { limit: limit.max(1), open: Mutex::default(), freed: Notify::new() })
    }

    /// Waits for a free place. If there is none, closes the connection that has waited longest for its client.
    pub(crate) async fn place(self: &Arc<Self>) -> Place {
        loop {
            let wait = match self.take() {
                Ok(place) => return place,
                Err(wait) => wait,
            };
            tokio::select! {
                () = self.freed.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Takes a free place. Otherwise closes a connection that waits for its client, if there is one, and returns the
    /// pause before the next attempt.
    fn take(self: &Arc<Self>) -> Result<Place, Duration> {
        let mut open = self.lock();
        if open.1.len() < self.limit {
            open.0 += 1;
            let (id, activity) = (open.0, Arc::new(Activity::new()));
            open.1.insert(id, activity.clone());
            return Ok(Place { connections: self.clone(), id, activity });
        }
        let waiting = open.1.values().filter(|activity| activity.phase().waits_for_client());
        let Some(longest) = waiting.max_by_key(|activity| activity.age()) else { return Err(RECHECK) };
        match GRACE.checked_sub(longest.age()) {
            Some(left) if !left.is_zero() => Err(left.min(RECHECK)),
            _ => {
                longest.enter(Phase::Closing);
                longest.close.notify_one();
                Err(RECHECK)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, (u64, HashMap<u64, Arc<Activity>>)> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().1.remove(&self.id);
        self.connections.freed.notify_one();
    }
}

/// A stream that reports its reads and writes as activity of its connection.
pub(super) struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        if matches!(result, Poll::Ready(Ok(written)) if *written > 0) {
            self.activity.touch();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before && matches!(self.activity.phase(), Phase::Idle | Phase::Stream) {
            self.activity.enter(Phase::Head);
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(&result);
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
