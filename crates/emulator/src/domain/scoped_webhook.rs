//! Webhooks of one conversation.

use twilio_conversations_types::v1::EventType;

use super::delivery::{Receiver, Scope, Target};
use super::limits;
use super::values::{ScopedWebhookTarget, WebhookMethod};
use crate::error::{ApiError, ErrorCode};
use crate::time::Millis;

/// A webhook that receives events of one conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScopedWebhook {
    pub(crate) id: i64,
    pub(crate) conversation: i64,
    pub(crate) conversation_sid: String,
    pub(crate) service_sid: String,
    pub(crate) sid: String,
    pub(crate) target: ScopedWebhookTarget,
    pub(crate) url: Option<String>,
    pub(crate) method: Option<WebhookMethod>,
    pub(crate) filters: Vec<EventType>,
    pub(crate) triggers: Vec<String>,
    pub(crate) flow_sid: Option<String>,
    pub(crate) replay_after: Option<i64>,
    pub(crate) date_created: Millis,
    pub(crate) date_updated: Millis,
}

impl ScopedWebhook {
    /// Checks that the target has all that it needs.
    pub(crate) fn check_complete(&self) -> Result<(), ApiError> {
        let missing = |code, name: &str| Err(ApiError::bad(code, format!("Missing required parameter {name}")));
        match self.target {
            ScopedWebhookTarget::Studio if self.flow_sid.is_none() => {
                missing(ErrorCode::INVALID_WEBHOOK_FLOW, "Configuration.FlowSid")
            }
            ScopedWebhookTarget::Webhook | ScopedWebhookTarget::Trigger if self.url.is_none() => {
                missing(ErrorCode::WEBHOOK_URL_MISSING, "Configuration.Url")
            }
            ScopedWebhookTarget::Webhook if self.filters.is_empty() => {
                missing(ErrorCode::WEBHOOK_FILTER_MISSING, "Configuration.Filters")
            }
            ScopedWebhookTarget::Trigger if self.triggers.is_empty() => {
                missing(ErrorCode::WEBHOOK_TRIGGER_MISSING, "Configuration.Triggers")
            }
            ScopedWebhookTarget::Studio | ScopedWebhookTarget::Webhook | ScopedWebhookTarget::Trigger => Ok(()),
        }
    }

    pub(crate) fn receiver(&self) -> Receiver {
        let target = match self.target {
            ScopedWebhookTarget::Studio => Target::Flow(self.flow_sid.clone().unwrap_or_default()),
            ScopedWebhookTarget::Webhook | ScopedWebhookTarget::Trigger => Target::Url {
                method: self.method.unwrap_or(WebhookMethod::Post).into(),
                url: self.url.clone().unwrap_or_default(),
            },
        };
        Receiver { scope: Scope::Conversation(self.sid.clone()), target }
    }

    /// Whether it receives an event. `body` is the body of the message that the event is about.
    pub(crate) fn receives(&self, event: &EventType, body: Option<&str>) -> bool {
        match self.target {
            ScopedWebhookTarget::Webhook => self.filters.contains(event),
            ScopedWebhookTarget::Trigger => {
                *event == EventType::MessageAdded && body.is_some_and(|body| self.is_triggered_by(body))
            }
            ScopedWebhookTarget::Studio => *event == EventType::MessageAdded,
        }
    }

    /// Whether a body contains one of the triggers as a whole word, in any case. The API's rule is not known.
    fn is_triggered_by(&self, body: &str) -> bool {
        let body = body.to_lowercase();
        self.triggers.iter().any(|trigger| {
            let trigger = trigger.to_lowercase();
            body.match_indices(&trigger).any(|(at, found)| {
                let before = body[..at].chars().next_back();
                let after = body[at + found.len()..].chars().next();
                !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
            })
        })
    }
}

pub(crate) fn check_triggers(triggers: &[&str]) -> Result<(), ApiError> {
    const NAME: &str = "Configuration.Triggers";
    if triggers.len() > limits::TRIGGERS {
        let message = format!("A webhook has at most {} triggers", limits::TRIGGERS);
        return Err(ApiError::bad(ErrorCode::TOO_MANY_TRIGGERS, message));
    }
    if triggers.iter().any(|trigger| trigger.chars().count() > limits::TRIGGER_CHARACTERS) {
        let message =
            format!("Invalid parameter {NAME}: at most {} characters are allowed", limits::TRIGGER_CHARACTERS);
        return Err(ApiError::bad(ErrorCode::INVALID_WEBHOOK_TRIGGER, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_is_a_whole_word_in_any_case() {
        let triggers = vec!["help".to_owned(), "talk to agent".to_owned()];
        let webhook = ScopedWebhook { target: ScopedWebhookTarget::Trigger, triggers, ..ScopedWebhook::default() };
        let matches = |body| webhook.receives(&EventType::MessageAdded, body);
        for good in ["HELP!", "please help me", "I want to talk to agent 7"] {
            assert!(matches(Some(good)), "{good}");
        }
        for bad in ["helpful", "unhelp", ""] {
            assert!(!matches(Some(bad)), "{bad}");
        }
        assert!(!matches(None) && !webhook.receives(&EventType::MessageUpdated, Some("help")));
    }
}
