//! One edit, on the text and on the value.

use std::ops::Range;

use serde_json::{Value, json};

use super::{
    render::{self, Lists, Quotes, WIDTH},
    tree::{Found, Id, Kind, Node, Tree},
};
use granit_parser::ScalarStyle;

/// A change of a YAML text. Pointers are JSON pointers (RFC 6901).
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// Gives the member or item at `pointer` another value. It exists before.
    Replace { pointer: String, value: Value, lists: Lists },
    /// Adds a member to the mapping at `pointer`: before the first of the keys in `before` that it has, or at its end.
    Insert { pointer: String, key: String, value: Value, before: Vec<String>, lists: Lists },
    /// Adds an item at the end of the list at `pointer`.
    Append { pointer: String, value: Value, lists: Lists },
    /// Removes the member or item at `pointer`, which is not the only one.
    Remove { pointer: String },
}

impl Edit {
    fn pointer(&self) -> &str {
        match self {
            Self::Replace { pointer, .. }
            | Self::Insert { pointer, .. }
            | Self::Append { pointer, .. }
            | Self::Remove { pointer } => pointer,
        }
    }
}

/// The value with the edit made at each place where aliases repeat it.
pub(super) fn change_value(tree: &Tree, value: &Value, edit: &Edit) -> Result<Value, String> {
    let found = find(tree, edit.pointer())?;
    let mut changed = value.clone();
    let collection = match edit {
        Edit::Remove { .. } => found.within.ok_or("the whole document cannot be removed")?.0,
        _ => found.node,
    };
    for place in tree.pointers_to(collection) {
        let target = changed.pointer_mut(&place).ok_or("a value that two parsers read differently")?;
        match (edit, target) {
            (Edit::Replace { value, .. }, target) => *target = value.clone(),
            (Edit::Insert { key, value, .. }, Value::Object(members)) if !members.contains_key(key) => {
                members.insert(key.clone(), value.clone());
            }
            (Edit::Insert { key, .. }, Value::Object(_)) => return Err(format!("there is a member {key} already")),
            (Edit::Insert { .. }, _) => return Err("expected a mapping".to_owned()),
            (Edit::Append { value, .. }, Value::Array(items)) => items.push(value.clone()),
            (Edit::Append { .. }, _) => return Err("expected a list".to_owned()),
            (Edit::Remove { .. }, Value::Object(members)) => {
                members.shift_remove(&last_token(edit.pointer()));
            }
            (Edit::Remove { .. }, Value::Array(items)) => {
                let number = found.within.map_or(0, |(_, number)| number);
                items.remove(number);
            }
            (Edit::Remove { .. }, _) => return Err("expected a mapping or list".to_owned()),
        }
    }
    Ok(changed)
}

fn last_token(pointer: &str) -> String {
    codegen::untoken(pointer.rsplit('/').next().unwrap_or_default())
}

fn find(tree: &Tree, pointer: &str) -> Result<Found, String> {
    tree.find(pointer).ok_or_else(|| format!("nothing stands at {pointer}"))
}

/// The text with the edit made.
pub(super) fn change_text(tree: &Tree, text: &str, edit: &Edit) -> Result<String, String> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let editor = Editor { tree, text, newline };
    let found = find(tree, edit.pointer())?;
    let (range, new) = match edit {
        Edit::Replace { value, lists, .. } => editor.replace(found, value, *lists)?,
        Edit::Insert { key, value, before, lists, .. } => editor.insert(found, (key, value), before, *lists)?,
        Edit::Append { value, lists, .. } => editor.append(found, value, *lists)?,
        Edit::Remove { .. } => (editor.remove(found)?, String::new()),
    };
    Ok(format!("{}{new}{}", &text[..range.start], &text[range.end..]))
}

/// Bytes to be replaced, and by what.
type Splice = (Range<usize>, String);

struct Editor<'t> {
    tree: &'t Tree,
    text: &'t str,
    newline: &'static str,
}

impl Editor<'_> {
    fn node(&self, id: Id) -> &Node {
        self.tree.node(id)
    }

    /// Number of characters in front of a byte on its line.
    fn column(&self, byte: usize) -> usize {
        self.text[self.line_start(byte)..byte].chars().count()
    }

    fn line_start(&self, byte: usize) -> usize {
        self.text[..byte].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The byte after the newline of the line that `byte` is on.
    fn line_end(&self, byte: usize) -> usize {
        self.text[byte..].find('\n').map_or(self.text.len(), |newline| byte + newline + 1)
    }

    /// Whether only spaces stand in front of a byte on its line.
    fn is_first(&self, byte: usize) -> bool {
        self.text[self.line_start(byte)..byte].trim().is_empty()
    }

    fn is_in_flow(&self, byte: usize) -> bool {
        let mut flows = (0..self.tree.len()).map(|id| self.node(id)).filter(|node| node.kind.is_flow());
        flows.any(|node| node.span.start < byte && byte < node.span.end)
    }

    fn replace(&self, found: Found, value: &Value, lists: Lists) -> Result<Splice, String> {
        let node = self.node(found.node);
        let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
        if let Kind::Scalar { style, .. } = &node.kind
            && is_scalar(value)
            && !node.span.is_empty()
        {
            if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) && self.is_kept(&node.span) {
                return Err("the newlines at the end of the block scalar count".to_owned());
            }
            let written = match (value, style) {
                (Value::String(text), ScalarStyle::SingleQuoted) => render::string(text, Quotes::Single),
                (Value::String(text), ScalarStyle::DoubleQuoted) => render::string(text, Quotes::Double),
                (value, _) if self.is_in_flow(node.span.start) => render::flow(value),
                (value, _) => render::scalar(value),
            };
            return Ok((node.span.clone(), written));
        }
        if self.tree.has_references(found.node) {
            return Err("an anchor, alias or tag is in it".to_owned());
        }
        if self.tree.has_comment(&node.span) {
            return Err("a comment is in it".to_owned());
        }
        if self.is_in_flow(node.span.start) {
            return Ok((node.span.clone(), render::flow(value)));
        }
        let Some((collection, number)) = found.within else {
            return Err("the whole document cannot be replaced".to_owned());
        };
        let Kind::Mapping { entries, .. } = &self.node(collection).kind else {
            return Err("an item of a list cannot become another kind of value".to_owned());
        };
        let key = self.node(entries[number].0);
        let after = key.span.end + self.text[key.span.end..].find(':').map_or(0, |colon| colon + 1);
        let indent = self.column(key.start);
        let used = self.text[key.start..after].chars().count();
        Ok((after..node.span.end.max(after), render::after_colon(value, indent, used, lists, self.newline)))
    }

    /// Whether a block scalar is written with `|+`.
    fn is_kept(&self, span: &Range<usize>) -> bool {
        self.text[span.clone()].lines().next().is_some_and(|header| header.contains('+'))
    }

    fn insert(&self, found: Found, member: (&str, &Value), before: &[String], lists: Lists) -> Result<Splice, String> {
        let ((key, value), id) = (member, found.node);
        let Kind::Mapping { flow, entries } = &self.node(id).kind else { return Err("expected a mapping".to_owned()) };
        if entries.is_empty() && !self.is_in_flow(self.node(id).span.start) {
            return self.replace(found, &json!({ key: value }), lists);
        }
        let is_wanted =
            |(name, _): &(Id, Id)| self.tree.text(*name).is_some_and(|name| before.iter().any(|wanted| wanted == name));
        let place = entries.iter().position(is_wanted).unwrap_or(entries.len());
        if *flow {
            return Ok(self.insert_flow(id, &format!("{}: {}", render::flow(&key.into()), render::flow(value)), place));
        }
        let Some((first, _)) = entries.first() else { return Err("an empty mapping".to_owned()) };
        let first = self.node(*first).start;
        let indent = self.column(first);
        let entry = render::entry(key, value, indent, lists, self.newline);
        let pad = " ".repeat(indent);
        if place == 0 {
            return Ok((first..first, format!("{entry}{}{pad}", self.newline)));
        }
        Ok(self.insert_line(self.node(entries[place - 1].1).span.end, &format!("{pad}{entry}")))
    }

    /// Puts lines below the line of a byte.
    fn insert_line(&self, byte: usize, lines: &str) -> Splice {
        let end = self.line_end(byte);
        if self.text[..end].ends_with('\n') {
            (end..end, format!("{lines}{}", self.newline))
        } else {
            (end..end, format!("{}{lines}", self.newline))
        }
    }

    /// Puts an item in front of the item with a number, or at the end.
    fn insert_flow(&self, id: Id, item: &str, place: usize) -> Splice {
        let (starts, ends) = self.children(id);
        let span = &self.node(id).span;
        match (starts.get(place), ends.last()) {
            (Some(start), _) => (*start..*start, format!("{item}, ")),
            (None, Some(last)) => {
                // A comma may stand behind the last item.
                let comma = self.text[*last..span.end].find(',').filter(|comma| {
                    let part = *last..*last + comma;
                    !self.tree.has_comment(&part) && self.text[part].trim().is_empty()
                });
                match comma {
                    Some(comma) => (last + comma + 1..last + comma + 1, format!(" {item}")),
                    None => (*last..*last, format!(", {item}")),
                }
            }
            (None, None) => {
                let brackets = &self.text[span.start..=span.start];
                let (open, close) = if brackets == "{" { ("{ ", " }") } else { ("[", "]") };
                (span.clone(), format!("{open}{item}{close}"))
            }
        }
    }

    /// First and last bytes of the items or entries of a collection.
    fn children(&self, id: Id) -> (Vec<usize>, Vec<usize>) {
        match &self.node(id).kind {
            Kind::Mapping { entries, .. } => {
                entries.iter().map(|(key, value)| (self.node(*key).start, self.node(*value).span.end)).unzip()
            }
            Kind::Sequence { items, .. } => {
                items.iter().map(|item| (self.node(*item).start, self.node(*item).span.end)).unzip()
            }
            Kind::Scalar { .. } | Kind::Alias(_) => (Vec::new(), Vec::new()),
        }
    }

    fn append(&self, found: Found, value: &Value, lists: Lists) -> Result<Splice, String> {
        let Kind::Sequence { flow, items } = &self.node(found.node).kind else {
            return Err("expected a list".to_owned());
        };
        if items.is_empty() && !self.is_in_flow(self.node(found.node).span.start) {
            return self.replace(found, &json!([value]), lists);
        }
        if *flow {
            let (range, new) = self.insert_flow(found.node, &render::flow(value), items.len());
            let line = &self.text[self.line_start(range.start)..self.line_end(range.start)];
            if line.trim_end().chars().count() + new.chars().count() - range.len() > WIDTH
                && let Some(splice) = self.broken(found, value)
            {
                return Ok(splice);
            }
            return Ok((range, new));
        }
        let Some(last) = items.last() else { return Err("an empty list".to_owned()) };
        let indent = self.column(self.dash(*last)?);
        let item = render::item_of(value, indent, lists, self.newline);
        Ok(self.insert_line(self.node(*last).span.end, &format!("{}{item}", " ".repeat(indent))))
    }

    /// The dash of an item.
    fn dash(&self, item: Id) -> Result<usize, String> {
        let before = self.text[..self.node(item).start].trim_end();
        before.strip_suffix('-').map(str::len).ok_or_else(|| "an item without a dash".to_owned())
    }

    /// A list in brackets that is the value of a key, as a line for each item and one for a new item.
    fn broken(&self, found: Found, value: &Value) -> Option<Splice> {
        let key = self.tree.key_of(found.node)?;
        let span = &self.node(found.node).span;
        let (starts, ends) = self.children(found.node);
        let is_plain = !self.text[span.clone()].contains('\n') && !self.is_in_flow(span.start);
        if !is_plain || starts.is_empty() {
            return None;
        }
        let pad = format!("{}{}- ", self.newline, " ".repeat(self.column(self.node(key).start) + 2));
        let items = starts.iter().zip(&ends).map(|(start, end)| &self.text[*start..*end]);
        let mut lines: String = items.map(|item| format!("{pad}{item}")).collect();
        lines.push_str(&pad);
        lines.push_str(&render::scalar(value));
        let before = self.text[..span.start].trim_end_matches(' ').len();
        Some((before..span.end, lines))
    }

    fn remove(&self, found: Found) -> Result<Range<usize>, String> {
        let Some((collection, number)) = found.within else {
            return Err("the whole document cannot be removed".to_owned());
        };
        let (starts, ends) = self.children(collection);
        if starts.len() < 2 {
            return Err("it is the only one of its collection".to_owned());
        }
        let (start, end) = (starts[number], ends[number]);
        let part = match &self.node(collection).kind {
            kind if kind.is_flow() => match starts.get(number + 1) {
                Some(next) => start..*next,
                None => ends[number - 1]..end,
            },
            Kind::Sequence { items, .. } => self.lines(self.dash(items[number])?, end)?,
            // The first member of an item stands behind the dash.
            _ if number == 0 && !self.is_first(start) => start..starts[1],
            _ => self.lines(start, end)?,
        };
        let above = self.text[..self.line_start(start)].lines().next_back().unwrap_or_default();
        if self.tree.has_comment(&part) || above.trim_start().starts_with('#') {
            return Err("a comment belongs to it".to_owned());
        }
        Ok(part)
    }

    /// The whole lines from one byte to another.
    fn lines(&self, start: usize, end: usize) -> Result<Range<usize>, String> {
        if !self.is_first(start) {
            return Err("something else is on its line".to_owned());
        }
        Ok(self.line_start(start)..self.line_end(end))
    }
}
