//! The files of the specification while they are being edited.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use codegen::Sources;
use serde_json::Value;

use crate::{
    files,
    yaml::{Edit, Text},
};

/// An edit of a file: `v1/user.yaml`.
pub(super) type Step = (String, Edit);

/// The YAML files of a folder. Edits are made in memory until they are written.
pub(super) struct Folder {
    root: PathBuf,
    /// The files as they were read, with their own line ends.
    originals: BTreeMap<String, String>,
    /// Files that were edited or looked into.
    texts: BTreeMap<String, Text>,
}

impl Folder {
    /// # Errors
    ///
    /// A file that cannot be read.
    pub(super) fn read(root: &Path) -> io::Result<Self> {
        let mut originals = BTreeMap::new();
        for name in files::read_folder(root)?.into_keys().filter(|name| name.ends_with(".yaml")) {
            let path = root.join(&name);
            let text = fs::read_to_string(&path).map_err(|error| files::named(&path, &error))?;
            originals.insert(name, text);
        }
        Ok(Self { root: root.to_owned(), originals, texts: BTreeMap::new() })
    }

    /// All files as they are now.
    pub(super) fn sources(&self) -> Sources {
        let current = |name: &String, original: &String| {
            let text = self.texts.get(name).map_or(original.as_str(), Text::as_str);
            (name.clone(), text.replace("\r\n", "\n"))
        };
        Sources(self.originals.iter().map(|(name, original)| current(name, original)).collect())
    }

    /// # Errors
    ///
    /// A file that is not there or not YAML.
    pub(super) fn text(&mut self, name: &str) -> Result<&mut Text, String> {
        if !self.texts.contains_key(name) {
            let original = self.originals.get(name).ok_or_else(|| format!("there is no file spec/{name}"))?;
            let text = Text::new(original.clone()).map_err(|error| format!("spec/{name}: {error}"))?;
            self.texts.insert(name.to_owned(), text);
        }
        self.texts.get_mut(name).ok_or_else(|| format!("there is no file spec/{name}"))
    }

    /// The value at a pointer of a file, if there is one.
    pub(super) fn value(&mut self, name: &str, pointer: &str) -> Option<&Value> {
        self.text(name).ok()?.value().pointer(pointer)
    }

    /// The first file that has something at a pointer.
    pub(super) fn file_with(&mut self, pointer: &str) -> Option<String> {
        let names: Vec<String> = self.originals.keys().cloned().collect();
        names.into_iter().find(|name| self.value(name, pointer).is_some())
    }

    /// The places of the lines that have a text in them: `spec/v1/user.yaml:12`.
    pub(super) fn lines_with(&self, wanted: &str) -> Vec<String> {
        let files = self.sources().0.into_iter();
        let places = files.flat_map(|(name, text)| {
            let lines = text.lines().enumerate().filter(|(_, line)| line.contains(wanted));
            lines.map(|(number, _)| format!("spec/{name}:{}", number + 1)).collect::<Vec<_>>()
        });
        places.collect()
    }

    /// Makes all edits or none.
    ///
    /// # Errors
    ///
    /// Why one of them cannot be made.
    pub(super) fn apply(&mut self, steps: &[Step]) -> Result<(), String> {
        let before = self.texts.clone();
        for (name, edit) in steps {
            if let Err(problem) = self.text(name).and_then(|text| text.apply(edit)) {
                self.texts = before;
                return Err(problem);
            }
        }
        Ok(())
    }

    /// The current texts, to go back to.
    pub(super) fn snapshot(&self) -> BTreeMap<String, Text> {
        self.texts.clone()
    }

    pub(super) fn restore(&mut self, snapshot: BTreeMap<String, Text>) {
        self.texts = snapshot;
    }

    /// Writes the files that differ from what was read. All new files are complete before the first one takes the place
    /// of an old one.
    ///
    /// # Errors
    ///
    /// A file that cannot be written. No file is changed then, unless the message says which ones are.
    pub(super) fn write(&self) -> Result<(), String> {
        let changed =
            self.texts.iter().filter(|(name, text)| self.originals.get(*name).is_none_or(|o| o != text.as_str()));
        let changed: Vec<_> = changed.map(|(name, text)| (self.root.join(name), text.as_str())).collect();
        let mut ready: Vec<(PathBuf, &PathBuf)> = Vec::new();
        for (path, text) in &changed {
            let fresh = path.with_extension("yaml.new");
            let outcome = write_beside(path, &fresh, text);
            ready.push((fresh, path));
            if let Err(error) = outcome {
                discard(&ready);
                return Err(format!("nothing is written: {}", files::named(path, &error)));
            }
        }
        for (number, (fresh, path)) in ready.iter().enumerate() {
            if let Err(error) = fs::rename(fresh, path) {
                discard(&ready[number..]);
                let written: Vec<_> = ready[..number].iter().map(|(_, path)| path.display().to_string()).collect();
                let written = if written.is_empty() { "nothing".to_owned() } else { written.join(", ") };
                return Err(format!("{written} is written: {}", files::named(path, &error)));
            }
        }
        Ok(())
    }
}

/// Writes a file that is to take the place of another, with its permissions.
fn write_beside(path: &Path, fresh: &Path, text: &str) -> io::Result<()> {
    let permissions = fs::metadata(path)?.permissions();
    // A rename does not ask.
    if permissions.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    fs::write(fresh, text)?;
    fs::set_permissions(fresh, permissions)
}

/// Removes files that will not be used. One that is not there is no problem.
fn discard(ready: &[(PathBuf, &PathBuf)]) {
    for (fresh, _) in ready {
        drop(fs::remove_file(fresh));
    }
}
