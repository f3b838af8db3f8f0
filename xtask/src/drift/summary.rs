//! The gains and losses of the crate's users if the fragments follow the documentation, for a changelog.

use std::collections::BTreeSet;

use codegen::token;
use serde_json::Value;

use super::{
    finding::{Change, Finding, Kind, Side},
    subject::Vocabulary,
};

/// The lines by section, each once and in the order of the alphabet.
#[derive(Default)]
struct Summary {
    added: BTreeSet<String>,
    changed: BTreeSet<String>,
    removed: BTreeSet<String>,
}

/// The summary; no line without a difference that users notice.
pub(super) fn lines(findings: &[Finding], words: &Vocabulary<'_>) -> Vec<String> {
    let mut summary = Summary::default();
    let of_kind = |kind| findings.iter().filter(move |finding| finding.kind == kind);
    let properties: BTreeSet<String> = of_kind(Kind::Property).map(property).collect();
    let required: BTreeSet<String> = of_kind(Kind::Required).map(property).collect();
    for finding in findings.iter().filter(|finding| !words.is_hidden(finding)) {
        // Whether a property is required is part of its own line if it is new or removed.
        let property = property(finding);
        if finding.kind != Kind::Required || !properties.contains(&property) {
            summary.add(finding, words, required.contains(&property));
        }
    }
    let Summary { added, changed, removed } = summary;
    let mut lines = Vec::new();
    for (heading, entries) in [("added", added), ("changed", changed), ("removed", removed)] {
        if !entries.is_empty() {
            lines.push(format!("{heading}:"));
            lines.extend(entries.into_iter().map(|entry| format!("  {entry}")));
        }
    }
    lines
}

/// The schema and the name of a property, whether the difference is among the properties or in `required`.
fn property(finding: &Finding) -> String {
    let pointer = finding.ours.full_pointer();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    let schema = parent.strip_suffix("/properties").or_else(|| parent.strip_suffix("/required")).unwrap_or(parent);
    let name = finding.required_name().map_or_else(|| name.to_owned(), token);
    format!("{}#{schema}/{name}", finding.ours.file)
}

impl Summary {
    fn add(&mut self, finding: &Finding, words: &Vocabulary<'_>, is_required: bool) {
        let is_request = finding.side == Side::Request;
        let change = finding.change();
        match finding.kind {
            Kind::Operation => {
                for operation in &finding.operations {
                    let (path, method) = operation.rsplit_once(' ').unwrap_or_default();
                    let id = words.operations.get(operation).unwrap_or(operation);
                    self.come_or_go(change, format!("operation {id}: {method} {path}"), false);
                }
            }
            Kind::Parameter if finding.note.is_none() => {
                let parameter = finding.theirs_value.as_ref().or(finding.ours_value.as_ref());
                let member = |name| parameter.and_then(|parameter| parameter.get(name));
                let is_required = member("required") == Some(&Value::Bool(true));
                let line =
                    format!("{}: {} ({})", words.operations_of(finding), finding.label, words.words(member("schema")));
                self.come_or_go(change, required_too(line, is_required), is_required);
            }
            Kind::Property => {
                let value = finding.theirs_value.as_ref().or(finding.ours_value.as_ref());
                let line = format!("{} ({})", words.subject_of(finding), words.words(value));
                self.come_or_go(change, required_too(line, is_required), is_required && is_request);
            }
            Kind::EnumValue => {
                let value = finding.theirs_value.as_ref().or(finding.ours_value.as_ref());
                self.come_or_go(change, format!("{}: value {}", words.subject_of(finding), words.words(value)), false);
            }
            Kind::Event => {
                let event = finding.theirs_value.as_ref().or(finding.ours_value.as_ref());
                self.come_or_go(change, format!("event {}", words.words(event)), false);
            }
            Kind::Field if change != Change::Changed => {
                let field = finding.theirs_value.as_ref().or(finding.ours_value.as_ref());
                let subject = words.subject_of(finding);
                let subject = subject.split(": ").next().unwrap_or_default();
                self.come_or_go(change, format!("{subject}: field {}", words.words(field)), false);
            }
            Kind::EventsInDescription => self.events(finding, words),
            // The documentation's samples, and what only concerns the specification.
            Kind::Sample | Kind::Parameter | Kind::Field => {}
            _ => self.change(finding, words, is_request),
        }
    }

    /// Something that is on one side only. `is_breaking` is about its addition; every removal breaks callers.
    fn come_or_go(&mut self, change: Change, line: String, is_breaking: bool) {
        match change {
            Change::Removed => self.removed.insert(breaking(line, true)),
            Change::Added | Change::Changed => self.added.insert(breaking(line, is_breaking)),
        };
    }

    /// Another value of something that both sides have.
    fn change(&mut self, finding: &Finding, words: &Vocabulary<'_>, is_request: bool) {
        let subject = words.subject_of(finding);
        let pointer = finding.ours.full_pointer();
        let keyword = pointer.rsplit('/').next().unwrap_or_default();
        let (ours, theirs) = (finding.ours_value.as_ref(), finding.theirs_value.as_ref());
        let is_true = |value: Option<&Value>| value.is_some_and(|value| *value != Value::Bool(false));
        let (line, is_breaking) = match finding.kind {
            Kind::Required => {
                let subject = if keyword == "required" && pointer.contains("/requestBody/required") {
                    format!("{subject}: body")
                } else {
                    subject
                };
                let becomes = if is_true(theirs) { "required" } else { "optional" };
                // A required field or parameter is an argument of its method, an optional one a setter.
                (format!("{subject} becomes {becomes}"), is_request)
            }
            Kind::Nullability if is_true(theirs) => (format!("{subject} may be null"), false),
            Kind::Nullability => (format!("{subject} is never null"), false),
            Kind::Other if !finding.label.is_empty() || finding.note.is_some() => return,
            kind => {
                let keyword = if keyword == "$ref" { "type" } else { keyword };
                let line = format!("{subject}: {keyword} {} → {}", words.words(ours), words.words(theirs));
                (line, changes_type(kind, keyword, ours, theirs))
            }
        };
        self.changed.insert(breaking(line, is_breaking));
    }

    /// Events that a description lists or no longer lists. One that the specification does not have is new.
    fn events(&mut self, finding: &Finding, words: &Vocabulary<'_>) {
        let names = |value: &Option<Value>| -> Vec<String> {
            let names = value.as_ref().and_then(Value::as_array).into_iter().flatten();
            names.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let subject = words.subject_of(finding);
        for event in names(&finding.theirs_value) {
            match words.events.contains(&event) {
                true => self.changed.insert(format!("{subject}: takes the event {event}")),
                false => self.added.insert(format!("event {event}")),
            };
        }
        for event in names(&finding.ours_value) {
            self.changed.insert(format!("{subject}: no longer takes the event {event}"));
        }
    }
}

/// Whether a change makes another Rust type, or another name, of what callers use.
fn changes_type(kind: Kind, keyword: &str, ours: Option<&Value>, theirs: Option<&Value>) -> bool {
    const FORMATS: [&str; 7] = ["date-time", "day-end", "day-start", "duration", "int32", "uint32", "uri-map"];
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let (ours, theirs) = (text(ours), text(theirs));
    match kind {
        Kind::Type | Kind::Mounting => true,
        Kind::Format => [ours, theirs].iter().any(|format| FORMATS.contains(&format.as_str())),
        // A SID has the type of its prefix, and another string is none.
        Kind::Pattern => sid_prefix(&ours) != sid_prefix(&theirs),
        _ => matches!(keyword, "operationId" | "phase"),
    }
}

fn sid_prefix(pattern: &str) -> Option<&str> {
    pattern.strip_prefix('^')?.strip_suffix("[0-9a-fA-F]{32}$")
}

fn required_too(line: String, is_required: bool) -> String {
    match line.strip_suffix(')') {
        Some(start) if is_required => format!("{start}, required)"),
        _ => line,
    }
}

fn breaking(line: String, is_breaking: bool) -> String {
    if is_breaking { format!("{line} (breaking)") } else { line }
}
