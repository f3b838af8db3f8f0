//! A list of fields in a cell: `ConversationSid, Index (int), Media?`.

use std::collections::{BTreeMap, BTreeSet};

use super::{blocks::Table, columns::Column, event_names, kind::Kind};

/// What a page says of a field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::drift) struct Field {
    pub name: String,
    /// Line of the page.
    pub line: usize,
    /// Whether it may be absent, if the page says.
    pub optional: Option<bool>,
    pub kind: Option<Kind>,
}

/// Names that stand for several fields: `**Dates** = DateCreated, DateUpdated`.
pub(super) type Shorthand = BTreeMap<String, Vec<Field>>;

/// A list that may begin with that of another event: `the row above + DateRemoved`.
#[derive(Default)]
pub(super) struct List {
    pub base: Option<Base>,
    /// Fields of the other list that are not in this one.
    pub without: Vec<Field>,
    pub fields: Vec<Field>,
}

pub(super) enum Base {
    RowAbove,
    Event(String),
}

/// Reads a cell.
///
/// # Errors
///
/// What is no list of fields, since a field that goes unseen would not be missed.
pub(super) fn list(text: &str, line: usize, shorthand: &Shorthand) -> Result<List, String> {
    let text = text.replace('`', "");
    let mut clauses = split(&text, ';').into_iter();
    let own = clauses.next().unwrap_or_default();
    for remark in clauses {
        // What was only seen is not what the page documents.
        let names_field = remark.split_whitespace().any(|word| looks_like_field(word.trim_matches(['(', ')', ','])));
        if names_field && !remark.split_whitespace().any(|word| word == "seen") {
            return Err(format!("line {line}: cannot tell what {remark:?} says about the fields before it"));
        }
    }
    let mut list = List::default();
    let rest = if let Some(rest) = own.strip_prefix("the row above") {
        list.base = Some(Base::RowAbove);
        rest
    } else if let Some(name) = event_names(own).into_iter().next().filter(|name| own.starts_with(name)) {
        let rest = &own[name.len()..];
        list.base = Some(Base::Event(name.to_owned()));
        rest
    } else {
        list.fields = items(own, line, shorthand)?;
        return Ok(list);
    };
    let rest = rest.trim();
    if let Some(more) = rest.strip_prefix('+') {
        list.fields = items(more, line, shorthand)?;
    } else if let Some((new, old)) = rest.strip_prefix("with ").and_then(|rest| rest.split_once(" in place of ")) {
        list.fields = items(new, line, shorthand)?;
        list.without = items(old, line, shorthand)?;
    } else if !rest.is_empty() {
        return Err(format!("line {line}: cannot read {rest:?} after another list of fields"));
    }
    Ok(list)
}

/// Names of fields with a comma between two of them.
pub(super) fn items(text: &str, line: usize, shorthand: &Shorthand) -> Result<Vec<Field>, String> {
    let mut fields = Vec::new();
    for item in split(text, ',') {
        let (name, note) = match item.split_once('(') {
            Some((name, note)) => (name, note.trim().strip_suffix(')')),
            None => (item, Some("")),
        };
        let name = name.replace(['`', '*'], "");
        let (name, absent) = match name.trim().strip_suffix('?') {
            Some(name) => (name, true),
            None => (name.trim(), false),
        };
        let Some(note) = note.filter(|_| is_field(name)) else {
            return Err(format!("line {line}: expected the name of a field, found {item:?}"));
        };
        match shorthand.get(name) {
            Some(several) if !absent && note.is_empty() => {
                fields.extend(several.iter().map(|field| Field { line, ..field.clone() }));
            }
            Some(_) => return Err(format!("line {line}: {name} stands for several fields, and {item:?} says more")),
            None => {
                let (kind, optional) = read_note(note).ok_or_else(|| format!("line {line}: cannot read {item:?}"))?;
                let optional = if absent { Some(true) } else { optional };
                fields.push(Field { name: name.to_owned(), line, optional, kind });
            }
        }
    }
    Ok(fields)
}

/// What stands in parentheses behind a name: its type, its values, or what the event does not have.
fn read_note(note: &str) -> Option<(Option<Kind>, Option<bool>)> {
    if note.is_empty() || note.starts_with("no ") {
        return Some((None, None));
    }
    let (kind, optional) = Kind::read(note);
    if kind.unknown().is_none() {
        return Some((Some(kind).filter(|kind| !kind.says_nothing()), optional));
    }
    let is_value = |value: &str| !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || c == '_');
    let values = note.contains(',') && note.split(',').all(|value| is_value(value.trim().trim_matches('`')));
    values.then(|| (Some(Kind::of_values(note)), None))
}

/// `MessagingBinding.Address`.
fn is_field(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
}

/// A word that is hardly one of a sentence.
fn looks_like_field(word: &str) -> bool {
    let name = word.trim_end_matches('?');
    is_field(name) && (name != word || name.chars().skip(1).any(|c| c.is_ascii_uppercase() || c == '.'))
}

/// The parts between separators that are not in parentheses, and not blank.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (i, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            c if c == separator && depth <= 0 => {
                parts.push(&text[start..i]);
                start = i + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// A field for each row, or several that have the same type.
pub(super) fn rows(columns: &[Column], table: &Table<'_>, shorthand: &Shorthand) -> Result<Vec<Field>, String> {
    let mut fields = Vec::new();
    for (line, cells) in &table.rows {
        let mut row = items(&cells[0], *line, shorthand)?;
        if row.is_empty() {
            return Err(format!("line {line}: expected the name of a field, found nothing"));
        }
        for (cell, column) in cells.iter().zip(columns).skip(1) {
            let (kind, optional) = match column {
                Column::Type => {
                    let (kind, optional) = Kind::read(cell);
                    (Some(kind).filter(|kind| !kind.says_nothing()), optional)
                }
                Column::Required => (None, yes_or_no(cell, *line)?.map(|required| !required)),
                Column::Optional => (None, yes_or_no(cell, *line)?),
                _ => continue,
            };
            for field in &mut row {
                field.kind = kind.clone().or(field.kind.take());
                field.optional = optional.or(field.optional);
            }
        }
        fields.extend(row);
    }
    Ok(fields)
}

fn yes_or_no(cell: &str, line: usize) -> Result<Option<bool>, String> {
    match cell.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "yes" | "true" | "always" | "required" => Ok(Some(true)),
        "no" | "false" | "optional" => Ok(Some(false)),
        _ => Err(format!("line {line}: expected yes or no, found {cell:?}")),
    }
}

/// The names of a list. One that is there twice is an error.
pub(super) fn names(fields: &[Field]) -> Result<BTreeSet<&str>, String> {
    let mut lines = BTreeMap::new();
    for Field { name, line, .. } in fields {
        if let Some(first) = lines.insert(name.as_str(), line) {
            return Err(format!("line {line}: the field {name} is on line {first} already"));
        }
    }
    Ok(lines.into_keys().collect())
}
