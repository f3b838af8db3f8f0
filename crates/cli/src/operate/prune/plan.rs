//! Lists the conversations that match, and writes the plan.

use std::fmt;

use chrono::{DateTime, Utc};
use twilio_conversations::{
    Client, ServiceSid,
    v1::{Conversation, ConversationState},
};

use super::{
    Survey,
    journal::Journal,
    line::{Header, Line},
    progress::Progress,
    replay::{MOST_PLANNED, Replay},
};
use crate::{
    context::Context,
    failure::{Failure, Result},
};

/// Which conversations are deleted.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    state: ConversationState,
    cutoff: DateTime<Utc>,
    max: Option<u64>,
    services: String,
}

impl Filter {
    pub(super) fn new(header: &Header) -> Self {
        let (state, services) = (header.state.as_str().into(), header.services.clone());
        Self { state, cutoff: header.cutoff, max: header.max, services }
    }

    /// Whether a conversation has the state and is old enough. One without a date is never deleted.
    pub(super) fn matches(&self, conversation: &Conversation) -> bool {
        conversation.state.as_ref() == Some(&self.state)
            && conversation.date_updated.is_some_and(|updated| updated < self.cutoff)
    }

    /// Whether a conversation may change while the job runs. A closed one is final.
    pub(super) fn must_recheck(&self) -> bool {
        self.state != ConversationState::Closed
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, cutoff, services, .. } = self;
        let place = if services == "all" { "all services".to_owned() } else { format!("service {services}") };
        write!(f, "{state}, last updated before {}, in {place}", cutoff.format("%Y-%m-%dT%H:%M:%SZ"))
    }
}

/// Calls `visit` for each conversation of the filter, and returns the number of those without a date, which are left out.
///
/// # Errors
///
/// That of a request, or of `visit`.
pub(super) async fn each(
    client: &Client,
    filter: &Filter,
    services: &[ServiceSid],
    mut visit: impl FnMut(&ServiceSid, Conversation) -> Result<()>,
) -> Result<u64> {
    let (mut count, mut undated) = (0_u64, 0_u64);
    for service in services {
        let list = client.service(service).conversations().list().state(&filter.state).end_date(filter.cutoff);
        let mut conversations = list.page_size(100).stream().prefetch();
        loop {
            if filter.max == Some(count) {
                return Ok(undated);
            }
            let Some(conversation) = conversations.try_next().await? else { break };
            undated += u64::from(conversation.date_updated.is_none());
            if filter.matches(&conversation) {
                count += 1;
                visit(service, conversation)?;
            }
        }
    }
    Ok(undated)
}

/// Writes the plan into the journal, and returns it as read back.
///
/// - `earlier`: the content of the journal of a run that was cut off while it planned.
///
/// # Errors
///
/// That of a request or of the journal; or more than 10,000,000 conversations match.
pub(super) async fn write(
    survey: &Survey,
    filter: &Filter,
    header: &Header,
    journal: &mut Journal,
    earlier: Option<&Replay>,
    context: &Context,
    progress: &Progress,
) -> Result<Replay> {
    let first = if earlier.is_some() { Line::PlanRestarted } else { Line::Begin(header.clone()) };
    journal.append(&first)?;
    let plan = journal.length();
    let mut planned = 0;
    let undated = each(&survey.client, filter, &survey.services, |service, conversation| {
        if planned == MOST_PLANNED {
            let problem = format!("more than {MOST_PLANNED} conversations match: set --max, and run several times");
            return Err(Failure::new(problem));
        }
        let (conversation, updated) = (conversation.sid, conversation.date_updated.unwrap_or_default());
        journal.append_unsynced(&Line::Planned { n: planned, conversation, service: service.clone(), updated })?;
        planned += 1;
        progress.planned(planned);
        Ok(())
    })
    .await?;
    journal.append(&Line::PlanComplete { count: planned })?;
    journal.sync()?;
    progress.end();
    note_undated(context, undated);
    if filter.max == Some(planned) {
        context.terminal.note(format!("--max: more than {planned} conversations may match"));
    }
    Ok(Replay::planned(header.clone(), plan, planned, journal.length()))
}

/// Notes conversations that were left out.
pub(super) fn note_undated(context: &Context, undated: u64) {
    if undated > 0 {
        context.terminal.note(format!("{undated} conversations have no date of their last update and are kept"));
    }
}
