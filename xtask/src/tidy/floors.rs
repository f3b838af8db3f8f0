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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::tidy::resolve;

    /// The problems of a crate that has all modules, empty but for these files.
    fn problems(files: &[(&str, &str)]) -> Vec<String> {
        let modules: Vec<_> = FLOORS.iter().copied().flatten().collect();
        let mut texts: BTreeMap<_, _> =
            modules.iter().map(|module| (format!("{FOLDER}{module}.rs"), String::new())).collect();
        let root: String = modules.iter().map(|module| format!("mod {module};\n")).collect();
        texts.insert(format!("{FOLDER}lib.rs"), root);
        texts.extend(files.iter().map(|(path, text)| (format!("{FOLDER}{path}"), (*text).to_owned())));
        let tree = Tree::read(&format!("{FOLDER}lib.rs"), &texts).unwrap();
        check(&tree, &resolve::imports(&tree))
    }

    #[test]
    fn an_import_that_goes_up_is_named_with_its_file_and_line() {
        let problems = problems(&[
            ("domain.rs", "mod inner;\n"),
            ("domain/inner.rs", "use crate::error::Error;\nuse crate::store::{self, Store};\n"),
            ("store.rs", "pub struct Store;\n"),
            ("error.rs", "pub struct Error;\nfn f() { crate::domain::f(); }\n"),
        ]);
        let expected = [
            "crates/emulator/src/error.rs: line 2: crate::domain::f, of crates/emulator/src/domain.rs: error may not \
             import from domain, which is above it",
            "crates/emulator/src/domain/inner.rs: line 2: crate::store, of crates/emulator/src/store.rs: domain may not \
             import from store, which is above it",
            "crates/emulator/src/domain/inner.rs: line 2: crate::store::Store, of crates/emulator/src/store.rs: domain \
             may not import from store, which is above it",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn imports_of_the_same_floor_and_of_lower_ones_and_of_tests_are_allowed() {
        let files = [
            ("app.rs", "use crate::builder::B; use crate::control; use crate::sid;"),
            ("control.rs", "use crate::http; use crate::domain; mod a; mod b;"),
            ("control/a.rs", "use super::b; use crate::time;"),
            ("control/b.rs", ""),
            ("clock.rs", "use crate::time; use crate::error; use http::Uri; use proxy::Proxy;"),
            ("domain.rs", "#[cfg(test)] mod tests { use crate::{Emulator, builder::Builder}; }"),
        ];
        assert_eq!(problems(&files), Vec::<String>::new());
    }

    #[test]
    fn every_floor_is_below_the_next() {
        for pair in FLOORS.windows(2) {
            let (low, high) = (pair[0][0], pair[1][0]);
            let text = |target: &str| format!("use crate::{target}::Name;\n");
            assert_eq!(problems(&[(&format!("{high}.rs"), &text(low))]), Vec::<String>::new(), "{high} {low}");
            assert_eq!(problems(&[(&format!("{low}.rs"), &text(high))]).len(), 1, "{low} {high}");
        }
    }

    #[test]
    fn the_root_is_above_all_whatever_it_re_exports() {
        let modules = FLOORS.iter().copied().flatten();
        let mut root: String = modules.map(|module| format!("mod {module};\n")).collect();
        root.push_str("pub use self::error::Error;\n");
        let files =
            [("lib.rs", root.as_str()), ("http.rs", "use crate::Error;\n"), ("error.rs", "pub struct Error;\n")];
        let problems = problems(&files);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].ends_with("http may not import from the root of the crate, which is above it"),
            "{problems:?}"
        );
    }

    #[test]
    fn a_module_on_no_floor_and_a_floor_without_its_module_are_problems() {
        let modules = FLOORS.iter().copied().flatten().filter(|module| **module != "sid");
        let mut root: String = modules.map(|module| format!("mod {module};\n")).collect();
        root.push_str("mod attic;\n");
        let problems = problems(&[("lib.rs", &root), ("attic.rs", "")]);
        let expected = [
            "crates/emulator/src/attic.rs: attic is on no floor; add it to FLOORS in xtask/src/tidy/floors.rs",
            "xtask/src/tidy/floors.rs: FLOORS has sid, which is no module of crates/emulator/src/",
        ];
        assert_eq!(problems, expected);
    }
}
