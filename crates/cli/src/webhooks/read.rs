//! Reads webhooks from the server: one layer, or all of them in order.

use std::collections::HashMap;

use futures_util::{StreamExt as _, TryStreamExt as _, future};
use twilio_conversations::{
    Client, ServiceSid,
    v1::{Conversation, Service},
};

use super::{
    CONCURRENT,
    state::{Configuration, Scoped},
};
use crate::{
    context::Context,
    failure::{Failure, Result},
};

/// Most webhooks of one conversation that are read. The vendor's limit is far below.
const MOST_SCOPED: usize = 100;

/// Which conversations are read. There is one request for each.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Reach {
    /// Reads the webhooks of this conversation, and of its service; SID or unique name
    #[arg(long, value_name = "SID", conflicts_with_all = ["all_conversations", "max_conversations"])]
    conversation: Option<String>,
    /// Reads the webhooks of all conversations: one request for each
    #[arg(long)]
    all_conversations: bool,
    /// Reads the webhooks of all conversations if there are at most so many, else of none
    #[arg(long, value_name = "NUMBER", default_value_t = 100, conflicts_with = "all_conversations")]
    max_conversations: u32,
}

/// A layer that was read.
pub(super) enum Found {
    Account(Configuration),
    Service(Box<Service>, Configuration),
    Conversation(ServiceSid, Box<Conversation>, Vec<Scoped>),
}

/// The SID of `--service`.
///
/// # Errors
///
/// It is no SID of a service.
pub(super) fn service_of(context: &Context) -> Result<Option<ServiceSid>> {
    let sid = context.globals.service.as_deref().filter(|sid| !sid.is_empty());
    sid.map(|sid| sid.parse().map_err(|error| Failure::usage("--service").source(error))).transpose()
}

pub(super) async fn account(client: &Client) -> Result<Configuration> {
    let found = client.configuration().webhooks().fetch().await;
    Ok(found.map_err(|error| Failure::from(error).context("reading the account's webhooks"))?.into())
}

pub(super) async fn service(client: &Client, sid: &ServiceSid) -> Result<Configuration> {
    let found = client.service(sid).configuration().webhooks().fetch().await;
    Ok(found.map_err(|error| Failure::from(error).context(format!("reading the webhooks of service {sid}")))?.into())
}

/// The webhooks of a conversation.
///
/// # Errors
///
/// The request fails, or there are more than [`MOST_SCOPED`].
pub(super) async fn scoped(client: &Client, service: &ServiceSid, conversation: &str) -> Result<Vec<Scoped>> {
    let reading = || format!("reading the webhooks of conversation {conversation}");
    let webhooks = client.service(service).conversation(conversation).webhooks();
    let found = webhooks.list().limit(MOST_SCOPED + 1).stream().try_collect().await;
    let found = found.map_err(|error| Failure::from(error).context(reading()))?;
    if found.len() > MOST_SCOPED {
        return Err(Failure::new(format!("{}: there are more than {MOST_SCOPED}", reading())));
    }
    Ok(found.into_iter().map(Scoped::from).collect())
}

/// A conversation and the SID of its service. Without `service`, the account's default service has it.
///
/// # Errors
///
/// There is no such conversation, or the response lacks the SID of its service.
pub(super) async fn conversation(
    client: &Client,
    service: Option<&ServiceSid>,
    name: &str,
) -> Result<(ServiceSid, Conversation)> {
    let (handle, place) = match service {
        Some(sid) => (client.service(sid).conversation(name), format!("of service {sid}")),
        None => (client.conversation(name), "of the account's default service (--service names another)".to_owned()),
    };
    let doing = format!("reading conversation {name:?} {place}");
    let found = handle.fetch().await.map_err(|error| Failure::from(error).context(&doing))?;
    let service = service.or(found.chat_service_sid.as_ref()).cloned();
    let service = service.ok_or_else(|| Failure::new(format!("{doing}: the response has no chat_service_sid")))?;
    Ok((service, found))
}

/// Conversations whose webhooks are read, by service.
enum Conversations {
    All,
    These(HashMap<ServiceSid, Vec<Conversation>>),
}

/// Reads the layers in order, each service before its conversations, and hands each to `visit` as it is read.
///
/// # Errors
///
/// A request fails, or `visit` does.
pub(super) async fn walk(
    context: &Context,
    reach: &Reach,
    with_account: bool,
    visit: &mut dyn FnMut(Found) -> Result<()>,
) -> Result<()> {
    let client = context.client()?;
    let mut service = service_of(context)?;
    let conversations = if let Some(name) = &reach.conversation {
        let (sid, found) = conversation(&client, service.as_ref(), name).await?;
        service = Some(sid.clone());
        Conversations::These(HashMap::from([(sid, vec![found])]))
    } else if reach.all_conversations {
        Conversations::All
    } else {
        few(context, &client, service.as_ref(), reach.max_conversations as usize).await?
    };
    if with_account {
        visit(Found::Account(account(&client).await?))?;
    }
    if let Some(sid) = &service {
        let found = client.service(sid).fetch().await;
        let found = found.map_err(|error| Failure::from(error).context(format!("reading service {sid}")))?;
        return read_services(&client, vec![found], &conversations, visit).await;
    }
    let mut services = client.services().list().stream().chunks(CONCURRENT);
    while let Some(chunk) = services.next().await {
        let chunk = chunk.into_iter().collect::<Result<Vec<_>, _>>();
        let chunk = chunk.map_err(|error| Failure::from(error).context("listing the services"))?;
        read_services(&client, chunk, &conversations, visit).await?;
    }
    Ok(())
}

/// The conversations of all services, or of one, if they are at most `most`; else none, with a note.
async fn few(context: &Context, client: &Client, service: Option<&ServiceSid>, most: usize) -> Result<Conversations> {
    let services = match service {
        Some(sid) => futures_util::stream::iter([Ok(sid.clone())]).left_stream(),
        None => client.services().list().stream().map_ok(|service| service.sid).right_stream(),
    };
    let mut lists = services
        .map_err(|error| Failure::from(error).context("listing the services"))
        .map_ok(|sid| async move {
            let listed = client.service(&sid).conversations().list().limit(most + 1).stream().try_collect().await;
            let doing = || format!("listing the conversations of service {sid}");
            Ok((listed.map_err(|error| Failure::from(error).context(doing()))?, sid))
        })
        .try_buffered(CONCURRENT);
    let mut found = HashMap::new();
    let mut left = most;
    while let Some((listed, sid)) = lists.try_next().await? {
        if listed.len() > left {
            context.terminal.note(format!(
                "note: webhooks of conversations are left out, since there are more than {most} conversations: \
                 --all-conversations reads all, one request for each, and --conversation one"
            ));
            return Ok(Conversations::These(HashMap::new()));
        }
        left -= listed.len();
        if !listed.is_empty() {
            found.insert(sid, listed);
        }
    }
    Ok(Conversations::These(found))
}

async fn read_services(
    client: &Client,
    services: Vec<Service>,
    conversations: &Conversations,
    visit: &mut dyn FnMut(Found) -> Result<()>,
) -> Result<()> {
    let configurations = future::try_join_all(services.iter().map(|found| service(client, &found.sid))).await?;
    for (found, configuration) in services.into_iter().zip(configurations) {
        let sid = found.sid.clone();
        visit(Found::Service(Box::new(found), configuration))?;
        let listed = match conversations {
            Conversations::These(found) => {
                let found = found.get(&sid).cloned().unwrap_or_default();
                futures_util::stream::iter(found.into_iter().map(Ok)).left_stream()
            }
            Conversations::All => client.service(&sid).conversations().list().stream().right_stream(),
        };
        let doing = || format!("listing the conversations of service {sid}");
        let mut read = listed
            .map_err(|error| Failure::from(error).context(doing()))
            .map_ok(|conversation| read_conversation(client, &sid, conversation))
            .try_buffered(CONCURRENT);
        while let Some((conversation, webhooks)) = read.try_next().await? {
            visit(Found::Conversation(sid.clone(), Box::new(conversation), webhooks))?;
        }
    }
    Ok(())
}

/// A conversation that was deleted since it was listed has no webhooks.
async fn read_conversation(
    client: &Client,
    service: &ServiceSid,
    conversation: Conversation,
) -> Result<(Conversation, Vec<Scoped>)> {
    match scoped(client, service, conversation.sid.as_str()).await {
        Ok(webhooks) => Ok((conversation, webhooks)),
        Err(failure) if failure.exit == crate::failure::Exit::NotFound => Ok((conversation, Vec::new())),
        Err(failure) => Err(failure),
    }
}

/// The unique name of a conversation, else its SID.
pub(super) fn label(conversation: &Conversation) -> &str {
    conversation.unique_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(conversation.sid.as_str())
}
