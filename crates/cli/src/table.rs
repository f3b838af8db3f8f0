//! The operations of the API as data. `cargo xtask regen` writes the table from the specification.

#[rustfmt::skip] // formatted by the generator
#[path = "generated/operations.rs"]
mod operations;

pub(crate) use operations::OPERATIONS;

/// An operation: a method and a path, named by words.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The vendor's operation id: `UpdateServiceConversation`.
    pub(crate) id: &'static str,
    /// `GET`, `POST` or `DELETE`.
    pub(crate) method: &'static str,
    /// `/v1/Services/{ChatServiceSid}/Conversations/{Sid}`.
    pub(crate) path: &'static str,
    /// The fixed segments of the path in kebab case: `["services", "conversations"]`.
    pub(crate) words: &'static [&'static str],
    /// The last word of the command.
    pub(crate) action: Action,
    /// One sentence.
    pub(crate) summary: &'static str,
    /// Paragraphs after the summary; may be empty.
    pub(crate) description: &'static str,
    /// URL of the API reference.
    pub(crate) docs: &'static str,
    /// In the order of the path, then query, form and headers as in the specification.
    pub(crate) parameters: &'static [Parameter],
    /// For a list, the member of the response that holds the items: `conversations`.
    pub(crate) items: Option<&'static str>,
    /// The most items that a page of a list may have; 0 for other operations.
    pub(crate) largest_page: u32,
    /// Members of the response, or of a list's items, that a table shows: `["sid", "friendly_name"]`.
    pub(crate) columns: &'static [&'static str],
    /// All documented members of the response, or of a list's items.
    pub(crate) fields: &'static [&'static str],
    /// Id of the same operation below a service, for one that has it.
    pub(crate) below_service: Option<&'static str>,
}

/// The effect of a command on its resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Action {
    List,
    Create,
    Fetch,
    Update,
    Remove,
}

impl Action {
    /// In the order in which they are shown.
    pub(crate) const ALL: [Self; 5] = [Self::List, Self::Create, Self::Fetch, Self::Update, Self::Remove];

    /// The word of the command, which is that of the vendor's.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Create => "create",
            Self::Fetch => "fetch",
            Self::Update => "update",
            Self::Remove => "remove",
        }
    }
}

/// A parameter of an operation.
#[derive(Debug)]
pub(crate) struct Parameter {
    /// Name on the wire: `MessagingBinding.ProxyAddress`.
    pub(crate) name: &'static str,
    /// Name of the flag: `messaging-binding.proxy-address`.
    pub(crate) flag: &'static str,
    pub(crate) place: Place,
    /// The kind of the value, or of each value of a list.
    pub(crate) kind: Kind,
    /// Whether it may be repeated.
    pub(crate) is_list: bool,
    pub(crate) is_required: bool,
    /// Whether an update can clear it: the API takes an empty value.
    pub(crate) can_clear: bool,
    /// Whether its value is a secret, which no output shows.
    pub(crate) is_secret: bool,
    /// The description, one paragraph or more.
    pub(crate) help: &'static str,
}

impl Parameter {
    const fn new(place: Place, name: &'static str, flag: &'static str, kind: Kind, help: &'static str) -> Self {
        Self {
            name,
            flag,
            place,
            kind,
            is_list: false,
            is_required: matches!(place, Place::Path),
            can_clear: false,
            is_secret: false,
            help,
        }
    }

    const fn path(name: &'static str, flag: &'static str, kind: Kind, help: &'static str) -> Self {
        Self::new(Place::Path, name, flag, kind, help)
    }

    const fn query(name: &'static str, flag: &'static str, kind: Kind, help: &'static str) -> Self {
        Self::new(Place::Query, name, flag, kind, help)
    }

    const fn form(name: &'static str, flag: &'static str, kind: Kind, help: &'static str) -> Self {
        Self::new(Place::Form, name, flag, kind, help)
    }

    const fn header(name: &'static str, flag: &'static str, kind: Kind, help: &'static str) -> Self {
        Self::new(Place::Header, name, flag, kind, help)
    }

    const fn list(mut self) -> Self {
        self.is_list = true;
        self
    }

    const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    const fn clearable(mut self) -> Self {
        self.can_clear = true;
        self
    }

    const fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }
}

/// Where a parameter is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Path,
    Query,
    Form,
    Header,
}

/// The kind of a value, by which it is checked before anything is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Any string of at most so many characters.
    String {
        max_length: Option<u32>,
    },
    Boolean,
    Integer {
        minimum: Option<i64>,
        maximum: Option<i64>,
    },
    /// RFC 3339.
    DateTime,
    /// ISO 8601 duration.
    Duration,
    /// A day, or a date and time: the start of a range.
    DayStart,
    /// A day, or a date and time: the end of a range.
    DayEnd,
    /// A string that holds JSON.
    Json,
    /// `IS` and 32 hexadecimal digits, by its prefix.
    Sid {
        prefix: &'static str,
    },
    /// A SID by its prefix, or a name.
    SidOrName {
        prefix: &'static str,
    },
    /// One of these values, each with its description, which may be empty.
    Enum {
        values: &'static [(&'static str, &'static str)],
    },
}

#[cfg(test)]
mod tests;
