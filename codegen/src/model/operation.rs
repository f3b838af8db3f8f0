//! Operations and their parameters.

use serde_json::{Map, Value};

use super::{Path, Property, TypeRef};
use crate::sids::SidType;

/// One operation: a method and a path.
pub(crate) struct Operation {
    /// The vendor's id, which errors and traces show: `UpdateServiceConversation`.
    pub id: String,
    /// Name of its builder, which two operations of a pair share: `UpdateConversation`.
    pub name: String,
    pub verb: Verb,
    /// The name without the verb: `Conversation`.
    pub stem: String,
    /// Whether `x-name` of the path gave it its name.
    pub is_renamed: bool,
    /// In lower case, as the specification has it.
    pub method: String,
    pub path: Path,
    /// Whether the same operation is there without the scope.
    pub is_scoped: bool,
    /// JSON pointer into the document.
    pub pointer: String,
    pub summary: String,
    pub description: String,
    pub parameters: Vec<Parameter>,
    /// Struct of the request body.
    pub body: Option<String>,
    /// Fields of the request body, as documented for this operation: those of a pair may differ in their words.
    pub form: Vec<Property>,
    /// Struct of the query parameters.
    pub params: Option<String>,
    /// Struct of the response; `None` where it has no body.
    pub response: Option<String>,
    /// The content of a list's response.
    pub list: Option<List>,
    /// Properties of the response, or of a list's items, by their names on the wire.
    pub fields: Vec<String>,
    /// Those that a table shows: `defaultOutputProperties` of the path.
    pub columns: Vec<String>,
    /// The statuses of its responses, errors included.
    pub statuses: Vec<String>,
    /// The first sample of the request body.
    pub sample: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Verb {
    Create,
    Fetch,
    Update,
    List,
    Delete,
}

impl Verb {
    pub(crate) const ALL: [Self; 5] = [Self::Create, Self::Fetch, Self::Update, Self::List, Self::Delete];

    /// As operation ids begin.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Fetch => "Fetch",
            Self::Update => "Update",
            Self::List => "List",
            Self::Delete => "Delete",
        }
    }
}

/// A parameter in the path, the query or a header.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub place: Place,
    /// JSON pointer into the document.
    pub pointer: String,
    /// SID type of the item that it names by SID or by name: `x-sid`.
    pub names_sid: Option<SidType>,
    /// A name that may stand in for the SID, for examples: `x-example`.
    pub example: Option<String>,
    pub property: Property,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// The content of the response to a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct List {
    /// Field of the items: `conversations`.
    pub field: String,
    /// Its name on the wire.
    pub wire: String,
    pub item: TypeRef,
    /// Most items that a page may have.
    pub largest_page: i64,
}

impl Operation {
    pub(crate) fn parameters(&self, place: Place) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(move |parameter| parameter.place == place)
    }

    /// JSON pointer of its path.
    pub(crate) fn path_pointer(&self) -> &str {
        self.pointer.rfind('/').map_or(&self.pointer, |end| &self.pointer[..end])
    }

    /// `POST /v1/Services`.
    pub(crate) fn request_line(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path.text)
    }

    /// `create`: what a handle calls it.
    pub(crate) fn verb_name(&self) -> String {
        self.verb.name().to_lowercase()
    }
}
