//! Parses a scenario in YAML. Scalars keep their spelling: `+15551230001` and `007` stay strings.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, options};

use super::node::{DEPTH, Entries, Kind, Node, Problem, VALUES, too_deep, too_many};

/// The values that are being parsed: the document, and the open lists and mappings.
#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    /// Values of anchors, by number, with their numbers of values and levels.
    anchors: HashMap<usize, (Node, usize, usize)>,
    values: usize,
    /// Limit on values.
    limit: usize,
    document: Option<Node>,
}

/// A list or mapping before its end.
struct Open {
    anchor: usize,
    line: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map(Entries, Option<String>),
}

/// Reads one document.
///
/// # Errors
///
/// The line and the problem: malformed YAML, a tag, a key that is repeated or not a scalar, several documents, or too many
/// values or levels, with aliases expanded.
pub(super) fn read(text: &str) -> Result<Node, Problem> {
    read_within(text, VALUES)
}

fn read_within(text: &str, limit: usize) -> Result<Node, Problem> {
    let limits = options! { flow_nesting_limit: DEPTH, block_nesting_limit: DEPTH, emit_comments: false, };
    let mut reader = Reader { limit, ..Reader::default() };
    let mut documents = 0;
    for next in Parser::new_from_str_with_options(text, limits) {
        let (event, span): (Event<'_>, Span) = next.map_err(|error| at(error.marker().line(), error.info()))?;
        let line = span.start.line();
        if let Event::DocumentStart(..) = event {
            documents += 1;
            if documents > 1 {
                return Err(at(line, "a second document begins"));
            }
        }
        reader.take(event, line).map_err(|text| at(line, text))?;
    }
    reader.document.ok_or_else(|| Problem { line: None, path: String::new(), text: "it is empty".to_owned() })
}

fn at(line: usize, text: impl Into<String>) -> Problem {
    Problem { line: Some(line), path: String::new(), text: text.into() }
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        if event.tag().is_some() {
            return Err("tags have no meaning here".to_owned());
        }
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let text = text.into_owned();
                // The core schema of YAML 1.2. Booleans and numbers are distinguished where a type is needed.
                let kind = match (style, text.as_str()) {
                    (ScalarStyle::Plain, "" | "~" | "null" | "Null" | "NULL") => Kind::Null,
                    (ScalarStyle::Plain, "True" | "TRUE") => Kind::Plain("true".to_owned()),
                    (ScalarStyle::Plain, "False" | "FALSE") => Kind::Plain("false".to_owned()),
                    (ScalarStyle::Plain, _) => Kind::Plain(text),
                    _ => Kind::Quoted(text),
                };
                self.count(1)?;
                self.add(Node { kind, line: Some(line) }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(anchor, line, Content::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => self.begin(anchor, line, Content::Map(Entries::default(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let Some((node, values, depth)) = self.anchors.get(&anchor) else {
                    return Err("an alias stands for the value that it is in".to_owned());
                };
                let (node, values, depth) = (node, *values, *depth);
                if self.open.len() + depth > DEPTH {
                    return Err(too_deep());
                }
                let node = node.clone();
                self.count(values)?;
                self.add(Node { line: Some(line), ..node }, 0)
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, more: usize) -> Result<(), String> {
        self.values = self.values.saturating_add(more);
        if self.values > self.limit { Err(too_many(self.limit)) } else { Ok(()) }
    }

    fn begin(&mut self, anchor: usize, line: usize, content: Content) -> Result<(), String> {
        self.count(1)?;
        if self.open.len() == DEPTH {
            return Err(too_deep());
        }
        self.open.push(Open { anchor, line, content });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(Open { anchor, line, content }) = self.open.pop() else { return Ok(()) };
        let kind = match content {
            Content::List(items) => Kind::List(items),
            Content::Map(entries, _) => Kind::Map(entries.entries),
        };
        self.add(Node { kind, line: Some(line) }, anchor)
    }

    /// Adds a complete value to the open list or mapping, or as the document.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if anchor != 0 {
            let (values, depth) = node.size();
            // The copy is kept beside the document, so that it counts too.
            self.count(values)?;
            self.anchors.insert(anchor, (node.clone(), values, depth));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.document = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map(entries, key)) => match key.take() {
                Some(key) => entries.add(key, node)?,
                None => match node.scalar() {
                    Some(text) => *key = Some(text.to_owned()),
                    None => return Err("a key is no string".to_owned()),
                },
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn json(text: &str) -> serde_json::Value {
        read(text).unwrap_or_else(|problem| panic!("{problem}: {text}")).to_json(&|text| text.to_owned())
    }

    #[test]
    fn scalars_keep_their_spelling_and_numbers_are_numbers_in_json_only() {
        let text = "a: +15551230001\nb: 007\nc: 1.10\nd: yes\ne: \"5\"\nf: 5\ng: True\nh:\ni: |\n  two\n  lines\n";
        let node = read(text).unwrap();
        assert_eq!(node.get("c").unwrap().scalar(), Some("1.10"));
        assert_eq!(node.get("i").unwrap().scalar(), Some("two\nlines\n"));
        assert_eq!(node.get("d").unwrap().line, Some(4));
        assert_eq!(
            json(text),
            json!({"a": "+15551230001", "b": "007", "c": 1.10, "d": "yes", "e": "5", "f": 5, "g": true, "h": null,
                   "i": "two\nlines\n"})
        );
    }

    #[test]
    fn lists_mappings_anchors_and_comments_are_read() {
        let text = "# people\nusers: # all\n- &alice {identity: alice, attributes: {a: [1]}}\n- identity: bob\nfirst: *alice\n";
        let alice = json!({"identity": "alice", "attributes": {"a": [1]}});
        assert_eq!(json(text), json!({"users": [alice, {"identity": "bob"}], "first": alice}));
    }

    #[test]
    fn malformed_yaml_is_named_with_its_line() {
        for (text, problem) in [
            ("", "it is empty"),
            ("# nothing\n", "it is empty"),
            ("a: 1\n---\nb: 2\n", "line 2: a second document begins"),
            ("a: 1\na: 2\n", "line 2: the key a is there twice"),
            ("a: !!str 1\n", "line 1: tags have no meaning here"),
            ("? [a]\n: 1\n", "line 1: a key is no string"),
            ("a: &a\n  b: *a\n", "line 2: an alias stands for the value that it is in"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), problem, "{text}");
        }
        for text in ["a: *nothing\n", "a:\n\t- b\n", "a: [1\n", "a: \"x\n", "{a: b}}\n", "a: b: c\n"] {
            let problem = read(text).unwrap_err();
            assert!(problem.line.is_some(), "{problem}: {text}");
        }
    }

    #[test]
    fn yaml_has_limits_in_depth_and_count_and_aliases_count_for_what_they_stand_for() {
        let flow = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(read(&flow(DEPTH)).unwrap().size().1, DEPTH);
        assert!(read(&flow(DEPTH + 1)).is_err());
        let block = |depth: usize| "- ".repeat(depth) + "x";
        assert_eq!(read(&block(DEPTH)).unwrap().size().1, DEPTH);
        assert!(read(&block(DEPTH + 1)).is_err());

        let deep = format!("- &a {}\n- {}*a{}\n", flow(20), "[".repeat(12), "]".repeat(12));
        assert_eq!(read(&deep).unwrap_err().text, too_deep());

        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        assert_eq!(read(&bomb).unwrap_err().text, too_many(VALUES));
        let wide = |count: usize| "- 1\n".repeat(count - 1);
        assert_eq!(read_within(&wide(100), 100).unwrap().size().0, 100);
        assert_eq!(read_within(&wide(101), 100).unwrap_err().text, too_many(100));
    }
}
