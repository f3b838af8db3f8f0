//! Differences, one line each: our place, the value there, the documentation's value, and its place.

use std::{
    collections::{BTreeMap, BTreeSet},
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

/// The differences found so far, in the order of finding. A fact that several operations share is one difference.
#[derive(Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
    /// Number of a finding by what makes it one fact: the place to edit, the kind and the values in their JSON form.
    known: BTreeMap<String, usize>,
    /// The operation that is being compared.
    operation: Option<String>,
    side: Side,
}

impl Report {
    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// Counts the following differences to an operation: `/v1/Users GET`.
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

    /// Notes a problem that is not one value against another.
    pub(super) fn add(&mut self, kind: Kind, ours: &Spot<'_>, theirs: &Spot<'_>, note: String) {
        self.push(kind, "", ours, theirs, Some(note));
    }

    fn push(&mut self, kind: Kind, label: &str, ours: &Spot<'_>, theirs: &Spot<'_>, note: Option<String>) {
        let finding = Finding {
            kind,
            ours: ours.place.clone(),
            theirs: theirs.place.clone(),
            label: label.to_owned(),
            ours_value: ours.value.cloned(),
            theirs_value: theirs.value.cloned(),
            note,
            side: self.side,
            operations: BTreeSet::from_iter(self.operation.clone()),
        };
        let key = fact(&finding);
        match self.known.get(&key) {
            Some(&known) => self.findings[known].operations.extend(finding.operations),
            None => {
                self.known.insert(key, self.findings.len());
                self.findings.push(finding);
            }
        }
    }
}

/// The identity of a fact. The documentation may state it at several places, but it is edited once.
fn fact(finding: &Finding) -> String {
    let Finding { kind, ours, label, ours_value, theirs_value, note, .. } = finding;
    let value = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let parts = [&format!("{kind:?}"), &ours.file, &ours.full_pointer(), label, &value(ours_value), &value(theirs_value)];
    let mut key = parts.map(String::as_str).join("\n");
    key.extend(note.as_deref());
    key
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
