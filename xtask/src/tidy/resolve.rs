//! Which files of its crate a file imports from: each path is followed through `use` items to the file that defines its
//! last name.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Module, Tree};

/// An import of one file from another.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Import {
    /// Indices of files.
    pub from: usize,
    pub to: usize,
    pub line: usize,
    /// The path in the code.
    pub path: String,
    /// Whether a `use` item in the root of the crate leads there.
    pub by_root: bool,
}

/// The imports of a crate, by file: first those of its `use` items, then those of paths in its code that they do not
/// account for. A path is there once for each file that it leads to.
pub(super) fn imports(tree: &Tree) -> Vec<Import> {
    let mut imports = Vec::new();
    for (index, module) in tree.modules.iter().enumerate() {
        let Some(from) = module.file else { continue };
        let mut imported = BTreeSet::new();
        for item in &module.uses {
            let end = if item.name.is_none() { "::*" } else { "" };
            for (to, by_root) in tree.files_of(index, &item.path) {
                imported.insert(to);
                imports.push(Import { from, to, line: item.line, path: item.path.join("::") + end, by_root });
            }
        }
        for mention in &module.mentions {
            for (to, by_root) in mentioned(tree, index, module, &mention.path) {
                if imported.insert(to) {
                    imports.push(Import { from, to, line: mention.line, path: mention.path.join("::"), by_root });
                }
            }
        }
        imports.retain(|import| import.to != import.from);
    }
    imports
}

fn mentioned(tree: &Tree, index: usize, module: &Module, path: &[String]) -> BTreeMap<usize, bool> {
    if path.len() > 1 {
        return tree.files_of(index, path);
    }
    // Other names of one word are defined here or have a `use` item of their own.
    let mut search = Search::new(tree);
    if !module.children.contains_key(&path[0]) && !module.items.contains(&path[0]) {
        search.through_globs(index, path);
    }
    search.files
}

impl Tree {
    /// The files that a path in the code of a module leads to or through, and whether that is by the root only.
    fn files_of(&self, module: usize, path: &[String]) -> BTreeMap<usize, bool> {
        let mut search = Search::new(self);
        search.follow(module, path, 0);
        search.files
    }
}

struct Search<'a> {
    tree: &'a Tree,
    /// The `use` items that are being followed, by module and position: `use a::a` may name another crate, and two
    /// `use …::*` each other's modules.
    active: BTreeSet<(usize, usize)>,
    /// How many of them are in the root.
    in_root: usize,
    files: BTreeMap<usize, bool>,
}

/// Where a path begins.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Start {
    /// Its first name may be that of another crate.
    Any,
    Crate,
}

impl<'a> Search<'a> {
    fn new(tree: &'a Tree) -> Self {
        Self { tree, active: BTreeSet::new(), in_root: 0, files: BTreeMap::new() }
    }

    fn note(&mut self, module: usize) {
        let Some(file) = self.tree.modules[module].file else { return };
        let by_root = self.in_root > 0;
        self.files.entry(file).and_modify(|known| *known &= by_root).or_insert(by_root);
    }

    /// Follows a path in the code of a module, and notes the files that it leads to or through. Returns whether there are
    /// any: a path of another crate leads nowhere.
    ///
    /// `unsure` is the number of last names that may not exist, as they were put behind the path of a `use …::*`; 0 for a
    /// path that compiles.
    fn follow(&mut self, module: usize, path: &[String], unsure: usize) -> bool {
        let (mut at, mut rest) = (module, path);
        match path.first().map(String::as_str) {
            Some("crate") => {
                while let Some(parent) = self.tree.modules[at].parent {
                    at = parent;
                }
                rest = &path[1..];
            }
            Some("self") => rest = &path[1..],
            Some("super") => {}
            _ => return self.inside(module, path, Start::Any, unsure),
        }
        while rest.first().is_some_and(|name| name == "super") {
            let Some(parent) = self.tree.modules[at].parent else { return false };
            (at, rest) = (parent, &rest[1..]);
        }
        self.inside(at, rest, Start::Crate, unsure)
    }

    /// Follows a path from the names of a module.
    fn inside(&mut self, module: usize, path: &[String], start: Start, unsure: usize) -> bool {
        let own = &self.tree.modules[module];
        let Some((first, rest)) = path.split_first() else {
            self.note(module);
            return true;
        };
        // If one of the names that may not exist is here, so are those behind it.
        let is_unsure = path.len() <= unsure;
        let unsure_rest = if is_unsure { 0 } else { unsure };
        let mut is_found = false;
        if let Some(child) = own.children.get(first) {
            is_found |= self.inside(*child, rest, Start::Crate, unsure_rest);
        }
        // The names behind that of an item are its own: a variant or a function.
        if own.items.contains(first) && (unsure == 0 || is_unsure) {
            self.note(module);
            is_found = true;
        }
        for (position, item) in own.uses.iter().enumerate() {
            if item.name.as_ref() == Some(first) {
                is_found |= self.through(module, position, rest, unsure_rest);
            }
        }
        is_found = is_found || self.through_globs(module, path);
        if !is_found && start == Start::Crate && unsure == 0 {
            // A macro defines it.
            self.note(module);
            is_found = true;
        }
        is_found
    }

    /// Follows a path through each `use …::*` of a module.
    fn through_globs(&mut self, module: usize, path: &[String]) -> bool {
        let mut is_found = false;
        for (position, item) in self.tree.modules[module].uses.iter().enumerate() {
            if item.name.is_none() {
                is_found |= self.through(module, position, path, path.len());
            }
        }
        is_found
    }

    /// Follows a `use` item of a module, with more names behind its path.
    fn through(&mut self, module: usize, position: usize, names: &[String], unsure: usize) -> bool {
        if !self.active.insert((module, position)) {
            return false;
        }
        let own = &self.tree.modules[module];
        let target = [own.uses[position].path.as_slice(), names].concat();
        let is_root = usize::from(own.parent.is_none());
        self.in_root += is_root;
        let is_found = self.follow(module, &target, unsure);
        self.in_root -= is_root;
        if is_found {
            // The `use` item is imported as well.
            self.note(module);
        }
        self.active.remove(&(module, position));
        is_found
    }
}
