//! What a page calls the type of a field: `string, SID`, `int`, `string, ISO 8601`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::drift::node::Schema;

/// A type in a page's words. What it does not say, it leaves open: every value comes as a text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::drift) struct Kind {
    /// The page's own words.
    pub text: String,
    base: Option<Base>,
    sid: bool,
    /// `CH`.
    prefix: Option<String>,
    date: bool,
    json: bool,
    list: bool,
    enumerated: bool,
    values: BTreeSet<String>,
    /// A word that is no type's.
    unknown: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Base {
    Text,
    Integer,
    Boolean,
}

impl Kind {
    /// Reads a type, and whether the words beside it say that the field may be absent.
    pub(super) fn read(text: &str) -> (Self, Option<bool>) {
        let mut kind = Self { text: text.replace('`', ""), ..Self::default() };
        let mut optional = None;
        for (i, part) in text.split('`').enumerate() {
            // Between backticks there are types too, and else values.
            let is_value = i % 2 == 1 && Self::default().words(part, &mut None).unknown.is_some();
            if is_value {
                kind.values.insert(part.to_owned());
            } else {
                kind.words(part, &mut optional);
            }
        }
        (kind, optional)
    }

    fn words(&mut self, text: &str, optional: &mut Option<bool>) -> &mut Self {
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let is_prefix = word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
            match word.to_ascii_lowercase().as_str() {
                "optional" => *optional = Some(true),
                "required" => *optional = Some(false),
                "string" | "strings" | "text" | "texts" => self.base = Some(Base::Text),
                "int" | "integer" | "integers" | "number" => self.base = Some(Base::Integer),
                "bool" | "boolean" => self.base = Some(Base::Boolean),
                "sid" => self.sid = true,
                "json" => self.json = true,
                "array" | "list" | "repeated" => self.list = true,
                "enum" => self.enumerated = true,
                "date" | "time" | "timestamp" | "datetime" | "iso" | "iso8601" => self.date = true,
                _ if is_prefix && (self.sid || text == word) => {
                    (self.sid, self.prefix) = (true, Some(word.to_owned()));
                }
                lower if NOISE.contains(&lower) => {}
                _ => _ = self.unknown.get_or_insert_with(|| word.to_owned()),
            }
        }
        self
    }

    /// The values that a list of words is.
    pub(super) fn of_values(text: &str) -> Self {
        let values = text.split(',').map(|value| value.trim().trim_matches('`').to_owned()).collect();
        Self { text: text.to_owned(), values, ..Self::default() }
    }

    /// A word that no type has.
    pub(super) fn unknown(&self) -> Option<&str> {
        self.unknown.as_deref()
    }

    pub(super) fn says_nothing(&self) -> bool {
        *self == Self { text: self.text.clone(), ..Self::default() }
    }

    /// The member of our schema that is at odds with it.
    pub(in crate::drift) fn at_odds(&self, schema: &Schema<'_>) -> Option<&'static str> {
        let member = |name: &str| schema.members.get(name).map(|node| node.value);
        let text = |name: &str| member(name).and_then(Value::as_str).unwrap_or_default();
        let own = text("type");
        let values: Option<BTreeSet<&str>> =
            member("enum").and_then(Value::as_array).map(|values| values.iter().filter_map(Value::as_str).collect());
        let fits = match self.base {
            // A SID, a date and JSON are texts.
            None if !(self.sid || self.date || self.json) => true,
            None | Some(Base::Text) => own == "string" || own == "array",
            Some(Base::Integer) => own == "integer",
            Some(Base::Boolean) => own == "boolean",
        };
        if !fits || self.unknown.is_some() || self.list && own != "array" {
            return Some("type");
        }
        if self.json && member("x-json-text") != Some(&Value::Bool(true)) {
            return Some("x-json-text");
        }
        if self.date && text("format") != "date-time" {
            return Some("format");
        }
        let prefix = text("pattern").strip_prefix('^').and_then(|rest| rest.strip_suffix("[0-9a-fA-F]{32}$"));
        if self.sid && (prefix.is_none() || self.prefix.as_deref().is_some_and(|wanted| prefix != Some(wanted))) {
            return Some("pattern");
        }
        let shown: BTreeSet<&str> = self.values.iter().map(String::as_str).collect();
        let other_values = match values {
            Some(values) => !shown.is_empty() && values != shown,
            // Where we have a text, the page's values are only what it knows of.
            None => self.enumerated,
        };
        other_values.then_some("enum")
    }
}

/// Words around a type.
const NOISE: [&str; 12] = ["a", "an", "and", "as", "of", "one", "or", "see", "note", "objects", "8601", "the"];
