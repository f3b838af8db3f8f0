//! A Markdown page as headings, paragraphs, lists and tables. Code between fences is none of these.

use crate::drift::count;

/// A part of a page, with the headings above it, the nearest last.
pub(super) struct Block<'t> {
    pub headings: Vec<&'t str>,
    pub line: usize,
    pub content: Content<'t>,
}

pub(super) enum Content<'t> {
    /// A paragraph, its lines joined.
    Text(String),
    /// A list, and the paragraph above it.
    List {
        intro: String,
        items: Vec<&'t str>,
    },
    Table(Table<'t>),
}

/// A table as the page has it: nothing is added to a row that is too short.
pub(super) struct Table<'t> {
    pub line: usize,
    pub header: Vec<String>,
    /// The line of each row, and its cells.
    pub rows: Vec<(usize, Vec<String>)>,
    /// The line below the header.
    ruler: &'t str,
}

impl Table<'_> {
    /// What keeps it from being read.
    pub(super) fn check(&self) -> Result<(), String> {
        let ruler = (self.line + 1, cells(self.ruler));
        let wanted = self.header.len();
        if let Some((line, cells)) = std::iter::once(&ruler).chain(&self.rows).find(|(_, row)| row.len() != wanted) {
            let (cells, columns) = (count(cells.len(), "cell"), count(wanted, "column"));
            return Err(format!("line {line}: {cells} in a table of {columns}"));
        }
        match self.rows.is_empty() {
            true => Err(format!("line {}: the table has no rows", self.line)),
            false => Ok(()),
        }
    }
}

pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut headings: Vec<(usize, &str)> = Vec::new();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        let start = i;
        if let Some((level, heading)) = heading(lines[i]) {
            headings.retain(|(above, _)| *above < level);
            headings.push((level, heading));
            i += 1;
            continue;
        }
        let content = if let Some(fence) = fence(lines[i]) {
            i += 1;
            while i < lines.len() && !lines[i].trim_start().starts_with(fence) {
                i += 1;
            }
            i += 1;
            continue;
        } else if is_table(&lines[i..]) {
            i += 2;
            while i < lines.len() && lines[i].contains('|') && heading(lines[i]).is_none() {
                i += 1;
            }
            let rows = lines[start + 2..i].iter().enumerate().map(|(row, line)| (start + row + 3, cells(line)));
            Content::Table(Table {
                line: start + 1,
                header: cells(lines[start]),
                rows: rows.collect(),
                ruler: lines[start + 1],
            })
        } else if item(lines[i]).is_some() {
            let mut items = Vec::new();
            while let Some(item) = lines.get(i).and_then(|line| item(line)) {
                items.push(item);
                i += 1;
            }
            let intro = match blocks.last() {
                Some(Block { content: Content::Text(text), .. }) => text.clone(),
                _ => String::new(),
            };
            Content::List { intro, items }
        } else {
            i += 1;
            if lines[start].is_empty() {
                continue;
            }
            while i < lines.len() && is_text(&lines[i..]) {
                i += 1;
            }
            Content::Text(lines[start..i].join(" "))
        };
        let headings = headings.iter().map(|(_, heading)| *heading).collect();
        blocks.push(Block { headings, line: start + 1, content });
    }
    blocks
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    let is_heading = (1..=6).contains(&level) && (text.is_empty() || text.starts_with(' '));
    is_heading.then_some((level, text.trim_end_matches('#').trim()))
}

fn fence(line: &str) -> Option<&'static str> {
    ["```", "~~~"].into_iter().find(|fence| line.trim_start().starts_with(fence))
}

fn item(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = (digits.len() < line.len()).then(|| digits.strip_prefix(". ")).flatten();
    ["* ", "- ", "+ "].iter().find_map(|mark| line.strip_prefix(mark)).or(numbered).map(str::trim)
}

fn is_text(lines: &[&str]) -> bool {
    let line = lines[0];
    !line.is_empty() && heading(line).is_none() && fence(line).is_none() && item(line).is_none() && !is_table(lines)
}

/// Whether a header and the line below it begin here.
fn is_table(lines: &[&str]) -> bool {
    let [header, ruler, ..] = lines else { return false };
    let is_ruler = ruler.contains('-') && ruler.contains('|') && ruler.chars().all(|c| "|-: ".contains(c));
    header.contains('|') && is_ruler
}

/// The cells of a row. A bar that belongs to the text has a backslash before it.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let row = row.strip_suffix('|').filter(|rest| !rest.ends_with('\\')).unwrap_or(row);
    let mut cells = vec![String::new()];
    let mut chars = row.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(char::is_ascii_punctuation) => {
                cells.last_mut().expect("there is one").extend(chars.next());
            }
            '|' => cells.push(String::new()),
            c => cells.last_mut().expect("there is one").push(c),
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}
