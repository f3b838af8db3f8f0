//! The vendor's guide to webhooks: what its tables say of events.
//!
//! - A table with events in columns of pre- and post-events: the phase of each, and its object if there is a column.
//! - A table of fields, a row each, under a heading that names their events.
//! - A table of events and their fields, a row for each event, `?` behind a field that may be absent.
//! - A table of the fields that all events have: its heading says so, or it has `EventType`.
//! - A table, or a list below a sentence, of events and the fields that an answer may set.

mod answers;
mod blocks;
mod columns;
mod fields;
mod kind;
mod reader;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use fields::Field;

/// What the page says. Lines are those of the page, from 1.
#[derive(Default)]
pub(super) struct Guide {
    pub events: BTreeMap<String, Event>,
    /// Fields that every event has.
    pub common: Option<Listing>,
    /// Where the events are named by phase, if they are.
    pub phases_line: Option<usize>,
    pub answers: Option<Answers>,
}

/// What the page says of one event.
pub(super) struct Event {
    /// Where the page has it first.
    pub line: usize,
    /// Whether it is in a table of the events by phase.
    pub is_named: bool,
    /// `pre` or `post`, wherever the page says so.
    pub phases: Vec<(usize, &'static str)>,
    pub objects: Vec<(usize, String)>,
    pub fields: Option<Listing>,
}

/// Fields, and where their list begins.
pub(super) struct Listing {
    pub line: usize,
    /// Each once for each list that the page has of them.
    pub fields: Vec<Field>,
    /// How many fields one list has.
    length: usize,
}

/// The fields that answers may set.
pub(super) struct Answers {
    pub line: usize,
    pub by_event: BTreeMap<String, Answer>,
    /// What holds for pre-events that are not named.
    pub others: Option<Answer>,
}

#[derive(Clone)]
pub(super) struct Answer {
    pub line: usize,
    pub fields: BTreeSet<String>,
}

impl Guide {
    /// Reads a page. One without tables of events has nothing to compare.
    ///
    /// # Errors
    ///
    /// A table of events that cannot be read, and its line.
    pub(super) fn read(text: &str) -> Result<Option<Self>, String> {
        let guide = reader::read(text)?;
        Ok(Some(guide).filter(|guide| !guide.events.is_empty()))
    }

    /// An event that the page names on this line, and perhaps on others.
    fn event(&mut self, name: &str, line: usize) -> &mut Event {
        let new = || Event { line, is_named: false, phases: Vec::new(), objects: Vec::new(), fields: None };
        self.events.entry(name.to_owned()).or_insert_with(new)
    }

    /// Whether it is about what events carry, and does more than name some.
    pub(super) fn has_fields(&self) -> bool {
        self.events.values().any(|event| event.fields.is_some())
    }
}

/// The names of events in a text: `onMessageAdded`.
fn event_names(text: &str) -> Vec<&str> {
    let words = text.split(|c| !is_in_a_name(c));
    words.filter(|word| is_event_name(word)).collect()
}

/// Whether a text is the name of an event, one that we know or not.
pub(super) fn is_event_name(text: &str) -> bool {
    text.strip_prefix("on").is_some_and(|rest| rest.starts_with(char::is_uppercase) && rest.chars().all(is_in_a_name))
}

fn is_in_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::{event_names, is_event_name};

    #[test]
    fn a_name_of_an_event_is_on_and_a_capital_and_no_sign() {
        for name in ["onMessageAdd", "onPollAdded2", "onPoll_Added", "onX"] {
            assert!(is_event_name(name), "{name}");
        }
        for other in ["", "on", "once", "on Message", "OnMessageAdd", "onMessageAdd()", "onMessage-Add", "webhook"] {
            assert!(!is_event_name(other), "{other:?}");
        }
        assert_eq!(event_names("`onMessageAdd`, once onUser_Added (onX)"), ["onMessageAdd", "onUser_Added", "onX"]);
    }
}
