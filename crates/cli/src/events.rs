//! The events of webhooks as data. `cargo xtask regen` writes the table from the specification.

include!("generated/events.rs");

/// An event.
#[derive(Debug)]
pub(crate) struct Event {
    /// `onMessageAdded`.
    pub(crate) name: &'static str,
    /// Whether it is sent before an action, so that its response may change or reject it.
    pub(crate) is_pre: bool,
    /// A sentence or two.
    pub(crate) description: &'static str,
    /// Its own fields, beside those of every event.
    pub(crate) fields: &'static [Field],
}

/// A field of an event.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    /// False for one that was seen in requests and is not in the documentation.
    pub(crate) is_documented: bool,
    pub(crate) kind: Kind,
}

/// The kind of a field's value, which is always sent as a string.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    String,
    Integer,
    Boolean,
    /// A date and time with milliseconds.
    Date,
    /// A string that holds JSON.
    Json,
    /// A JSON list of files.
    Media,
    /// A string; the field may be repeated.
    List,
    /// A SID by its prefix.
    Sid(&'static str),
    Enum(&'static [&'static str]),
}

impl Event {
    /// All events.
    pub(crate) fn all() -> &'static [Self] {
        EVENTS
    }

    /// The event of this name, in any case.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        EVENTS.iter().find(|event| event.name.eq_ignore_ascii_case(name))
    }

    /// The fields of every event, then its own. `EventType` is not among them.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        COMMON.iter().chain(self.fields)
    }

    /// The names of all events, for errors.
    pub(crate) fn names() -> String {
        EVENTS.iter().map(|event| event.name).collect::<Vec<_>>().join(", ")
    }
}
