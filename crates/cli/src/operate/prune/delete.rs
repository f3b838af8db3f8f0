//! Deletes the conversations of a plan, several at a time, within a rate.

use std::time::Duration;

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::time::Instant;
use twilio_conversations::{Client, ConversationSid, Error, ServiceSid};

use super::{
    journal::Journal,
    line::Line,
    plan::Filter,
    progress::Progress,
    replay::{Pending, Replay},
};
use crate::{
    context::Context,
    failure::{Failure, Result},
    operate::interrupt::Interrupt,
    printable::printable,
};

/// Failures in a row after which the job stops: the server is down, or rejects everything.
const MOST_FAILURES_IN_A_ROW: u32 = 25;
/// Failures that are printed. All are in the journal.
const MOST_PRINTED: u64 = 20;

/// The numbers of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) planned: u64,
    pub(super) deleted: u64,
    pub(super) gone: u64,
    pub(super) kept: u64,
    pub(super) failed: u64,
    pub(super) left: u64,
}

/// How a run ended.
pub(super) enum End {
    /// All that is planned was tried.
    Complete,
    /// The user interrupted.
    Interrupted,
    /// An error that further requests would have as well: the credentials are rejected, the rate limit persists, many
    /// requests in a row failed, or the journal cannot be written.
    Stopped(Failure),
}

pub(super) struct Deletion {
    pub(super) filter: Filter,
    pub(super) concurrency: usize,
    /// Deletes per second.
    pub(super) rate: u32,
}

/// One conversation.
struct Outcome {
    n: u64,
    conversation: ConversationSid,
    result: Result<Done, Error>,
}

enum Done {
    Deleted,
    Gone,
    Kept(String),
}

impl Deletion {
    /// # Errors
    ///
    /// The journal cannot be read, or signals cannot be caught. A journal that cannot be written is [`End::Stopped`], after
    /// the requests in flight.
    pub(super) async fn run(
        &self,
        client: &Client,
        journal: &mut Journal,
        plan: Replay,
        tally: &mut Tally,
        context: &Context,
        progress: &Progress,
    ) -> Result<End> {
        let mut interrupt = Interrupt::listen(context.terminal)?;
        let path = journal.path().to_owned();
        let mut pending = Pending::new(journal.reader(plan.plan)?, &path, plan.done);
        let total = tally.left;
        progress.begin(total);
        let mut running = FuturesUnordered::new();
        let mut pace = Pace::new(self.rate);
        let mut next = pending.next()?;
        let (mut end, mut failures, mut done) = (None, 0, 0);
        loop {
            let may_start = end.is_none() && next.is_some() && running.len() < self.concurrency;
            if !may_start && running.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                () = interrupt.wait(), if end.is_none() => end = Some(End::Interrupted),
                Some(outcome) = running.next() => {
                    let stop = record(outcome, journal, tally, &mut failures, progress);
                    done += 1;
                    progress.done(done, total);
                    end = end.or_else(|| stop.map(End::Stopped));
                }
                () = pace.wait(), if may_start => {
                    pace.start();
                    if let Some((n, service, conversation)) = next.take() {
                        running.push(self.one(client, n, service, conversation));
                        next = pending.next()?;
                    }
                }
            }
        }
        progress.end();
        let end = match end {
            Some(end) => end,
            None if interrupt.is_set() && tally.left > 0 => End::Interrupted,
            None => End::Complete,
        };
        let ended = if matches!(end, End::Complete) { journal.append(&Line::Ended) } else { Ok(()) };
        Ok(match ended.and_then(|()| journal.sync()) {
            Err(failure) if matches!(end, End::Complete) => End::Stopped(failure),
            _ => end,
        })
    }

    async fn one(&self, client: &Client, n: u64, service: ServiceSid, conversation: ConversationSid) -> Outcome {
        let result = self.delete(client, &service, &conversation).await;
        Outcome { n, conversation, result }
    }

    async fn delete(&self, client: &Client, service: &ServiceSid, sid: &ConversationSid) -> Result<Done, Error> {
        let handle = client.service(service).conversation(sid);
        if self.filter.must_recheck() {
            match handle.fetch().await {
                Ok(found) if self.filter.matches(&found) => {}
                Ok(found) => {
                    let state = found.state.map_or_else(String::new, |state| state.to_string());
                    let updated = found.date_updated.map_or_else(String::new, |updated| updated.to_rfc3339());
                    return Ok(Done::Kept(format!("it is {state} and was updated at {updated}")));
                }
                Err(error) if error.is_not_found() => return Ok(Done::Gone),
                Err(error) => return Err(error),
            }
        }
        match handle.delete().await {
            Ok(()) => Ok(Done::Deleted),
            Err(error) if error.is_not_found() => Ok(Done::Gone),
            Err(error) => Err(error),
        }
    }
}

/// Counts an outcome and writes it into the journal. Returns the error that ends the run, if there is one.
fn record(
    outcome: Outcome,
    journal: &mut Journal,
    tally: &mut Tally,
    failures: &mut u32,
    progress: &Progress,
) -> Option<Failure> {
    let Outcome { n, conversation, result } = outcome;
    let error = match result {
        Ok(done) => {
            *failures = 0;
            tally.left -= 1;
            let (count, line) = match done {
                Done::Deleted => (&mut tally.deleted, Line::Deleted { n, conversation }),
                Done::Gone => (&mut tally.gone, Line::Gone { n, conversation }),
                Done::Kept(reason) => (&mut tally.kept, Line::Kept { n, conversation, reason }),
            };
            *count += 1;
            return journal.append(&line).err();
        }
        Err(error) => error,
    };
    *failures += 1;
    tally.failed += 1;
    if tally.failed <= MOST_PRINTED {
        progress.note(&printable(&format!("{conversation} was not deleted: {error}")));
    }
    let (status, code) = (error.status().map(|status| status.as_u16()), error.code().map(|code| i64::from(code.0)));
    let written = journal.append(&Line::Failed { n, conversation, status, code, error: error.to_string() });
    let must_stop = error.is_unauthorized() || error.is_rate_limited() || *failures >= MOST_FAILURES_IN_A_ROW;
    written.err().or_else(|| must_stop.then(|| Failure::from(error)))
}

/// Spaces the starts of requests evenly. Time that was not used is not made up for.
struct Pace {
    step: Duration,
    next: Instant,
}

impl Pace {
    fn new(rate: u32) -> Self {
        Self { step: Duration::from_secs(1) / rate, next: Instant::now() }
    }

    /// Waits until a request may start. Timers are exact to the millisecond, so less is not waited for.
    async fn wait(&self) {
        if self.next > Instant::now() + Duration::from_millis(1) {
            tokio::time::sleep_until(self.next).await;
        }
    }

    /// A request starts now.
    fn start(&mut self) {
        self.next = (self.next + self.step).max(Instant::now() - Duration::from_millis(2));
    }
}
