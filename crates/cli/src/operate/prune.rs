//! `twconv prune`: deletes the conversations of a state that were not updated for some time.
//!
//! A conversation is chosen by the date of its last update. Lists can be filtered by the day of creation only, and a
//! conversation that was created long ago may have messages of today. Since no conversation is updated before it is
//! created, the list ends at the cutoff's day; a list with such a filter is ordered by creation, which stays the same
//! while conversations are deleted. All conversations are written to a journal before the first is deleted.

mod age;
mod delete;
mod journal;
mod line;
mod plan;
mod progress;
mod replay;
mod report;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use twilio_conversations::{Client, RetryPolicy, ServiceSid, v1::ConversationState};

use self::{
    age::Age,
    delete::{Deletion, End, Tally},
    journal::Journal,
    line::Header,
    plan::Filter,
    progress::Progress,
    replay::Replay,
    report::{PLANNED, REPORT, Report},
};
use super::reach::{self, Reach};
use crate::{
    context::Context,
    failure::{Exit, Failure, Result},
    output::{OutputArgs, Printer},
};

/// States that can be deleted in bulk.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum State {
    Closed,
    Inactive,
    Active,
}

impl From<State> for ConversationState {
    fn from(state: State) -> Self {
        match state {
            State::Closed => Self::Closed,
            State::Inactive => Self::Inactive,
            State::Active => Self::Active,
        }
    }
}

/// Deletes old conversations, with their messages, media and participants
///
/// Deletes the conversations of a state whose last update is older than an age: in the account's default service, in
/// that of --service, or in all. They are listed first, and the list is written to a journal. Then the command asks for
/// a confirmation with their number, or needs --yes. A conversation that is not closed is fetched again before it is
/// deleted, and kept if it was changed.
///
/// The same command line continues a run that was interrupted, killed or stopped by an error: it finds the latest journal
/// of the job, prints its name, and deletes what is left of that plan, with its date. Remove the file, or name another by
/// --journal, to plan anew. A run that ended is not continued: its conversations that failed are in the next plan.
///
/// --journal FILE continues the run of any journal, and retries the deletes that failed. Exit code 0 if all are deleted, 1
/// if some are not.
#[derive(Debug, clap::Args)]
pub(crate) struct Prune {
    /// State of the conversations; optional with the --journal of an earlier run
    #[arg(long, value_enum, required_unless_present = "journal")]
    state: Option<State>,
    /// Least time since their last update: ISO 8601, such as P90D, or 90d, 12w, 24h; optional with such a journal
    #[arg(long, value_name = "AGE", required_unless_present = "journal")]
    older_than: Option<Age>,
    /// Deletes in all services of the account
    #[arg(long)]
    all_services: bool,
    /// Prints the conversations that would be deleted, and deletes none
    #[arg(short = 'n', long, conflicts_with = "journal")]
    dry_run: bool,
    /// Journal to begin or to continue [default: that of an unfinished run, or a new file in $XDG_STATE_HOME/twconv]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Requests in flight at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,
    /// Most deletes per second; Twilio documents a limit of 30 writes per second for each service
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// Plans at most this number of conversations
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=replay::MOST_PLANNED))]
    max: Option<u64>,
    #[command(flatten)]
    output: OutputArgs,
}

/// The account at the beginning of a run.
struct Survey {
    client: Client,
    header: Header,
    services: Vec<ServiceSid>,
    now: DateTime<Utc>,
}

impl Prune {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let is_list = self.dry_run;
        let printer = Printer::new(&context.terminal, &self.output, if is_list { PLANNED } else { REPORT }, is_list)?;
        if !self.dry_run && !context.globals.yes && !context.terminal.can_ask {
            let problem = "to delete conversations, confirm by --yes: there is no terminal for a prompt";
            return Err(Failure::usage(problem));
        }
        let survey = self.survey(context).await?;
        if self.dry_run {
            self.show(context, &survey, printer).await
        } else {
            self.delete(context, survey, printer).await
        }
    }

    /// A client whose calls wait together after a status 429.
    fn client(&self, context: &Context) -> Result<Client> {
        let patient = RetryPolicy::default()
            .max_attempts(10)
            .budget(Duration::from_secs(600))
            .max_delay(Duration::from_secs(30))
            .max_retry_after(Duration::from_secs(300));
        let builder = context.account()?.client()?.retry(patient).max_in_flight(self.concurrency.into());
        Ok(builder.build()?)
    }

    async fn survey(&self, context: &Context) -> Result<Survey> {
        let client = self.client(context)?;
        let (configuration, server_time) = reach::configuration(&client).await?;
        let (name, services) = match Reach::new(context, self.all_services)? {
            Reach::All => {
                let services = reach::all_services(&client).await?;
                ("all".to_owned(), services.into_iter().map(|(sid, _)| sid).collect())
            }
            Reach::One(sid) => (sid.to_string(), vec![sid]),
            Reach::Default => {
                let sid = reach::default_service(&configuration)?;
                (sid.to_string(), vec![sid])
            }
        };
        let account_sid = client.account_sid().map(ToString::to_string).unwrap_or_default();
        let header = Header::new(account_sid, client.base_url().to_owned(), name);
        // With a local clock that is fast, conversations would be deleted too early.
        let now = server_time.map_or_else(Utc::now, |time| time.min(Utc::now()));
        Ok(Survey { client, header, services, now })
    }

    /// The header of a new journal by the flags.
    fn header(&self, survey: &Survey) -> Result<Header> {
        let (Some(state), Some(age)) = (self.state, &self.older_than) else {
            return Err(Failure::usage("a new journal needs --state and --older-than"));
        };
        let mut header = survey.header.clone();
        header.state = ConversationState::from(state).to_string();
        (header.older_than, header.cutoff) = (age.to_string(), age.before(survey.now));
        header.max = self.max;
        Ok(header)
    }

    /// The first difference between a journal and this job: the account, and the flags that are set.
    fn difference(&self, found: &Header, survey: &Survey) -> Option<String> {
        let state = self.state.map(|state| ConversationState::from(state).to_string());
        let older_than = self.older_than.as_ref().map(ToString::to_string);
        let (max, found_max) =
            (self.max.map(|max| max.to_string()), found.max.map_or("none".to_owned(), |max| max.to_string()));
        let wanted = [
            ("account", Some(&survey.header.account_sid), &found.account_sid),
            ("base URL", Some(&survey.header.base_url), &found.base_url),
            ("services", Some(&survey.header.services), &found.services),
            ("--state", state.as_ref(), &found.state),
            ("--older-than", older_than.as_ref(), &found.older_than),
            ("--max", max.as_ref(), &found_max),
        ];
        wanted.into_iter().find_map(|(name, wanted, found)| {
            let wanted = wanted.filter(|wanted| *wanted != found)?;
            Some(format!("its {name} is {found}, expected {wanted}"))
        })
    }

    /// The default journal of an unfinished run of this job.
    fn unfinished(&self, context: &Context, survey: &Survey) -> Result<Option<(PathBuf, Replay)>> {
        // An interrupted run without --max is another job than one with it.
        let is_same = |found: &Header| found.max == self.max && self.difference(found, survey).is_none();
        Journal::unfinished(&survey.header.account_sid, is_same, |failure| {
            context.terminal.note(format!("warning: an earlier run is not continued: {failure}"));
        })
    }

    /// The path of the journal: that of --journal, of an unfinished run with a note about it, or a new one.
    fn journal(&self, context: &Context, survey: &Survey) -> Result<(PathBuf, Option<String>)> {
        if let Some(path) = &self.journal {
            return Ok((path.clone(), None));
        }
        let Some((path, replay)) = self.unfinished(context, survey)? else {
            return Ok((Journal::default_path(&survey.header.account_sid, Utc::now())?, None));
        };
        let left = match replay.is_complete {
            true => format!("{} of {} conversations are left", replay.left(), replay.planned),
            false => "nothing is deleted yet".to_owned(),
        };
        let note = format!(
            "continuing an unfinished run of this job: {left}; to plan anew, remove {} or name another file by --journal",
            path.display()
        );
        Ok((path, Some(note)))
    }

    async fn show(&self, context: &Context, survey: &Survey, mut printer: Printer) -> Result<()> {
        let filter = Filter::new(&self.header(survey)?);
        let mut count = 0_u64;
        let undated = plan::each(&survey.client, &filter, &survey.services, |_, conversation| {
            count += 1;
            if count.is_multiple_of(100) {
                printer.flush()?;
            }
            printer.row(&conversation)
        })
        .await?;
        printer.finish()?;
        context.terminal.note(format!("{count} conversations would be deleted: {filter}"));
        plan::note_undated(context, undated);
        if let Some((path, _)) = self.unfinished(context, survey)? {
            let path = path.display();
            context.terminal.note(format!("without --dry-run, the unfinished run of the journal {path} is continued"));
        }
        Ok(())
    }

    async fn delete(&self, context: &Context, survey: Survey, printer: Printer) -> Result<()> {
        let (path, note) = self.journal(context, &survey)?;
        let (mut journal, replay) = Journal::open(&path)?;
        // After the lock is taken: another run may still work on it.
        if let Some(note) = note {
            context.terminal.note(note);
        }
        let is_new = replay.is_none();
        let (header, replay) = match replay {
            Some(replay) => {
                if let Some(difference) = self.difference(&replay.header, &survey) {
                    let problem = format!("the journal is of another job: {difference}; nothing was deleted");
                    return Err(Failure::usage(problem));
                }
                (replay.header.clone(), Some(replay))
            }
            None => (self.header(&survey).inspect_err(|_| _ = std::fs::remove_file(&path))?, None),
        };
        let filter = Filter::new(&header);
        let progress = Progress::new(context.terminal);
        let plan = match replay {
            Some(replay) if replay.is_complete => replay,
            replay => plan::write(&survey, &filter, &header, &mut journal, replay.as_ref(), context, &progress).await?,
        };
        if is_new && plan.planned == 0 && self.journal.is_none() {
            // Nothing to continue, and nothing to look up later.
            journal.remove();
            return self.report(printer, None, &Tally::default(), Duration::ZERO);
        }
        let mut tally = Tally { planned: plan.planned, left: plan.left(), ..Tally::default() };
        if tally.left > 0 {
            let action = format!("delete {} conversations with their messages: {filter}", tally.left);
            if let Err(failure) = context.confirm(&action) {
                if is_new {
                    journal.remove();
                }
                return Err(failure);
            }
        }
        context.terminal.note(format!("journal: {}", path.display()));
        let started = std::time::Instant::now();
        let deletion = Deletion { filter, concurrency: self.concurrency.into(), rate: self.rate };
        let end = deletion.run(&survey.client, &mut journal, plan, &mut tally, context, &progress).await;
        let printed = self.report(printer, Some(&path), &tally, started.elapsed());
        // A reader that closed the pipe does not hide that conversations are left.
        finish(end?, &tally, &path).and(printed)
    }

    fn report(&self, mut printer: Printer, path: Option<&Path>, tally: &Tally, time: Duration) -> Result<()> {
        let &Tally { planned, deleted, gone, kept, failed, left } = tally;
        let seconds = (time.as_secs_f64() * 10.0).round() / 10.0;
        let path = path.map(Path::to_string_lossy);
        let journal = path.as_deref();
        printer.row(&Report { planned, deleted, gone, kept, failed, left, seconds, journal })?;
        printer.finish()?;
        Ok(())
    }
}

/// The result of the command by how the deletion ended.
fn finish(end: End, tally: &Tally, path: &Path) -> Result<()> {
    let hint = format!("continue with --journal {}", path.display());
    match end {
        End::Complete if tally.left == 0 => Ok(()),
        End::Complete => Err(Failure::new(format!("{} conversations were not deleted; {hint}", tally.left))),
        End::Interrupted => {
            Err(Failure::interrupted().context(format!("{} conversations are left; {hint}", tally.left)))
        }
        End::Stopped(failure) => {
            let exit = failure.exit;
            let exit = if exit == Exit::NotFound { Exit::Failure } else { exit };
            Err(failure.exit(exit).context(format!("stopped with {} conversations left; {hint}", tally.left)))
        }
    }
}
