//! The journal of REST requests: the latest requests with their responses, in memory, for tests and the inspector.
//!
//! Recording a request copies the kept bytes once. They are parsed and formatted only when the record is read.

mod record;
mod secrets;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::DateTime;
use http_body_util::Full;
use hyper::body::Body as _;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response};

pub use self::record::RecordedRequest;
use self::secrets::{is_secret, without_secrets};
use super::faults::FaultEffects;
use super::spec::Endpoint;
use crate::domain::account::Account;
use crate::store::account::Accounts;
use crate::time::Millis;

/// Header of the response that identifies the request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("twilio-request-id");
/// Bytes that are kept of each of: path with query, headers, request body, response body.
const KEPT: usize = 4 * 1024;
/// Bytes that the headers of most requests take.
const HEADERS: usize = 256;
/// Bytes that are kept of all requests together. Beyond it the oldest are dropped, even if fewer than the configured
/// number remain.
const TOTAL: usize = 16 * 1024 * 1024;

/// The parts of a record that are collected while a request is handled.
pub(super) struct Trace<'c> {
    pub(super) start: Instant,
    received: Millis,
    pub(super) account: Option<&'c Account>,
    pub(super) endpoint: Option<&'static Endpoint>,
    pub(super) effects: FaultEffects,
}

impl Trace<'_> {
    pub(super) fn begin(received: Millis) -> Self {
        Self { start: Instant::now(), received, account: None, endpoint: None, effects: FaultEffects::default() }
    }
}

/// The latest requests of all accounts.
pub(crate) struct Journal {
    capacity: usize,
    ring: Mutex<Ring>,
}

#[derive(Default)]
struct Ring {
    entries: VecDeque<Arc<Entry>>,
    /// Number of the latest request.
    latest: u64,
    bytes: usize,
}

/// One request as it is kept.
#[derive(Default)]
struct Entry {
    id: u64,
    received: Millis,
    account: Option<i64>,
    endpoint: Option<&'static Endpoint>,
    method: Method,
    status: Option<u16>,
    duration: Duration,
    effects: FaultEffects,
    is_complete: bool,
    request_size: usize,
    response_size: usize,
    /// Path and query, header lines, request body, response body, request id.
    data: Vec<u8>,
    /// End offsets of the first four.
    ends: [usize; 4],
}

/// Which requests are listed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter<'a> {
    /// Row of an account, which selects its requests and those that were not authenticated. `None` selects all requests.
    pub(crate) account: Option<i64>,
    /// Part of the operation id.
    pub(crate) operation: Option<&'a str>,
    /// First and last status.
    pub(crate) status: Option<(u16, u16)>,
    pub(crate) method: Option<&'a str>,
    /// Part of path and query.
    pub(crate) path: Option<&'a str>,
    pub(crate) before: Option<u64>,
    pub(crate) after: Option<u64>,
}

impl Journal {
    /// A journal of this many requests; 0 turns it off.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, ring: Mutex::default() }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.capacity > 0
    }

    /// Records a request and its response, or that the connection was cut.
    pub(super) fn record(
        &self,
        trace: &Trace<'_>,
        parts: &Parts,
        body: &[u8],
        response: Option<&Response<Full<Bytes>>>,
        duration: Duration,
    ) {
        if !self.is_on() {
            return;
        }
        let sent = response.map(|response| content(response.body())).unwrap_or_default();
        let request_id = response.and_then(|response| response.headers().get(REQUEST_ID)).map(HeaderValue::as_bytes);
        let (target, request) = without_secrets(parts, body);
        let (target_end, body_end, sent_end) = (target.len().min(KEPT), request.len().min(KEPT), sent.len().min(KEPT));
        // The oldest entry is dropped for this one. Its memory is used again, unless a reader has the entry.
        let mut place = self.lock().displaced(self.capacity).unwrap_or_default();
        let mut data = Arc::get_mut(&mut place).map(|old| std::mem::take(&mut old.data)).unwrap_or_default();
        data.clear();
        data.reserve(target_end + body_end + sent_end + HEADERS);
        data.extend_from_slice(&target.as_bytes()[..target_end]);
        let headers_are_complete = write_headers(&parts.headers, &mut data);
        let headers_end = data.len();
        data.extend_from_slice(&request[..body_end]);
        data.extend_from_slice(&sent[..sent_end]);
        data.extend_from_slice(request_id.unwrap_or_default());
        let entry = Entry {
            id: 0,
            received: trace.received,
            account: trace.account.map(|account| account.id),
            endpoint: trace.endpoint,
            method: parts.method.clone(),
            status: response.map(|response| response.status().as_u16()),
            duration,
            effects: trace.effects,
            is_complete: headers_are_complete && target_end == target.len(),
            request_size: request.len(),
            response_size: sent.len(),
            data,
            ends: [target_end, headers_end, headers_end + body_end, headers_end + body_end + sent_end],
        };
        match Arc::get_mut(&mut place) {
            Some(old) => *old = entry,
            None => place = Arc::new(entry),
        }
        // Other threads may have added entries meanwhile, so that `push` checks the limits again.
        self.lock().push(place, self.capacity);
    }

    /// The requests that match a filter, the latest first, at most `limit`. With `after` and without `before` they are
    /// the next ones after that number.
    pub(crate) fn list(&self, accounts: &Accounts, filter: &Filter<'_>, limit: usize) -> Vec<RecordedRequest> {
        let ring = self.lock();
        let matches = |entry: &&Arc<Entry>| filter.passes(entry);
        let mut found: Vec<_> = if filter.after.is_some() && filter.before.is_none() {
            ring.entries.iter().filter(matches).take(limit).cloned().collect()
        } else {
            ring.entries.iter().rev().filter(matches).take(limit).cloned().collect()
        };
        drop(ring);
        found.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.id));
        found.iter().map(|entry| entry.read(accounts)).collect()
    }

    /// A request by its number, if it matches a filter.
    pub(crate) fn find(&self, accounts: &Accounts, filter: &Filter<'_>, id: u64) -> Option<RecordedRequest> {
        let ring = self.lock();
        let at = ring.entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
        let entry = ring.entries[at].clone();
        drop(ring);
        filter.passes(&entry).then(|| entry.read(accounts))
    }

    /// Number of kept requests that match a filter.
    pub(crate) fn count(&self, filter: &Filter<'_>) -> usize {
        self.lock().entries.iter().filter(|entry| filter.passes(entry)).count()
    }

    /// Removes the requests that match a filter. Returns their number.
    pub(crate) fn forget(&self, filter: &Filter<'_>) -> usize {
        let mut ring = self.lock();
        let (gone, kept): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut ring.entries).into_iter().partition(|entry| filter.passes(entry));
        ring.bytes = kept.iter().map(|entry| entry.data.capacity()).sum();
        ring.entries = kept;
        gone.len()
    }

    /// Ignores the poison of a panic: every change leaves the ring consistent.
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// Removes the oldest request if there is no place for another one.
    fn displaced(&mut self, capacity: usize) -> Option<Arc<Entry>> {
        if self.entries.len() < capacity { None } else { self.pop() }
    }

    /// Adds a request, which gets the next number, and removes the oldest beyond the limits.
    fn push(&mut self, mut entry: Arc<Entry>, capacity: usize) {
        self.latest += 1;
        if let Some(entry) = Arc::get_mut(&mut entry) {
            entry.id = self.latest;
        }
        self.bytes += entry.data.capacity();
        self.entries.push_back(entry);
        while self.entries.len() > capacity || self.bytes > TOTAL {
            self.pop();
        }
    }

    fn pop(&mut self) -> Option<Arc<Entry>> {
        let oldest = self.entries.pop_front()?;
        self.bytes -= oldest.data.capacity();
        Some(oldest)
    }
}

impl Filter<'_> {
    fn passes(&self, entry: &Entry) -> bool {
        let Self { account, operation, status, method, path, before, after } = *self;
        account.is_none_or(|id| entry.account.is_none_or(|own| own == id))
            && before.is_none_or(|id| entry.id < id)
            && after.is_none_or(|id| entry.id > id)
            && operation.is_none_or(|part| entry.endpoint.is_some_and(|endpoint| endpoint.id.contains(part)))
            && status.is_none_or(|(first, last)| entry.status.is_some_and(|status| (first..=last).contains(&status)))
            && method.is_none_or(|method| entry.method.as_str().eq_ignore_ascii_case(method))
            && path.is_none_or(|part| entry.target().contains(part))
    }
}

impl Entry {
    fn target(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.data[..self.ends[0]])
    }

    fn read(&self, accounts: &Accounts) -> RecordedRequest {
        let [target_end, headers_end, request_end, sent_end] = self.ends;
        let target = self.target();
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (&*target, None),
        };
        let account = self.account.and_then(|id| accounts.by_id(id));
        RecordedRequest {
            id: self.id,
            date_created: DateTime::from_timestamp_millis(self.received.0).unwrap_or_default(),
            account_sid: account.map(|account| account.sid.clone()),
            method: self.method.to_string(),
            path: path.to_owned(),
            query,
            operation: self.endpoint.map(|endpoint| endpoint.id.clone()),
            headers: read_headers(&self.data[target_end..headers_end]),
            request_body: self.data[headers_end..request_end].to_vec(),
            request_body_size: self.request_size,
            status: self.status,
            response_body: self.data[request_end..sent_end].to_vec(),
            response_body_size: self.response_size,
            request_id: Some(String::from_utf8_lossy(&self.data[sent_end..]).into_owned()).filter(|id| !id.is_empty()),
            duration: self.duration,
            fault: describe(&self.effects),
            is_complete: self.is_complete,
        }
    }
}

/// The bytes of a complete body.
fn content(body: &Full<Bytes>) -> Bytes {
    let mut body = body.clone();
    match Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        _ => Bytes::new(),
    }
}

/// Writes header lines up to the limit. Returns whether all of them fit.
fn write_headers(headers: &HeaderMap, data: &mut Vec<u8>) -> bool {
    let limit = data.len() + KEPT;
    for (name, value) in headers {
        if is_secret(name) {
            continue;
        }
        if data.len() + name.as_str().len() + value.len() + 2 > limit {
            return false;
        }
        data.extend_from_slice(name.as_str().as_bytes());
        data.push(b':');
        // A header value cannot contain a line break.
        data.extend_from_slice(value.as_bytes());
        data.push(b'\n');
    }
    true
}

fn read_headers(lines: &[u8]) -> Vec<(String, String)> {
    String::from_utf8_lossy(lines)
        .split('\n')
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The kinds of the injected faults, as [`Fault`](super::fault::Fault) spells them.
fn describe(effects: &FaultEffects) -> Option<String> {
    let mut kinds = Vec::new();
    kinds.extend(effects.response.map(|(status, _)| status.to_string()));
    if effects.cut {
        kinds.push("cut".to_owned());
    }
    if effects.cut_after {
        kinds.push("cut-after".to_owned());
    }
    if !effects.delay.is_zero() {
        kinds.push(format!("slow={}", effects.delay.as_millis()));
    }
    (!kinds.is_empty()).then(|| kinds.join(","))
}
