//! The table of the types' tests: every generated struct, enum and event by name.

use std::collections::BTreeMap;

use codegen::Folders;

use super::events::Event;

const GENERATED: &str = "crates/types/src/generated";

/// The table as the file `types.rs`.
pub(crate) fn files(folders: &Folders, events: &[Event]) -> BTreeMap<String, String> {
    let line = |name: &String| format!("    {name},\n");
    let list = |word| names(folders, word).iter().map(line).collect::<String>();
    let text = format!(
        "//! Every type by name. Written by `cargo xtask bless`.\n\nuse crate::table::{{enums, events, structs}};\n\n\
         structs! {{\n{}}}\n\nenums! {{\n{}}}\n\nevents! {{\n{}}}\n",
        list("pub struct "),
        list("pub enum "),
        events.iter().map(|event| line(&event.name)).collect::<String>()
    );
    BTreeMap::from([("types.rs".to_owned(), text)])
}

/// The names that stand behind a word such as `pub struct`, sorted. Events have a macro of their own, and so no such word.
fn names(folders: &Folders, word: &str) -> Vec<String> {
    let files = folders[GENERATED].iter().filter(|(name, _)| name.starts_with("v1/"));
    let lines = files.flat_map(|(_, text)| text.lines());
    let names = lines.filter_map(|line| line.trim_start().strip_prefix(word)?.strip_suffix(" {"));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names
}
