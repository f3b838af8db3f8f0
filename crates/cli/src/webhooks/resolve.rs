//! Finds the services and conversations that a file names.

use std::collections::HashMap;

use futures_util::{StreamExt as _, stream};
use twilio_conversations::{Client, ConversationSid, ServiceSid};

use super::{
    CONCURRENT,
    file::{Desired, Problems, Wanted, WantedConversation, WantedService},
    read,
};
use crate::failure::{Exit, Failure, Result};

/// Most SIDs of services of one name that are printed.
const MOST_SIDS: usize = 5;

/// A SID, and its name in the file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Named<S> {
    pub(super) sid: S,
    pub(super) name: String,
}

/// A part of the file that is compared with one resource.
#[derive(Clone)]
pub(super) enum Section<'a> {
    Account(&'a Wanted),
    Service(Named<ServiceSid>, &'a WantedService),
    Conversation(Named<ServiceSid>, Named<ConversationSid>, &'a WantedConversation),
}

/// The sections of a file, in its order. With `only`, those of one service.
///
/// # Errors
///
/// A request fails. Names that are unknown, ambiguous, or of the same resource are added to `problems`.
pub(super) async fn resolve<'a>(
    client: &Client,
    desired: &'a Desired,
    only: Option<&ServiceSid>,
    problems: &mut Problems<'_>,
) -> Result<Vec<Section<'a>>> {
    let mut sections: Vec<Section<'a>> = Vec::new();
    if only.is_none() {
        sections.extend(desired.account.as_ref().map(Section::Account));
    }
    for (service, section) in services(client, desired, only, problems).await? {
        sections.push(Section::Service(service.clone(), section));
        let conversations = conversations(client, &service.sid, section, problems).await?;
        let conversations = conversations.into_iter();
        sections.extend(conversations.map(|(name, section)| Section::Conversation(service.clone(), name, section)));
    }
    Ok(sections)
}

/// The services of a file, or the section of `only`. If one is named by its friendly name, all are listed.
async fn services<'a>(
    client: &Client,
    desired: &'a Desired,
    only: Option<&ServiceSid>,
    problems: &mut Problems<'_>,
) -> Result<Vec<(Named<ServiceSid>, &'a WantedService)>> {
    let sid_of = |section: &WantedService| ServiceSid::try_from(section.key.as_str()).ok();
    let named = desired.services.iter().filter(|section| sid_of(section).is_none());
    let mut by_name: HashMap<&str, Vec<ServiceSid>> = named.map(|section| (section.key.as_str(), Vec::new())).collect();
    if !by_name.is_empty() {
        let mut all = client.services().list().stream();
        let doing = |error| Failure::from(error).context("listing the services");
        while let Some(service) = all.try_next().await.map_err(doing)? {
            if let Some(sids) = service.friendly_name.as_deref().and_then(|name| by_name.get_mut(name)) {
                sids.push(service.sid);
            }
        }
    }
    let mut found: Vec<(Named<ServiceSid>, &'a WantedService)> = Vec::new();
    for section in &desired.services {
        let (key, line) = (&section.key, section.line);
        let sids = sid_of(section).map_or_else(|| by_name[key.as_str()].clone(), |sid| vec![sid]);
        if only.is_some_and(|only| !sids.contains(only)) {
            continue;
        }
        let [sid] = sids.as_slice() else {
            match sids.as_slice() {
                [] => problems.add_missing(line, format!("there is no service with the friendly name {key:?}")),
                several => problems.add(line, ambiguous(key, several)),
            }
            continue;
        };
        match found.iter().find(|(service, _)| service.sid == *sid) {
            Some((_, other)) => problems.add(line, twice("service", key, &other.key, other.line)),
            None => found.push((Named { sid: sid.clone(), name: key.clone() }, section)),
        }
    }
    Ok(found)
}

fn ambiguous(name: &str, sids: &[ServiceSid]) -> String {
    let shown = sids.iter().take(MOST_SIDS).map(ServiceSid::as_str).collect::<Vec<_>>().join(", ");
    let more = if sids.len() > MOST_SIDS { ", …" } else { "" };
    format!("{} services have the friendly name {name:?}; use the SID, one of {shown}{more}", sids.len())
}

fn twice(kind: &str, name: &str, other: &str, line: usize) -> String {
    format!("{name:?} is the same {kind} as {other:?} in line {line}")
}

/// The conversations of a section. There is one request for each that is named by its unique name.
async fn conversations<'a>(
    client: &Client,
    service: &ServiceSid,
    section: &'a WantedService,
    problems: &mut Problems<'_>,
) -> Result<Vec<(Named<ConversationSid>, &'a WantedConversation)>> {
    let find = |section: &'a WantedConversation| async move {
        if let Ok(sid) = ConversationSid::try_from(section.key.as_str()) {
            return (section, Ok(sid));
        }
        (section, read::conversation(client, Some(service), &section.key).await.map(|(_, found)| found.sid))
    };
    let mut sids = stream::iter(&section.conversations).map(find).buffered(CONCURRENT);
    let mut found: Vec<(Named<ConversationSid>, &'a WantedConversation)> = Vec::new();
    while let Some((section, sid)) = sids.next().await {
        let (key, line) = (&section.key, section.line);
        let sid = match sid {
            Ok(sid) => sid,
            Err(failure) if failure.exit == Exit::NotFound => {
                problems.add_missing(line, format!("service {service} has no conversation {key:?}"));
                continue;
            }
            Err(failure) => return Err(failure),
        };
        match found.iter().find(|(conversation, _)| conversation.sid == sid) {
            Some((_, other)) => problems.add(line, twice("conversation", key, &other.key, other.line)),
            None => found.push((Named { sid, name: key.clone() }, section)),
        }
    }
    Ok(found)
}
