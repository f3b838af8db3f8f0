//! Sample values for the fields of an event.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::events::{Event, Field, Kind};

/// The account and time that samples are made with.
pub(super) struct Samples<'a> {
    /// The account's SID, if it is known.
    pub(super) account_sid: Option<&'a str>,
    pub(super) now: DateTime<Utc>,
}

impl Samples<'_> {
    /// The documented fields of an event, `EventType` first, and `RetryCount`, which every request was seen to have.
    pub(super) fn of(&self, event: &Event) -> Vec<(String, String)> {
        let mut fields = vec![("EventType".to_owned(), event.name.to_owned())];
        for field in event.fields().filter(|field| field.is_documented || field.name == "RetryCount") {
            fields.push((field.name.to_owned(), self.value(field)));
        }
        fields
    }

    fn value(&self, field: &Field) -> String {
        match field.kind {
            Kind::Sid("AC") if self.account_sid.is_some() => self.account_sid.unwrap_or_default().to_owned(),
            Kind::Sid(prefix) => format!("{prefix}0123456789abcdef0123456789abcdef"),
            Kind::Date => self.now.to_rfc3339_opts(SecondsFormat::Millis, true),
            Kind::Json => r#"{"sample":true}"#.to_owned(),
            Kind::Media => {
                let sid = "ME0123456789abcdef0123456789abcdef";
                format!(r#"[{{"Sid":"{sid}","Filename":"receipt.jpg","ContentType":"image/jpeg","Size":48213}}]"#)
            }
            Kind::Boolean => "true".to_owned(),
            Kind::Enum(values) => enum_value(field.name, values).to_owned(),
            Kind::Integer | Kind::List | Kind::String => by_name(field).to_owned(),
        }
    }
}

/// The value that fits the other samples: a delivery that failed, since `ErrorCode` is among its fields.
fn enum_value(name: &str, values: &'static [&'static str]) -> &'static str {
    let wanted = match name {
        "Status" => "undelivered",
        "StateTo" => "inactive",
        _ => "active",
    };
    values.iter().find(|value| **value == wanted).or(values.first()).copied().unwrap_or_default()
}

fn by_name(field: &Field) -> &'static str {
    match field.name {
        "Source" => "SDK",
        "ClientIdentity" | "Identity" | "Author" => "alice",
        "Body" | "MessageBody" => "Where is my order?",
        "FriendlyName" => "Order 1234",
        "UniqueName" => "order-1234",
        "Reason" => "TIMER",
        "MessagingBinding.Type" => "SMS",
        "MessagingBinding.ProxyAddress" => "+15551239999",
        "MessagingBinding.ProjectedAddress" => "+15551238888",
        "MessagingBinding.Address" | "MessagingBinding.AuthorAddress" => "+15551230001",
        "ErrorCode" => "30003",
        "RetryCount" => "0",
        _ if matches!(field.kind, Kind::Integer) => "7",
        _ => "sample",
    }
}

#[cfg(test)]
mod tests {
    use twilio_conversations::{EventType, webhook::Event as Typed};

    use super::*;

    #[test]
    fn the_table_has_the_events_of_the_types() {
        let names: Vec<_> = Event::all().iter().map(|event| event.name).collect();
        let types: Vec<_> = EventType::ALL.iter().map(EventType::as_str).collect();
        assert_eq!(names, types);
        for event in Event::all() {
            assert_eq!(event.is_pre, EventType::PRE_EVENTS.contains(&event.name.into()), "{}", event.name);
        }
    }

    #[test]
    fn samples_have_the_type_of_their_field() {
        let samples = Samples { account_sid: Some("AC00000000000000000000000000000007"), now: Utc::now() };
        for event in Event::all() {
            let fields = samples.of(event);
            let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let typed = Typed::from_pairs(pairs).unwrap();
            // A value that its member cannot hold is kept under `other`, which would be a string in JSON.
            assert!(!format!("{typed:?}").contains("other: [("), "{typed:?}");
            let mut sent: Vec<_> = fields.clone();
            let mut read = typed.to_pairs();
            sent.sort();
            read.sort();
            assert_eq!(sent, read);
        }
    }
}
