//! The lines of files and functions.

use super::{functions::Function, tree::Tree};

/// Most lines of a file in the folders below, without tests. All other files have the limit of `tidy.rs`.
const FILE: usize = 450;
const SHORT_FILES: [&str; 4] = ["crates/cli/", "crates/emulator/", "crates/webhook/", "xtask/"];

/// Most lines of a function, without its attributes and documentation, and outside of the folders below and of tests.
const FUNCTION: usize = 60;
const LONG_FUNCTIONS: [&str; 1] = ["codegen/"];

/// A problem for each file and each function of a crate that is too long.
pub(super) fn check(tree: &Tree, lines: impl Fn(&str) -> usize) -> Vec<String> {
    let is_in = |path: &str, folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|file| !file.path.contains("/generated/")) {
        let path = &file.path;
        let count = lines(path);
        if count > FILE && is_in(path, &SHORT_FILES) {
            problems.push(format!("{path}: {count} lines, at most {FILE}"));
        }
        let checked = !is_in(path, &LONG_FUNCTIONS);
        let long = file.functions.iter().filter(|function| checked && function.lines > FUNCTION);
        for Function { name, line, lines } in long {
            problems.push(format!("{path}: line {line}: the function {name} has {lines} lines, at most {FUNCTION}"));
        }
    }
    problems
}
