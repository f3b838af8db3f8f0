//! Pre-event webhooks within a transaction: it is rolled back for the call, and retried with its response.

use serde_json::{Map, Value};

use super::event::{Event, Place};
use crate::domain::pre_event::{PreEventCall, PreEventRequest, PreEventResponse};
use crate::error::Failure;
use crate::store::transaction::Transaction;
use crate::store::webhook_configuration;

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
        match response {
            PreEventResponse::Proceed(changes) => Ok(changes.clone()),
            PreEventResponse::Reject(error) => Err(error.clone().into()),
        }
    }
}
