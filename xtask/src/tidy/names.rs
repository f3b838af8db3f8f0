//! No hand-written line of the generator, the types, the client, the receiver and the facade names a resource or an
//! event: a new one costs files in `spec/`, and no code. Comments, documentation and tests may name them.
//!
//! The generator and these commands cannot use the types of the API, so there an identifier of one word, such as `Role`,
//! is a name of their own.

use std::collections::{BTreeMap, BTreeSet};

use codegen::{Document, Folders, Sources};

use super::code::Code;

/// The folders whose code is checked. The emulator implements each resource by hand.
const CHECKED: [&str; 6] = [
    "codegen/src/",
    "xtask/src/",
    "crates/types/src/",
    "crates/client/src/",
    "crates/webhook/src/",
    "crates/facade/src/",
];

/// The folders whose code can use the types of the API.
const CRATES: &str = "crates/";

/// This file, whose list of allowed names has them in strings.
const OWN: &str = "xtask/src/tidy/names.rs";

/// A name that a file may use all the same.
struct Allowed {
    file: &'static str,
    name: &'static str,
    /// Read by people only.
    _reason: &'static str,
}

const fn allowed(file: &'static str, name: &'static str, reason: &'static str) -> Allowed {
    Allowed { file, name, _reason: reason }
}

const ALLOWED: &[Allowed] =
    &[allowed("xtask/src/weigh.rs", "/v1/Configuration", "the program on raw reqwest measures one call of the API")];

/// The names that belong to resources and events, each with the file that it comes from.
pub(super) struct Names {
    /// Names in the style of Rust types and operation ids, events, and methods.
    words: BTreeMap<String, String>,
    /// First segments of paths, such as `/v1/Services`.
    paths: BTreeMap<String, String>,
}

impl Names {
    /// Reads the names from the specification and from what is generated.
    ///
    /// # Errors
    ///
    /// As [`codegen::generate`].
    pub(super) fn new(sources: &Sources) -> codegen::Result<Self> {
        let document = codegen::overlaid(sources)?;
        let (mut words, mut paths) = (BTreeMap::new(), BTreeMap::new());
        add_operations(&document, &mut words, &mut paths);
        for (name, _) in document.members("/x-sids") {
            words.insert(name.clone(), document.file_of(&format!("/x-sids/{name}")).to_owned());
        }
        words.retain(|_, file: &mut String| file.starts_with("v1/"));
        add_types(&codegen::generate(sources)?, &mut words);
        for (file, content) in codegen::events(sources)? {
            for name in content["events"].as_object().into_iter().flatten().map(|(name, _)| name) {
                words.insert(name.clone(), file.clone());
                words.insert(name.strip_prefix("on").unwrap_or(name).to_owned(), file.clone());
            }
        }
        Ok(Self { words, paths })
    }

    /// Checks the files of the repository, given by path and content.
    pub(super) fn check(&self, files: &BTreeMap<String, String>) -> Vec<String> {
        let (mut problems, mut found, mut tests) = (Vec::new(), BTreeMap::new(), Vec::new());
        for (path, text) in files.iter().filter(|(path, _)| is_checked(path)) {
            match Code::read(text) {
                Ok(code) => {
                    tests.extend(code.test_modules.iter().map(|module| module_path(path, module)));
                    found.insert(path.as_str(), self.named(&code, path.starts_with(CRATES)));
                }
                Err(error) => problems.push(format!("{path}: {error}")),
            }
        }
        found.retain(|path, _| !tests.iter().any(|test| is_within(path, test)));
        let mut unused: BTreeSet<(&str, &str)> = ALLOWED.iter().map(|allowed| (allowed.file, allowed.name)).collect();
        for (path, names) in found {
            for (name, file) in names {
                if !unused.remove(&(path, name)) {
                    let line = line_of(&files[path], name);
                    problems.push(format!(
                        "{path}: line {line}: names {name} of spec/{file}; let the generator write what depends on a \
                         resource or event, or add the name to ALLOWED in {OWN} with a reason"
                    ));
                }
            }
        }
        let unused = unused.iter().filter(|(file, _)| files.contains_key(*file));
        problems.extend(unused.map(|(file, name)| format!("{file}: ALLOWED has {name}, which is not in the file")));
        problems
    }

    /// The names in a file's code, and where they come from.
    fn named(&self, code: &Code, can_use_types: bool) -> Vec<(&str, &str)> {
        let is_named = |name: &str| {
            let in_string = |text: &String| text == name || (is_distinct(name) && words(text).any(|word| word == name));
            let is_identifier = (can_use_types || is_distinct(name)) && code.identifiers.contains(name);
            is_identifier || code.strings.iter().any(in_string)
        };
        let words = self.words.iter().filter(|(name, _)| is_named(name));
        let has_path = |path: &str| code.strings.iter().any(|text| has_path(text, path));
        let paths = self.paths.iter().filter(|(path, _)| has_path(path));
        words.chain(paths).map(|(name, file)| (name.as_str(), file.as_str())).collect()
    }
}

fn add_operations(document: &Document, words: &mut BTreeMap<String, String>, paths: &mut BTreeMap<String, String>) {
    for (path, item) in document.members("/paths") {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let file = document.file_of(&format!("/paths/{}/{method}", codegen::token(path))).to_owned();
            words.insert(id.to_owned(), file.clone());
            words.insert(codegen::snake(id), file.clone());
            let first: Vec<_> = path.split('/').take(3).collect();
            paths.entry(first.join("/")).or_insert(file);
        }
    }
}

/// The structs and enums of resources. Those that belong to no resource are in `shared.rs`.
fn add_types(folders: &Folders, words: &mut BTreeMap<String, String>) {
    let files = folders["crates/types/src/generated"].iter();
    for (name, text) in files.filter(|(name, _)| name.starts_with("v1/") && *name != "v1/shared.rs") {
        for line in text.lines().map(str::trim_start) {
            let name_of = |word| line.strip_prefix(word)?.strip_suffix(" {");
            if let Some(found) = name_of("pub struct ").or_else(|| name_of("pub enum ")) {
                words.entry(found.to_owned()).or_insert_with(|| name.replace(".rs", ".yaml"));
            }
        }
    }
}

fn is_checked(path: &str) -> bool {
    path.ends_with(".rs")
        && CHECKED.iter().any(|folder| path.starts_with(folder))
        && !path.contains("/src/generated/")
        && path != OWN
}

/// Whether a word is a name wherever it stands: `MessageAdded` and `fetch_role` are, while `Role` may begin a sentence.
fn is_distinct(name: &str) -> bool {
    name.contains('_') || name.chars().filter(|c| c.is_ascii_uppercase()).count() > 1
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// Whether a text has a path of the API that begins so.
fn has_path(text: &str, path: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    text.match_indices(path).any(|(at, _)| ends(&text[at + path.len()..]))
}

/// The path of a module in a file of its own, without the ending.
fn module_path(parent: &str, module: &str) -> String {
    let folder = ["/mod.rs", "/lib.rs", "/main.rs"].into_iter().find_map(|name| parent.strip_suffix(name));
    format!("{}/{module}", folder.unwrap_or_else(|| parent.trim_end_matches(".rs")))
}

/// Whether a file is the module, or one below it.
fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// The first line that has the name and is no comment.
fn line_of(text: &str, name: &str) -> usize {
    let has = |line: &str| words(line).any(|word| word == name) || has_path(line, name);
    let line = text.lines().position(|line| !line.trim_start().starts_with("//") && has(line));
    line.map_or(1, |line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of one resource and one event.
    fn names() -> Names {
        let word = |(name, file): (&str, &str)| (name.to_owned(), file.to_owned());
        let words = [
            ("Rack", "v1/rack.yaml"),
            ("RackSid", "v1/rack.yaml"),
            ("FetchRack", "v1/rack.yaml"),
            ("fetch_rack", "v1/rack.yaml"),
            ("onRackAdded", "events/rack.yaml"),
            ("RackAdded", "events/rack.yaml"),
        ];
        Names { words: words.map(word).into(), paths: [("/v1/Racks", "v1/rack.yaml")].map(word).into() }
    }

    fn problems(path: &str, text: &str) -> Vec<String> {
        names().check(&BTreeMap::from([(path.to_owned(), text.to_owned())]))
    }

    #[test]
    fn each_kind_of_name_is_found_with_its_line_and_its_file() {
        for (code, name, file) in [
            ("fn a(_: RackSid) {}", "RackSid", "v1/rack.yaml"),
            ("fn a(_: Rack) {}", "Rack", "v1/rack.yaml"),
            ("macro_rules! a { () => { Rack } }", "Rack", "v1/rack.yaml"),
            ("const A: &str = \"Rack\";", "Rack", "v1/rack.yaml"),
            ("const A: &str = \"call FetchRack first\";", "FetchRack", "v1/rack.yaml"),
            ("fn a() { b.fetch_rack() }", "fetch_rack", "v1/rack.yaml"),
            ("const A: &str = r#\"https://example.com/v1/Racks/\"#;", "/v1/Racks", "v1/rack.yaml"),
            ("const A: &str = \"on=onRackAdded\";", "onRackAdded", "events/rack.yaml"),
            ("use crate::event::RackAdded;", "RackAdded", "events/rack.yaml"),
        ] {
            let text = format!("//! Of RackSid, Rack, FetchRack, /v1/Racks and onRackAdded.\n{code}\n");
            let problems = problems("crates/types/src/a.rs", &text);
            assert_eq!(problems.len(), 1, "{code}: {problems:?}");
            let expected = format!("crates/types/src/a.rs: line 2: names {name} of spec/{file}; ");
            assert!(problems[0].starts_with(&expected), "{problems:?}");
        }
    }

    #[test]
    fn comments_documentation_tests_and_words_that_only_resemble_a_name_are_no_problem() {
        for code in [
            "/// A [`RackSid`] of `/v1/Racks`.\nfn a() {} // FetchRack\n",
            "#[cfg(test)]\nmod tests {\n    use super::RackSid;\n}\n",
            "const A: &str = \"Rack and pinion\";\n",
            "const A: &str = \"/v1/RacksOfTomorrow\"; struct RackSidOrName; struct Racks;\n",
            "fn rack(onRackAdd: u8) {}\n",
        ] {
            assert_eq!(problems("crates/types/src/a.rs", code), Vec::<String>::new(), "{code}");
        }
    }

    #[test]
    fn generated_files_the_emulator_and_tests_may_name_all() {
        for path in [
            "crates/types/src/generated/a.rs",
            "crates/emulator/src/a.rs",
            "crates/types/tests/it/a.rs",
            "crates/facade/examples/a.rs",
            "crates/facade/README.md",
        ] {
            assert_eq!(problems(path, "use RackSid;\n"), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn one_word_is_a_name_of_the_generator_s_own_unless_it_is_a_whole_string() {
        assert_eq!(problems("codegen/src/a.rs", "enum Rack {}\n"), Vec::<String>::new());
        assert_eq!(problems("codegen/src/a.rs", "enum RackSid {}\n").len(), 1);
        assert_eq!(problems("xtask/src/a.rs", "const A: &str = \"Rack\";\n").len(), 1);
    }

    #[test]
    fn a_file_that_is_compiled_for_tests_only_may_name_all() {
        let files = [
            ("codegen/src/a.rs", "#[cfg(test)]\nmod tests;\nmod code;\n"),
            ("codegen/src/a/tests.rs", "use RackSid;\n"),
            ("codegen/src/a/tests/more.rs", "use RackSid;\n"),
            ("codegen/src/a/code.rs", "use RackSid;\n"),
            ("crates/types/src/lib.rs", "#[cfg(test)]\nmod tests;\n"),
            ("crates/types/src/tests.rs", "use RackSid;\n"),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let problems = names().check(&files.into());
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("codegen/src/a/code.rs: line 1: "), "{problems:?}");
    }

    #[test]
    fn a_file_that_is_not_rust_and_an_allowed_name_that_is_not_used_are_problems() {
        assert!(problems("codegen/src/a.rs", "fn (\n")[0].starts_with("codegen/src/a.rs: reading the file as Rust"));
        let unused = problems(ALLOWED[0].file, "fn main() {}\n");
        assert_eq!(unused, [format!("{}: ALLOWED has {}, which is not in the file", ALLOWED[0].file, ALLOWED[0].name)]);
    }

    #[test]
    fn the_names_are_those_of_the_specification_and_of_its_types() {
        let names = Names::new(&crate::files::sources().unwrap()).unwrap();
        for (name, file) in [
            ("ConversationSid", "v1/conversation.yaml"),
            ("Conversation", "v1/conversation.yaml"),
            ("CreateConversationRequest", "v1/conversation.yaml"),
            ("FetchServiceConversation", "v1/service_conversation.yaml"),
            ("fetch_service_conversation", "v1/service_conversation.yaml"),
            ("onMessageAdded", "events/message.yaml"),
            ("MessageAdded", "events/message.yaml"),
        ] {
            assert_eq!(names.words.get(name).map(String::as_str), Some(file), "{name}");
        }
        for shared in ["AccountSid", "PageMeta", "EventType", "ErrorBody"] {
            assert!(!names.words.contains_key(shared), "{shared} belongs to no resource");
        }
        assert_eq!(names.paths.get("/v1/Credentials").map(String::as_str), Some("v1/credential.yaml"));
    }
}
