//! Reads the blocks of a page in their order.

use super::{
    Event, Guide, Listing, answers,
    blocks::{Block, Content, Table, blocks},
    columns::{Column, columns, event_cells, phase_of, says_answer, says_common},
    event_names,
    fields::{self, Base, Field, Shorthand},
};

pub(super) fn read(text: &str) -> Result<Guide, String> {
    let blocks = blocks(text);
    let mut reader = Reader { guide: Guide::default(), shorthand: shorthand(&blocks) };
    for block in &blocks {
        match &block.content {
            Content::Text(text) => reader.common_in(text, block.line)?,
            Content::List { intro, items } => answers::in_list(&mut reader.guide, intro, items, block.line)?,
            Content::Table(table) => reader.table(&block.headings, table)?,
        }
    }
    Ok(reader.guide)
}

/// `**Dates** = DateCreated, DateUpdated; **Bind** = …`
fn shorthand(blocks: &[Block<'_>]) -> Shorthand {
    let mut shorthand = Shorthand::new();
    for block in blocks {
        let Content::Text(text) = &block.content else { continue };
        for definition in fields::split(text, ';') {
            let Some((name, list)) = definition.split_once("** = ") else { continue };
            let (_, name) = name.rsplit_once("**").unwrap_or_default();
            // Other things are defined in this way too. A name that is used all the same is no field that we know.
            if let Ok(fields) = fields::items(list, block.line, &Shorthand::new()) {
                shorthand.insert(name.to_owned(), fields);
            }
        }
    }
    shorthand
}

struct Reader {
    guide: Guide,
    shorthand: Shorthand,
}

impl Reader {
    fn table(&mut self, headings: &[&str], table: &Table<'_>) -> Result<(), String> {
        let columns = columns(table);
        let has = |wanted: Column| columns.contains(&wanted);
        let about = headings.iter().rposition(|heading| !event_names(heading).is_empty());
        let in_events_columns = |(_, cells): &(usize, Vec<String>)| {
            cells.iter().zip(&columns).any(|(cell, column)| column.names_events() && !event_names(cell).is_empty())
        };
        let names_events = table.rows.iter().any(in_events_columns);
        let could_name = columns.iter().any(|column| column.names_events()) && (table.rows.is_empty() || names_events);
        if could_name && has(Column::Answer) {
            table.check()?;
            answers::in_table(&mut self.guide, &columns, table)
        } else if could_name && has(Column::Fields) {
            table.check()?;
            self.lists(&columns, table)
        } else if could_name && (names_events || has(Column::Pre) && has(Column::Post)) {
            table.check()?;
            self.names(&columns, table);
            Ok(())
        } else if let Some(about) = about {
            table.check()?;
            self.own_fields(headings[about], &headings[..about], &headings[about..], &columns, table)
        } else {
            self.other(headings, &columns, table)
        }
    }

    /// Events in columns of pre- and post-events.
    fn names(&mut self, columns: &[Column], table: &Table<'_>) {
        let has_phases = columns.iter().any(|column| matches!(column, Column::Pre | Column::Post));
        if has_phases {
            self.guide.phases_line.get_or_insert(table.line);
        }
        for (line, cells) in &table.rows {
            let object = cells.iter().zip(columns).find(|(_, column)| **column == Column::Object).map(|(cell, _)| cell);
            for (cell, column) in cells.iter().zip(columns) {
                for name in event_names(cell).into_iter().filter(|_| column.names_events()) {
                    let event = self.event(name, *line, phase(*column));
                    event.is_named |= has_phases;
                    event.objects.extend(object.filter(|object| !object.is_empty()).map(|o| (*line, o.clone())));
                }
            }
        }
    }

    /// An event for each row, and its fields in one cell.
    fn lists(&mut self, columns: &[Column], table: &Table<'_>) -> Result<(), String> {
        let mut above: Option<Vec<Field>> = None;
        let field_column = columns.iter().position(|column| *column == Column::Fields).unwrap_or_default();
        // Where no field has the mark, the page does not use it.
        let is_marked = table.rows.iter().any(|(_, cells)| cells[field_column].contains('?'));
        for (line, cells) in &table.rows {
            let line = *line;
            let list = fields::list(&cells[field_column], line, &self.shorthand)?;
            let mut fields = match list.base {
                None => Vec::new(),
                Some(Base::RowAbove) => above.ok_or_else(|| format!("line {line}: there is no row above"))?,
                Some(Base::Event(name)) => {
                    let known = self.guide.events.get(&name).and_then(|event| event.fields.as_ref());
                    known.ok_or_else(|| format!("line {line}: the fields of {name} are not above"))?.fields.clone()
                }
            };
            for Field { name, .. } in &list.without {
                let place = fields.iter().position(|field| field.name == *name);
                fields.remove(place.ok_or_else(|| format!("line {line}: there is no {name} to be replaced"))?);
            }
            fields.extend(list.fields);
            fields.iter_mut().for_each(|field| field.line = line);
            if is_marked {
                fields.iter_mut().for_each(|field| _ = field.optional.get_or_insert(false));
            }
            let events = event_cells(columns, cells);
            if events.is_empty() {
                return Err(format!("line {line}: expected the name of an event, found {:?}", cells[0]));
            }
            for (name, column) in events {
                self.event(name, line, phase(column));
                self.set_fields(name, line, fields.clone())?;
            }
            above = Some(fields);
        }
        Ok(())
    }

    /// The fields of the events that a heading names; below a heading about answers, those that an answer may set.
    fn own_fields(
        &mut self,
        heading: &str,
        above: &[&str],
        below: &[&str],
        columns: &[Column],
        table: &Table<'_>,
    ) -> Result<(), String> {
        let fields = fields::rows(columns, table, &self.shorthand)?;
        if below.iter().any(|heading| says_answer(heading)) {
            let fields = fields.into_iter().map(|field| field.name).collect();
            return answers::set(&mut self.guide, &event_names(heading), table.line, &fields);
        }
        for name in event_names(heading) {
            self.event(name, table.line, above.iter().rev().find_map(|heading| phase_of(heading)));
            self.set_fields(name, table.line, fields.clone())?;
        }
        Ok(())
    }

    /// A table that says nothing of one event; it may be about all.
    fn other(&mut self, headings: &[&str], columns: &[Column], table: &Table<'_>) -> Result<(), String> {
        let has_name = |(_, cells): &(usize, Vec<String>)| cells[0].replace(['`', '*'], "") == "EventType";
        let is_common = headings.last().is_some_and(|heading| says_common(heading)) || table.rows.iter().any(has_name);
        if columns[0] == Column::Fields && is_common {
            table.check()?;
            let fields = fields::rows(columns, table, &self.shorthand)?;
            return self.set_common(table.line, fields);
        }
        for (line, cells) in &table.rows {
            cells.iter().try_for_each(|cell| self.common_in(cell, *line))?;
        }
        Ok(())
    }

    /// `Common fields: AccountSid, ClientIdentity?`, in a cell or a sentence.
    fn common_in(&mut self, text: &str, line: usize) -> Result<(), String> {
        let Some(list) = text.strip_prefix("Common fields: ") else { return Ok(()) };
        let mut fields = fields::items(list.trim_end_matches('.'), line, &self.shorthand)?;
        if list.contains('?') {
            fields.iter_mut().for_each(|field| _ = field.optional.get_or_insert(false));
        }
        self.set_common(line, fields)
    }

    fn event(&mut self, name: &str, line: usize, phase: Option<&'static str>) -> &mut Event {
        let event = self.guide.event(name, line);
        event.phases.extend(phase.map(|phase| (line, phase)));
        event
    }

    fn set_fields(&mut self, name: &str, line: usize, fields: Vec<Field>) -> Result<(), String> {
        Listing::add(&mut self.event(name, line, None).fields, name, line, fields)
    }

    fn set_common(&mut self, line: usize, fields: Vec<Field>) -> Result<(), String> {
        Listing::add(&mut self.guide.common, "every event", line, fields)
    }
}

impl Listing {
    /// A page may list the fields of an event twice, here with types and there without, if they are the same.
    fn add(place: &mut Option<Self>, whose: &str, line: usize, fields: Vec<Field>) -> Result<(), String> {
        let names = fields::names(&fields)?;
        match place {
            Some(first) if fields::names(&first.fields[..first.length])? == names => first.fields.extend(fields),
            Some(first) => return Err(format!("line {line}: {whose} has other fields than on line {}", first.line)),
            None => *place = Some(Self { line, length: fields.len(), fields }),
        }
        Ok(())
    }
}

fn phase(column: Column) -> Option<&'static str> {
    match column {
        Column::Pre => Some("pre"),
        Column::Post => Some("post"),
        _ => None,
    }
}
