//! Who is told. A service's own webhooks silence the account's for that service; a conversation's are told besides.

use rusqlite::{Row, params};
use twilio_conversations_types::v1::EventType;

use super::deliver::forget_old;
use super::delivery::DeliveryState;
use super::event::{Event, Place};
use super::{Answer, Ask, Question};
use crate::call::Turn;
use crate::documented::{HttpMethod, ScopedWebhookTarget, WebhookMethod};
use crate::error::Stop;
use crate::resource::webhook_configuration::{self, WebhookConfiguration};
use crate::sid::new_uuid;
use crate::store::Cached;

/// One webhook: where it goes and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Hook {
    /// `account`, `service`, or the SID of a conversation's webhook.
    pub(crate) scope: String,
    pub(crate) method: HttpMethod,
    pub(crate) url: String,
    /// A flow in place of an address: it is recorded, not run.
    pub(crate) is_flow: bool,
}

impl Turn<'_> {
    /// Asks the pre-event webhook, if one wants to be asked, and answers what it would have changed.
    ///
    /// The first time this stops the work, so that the question can be sent without holding up everyone else; once the
    /// answer is there, the work begins again and gets past this point, unless something has changed since that the
    /// webhook was told of. Then it is asked anew.
    ///
    /// # Errors
    ///
    /// The question, or the refusal that came back.
    pub(crate) fn before(
        &self,
        place: Place<'_>,
        event: impl FnOnce() -> Event,
    ) -> Result<serde_json::Map<String, serde_json::Value>, Stop> {
        if !self.asks() {
            return Ok(serde_json::Map::new());
        }
        let (scope, configuration) = self.configuration(place)?;
        let Some(url) = configuration.pre_webhook_url.clone() else { return Ok(serde_json::Map::new()) };
        let event = event();
        if !self.reports(scope, &configuration, &event.name) {
            return Ok(serde_json::Map::new());
        }
        let question = Question {
            hook: Hook { scope: scope.to_owned(), method: configuration.http_method(), url, is_flow: false },
            about: event.encode_without(self, "DateUpdated"),
        };
        let Some((_, answer)) = self.action.answers.iter().find(|(asked, _)| *asked == question) else {
            return Err(Stop::Ask(Box::new(Ask {
                account_id: self.account.id,
                question,
                event: event.name.clone(),
                conversation_sid: place.conversation.map(|(_, sid)| sid.to_owned()),
                fields: event.encode(self),
            })));
        };
        self.signals.answered.set(self.signals.answered.get() + 1);
        match answer {
            Answer::Proceed(changes) => Ok(changes.clone()),
            Answer::Refuse(refusal) => Err(refusal.clone().into()),
        }
    }

    /// Tells post-event webhooks, once this turn is over and done.
    pub(crate) fn after(&self, place: Place<'_>, event: impl FnOnce() -> Event) -> Result<(), Stop> {
        if !self.actor.reports {
            return Ok(());
        }
        let event = event();
        // The token is the event's, whoever is told of it.
        let token = new_uuid();
        let (scope, configuration) = self.configuration(place)?;
        if let Some(url) = &configuration.post_webhook_url
            && self.reports(scope, &configuration, &event.name)
        {
            let hook =
                Hook { scope: scope.to_owned(), method: configuration.http_method(), url: url.clone(), is_flow: false };
            self.enqueue(place, &hook, &event, &token)?;
        }
        let Some((conversation, _)) = place.conversation else { return Ok(()) };
        let scoped = self.db.all(
            "SELECT sid, target, method, url, flow_sid, filters, triggers FROM scoped_webhook WHERE conversation = ?",
            [conversation],
            |row| Ok((scoped_hook(row)?, row.get(1)?, row.get(5)?, row.get(6)?)),
        )?;
        for (hook, target, filters, triggers) in scoped {
            let (target, filters, triggers): (_, Option<String>, Option<String>) = (target, filters, triggers);
            let wanted = match target {
                ScopedWebhookTarget::Webhook => {
                    filters.is_some_and(|filters| filters.contains(&format!("\"{}\"", event.name)))
                }
                ScopedWebhookTarget::Trigger => {
                    event.name == EventType::MessageAdded && matches_trigger(triggers.as_deref(), event.text("Body"))
                }
                ScopedWebhookTarget::Studio => event.name == EventType::MessageAdded,
            };
            if wanted {
                self.enqueue(place, &hook, &event, &token)?;
            }
        }
        Ok(())
    }

    /// Tells one webhook of something that happened before it was there.
    pub(crate) fn replay(&self, place: Place<'_>, hook: &Hook, event: &Event) -> Result<(), Stop> {
        self.enqueue(place, hook, event, &new_uuid())
    }

    /// Puts one call on the list. It is part of the same transaction as what it reports: both happen or neither.
    fn enqueue(&self, place: Place<'_>, hook: &Hook, event: &Event, token: &str) -> Result<(), Stop> {
        let about = place.conversation.map_or(place.service_sid, |(_, sid)| sid);
        let lane = format!("{}:{about}", hook.scope);
        self.db.execute_cached(
            "INSERT INTO delivery (account, lane, scope, event, conversation_sid, method, url, fields, token, state, date_created)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                self.account.id,
                lane,
                hook.scope,
                event.name.as_str(),
                place.conversation.map(|(_, sid)| sid),
                hook.method,
                hook.url,
                event.encode(self),
                token,
                if hook.is_flow { DeliveryState::Recorded } else { DeliveryState::Pending },
                self.now.0
            ],
        )?;
        forget_old(self.db, self.db.last_insert_rowid())?;
        if !hook.is_flow {
            self.signals.lanes.borrow_mut().push(lane);
        }
        Ok(())
    }

    /// The configuration that counts for a service: its own if that has an address, else the account's.
    fn configuration(&self, place: Place<'_>) -> Result<(&'static str, WebhookConfiguration), Stop> {
        match webhook_configuration::own(self.db, place.service)? {
            Some(own) => Ok(("service", own)),
            None => Ok(("account", webhook_configuration::of_account(self.db, self.account.id)?)),
        }
    }

    fn reports(&self, scope: &str, configuration: &WebhookConfiguration, event: &EventType) -> bool {
        if scope == "account" && configuration.filters == "[]" {
            return self.settings.empty_account_filters_mean_all;
        }
        configuration.filters.contains(&format!("\"{event}\""))
    }
}

/// Reads a conversation's webhook from `sid, target, method, url, flow_sid`.
pub(crate) fn scoped_hook(row: &Row<'_>) -> rusqlite::Result<Hook> {
    let (target, method): (_, Option<WebhookMethod>) = (row.get(1)?, row.get(2)?);
    let (url, is_flow) = match target {
        ScopedWebhookTarget::Webhook | ScopedWebhookTarget::Trigger => (3, false),
        ScopedWebhookTarget::Studio => (4, true),
    };
    let url: Option<String> = row.get(url)?;
    Ok(Hook {
        scope: row.get(0)?,
        method: method.unwrap_or(WebhookMethod::Post).into(),
        url: url.unwrap_or_default(),
        is_flow,
    })
}

/// Whether one of the words is in the text: as a whole word, in any case. The vendor's rule is not known.
pub(crate) fn matches_trigger(triggers: Option<&str>, body: Option<&str>) -> bool {
    let (Some(triggers), Some(body)) = (triggers, body) else { return false };
    let triggers: Vec<String> = serde_json::from_str(triggers).unwrap_or_default();
    let body = body.to_lowercase();
    triggers.iter().any(|trigger| {
        let trigger = trigger.to_lowercase();
        body.match_indices(&trigger).any(|(at, found)| {
            let before = body[..at].chars().next_back();
            let after = body[at + found.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::matches_trigger;

    #[test]
    fn a_trigger_is_a_whole_word_in_any_case() {
        let matches = |body| matches_trigger(Some(r#"["help","talk to agent"]"#), Some(body));
        assert!(matches("HELP!"));
        assert!(matches("please help me"));
        assert!(matches("I want to talk to agent 7"));
        assert!(!matches("helpful"));
        assert!(!matches("unhelp"));
        assert!(!matches(""));
        assert!(!matches_trigger(None, Some("help")));
    }
}
