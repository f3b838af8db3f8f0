//! Small specifications and the files that are generated from them, byte for byte, in `tests/golden/<case>/`.
//!
//! `cargo xtask bless` writes the expected files; the difference is for a person to read.

use std::{collections::BTreeMap, fs, path::PathBuf};

use codegen::{Folders, Sources};

use crate::{fixture, support::read_folder};

/// The cases' names and what is generated from them.
pub(crate) fn cases() -> BTreeMap<String, Folders> {
    let base = fs::read_to_string(folder().join("base.yaml")).unwrap().replace("\r\n", "\n");
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let cases = entries.filter(|path| path.is_dir()).map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut files = read_folder(&path.join("spec"));
        files.insert("base.yaml".to_owned(), base.clone());
        let folders = codegen::generate(&Sources(files)).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, folders)
    });
    cases.collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// What is compared: all but the emulator's document, which is only the specification as JSON.
fn code(folders: &Folders) -> BTreeMap<String, String> {
    let places =
        ["types", "client", "webhook", "facade", "cli"].map(|name| (name, format!("crates/{name}/src/generated")));
    let files = places.into_iter().flat_map(|(short, place)| {
        folders[&place].iter().map(move |(name, text)| (format!("{short}/{name}"), text.clone()))
    });
    files.collect()
}

#[test]
fn each_case_gives_what_is_expected() {
    let cases = cases();
    assert!(cases.len() >= 5, "the cases are not where they are looked for: {:?}", cases.keys());
    for (name, folders) in &cases {
        let (expected, made) = (folder().join(name).join("expected"), code(folders));
        let expected = read_folder(&expected);
        let names: Vec<_> = expected.keys().collect();
        assert_eq!(
            made.keys().collect::<Vec<_>>(),
            names,
            "{name}: other files are expected; cargo xtask bless writes them"
        );
        for (file, text) in &made {
            assert_same_text(&format!("tests/golden/{name}/expected/{file}"), &expected[file], text);
        }
    }
}

fn assert_same_text(file: &str, expected: &str, made: &str) {
    let mut lines = expected.lines().zip(made.lines()).enumerate();
    if let Some((i, (expected, made))) = lines.find(|(_, (expected, made))| expected != made) {
        panic!("{file}:{}\n  expected {expected:?}\n  made     {made:?}\ncargo xtask bless writes the file", i + 1);
    }
    assert!(expected == made, "{file}: one ends before the other; cargo xtask bless writes the file");
}

#[test]
fn every_case_compiles_with_the_hand_written_sources() {
    let built = fixture::build();
    for name in cases().keys() {
        assert!(built.packages.contains(&format!("{}-client", name.replace('_', "-"))), "{name} was not built");
    }
}
