//! The names and strings of a Rust file, without comments, documentation and tests.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The names and strings in the code of a file.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Code {
    pub identifiers: BTreeSet<String>,
    /// The contents of string literals, with escapes verbatim.
    pub strings: BTreeSet<String>,
    /// Modules in files of their own that are compiled for tests only.
    pub test_modules: BTreeSet<String>,
}

impl Code {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// A text that is not Rust.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let tokens: TokenStream = text.parse().map_err(|error| format!("reading the file as Rust: {error}"))?;
        let mut code = Self::default();
        code.walk(tokens);
        Ok(code)
    }

    fn walk(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    // An inner attribute, `#![…]`.
                    tokens.next_if(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '!'));
                    let attribute = tokens.next_if(|token| is_group(token, Delimiter::Bracket));
                    let Some(TokenTree::Group(attribute)) = attribute else { continue };
                    match attribute.stream().to_string().replace(' ', "") {
                        text if text == "cfg(test)" || text.starts_with("cfg(all(test,") => self.skip_item(&mut tokens),
                        // A comment of documentation is an attribute too.
                        text if text.starts_with("doc") => {}
                        _ => self.walk(attribute.stream()),
                    }
                }
                TokenTree::Group(group) => self.walk(group.stream()),
                TokenTree::Ident(name) => _ = self.identifiers.insert(name.to_string()),
                TokenTree::Literal(literal) => self.strings.extend(content(&literal.to_string())),
                TokenTree::Punct(_) => {}
            }
        }
    }

    /// Leaves out an item: all up to a semicolon, or its braces.
    fn skip_item(&mut self, tokens: &mut impl Iterator<Item = TokenTree>) {
        let mut before = Vec::new();
        for token in tokens {
            match &token {
                TokenTree::Punct(punct) if punct.as_char() == ';' => {
                    if let [.., TokenTree::Ident(word), TokenTree::Ident(name)] = before.as_slice()
                        && word == "mod"
                    {
                        self.test_modules.insert(name.to_string());
                    }
                    return;
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
                _ => before.push(token),
            }
        }
    }
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if Group::delimiter(group) == delimiter)
}

/// The content of a string literal, `"…"`, `r#"…"#` or `b"…"`; none of a number or a character.
fn content(literal: &str) -> Option<String> {
    let text = literal.trim_start_matches(['b', 'c', 'r']).trim_matches('#');
    Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> [Vec<String>; 3] {
        let code = Code::read(text).unwrap();
        [code.identifiers, code.strings, code.test_modules].map(|names| names.into_iter().collect())
    }

    #[test]
    fn names_and_strings_are_found_at_any_depth() {
        let text = r##"#[attr(reason = "why")] fn a() { m!(b, ["c", r#"d "e""#], b"f", 'g', 1) }"##;
        let [identifiers, strings, _] = read(text);
        assert_eq!(identifiers, ["a", "attr", "b", "fn", "m", "reason"]);
        assert_eq!(strings, ["c", "d \"e\"", "f", "why"]);
    }

    #[test]
    fn comments_and_documentation_are_left_out() {
        let text = "//! a\n/* b /* c */ */ #![doc = \"d\"]\n/// `e`\n#[doc(alias = \"f\")]\nstruct G; // h\n";
        assert_eq!(read(text), [vec!["G".to_owned(), "struct".to_owned()], vec![], vec![]]);
    }

    #[test]
    fn what_is_compiled_for_tests_only_is_left_out_and_what_follows_it_is_not() {
        let text = "#[cfg(test)] mod a { use b; }\n#[cfg(test)]\n#[allow(x)]\nuse c::{d};\n#[cfg(test)] mod e;\n\
                    #[cfg(test)] impl F { fn g() -> H { \"i\" } }\nmod j { #[cfg(test)] const K: &str = \"l\"; }\n\
                    #[cfg(not(test))] const M: u8 = 1;";
        let [identifiers, strings, test_modules] = read(text);
        let words = ["M", "cfg", "const", "j", "mod", "not", "test", "u8"];
        assert_eq!(identifiers, words);
        assert_eq!((strings, test_modules), (vec![], vec!["e".to_owned()]));
    }

    #[test]
    fn a_text_that_is_not_rust_is_an_error() {
        assert!(Code::read("fn a( {").unwrap_err().starts_with("reading the file as Rust: "));
        assert!(Code::read("\"open").is_err());
    }
}
