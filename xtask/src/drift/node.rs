//! Values of either side that know where they stand.

use std::collections::BTreeMap;

use codegen::{Document, token};
use serde_json::Value;

use super::{finding::Place, report::Spot};

/// Deepest chain of references that is followed.
const DEEPEST: usize = 16;

/// What a value belongs to, and so how its place is written.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// `spec/v1/service.yaml#/paths/…`
    Fragments(&'a Document),
    /// `twilio.json#/paths/…`
    File(&'a str),
    /// `page.md:17#/properties/…`: the line where the JSON of a page begins.
    Block { page: &'a str, line: usize },
}

/// A value of a JSON document.
#[derive(Clone)]
pub(super) struct Node<'a> {
    origin: Origin<'a>,
    root: &'a Value,
    pub value: &'a Value,
    pub pointer: String,
}

/// A schema as it applies: references followed, the members beside them taken in.
pub(super) struct Schema<'a> {
    /// Name of the schema that was referred to.
    pub name: Option<&'a str>,
    /// The schema itself, or the one that was referred to.
    pub target: Node<'a>,
    pub members: BTreeMap<&'a str, Node<'a>>,
    /// A reference that leads nowhere, or round in circles.
    pub broken: Option<&'a str>,
}

impl<'a> Node<'a> {
    pub(super) fn root(origin: Origin<'a>, root: &'a Value) -> Self {
        Self { origin, root, value: root, pointer: String::new() }
    }

    /// What stands at a pointer of the document.
    pub(super) fn at(&self, pointer: &str) -> Option<Self> {
        let value = self.root.pointer(pointer)?;
        Some(Self { value, pointer: pointer.to_owned(), ..*self })
    }

    /// A member of an object or, by its number, an item of an array.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let value = match self.value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
            other => other.get(name)?,
        };
        Some(Self { value, pointer: self.below(name), ..*self })
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&'a str, Self)> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(name, value)| (name.as_str(), Self { value, pointer: self.below(name), ..*self }))
    }

    pub(super) fn items(&self) -> impl Iterator<Item = Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(i, value)| Self { value, pointer: self.below(&i.to_string()), ..*self })
    }

    pub(super) fn text_value(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// A member that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.value.get(name)?.as_str()
    }

    /// Whether this is in a file of this name.
    pub(super) fn is_file(&self, name: &str) -> bool {
        matches!(self.origin, Origin::File(own) if own == name)
    }

    pub(super) fn place(&self) -> Place {
        self.place_of(&self.pointer)
    }

    /// This value.
    pub(super) fn spot(&self) -> Spot<'a> {
        Spot { place: self.place(), value: Some(self.value) }
    }

    /// A member, or the place where it would stand.
    pub(super) fn spot_of(&self, name: &str) -> Spot<'a> {
        self.get(name).map_or_else(|| self.missing(name), |node| node.spot())
    }

    /// The place where a member would stand.
    pub(super) fn missing(&self, name: &str) -> Spot<'a> {
        self.missing_below(&[name])
    }

    /// The place where a member of members would stand.
    pub(super) fn missing_below(&self, names: &[&str]) -> Spot<'a> {
        let mut place = self.place();
        place.missing.extend(names.iter().map(|name| (*name).to_owned()));
        Spot { place, value: None }
    }

    /// Follows the references of what is not a schema: parameters, bodies, responses.
    pub(super) fn follow(&self) -> Self {
        let mut node = self.clone();
        for _ in 0..DEEPEST {
            match node.text("$ref").and_then(|reference| node.at(reference.strip_prefix('#')?)) {
                Some(target) => node = target,
                None => break,
            }
        }
        node
    }

    pub(super) fn schema(&self) -> Schema<'a> {
        self.schema_within(DEEPEST)
    }

    fn schema_within(&self, depth: usize) -> Schema<'a> {
        if let Some(reference) = self.text("$ref") {
            let target = reference.strip_prefix('#').and_then(|pointer| self.at(pointer)).filter(|_| depth > 0);
            let Some(target) = target else {
                return Schema { name: None, target: self.clone(), members: BTreeMap::new(), broken: Some(reference) };
            };
            let mut schema = target.schema_within(depth - 1);
            schema.name = reference.rsplit('/').next();
            // OpenAPI 3.0 ignores what stands beside a reference. Our fragments and our generator do not.
            if let Origin::Fragments(_) = self.origin {
                schema.members.extend(self.members().filter(|(name, _)| *name != "$ref"));
            }
            return schema;
        }
        // The 3.0 way to put something beside a reference.
        if depth > 0
            && let Some(Value::Array(parts)) = self.value.get("allOf")
            && parts.len() == 1
            && let Some(part) = self.get("allOf").and_then(|parts| parts.get("0"))
        {
            let mut schema = part.schema_within(depth - 1);
            schema.members.extend(self.members().filter(|(name, _)| *name != "allOf"));
            return schema;
        }
        Schema { name: self.text("refName"), target: self.clone(), members: self.members().collect(), broken: None }
    }

    fn below(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, token(name))
    }

    /// The place that a pointer of the document names, down to what exists.
    pub(super) fn place_of(&self, pointer: &str) -> Place {
        let (mut found, mut missing) = (pointer, Vec::new());
        while self.root.pointer(found).is_none() {
            // The empty pointer is the root, which exists.
            let (parent, name) = found.rsplit_once('/').unwrap_or_default();
            missing.insert(0, codegen::untoken(name));
            found = parent;
        }
        let (file, line) = match self.origin {
            Origin::Fragments(document) => (format!("spec/{}", fragment_of(document, found)), None),
            Origin::File(name) => (name.to_owned(), None),
            Origin::Block { page, line } => (page.to_owned(), Some(line)),
        };
        Place { file, line, pointer: Some(found.to_owned()), missing }
    }
}

/// The file to edit for what is at a pointer of the merged document, or below it.
fn fragment_of<'d>(document: &'d Document, pointer: &str) -> &'d str {
    // Every fragment has these; which one gets a new path or schema is open.
    if matches!(pointer, "/paths" | "/components/schemas") {
        return "v1/*.yaml";
    }
    // A path item is where its operations are.
    let is_item = pointer.starts_with("/paths/") && pointer.matches('/').count() == 2;
    let member = document.members(pointer).next().filter(|_| is_item);
    match member {
        Some((name, _)) => document.file_of(&format!("{pointer}/{}", token(name))),
        None => document.file_of(pointer),
    }
}

impl<'a> Schema<'a> {
    /// A member, or the place where it would stand.
    pub(super) fn spot_of(&self, member: &str) -> Spot<'a> {
        self.members.get(member).map_or_else(|| self.target.missing(member), Node::spot)
    }

    /// The items of a member that is a list.
    pub(super) fn items_of(&self, member: &str) -> Vec<Node<'a>> {
        self.members.get(member).map(|list| list.items().collect()).unwrap_or_default()
    }

    /// The place where a list, such as `enum`, lacks a value.
    pub(super) fn without_item(&self, member: &str, value: &Value) -> Spot<'a> {
        let name = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match self.members.get(member) {
            Some(list) => list.missing(&name),
            None => self.target.missing_below(&[member, &name]),
        }
    }
}
