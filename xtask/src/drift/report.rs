//! Differences, one line each: our place, the value there, the documentation's value, and its place.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    fmt,
};

use serde_json::Value;

use super::finding::{Finding, Kind, Place, Side};

/// Longest rendering of a value in a line.
const LONGEST: usize = 100;

/// A place on one side, and the value there, if there is one.
pub(super) struct Spot<'a> {
    pub place: Place,
    pub value: Option<&'a Value>,
}

/// The differences found so far, in the order of finding.
#[derive(Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
    /// The operation that is being compared: `/v1/Users GET`.
    operation: Option<String>,
    side: Side,
}

impl Report {
    /// The differences, each fact once. `place` maps the places to edit.
    pub(super) fn finish(self, place: impl Fn(Place) -> Place) -> Vec<Finding> {
        let mut facts: Vec<Finding> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for finding in self.findings {
            let finding = Finding { ours: place(finding.ours), ..finding };
            match known.entry(fact(&finding)) {
                Entry::Occupied(entry) => facts[*entry.get()].operations.extend(finding.operations),
                Entry::Vacant(entry) => {
                    entry.insert(facts.len());
                    facts.push(finding);
                }
            }
        }
        facts
    }

    /// Counts the following differences to an operation, or to none.
    pub(super) fn enter(&mut self, operation: Option<String>) {
        self.operation = operation;
        self.side = Side::Neither;
    }

    /// Counts the following differences to a side of the operation.
    pub(super) fn on_side(&mut self, side: Side) {
        self.side = side;
    }

    /// Notes that two facts are not the same. `label` names the fact where its place does not.
    pub(super) fn differ(&mut self, kind: Kind, label: &str, ours: &Spot<'_>, theirs: &Spot<'_>) {
        self.push(kind, label, ours, theirs, None);
    }

    /// Notes a difference in words, where it is not one value against another.
    pub(super) fn note(&mut self, kind: Kind, ours: &Spot<'_>, theirs: &Spot<'_>, note: String) {
        self.push(kind, "", ours, theirs, Some(note));
    }

    /// Whether a description that names an event is among the differences.
    pub(super) fn has_event(&self, event: &str) -> bool {
        let descriptions = self.findings.iter().filter(|finding| finding.kind == Kind::EventsInDescription);
        let named = descriptions.filter_map(|finding| finding.theirs_value.as_ref()?.as_array());
        named.flatten().any(|name| name == event)
    }

    fn push(&mut self, kind: Kind, label: &str, ours: &Spot<'_>, theirs: &Spot<'_>, note: Option<String>) {
        self.findings.push(Finding {
            kind,
            ours: ours.place.clone(),
            theirs: theirs.place.clone(),
            label: label.to_owned(),
            ours_value: ours.value.cloned(),
            theirs_value: theirs.value.cloned(),
            note,
            side: self.side,
            operations: BTreeSet::from_iter(self.operation.clone()),
        });
    }
}

/// The identity of a fact. The documentation may state it at several places, but it is edited once.
fn fact(finding: &Finding) -> String {
    let Finding { kind, ours, label, ours_value, theirs_value, note, .. } = finding;
    let value = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let parts =
        [&format!("{kind:?}"), &ours.file, &ours.full_pointer(), label, &value(ours_value), &value(theirs_value)];
    let mut key = parts.map(String::as_str).join("\n");
    key.extend(note.as_deref());
    key
}

/// The differences from a document: those that only one operation has below its path and method, then the shared ones
/// below a heading with the operations. `ids` are the ids of the operations by path and method.
pub(super) fn by_operation(findings: &[Finding], ids: &BTreeMap<String, String>) -> Vec<String> {
    let mut groups: BTreeMap<Group<'_>, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry(Group::of(finding)).or_default().push(finding);
    }
    let mut lines = Vec::new();
    for (group, findings) in groups {
        lines.push(group.heading(ids));
        lines.extend(findings.iter().map(|finding| format!("  {finding}")));
    }
    lines
}

/// What differences are listed under one heading.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
enum Group<'a> {
    Operation(&'a str),
    /// What several operations share: a path or an anchor.
    Shared(&'a BTreeSet<String>),
    Schema(&'a str, &'a BTreeSet<String>),
    /// Events that no operation has.
    Rest,
}

impl<'a> Group<'a> {
    fn of(finding: &'a Finding) -> Self {
        let operations = &finding.operations;
        let schema = schema_of(&finding.ours);
        match (schema, operations.len()) {
            (Some(schema), _) => Self::Schema(schema, operations),
            (None, 0) => Self::Rest,
            (None, 1) => Self::Operation(operations.first().map(String::as_str).unwrap_or_default()),
            (None, _) => Self::Shared(operations),
        }
    }

    fn heading(&self, ids: &BTreeMap<String, String>) -> String {
        let list = |operations: &BTreeSet<String>| {
            let names: Vec<&str> =
                operations.iter().map(|operation| ids.get(operation).unwrap_or(operation).as_str()).collect();
            names.join(", ")
        };
        match self {
            Self::Operation(operation) => (*operation).to_owned(),
            Self::Shared(operations) => list(operations),
            Self::Schema(schema, operations) if operations.is_empty() => format!("{schema}, used by no operation"),
            Self::Schema(schema, operations) => format!("{schema}, used by {}", list(operations)),
            Self::Rest => "webhook events".to_owned(),
        }
    }
}

/// The name of the schema that a place is in.
fn schema_of(place: &Place) -> Option<&str> {
    match place.pointer.as_deref()?.strip_prefix("/components/schemas")? {
        "" => place.missing.first().map(String::as_str),
        rest => rest.strip_prefix('/')?.split('/').next(),
    }
}

/// `spec/v1/user.yaml#/…`, `page.md:17#/…` or `page.md:17`, down to what exists.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        match &self.pointer {
            Some(pointer) if self.line.is_none() || !pointer.is_empty() => write!(f, "#{pointer}"),
            _ => Ok(()),
        }
    }
}

/// The line of a difference.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.ours)?;
        if let Some(note) = &self.note {
            return f.write_str(note);
        }
        if !self.label.is_empty() {
            write!(f, "{}: ", self.label)?;
        }
        let ours = shown(self.ours_value.as_ref(), &self.ours);
        let theirs = shown(self.theirs_value.as_ref(), &self.theirs);
        write!(f, "{ours} here, {theirs} at {}", self.theirs)
    }
}

/// A value, or the name of what is missing: `no format`.
fn shown(value: Option<&Value>, place: &Place) -> String {
    match value {
        Some(value) => shorten(value),
        None if place.missing.is_empty() => "nothing".to_owned(),
        None => format!("no {}", place.missing.join("/")),
    }
}

fn shorten(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// `1 event`, `2 events`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
