//! `twconv who`: the conversations that a person is in, by address or identity.

mod find;
mod release;

use clap::ValueEnum;
use serde::Serialize;
use twilio_conversations::{
    ConversationSid, ParticipantSid, ServiceSid,
    v1::{ParticipantConversation, UserConversationState},
};

use self::find::Search;
use super::reach::{self, Reach};
use crate::{
    context::Context,
    failure::{Failure, Result},
    output::{OutputArgs, Printer, Shape},
    printable::printable,
};

/// Limit of the participants that are released in one run. More are an error, and nothing is released.
const MOST_RELEASED: usize = 10_000;

/// How a conversation lets a person go.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Release {
    /// Removes the participant; the conversation goes on without them
    Leave,
    /// Closes the conversation for everyone, which is final
    Close,
}

/// How the argument is understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Kind {
    Address,
    Identity,
}

/// Finds the conversations that a person is in, by address or identity
///
/// Searches all services of the account, or that of --service. A pair of address and proxy address can be in one open
/// conversation at a time: adding it to another fails with status 409 and code 50416. This command finds the
/// conversation that holds it, and --release frees it.
///
/// A value that begins with + and a digit, or with a channel such as whatsapp:, is an address. One with an @ is searched
/// as an address and as an identity. Anything else is an identity. --as overrides this.
///
/// --release acts on active and inactive conversations only, after a confirmation or with --yes. Exit code 1 if one of
/// them fails; each row says what was done.
#[derive(Debug, clap::Args)]
pub(crate) struct Who {
    /// Address, such as +15551230001 or whatsapp:+15551230001, or the identity of a chat user
    #[arg(value_name = "ADDRESS|IDENTITY", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    person: String,
    /// Understands the value as an address or an identity, whatever its form
    #[arg(long = "as", value_enum, value_name = "KIND")]
    kind: Option<Kind>,
    /// Only conversations where this address of yours is the proxy address
    #[arg(long, value_name = "ADDRESS")]
    proxy: Option<String>,
    /// Only active and inactive conversations
    #[arg(long)]
    open: bool,
    /// Searches all services, although TWILIO_CONVERSATIONS_SERVICE is set
    #[arg(long)]
    all_services: bool,
    /// Removes the person from the open conversations, or closes them [default without a value: leave]
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, default_missing_value = "leave")]
    release: Option<Release>,
    #[command(flatten)]
    output: OutputArgs,
}

/// A conversation that the person is in.
#[derive(Clone, Debug, Serialize)]
struct Row {
    conversation_sid: Option<ConversationSid>,
    state: Option<UserConversationState>,
    participant_sid: Option<ParticipantSid>,
    chat_service_sid: ServiceSid,
    identity: Option<String>,
    address: Option<String>,
    proxy_address: Option<String>,
    channel: Option<String>,
    friendly_name: Option<String>,
    unique_name: Option<String>,
    date_created: Option<chrono::DateTime<chrono::Utc>>,
    date_updated: Option<chrono::DateTime<chrono::Utc>>,
    /// `left`, `closed`, `gone`, `not open` or `failed`, with --release.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

const COLUMNS: &[&str] =
    &["conversation_sid", "state", "participant_sid", "chat_service_sid", "proxy_address", "friendly_name"];
const RELEASED: &[&str] =
    &["release", "conversation_sid", "participant_sid", "chat_service_sid", "proxy_address", "error"];
const FIELDS: &[&str] = &[
    "conversation_sid",
    "state",
    "participant_sid",
    "chat_service_sid",
    "identity",
    "address",
    "proxy_address",
    "channel",
    "friendly_name",
    "unique_name",
    "date_created",
    "date_updated",
    "release",
    "error",
];

impl Row {
    fn new(service: &ServiceSid, found: ParticipantConversation) -> Self {
        let binding = found.participant_messaging_binding.unwrap_or_default();
        Self {
            conversation_sid: found.conversation_sid,
            state: found.conversation_state,
            participant_sid: found.participant_sid,
            chat_service_sid: found.chat_service_sid.unwrap_or_else(|| service.clone()),
            identity: found.participant_identity,
            address: binding.address,
            proxy_address: binding.proxy_address,
            channel: binding.type_,
            friendly_name: found.conversation_friendly_name,
            unique_name: found.conversation_unique_name,
            date_created: found.conversation_date_created,
            date_updated: found.conversation_date_updated,
            release: None,
            error: None,
        }
    }

    /// Whether the conversation still holds the pair of addresses.
    fn is_open(&self) -> bool {
        matches!(self.state, Some(UserConversationState::Active | UserConversationState::Inactive))
    }
}

impl Who {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let columns = if self.release.is_some() { RELEASED } else { COLUMNS };
        let mut printer = Printer::new(&context.terminal, &self.output, Shape { columns, fields: FIELDS }, true)?;
        if self.release.is_some() && !context.globals.yes && !context.terminal.can_ask {
            let problem = "to release a person, confirm by --yes: there is no terminal for a prompt";
            return Err(Failure::usage(problem));
        }
        let client = context.client()?;
        let services = match Reach::new(context, self.all_services)? {
            Reach::One(sid) => vec![sid],
            Reach::Default | Reach::All => {
                reach::all_services(&client).await?.into_iter().map(|(sid, _)| sid).collect()
            }
        };
        let search = Search::new(&self.person, self.kind, self.proxy.as_deref(), self.open);
        let Some(release) = self.release else {
            let mut open = 0;
            search
                .run(&client, &services, |row| {
                    open += u64::from(row.is_open() && row.proxy_address.is_some());
                    printer.row(&row)
                })
                .await?;
            let found = printer.finish()?;
            if found == 0 {
                context.terminal.note(printable(&format!("{} is in no conversation", self.person)));
            } else if open > 0 && context.terminal.stdout {
                context.terminal.note("--release frees the address pairs of open conversations");
            }
            return Ok(());
        };
        let rows = self.collect(&client, &services, &search).await?;
        release::run(context, &client, release, rows, printer, &self.person).await
    }

    async fn collect(
        &self,
        client: &twilio_conversations::Client,
        services: &[ServiceSid],
        search: &Search,
    ) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        search
            .run(client, services, |row| {
                if rows.len() == MOST_RELEASED {
                    let problem = format!(
                        "{} is in more than {MOST_RELEASED} conversations, and none was changed: narrow the search by \
                         --service, --proxy or --open",
                        self.person
                    );
                    return Err(Failure::new(problem));
                }
                rows.push(row);
                Ok(())
            })
            .await?;
        Ok(rows)
    }
}
