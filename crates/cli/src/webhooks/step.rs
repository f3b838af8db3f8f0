//! One change: the request, its place, and the differences that it ends.

use std::fmt;

use serde::Serialize;
use twilio_conversations::{
    Client, ConversationSid, ServiceSid, WebhookSid,
    v1::request::{UpdateConfigurationWebhookRequest, UpdateServiceWebhookConfigurationRequest},
};

use super::{
    compare::{Change, Difference},
    file::shown,
    resolve::Named,
};
use crate::failure::{Failure, Result};

/// One request that changes something, and the differences that it ends.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) action: Action,
    pub(super) differences: Vec<Difference>,
}

/// A request.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Account(UpdateConfigurationWebhookRequest),
    Service(Named<ServiceSid>, UpdateServiceWebhookConfigurationRequest),
    Conversation(Named<ServiceSid>, Named<ConversationSid>, Change),
}

/// The kind of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Create,
    Update,
    Delete,
}

impl Action {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Conversation(_, _, Change::Create(_)) => Kind::Create,
            Self::Conversation(_, _, Change::Delete(_)) => Kind::Delete,
            _ => Kind::Update,
        }
    }

    /// Sends the request, and returns the SID of the conversation's webhook that it is about.
    ///
    /// # Errors
    ///
    /// The request fails. A webhook that was to be deleted and does not exist is no error.
    pub(super) async fn send(&self, client: &Client) -> Result<Option<WebhookSid>> {
        match self {
            Self::Account(body) => client.update_configuration_webhook(body).await.map(|_| None),
            Self::Service(service, body) => {
                client.update_service_webhook_configuration(&service.sid, body).await.map(|_| None)
            }
            Self::Conversation(service, conversation, change) => {
                let (service, conversation) = (&service.sid, conversation.sid.as_str());
                match change {
                    Change::Create(body) => client
                        .create_service_conversation_scoped_webhook(service, conversation, body)
                        .await
                        .map(|created| Some(created.into_inner().sid)),
                    Change::Update(found, body) => client
                        .update_service_conversation_scoped_webhook(service, conversation, &found.sid, body)
                        .await
                        .map(|_| Some(found.sid.clone())),
                    Change::Delete(found) => {
                        match client.delete_service_conversation_scoped_webhook(service, conversation, &found.sid).await
                        {
                            Err(error) if !error.is_not_found() => Err(error),
                            _ => Ok(Some(found.sid.clone())),
                        }
                    }
                }
            }
        }
        .map_err(Failure::from)
    }
}

/// Such as `service "Support" conversation "order-4711" webhook https://…`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(_) => f.write_str("account"),
            Self::Service(service, _) => write!(f, "service {:?}", service.name),
            Self::Conversation(service, conversation, change) => {
                let (target, place, sid) = match change {
                    Change::Create(body) => {
                        let flow = body.configuration_flow_sid.as_ref().map(|sid| sid.as_str());
                        (&body.target, body.configuration_url.as_deref().or(flow), None)
                    }
                    Change::Update(found, _) | Change::Delete(found) => {
                        let flow = found.flow_sid.as_ref().map(|sid| sid.as_str());
                        (&found.target, found.url.as_deref().or(flow), Some(&found.sid))
                    }
                };
                let place = place.map(|place| format!(" {}", shown(place))).unwrap_or_default();
                let sid = sid.map(|sid| format!(" {sid}")).unwrap_or_default();
                write!(f, "service {:?} conversation {:?} {target}{sid}{place}", service.name, conversation.name)
            }
        }
    }
}
