//! The emulator's floors: a module imports from its own floor and from those below it.

use std::collections::BTreeSet;

use super::{resolve::Import, tree::Tree};

/// The folder of the crate that has floors.
pub(super) const FOLDER: &str = "crates/emulator/src/";

/// The modules in the folder, by floor, from the bottom up.
const FLOORS: &[&[&str]] = &[
    &["error", "clock", "sid", "settings", "semaphores", "time"],
    &["domain"],
    &["store"],
    &["webhooks"],
    &["operations"],
    &["http"],
    &["control"],
    &["app", "builder", "emulator", "seed", "program", "proxy"],
];

/// A problem for each import that goes up, for each module that is on no floor, and for each name of a module that is not
/// there.
pub(super) fn check(tree: &Tree, imports: &[Import]) -> Vec<String> {
    let mut problems = Vec::new();
    for import in imports {
        let (from, to) = (&tree.files[import.from], &tree.files[import.to]);
        let (Some(own), Some(target)) = (floor(&from.module), floor(&to.module)) else { continue };
        if target > own {
            problems.push(format!(
                "{}: line {}: {}, of {}: {} may not import from {}, which is above it",
                from.path,
                import.line,
                import.path,
                to.path,
                name(&from.module),
                name(&to.module)
            ));
        }
    }
    for file in tree.files.iter().filter(|file| floor(&file.module).is_none()) {
        let module = name(&file.module);
        problems.push(format!("{}: {module} is on no floor; add it to FLOORS in {}", file.path, file!()));
    }
    let there: BTreeSet<_> = tree.files.iter().filter_map(|file| file.module.first()).collect();
    for module in FLOORS.iter().copied().flatten().filter(|module| !there.contains(&(**module).to_owned())) {
        problems.push(format!("{}: FLOORS has {module}, which is no module of {FOLDER}", file!()));
    }
    problems
}

/// The number of a module's floor. The root of the crate is on the highest.
fn floor(module: &[String]) -> Option<usize> {
    let Some(first) = module.first() else { return Some(FLOORS.len() - 1) };
    FLOORS.iter().position(|floor| floor.contains(&first.as_str()))
}

/// The name of the module that has a floor.
fn name(module: &[String]) -> &str {
    module.first().map_or("the root of the crate", String::as_str)
}
