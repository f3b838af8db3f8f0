//! The table of the types' tests: every generated struct and enum by name.

use std::collections::BTreeMap;

use codegen::Folders;

const GENERATED: &str = "crates/types/src/generated";

/// The table as the file `types.rs`.
pub(crate) fn files(folders: &Folders) -> BTreeMap<String, String> {
    let list = |word| names(folders, word).iter().map(|name| format!("    {name},\n")).collect::<String>();
    let text = format!(
        "//! Every type by name. Written by `cargo xtask bless`.\n\nuse crate::table::{{enums, structs}};\n\n\
         structs! {{\n{}}}\n\nenums! {{\n{}}}\n",
        list("pub struct "),
        list("pub enum ")
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
