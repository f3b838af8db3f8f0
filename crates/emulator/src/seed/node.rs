//! The syntax tree of a scenario in JSON or YAML: scalars verbatim, keys in their order, lines if known.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Most values of a scenario, with YAML aliases expanded.
pub(super) const VALUES: usize = 1_000_000;
/// Most levels of lists and mappings.
pub(super) const DEPTH: usize = 32;

/// A value and the line that it is on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// The line from 1; none for JSON.
    pub(super) line: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Null,
    /// A number, a boolean or, in YAML, a string without quotes: verbatim.
    Plain(String),
    Quoted(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// A problem of a scenario, and its place.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) line: Option<usize>,
    /// `conversations[2].participants[0].identity`; empty for the whole scenario.
    pub(super) path: String,
    pub(super) text: String,
}

impl Problem {
    pub(super) fn new(node: &Node, path: &str, text: impl Into<String>) -> Self {
        Self { line: node.line, path: path.to_owned(), text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(formatter, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        formatter.write_str(&self.text)
    }
}

impl Node {
    /// Parses JSON. A repeated key is an error.
    pub(super) fn of_json(text: &str) -> Result<Self, String> {
        let values = Cell::new(0);
        let mut json = serde_json::Deserializer::from_str(text);
        let node = Reader { values: &values, depth: 0 }.deserialize(&mut json).map_err(|error| error.to_string())?;
        json.end().map_err(|error| error.to_string())?;
        Ok(node)
    }

    /// The string of a scalar; `None` for null, lists and mappings.
    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Plain(text) | Kind::Quoted(text) => Some(text),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The value of a key of a mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Kind::Map(entries) = &self.kind else { return None };
        entries.iter().find(|(known, _)| known == key).map(|(_, node)| node)
    }

    /// The items of a list. Any other value stands for a list with one item.
    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// Converts the value to JSON, with `string` applied to each string. A scalar without quotes that looks like a number
    /// becomes a number.
    pub(super) fn to_json(&self, string: &impl Fn(&str) -> String) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Plain(text) => match text.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                text => serde_json::from_str(text).map_or_else(|_| string(text).into(), Value::Number),
            },
            Kind::Quoted(text) => string(text).into(),
            Kind::List(items) => items.iter().map(|item| item.to_json(string)).collect(),
            Kind::Map(entries) => {
                Value::Object(entries.iter().map(|(key, node)| (key.clone(), node.to_json(string))).collect())
            }
        }
    }

    /// Number of values, and of levels.
    pub(super) fn size(&self) -> (usize, usize) {
        let add = |(values, depth): (usize, usize), node: &Self| {
            let (more, levels) = node.size();
            (values.saturating_add(more), depth.max(levels))
        };
        let (values, depth) = match &self.kind {
            Kind::List(items) => items.iter().fold((0, 0), add),
            Kind::Map(entries) => entries.iter().map(|(_, node)| node).fold((0, 0), add),
            Kind::Null | Kind::Plain(_) | Kind::Quoted(_) => return (1, 0),
        };
        (values.saturating_add(1), depth + 1)
    }
}

pub(super) fn too_many(limit: usize) -> String {
    format!("more than {limit} values")
}

pub(super) fn too_deep() -> String {
    format!("lists and mappings on more than {DEPTH} levels")
}

/// Reads a value of JSON within the limits.
#[derive(Clone, Copy)]
struct Reader<'c> {
    values: &'c Cell<usize>,
    depth: usize,
}

impl Reader<'_> {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH { Err(E::custom(too_deep())) } else { Ok(Self { depth: self.depth + 1, ..self }) }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Node, D::Error> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > VALUES {
            return Err(D::Error::custom(too_many(VALUES)));
        }
        Ok(Node { kind: json.deserialize_any(self)?, line: None })
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Kind;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Kind, E> {
        Ok(Kind::Plain(truth.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Kind, E> {
        Ok(Kind::Plain(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Kind, E> {
        Ok(Kind::Plain(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Kind, E> {
        Ok(Kind::Plain(Value::from(number).to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Quoted(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut json: A) -> Result<Kind, A::Error> {
        let inner = self.inner()?;
        let mut items = Vec::new();
        while let Some(item) = json.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Kind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut json: A) -> Result<Kind, A::Error> {
        let inner = self.inner()?;
        let mut entries = Entries::default();
        while let Some(key) = json.next_key::<String>()? {
            let value = json.next_value_seed(inner)?;
            entries.add(key, value).map_err(A::Error::custom)?;
        }
        Ok(Kind::Map(entries.entries))
    }
}

/// The entries of a mapping, each key once.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) entries: Vec<(String, Node)>,
    /// The keys of a large mapping, so that adding a key takes constant time.
    keys: std::collections::HashSet<String>,
}

impl Entries {
    pub(super) fn add(&mut self, key: String, value: Node) -> Result<(), String> {
        if !self.keys.insert(key.clone()) {
            return Err(format!("the key {key} is there twice"));
        }
        self.entries.push((key, value));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verbatim(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn json_is_read_verbatim_and_written_unchanged() {
        let text = r#"{"b":[1,-2,1.5,true,null,"1","é\ud83d\ude00"],"a":{}}"#;
        let node = Node::of_json(text).unwrap();
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(node.to_json(&verbatim), value);
        assert_eq!(node.size(), (10, 2));
        let Kind::Map(entries) = &node.kind else { panic!("{node:?}") };
        assert_eq!(entries.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    }

    #[test]
    fn errors_of_malformed_json_have_a_line_and_a_key_is_unique() {
        for (text, problem) in [
            ("{", "EOF while parsing an object at line 1 column 1"),
            ("[]\n[]", "trailing characters at line 2 column 1"),
            ("{\"a\": 1,\n \"a\": 2}", "the key a is there twice at line 2 column 8"),
        ] {
            assert_eq!(Node::of_json(text).unwrap_err(), problem);
        }
    }

    #[test]
    fn json_has_limits_in_depth_and_count() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(Node::of_json(&nested(DEPTH)).unwrap().size(), (DEPTH, DEPTH));
        assert!(Node::of_json(&nested(DEPTH + 1)).unwrap_err().starts_with(&too_deep()));
        let wide = |count: usize| format!("[{}1]", "1,".repeat(count - 2));
        assert_eq!(Node::of_json(&wide(VALUES)).unwrap().size(), (VALUES, 1));
        assert!(Node::of_json(&wide(VALUES + 1)).unwrap_err().starts_with(&too_many(VALUES)));
    }
}
