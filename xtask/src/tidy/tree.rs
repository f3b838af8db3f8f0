//! The modules of a crate: its files by the `mod` items that lead to them, with the names that each module has.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path},
};

use super::{
    functions::{self, Function},
    paths::{self, Found, Mention, Use},
};

/// The sources of one crate.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub files: Vec<File>,
    pub modules: Vec<Module>,
    /// Paths of the files that are compiled for tests only.
    pub tests: BTreeSet<String>,
}

/// A file that is compiled outside of tests.
#[derive(Debug)]
pub(super) struct File {
    pub path: String,
    /// The names that lead to it from the root of the crate: none for the root itself.
    pub module: Vec<String>,
    pub functions: Vec<Function>,
}

/// A module: the code of a file, or of `mod name { … }` in one.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// `None` in tests.
    pub file: Option<usize>,
    pub parent: Option<usize>,
    pub children: BTreeMap<String, usize>,
    /// Names that are defined here.
    pub items: BTreeSet<String>,
    pub uses: Vec<Use>,
    pub mentions: Vec<Mention>,
}

impl Tree {
    /// Reads a crate from its root, such as `crates/x/src/lib.rs`.
    ///
    /// # Errors
    ///
    /// A file that is not Rust, and a module without a file, each with the name of a file.
    pub(super) fn read(root: &str, texts: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut tree = Self::default();
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        Reader { tree: &mut tree, texts }.file(root, folder, None, &[], false)?;
        Ok(tree)
    }
}

struct Reader<'a> {
    tree: &'a mut Tree,
    texts: &'a BTreeMap<String, String>,
}

impl Reader<'_> {
    /// Reads a file and those of its modules, which are in `folder`. Returns the module.
    fn file(
        &mut self,
        path: &str,
        folder: &str,
        parent: Option<usize>,
        module: &[String],
        is_test: bool,
    ) -> Result<usize, String> {
        let text = self.texts.get(path).ok_or_else(|| format!("{path}: the file of a module is missing"))?;
        let code = syn::parse_file(text).map_err(|error| format!("{path}: reading the file as Rust: {error}"))?;
        let is_test = is_test || paths::is_test(&code.attrs);
        let index = self.tree.modules.len();
        let file = if is_test {
            self.tree.tests.insert(path.to_owned());
            None
        } else {
            let functions = functions::find(&code);
            self.tree.files.push(File { path: path.to_owned(), module: module.to_owned(), functions });
            Some(self.tree.files.len() - 1)
        };
        self.tree.modules.push(Module { file, parent, ..Module::default() });
        let own = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.module(index, &code.items, &Place { path, own, folder, module, is_inline: false }, is_test)?;
        Ok(index)
    }

    /// Reads the items of a module, and its modules.
    fn module(&mut self, index: usize, items: &[syn::Item], place: &Place<'_>, is_test: bool) -> Result<(), String> {
        if !is_test {
            let Found { items, uses, mentions } = paths::find(items);
            let module = &mut self.tree.modules[index];
            (module.items, module.uses, module.mentions) = (items, uses, mentions);
        }
        for item in items {
            let syn::Item::Mod(item) = item else { continue };
            let is_test = is_test || paths::is_test(&item.attrs);
            let name = paths::name(&item.ident);
            let module = [place.module, std::slice::from_ref(&name)].concat();
            let folder = format!("{}/{name}", place.folder);
            let child = if let Some((_, items)) = &item.content {
                let child = self.tree.modules.len();
                let file = if is_test { None } else { self.tree.modules[index].file };
                self.tree.modules.push(Module { file, parent: Some(index), ..Module::default() });
                let place = Place { folder: &folder, module: &module, is_inline: true, ..*place };
                self.module(child, items, &place, is_test)?;
                child
            } else {
                let (path, folder) = self.locate(item, &name, place, folder)?;
                self.file(&path, &folder, Some(index), &module, is_test)?
            };
            if !is_test {
                self.tree.modules[index].children.insert(name, child);
            }
        }
        Ok(())
    }

    /// The file of a module and the folder of the modules in it.
    fn locate(
        &self,
        item: &syn::ItemMod,
        name: &str,
        place: &Place<'_>,
        folder: String,
    ) -> Result<(String, String), String> {
        if let Some(path) = paths::path_attribute(&item.attrs) {
            let path = join(if place.is_inline { place.folder } else { place.own }, &path);
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            return Ok((path, folder));
        }
        let files = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
        let file = files.into_iter().find(|file| self.texts.contains_key(file));
        file.map(|file| (file, folder)).ok_or_else(|| format!("{}: the module {name} has no file", place.path))
    }
}

/// Where a module is.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// Its file.
    path: &'a str,
    /// The folder of its file.
    own: &'a str,
    /// The folder of its modules.
    folder: &'a str,
    module: &'a [String],
    is_inline: bool,
}

/// A path below a folder, without `..`.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').collect();
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => _ = parts.pop(),
            Component::Normal(part) => parts.extend(part.to_str()),
            _ => {}
        }
    }
    parts.join("/")
}
