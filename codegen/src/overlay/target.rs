//! The target of an action: a JSONPath each of whose listed names must match something.

use serde_json::Value;
use serde_json_path::JsonPath;

pub(super) struct Target<'t> {
    text: &'t str,
    path: JsonPath,
    /// A path for each name in a list `['a', 'b']` of the target: the same path with that name alone.
    alone: Vec<(String, JsonPath)>,
}

impl<'t> Target<'t> {
    /// # Errors
    ///
    /// What is wrong with the JSONPath.
    pub(super) fn parse(text: &'t str) -> Result<Self, String> {
        let parse = |text: &str| JsonPath::parse(text).map_err(|error| format!("not a JSONPath: {error}"));
        let path = parse(text)?;
        let mut alone = Vec::new();
        for List { start, end, names } in lists(text) {
            for name in names {
                let one = format!("{}{name}{}", &text[..start], &text[end..]);
                alone.push((name, parse(&one)?));
            }
        }
        Ok(Self { text, path, alone })
    }

    /// JSON pointers of the values that match.
    ///
    /// # Errors
    ///
    /// A target that matches nothing, as a whole or with one of its names.
    pub(super) fn places(&self, root: &Value) -> Result<Vec<String>, String> {
        let places: Vec<_> =
            self.path.query_located(root).locations().map(|location| location.to_json_pointer()).collect();
        if places.is_empty() {
            return Err(format!("{} matches nothing", self.text));
        }
        match self.alone.iter().find(|(_, path)| path.query(root).is_empty()) {
            Some((name, _)) => Err(format!("{name} matches nothing; expected the name of something in the document")),
            None => Ok(places),
        }
    }
}

/// A list of more than one name between brackets.
struct List {
    /// After the opening bracket.
    start: usize,
    /// The closing bracket.
    end: usize,
    /// With their quotes.
    names: Vec<String>,
}

/// The lists of names in a JSONPath. Other selectors, such as filters, are skipped with what they hold.
fn lists(text: &str) -> Vec<List> {
    let mut lists = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    let mut quote: Option<(char, usize)> = None;
    let mut names: Vec<String> = Vec::new();
    let mut is_list = false;
    let mut is_escaped = false;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some((open, from)), _) => {
                if c == open {
                    names.push(text[from..=i].to_owned());
                    quote = None;
                }
            }
            (None, '\'' | '"') => quote = Some((c, i)),
            (None, '[') => {
                depth += 1;
                (start, is_list) = (i + 1, depth == 1);
                names.clear();
            }
            (None, ']') => {
                depth = depth.saturating_sub(1);
                if is_list && names.len() > 1 {
                    lists.push(List { start, end: i, names: names.clone() });
                }
                is_list = false;
            }
            (None, ',') => {}
            (None, c) if c.is_whitespace() => {}
            // A filter, an index or a wildcard.
            (None, _) => is_list = false,
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(text: &str) -> Vec<Vec<String>> {
        lists(text).into_iter().map(|list| list.names).collect()
    }

    #[test]
    fn lists_of_names_are_found() {
        assert_eq!(names("$.a['b', \"c\"].d[ 'e','f' ]"), [vec!["'b'", "\"c\""], vec!["'e'", "'f'"]]);
        assert_eq!(names(r"$['it\'s, ]', 'b']"), [vec![r"'it\'s, ]'", "'b'"]]);
    }

    #[test]
    fn other_selectors_are_no_lists_of_names() {
        for text in ["$.a['b'].c", "$.a[?@.b == 'c' && @.d == 'e'].f", "$.a[0, 1]", "$.a.*", "$.a['b', *]"] {
            assert_eq!(names(text), <Vec<Vec<String>>>::new(), "{text}");
        }
    }

    #[test]
    fn each_name_must_match_in_its_place() {
        let root = json!({ "a": { "b": { "x": 1 }, "c": { "y": 2 } } });
        let places = |text| Target::parse(text).unwrap().places(&root);
        assert_eq!(places("$.a['b','c']").unwrap(), ["/a/b", "/a/c"]);
        assert_eq!(
            places("$.a['b','c'].x").unwrap_err(),
            "'c' matches nothing; expected the name of something in the document"
        );
        assert_eq!(
            places("$.a['b','d']").unwrap_err(),
            "'d' matches nothing; expected the name of something in the document"
        );
        assert_eq!(places("$.a.d").unwrap_err(), "$.a.d matches nothing");
    }
}
