//! Columns for a person. The first rows decide the widths, so that a long list is printed as it arrives.

use std::io::Write;

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Row, Table as Comfy, Width, presets::NOTHING};
use serde_json::value::RawValue;

use super::cell;
use crate::{failure::Result, printable::printable};

/// Rows that are kept until they are printed.
const KEPT: usize = 100;

pub(super) struct Table {
    columns: Vec<String>,
    /// Width of the terminal, beyond which cells are cut; `None` cuts nothing.
    width: Option<u16>,
    has_header: bool,
    /// Whether a long cell takes several lines, in place of being cut.
    pub(super) wraps: bool,
    rows: Vec<Vec<String>>,
    /// Set by the first rows.
    widths: Option<Vec<u16>>,
}

impl Table {
    pub(super) fn new(columns: Vec<String>, width: Option<u16>, has_header: bool) -> Self {
        Self { columns, width, has_header, wraps: false, rows: Vec::new(), widths: None }
    }

    pub(super) fn row(&mut self, out: &mut dyn Write, item: &RawValue) -> Result<()> {
        let clean = |cell: &String| printable(&cell.replace(['\n', '\r', '\t'], " ")).into_owned();
        self.rows.push(cell::row(item, &self.columns, ", ")?.iter().map(clean).collect());
        if self.rows.len() >= KEPT { self.flush(out) } else { Ok(()) }
    }

    /// Prints the rows that are kept.
    pub(super) fn flush(&mut self, out: &mut dyn Write) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut table = Comfy::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if let Some(width) = self.width {
            table.set_width(width);
        }
        let is_first = self.widths.is_none();
        if is_first && self.has_header {
            table.set_header(line(self.columns.iter().map(|column| title(column)).collect(), self.wraps));
        }
        for row in self.rows.drain(..) {
            table.add_row(line(row, self.wraps));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let found = table.column_max_content_widths();
        let widths = self.widths.get_or_insert_with(|| fit(found, self.width));
        for (column, width) in table.column_iter_mut().zip(widths.iter()) {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width + 2)));
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn line(cells: Vec<String>, wraps: bool) -> Row {
    let mut row = Row::from(cells.into_iter().map(Cell::new_owned).collect::<Vec<_>>());
    if !wraps {
        row.max_height(1);
    }
    row
}

/// `friendly_name` becomes `FRIENDLY NAME`.
fn title(column: &str) -> String {
    column.replace(['_', '.'], " ").to_uppercase()
}

/// Takes from the columns until all fit into the terminal: from the widest that is not the first, which is the one that
/// people copy, and from the first only where all others are at their least.
fn fit(mut widths: Vec<u16>, terminal: Option<u16>) -> Vec<u16> {
    const LEAST: u16 = 6;
    let Some(terminal) = terminal else { return widths };
    let gaps = 2 * widths.len().saturating_sub(1);
    let mut excess =
        (widths.iter().map(|width| usize::from(*width)).sum::<usize>() + gaps).saturating_sub(terminal.into());
    while excess > 0 {
        let (first, others) = widths.split_first_mut().expect("a table has columns");
        let widest = others.iter_mut().max().filter(|width| **width > LEAST);
        let Some(width) = widest.or(Some(first).filter(|width| **width > LEAST)) else { break };
        *width -= 1;
        excess -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_column_is_cut_last() {
        assert_eq!(fit(vec![34, 34, 7, 20], None), [34, 34, 7, 20]);
        assert_eq!(fit(vec![34, 34, 7, 20], Some(101)), [34, 34, 7, 20]);
        assert_eq!(fit(vec![34, 34, 7, 20], Some(80)), [34, 17, 7, 16]);
        assert_eq!(fit(vec![34, 34, 7, 20], Some(40)), [16, 6, 6, 6]);
        assert_eq!(fit(vec![34, 3], Some(20)), [15, 3]);
        assert_eq!(fit(vec![34, 34], Some(1)), [6, 6]);
    }
}
