//! No modules of a crate import each other in a cycle: each can then be read after those that it imports.
//!
//! A module is a file; `a/mod.rs`, or `a.rs` beside the folder `a`, has the folder's own code. A module may import from
//! those that it is in: `use super::Name` of a name that is defined there closes no cycle. A name that is only re-exported
//! there counts as imported from the file that defines it. Generated files are left out: they and the macros that they
//! call name each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{resolve::Import, tree::Tree};

/// The folders of crates whose modules may name each other by what the root of the crate re-exports: a client and its
/// builder return each other.
const BY_ROOT: [&str; 4] = ["crates/client/", "crates/facade/", "crates/types/", "crates/webhook/"];

/// The files that each file imports.
type Targets = BTreeMap<usize, BTreeSet<usize>>;

/// A problem for each group of files that import each other: a line for each import of a shortest cycle, and the other
/// files of the group.
pub(super) fn check(tree: &Tree, imports: &[Import]) -> Vec<String> {
    let imports: Vec<_> = imports.iter().filter(|import| !is_left_out(tree, import)).collect();
    let mut targets = Targets::new();
    for import in &imports {
        targets.entry(import.from).or_default().insert(import.to);
    }
    let reached: Vec<_> = (0..tree.files.len()).map(|file| reach(file, &targets)).collect();
    let (mut done, mut problems) = (BTreeSet::new(), Vec::new());
    for file in 0..tree.files.len() {
        if !reached[file].contains(&file) || done.contains(&file) {
            continue;
        }
        let group: BTreeSet<_> =
            reached[file].iter().copied().filter(|other| reached[*other].contains(&file)).collect();
        problems.push(problem(tree, &imports, &targets, &group));
        done.extend(group);
    }
    problems
}

fn problem(tree: &Tree, imports: &[&Import], targets: &Targets, group: &BTreeSet<usize>) -> String {
    let name = |file: &usize| tree.files[*file].path.as_str();
    let cycles = group.iter().map(|file| way_back(*file, targets));
    let cycle = cycles.min_by_key(Vec::len).unwrap_or_default();
    let mut problem = format!("{}: {} files import each other:", cycle.first().map_or("", name), cycle.len());
    for (position, from) in cycle.iter().enumerate() {
        let to = cycle[(position + 1) % cycle.len()];
        for import in imports.iter().filter(|import| import.from == *from && import.to == to) {
            problem.push_str(&format!("\n  {}:{}: {}, of {}", name(from), import.line, import.path, name(&to)));
        }
    }
    let others: Vec<_> = group.iter().filter(|file| !cycle.contains(file)).map(name).collect();
    if !others.is_empty() {
        problem.push_str(&format!("\n  with them, in longer cycles: {}", others.join(", ")));
    }
    problem
}

/// The files of a shortest way along imports from a file back to it. There is one.
fn way_back(file: usize, targets: &Targets) -> Vec<usize> {
    let mut before = BTreeMap::new();
    let mut open = VecDeque::from([file]);
    while let Some(at) = open.pop_front().filter(|_| !before.contains_key(&file)) {
        for target in targets.get(&at).into_iter().flatten() {
            before.entry(*target).or_insert_with(|| {
                open.push_back(*target);
                at
            });
        }
    }
    let mut way = vec![file];
    while let Some(at) = before.get(&way[way.len() - 1]).filter(|at| **at != file) {
        way.push(*at);
    }
    way[1..].reverse();
    way
}

/// Whether an import closes no cycle.
fn is_left_out(tree: &Tree, import: &Import) -> bool {
    let (from, to) = (&tree.files[import.from], &tree.files[import.to]);
    let is_generated = [from, to].iter().any(|file| file.path.contains("/generated/"));
    let may_by_root = BY_ROOT.iter().any(|folder| from.path.starts_with(folder));
    is_generated || from.module.starts_with(&to.module) || (import.by_root && may_by_root)
}

/// The files that a file imports, directly or not.
fn reach(file: usize, targets: &Targets) -> BTreeSet<usize> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![file]);
    while let Some(file) = open.pop() {
        open.extend(targets.get(&file).into_iter().flatten().filter(|target| reached.insert(**target)));
    }
    reached
}
