//! The fields that the answer to a pre-event may set.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Answer, Answers, Guide,
    blocks::Table,
    columns::{Column, event_cells, says_answer},
    event_names, fields,
};

/// A row for each event, or for several; one may be for all others.
pub(super) fn in_table(guide: &mut Guide, columns: &[Column], table: &Table<'_>) -> Result<(), String> {
    all(guide, table.line);
    for (line, cells) in &table.rows {
        let cell = cells.iter().zip(columns).find(|(_, column)| **column == Column::Answer).map(|(cell, _)| cell);
        let fields = names(cell.map_or("", String::as_str));
        let events: Vec<&str> = event_cells(columns, cells).into_iter().map(|(name, _)| name).collect();
        let is_rest = cells.iter().zip(columns).any(|(cell, column)| {
            column.names_events() && cell.split_whitespace().any(|word| matches!(word, "other" | "others"))
        });
        if !events.is_empty() {
            set(guide, &events, *line, &fields)?;
        } else if is_rest {
            all(guide, *line).others = Some(Answer { line: *line, fields });
        } else {
            return Err(format!("line {line}: expected the name of an event, found {:?}", cells[0]));
        }
    }
    Ok(())
}

/// A sentence that names events and says that their answer may modify what follows, a field for each item.
pub(super) fn in_list(guide: &mut Guide, intro: &str, items: &[&str], line: usize) -> Result<(), String> {
    let events = event_names(intro);
    if events.is_empty() || !says_answer(intro) || !items.iter().all(|item| item.starts_with('`')) {
        return Ok(());
    }
    set(guide, &events, line, &items.iter().flat_map(|item| names(item)).collect())
}

/// Notes what an answer to these events may set.
pub(super) fn set(guide: &mut Guide, events: &[&str], line: usize, fields: &BTreeSet<String>) -> Result<(), String> {
    for name in events {
        guide.event(name, line);
        let answer = Answer { line, fields: fields.clone() };
        if let Some(first) = all(guide, line).by_event.insert((*name).to_owned(), answer)
            && first.fields != *fields
        {
            return Err(format!("line {line}: an answer to {name} sets other fields than on line {}", first.line));
        }
    }
    Ok(())
}

fn all(guide: &mut Guide, line: usize) -> &mut Answers {
    guide.answers.get_or_insert_with(|| Answers { line, by_event: BTreeMap::new(), others: None })
}

/// Names between backticks; without any, the words between commas. `none` is none.
fn names(cell: &str) -> BTreeSet<String> {
    let marked = cell.split('`').skip(1).step_by(2).filter(|name| !name.is_empty());
    let marked: BTreeSet<String> = marked.map(str::to_owned).collect();
    if !marked.is_empty() || cell.to_ascii_lowercase().starts_with("none") {
        return marked;
    }
    let names = fields::split(cell, ',').into_iter().map(|name| name.split('(').next().unwrap_or_default().trim());
    names.filter(|name| name.contains(char::is_alphanumeric)).map(str::to_owned).collect()
}
