//! No modules of a crate import each other in a cycle: each can then be read after those that it imports.
//!
//! A module is a file; `a/mod.rs`, or `a.rs` beside the folder `a`, has the folder's own code. A module may import from
//! those that it is in: `use super::Name` of a name that is defined there closes no cycle. A name that is only re-exported
//! there counts as imported from the file that defines it. Generated files are left out: they and the macros that they
//! call name each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{resolve::Import, tree::Tree};

/// The folders of crates whose modules may name each other by what the root of the crate re-exports: a client and its
/// builder return each other.
const BY_ROOT: [&str; 4] = ["crates/client/", "crates/facade/", "crates/types/", "crates/webhook/"];

/// A problem for each group of files that import each other, with a line for each import.
pub(super) fn check(tree: &Tree, imports: &[Import]) -> Vec<String> {
    let imports: Vec<_> = imports.iter().filter(|import| !is_left_out(tree, import)).collect();
    let mut targets: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for import in &imports {
        targets.entry(import.from).or_default().insert(import.to);
    }
    let reached: Vec<_> = (0..tree.files.len()).map(|file| reach(file, &targets)).collect();
    let mut done = BTreeSet::new();
    let mut problems = Vec::new();
    for file in 0..tree.files.len() {
        if !reached[file].contains(&file) || done.contains(&file) {
            continue;
        }
        let cycle: BTreeSet<_> =
            reached[file].iter().copied().filter(|other| reached[*other].contains(&file)).collect();
        let names: Vec<_> = cycle.iter().map(|file| tree.files[*file].path.as_str()).collect();
        let mut problem = format!("{}: {} files import each other:", names[0], names.len());
        for import in imports.iter().filter(|import| cycle.contains(&import.from) && cycle.contains(&import.to)) {
            let Import { from, to, line, path, .. } = import;
            let (from, to) = (&tree.files[*from].path, &tree.files[*to].path);
            problem.push_str(&format!("\n  {from}:{line}: {path}, of {to}"));
        }
        problems.push(problem);
        done.extend(cycle);
    }
    problems
}

/// Whether an import closes no cycle.
fn is_left_out(tree: &Tree, import: &Import) -> bool {
    let (from, to) = (&tree.files[import.from], &tree.files[import.to]);
    let is_generated = [from, to].iter().any(|file| file.path.contains("/generated/"));
    let may_by_root = BY_ROOT.iter().any(|folder| from.path.starts_with(folder));
    is_generated || from.module.starts_with(&to.module) || (import.by_root && may_by_root)
}

/// The files that a file imports, directly or not.
fn reach(file: usize, targets: &BTreeMap<usize, BTreeSet<usize>>) -> BTreeSet<usize> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![file]);
    while let Some(file) = open.pop() {
        open.extend(targets.get(&file).into_iter().flatten().filter(|target| reached.insert(**target)));
    }
    reached
}
