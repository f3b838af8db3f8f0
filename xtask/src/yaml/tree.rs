//! A YAML text as nodes that know their bytes, with anchors and aliases not expanded.

use std::{collections::BTreeMap, ops::Range};

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, options};

/// Number of a node in its tree.
pub(super) type Id = usize;

/// The nodes of a text that has one document.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Bytes of the comments, in their order.
    comments: Vec<Range<usize>>,
}

/// A value and where it is written.
#[derive(Debug)]
pub(super) struct Node {
    pub kind: Kind,
    /// First byte with the anchor or tag in front of the value.
    pub start: usize,
    /// Bytes of the value. The end of a block scalar is that of its last line that is not blank.
    pub span: Range<usize>,
    /// Whether an anchor or a tag is in front of the value.
    pub has_properties: bool,
}

#[derive(Debug)]
pub(super) enum Kind {
    Scalar { style: ScalarStyle, text: String },
    Mapping { flow: bool, entries: Vec<(Id, Id)> },
    Sequence { flow: bool, items: Vec<Id> },
    Alias(Id),
}

impl Kind {
    /// Whether it is a collection in brackets.
    pub(super) fn is_flow(&self) -> bool {
        matches!(self, Self::Mapping { flow: true, .. } | Self::Sequence { flow: true, .. })
    }
}

/// A value that a pointer leads to, and the collection that it is in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Found {
    /// The value itself: where the pointer ends at an alias, the node that the alias stands for.
    pub node: Id,
    /// The collection and the number of the entry or item in it; none for the root.
    pub within: Option<(Id, usize)>,
}

impl Tree {
    /// # Errors
    ///
    /// The parser's message, if the text is not one YAML document.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut builder = Builder { text, ..Builder::default() };
        for next in Parser::new_from_str_with_options(text, options! { emit_anchor_events: true }) {
            let (event, span) = next.map_err(|error| format!("malformed YAML: {error}"))?;
            let range = span.byte_range().ok_or("malformed YAML: a value without a place")?;
            builder.event(event, range, span.tag_start().and_then(|mark| mark.byte_offset()))?;
        }
        if builder.documents != 1 || builder.nodes.is_empty() {
            return Err(format!("expected one YAML document, found {}", builder.documents));
        }
        builder.measure(0, None);
        Ok(Self { nodes: builder.nodes, comments: builder.comments })
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The value at a JSON pointer, through aliases.
    pub(super) fn find(&self, pointer: &str) -> Option<Found> {
        let mut found = Found { node: 0, within: None };
        if pointer.is_empty() {
            return Some(found);
        }
        for token in pointer.strip_prefix('/')?.split('/') {
            let name = codegen::untoken(token);
            let (number, child) = match &self.node(found.node).kind {
                Kind::Mapping { entries, .. } => {
                    let number = entries.iter().position(|(key, _)| self.text(*key) == Some(&name))?;
                    (number, entries[number].1)
                }
                Kind::Sequence { items, .. } => {
                    let number = name.parse::<usize>().ok()?;
                    (number, *items.get(number)?)
                }
                Kind::Scalar { .. } | Kind::Alias(_) => return None,
            };
            found = Found { node: self.resolve(child), within: Some((found.node, number)) };
        }
        Some(found)
    }

    /// The JSON pointer of the place where a node is written, which passes no alias.
    pub(super) fn written(&self, wanted: Id) -> Option<String> {
        self.written_below(0, String::new(), wanted)
    }

    fn written_below(&self, id: Id, pointer: String, wanted: Id) -> Option<String> {
        if id == wanted {
            return Some(pointer);
        }
        let step = |name: &str, child| self.written_below(child, format!("{pointer}/{}", codegen::token(name)), wanted);
        match &self.node(id).kind {
            Kind::Mapping { entries, .. } => {
                entries.iter().find_map(|(key, value)| step(self.text(*key).unwrap_or_default(), *value))
            }
            Kind::Sequence { items, .. } => {
                items.iter().enumerate().find_map(|(number, item)| step(&number.to_string(), *item))
            }
            Kind::Scalar { .. } | Kind::Alias(_) => None,
        }
    }

    /// The node itself, or the one that an alias stands for.
    pub(super) fn resolve(&self, id: Id) -> Id {
        match self.node(id).kind {
            Kind::Alias(target) => target,
            _ => id,
        }
    }

    /// The key that a value is written behind.
    pub(super) fn key_of(&self, value: Id) -> Option<Id> {
        let entries = self.nodes.iter().filter_map(|node| match &node.kind {
            Kind::Mapping { entries, .. } => Some(entries),
            _ => None,
        });
        entries.flatten().find(|(_, written)| *written == value).map(|(key, _)| *key)
    }

    pub(super) fn text(&self, id: Id) -> Option<&str> {
        match &self.node(self.resolve(id)).kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Every JSON pointer that leads to a node: more than one if aliases stand for it or for what it is in. The parser
    /// that reads the values limits what aliases may expand to, so these are limited as well.
    pub(super) fn pointers_to(&self, wanted: Id) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(0, &mut String::new(), &mut |id, pointer| {
            if id == wanted {
                found.push(pointer.to_owned());
            }
        });
        found
    }

    fn walk(&self, id: Id, pointer: &mut String, visit: &mut impl FnMut(Id, &str)) {
        let id = self.resolve(id);
        visit(id, pointer);
        let mut step = |name: &str, child| {
            let length = pointer.len();
            pointer.push('/');
            pointer.push_str(&codegen::token(name));
            self.walk(child, pointer, visit);
            pointer.truncate(length);
        };
        match &self.node(id).kind {
            Kind::Mapping { entries, .. } => {
                entries.iter().for_each(|(key, value)| step(self.text(*key).unwrap_or_default(), *value));
            }
            Kind::Sequence { items, .. } => {
                items.iter().enumerate().for_each(|(number, item)| step(&number.to_string(), *item));
            }
            Kind::Scalar { .. } | Kind::Alias(_) => {}
        }
    }

    /// Whether a comment begins in a part of the text.
    pub(super) fn has_comment(&self, part: &Range<usize>) -> bool {
        self.comments.iter().any(|comment| part.contains(&comment.start))
    }

    /// Whether a node or one below it has an anchor or tag or is an alias.
    pub(super) fn has_references(&self, id: Id) -> bool {
        let node = self.node(id);
        node.has_properties
            || match &node.kind {
                Kind::Alias(_) => true,
                Kind::Scalar { .. } => false,
                Kind::Mapping { entries, .. } => {
                    entries.iter().any(|(key, value)| self.has_references(*key) || self.has_references(*value))
                }
                Kind::Sequence { items, .. } => items.iter().any(|item| self.has_references(*item)),
            }
    }
}

#[derive(Default)]
struct Builder<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    comments: Vec<Range<usize>>,
    documents: usize,
    /// Collections that have not ended, and the key that waits for its value.
    open: Vec<(Id, Option<Id>)>,
    anchors: BTreeMap<usize, Id>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>, tag: Option<usize>) -> Result<(), String> {
        match event {
            Event::DocumentStart(..) => self.documents += 1,
            Event::Comment(..) => self.comments.push(range),
            Event::Anchor(..) => {
                let node = self.nodes.last_mut().ok_or("malformed YAML: an anchor without a value")?;
                node.start = node.start.min(range.start);
                node.has_properties = true;
            }
            Event::Alias(anchor) => {
                let target = *self.anchors.get(&anchor).ok_or("malformed YAML: an alias without an anchor")?;
                self.add(Kind::Alias(target), range, 0, None);
            }
            Event::UnresolvedAlias(name) => return Err(format!("malformed YAML: the anchor &{name} is missing")),
            Event::Scalar(text, style, anchor, _) => {
                self.add(Kind::Scalar { style, text: text.into_owned() }, range, anchor, tag);
            }
            Event::SequenceStart(style, anchor, _) => {
                let flow = style == StructureStyle::Flow;
                self.open(Kind::Sequence { flow, items: Vec::new() }, range, anchor, tag);
            }
            Event::MappingStart(style, anchor, _) => {
                let flow = style == StructureStyle::Flow;
                self.open(Kind::Mapping { flow, entries: Vec::new() }, range, anchor, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((id, _)) = self.open.pop() {
                    self.nodes[id].span.end = range.end;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, kind: Kind, range: Range<usize>, anchor: usize, tag: Option<usize>) {
        let id = self.add(kind, range, anchor, tag);
        self.open.push((id, None));
    }

    fn add(&mut self, kind: Kind, span: Range<usize>, anchor: usize, tag: Option<usize>) -> Id {
        let id = self.nodes.len();
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        let start = tag.unwrap_or(span.start).min(span.start);
        self.nodes.push(Node { kind, start, span, has_properties: tag.is_some() });
        if let Some((parent, waiting)) = self.open.last_mut() {
            match (&mut self.nodes[*parent].kind, waiting.take()) {
                (Kind::Sequence { items, .. }, _) => items.push(id),
                (Kind::Mapping { entries, .. }, Some(key)) => entries.push((key, id)),
                (_, None) => *waiting = Some(id),
                (_, Some(_)) => {}
            }
        }
        id
    }

    /// The sign and indicators of a block scalar, such as `|-`, whose content begins at a byte. Only blank lines are
    /// between them.
    fn header(&self, content: usize) -> Range<usize> {
        let line_start = self.text[..content].rfind('\n').map_or(0, |newline| newline + 1);
        let before = self.text[..line_start].trim_end();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = &before[line_start..];
        let signs = line.match_indices(['|', '>']).filter_map(|(offset, _)| {
            let rest = line[offset + 1..].trim_start_matches(|c: char| c == '-' || c == '+' || c.is_ascii_digit());
            let is_header =
                rest.trim().is_empty() || rest.trim_start().starts_with('#') && rest.starts_with([' ', '\t']);
            is_header.then(|| line_start + offset..line_start + line.len() - rest.len())
        });
        signs.into_iter().next().unwrap_or(content..content)
    }

    /// Sets the ends of what has no mark at its end: block collections end with their last value, a block scalar with
    /// its last line that is not blank, a value that is left out with what is in front of it.
    fn measure(&mut self, id: Id, key: Option<Id>) {
        let (start, end) = (self.nodes[id].span.start, self.nodes[id].span.end);
        let (children, flow) = match &self.nodes[id].kind {
            Kind::Mapping { flow, entries } => {
                (entries.iter().map(|(key, value)| (Some(*key), *value)).collect::<Vec<_>>(), *flow)
            }
            Kind::Sequence { flow, items } => (items.iter().map(|item| (None, *item)).collect(), *flow),
            Kind::Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. } => {
                let header = self.header(start);
                let content = start + self.text[start..end].trim_end().len();
                let node = &mut self.nodes[id];
                node.span = header.start..if content > start { content } else { header.end };
                node.start = node.start.min(header.start);
                return;
            }
            Kind::Scalar { style: ScalarStyle::Plain, text } if text.is_empty() || start == end => {
                if let Some(key) = key {
                    let after = self.nodes[key].span.end;
                    let colon = self.text[after..].find(':').map_or(after, |offset| after + offset + 1);
                    let node = &mut self.nodes[id];
                    let end = if node.has_properties { node.span.end.max(colon) } else { colon };
                    node.span = end..end;
                }
                return;
            }
            Kind::Scalar { .. } | Kind::Alias(_) => return,
        };
        for (key, child) in &children {
            self.measure(*child, *key);
        }
        let first = children.first().map(|(key, child)| self.nodes[key.unwrap_or(*child)].start);
        let last = children.last().map(|(_, child)| self.nodes[*child].span.end);
        if let (false, Some(first), Some(last)) = (flow, first, last) {
            let node = &mut self.nodes[id];
            node.span = first..last;
            node.start = node.start.min(first);
        }
    }
}
