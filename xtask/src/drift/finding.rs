//! A difference between the specification and the vendor's documentation, as data.

use std::collections::BTreeSet;

use codegen::token;
use serde_json::Value;

/// A place in a file. What `pointer` names exists.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    /// `spec/v1/user.yaml`, `spec/events/message.yaml`, `vendor.json` or `page.md`. `spec/v1/*.yaml` and
    /// `spec/events/*.yaml` stand for a file that is still to be chosen or written.
    pub file: String,
    /// Line of a page: where the JSON begins that `pointer` leads into, or where the fact is, from 1.
    pub line: Option<usize>,
    /// JSON pointer (RFC 6901). An empty one is the whole file or JSON block; `None` is a line of a page.
    pub pointer: Option<String>,
    /// Names of what is missing below `pointer`, outermost first. Empty if the value exists, or if no name applies.
    pub missing: Vec<String>,
}

impl Place {
    /// A line of a page.
    pub(crate) fn line(file: &str, line: Option<usize>) -> Self {
        Self { file: file.to_owned(), line, pointer: None, missing: Vec::new() }
    }

    /// The pointer of the value itself, whether it exists or not.
    pub(crate) fn full_pointer(&self) -> String {
        let mut pointer = self.pointer.clone().unwrap_or_default();
        for name in &self.missing {
            pointer.push('/');
            pointer.push_str(&token(name));
        }
        pointer
    }
}

/// The kind of fact that differs. [`Finding::change`] says whether the documentation adds, removes or changes it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// An operation: its method and path.
    Operation,
    /// A parameter of an operation: path, query or header.
    Parameter,
    /// A property of an object: a field of a request body or a member of a response.
    Property,
    /// One value of an enum; the values are those of the finding.
    EnumValue,
    /// One name in a `required` list, or the flag `required` of a parameter or request body.
    Required,
    /// `minimum`, `maximum`, `minLength`, `maxLength`, `minItems`, `maxItems` and the like.
    Limit,
    /// `pattern`.
    Pattern,
    /// `nullable`.
    Nullability,
    /// `default`.
    Default,
    /// `format`.
    Format,
    /// `type`, or whether there is an enum, items or a reference at all.
    Type,
    /// A webhook event of the guide.
    Event,
    /// A field of a webhook event.
    Field,
    /// Names of events in a description, or an event that only a description of the documentation names.
    EventsInDescription,
    /// Sample data.
    Sample,
    /// `pathType`, `mountName` or `defaultOutputProperties` of `x-twilio`.
    Mounting,
    /// Anything else.
    Other,
}

impl Kind {
    /// The kind of a keyword of a schema or a member of a parameter.
    pub(super) fn of(keyword: &str) -> Self {
        match keyword {
            "required" => Self::Required,
            "pattern" => Self::Pattern,
            "nullable" => Self::Nullability,
            "default" => Self::Default,
            "format" => Self::Format,
            "type"
            | "enum"
            | "items"
            | "properties"
            | "additionalProperties"
            | "allOf"
            | "anyOf"
            | "oneOf"
            | "not"
            | "schema" => Self::Type,
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "minLength"
            | "maxLength" | "minItems" | "maxItems" | "uniqueItems" | "minProperties" | "maxProperties" => Self::Limit,
            _ => Self::Other,
        }
    }
}

/// The direction of a change, as seen from the specification.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    /// Only the documentation has it.
    Added,
    /// Only the specification has it.
    Removed,
    /// Both have it, with different values.
    Changed,
}

/// Where in an operation a fact is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Side {
    /// A parameter or the body.
    Request,
    /// A response.
    Response,
    /// In no operation, or in the operation itself.
    #[default]
    Neither,
}

/// One difference.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub kind: Kind,
    /// The place to edit.
    pub ours: Place,
    pub theirs: Place,
    /// Names the fact where its place does not: `query parameter Mood`. Otherwise empty.
    pub label: String,
    pub ours_value: Option<Value>,
    pub theirs_value: Option<Value>,
    /// The difference in words, where it is not one value against another.
    pub note: Option<String>,
    pub side: Side,
    /// The operations that the fact belongs to, by path and method: `/v1/Users GET`.
    pub operations: BTreeSet<String>,
}

impl Finding {
    pub(crate) fn change(&self) -> Change {
        match (&self.ours_value, &self.theirs_value) {
            (None, Some(_)) => Change::Added,
            (Some(_), None) => Change::Removed,
            _ => Change::Changed,
        }
    }

    /// The property that a `required` list names on one side only.
    pub(crate) fn required_name(&self) -> Option<&str> {
        let value = self.theirs_value.as_ref().or(self.ours_value.as_ref());
        value.and_then(Value::as_str).filter(|_| self.kind == Kind::Required)
    }
}
