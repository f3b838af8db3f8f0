//! Where a value of a fragment is written: behind an alias (`*sid`), that is at the anchor (`&sid`).

use std::{cell::RefCell, collections::BTreeMap};

use codegen::{Sources, token};
use granit_parser::{Event, Parser};

use super::finding::Place;

/// Aliases that one place may pass through. YAML has none that lead round in circles.
const DEEPEST: usize = 16;

/// The aliases of the specification's files. A file is read when a place of it is first looked up.
pub(super) struct Anchors<'a> {
    sources: &'a Sources,
    files: RefCell<BTreeMap<String, BTreeMap<String, String>>>,
}

impl<'a> Anchors<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self { sources, files: RefCell::default() }
    }

    /// The same place as it is written in its file.
    pub(super) fn place(&self, place: Place) -> Place {
        let text = place.file.strip_prefix("spec/").and_then(|name| self.sources.0.get(name));
        let (Some(text), Some(pointer)) = (text, &place.pointer) else { return place };
        let mut files = self.files.borrow_mut();
        let aliases = files.entry(place.file.clone()).or_insert_with(|| aliases(text));
        Place { pointer: Some(written(aliases, pointer)), ..place }
    }
}

fn written(aliases: &BTreeMap<String, String>, pointer: &str) -> String {
    let mut pointer = pointer.to_owned();
    for _ in 0..DEEPEST {
        let ends = pointer.match_indices('/').map(|(end, _)| end).skip(1).chain([pointer.len()]);
        let Some((end, anchor)) = ends.into_iter().find_map(|end| Some((end, aliases.get(&pointer[..end])?))) else {
            break;
        };
        pointer = format!("{anchor}{}", &pointer[end..]);
    }
    pointer
}

/// The JSON pointers of the aliases in a text, each with that of its anchor. The text was read before, so it is in order.
fn aliases(text: &str) -> BTreeMap<String, String> {
    let mut walk = Walk::default();
    for (event, _) in Parser::new_from_str(text).map_while(Result::ok) {
        walk.event(event);
    }
    walk.aliases
}

/// A mapping or list that is being read.
struct Open {
    pointer: String,
    /// The key of a mapping whose value comes next; `None` if a key comes next.
    key: Option<String>,
    /// Items of a list so far; `None` in a mapping.
    items: Option<usize>,
}

#[derive(Default)]
struct Walk {
    open: Vec<Open>,
    /// Pointers of anchors by the parser's number.
    anchors: BTreeMap<usize, String>,
    aliases: BTreeMap<String, String>,
}

impl Walk {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Scalar(text, _, anchor, _) => {
                self.value(Some(&text), anchor);
            }
            Event::Alias(anchor) => {
                if let (Some(pointer), Some(target)) = (self.value(None, 0), self.anchors.get(&anchor)) {
                    self.aliases.insert(pointer, target.clone());
                }
            }
            Event::MappingStart(_, anchor, _) => {
                let pointer = self.value(None, anchor).unwrap_or_default();
                self.open.push(Open { pointer, key: None, items: None });
            }
            Event::SequenceStart(_, anchor, _) => {
                let pointer = self.value(None, anchor).unwrap_or_default();
                self.open.push(Open { pointer, key: None, items: Some(0) });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// The pointer of the value that begins here; `None` for a key.
    fn value(&mut self, text: Option<&str>, anchor: usize) -> Option<String> {
        let pointer = match self.open.last_mut() {
            None => String::new(),
            Some(Open { pointer, items: Some(number), .. }) => {
                *number += 1;
                format!("{pointer}/{}", *number - 1)
            }
            Some(Open { pointer, key, .. }) => match key.take() {
                Some(key) => format!("{pointer}/{}", token(&key)),
                None => {
                    *key = Some(text.unwrap_or_default().to_owned());
                    return None;
                }
            },
        };
        if anchor != 0 {
            self.anchors.insert(anchor, pointer.clone());
        }
        Some(pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::{aliases, written};

    const TEXT: &str = "\
get:
  - &sid # the item
    name: Sid
    schema: &schema { type: string }
  - name: x/y
    'a/b': *schema
post: [*sid, { list: [1, *schema] }]
";

    #[test]
    fn a_pointer_behind_an_alias_leads_to_the_anchor() {
        let aliases = aliases(TEXT);
        for (pointer, expected) in [
            ("/post/0/name", "/get/0/name"),
            ("/post/0/schema/type", "/get/0/schema/type"),
            ("/post/1/list/1/type", "/get/0/schema/type"),
            ("/get/1/a~1b", "/get/0/schema"),
            ("/post/0", "/get/0"),
            ("/get/0/name", "/get/0/name"),
            ("/post/1/list/0", "/post/1/list/0"),
            ("/post", "/post"),
            ("", ""),
        ] {
            assert_eq!(written(&aliases, pointer), expected);
        }
    }

    #[test]
    fn an_alias_in_front_of_a_colon_is_a_key_and_counts_for_nothing() {
        let aliases = aliases("a: &key name\n*key : &value { b: 1 }\nc: *value\n");
        assert_eq!(aliases.len(), 1);
        assert_eq!(aliases.keys().next().map(String::as_str), Some("/c"));
    }

    #[test]
    fn a_text_that_ends_in_the_middle_of_a_list_has_the_aliases_before() {
        assert_eq!(written(&aliases("a: &a [1]\nb: *a\nc: ["), "/b/0"), "/a/0");
    }
}
