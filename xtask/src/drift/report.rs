//! Differences, one line each: our place, what stands there, what the documentation has, and where.

use serde_json::Value;

/// Longest rendering of a value in a line.
const LONGEST: usize = 100;

/// A place on one side, and what stands there, if anything does.
pub(super) struct Spot<'a> {
    pub place: String,
    pub value: Option<&'a Value>,
}

/// The differences found so far, in the order of finding.
#[derive(Default)]
pub(super) struct Report(Vec<String>);

impl Report {
    pub(super) fn lines(&self) -> &[String] {
        &self.0
    }

    /// Notes that two facts are not the same. `what` names the fact where its place does not.
    pub(super) fn differ(&mut self, what: &str, ours: &Spot<'_>, theirs: &Spot<'_>) {
        let shown = |spot: &Spot<'_>| spot.value.map_or_else(|| "nothing".to_owned(), shorten);
        let label = if what.is_empty() { String::new() } else { format!("{what}: ") };
        self.add(format!("{}: {label}{} here, {} at {}", ours.place, shown(ours), shown(theirs), theirs.place));
    }

    /// Notes a problem that is not one fact against another. A schema that two operations share is noted once.
    pub(super) fn add(&mut self, line: String) {
        if !self.0.contains(&line) {
            self.0.push(line);
        }
    }
}

fn shorten(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
