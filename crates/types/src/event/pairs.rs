//! Writes an event as the form fields of its webhook request: the reverse of `from_pairs`.

use serde::Serialize;

use super::FromText;

/// The fields of a known event: its name, the typed members in the order of the struct, then those in `other`.
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Begins with the event's name, unless the event was received with its name in another case: then `other` has it.
    pub(crate) fn new(name: &str, others: &[(String, String)]) -> Self {
        let received = others.iter().find(|(field, _)| field == "EventType");
        let mut pairs = Self(Vec::new());
        if !received.is_some_and(|(_, text)| text.eq_ignore_ascii_case(name)) {
            pairs.push("EventType", name.to_owned());
        }
        pairs
    }

    pub(crate) fn one<T: FromText>(&mut self, name: &str, value: &Option<T>) {
        self.many(name, value.as_slice());
    }

    /// A field of its own for each value.
    pub(crate) fn many<T: FromText>(&mut self, name: &str, values: &[T]) {
        values.iter().for_each(|value| self.push(name, value.to_text()));
    }

    /// Omits a value that cannot be written as JSON; the types of the members have none.
    pub(crate) fn json<T: Serialize>(&mut self, name: &str, value: &Option<T>) {
        if let Some(Ok(text)) = value.as_ref().map(serde_json::to_string) {
            self.push(name, text);
        }
    }

    pub(crate) fn end(mut self, others: &[(String, String)]) -> Vec<(String, String)> {
        self.0.extend_from_slice(others);
        self.0
    }

    fn push(&mut self, name: &str, text: String) {
        self.0.push((name.to_owned(), text));
    }
}

/// The fields of an undocumented event. A program may have left the name out of them; a received event has it there.
pub(crate) fn of_unknown(name: &str, fields: &[(String, String)]) -> Vec<(String, String)> {
    let has_name = fields.iter().any(|(field, _)| field == "EventType");
    let name = (!has_name).then(|| ("EventType".to_owned(), name.to_owned()));
    name.into_iter().chain(fields.iter().cloned()).collect()
}
