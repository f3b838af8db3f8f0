//! `--release`: removes a person from conversations, or closes these.

use futures_util::{StreamExt as _, stream};
use twilio_conversations::{Client, Error, v1::ConversationState};

use super::{Release, Row};
use crate::{
    context::Context,
    failure::{Failure, Result},
    output::Printer,
    printable::printable,
};

/// Requests in flight at a time.
const IN_FLIGHT: usize = 4;

/// Asks, releases, and prints a row for each conversation.
///
/// # Errors
///
/// The user says no, or a conversation was not released.
pub(super) async fn run(
    context: &Context,
    client: &Client,
    release: Release,
    rows: Vec<Row>,
    mut printer: Printer,
    person: &str,
) -> Result<()> {
    let open = rows.iter().filter(|row| row.is_open()).count();
    if open == 0 {
        context.terminal.note(printable(&format!("{person} is in no active or inactive conversation")));
    } else {
        confirm(context, release, &rows, open, person)?;
    }
    let (mut failed, mut first_failure) = (0, None);
    let releases = rows.into_iter().map(|row| one(client, release, row));
    // In the order in which the user saw them.
    let mut releases = stream::iter(releases).buffered(IN_FLIGHT);
    let mut outcome = Ok(());
    while let Some((row, error)) = releases.next().await {
        failed += usize::from(error.is_some());
        first_failure = first_failure.or(error);
        // Where stdout is closed, the requests go on.
        outcome = outcome.and_then(|()| printer.row(&row)).and_then(|()| printer.flush());
    }
    if let Some(error) = first_failure {
        let problem = format!("{failed} of {open} conversations were not released; the first error");
        return Err(Failure::from(error).exit(crate::failure::Exit::Failure).context(problem));
    }
    outcome.and_then(|()| printer.finish()).map(|_| ())
}

/// Shows the conversations and asks.
fn confirm(context: &Context, release: Release, rows: &[Row], open: usize, person: &str) -> Result<()> {
    if !context.globals.yes {
        for row in rows.iter().filter(|row| row.is_open()) {
            let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
            let line = format!(
                "  {} {} of service {}, proxy address {}: {}",
                text(row.state.as_ref().map(AsRef::as_ref)),
                text(row.conversation_sid.as_ref().map(AsRef::as_ref)),
                row.chat_service_sid,
                row.proxy_address.as_deref().unwrap_or("none"),
                text(row.friendly_name.as_deref())
            );
            context.terminal.note(printable(&line));
        }
    }
    let conversations = if open == 1 { "1 conversation".to_owned() } else { format!("{open} conversations") };
    context.confirm(&match release {
        Release::Leave => format!("remove {person} from {conversations}"),
        Release::Close => format!("close {conversations} of {person}, which is final"),
    })
}

/// Releases the person from one conversation. Returns the row with its result, and the error if it failed.
async fn one(client: &Client, release: Release, mut row: Row) -> (Row, Option<Error>) {
    let (Some(conversation), Some(participant), true) = (&row.conversation_sid, &row.participant_sid, row.is_open())
    else {
        row.release = Some("not open");
        return (row, None);
    };
    let handle = client.service(&row.chat_service_sid).conversation(conversation);
    let result = match release {
        Release::Leave => handle.participant(participant).delete().await.map(|()| "left"),
        Release::Close => handle.update().state(ConversationState::Closed).await.map(|_| "closed"),
    };
    match result {
        Ok(done) => row.release = Some(done),
        Err(error) if error.is_not_found() => row.release = Some("gone"),
        Err(error) => {
            (row.release, row.error) = (Some("failed"), Some(error.to_string()));
            return (row, Some(error));
        }
    }
    (row, None)
}
