//! One request of the server: verified, forwarded to the receiver, recorded, and responded to in time.
//!
//! | The receiver | Response to a pre-event | Response to a post-event |
//! | --- | --- | --- |
//! | responds in time | status and body of the receiver, `Content-Type`, `Content-Encoding`, `Location`, `Retry-After` | the same |
//! | responds with more than 1 MiB | its status, without a body | the same |
//! | does not respond in time: 4.5 s, 14 s | 200 without a body, so that the action goes on | 504 |
//! | cannot be reached | 200 without a body, so that the action goes on | 503 |
//!
//! These are the effects that the webhook would have without this program in between.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::{SecondsFormat, Utc};
use http::{HeaderMap, Method, Response, StatusCode, header};
use http_body_util::Full;
use tokio::sync::Semaphore;
use twilio_conversations::{
    EventType, HttpMethod,
    webhook::{self as twilio, Algorithm, Verifier},
};

use super::reporter::Reporter;
use crate::{
    delivery::{Delivery, Outcome, Problem, Receiver},
    record::{Entry, Record, Reply},
};

/// The vendor waits 5 seconds for the response to a pre-event. The rest is left for the network.
const PRE_DEADLINE: Duration = Duration::from_millis(4_500);
/// The vendor waits 15 seconds for the response to a post-event.
const POST_DEADLINE: Duration = Duration::from_secs(14);
/// Requests that are forwarded at once; others wait, within their deadline.
const AT_ONCE: usize = 64;
/// Part of a response body that is recorded: 64 KiB.
const RECORDED_BODY: usize = 64 * 1024;

/// The response of the server.
pub(super) type Sent = Response<Full<Bytes>>;

/// Verifies requests and forwards them.
pub(super) struct Relay {
    pub(super) verifier: Verifier,
    pub(super) auth_token: String,
    /// The webhook's URL, without user and password.
    pub(super) url: String,
    /// None only prints the events.
    pub(super) receiver: Option<Receiver>,
    /// Headers that are added to each request.
    pub(super) headers: HeaderMap,
    pub(super) reporter: Reporter,
    records: Mutex<Vec<(Record, PathBuf)>>,
    places: Semaphore,
}

/// A request whose body was read.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) parts: http::request::Parts,
    pub(super) body: Bytes,
    /// When its head was read.
    pub(super) received: Instant,
}

impl Relay {
    pub(super) fn new(verifier: Verifier, auth_token: String, url: String, reporter: Reporter) -> Self {
        let (receiver, headers) = (None, HeaderMap::new());
        let (records, places) = (Mutex::default(), Semaphore::new(AT_ONCE));
        Self { verifier, auth_token, url, receiver, headers, reporter, records, places }
    }

    /// Adds a file that each event is appended to.
    pub(super) fn record_to(&self, record: Record, path: PathBuf) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push((record, path));
    }

    /// Responds to a request.
    pub(super) async fn handle(&self, incoming: Incoming) -> Sent {
        let http::request::Parts { method, uri, headers, .. } = &incoming.parts;
        let fields = match self.verifier.verify(method, uri, headers, &incoming.body) {
            Ok(verified) => verified.into_fields(),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.strip_prefix("verifying a webhook: ").unwrap_or(&reason);
                self.reporter.rejected(error.status().as_u16(), method.as_str(), uri.path(), reason);
                let response: Response<String> = error.into();
                return response.map(|body| Full::new(body.into()));
            }
        };
        let Some(event) = fields.get("EventType").map(str::to_owned) else {
            let reason = "the request is signed and has no field EventType";
            self.reporter.rejected(400, method.as_str(), uri.path(), reason);
            return response(StatusCode::BAD_REQUEST, Bytes::from_static(reason.as_bytes()));
        };
        let delivery = self.delivery(method, headers, &fields);
        let id =
            delivery.token.clone().unwrap_or_else(|| format!("local-{}", crate::trigger::new_token(&delivery.fields)));
        let time = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        self.reporter.event(&id, &delivery);
        let is_pre = EventType::PRE_EVENTS.contains(&EventType::from(event.as_str()));
        let deadline = incoming.received + if is_pre { PRE_DEADLINE } else { POST_DEADLINE };
        let outcome = match &self.receiver {
            Some(receiver) => self.forward(receiver, &delivery, deadline).await,
            None => Outcome { status: Some(200), ..Outcome::default() },
        };
        let sent = reply(&outcome, is_pre);
        self.report(&id, &delivery, &outcome, sent.status(), is_pre);
        let entry = self.entry(id, time, event, &delivery, &outcome, sent.status());
        self.reporter.entry(&entry);
        self.record(&entry);
        sent
    }

    fn delivery(&self, method: &Method, headers: &HeaderMap, fields: &twilio::Fields) -> Delivery {
        let token = twilio::Delivery::new(headers, fields).idempotency_token().map(|token| token.as_str().to_owned());
        let settings = headers.get(twilio::SETTINGS_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // The request is verified, so the settings name an algorithm that is supported.
        let is_sha256 = settings.to_ascii_uppercase().contains(Algorithm::HmacSha256.as_str());
        let mut kept = HeaderMap::new();
        for (name, value) in headers {
            let is_twilio = name.as_str().starts_with("x-twilio-") || name.as_str().starts_with("i-twilio-");
            let is_made_anew = [twilio::SIGNATURE_HEADER, twilio::SETTINGS_HEADER, twilio::IDEMPOTENCY_HEADER];
            if (is_twilio && !is_made_anew.contains(&name.as_str()))
                || [header::USER_AGENT, header::ACCEPT].contains(name)
            {
                kept.append(name.clone(), value.clone());
            }
        }
        for name in self.headers.keys() {
            kept.remove(name);
        }
        kept.extend(self.headers.clone());
        Delivery {
            method: if *method == Method::GET { HttpMethod::Get } else { HttpMethod::Post },
            fields: fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            token,
            algorithm: if is_sha256 { Algorithm::HmacSha256 } else { Algorithm::HmacSha1 },
            headers: kept,
        }
    }

    async fn forward(&self, receiver: &Receiver, delivery: &Delivery, deadline: Instant) -> Outcome {
        let failed = |problem| Outcome { problem: Some(problem), ..Outcome::default() };
        let start = Instant::now();
        let Ok(Ok(_place)) = tokio::time::timeout_at(deadline.into(), self.places.acquire()).await else {
            return Outcome { duration: start.elapsed(), ..failed(Problem::TimedOut) };
        };
        match delivery.sign(receiver, &self.auth_token) {
            Ok(request) => receiver.send(request, deadline).await,
            Err(failure) => failed(Problem::Failed(failure.to_string())),
        }
    }

    fn report(&self, id: &str, delivery: &Delivery, outcome: &Outcome, status: StatusCode, is_pre: bool) {
        let Some(receiver) = &self.receiver else { return };
        let status = status.as_u16();
        let note = match outcome.problem {
            Some(Problem::TooLarge) => format!("responded {status} without a body"),
            _ if is_pre => format!("responded {status}, so the action goes on"),
            _ => format!("responded {status}"),
        };
        self.reporter.response(id, delivery.method.as_str(), &receiver.called(), outcome, &note);
    }

    fn entry(
        &self,
        id: String,
        time: String,
        event: String,
        delivery: &Delivery,
        outcome: &Outcome,
        sent: StatusCode,
    ) -> Entry {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let added = |name: &header::HeaderName| self.headers.contains_key(name);
        let headers = delivery.headers.iter().filter(|(name, _)| !added(name));
        let cut = &outcome.body[..outcome.body.len().min(RECORDED_BODY)];
        Entry {
            id,
            time,
            event,
            method: delivery.method.as_str().to_owned(),
            url: self.url.clone(),
            token: delivery.token.clone(),
            headers: headers.map(|(name, value)| (name.to_string(), text(value))).collect(),
            fields: delivery.fields.clone(),
            forwarded_to: self.receiver.as_ref().map(Receiver::called),
            response: Reply {
                status: sent.as_u16(),
                receiver_status: outcome.status.filter(|_| self.receiver.is_some()),
                content_type: outcome.headers.get(header::CONTENT_TYPE).map(text),
                body: String::from_utf8_lossy(cut).into_owned(),
                is_cut: cut.len() < outcome.body.len() || outcome.problem == Some(Problem::TooLarge),
                duration_ms: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
                problem: outcome.problem.as_ref().map(ToString::to_string),
            },
        }
    }

    fn record(&self, entry: &Entry) {
        for (record, path) in self.records.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            if let Err(failure) = record.append(entry) {
                self.reporter.problem(&format!("recording an event in {}: {failure}", path.display()));
            }
        }
    }
}

/// The response for the caller, by the table of this module.
fn reply(outcome: &Outcome, is_pre: bool) -> Sent {
    match (&outcome.problem, outcome.status) {
        (None, Some(status)) => relayed(status, &outcome.headers, outcome.body.clone().into()),
        (Some(Problem::TooLarge), Some(status)) => relayed(status, &HeaderMap::new(), Bytes::new()),
        _ if is_pre => response(StatusCode::OK, Bytes::new()),
        (Some(Problem::TimedOut), _) => response(StatusCode::GATEWAY_TIMEOUT, Bytes::new()),
        _ => response(StatusCode::SERVICE_UNAVAILABLE, Bytes::new()),
    }
}

fn relayed(status: u16, headers: &HeaderMap, body: Bytes) -> Sent {
    let mut sent = response(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY), body);
    for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::LOCATION, header::RETRY_AFTER] {
        if let Some(value) = headers.get(&name) {
            sent.headers_mut().insert(name, value.clone());
        }
    }
    sent
}

pub(super) fn response(status: StatusCode, body: Bytes) -> Sent {
    let mut sent = Response::new(Full::new(body));
    *sent.status_mut() = status;
    sent
}
