//! The rules that see a crate as a whole: cycles of imports, floors, sizes, and where SQL stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use super::{floors, imports, resolve, sizes, sql, tree::Tree};

/// The problems of all crates, those of one crate after those of another.
pub(super) fn check(texts: &BTreeMap<String, String>) -> Vec<String> {
    let folders: BTreeSet<_> = texts.keys().filter_map(|path| source_folder(path)).collect();
    // Each crate on a thread of its own: they have nothing in common, and parsing takes longest.
    thread::scope(|scope| {
        let crates: Vec<_> = folders.iter().map(|folder| scope.spawn(|| check_folder(folder, texts))).collect();
        let problems = crates.into_iter().map(|handle| handle.join().expect("no rule panics"));
        problems.collect::<Vec<_>>().concat()
    })
}

/// The folder of the sources of a package: `crates/x/src/` of `crates/x/src/a/b.rs`.
fn source_folder(path: &str) -> Option<&str> {
    let end = path.find("/src/")? + "/src/".len();
    let package = path[..end].trim_end_matches("/src/");
    let is_package = matches!(package, "codegen" | "xtask") || package.strip_prefix("crates/").is_some_and(is_name);
    (is_package && path.ends_with(".rs")).then_some(&path[..end])
}

fn is_name(text: &str) -> bool {
    !text.contains('/')
}

/// The problems of a package: of its library and its programs.
fn check_folder(folder: &str, texts: &BTreeMap<String, String>) -> Vec<String> {
    let files: Vec<_> = texts.keys().filter(|path| path.starts_with(folder) && path.ends_with(".rs")).collect();
    let (mut problems, mut compiled, mut tests) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for root in files.iter().filter(|path| is_root(&path[folder.len()..])) {
        let tree = match Tree::read(root, texts) {
            Ok(tree) => tree,
            // The files that it would have named are not known.
            Err(problem) => return vec![problem],
        };
        let imports = resolve::imports(&tree);
        problems.extend(imports::check(&tree, &imports));
        if folder == floors::FOLDER && root.ends_with("/lib.rs") {
            problems.extend(floors::check(&tree, &imports));
        }
        problems.extend(sizes::check(&tree, |path| texts.get(path).map_or(0, |text| text.lines().count())));
        compiled.extend(tree.files.into_iter().map(|file| file.path));
        tests.extend(tree.tests);
    }
    for path in files {
        if compiled.contains(path) {
            problems.extend(sql::check(path, &texts[path]).unwrap_or_else(|problem| vec![problem]));
        } else if !tests.contains(path) && !path.contains("/generated/") {
            problems.push(format!("{path}: no `mod` item leads to it"));
        }
    }
    problems
}

/// Whether a file below a folder of sources is the root of a crate.
fn is_root(path: &str) -> bool {
    let program = path.strip_prefix("bin/");
    let program =
        program.is_some_and(|path| path.strip_suffix("/main.rs").or(path.strip_suffix(".rs")).is_some_and(is_name));
    program || matches!(path, "lib.rs" | "main.rs")
}

#[cfg(test)]
mod tests;
