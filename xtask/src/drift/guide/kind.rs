//! The type of a field in the guide: `string, SID`, `int`, `string, JSON, optional (see note)`.

use serde_json::Value;

use crate::drift::node::Schema;

/// A type. A value that it calls just `string` may be anything that travels as one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::drift) struct Kind {
    /// The guide's own words.
    pub text: String,
    /// `string`, `integer` or `boolean`; empty for a type that is not known.
    base: &'static str,
    sid: bool,
    date: bool,
    json: bool,
    enumerated: bool,
    pub optional: bool,
}

impl Kind {
    /// Reads a cell. A word that is not known makes a type that fits no field.
    pub(super) fn read(text: &str) -> Self {
        let mut kind = Self { text: text.to_owned(), ..Self::default() };
        let mut parts = text.split(", ");
        let base = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "string" => "string",
            "int" | "integer" => "integer",
            "boolean" => "boolean",
            _ => "",
        };
        let known = parts.all(|part| {
            let flag = match part {
                "SID" => &mut kind.sid,
                "ISO8601 time" => &mut kind.date,
                "JSON" => &mut kind.json,
                "enum" => &mut kind.enumerated,
                "optional" | "optional*" | "optional (see note)" => &mut kind.optional,
                _ => return false,
            };
            !std::mem::replace(flag, true)
        });
        kind.base = if known { base } else { "" };
        kind
    }

    /// The member of our schema that does not fit.
    pub(in crate::drift) fn at_odds(&self, schema: &Schema<'_>) -> Option<&'static str> {
        let member = |name: &str| schema.members.get(name).map(|node| node.value);
        let text = |name: &str| member(name).and_then(Value::as_str).unwrap_or_default();
        let is_sid = text("pattern").starts_with('^') && text("pattern").ends_with("[0-9a-fA-F]{32}$");
        // A name that is repeated, and JSON, are strings in a form.
        let own = if text("type") == "array" { "string" } else { text("type") };
        if self.base.is_empty() || self.base != own {
            Some("type")
        } else if self.json && member("x-json-text") != Some(&Value::Bool(true)) {
            Some("x-json-text")
        } else if self.date && text("format") != "date-time" {
            Some("format")
        } else if self.sid && !is_sid {
            Some("pattern")
        } else {
            (self.enumerated && member("enum").is_none()).then_some("enum")
        }
    }
}
