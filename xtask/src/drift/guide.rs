//! The vendor's guide to webhooks, saved as Markdown. It states facts in four forms:
//!
//! - a table `Pre-Action | Post-Action`, in each cell an event or `N/A`;
//! - a table `Parameter Name | Type` below a heading that is the name of an event: the fields of that event. The section
//!   that the heading is in begins with `Pre-action` or `Post Action`;
//! - the same table below another heading, once: the fields of every event;
//! - a sentence below the heading of an event: `… may modify the Body and Author parameters by a JSON reply …`.
//!
//! Columns after these are prose, as are paragraphs that are not about one event. Everything else is an error.

mod kind;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use kind::Kind;

use super::{
    names::{event_names, is_event_name},
    report::count,
};

/// The facts of a guide. Lines are those of the file, from 1.
#[derive(Default)]
pub(super) struct Guide {
    pub events: BTreeMap<String, Event>,
    /// Fields that every event has.
    pub common: Option<Listing>,
    /// Line of the table of events.
    pub names_line: Option<usize>,
}

/// The facts about one event.
pub(super) struct Event {
    /// Line of its first mention.
    pub line: usize,
    /// Whether it is in the table of events.
    pub is_named: bool,
    /// `pre` or `post`, once for each place that says so.
    pub phases: Vec<(usize, &'static str)>,
    pub fields: Option<Listing>,
    pub answer: Option<Answer>,
}

/// A table of fields.
pub(super) struct Listing {
    pub line: usize,
    pub fields: Vec<Field>,
}

/// A row of such a table.
pub(super) struct Field {
    pub name: String,
    pub line: usize,
    pub kind: Kind,
}

/// The fields that a response may set, such as `FriendlyName`.
pub(super) struct Answer {
    pub line: usize,
    pub fields: BTreeSet<String>,
}

impl Guide {
    /// Reads a file; `None` if it has no table of events.
    ///
    /// # Errors
    ///
    /// The line of a heading, table or sentence in another form.
    pub(super) fn read(text: &str) -> Result<Option<Self>, String> {
        let names_events = |line: &str| line.starts_with('|') && is_names_header(&cells(line));
        if !text.lines().any(names_events) {
            return Ok(None);
        }
        let mut reader = Reader::default();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let mut next = 0;
        while next < lines.len() {
            let start = next;
            let kind = LineKind::of(lines[start]);
            next += 1;
            while matches!(kind, LineKind::Table | LineKind::Words)
                && lines.get(next).is_some_and(|line| LineKind::of(line) == kind)
            {
                next += 1;
            }
            match kind {
                LineKind::Blank => {}
                LineKind::Heading => reader.heading(lines[start], start + 1)?,
                LineKind::Table => reader.table(&lines[start..next], start + 1)?,
                LineKind::Words => reader.words(&lines[start..next].join(" "), start + 1)?,
            }
        }
        Ok(Some(reader.guide))
    }

    fn event(&mut self, name: &str, line: usize) -> &mut Event {
        let new = || Event { line, is_named: false, phases: Vec::new(), fields: None, answer: None };
        self.events.entry(name.to_owned()).or_insert_with(new)
    }
}

impl Event {
    /// The fields that a response may set, if it can: it has no effect on what happened before.
    pub(super) fn settable(&self) -> BTreeSet<&str> {
        let is_pre = self.phases.iter().any(|(_, phase)| *phase == "pre");
        self.answer.iter().filter(|_| is_pre).flat_map(|answer| &answer.fields).map(String::as_str).collect()
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum LineKind {
    Blank,
    Heading,
    Table,
    Words,
}

impl LineKind {
    fn of(line: &str) -> Self {
        match line.chars().next() {
            None => Self::Blank,
            Some('#') => Self::Heading,
            Some('|') => Self::Table,
            Some(_) => Self::Words,
        }
    }
}

#[derive(Default)]
struct Reader {
    guide: Guide,
    /// What the current section is about, `pre` or `post`.
    phase: Option<&'static str>,
    /// The event of the current heading.
    event: Option<String>,
}

impl Reader {
    fn heading(&mut self, heading: &str, line: usize) -> Result<(), String> {
        let text = heading.trim_matches('#').trim();
        self.event = None;
        if is_event_name(text) {
            let phase = self.phase.ok_or_else(|| {
                format!("line {line}: {text} is below no heading that begins with Pre-action or Post Action")
            })?;
            let event = self.guide.event(text, line);
            event.phases.push((line, phase));
            self.event = Some(text.to_owned());
        } else if !event_names(text).is_empty() {
            return Err(format!("line {line}: expected the name of one event, found {text:?}"));
        } else {
            self.phase = phase_of(text);
        }
        Ok(())
    }

    fn table(&mut self, lines: &[&str], line: usize) -> Result<(), String> {
        let header = cells(lines[0]);
        let rows: Vec<_> = lines.iter().enumerate().skip(1).map(|(i, row)| (line + i, cells(row))).collect();
        if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() != header.len()) {
            let (cells, columns) = (count(row.len(), "cell"), count(header.len(), "column"));
            return Err(format!("line {line}: {cells} in a table of {columns}"));
        }
        let is_ruler = |row: &[String]| {
            row.iter().all(|cell| cell.contains("--") && cell.trim_matches(':').chars().all(|c| c == '-'))
        };
        let rows = match rows.as_slice() {
            [(_, ruler), rows @ ..] if is_ruler(ruler) && !rows.is_empty() => rows,
            _ => return Err(format!("line {line}: a table without rows")),
        };
        if is_names_header(&header) {
            self.names(rows, line)
        } else if header.len() > 1 && is(&header[0], "Parameter Name") && is(&header[1], "Type") {
            self.fields(rows, line)
        } else {
            Err(format!("line {line}: expected the columns Parameter Name and Type, found {}", header.join(", ")))
        }
    }

    fn names(&mut self, rows: &[(usize, Vec<String>)], line: usize) -> Result<(), String> {
        if let Some(first) = self.guide.names_line.replace(line) {
            return Err(format!("line {line}: the events are on line {first} already"));
        }
        for (line, cells) in rows {
            for (cell, phase) in cells.iter().zip(["pre", "post"]) {
                if is(cell, "N/A") {
                    continue;
                }
                if !is_event_name(cell) {
                    return Err(format!("line {line}: expected the name of an event or N/A, found {cell:?}"));
                }
                let event = self.guide.event(cell, *line);
                event.phases.push((*line, phase));
                event.is_named = true;
            }
        }
        Ok(())
    }

    fn fields(&mut self, rows: &[(usize, Vec<String>)], line: usize) -> Result<(), String> {
        let mut fields: Vec<Field> = Vec::new();
        for (line, cells) in rows {
            let name = cells[0].clone();
            if !is_field_name(&name) {
                return Err(format!("line {line}: expected the name of a field, found {name:?}"));
            }
            if let Some(first) = fields.iter().find(|field| field.name == name) {
                return Err(format!("line {line}: the field {name} is on line {} already", first.line));
            }
            fields.push(Field { name, line: *line, kind: Kind::read(&cells[1]) });
        }
        let (whose, place) = match &self.event {
            Some(name) => (name.as_str(), &mut self.guide.event(name, line).fields),
            None => ("every event", &mut self.guide.common),
        };
        match place.replace(Listing { line, fields }) {
            Some(first) => Err(format!("line {line}: the fields of {whose} are on line {} already", first.line)),
            None => Ok(()),
        }
    }

    fn words(&mut self, text: &str, line: usize) -> Result<(), String> {
        let Some(name) = &self.event else {
            return match event_names(text).is_empty() && !text.contains("modify") && !text.starts_with("```") {
                true => Ok(()),
                false => Err(format!("line {line}: cannot read a statement about events that is below none: {text:?}")),
            };
        };
        let fields =
            modifiable(text).ok_or_else(|| format!("line {line}: cannot read a statement about {name}: {text:?}"))?;
        match self.guide.event(name, line).answer.replace(Answer { line, fields }) {
            Some(first) => {
                Err(format!("line {line}: what a response to {name} may set is on line {} already", first.line))
            }
            None => Ok(()),
        }
    }
}

/// The fields of `… may modify the Body and Author parameters by a JSON reply to this webhook.`
fn modifiable(sentence: &str) -> Option<BTreeSet<String>> {
    let (_, rest) = sentence.split_once("may modify the ")?;
    let list = rest.strip_suffix(" by a JSON reply to this webhook.")?;
    let list = [" parameters", " parameter", " of this conversation"].iter().find_map(|end| list.strip_suffix(end))?;
    let names = list.split(" and ").flat_map(|part| part.split(", ")).map(str::to_owned);
    names.map(|name| is_field_name(&name).then_some(name)).collect()
}

/// `Pre-action Webhooks Request Parameters` or `Post Action Webhooks request parameters`.
fn phase_of(heading: &str) -> Option<&'static str> {
    let heading = heading.to_ascii_lowercase().replace(['-', ' '], "");
    [("preaction", "pre"), ("postaction", "post")]
        .into_iter()
        .find(|(word, _)| heading.starts_with(word))
        .map(|(_, phase)| phase)
}

fn is_names_header(header: &[String]) -> bool {
    header.len() > 1 && is(&header[0], "Pre-Action") && is(&header[1], "Post-Action")
}

fn is(cell: &str, wanted: &str) -> bool {
    cell.eq_ignore_ascii_case(wanted)
}

fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|');
    let row = row.strip_suffix('|').unwrap_or(row);
    row.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// `MessagingBinding.Address`.
fn is_field_name(name: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    name.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::modifiable;

    #[test]
    fn a_sentence_names_the_fields_that_a_response_may_set() {
        let fields = |list: &str| modifiable(&format!("You may modify the {list} by a JSON reply to this webhook."));
        assert_eq!(fields("Body, Author and Attributes parameters").expect("it is read").len(), 3);
        assert!(fields("FriendlyName of this conversation").expect("it is read").contains("FriendlyName"));
        for other in ["Body", "Body or Author parameters", "Body and the Author parameters"] {
            assert_eq!(fields(other), None, "{other}");
        }
    }
}
