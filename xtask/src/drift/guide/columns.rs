//! What the columns of a table hold, by their headings.

use super::{blocks::Table, event_names};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Column {
    /// Events that come before an action.
    Pre,
    /// Events that come after it.
    Post,
    /// Events of either kind.
    Event,
    /// What events are about.
    Object,
    /// Names of fields.
    Fields,
    Type,
    /// Whether a field is always there.
    Required,
    /// Whether it may be absent.
    Optional,
    /// Fields that an answer may set.
    Answer,
    /// Whatever else.
    Words,
}

impl Column {
    fn of(heading: &str) -> Self {
        let heading = heading.to_ascii_lowercase();
        let words: Vec<&str> = heading.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let first = words.first().copied().unwrap_or_default();
        match first {
            "pre" | "preaction" | "preevent" => Self::Pre,
            "post" | "postaction" | "postevent" => Self::Post,
            "event" | "events" | "webhook" | "webhooks" if words.get(1) != Some(&"type") => Self::Event,
            "object" | "objects" => Self::Object,
            _ if says_answer(&heading) => Self::Answer,
            _ if is_field_word(first) => Self::Fields,
            "type" | "format" => Self::Type,
            "required" | "presence" => Self::Required,
            "optional" => Self::Optional,
            _ => Self::Words,
        }
    }

    pub(super) fn names_events(self) -> bool {
        matches!(self, Self::Pre | Self::Post | Self::Event)
    }
}

/// The columns of a table.
pub(super) fn columns(table: &Table<'_>) -> Vec<Column> {
    table.header.iter().map(|heading| Column::of(heading)).collect()
}

/// The events that a row names, each with its column.
pub(super) fn event_cells<'c>(columns: &[Column], cells: &'c [String]) -> Vec<(&'c str, Column)> {
    let cells = cells.iter().zip(columns).filter(|(_, column)| column.names_events());
    cells.flat_map(|(cell, column)| event_names(cell).into_iter().map(|name| (name, *column))).collect()
}

/// Whether a text is about what an answer may set.
pub(super) fn says_answer(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_lowercase);
    words.any(|word| {
        matches!(word.as_str(), "answer" | "answers" | "modify" | "modifiable" | "modified" | "changeable" | "settable")
    })
}

/// Whether a heading is about the fields that all events have.
pub(super) fn says_common(heading: &str) -> bool {
    let heading = heading.to_ascii_lowercase();
    ["common", "every event", "all events", "each event", "every webhook", "all webhooks"]
        .iter()
        .any(|words| heading.contains(words))
}

/// Whether the pre- or post-events are what a heading announces.
pub(super) fn phase_of(heading: &str) -> Option<&'static str> {
    match Column::of(heading) {
        Column::Pre => Some("pre"),
        Column::Post => Some("post"),
        _ => None,
    }
}

fn is_field_word(word: &str) -> bool {
    matches!(
        word,
        "field" | "fields" | "parameter" | "parameters" | "property" | "properties" | "key" | "name" | "payload"
    )
}
