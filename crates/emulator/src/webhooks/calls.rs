//! Webhooks within a transaction.
//!
//! The transaction is rolled back for the call of a pre-event webhook, and retried with its response. Calls of post-event
//! webhooks are stored in the outbox in the transaction of their event, and sent after its commit.

use serde_json::{Map, Value};

use super::event::{Event, Place};
use crate::domain::delivery::{DeliveryState, EventName, Receiver, Target, WebhookCall};
use crate::domain::pre_event::{PreEventCall, PreEventRequest};
use crate::domain::values::HttpMethod;
use crate::error::Failure;
use crate::store::transaction::Transaction;
use crate::store::{deliveries, scoped_webhook, webhook_configuration};

impl Transaction<'_> {
    /// Returns the properties that the pre-event webhook replaces; none if no webhook is configured for the event.
    ///
    /// Without a recorded response, the call is left in the transaction's effects, and the error rolls the transaction
    /// back. The webhook is then called without holding the lock, and the transaction is retried with its response. A
    /// response is used only for an identical request: if the state has changed meanwhile, the webhook is called again.
    ///
    /// # Errors
    ///
    /// [`Failure::PreEventCall`], or the webhook's rejection.
    pub(crate) fn before(
        &self,
        place: Place<'_>,
        event: impl FnOnce() -> Event,
    ) -> Result<Map<String, Value>, Failure> {
        if !self.actor.may_be_retried() {
            return Ok(Map::new());
        }
        let configuration = webhook_configuration::effective(self.db, self.account.id, place.service)?;
        let Some(url) = &configuration.pre_webhook_url else { return Ok(Map::new()) };
        let event = event();
        if !configuration.reports(&event.name, self.settings.empty_account_filters_mean_all) {
            return Ok(Map::new());
        }
        let receiver = configuration.receiver(url);
        let request = PreEventRequest { receiver, fields: event.encode(self, Some("DateUpdated")) };
        let recorded = self.request.responses.iter().find(|(recorded, _)| *recorded == request);
        let Some((_, response)) = recorded else {
            let webhook = self.webhook_call(place, request.receiver.clone(), &event);
            let call = PreEventCall { request, event: event.name, webhook };
            *self.effects.pre_event.borrow_mut() = Some(Box::new(call));
            return Err(Failure::PreEventCall);
        };
        self.effects.responses_used.set(self.effects.responses_used.get() + 1);
        Ok(response.clone()?)
    }

    /// Stores the calls of the post-event webhooks of an event: the service's or else the account's, and the
    /// conversation's.
    pub(crate) fn after(&self, place: Place<'_>, event: impl FnOnce() -> Event) -> Result<(), Failure> {
        if !self.actor.calls_webhooks {
            return Ok(());
        }
        let event = event();
        // The token identifies the event, so that all its webhooks share it.
        let token = self.ids.uuid();
        let configuration = webhook_configuration::effective(self.db, self.account.id, place.service)?;
        if let Some(url) = &configuration.post_webhook_url
            && configuration.reports(&event.name, self.settings.empty_account_filters_mean_all)
        {
            self.enqueue(place, configuration.receiver(url), &event, &token)?;
        }
        let Some((conversation, _)) = place.conversation else { return Ok(()) };
        for webhook in scoped_webhook::all(self.db, conversation)? {
            if webhook.receives(&event.name, event.text("Body")) {
                self.enqueue(place, webhook.receiver(), &event, &token)?;
            }
        }
        Ok(())
    }

    /// Stores the call of one webhook for an event that happened before the webhook was created.
    pub(crate) fn replay(&self, place: Place<'_>, receiver: Receiver, event: &Event) -> Result<(), Failure> {
        self.enqueue(place, receiver, event, &self.ids.uuid())
    }

    fn enqueue(&self, place: Place<'_>, receiver: Receiver, event: &Event, token: &str) -> Result<(), Failure> {
        let state = match receiver.target {
            Target::Url { .. } => DeliveryState::Pending,
            Target::Flow(_) => DeliveryState::Recorded,
        };
        let topic = place.conversation.map_or(place.service_sid, |(_, sid)| sid);
        let mut call = WebhookCall {
            queue: format!("{}:{topic}", receiver.scope.as_str()),
            token: token.to_owned(),
            state,
            ..self.webhook_call(place, receiver, event)
        };
        deliveries::add(self.db, &mut call)?;
        if state == DeliveryState::Pending {
            self.effects.queues.borrow_mut().push(call.queue);
        }
        Ok(())
    }

    fn webhook_call(&self, place: Place<'_>, receiver: Receiver, event: &Event) -> WebhookCall {
        let (method, url) = match receiver.target {
            Target::Url { method, url } => (method, url),
            Target::Flow(sid) => (HttpMethod::Post, sid),
        };
        WebhookCall {
            account: self.account.id,
            scope: receiver.scope,
            event: EventName(event.name.clone()),
            conversation_sid: place.conversation.map(|(_, sid)| sid.to_owned()),
            method,
            url,
            fields: event.encode(self, None),
            date_created: self.now,
            ..WebhookCall::default()
        }
    }
}
