//! Events, and the forms of their webhooks.

use form_urlencoded::Serializer;
use twilio_conversations_types::v1::EventType;

use crate::store::transaction::Transaction;
use crate::time::Millis;

/// An event that has happened or is about to happen, with the fields of its webhooks.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: EventType,
    fields: Vec<(&'static str, String)>,
}

/// The service and, for all events but those of users, the conversation of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) service: i64,
    pub(crate) service_sid: &'a str,
    /// Row and SID of the conversation.
    pub(crate) conversation: Option<(i64, &'a str)>,
}

impl Event {
    pub(crate) fn new(name: EventType) -> Self {
        Self { name, fields: Vec::with_capacity(16) }
    }

    pub(crate) fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// Sets several fields, of which some may have the same name.
    pub(crate) fn with(mut self, fields: &[(&'static str, String)]) -> Self {
        self.fields.extend_from_slice(fields);
        self
    }

    /// Sets a field that is left out without a value.
    pub(crate) fn maybe(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    pub(crate) fn number(self, name: &'static str, value: Option<i64>) -> Self {
        self.maybe(name, value.map(|value| value.to_string()))
    }

    /// Sets a date, to the millisecond as in webhooks.
    pub(crate) fn date(self, name: &'static str, date: Millis) -> Self {
        self.set(name, date.to_millis_text())
    }

    /// The form of a webhook, with the fields that all have, and perhaps without one field. `RetryCount` is added to each
    /// attempt.
    pub(super) fn encode(&self, tx: &Transaction<'_>, left_out: Option<&str>) -> String {
        let mut form = Serializer::new(String::with_capacity(512));
        form.append_pair("AccountSid", &tx.account.sid).append_pair("EventType", self.name.as_str());
        if let Some(source) = &tx.actor.source {
            form.append_pair("Source", source);
        }
        if let Some(identity) = &tx.actor.identity {
            form.append_pair("ClientIdentity", identity);
        }
        for (name, value) in self.fields.iter().filter(|(name, _)| Some(*name) != left_out) {
            form.append_pair(name, value);
        }
        form.finish()
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}
